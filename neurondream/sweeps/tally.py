"""What many scores come to: how many there are, mean and deviation, and where their tails lie.

A block is counted where it was scored; blocks are added up on the host, counts as integers and
moments in float64, since float32 counts to 16.8 million only.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.analysis.reaction import ROUNDING
from neurondream.base import Array

QUANTILES = (0.5, 0.9, 0.99, 0.999)
# Where thresholds are set around a quantile of a sample, in its standard errors: the quantile of
# all lies outside of them once in thirty thousand.
_AROUND = (-4, -2, -1, 0, 1, 2, 4)
# Edges of a histogram, as shares of a sample's range above its lowest score; beyond it, where the
# scores of all may reach, bins are ever wider.
_BEYOND = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
_EDGES = np.concatenate([-_BEYOND[::-1], np.linspace(0, 1, 41), 1 + _BEYOND])
_AT_ONCE = 16  # scores of each neuron


class Tally(NamedTuple):
    """What the scores of `N` neurons come to; those that are no finite numbers do not count."""

    count: Array  # int [N]
    mean: Array  # [N]
    squares: Array  # [N], sum of squared deviations from the mean
    lowest: Array  # [N], inf of none
    below: Array  # int [N, T], how many are below each threshold


def tally_block(scores: Array, thresholds: Array) -> Tally:
    """Count the scores `[N, M]` of a block that are finite numbers, at thresholds `[N, T]`."""
    scores = scores.T  # neurons side by side: sums are a third quicker
    counting = jnp.isfinite(scores)
    count = jnp.sum(counting, axis=0)
    mean = jnp.sum(jnp.where(counting, scores, 0), axis=0) / jnp.maximum(count, 1)
    deviations = jnp.where(counting, scores - mean[None], 0)
    finite = jnp.where(counting, scores, jnp.inf)
    below = count_below(finite.T, thresholds)
    return Tally(count, mean, jnp.sum(deviations**2, axis=0), jnp.min(finite, axis=0), below)


def count_below(scores: Array, thresholds: Array) -> Array:
    """Count the scores `[N, M]` below thresholds `[N, T]`, `int32 [N, T]`."""
    # Some at a time, neurons side by side: twenty times as fast as one comparison of all.
    filled = jnp.pad(scores.T, ((0, -scores.shape[1] % _AT_ONCE), (0, 0)), constant_values=jnp.inf)

    def count_some(count, some):
        return count + jnp.sum(some[:, :, None] < thresholds[None], axis=0), None

    nothing = jnp.zeros(thresholds.shape, jnp.int32)
    return jax.lax.scan(count_some, nothing, filled.reshape(-1, _AT_ONCE, len(scores)))[0]


def start_tally(neurons: int, thresholds: int) -> Tally:
    """Start with nothing counted."""
    return Tally(
        np.zeros(neurons, np.int64), np.zeros(neurons), np.zeros(neurons),
        np.full(neurons, np.inf), np.zeros((neurons, thresholds), np.int64),
    )


def add_tally(before: Tally, block: Tally) -> Tally:
    """Add a block to what was counted before, on the host (Chan, Golub & LeVeque 1983)."""
    block = Tally(*map(np.asarray, block))
    total = before.count + block.count
    share = block.count / np.maximum(total, 1)
    shift = block.mean.astype(np.float64) - before.mean
    return Tally(
        total, before.mean + shift * share,
        before.squares + block.squares + shift**2 * before.count * share,
        np.minimum(before.lowest, block.lowest), before.below + block.below,
    )


def deviations_of(tally: Tally) -> np.ndarray:
    """Compute the standard deviation `[N]` of all scores."""
    return np.sqrt(tally.squares / np.maximum(tally.count, 1))


def set_thresholds(sample: np.ndarray, total: int) -> np.ndarray:
    """Set thresholds around each of the `QUANTILES`, as a sample places them.

    Args:
      sample: scores `[N, M]` of a part of all.
      total: how many there are of all; where the sample holds them, its quantiles are exact.

    Returns:
      `float32 [N, T]`, as many of each quantile, from low to high.
    """
    sample = _mark_infinite(sample)
    levels, size = np.array(QUANTILES)[:, None], sample.shape[1]
    left_out = max(1 - size / total, 0)
    levels = levels + np.sqrt(levels * (1 - levels) / size * left_out) * _AROUND
    levels = np.clip(levels, 0, 1).ravel()
    return np.nanquantile(sample, levels, axis=1).T.astype(np.float32)


def find_quantiles(tally: Tally, thresholds: np.ndarray) -> np.ndarray:
    """Find the `QUANTILES` of all scores between thresholds, the first that were counted at."""
    below = tally.below[:, : thresholds.shape[1]]
    shares = below / np.maximum(tally.count, 1)[:, None]
    shape = (len(shares), len(QUANTILES), len(_AROUND))
    return np.array([
        [np.interp(*each) for each in zip(QUANTILES, *row, strict=True)]
        for row in zip(shares.reshape(shape), thresholds.reshape(shape), strict=True)
    ])


def set_edges(sample: np.ndarray) -> np.ndarray:
    """Set the edges of histograms, `float32 [N, E]`, by scores `[N, M]` of a part of all."""
    sample = _mark_infinite(sample)
    low, high = np.nanmin(sample, axis=1), np.nanmax(sample, axis=1)
    return (low[:, None] + (high - low)[:, None] * _EDGES).astype(np.float32)


def count_bins(
    tally: Tally, edges: np.ndarray, row: int, high: float
) -> tuple[list[float], list[int]] | None:
    """Count all scores of one neuron in bins, from the lowest score to the highest.

    Args:
      tally: of N neurons, whose last thresholds are the edges.
      edges: `[N, E]`.
      row: of the neuron.
      high: its highest score.

    Returns:
      Edges of the bins, and one count fewer; None where all scores are the same.
    """
    low, count = float(tally.lowest[row]), int(tally.count[row])
    # What rounding alone moves has no histogram; `high` was computed in another way.
    if not high - low > ROUNDING * max(abs(low), abs(high)):  # nor has nothing at all
        return None
    below = tally.below[row, -edges.shape[1] :]
    inside = (below > 0) & (below < count)  # the others have nothing on one side
    counts = np.diff(np.concatenate([[0], below[inside], [count]]))
    between = edges[row, inside].tolist()
    return [low, *between, max([*between, high])], counts.tolist()


def _mark_infinite(sample: np.ndarray) -> np.ndarray:
    """Put NaN where a score is no finite number, and 0 where a neuron has none."""
    sample = np.where(np.isfinite(sample), sample, np.nan)
    sample[np.isnan(sample).all(axis=1)] = 0
    return sample
