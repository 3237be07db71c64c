"""Two groups of neurons compared by their means, many measures at once (host side)."""

from typing import NamedTuple

import numpy as np

RESAMPLES = 10_000
PERMUTATIONS = 40_000
RESOLUTION = 1 / (1 + PERMUTATIONS)  # of p: none is smaller, and no smaller ones are told apart
_BLOCK = 500


class Contrast(NamedTuple):
    """One measure in two groups; NaN where a group has fewer than two values."""

    neurons: tuple[int, int]  # that have a value
    means: tuple[float, float]
    intervals: tuple[tuple[float, float], tuple[float, float]]  # 95 %, neurons resampled
    difference: float  # of the means, first minus second
    interval: tuple[float, float]
    effect: float  # Cliff's delta: how much oftener a neuron of the first group has more
    p: float  # of the difference, by permutation of the groups; see `permute_groups`


def contrast_groups(first: np.ndarray, second: np.ndarray, seed: int) -> list[Contrast]:
    """Contrast every measure of two groups of neurons.

    Args:
      first: `[N, M]`, NaN where a neuron has no such measure.
      second: `[K, M]`.
      seed: of the bootstrap and the permutations.
    """
    draws = [resample_means(group, seed + side) for side, group in enumerate((first, second))]
    p = permute_groups(first, second, seed)
    contrasts = []
    for column in range(first.shape[1]):
        values = [group[np.isfinite(group[:, column]), column] for group in (first, second)]
        means = [float(each.mean()) if len(each) else np.nan for each in values]
        few = min(len(each) for each in values) < 2
        sides = [draw[:, column] for draw in draws]
        intervals = [
            _interval(side) if len(each) > 1 else (np.nan, np.nan)
            for side, each in zip(sides, values, strict=True)
        ]
        gap = means[0] - means[1]
        contrasts.append(
            Contrast(
                (len(values[0]), len(values[1])),
                (means[0], means[1]),
                (intervals[0], intervals[1]),
                gap,
                (np.nan, np.nan) if few else _interval(sides[0] - sides[1]),
                np.nan if few else compare_ranks(*values),
                np.nan if few else float(p[column]),
            )
        )
    return contrasts


def resample_means(values: np.ndarray, seed: int) -> np.ndarray:
    """Draw the mean of each column, rows resampled together (Efron 1979).

    Args:
      values: `[N, M]`; NaN is left out.

    Returns:
      `[10,000, M]`, NaN where a draw holds no value.
    """
    generator = np.random.default_rng(seed)
    rows = len(values)
    means = []
    for _ in range(RESAMPLES // _BLOCK):
        drawn = generator.integers(max(rows, 1), size=(_BLOCK, rows))
        drawn += rows * np.arange(_BLOCK)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=_BLOCK * rows).reshape(_BLOCK, rows)
        means.append(_weighted_means(weights.astype(float), values))
    return np.concatenate(means)


def permute_groups(first: np.ndarray, second: np.ndarray, seed: int) -> np.ndarray:
    """Compute how often chance would tell two groups apart as clearly, in the mean of each measure.

    The difference of the means is measured in its standard error, of the permuted groups too: so
    the test holds where one group spreads further than the other (Janssen 1997; Chung & Romano
    2013).

    Args:
      first: `[N, M]`, NaN where a neuron has no such measure.
      second: `[K, M]`.
      seed: of the permutations.

    Returns:
      `[M]`, in steps of `RESOLUTION`.
    """
    generator = np.random.default_rng(seed)
    values = np.concatenate([first, second])
    with np.errstate(invalid="ignore", divide="ignore"):
        values = values - np.nansum(values, axis=0) / np.isfinite(values).sum(axis=0)
    labels = np.repeat([1.0, 0.0], [len(first), len(second)])
    # Sums in another order differ in the last digits: a tie is a tie. NaN counts as extreme.
    found = np.abs(_studentized(labels[None], values)[0]) * (1 - 1e-9)
    extreme = np.zeros(values.shape[1])
    for _ in range(PERMUTATIONS // _BLOCK):
        drawn = generator.permuted(np.tile(labels, (_BLOCK, 1)), axis=1)
        extreme += np.sum(~(np.abs(_studentized(drawn, values)) < found), axis=0)
    return (1 + extreme) * RESOLUTION


def compare_ranks(first: np.ndarray, second: np.ndarray) -> float:
    """Compute Cliff's delta (1993): the share of pairs where the first has more, minus less."""
    ordered = np.sort(second)
    less = np.searchsorted(ordered, first, "left")
    more = len(second) - np.searchsorted(ordered, first, "right")
    return float(np.mean(less - more) / len(second))


def correct_for_many(p: np.ndarray) -> np.ndarray:
    """Adjust p values `[M]` by Holm (1979); NaN stays and does not count."""
    p = np.asarray(p, float)
    adjusted = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def _weighted_means(weights, values):
    present = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return (weights @ np.where(present, values, 0)) / (weights @ present.astype(float))


def _studentized(labels, values):
    """Compute the difference of the means in its standard error, `[B, M]`; labels `[B, N + K]`."""
    sides = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for weights in (labels, 1 - labels):
            number = weights @ np.isfinite(values).astype(float)
            mean = _weighted_means(weights, values)
            spread = np.maximum(_weighted_means(weights, values**2) - mean**2, 0)
            sides.append((mean, spread / (number - 1)))
        (one, error), (other, more) = sides
        difference = one - other
        # Groups that do not spread at all: what differs there differs clearly.
        return np.where(difference == 0, 0, difference / np.sqrt(error + more))


def _interval(draws):
    low, high = np.nanquantile(draws, (0.025, 0.975))
    return float(low), float(high)
