"""Values over the levels of a model, one line a series: how many layers are drawn (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.report.theme import FRAME, SHAPES, axis, colour_of, list_series


def profile(
    rows: Sequence[Mapping[str, Any]], levels: Sequence[str], series: Mapping[str, int | None],
    *, name: str, caption: str, unit: str,
) -> dict[str, Any]:
    """Plot a value with its interval at each level, one line a series.

    Args:
      rows: each with `level`, `series`, `value`, `low`, `high`.
      levels: all of them, from left to right.
      series: those that may be in the rows, with the numbers of their colours.
      name: of the chart's file.
      caption: what it shows.
      unit: what the values are measured in.
    """
    kept = ("level", "series", "value", "low", "high")
    values = [
        {key: row[key] for key in kept} | {"text": _write(row)}
        for row in rows if row["value"] is not None
    ]
    present = [each for each in series if any(value["series"] == each for value in values)]
    # Levels that are numbers stand upright; ticks whose labels would touch go without one.
    upright = all(len(level) < 4 for level in levels)
    x = {
        "field": "level", "type": "ordinal", "sort": None, "title": "layer",
        "scale": {"domain": list(levels), "type": "point", "padding": 0.6},
        "axis": {"labelAngle": 0 if upright else -50, "labelOverlap": "greedy", "grid": False,
                 "labelLimit": 90},
    }
    y = axis("y", "value", unit, zero=True)
    entries = {"domain": present, "range": [colour_of(series[each]) for each in present]}
    shapes = entries | {"range": [SHAPES[n % len(SHAPES)] for n in range(len(present))]}
    legend = list_series(present) if len(present) > 1 else None
    colour = {"field": "series", "type": "nominal", "scale": entries, "legend": legend}
    shape = {"field": "series", "type": "nominal", "scale": shapes, "legend": legend}
    tooltip = [
        {"field": "series", "type": "nominal", "title": "of"},
        {"field": "level", "type": "nominal", "title": "layer"},
        {"field": "text", "type": "nominal", "title": unit},
    ]
    return {
        "usermeta": {"name": name, "caption": caption},
        "height": 190,
        "data": {"values": values},
        "layer": [
            {"data": {"values": [{"value": 0}]}, "mark": {"type": "rule", "style": "reference"},
             "encoding": {"y": y}},
            {"mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.55},
             "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"},
                          "color": colour}},
            {"mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.8},
             "encoding": {"x": x, "y": y, "color": colour}},
            {"mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
             "encoding": {"x": x, "y": y, "color": colour, "shape": shape, "tooltip": tooltip}},
        ],
    } | FRAME


def _write(row: Mapping[str, Any]) -> str:
    value = f"{row['value']:+.2f}"
    if row["low"] is not None:
        value += f" [{row['low']:+.2f}, {row['high']:+.2f}]"
    return value.replace("-", "\N{MINUS SIGN}")
