"""Comparisons and contests as figures (host side)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from neurondream.analysis.comparison import Comparison
from neurondream.analysis.contest import Standing

# Okabe & Ito 2008: colours that colour-blind people tell apart.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2", "#000000")

ACROSS = 10  # groups that stand beside one another
_GAINS = (-20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20)


def draw_comparison(
    path: Path, comparisons: Mapping[tuple[str, str], Comparison], methods: Sequence[str]
) -> None:
    """Draw each method's gain over the corpus, with its interval, for every group of neurons.

    Args:
      path: of the image.
      comparisons: by group and method; a method need not have run on every group.
      methods: to draw.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    groups = list(dict.fromkeys(group for group, _ in comparisons))
    # Many groups stand below one another, where their names have room.
    across = len(groups) <= ACROSS
    size = (1.5 + 1.45 * len(groups), 4) if across else (7, 1.5 + 0.24 * len(groups))
    figure, axes = pyplot.subplots(figsize=size, layout="constrained")
    for number, method in enumerate(methods):
        shift = (number - (len(methods) - 1) / 2) * min(0.16, 0.7 / len(methods))
        rows = {
            place + shift: comparisons[group, method]
            for place, group in enumerate(groups) if (group, method) in comparisons
        }
        gains = [row.gain for row in rows.values()]
        intervals = [
            [row.gain - row.gain_low for row in rows.values()],
            [row.gain_high - row.gain for row in rows.values()],
        ]
        points = (
            {"x": list(rows), "y": gains, "yerr": intervals} if across
            else {"x": gains, "y": list(rows), "xerr": intervals}
        )
        axes.errorbar(
            **points, fmt="osD^v"[number % 5], color=_COLOURS[number % len(_COLOURS)],
            capsize=3 if across else 1.5, markersize=6 if across else 3.5, label=method,
        )
    label = "gain over the best corpus n-gram\n(corpus standard deviations)"
    ticks = [f"{gain:g}" for gain in _GAINS]
    if across:
        axes.axhline(0, color="grey", linewidth=1)
        axes.set_xticks(range(len(groups)), groups)
        axes.set_yscale("symlog", linthresh=1)
        axes.set_yticks(_GAINS, ticks)
        axes.margins(y=0.08)
        axes.set_ylabel(label)
    else:
        axes.axvline(0, color="grey", linewidth=1)
        axes.set_yticks(range(len(groups)), groups, fontsize=7)
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xticks(_GAINS, ticks)
        axes.set_ylim(len(groups) - 0.4, -0.6)
        axes.margins(x=0.08)
        axes.set_xlabel(label)
        axes.grid(axis="y", color="#eeeeee")
        axes.set_axisbelow(True)
    axes.set_title("Dreams against corpus search, mean and 95 % interval")
    figure.legend(frameon=False, loc="outside lower center", ncols=min(len(methods), 6))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def draw_contest(path: Path, standings: Mapping[tuple[int, str], Standing]) -> None:
    """Draw how near each method comes to the best known, by time and by work, for every length."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lengths = sorted({length for length, _ in standings})
    methods = list(dict.fromkeys(_method_of(entry) for _, entry in standings))
    figure, panels = pyplot.subplots(
        2, len(lengths), figsize=(3 + 4 * len(lengths), 7), layout="constrained", squeeze=False,
        sharey=True,
    )
    costs = {"seconds": "seconds a neuron", "evaluations": "encoder passes a neuron"}
    for (cost, label), row in zip(costs.items(), panels, strict=True):
        for length, axes in zip(lengths, row, strict=True):
            for number, method in enumerate(methods):
                these = [
                    standing for (n, entry), standing in standings.items()
                    if n == length and _method_of(entry) == method
                ]
                _draw_gaps(axes, these, cost, method, number)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_title(f"{length} word{'s' * (length > 1)}")
            axes.set_xlabel(label)
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
        row[0].set_ylabel("mean gap to the best known activation")
    panels[0][0].invert_yaxis()
    figure.legend(*panels[0][0].get_legend_handles_labels(), frameon=False,
                  loc="outside right center")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _draw_gaps(axes, standings: list[Standing], cost: str, method: str, number: int) -> None:
    """Draw the distances from the best known, so that good ones do not lie on one another."""
    rows = sorted(standings, key=lambda row: getattr(row, cost))
    gaps = [max(1 - row.share, 1e-5) for row in rows]
    low = [max(1 - row.share_high, 1e-5) for row in rows]
    high = [max(1 - row.share_low, 1e-5) for row in rows]
    axes.errorbar(
        [getattr(row, cost) for row in rows], gaps,
        yerr=[
            [max(gap - x, 0) for gap, x in zip(gaps, low, strict=True)],
            [max(x - gap, 0) for gap, x in zip(gaps, high, strict=True)],
        ],
        marker="osD^v<>"[number % 7], color=_COLOURS[number % len(_COLOURS)],
        capsize=2, linewidth=1, label=method,
    )


def _method_of(entry: str) -> str:
    name, *rest = entry.split(" ")
    # "gumbel 8 x 75 epochs" apart from the longer and shorter climbs of one start.
    return f"{name}, {rest[0]} starts" if name == "gumbel" and "x" in rest else name
