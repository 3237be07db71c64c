"""The verdict on one neuron: its dream against real text, and how sure we are (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurondream.analysis.wording import write_sentences

SAME = 0.01  # of the dream's height: activations that are called the same
LEVEL = 0.01  # corpus deviations between a dream and the corpus' best that count as level
SPREAD = (0.1, 0.25, 0.5, 0.75, 0.9)

Line = Mapping[str, Any]


def judge_neuron(
    search: Line, dreams: Sequence[Line], dream: Line, corpus: Line, total: int,
    others: Sequence[tuple[str, float]] = (), negative: Line | None = None,
) -> dict[str, Any]:
    """Put all that is known of a neuron into one card, as JSON values.

    Heights are activations above the mean over corpus n-grams, since neither a logit nor a
    picture coordinate has a zero of its own. Shares are shares of the dream's height, also those
    of its parts and of what is left of it in context: the mean is that of n-grams of its own
    length, read from the start.

    Args:
      search: the neuron's line of the corpus search.
      dreams: its lines of all methods and seeds.
      dream: probes of its best dream.
      corpus: probes of the corpus' best n-gram.
      total: distinct n-grams of the corpus.
      others: n-grams and activations, among which those that differ from the dream are chosen.
      negative: the dream of its negative side.
    """
    name = search["neuron"]
    best = max(dreams, key=lambda line: line["score"])
    certificates = [
        line["certificate"] for line in dreams
        if line["ngram"] == best["ngram"] and "certificate" in line
    ]
    gain = (best["score"] - search["score"]) / max(search["deviation"], 1e-12)
    height, corpus_height = (score - search["mean"] for score in (best["score"], search["score"]))
    card = {
        "neuron": name,
        "layer": name.removeprefix("-").split(":")[0],
        "standing": "level with the corpus" if abs(gain) <= LEVEL
        else "above the corpus" if gain > 0 else "below the corpus",
        "dream": {
            "words": best["ngram"].split(" "),
            **{key: best[key] for key in ("score", "method", "seed")},
            "certificate": certificates[0] if certificates else None,
        },
        "gain": gain,
        "ratio": height / corpus_height if corpus_height > 0 else None,
        "percentile": find_percentile(search, best["score"], dream["percentile"], total),
        "corpus": {
            **{key: search[key] for key in ("mean", "deviation", "quantiles")},
            "total": total,
            "best": [
                [ngram, score, count]
                for (ngram, score), count in zip(search["best"], search["counts"], strict=True)
            ],
        },
        "methods": [
            {key: line[key] for key in (
                "method", "seed", "ngram", "score", "seconds", "soft", "course", "temperature",
            ) if key in line}
            for line in sorted(dreams, key=lambda line: -line["score"])
        ],
        "agreement": count_agreement(dreams, best, height),
        "found": dream["found"],
        "words": describe_words(dream, search["mean"]),
        "corpus_words": {
            "words": corpus["ngram"].split(" "),
            "after": corpus["after"],
            "drop": measure_drops(corpus, search["mean"]),
        },
        "order": describe_order(dream, search["mean"]),
        "context": describe_context(dream, search["mean"]),
        "faces": describe_faces(
            best,
            choose_faces(
                best["ngram"], [*others, *((line["ngram"], line["score"]) for line in dreams)]
            ),
            search["mean"],
        ),
        "negative": negative and {"ngram": negative["ngram"], "score": -negative["score"]},
    }
    card["pathway"] = card["layer"].split(".")[0]
    card["verdict"] = write_sentences(card)
    return card


def find_percentile(search: Line, score: float, sampled: float, total: int) -> float:
    """Compute the share of corpus n-grams below an activation, in percent.

    Exactly where it is among the best that the search has kept, else of a sample.
    """
    better = sum(other > score for _, other in search["best"])
    if better < len(search["best"]):
        return 100 * (1 - better / total)
    return min(sampled, 100 * (1 - better / total))


def count_agreement(dreams: Sequence[Line], best: Line, height: float) -> dict[str, int]:
    """Count the methods and seeds that arrive at the best activation, and at the best n-gram."""
    same = [best["score"] - line["score"] <= SAME * abs(height) for line in dreams]
    words = [line["ngram"] == best["ngram"] for line in dreams]
    return {
        "tried": len(dreams), "same_activation": int(sum(same)), "same_words": int(sum(words))
    }


def choose_faces(
    ngram: str, others: Sequence[tuple[str, float]], number: int = 3
) -> list[tuple[str, float]]:
    """Choose from high to low the n-grams that are apart from a dream and from one another.

    Those are apart that end in other words and share at most half of their words.
    """
    chosen, faces = [ngram.split(" ")], []
    for other, score in sorted(set(others), key=lambda pair: -pair[1]):
        words = other.split(" ")
        if len(faces) < number and all(
            words[-1] != earlier[-1] and 2 * sum(w in earlier for w in words) <= len(words)
            for earlier in chosen
        ):
            chosen.append(words)
            faces.append((other, score))
    return faces


def describe_faces(
    best: Line, faces: Sequence[tuple[str, float]], mean: float
) -> list[dict[str, Any]]:
    """Say how much of the best dream's height other faces have."""
    kept = shares([score for _, score in faces], best["score"], mean).tolist()
    return [
        {"ngram": ngram, "score": score, "share": share}
        for (ngram, score), share in zip(faces, kept, strict=True)
    ]


def describe_words(probe: Line, mean: float) -> dict[str, Any]:
    """Say which words do the work: parts of the n-gram, and other words in their places."""
    length = len(probe["tokens"])
    kept = shares(probe["suffixes"], probe["score"], mean)
    return {
        "after": probe["after"],
        "without": probe["without"],
        "drop": measure_drops(probe, mean),
        "typical": [
            None if row is None else np.quantile(row, SPREAD).tolist() for row in probe["typical"]
        ],
        "substitutes": probe["substitutes"],
        "suffixes": probe["suffixes"],
        "half": next((n for n in range(1, length) if kept[n - 1] >= 0.5), length),
        "most": next((n for n in range(1, length) if kept[n - 1] >= 0.9), length),
    }


def measure_drops(probe: Line, mean: float) -> list[float] | None:
    """Compute the share of the height that goes with each word left out, `[L]`."""
    if probe["without"] is None:
        return None
    return (1 - shares(probe["without"], probe["score"], mean)).tolist()


def describe_order(probe: Line, mean: float) -> dict[str, Any] | None:
    """Say what other orders of the same words do."""
    if not probe["permuted"]:
        return None
    return {
        "permuted": np.quantile(probe["permuted"], (0, *SPREAD, 1)).tolist(),
        "neighbours": probe["neighbours"],
        "kept": float(np.median(shares(probe["permuted"], probe["score"], mean))),
    }


def describe_context(probe: Line, mean: float) -> dict[str, Any]:
    """Say how much is left when the n-gram comes after real beginnings."""
    kept = shares(probe["context"], probe["score"], mean)
    return {
        "quantiles": np.quantile(probe["context"], SPREAD).tolist(),
        "median": float(np.median(kept)),
        "low": float(np.quantile(kept, 0.1)),
    }


def shares(scores: Sequence[float], score: float, mean: float) -> np.ndarray:
    """Turn activations into shares of the height that an activation has."""
    height = score - mean
    # A dream no higher than the average has no height to keep: shares of it are all nothing.
    return (np.asarray(scores) - mean) / height if height > 0 else np.zeros(len(scores))
