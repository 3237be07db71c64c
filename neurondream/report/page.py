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

from neurondream.files import write_atomically
from neurondream.report import card_charts, charts
from neurondream.report.theme import theme

_SCRIPTS = ("elements.js", "charts.js", "overview.js", "list.js", "words.js", "card.js", "page.js")


def write_page(
    path: Path,
    facts: Mapping[str, str | float],
    comparison: Sequence[Mapping[str, Any]],
    cards: Sequence[Mapping[str, Any]],
    syntax: Mapping[str, Any] | None,
) -> None:
    """Write the page: overview, list of neurons and a card for each, with all that they need.

    Nothing of a model or corpus is ever markup: data travel as JSON that cannot end its element,
    the script sets texts as text, and the page's policy runs no other script and loads nothing.

    Args:
      path: of the HTML file.
      facts: about the run, by name.
      comparison: rows of the methods compared, one a group and method; may be empty.
      cards: of the neurons `[N]`, from `analysis.verdict`.
      syntax: conclusion, rows and planted facts from `analysis.syntax`; None without.

    Raises:
      InputError: the package that brings the charts' library is not installed.
    """
    data = {
        "facts": facts,
        "comparison": comparison,
        "cards": cards,
        "syntax": syntax,
        "charts": {
            "after": card_charts.after_words(),
            "ranges": card_charts.ranges(),
            "course": card_charts.course(),
            "scatter": charts.scatter(cards),
            "methods": charts.methods(comparison),
            **syntax_charts(syntax),
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


def syntax_charts(syntax: Mapping[str, Any] | None) -> dict[str, Any]:
    """Build the charts on syntax, one a unit, since values of different units share no axis.

    Args:
      syntax: as in `write_page`; None gives no chart.
    """
    if not syntax:
        return {}
    units: dict[str, list[dict[str, Any]]] = {}
    measures = list(dict.fromkeys(row["measure"] for row in syntax["rows"]))
    # Those that speak for or against the claim; the table holds all.
    voting = [row for row in syntax["rows"] if row["claim"]]
    for row in sorted(voting, key=lambda row: measures.index(row["measure"])):
        layer = row["layer"].removeprefix("hidden ")  # short enough for the chart: "clusters"
        for pathway in ("T", "I"):
            units.setdefault(row["unit"], []).append({
                "head": row["measure"], "label": f"{row['ngrams']}, {layer}",
                "pathway": pathway, "value": row[pathway], "low": row[f"{pathway}_low"],
                "high": row[f"{pathway}_high"], "chance": None,
            })
    return {
        "syntax": [charts.pathways(rows, unit) for unit, rows in units.items()],
        "planted": _facts_chart(syntax["facts"], "share of pairs right"),
        "moved": _facts_chart(syntax["moved"], "as far as another content word"),
    }


def _facts_chart(facts: Sequence[Mapping[str, Any]], unit: str) -> dict[str, Any] | None:
    rows = [
        {"chance": None, **row, "head": row["fact"], "label": f"{row['pairs']} pairs"}
        for row in facts
    ]
    return charts.pathways(rows, unit) if rows else None


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
