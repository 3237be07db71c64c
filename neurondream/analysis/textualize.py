"""What free vectors and groups of neurons tell of words (host side)."""

import numpy as np

from neurondream.analysis.comparison import bootstrap_interval


def describe_share(values: np.ndarray) -> dict[str, float]:
    """Give the mean of values, one of each neuron or word, with its 95 % interval."""
    values = np.asarray(values, float)
    low, high = bootstrap_interval(values, 0)
    return {"mean": float(values.mean()), "low": low, "high": high}


def compare_cosines(
    found: np.ndarray, random: np.ndarray, words: np.ndarray, vectors: np.ndarray
) -> dict[str, dict[str, float]]:
    """Say how near to words the vectors are that neurons want.

    Args:
      found: cosines with the nearest word, `[N, S]` from S starts.
      random: the same of random directions, `[M]`.
      words: the nearest words, `int [N, S]`.
      vectors: `[N, S, E]`.
    """
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    first, second = np.triu_indices(found.shape[1], 1)
    return {
        "cosine with the nearest word": describe_share(found.mean(axis=1)),
        "cosine of random directions with theirs": describe_share(random),
        "cosine between two starts": describe_share(
            np.sum(units[:, first] * units[:, second], axis=-1).mean(axis=1)
        ),
        "share above 95 % of random directions": describe_share(
            (found > np.quantile(random, 0.95)).mean(axis=1)
        ),
        "share of starts with the same nearest word": describe_share(
            (words[:, first] == words[:, second]).mean(axis=1)
        ),
    }


def write_textualization(
    cosines: dict[str, dict[str, float]], recovered: list[dict],
) -> str:
    """Write both tables as Markdown."""
    lines = ["| single neurons | mean [95 %] |", "|---|---|"]
    lines += [
        f"| {name} | {_write_share(value) if name.startswith('share') else _write_mean(value)} |"
        for name, value in cosines.items()
    ]
    lines += [
        "", "| neurons of a word | of all words it excites them most | it is among the first ten | "
        "it is nearest to the free vector |", "|---|---|---|---|",
    ]
    lines += [
        f"| {row['size']} | " + " | ".join(
            _write_share(row[name]) for name in ("first", "ten", "vector")
        ) + " |"
        for row in recovered
    ]
    return "\n".join(lines)


def _write_mean(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _write_share(value: dict[str, float]) -> str:
    mean, low, high = (100 * value[name] for name in ("mean", "low", "high"))
    return f"{mean:.0f} % [{low:.0f}, {high:.0f}]"
