"""Texts from each level between the highest and the middle, drawn of a sample of all."""

from collections.abc import Sequence

import numpy as np

from neurondream.sweeps.survey import LEVELS
from neurondream.sweeps.texts import Peaks

# Shares of the sample's texts, from the highest level down to the middle.
UPPER = tuple(zip(LEVELS[1:], (*LEVELS[2:], 1.0), strict=True))[::-1]


def find_levels(peaks: Peaks, levels: Sequence[tuple[float, float]] = UPPER) -> Peaks:
    """Find the text in the middle of each level.

    Args:
      peaks: of texts, `[N, S]`; those that are no finite numbers do not count.
      levels: Q shares of the texts, lower and upper end.

    Returns:
      Those texts, `[N, Q]`, with a score of -inf where there is none, or where it is as high as a
      text below its level: there is no telling one from the other.
    """
    size = peaks.scores.shape[1]
    order = np.argsort(peaks.scores, axis=1, kind="stable")  # what is no number is -inf, first
    finite = np.isfinite(peaks.scores).sum(axis=1)[:, None]
    ends = np.array(levels)
    rank, lowest = (
        size - finite + np.floor(shares * finite).astype(int)
        for shares in (ends.mean(axis=1), ends[:, 0])
    )
    chosen = np.take_along_axis(order, np.minimum(rank, size - 1), axis=1)
    found = Peaks(*(np.take_along_axis(field, chosen, axis=1) for field in peaks))
    beneath = np.take_along_axis(order, np.clip(lowest - 1, 0, size - 1), axis=1)
    beneath = np.take_along_axis(peaks.scores, beneath, axis=1)
    apart = (lowest <= size - finite) | (found.scores > beneath)
    return found._replace(scores=np.where((finite > 0) & apart, found.scores, -np.inf))
