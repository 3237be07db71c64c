"""What all charts share: colours, the frame, axes and rows with names (host side).

A chart is a Vega-Lite specification, a plain dict without a colour of its own: it names styles and
parameters that `theme` gives a colour to, so that one chart serves light, dark and paper. Words
and names enter as data alone, never as a piece of an expression.
"""

from collections.abc import Sequence
from typing import Any

# Okabe & Ito 2008: colours that colour-blind people tell apart, darker or lighter by the ground.
_SCHEMES = {
    "light": {"ink": "#1d1f21", "muted": "#5c6166", "line": "#e6e6e1", "dream": "#007a5a"},
    "dark": {"ink": "#e8e8e4", "muted": "#a3a8ad", "line": "#31353a", "dream": "#4fcfa3"},
}
# Of families of layers, in their order and then again from the first. After the first two chosen so
# that any two are 24 or more apart (CIELAB) where a kind of cone is missing, too (Machado, Oliveira
# & Fernandes 2009), at a contrast of 3 with the ground.
_FAMILIES = {
    "light": ("#0072b2", "#d55e00", "#884dff", "#4c2e33", "#998f5c", "#b26b83", "#200899",
              "#803713"),
    "dark": ("#56b4e9", "#e69f00", "#9326ff", "#ffee99", "#e60b54", "#0dffd7", "#b23689",
             "#5c5ccc"),
}
SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "triangle-right",
          "triangle-left")
_LABELS = 132  # pixels on the left for the names of rows
FRAME = {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}


def theme(scheme: str) -> dict[str, Any]:
    """Build the colours and lines of all charts, `light` or `dark`, as a Vega-Lite config."""
    colour = _SCHEMES[scheme]
    dream, quiet = {"color": colour["dream"]}, {"color": colour["muted"]}
    ink = {"color": colour["ink"]}
    return {
        "background": "transparent",
        "font": "system-ui, 'Segoe UI', Helvetica, Arial, 'Liberation Sans', sans-serif",
        "view": {"stroke": None},
        "params": [
            *(
                {"name": f"colour_{number}", "value": value}
                for number, value in enumerate(_FAMILIES[scheme])
            ),
            {"name": "colour_rest", "value": colour["muted"]},
        ],
        "axis": {
            "domain": False, "ticks": False, "gridColor": colour["line"], "labelPadding": 6,
            "labelColor": colour["muted"], "labelFontSize": 11, "tickCount": 5,
            "titleColor": colour["muted"], "titleFontSize": 12, "titleFontWeight": "normal",
            "titlePadding": 10,
        },
        "legend": {"labelColor": colour["ink"], "labelFontSize": 12, "symbolSize": 70,
                   "symbolOpacity": 1, "orient": "top", "title": None, "columnPadding": 9,
                   "offset": 8},
        "title": {"color": colour["muted"], "fontSize": 12, "fontWeight": "normal",
                  "anchor": "start", "frame": "bounds", "offset": 8},
        "style": {
            "dream": dream | {"strokeWidth": 2, "opacity": 1},
            "dream-text": dream | {"fontSize": 12},
            "corpus": quiet | {"strokeWidth": 1.5, "opacity": 1},
            "corpus-line": quiet | {"strokeWidth": 1.5, "strokeDash": [5, 3]},
            "corpus-bar": quiet | {"opacity": 0.55},
            "corpus-text": quiet | {"fontSize": 12},
            "middle": quiet | {"strokeWidth": 6, "opacity": 0.45},
            "reference": quiet | {"strokeWidth": 1, "strokeDash": [2, 3]},
            "reference-text": quiet | {"fontSize": 11},
            "value-text": ink | {"fontSize": 11},
            "head-text": ink | {"fontSize": 12, "fontWeight": 600},
            "row-label": {"labelColor": colour["ink"], "labelFontSize": 12},
        },
    }


def colour_of(number: int | None) -> dict[str, str]:
    """Name the colour of the family of a number, or of None what is of no family, for a scale."""
    name = "rest" if number is None else number % len(_FAMILIES["light"])
    return {"expr": f"colour_{name}"}


def list_series(names: Sequence[str]) -> dict[str, Any]:
    """Build a legend whose columns are as many as the chart's width holds."""
    # A letter takes about 6.5 pixels, the symbol and the space around 32.
    pixels = 32 + 6.5 * max(map(len, names), default=0)
    # A chart's width shrinks while it is laid out, when its height is settled already: that of what
    # holds it is asked for, beside which axes take some 40 pixels.
    held = "(containerSize()[0] || width + 40) - 40 + 0 * width"
    return {"columns": {"expr": f"max(1, min({len(names) or 1}, floor(({held}) / {pixels})))"}}


def axis(channel: str, field: str, title: str | None = None, *, zero: bool) -> dict[str, Any]:
    """Encode numbers on an axis `x` or `y`."""
    return {
        "field": field, "type": "quantitative",
        "axis": {"title": title, "grid": True},
        "scale": {"zero": zero, "nice": True},
    }


def place_rows(domain: Sequence[str] | None = None) -> dict[str, Any]:
    """Encode rows by name, top to bottom as they come.

    A row is `group<tab>name`, which keeps it apart from rows of the same name; `group<tab>` alone
    is left empty for a heading.

    Args:
      domain: all rows in order; None takes them from the data.
    """
    return {
        "field": "row", "type": "nominal", "sort": None, "title": None,
        "scale": {"domain": domain} if domain else {},
        "axis": {
            "style": "row-label", "grid": False, "labelExpr": "split(datum.value, '\\t')[1]",
            "labelAlign": "left", "labelPadding": _LABELS, "labelLimit": _LABELS - 8,
        },
    }


def write_heads(domain: Sequence[str]) -> dict[str, Any]:
    """Write the headings among the rows from the left edge on, over the chart if they are long."""
    heads = [{"row": row, "head": row[:-1]} for row in domain if row.endswith("\t")]
    return {
        "data": {"values": heads},
        "mark": {"type": "text", "style": "head-text", "align": "left", "x": -_LABELS},
        "encoding": {"y": place_rows(domain), "text": {"field": "head", "type": "nominal"}},
    }
