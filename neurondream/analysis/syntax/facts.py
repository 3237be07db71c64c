"""What a model knows of planted facts: minimal pairs of a right and a wrong form (host side)."""

from collections.abc import Mapping, Sequence

import numpy as np

from neurondream.analysis.populations import resample_means


def measure_preferences(
    facts: Sequence[str], margins: np.ndarray, family: str
) -> list[dict[str, str | float]]:
    """Compute, fact by fact, how often the right next word has the higher logit.

    Args:
      facts: the fact of each pair.
      margins: logit of the right next word minus that of the wrong one, `[N]`.
      family: of the layer of the logits.

    Returns:
      A row for each fact, with a 95 % interval (Wilson 1927); chance is one half.
    """
    return [
        _row(fact, family, share, interval_of_share(share, len(rows)), len(rows)) | {"chance": 0.5}
        for fact, rows in _rows_of(facts).items()
        for share in [float(np.mean(margins[rows] > 0))]
    ]


def interval_of_share(share: float, number: int) -> tuple[float, float]:
    """Compute Wilson's 95 % interval of a share of `number` trials, wide where they are few."""
    z = 1.96
    middle = share + z**2 / (2 * number)
    reach = z * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    scale = 1 + z**2 / number
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def measure_movements(
    facts: Sequence[str], distances: Mapping[str, np.ndarray], *, seed: int = 0
) -> list[dict[str, str | float]]:
    """Compute how far a wrong form moves the state, relative to another content word.

    Args:
      facts: the fact of each pair.
      distances: of the states of each family, `[N, 2]`: from the state after the right form to
        the one after the wrong form, and to the one after the right form with another content
        word.
      seed: of the bootstrap over pairs.

    Returns:
      A row for each fact and family: the ratio of the mean distances with a 95 % interval. It is
      1 where a breach of grammar counts as much as a change of meaning, 0 where it does not count.
    """
    result = []
    for fact, rows in _rows_of(facts).items():
        for family, moved in distances.items():
            form, content = np.maximum(moved[rows].mean(axis=0), 1e-12)
            draws = np.maximum(resample_means(moved[rows], seed), 1e-12)
            ratios = draws[:, 0] / draws[:, 1]
            result.append(_row(
                fact, family, form / content, np.quantile(ratios, (0.025, 0.975)), len(rows)
            ))
    return result


def _rows_of(facts):
    names = np.array(facts)
    return {fact: np.flatnonzero(names == fact) for fact in dict.fromkeys(facts)}


def _row(fact, family, value, interval, pairs):
    low, high = interval
    return {
        "fact": fact, "family": family, "value": float(value), "low": float(low),
        "high": float(high), "pairs": pairs,
    }  # fmt: skip
