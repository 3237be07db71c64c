"""The overview's charts as Vega-Lite specifications, and as SVG for papers (host side)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurondream.analysis.families import Families, title_family
from neurondream.analysis.syntax.contrasts import list_levels, name_level
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.report.profiles import profile
from neurondream.report.theme import (
    FRAME,
    SHAPES,
    axis,
    colour_of,
    list_series,
    place_rows,
    theme,
    write_heads,
)

VEGA_LITE = "6.4"  # the one version that the page bundles and `write_svg` draws with
MANY = 12  # groups of neurons: more of them are drawn from left to right


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
      cards: of the neurons `[N]`; those that no corpus n-gram moves are left out.
      families: the layers of the model. Families have colours and layers shapes; where there are
        more layers than shapes, families have both.
    """
    dots = [dot for card in cards if (dot := _place_dot(card, families))]
    order = list(families.titles)
    layers = [name for name in families.layers if any(dot["layer"] == name for dot in dots)]
    if len(layers) <= len(SHAPES):
        field, names = "layer", layers
        numbers = [order.index(families.layers[name].family) for name in layers]
    else:
        field = "family"
        present = [name for name in order if any(
            families.layers[layer].family == name for layer in layers
        )]
        names = [title_family(name, families.titles) for name in present]
        numbers = [order.index(name) for name in present]
    colour = {"domain": names, "range": [colour_of(number) for number in numbers]}
    shape = {"domain": names, "range": [SHAPES[n % len(SHAPES)] for n in range(len(names))]}
    x = axis("x", "corpus", "best n-gram of the corpus: the same", zero=False)
    y = axis("y", "dream", zero=False)
    ends = [edge(dot["corpus"] for dot in dots) for edge in (min, max)] if dots else [0, 0]
    line = [{"corpus": end, "dream": end} for end in ends]
    label = [{"corpus": (2 * ends[0] + ends[1]) / 3, "dream": (2 * ends[0] + ends[1]) / 3}]
    legend = list_series(names)
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
                        {"field": "layer", "type": "nominal"},
                        {"field": "words", "type": "nominal", "title": "dream"},
                        {"field": "dream", "title": "dream's height", **height},
                        {"field": "corpus", "title": "corpus' best", **height},
                    ],
                },
            },
        ],
    } | FRAME


def scatter_rows(cards: Sequence[Mapping[str, Any]], families: Families) -> dict[str, Any]:
    """Plot the same from rows that the page fills in, as `dots`."""
    spec = scatter(cards, families)
    marks = spec["layer"][-1] | {"data": {"name": "dots"}}
    return {**spec, "layer": [*spec["layer"][:-1], marks]}


def _place_dot(card: Mapping[str, Any], families: Families) -> dict[str, Any] | None:
    corpus = card["corpus"]
    if card["gain"] is None or not corpus["best"]:
        return None
    scores = {"corpus": corpus["best"][0]["score"], "dream": card["dream"]["score"]}
    heights = {
        side: (score - corpus["mean"]) / corpus["deviation"] for side, score in scores.items()
    }
    if not all(math.isfinite(height) for height in heights.values()):
        return None
    return {
        "neuron": card["neuron"], "label": card["label"], "layer": card["layer"],
        "family": title_family(card["family"], families.titles),
        "words": card["dream"]["ngram"]["text"], **heights,
    }


def methods(
    comparison: Sequence[Mapping[str, Any]], families: Families
) -> list[dict[str, Any]]:
    """Plot each method's mean gain over the corpus with its 95 % interval, by group of neurons.

    Args:
      comparison: rows of `summary.summarize_runs`, one a group and method; corpus search, which
        gains nothing, is left out.
      families: the layers of the model.

    Returns:
      One chart, or none; where there are many groups one a method, over the levels.
    """
    rows = [row for row in comparison if row["method"] != "search"]
    if len({row["group"] for row in rows}) > MANY:
        return _method_profiles(rows, families)
    return [_method_rows(rows)] if rows else []


def _method_profiles(rows, families: Families) -> list[dict[str, Any]]:
    numbers = {title_family(name, families.titles): n for n, name in enumerate(families.titles)}
    present = {row["level"] for row in rows}
    levels = [name for level in list_levels(families) if (name := name_level(level)) in present]
    return [
        profile(
            [
                {"level": row["level"], "series": title_family(row["family"], families.titles),
                 "value": row["gain"],
                 "low": row["gain_low"], "high": row["gain_high"]}
                for row in rows if row["method"] == method
            ],
            levels, numbers, name=f"methods {method}",
            caption=f"{method}: mean gain over the corpus\N{RIGHT SINGLE QUOTATION MARK} best "
            "n-gram, with 95 % interval",
            unit="corpus deviations",
        )
        for method in dict.fromkeys(row["method"] for row in rows)
    ]


def _method_rows(rows) -> dict[str, Any]:
    values = [
        {
            "head": f"{row['group']} ({row['neurons']})", "label": row["method"],
            "gain": row["gain"], "low": row["gain_low"], "high": row["gain_high"],
            "text": f"{row['gain']:+.2f}".replace("-", "\N{MINUS SIGN}"),
        }
        for row in rows
    ]
    domain = _name_rows(values)
    low = min([0, *(row["low"] for row in values)])
    high = max([0, *(row["high"] for row in values)])
    gain = axis("x", "gain", "mean gain, corpus deviations", zero=True)
    # Room on the right for the number behind the last interval.
    gain["scale"] = {"domain": [low, high + 0.34 * (high - low or 1)], "nice": False}
    y = place_rows(domain)
    return {
        "usermeta": {
            "name": "methods",
            "caption": "Mean gain over the corpus\N{RIGHT SINGLE QUOTATION MARK} best n-gram, with "
            "95 % interval",
        },
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
    rows: Sequence[Mapping[str, Any]], unit: str, series: Mapping[str, int | None], *,
    name: str, caption: str,
) -> dict[str, Any]:
    """Plot groups of neurons against each other with their intervals.

    Args:
      rows: of one unit, each with `head`, `label`, `series`, `value`, `low`, `high`, `chance`.
      unit: what the values are measured in.
      series: the groups that may be in the rows, with the numbers of their colours.
      name: of the chart's file.
      caption: what it shows.
    """
    kept = ("head", "label", "series", "value", "low", "high", "chance")
    values = [{key: row[key] for key in kept} for row in rows]
    domain = _name_rows(values)
    present = [each for each in series if any(row["series"] == each for row in values)]
    x, y = axis("x", "value", unit, zero=True), place_rows(domain)
    side = {"field": "series", "type": "nominal", "scale": {"domain": present}}
    colours = [colour_of(series[each]) for each in present]
    shapes = [SHAPES[list(series).index(each) % len(SHAPES)] for each in present]
    legend = list_series(present)
    shared = {
        "y": y, "yOffset": side,
        "color": side | {"scale": {"domain": present, "range": colours}, "legend": legend},
    }
    shape = side | {"scale": {"domain": present, "range": shapes}, "legend": legend}
    return {
        "usermeta": {"name": name, "caption": caption},
        "height": 12 * max(2, len(present)) * len(domain),
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
