"""The charts of findings on syntax, one a unit, since values of different units share no axis."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.report import charts
from neurondream.report.findings import name_level


def chart_findings(findings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Build the charts of findings.

    Args:
      findings: as `probing.syntax.study_syntax` gives them; None gives no chart.

    Returns:
      `syntax`, for each comparison a list of charts; `planted` and `moved`, one or None.
    """
    if not findings:
        return {}
    titles = findings["families"]
    return {
        "syntax": [chart_comparison(comparison) for comparison in findings["comparisons"]],
        "planted": _chart_facts(findings["facts"], "share of pairs right", titles),
        "moved": _chart_facts(findings["moved"], "as far as another content word", titles),
    }


def chart_comparison(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Build a chart for each unit of the measures that speak for or against the claim."""
    names = [group["name"] for group in comparison["groups"]]
    titles = {group["name"]: group["title"] for group in comparison["groups"]}
    measures = list(dict.fromkeys(row["measure"] for row in comparison["rows"]))
    voting = [row for row in comparison["rows"] if row["claim"]]
    units: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(voting, key=lambda row: measures.index(row["measure"])):
        # Short enough for the chart: "clusters" for those of the hidden layer.
        level = "clusters" if row["clusters"] else name_level(row)
        for name, side in zip(names, ("first", "second"), strict=True):
            units.setdefault(row["unit"], []).append({
                "head": row["measure"], "label": f"{row['ngrams']}, {level}", "side": name,
                "value": row[side], "low": row[f"{side}_low"], "high": row[f"{side}_high"],
                "chance": None,
            })
    return [charts.sides(rows, unit, titles) for unit, rows in units.items()]


def name_figures(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Name the figures on syntax that there are."""
    figures = {}
    for number, specs in enumerate(drawn.get("syntax", [])):
        prefix = f"syntax_{number + 1}" if len(drawn["syntax"]) > 1 else "syntax"
        figures |= {f"{prefix}_{spec['usermeta']['unit']}": spec for spec in specs}
    facts = {f"syntax_{name}": drawn.get(name) for name in ("planted", "moved")}
    return figures | {name: spec for name, spec in facts.items() if spec}


def _chart_facts(
    facts: Sequence[Mapping[str, Any]], unit: str, titles: Mapping[str, str]
) -> dict[str, Any] | None:
    rows = [
        {"chance": None, **row, "side": row["family"], "head": row["fact"],
         "label": f"{row['pairs']} pairs"}
        for row in facts
    ]
    named = {name: name if name == title else f"{name}, {title}" for name, title in titles.items()}
    return charts.sides(rows, unit, named) if rows else None
