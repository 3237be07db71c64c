"""The comparison as one figure (host side)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from neurondream.analysis.comparison import Comparison

# Okabe & Ito 2008: colours that colour-blind people tell apart.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2")


def draw_comparison(
    path: Path, comparisons: Mapping[tuple[str, str], Comparison], methods: Sequence[str]
) -> None:
    """Draw each method's gain over the corpus, with its interval, for every group of neurons."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    groups = list(dict.fromkeys(group for group, _ in comparisons))
    figure, axes = pyplot.subplots(figsize=(1.5 + 1.45 * len(groups), 4), layout="constrained")
    for number, method in enumerate(methods):
        shift = (number - (len(methods) - 1) / 2) * 0.16
        rows = [comparisons[group, method] for group in groups]
        axes.errorbar(
            [position + shift for position in range(len(groups))],
            [row.gain for row in rows],
            yerr=[
                [row.gain - row.gain_low for row in rows],
                [row.gain_high - row.gain for row in rows],
            ],
            fmt="osD^v"[number % 5],
            color=_COLOURS[number % len(_COLOURS)],
            capsize=3,
            label=method,
        )
    axes.axhline(0, color="grey", linewidth=1)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylabel("gain over the best corpus n-gram\n(corpus standard deviations)")
    axes.set_title("Dreams against corpus search, mean and 95 % interval")
    figure.legend(frameon=False, loc="outside lower center", ncols=len(methods))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
