"""Fronts of fluency and activation as a figure (host side)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurondream.analysis.fronts import climb_staircase, entry_of, real_quantiles
from neurondream.report.theme import theme

ACROSS = 4  # panels beside one another
LAYERS = 12  # that have panels of their own; neurons of more share one
NATS = np.linspace(0, 12, 481)  # a word, that are shown


def draw_fronts(
    paths: Sequence[Path],
    groups: Mapping[tuple[int, str], Sequence[Mapping[str, Any]]],
) -> None:
    """Draw the activation that fronts reach within nats a word: median neuron and quartiles.

    Args:
      paths: of the image, in as many forms.
      groups: lines with fronts by length and judge.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = {
        (words, judge, layer): members
        for (words, judge), lines in groups.items()
        for layer, members in split_layers([line for line in lines if "front" in line]).items()
    }
    entries = list(dict.fromkeys(
        entry_of(line) for members in panels.values() for line in members
    ))
    columns = min(len(panels), ACROSS)
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(1 + 3.8 * columns, 0.8 + 3.2 * rows), layout="constrained",
        squeeze=False,
    )
    for panel in axes.flat[len(panels) :]:
        panel.set_visible(False)
    for panel, ((words, judge, layer), members) in zip(axes.flat, panels.items(), strict=False):
        _draw_panel(panel, members, entries)
        panel.set_title(f"{layer}, {words} word{'s' * (words > 1)}")
        panel.set_xlabel(f"nats a word, by {judge}")
        panel.set_ylabel("activation")
    handles = {
        label: handle for panel in axes.flat
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), frameon=False, loc="outside lower center",
                  ncols=min(len(handles), 2 * columns))
    for path in paths:
        # Without the day, the same lines give the same bytes.
        dated = {"metadata": {"Date": None}} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=150, **dated)
    pyplot.close(figure)


def split_layers(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Split lines by the layer of their neurons, unless these are many."""
    layers: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        layers.setdefault(line["layer"], []).append(line)
    return layers if len(layers) <= LAYERS else {f"{len(layers)} layers": list(lines)}


def quartile_staircases(lines: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Find the quartiles over neurons of the activation within each of `NATS`, `[3, X]`.

    Several seeds of a neuron are averaged. A neuron without an n-gram there is below all others;
    where a quartile would be one of them, it is NaN.
    """
    neurons: dict[str, list[np.ndarray]] = {}
    for line in lines:
        neurons.setdefault(line["neuron"], []).append(climb_staircase(line, NATS))
    heights = np.array([np.mean(each, axis=0) for each in neurons.values()])
    heights = np.where(np.isnan(heights), -np.inf, heights)
    with np.errstate(invalid="ignore"):
        quartiles = np.quantile(heights, (0.25, 0.5, 0.75), axis=0)
    return np.where(np.isfinite(quartiles), quartiles, np.nan)


def _draw_panel(axes, lines: Sequence[Mapping[str, Any]], entries: Sequence[str]) -> None:
    style = theme("light")
    *colours, muted = (each["value"] for each in style["params"])
    for number, entry in enumerate(entries):
        members = [line for line in lines if entry_of(line) == entry]
        if not members:
            continue
        low, middle, high = quartile_staircases(members)
        colour = colours[number % len(colours)]
        axes.plot(NATS, middle, color=colour, linewidth=1.8, label=entry, drawstyle="steps-post")
        # A first quartile may begin later than the median; the band then begins with it.
        axes.fill_between(NATS, low, high, color=colour, alpha=0.13, linewidth=0, step="post")
    for (name, nats), dashes in zip(real_quantiles(lines).items(), (":", "--"), strict=False):
        if nats <= NATS[-1]:
            axes.axvline(nats, color=muted, linestyle=dashes, linewidth=1, label=name)
    axes.set_xlim(NATS[0], NATS[-1])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
