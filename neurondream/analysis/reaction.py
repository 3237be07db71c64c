"""Whether a neuron reacts to real text at all, and by how much a dream is above it (host side)."""

from collections.abc import Mapping
from typing import Any

# What float32 leaves of a constant, as a share of it.
ROUNDING = 2.0**-20


def reacts(search: Mapping[str, Any]) -> bool:
    """Say whether corpus n-grams move a neuron, from the line of its corpus search.

    A dead unit and a direction of zeros have one activation after all of them.
    """
    size = max(abs(search["mean"]), abs(search["score"]))
    return search["deviation"] > ROUNDING * size


def moved_by(score: float, search: Mapping[str, Any]) -> bool:
    """Say whether an activation is another than the one that a constant neuron has."""
    return abs(score - search["mean"]) > ROUNDING * max(abs(score), abs(search["mean"]))


def is_above(score: float, other: float) -> bool:
    """Say whether an activation is above another one by more than rounding; not where it is NaN."""
    return score - other > ROUNDING * max(abs(score), abs(other))


def measure_gain(score: float, search: Mapping[str, Any]) -> float | None:
    """Compute by how many corpus deviations an activation is above the corpus' best.

    Returns:
      None for a neuron that the corpus does not move.
    """
    return (score - search["score"]) / search["deviation"] if reacts(search) else None
