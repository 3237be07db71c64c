"""The charts of findings on syntax; values of different units share no axis (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.analysis.families import title_family
from neurondream.analysis.syntax.contrasts import level_of_row, name_level
from neurondream.report import charts
from neurondream.report.profiles import profile

MANY = 4  # levels: more of them are drawn from left to right

Row = Mapping[str, Any]


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
        "syntax": [
            chart_comparison(comparison, list(titles)) for comparison in findings["comparisons"]
        ],
        "planted": _chart_facts(findings["facts"], "planted", "share of pairs right", titles),
        "moved": _chart_facts(findings["moved"], "moved", "as far as another content word", titles),
    }


def chart_comparison(
    comparison: Mapping[str, Any], families: Sequence[str]
) -> list[dict[str, Any]]:
    """Build the charts of the measures that speak for or against the claim.

    Args:
      comparison: of two groups.
      families: all of the model's, in order: a group that is one of them has its colour.

    Returns:
      One a unit; one a measure and kind of n-gram where there are many levels.
    """
    rows = [row for row in comparison["rows"] if row["claim"]]
    levels = list(dict.fromkeys(name_level(level_of_row(row)) for row in rows))
    colours = choose_colours(comparison["groups"], families)
    if len(levels) > MANY:
        return _chart_levels(rows, levels, comparison["groups"], colours)
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    clustered = len({row["level"] for row in rows if row["clusters"]})
    units: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: measures.index(row["measure"])):
        # Short enough for the chart, where one level has clusters.
        level = "clusters" if row["clusters"] and clustered == 1 else name_level(level_of_row(row))
        units.setdefault(row["unit"], []).extend(
            each | {"head": row["measure"], "label": f"{row['ngrams']}, {level}", "chance": None}
            for each in _split_sides(row, comparison["groups"])
        )
    first, second = (group["title"] for group in comparison["groups"])
    return [
        charts.sides(
            values, unit, colours, name=unit,
            caption=f"{first} against {second}, in {unit}, with 95 % intervals",
        )
        for unit, values in units.items()
    ]


def choose_colours(
    groups: Sequence[Mapping[str, Any]], families: Sequence[str]
) -> dict[str, int | None]:
    """Give groups, by their titles, the numbers of their families or of colours that are free."""
    named = [
        families.index(group["name"]) if group["name"] in families else None for group in groups
    ]
    free = next(number for number in range(3) if number not in named)
    # A group of no family is grey beside one that is; of two, the first has a colour.
    first = free if named[0] is None and named[1] is None else named[0]
    return dict(zip((group["title"] for group in groups), (first, named[1]), strict=True))


def name_figures(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Name the figures on syntax that there are."""
    figures = {}
    for number, specs in enumerate(drawn.get("syntax", [])):
        prefix = f"syntax_{number + 1}" if len(drawn["syntax"]) > 1 else "syntax"
        figures |= {
            f"{prefix}_{spec['usermeta']['name'].replace(' ', '_')}": spec for spec in specs
        }
    facts = {f"syntax_{name}": drawn.get(name) for name in ("planted", "moved")}
    return figures | {name: spec for name, spec in facts.items() if spec}


def _chart_levels(rows, levels, groups, colours):
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row["measure"], row["ngrams"]), []).append(row)
    # Dreams and corpus of one measure beside each other.
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    order = sorted(kinds, key=lambda kind: measures.index(kind[0]))
    return [
        profile(
            [each for row in kinds[kind] for each in _split_sides(row, groups)], levels, colours,
            name=" ".join(kind), caption=f"{kind[0]}, {kind[1]}", unit=kinds[kind][0]["unit"],
        )
        for kind in order
    ]


def _split_sides(row: Row, groups) -> list[dict[str, Any]]:
    return [
        {
            "level": name_level(level_of_row(row)), "series": group["title"], "value": row[side],
            "low": row[f"{side}_low"], "high": row[f"{side}_high"],
        }
        for group, side in zip(groups, ("first", "second"), strict=True)
    ]


def _chart_facts(
    facts: Sequence[Row], name: str, unit: str, titles: Mapping[str, str]
) -> dict[str, Any] | None:
    named = {family: title_family(family, titles) for family in titles}
    rows = [
        {"chance": None, **row, "series": named[row["family"]], "head": row["fact"],
         "label": f"{row['pairs']} pairs"}
        for row in facts
    ]
    colours = {title: number for number, title in enumerate(named.values())}
    return charts.sides(rows, unit, colours, name=name, caption=unit) if rows else None
