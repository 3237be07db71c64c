"""The comparison as a table for people (host side)."""

from collections.abc import Mapping

import numpy as np

from neurondream.analysis.comparison import Comparison

_HEADER = (
    "neurons",
    "method",
    "mean activation",
    "beat the corpus",
    "gain in corpus deviations [95 %]",
    "lost on hardening",
    "s/neuron",
)


def write_table(comparisons: Mapping[tuple[str, str], Comparison]) -> str:
    """Lay out comparisons by (group of neurons, method) as a Markdown table."""
    rows = [_HEADER, *(_write_row(*key, value) for key, value in comparisons.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _write_row(group: str, method: str, row: Comparison) -> tuple[str, ...]:
    searched = method == "search"
    interval = f"{row.gain:+.2f} [{row.gain_low:+.2f}, {row.gain_high:+.2f}]"
    return (
        f"{group} ({row.neurons})",
        method,
        f"{row.mean:.4f}",
        "" if searched else f"{row.beats:.1%}",
        "" if searched else interval,
        "" if np.isnan(row.lost) else f"{row.lost:.1%}",
        f"{row.seconds:.2f}",
    )
