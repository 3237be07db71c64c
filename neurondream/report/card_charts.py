"""The charts of a neuron's card as Vega-Lite specifications without data (host side).

The page fills in the data `rows`, and `marks`: the values of lines across the chart by their name.
"""

from typing import Any

from neurondream.report.theme import FRAME, axis, place_rows

_TOOLTIP = [
    {"field": "label", "type": "nominal", "title": "at"},
    {"field": "text", "type": "nominal", "title": "activation"},
]


def after_words() -> dict[str, Any]:
    """Plot the activation after each word of dream and corpus' best, with the words below."""
    x = {"field": "place", "type": "ordinal", "axis": None,
         "scale": {"type": "point", "padding": 0.5}}
    y = _up()
    y["axis"] |= {"minExtent": 62}  # room for the names of the two rows of words
    layers = _mark_across("corpus mean")
    for row, (series, shape, name) in enumerate((
        ("corpus", "square", "\N{BLACK SQUARE} corpus"),
        ("dream", "circle", "\N{BLACK CIRCLE} dream"),
    )):
        chosen = {"transform": [{"filter": {"field": "series", "equal": series}}]}
        line = "dream" if series == "dream" else "corpus-line"
        word = {"type": "text", "style": f"{series}-text", "baseline": "middle",
                "y": {"expr": f"height + {38 - 19 * row}"}}
        fitted = word | {"limit": {"expr": "width / length(domain('x')) - 4"}}
        layers += [
            chosen | {"mark": {"type": "line", "style": line}, "encoding": {"x": x, "y": y}},
            chosen | {"mark": {"type": "point", "style": series, "shape": shape, "size": 50,
                               "filled": True},
                      "encoding": {"x": x, "y": y, "tooltip": _TOOLTIP}},
            chosen | {"mark": fitted,
                      "encoding": {"x": x, "text": {"field": "label", "type": "nominal"}}},
            {"data": {"values": [{}]}, "mark": word | {"align": "right", "x": -8, "text": name}},
        ]
    return {"height": 190, "data": {"name": "rows"}, "layer": layers} | FRAME


def ranges() -> dict[str, Any]:
    """Plot activations by row: 10 to 90 %, the middle half and the median, or one value alone."""
    x, y = axis("x", "value", zero=False), place_rows()
    return {
        "data": {"name": "rows"},
        "layer": [
            *_mark_down("corpus mean", level=0, align="left"),
            *_mark_down("best of corpus", level=1, align="right"),
            *_mark_down("dream", level=0, align="right"),
            {"mark": {"type": "rule", "style": "corpus"},
             "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": y}},
            {"mark": {"type": "rule", "style": "middle"},
             "encoding": {"x": x | {"field": "lower"}, "x2": {"field": "upper"}, "y": y}},
            {"mark": {"type": "point", "style": "corpus", "filled": True, "size": 60},
             "encoding": {"x": x, "y": y, "tooltip": _TOOLTIP}},
        ],
    } | FRAME


def course() -> dict[str, Any]:
    """Plot a climb: the activation of soft n-grams, and of the real ones that they stand for."""
    x, y = axis("x", "step", zero=False), _up()
    # A climb of three rounds has ticks at halves.
    x["axis"] |= {"grid": False, "labelExpr": "datum.value % 1 ? '' : format(datum.value, 'd')"}
    return {
        "height": 130,
        "data": {"name": "rows"},
        "layer": _mark_across("best of corpus") + [
            {"transform": [{"filter": {"field": "label", "equal": label}}],
             "mark": {"type": "line", "style": style}, "encoding": {"x": x, "y": y}}
            for label, style in (("soft", "corpus-line"), ("real", "dream"))
        ],
    } | FRAME


def histogram() -> dict[str, Any]:
    """Plot how many tokens or n-grams have an activation; the dream's and the best are marked."""
    x = axis("x", "low", zero=False)
    y = axis("y", "count", zero=True)
    # Most tokens lie together, and the few far out are what counts.
    y["scale"] = {"type": "symlog"}
    powers = [10**power for power in range(0, 10, 2)]
    y["axis"] |= {"values": powers, "labelExpr": "format(datum.value, ',d')"}
    tooltip = [{"field": name, "type": "quantitative", "title": title, "format": form}
               for name, title, form in (("low", "from", ".3~g"), ("high", "to", ".3~g"),
                                         ("count", "how many", ",d"))]
    return {
        "height": 110,
        "data": {"name": "rows"},
        "layer": [
            {"mark": {"type": "bar", "style": "corpus-bar"},
             "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "y2": {"datum": 0},
                          "tooltip": tooltip}},
            *_mark_down("best of corpus", level=1, align="right"),
            *_mark_down("dream", level=0, align="right"),
            *_mark_down("your text", level=2, align="left"),
        ],
    } | FRAME


def plane() -> dict[str, Any]:
    """Plot activation by nats a word: a front, real n-grams and the limit of what is fluent.

    A ring is around the point that is told of, another around what the keyboard has reached.
    """
    title = "natural \N{LEFTWARDS ARROW} nats \N{RIGHTWARDS ARROW} extreme"
    x, y = axis("x", "nats", title, zero=False), _up()
    tooltip = [{"field": "ngram", "type": "nominal", "title": "n-gram"},
               {"field": "text", "type": "nominal", "title": "activation"},
               {"field": "fluency", "type": "nominal", "title": "nats"}]
    at, point = {"x": x, "y": y}, {"type": "point", "filled": True}
    limit = {"data": {"name": "limits"}, "encoding": {"x": x}}
    label = {"type": "text", "style": "reference-text", "y": -8, "align": "left"}
    front, certified = {"data": {"name": "front"}}, {"test": "datum.certified"}
    shown = {"shape": {"condition": certified | {"value": "diamond"}, "value": "circle"},
             "size": {"condition": certified | {"value": 140}, "value": 56}}
    return {
        "height": 230,
        "layer": [
            limit | {"mark": {"type": "rule", "style": "reference"}},
            limit | {"mark": label,
                     "encoding": {"x": x, "text": {"field": "label", "type": "nominal"}}},
            {"data": {"name": "windows"},
             "mark": point | {"style": "corpus", "size": 12, "opacity": 0.6},
             "encoding": at | {"tooltip": tooltip}},
            {"data": {"name": "corpus"},
             "mark": point | {"style": "corpus", "shape": "square", "size": 64},
             "encoding": at | {"tooltip": tooltip}},
            front | {"mark": {"type": "line", "style": "dream"}, "encoding": at},
            {"data": {"name": "chosen"},
             "mark": {"type": "point", "style": "dream", "size": 260}, "encoding": at},
            {"data": {"name": "reached"},
             "mark": {"type": "point", "style": "value-text", "size": 110}, "encoding": at},
            front | {"mark": point | {"style": "dream", "cursor": "pointer"},
                     "encoding": at | shown | {"tooltip": tooltip}},
        ],
    } | FRAME


def _up() -> dict[str, Any]:
    y = axis("y", "value", zero=False)
    y["scale"] |= {"padding": 14}  # room for the name below a line
    return y


def _choose(label: str) -> dict[str, Any]:
    return {"data": {"name": "marks"},
            "transform": [{"filter": {"field": "label", "equal": label}}]}


def _mark_across(label: str) -> list[dict[str, Any]]:
    """Draw a line from left to right at a mark, its name below its right end."""
    at = {"y": _up()}
    text = {"type": "text", "style": "reference-text", "text": label, "x": "width", "dy": 9,
            "align": "right"}
    return [
        _choose(label) | {"mark": {"type": "rule", "style": "reference"}, "encoding": at},
        _choose(label) | {"mark": text, "encoding": at},
    ]


def _mark_down(label: str, level: int, align: str) -> list[dict[str, Any]]:
    """Draw a line from top to bottom at a mark, its name above it."""
    at = {"x": axis("x", "value", zero=False)}
    line, style = ("dream", "dream-text") if label == "dream" else ("reference", "reference-text")
    text = {"type": "text", "style": style, "text": label, "y": -8 - 15 * level, "align": align}
    return [
        _choose(label) | {"mark": {"type": "rule", "style": line}, "encoding": at},
        _choose(label) | {"mark": text, "encoding": at},
    ]
