"""What is left of dreams behind real beginnings that no search has read (host side)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.analysis.comparison import bootstrap_interval
from neurondream.analysis.reaction import reacts


class Survival(NamedTuple):
    """One dream behind B beginnings."""

    behind: np.ndarray  # [B], activations
    height: float  # above the corpus mean, as the run reads both
    kept: float  # median share of that height behind the beginnings
    deviation: float  # of corpus n-grams, as the run reads them; 0 where nothing moves the neuron


def measure_kept(behind: np.ndarray, score: float, mean: float, deviation: float) -> Survival:
    """Say what is left of a dream.

    Args:
      behind: its activations `[B]` behind beginnings.
      score: its own activation.
      mean: of corpus n-grams.
      deviation: of corpus n-grams.
    """
    height = score - mean
    # A dream no higher than the average has no height to keep.
    kept = float(np.median(behind - mean) / height) if height > 0 else 0.0
    moved = reacts({"mean": mean, "score": score, "deviation": deviation})
    return Survival(behind, height, kept, deviation if moved else 0.0)


def compare_survivals(
    one: Sequence[Survival], other: Sequence[Survival]
) -> dict[str, float] | None:
    """Compare two dreams of each neuron behind the same beginnings.

    Returns:
      None where no neuron is moved by the corpus; `silent` ones among others are left out. Mean
      height and median share kept of the first kind, what is kept of the second, and by how
      many corpus deviations of the second the first is higher behind the beginnings, with the 95 %
      interval of its mean over neurons.
    """
    pairs = [
        pair for pair in zip(one, other, strict=True) if all(each.deviation for each in pair)
    ]
    if not pairs:
        return None
    silent, (one, other) = len(one) - len(pairs), zip(*pairs, strict=True)
    gains = np.array([
        (first.behind.mean() - second.behind.mean()) / second.deviation
        for first, second in zip(one, other, strict=True)
    ])
    low, high = bootstrap_interval(gains, 0)
    return {
        "neurons": len(gains), "silent": silent,
        "height": float(np.mean([each.height / each.deviation for each in one])),
        "kept": float(np.median([each.kept for each in one])),
        "other_kept": float(np.median([each.kept for each in other])),
        "gain": float(gains.mean()), "low": low, "high": high,
    }
