"""The report as one HTML file that opens offline (host side)."""

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from neurondream.analysis.families import Families, find_layer
from neurondream.analysis.judges import JUDGES
from neurondream.analysis.pieces import name_piece
from neurondream.analysis.verdict.card import Card
from neurondream.analysis.verdict.striking import choose_striking
from neurondream.errors import InputError
from neurondream.files import parse_json, write_atomically
from neurondream.report import card_charts, charts
from neurondream.report.glossary import explain_report
from neurondream.report.lighten import lighten_card
from neurondream.report.packing import CHUNK, chunk_items, write_json, write_parts
from neurondream.report.rows import make_row, show_striking
from neurondream.report.summary import summarize_runs
from neurondream.report.syntax_charts import chart_findings, name_figures
from neurondream.report.theme import theme
from neurondream.runs.lines import check_kind

_SCRIPTS = (
    "elements.js", "unpacking.js", "terms.js", "charts.js", "words.js", "striking.js",
    "overview.js", "list.js", "plane.js", "front.js", "texts.js", "tables.js", "try.js", "card.js",
    "address.js", "page.js",
)


def write_page(
    path: str | Path, run: Any, cards: Sequence[Mapping[str, Any]],
    syntax: Mapping[str, Any] | None = None,
) -> None:
    """Write the page as one file; arguments and errors as `build_page` has them.

    Args:
      path: of the HTML file.
      run: the folder of the run, several of them, or what has been opened from them.
      cards: of the neurons `[N]`.
      syntax: findings.
    """
    write_atomically(Path(path), build_page(run, cards, syntax).encode())


def build_page(
    run: Any, cards: Sequence[Mapping[str, Any]], syntax: Mapping[str, Any] | None = None,
    served: Mapping[str, Any] | None = None,
) -> str:
    """Build the page: overview, list of neurons and a card for each, with all that they need.

    Nothing of a model or corpus is ever markup: data travel packed, the script sets texts as text,
    and the page's policy runs no other script and loads nothing. What a first view does not show
    is unpacked when it is asked for: cards by parts, and the charts' library, which runs because
    the policy has its hash.

    Args:
      run: the folder of the run, several of them, or what has been opened from them.
      cards: of the neurons `[N]`, from `probing.cards.describe`.
      syntax: findings from `probing.syntax.study_syntax`; by default those in the run's folder,
        if they are of the same neurons.
      served: where a server hands the page out, what its script needs to ask it; the page's policy
        then lets it ask its own origin.

    Raises:
      InputError: the folder holds no run, a card is none, or the package that brings the charts'
        library is not installed.
    """
    summary = summarize_runs(run)
    check_cards(cards, summary.families)
    note = None
    if syntax is None:
        syntax, note = read_findings(summary.folder, cards)
    methods = [line["method"] for card in cards for line in card["methods"]]
    methods += [row["method"] for row in summary.comparison]
    glossary = explain_report(summary.families, cards, methods)
    data = {
        "facts": summary.facts,
        "families": [
            {"name": name, "title": title} for name, title in summary.families.titles.items()
        ],
        "layers": [
            {"name": name, "family": layer.family}
            for name, layer in summary.families.layers.items()
        ],
        "comparison": summary.comparison,
        "rows": [make_row(card) for card in cards],
        "striking": [show_striking(cards[at]) for at in choose_striking(cards)],
        "piece": name_piece(cards[0]["dream"]["ngram"]) if cards else None,
        "chunk": CHUNK,
        **glossary,
        "syntax": syntax,
        "judges": JUDGES,
        "note": note,
        "served": served,
        "charts": {
            "after": card_charts.after_words(),
            "ranges": card_charts.ranges(),
            "course": card_charts.course(),
            "histogram": card_charts.histogram(),
            "plane": card_charts.plane(),
            "scatter": charts.scatter_rows(cards, summary.families),
            "methods": charts.methods(summary.comparison, summary.families),
            **chart_findings(syntax),
        },
        "themes": {scheme: theme(scheme) for scheme in ("light", "dark")},
    }
    style, library = _read("page.css"), _library()
    script = "\n".join(_read(name) for name in _SCRIPTS)
    return Template(_read("page.html")).substitute(
        policy="; ".join((
            "default-src 'none'",
            f"script-src {_hash(library)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            *(["connect-src 'self'"] if served else []),
        )),
        style=style,
        parts=write_parts({
            "index": write_json(data),
            "library": library,
            **chunk_items("verdicts", [
                [card["verdict"], card.get("warnings", [])] for card in cards
            ]),
            **chunk_items("cards", [lighten_card(card) for card in cards]),
        }),
        script=script,
    )


def check_cards(cards: Sequence[Mapping[str, Any]], families: Families) -> None:
    """Refuse what is no card of a run.

    Raises:
      InputError: one is none, or of a layer or family that the run's model does not have.
    """
    for number, card in enumerate(cards, 1):
        check_kind(card, Card, f"card {number}", "card")
        if find_layer(families, card["layer"]).family != card["family"]:
            raise InputError(f"card {number}: of another family than its layer, {card['layer']}")


def write_figures(
    folder: Path, run: Any, cards: Sequence[Mapping[str, Any]],
    syntax: Mapping[str, Any] | None = None,
) -> None:
    """Write the figures of the page's overview as SVG files; arguments as `write_page` takes."""
    summary = summarize_runs(run)
    if syntax is None:
        syntax, _ = read_findings(summary.folder, cards)
    drawn = {
        "dreams_against_corpus": charts.scatter(cards, summary.families),
        **{
            spec["usermeta"]["name"].replace(" ", "_"): spec
            for spec in charts.methods(summary.comparison, summary.families)
        },
        **name_figures(chart_findings(syntax)),
    }
    for name, spec in drawn.items():
        charts.write_svg(folder / f"{name}.svg", spec)


def read_findings(
    folder: Path, cards: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | None, str | None]:
    """Read the findings on syntax of a run.

    Returns:
      Them, if there are any of the same neurons; and if they do not fit, why.
    """
    path = folder / "syntax" / "syntax.json"
    if not path.exists():
        return None, None
    try:
        findings = parse_json(path.read_text(encoding="utf-8"))
        neurons, _ = findings["neurons"], findings["comparisons"]
    except (ValueError, TypeError, KeyError):
        return None, "The run's findings on syntax are of another version and left out."
    if neurons != sorted(card["neuron"] for card in cards):
        return None, "The run's findings on syntax are of other neurons and left out."
    return findings, None


def _read(name: str) -> str:
    return (resources.files("neurondream.report") / name).read_text(encoding="utf-8")


@functools.cache
def _library() -> str:
    return charts.import_vega().javascript_bundle(vl_version=charts.VEGA_LITE)


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
