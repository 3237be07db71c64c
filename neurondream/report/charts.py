"""The overview's charts as Vega-Lite specifications, and as SVG for papers (host side)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurondream.analysis.families import Families
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.report.theme import (
    FRAME,
    SHAPES,
    axis,
    colour_of,
    place_rows,
    theme,
    write_heads,
)

VEGA_LITE = "6.4"  # the one version that the page bundles and `write_svg` draws with
MANY = 12  # layers: more of them have a colour by family alone


def import_vega() -> Any:
    """Import vl-convert, which brings Vega and Vega-Lite.

    Raises:
      InputError: it is not installed.
    """
    try:
        import vl_convert
    except ImportError:
        raise InputError(
            "the charts need the package vl-convert-python: pip install 'neurondream[analysis]'"
        ) from None
    return vl_convert


def write_svg(path: Path, spec: Mapping[str, Any], width: int = 560) -> None:
    """Draw a chart that holds its data as an SVG file, in the colours of paper.

    Args:
      path: of the file.
      spec: from `scatter`, `methods` or `sides`.
      width: in pixels.

    Raises:
      InputError: the package that draws is not installed.
    """
    drawn = import_vega().vegalite_to_svg(
        {**spec, "width": width}, vl_version=VEGA_LITE, config=theme("light")
    )
    write_atomically(Path(path), drawn.encode())


def scatter(cards: Sequence[Mapping[str, Any]], families: Families) -> dict[str, Any]:
    """Plot each neuron's dream against the corpus' best n-gram, one mark a neuron.

    Args:
      cards: of the neurons `[N]`; those that no corpus n-gram moves (deviation 0) are left out.
      families: the layers of the model. Families have colours, layers within one have shapes;
        where there are many layers, families have both.
    """
    dots = [dot for dot in map(_place_dot, cards) if dot]
    present = {dot["layer"] for dot in dots}
    layers = [name for name in families.layers if name in present]
    order = list(families.titles)
    if len(layers) > MANY:
        field = "family"
        names = [name for name in order if any(dot["family"] == name for dot in dots)]
        numbers = [(order.index(name), order.index(name)) for name in names]
    else:
        field, names = "layer", layers
        numbers = []
        for name in names:
            family = families.layers[name].family
            within = [other for other in names if families.layers[other].family == family]
            numbers.append((order.index(family), 2 * within.index(name) + order.index(family)))
    colour = {"domain": names, "range": [colour_of(number) for number, _ in numbers]}
    shape = {"domain": names, "range": [SHAPES[number % len(SHAPES)] for _, number in numbers]}
    x = axis("x", "corpus", "best n-gram of the corpus: the same", zero=False)
    y = axis("y", "dream", zero=False)
    ends = [edge(dot["corpus"] for dot in dots) for edge in (min, max)] if dots else [0, 0]
    line = [{"corpus": end, "dream": end} for end in ends]
    label = [{"corpus": (2 * ends[0] + ends[1]) / 3, "dream": (2 * ends[0] + ends[1]) / 3}]
    legend = {"columns": 4}
    height = {"type": "quantitative", "format": "+.2f"}
    return {
        "height": 380,
        "title": "dream: corpus deviations above the corpus mean",
        "usermeta": {"embedOptions": {"renderer": "canvas"}},  # thousands of marks
        "layer": [
            {"data": {"values": line}, "mark": {"type": "line", "style": "corpus-line"},
             "encoding": {"x": x, "y": y}},
            {"data": {"values": label},
             "mark": {"type": "text", "style": "reference-text", "text": "level with the corpus",
                      "align": "left", "dx": 6, "dy": 14},
             "encoding": {"x": x, "y": y}},
            {
                "data": {"values": dots},
                "mark": {"type": "point", "filled": True, "size": 54, "opacity": 0.75,
                         "cursor": "pointer"},
                "encoding": {
                    "x": x, "y": y,
                    "color": {"field": field, "type": "nominal", "scale": colour,
                              "legend": legend},
                    "shape": {"field": field, "type": "nominal", "scale": shape,
                              "legend": legend},
                    "tooltip": [
                        {"field": "label", "type": "nominal", "title": "neuron"},
                        {"field": "words", "type": "nominal", "title": "dream"},
                        {"field": "dream", "title": "dream's height", **height},
                        {"field": "corpus", "title": "corpus' best", **height},
                    ],
                },
            },
        ],
    } | FRAME


def _place_dot(card: Mapping[str, Any]) -> dict[str, Any] | None:
    corpus = card["corpus"]
    if not corpus["deviation"] or not corpus["best"]:
        return None
    scores = {"corpus": corpus["best"][0]["score"], "dream": card["dream"]["score"]}
    heights = {
        side: (score - corpus["mean"]) / corpus["deviation"] for side, score in scores.items()
    }
    if not all(math.isfinite(height) for height in heights.values()):
        return None
    return {
        "neuron": card["neuron"], "label": card["label"], "family": card["family"],
        "layer": card["layer"], "words": card["dream"]["ngram"]["text"], **heights,
    }


def methods(comparison: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Plot each method's mean gain over the corpus with its 95 % interval, by group.

    Args:
      comparison: rows, one a group and method; corpus search, which gains nothing, is left out.
    """
    values = [
        {
            "head": f"{row['group']} ({row['neurons']})", "label": row["method"],
            "gain": row["gain"], "low": row["gain_low"], "high": row["gain_high"],
            "text": f"{row['gain']:+.2f}".replace("-", "\N{MINUS SIGN}"),
        }
        for row in comparison if row["method"] != "search"
    ]
    domain = _name_rows(values)
    low = min([0, *(row["low"] for row in values)])
    high = max([0, *(row["high"] for row in values)])
    gain = axis("x", "gain", "mean gain, corpus deviations", zero=True)
    # Room on the right for the number behind the last interval.
    gain["scale"] = {"domain": [low, high + 0.34 * (high - low or 1)], "nice": False}
    y = place_rows(domain)
    return {
        "height": 21 * len(domain),
        "data": {"values": values},
        "layer": [
            {"data": {"values": [{"gain": 0}]}, "mark": {"type": "rule", "style": "reference"},
             "encoding": {"x": gain}},
            {"mark": {"type": "rule", "style": "dream"},
             "encoding": {"x": gain | {"field": "low"}, "x2": {"field": "high"}, "y": y}},
            {"mark": {"type": "point", "style": "dream", "filled": True, "size": 60},
             "encoding": {"x": gain, "y": y}},
            {"mark": {"type": "text", "style": "value-text", "align": "left", "dx": 9},
             "encoding": {"x": gain | {"field": "high"}, "y": y,
                          "text": {"field": "text", "type": "nominal"}}},
            write_heads(domain),
        ],
    } | FRAME


def sides(
    rows: Sequence[Mapping[str, Any]], unit: str, titles: Mapping[str, str]
) -> dict[str, Any]:
    """Plot groups of neurons against each other with their intervals.

    Args:
      rows: of one unit, each with `head`, `label`, `side`, `value`, `low`, `high`, `chance`.
      unit: what the values are measured in.
      titles: what a person calls each side, in their order.
    """
    kept = ("head", "label", "side", "value", "low", "high", "chance")
    values = [{name: row[name] for name in kept} for row in rows]
    for value in values:
        value["side"] = titles[value["side"]]
    domain = _name_rows(values)
    names = [title for title in titles.values() if any(row["side"] == title for row in values)]
    numbers = [list(titles.values()).index(name) for name in names]
    x, y = axis("x", "value", unit, zero=True), place_rows(domain)
    side = {"field": "side", "type": "nominal", "scale": {"domain": names}}
    colours = [colour_of(number) for number in numbers]
    shapes = [SHAPES[number % len(SHAPES)] for number in numbers]
    shared = {
        "y": y, "yOffset": side,
        "color": side | {"scale": {"domain": names, "range": colours}},
    }
    shape = side | {"scale": {"domain": names, "range": shapes}}
    return {
        "usermeta": {"unit": unit},
        "height": (12 * max(2, len(names))) * len(domain),
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "tick", "style": "corpus", "thickness": 2, "size": 20},
             "encoding": {"x": x | {"field": "chance"}, "y": y}},
            {"mark": {"type": "rule", "strokeWidth": 2},
             "encoding": shared | {"x": x | {"field": "low"}, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
             "encoding": shared | {"x": x, "shape": shape}},
            write_heads(domain),
        ],
    } | FRAME


def _name_rows(values: list[dict[str, Any]]) -> list[str]:
    """Name each value's row, and list all rows, each group under its heading."""
    domain: list[str] = []
    for value in values:
        value["row"] = f"{value['head']}\t{value['label']}"
        for row in (value["head"] + "\t", value["row"]):
            if row not in domain:
                domain.append(row)
    return domain
