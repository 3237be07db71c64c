"""The report as one HTML file that opens offline (host side)."""

import base64
import functools
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from neurondream.analysis.judges import JUDGES
from neurondream.files import parse_json, write_atomically
from neurondream.report import card_charts, charts
from neurondream.report.summary import summarize_runs
from neurondream.report.syntax_charts import chart_findings, name_figures
from neurondream.report.theme import theme

_SCRIPTS = (
    "elements.js", "charts.js", "overview.js", "list.js", "words.js", "front.js", "card.js",
    "page.js",
)


def write_page(
    path: str | Path, run: Any, cards: Sequence[Mapping[str, Any]],
    syntax: Mapping[str, Any] | None = None,
) -> None:
    """Write the page: overview, list of neurons and a card for each, with all that they need.

    Nothing of a model or corpus is ever markup: data travel as JSON that cannot end its element,
    the script sets texts as text, and the page's policy runs no other script and loads nothing.

    Args:
      path: of the HTML file.
      run: the folder of the run, several of them, or what has been opened from them.
      cards: of the neurons `[N]`, from `probing.cards.describe`.
      syntax: findings from `probing.syntax.study_syntax`; by default those in the run's folder,
        if they are of the same neurons.

    Raises:
      InputError: the folder holds no run, or the package that brings the charts' library is not
        installed.
    """
    summary = summarize_runs(run)
    note = None
    if syntax is None:
        syntax, note = read_findings(summary.folder, cards)
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
        "cards": cards,
        "syntax": syntax,
        "judges": JUDGES,
        "note": note,
        "charts": {
            "after": card_charts.after_words(),
            "ranges": card_charts.ranges(),
            "course": card_charts.course(),
            "histogram": card_charts.histogram(),
            "plane": card_charts.plane(),
            "scatter": charts.scatter(cards, summary.families),
            "methods": charts.methods(summary.comparison, summary.families),
            **chart_findings(syntax),
        },
        "themes": {scheme: theme(scheme) for scheme in ("light", "dark")},
    }
    style, bundle = _read("page.css"), _bundle()
    script = "\n".join(_read(name) for name in _SCRIPTS)
    page = Template(_read("page.html")).substitute(
        policy="; ".join((
            "default-src 'none'",
            f"script-src {_hash(bundle)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )),
        style=style,
        data=write_json(data),
        bundle=bundle,
        script=script,
    )
    write_atomically(Path(path), page.encode())


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


def write_json(data: Any) -> str:
    """Write JSON that may stand in an HTML element: ASCII, and no `<`, `>` or `&`.

    Floats keep six digits; NaN and infinity, which JSON lacks, become null.
    """
    text = json.dumps(_tidy(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _tidy(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    return value


def _read(name: str) -> str:
    return (resources.files("neurondream.report") / name).read_text(encoding="utf-8")


@functools.cache
def _bundle() -> str:
    bundle = charts.import_vega().javascript_bundle(vl_version=charts.VEGA_LITE)
    # In a script these stand in strings alone, where the backslash changes nothing.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
