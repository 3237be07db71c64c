"""What is known of one neuron: its dream against real text, and how sure we are (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurondream.analysis.families import Families, find_layer
from neurondream.analysis.meaning import is_contrasted
from neurondream.analysis.reaction import measure_gain, moved_by, reacts
from neurondream.analysis.verdict.card import Card, Front
from neurondream.analysis.verdict.meaning import describe_grammar, describe_meaning
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.analysis.verdict.warnings import write_warnings
from neurondream.runs.lines import VERSION

SAME = 0.01  # of the dream's height: activations that are called the same
MANY = 3  # n-grams beside a dream, each unlike the others, that are as high: a saturated neuron
LIKED = 0.5  # of the dream's height: what keeps less is no other face, but a failed climb
LEVEL = 0.01  # corpus deviations between a dream and the corpus' best that count as level
SPREAD = (0.1, 0.25, 0.5, 0.75, 0.9)

Line = Mapping[str, Any]
Ngram = Mapping[str, Any]


def describe_neuron(
    search: Line, dreams: Sequence[Line], dream: Line, corpus: Line, *, total: int,
    families: Families, faces: Sequence[Mapping[str, Any]] = (), negative: Line | None = None,
    made: bool = False, survey: Mapping[str, Any] | None = None, front: Front | None = None,
) -> Card:
    """Put all that is known of a neuron into one card, as JSON values.

    Shares are shares of the dream's height, also those of its parts and of what is left of it in
    context: the mean is that of n-grams of its own length, read where the model starts.

    Args:
      search: the neuron's line of the corpus search.
      dreams: its lines of all methods and seeds.
      dream: probes of its best dream.
      corpus: probes of the corpus' best n-gram.
      total: distinct n-grams of the corpus.
      families: the layers of the model.
      faces: n-grams with their scores, among which those that differ from the dream are chosen.
      negative: the dream of its negative side.
      made: whether the corpus is of the made world, where meanings are known.
      survey: how the neuron reacts to a larger corpus.
      front: its front from natural to extreme.
    """
    layer = find_layer(families, search["layer"])
    best = max(dreams, key=lambda line: line["score"])
    certificates = [
        line["certificate"] for line in dreams
        if is_same(line["ngram"], best["ngram"]) and "certificate" in line
    ]
    # What says more first.
    certificates.sort(key=lambda certificate: "contrast" in certificate)
    gain = measure_gain(best["score"], search)
    height, corpus_height = (score - search["mean"] for score in (best["score"], search["score"]))
    card = {
        "version": VERSION,
        **{key: search[key] for key in ("neuron", "label", "layer", "kind", "place")},
        **{key: best[key] for key in ("elsewhere", "factors") if key in best},
        "family": layer.family,
        "level": layer.level,
        "standing": find_standing(search, best["score"]),
        "dream": {
            **{key: best[key] for key in ("ngram", "score", "method")},
            "seed": best.get("seed"),
            "certificate": certificates[0] if certificates else None,
        },
        "gain": gain,
        "ratio": height / corpus_height if corpus_height > 0 else None,
        "percentile": find_percentile(search, best["score"], dream["percentile"], total)
        if reacts(search) else None,
        "corpus": {
            **{key: search[key] for key in ("mean", "deviation")},
            "quantiles": search.get("quantiles", {}),
            "total": total,
            "best": search["best"],
            "histogram": search.get("histogram"),
        },
        "texts": search.get("texts", []),
        "survey": survey,
        "natural": describe_natural(search, best["score"]),
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
            "ngram": corpus["ngram"],
            "after": corpus["after"],
            "drop": measure_drops(corpus, search["mean"]),
        },
        "order": describe_order(dream, search["mean"]),
        "context": describe_context(dream, search["mean"]),
        "front": front,
        "faces": describe_faces(
            best, choose_faces(best["ngram"], [*faces, *dreams]), search
        ),
        # What real text turns on is not dead, though no search came there.
        "off": bool(best.get("off")) and search["score"] <= 0,
        "saturated": find_saturating(best, [*faces, *dreams, *search["best"]], search["mean"]),
        # What nothing moves has no dream that could name anything.
        "meaning": describe_meaning(best, dreams) if made and reacts(search) else None,
        "grammar": describe_grammar(best) if made and reacts(search) else None,
        "negative": negative and {"ngram": negative["ngram"], "score": -negative["score"]},
    }
    return card | {"verdict": write_sentences(card), "warnings": write_warnings(card)}


def find_standing(search: Line, score: float) -> str:
    """Say how a dream stands against the corpus' best n-gram."""
    gain = measure_gain(score, search)
    if gain is None:
        return "above the corpus" if moved_by(score, search) else "reacts to nothing"
    if abs(gain) <= LEVEL:
        return "level with the corpus"
    return "above the corpus" if gain > 0 else "below the corpus"


def describe_natural(search: Line, score: float) -> dict[str, Any] | None:
    """Say how much of the dream's height the highest word of a whole text has."""
    peak = search.get("natural")
    if peak is None:
        return None
    return {**peak, "share": float(shares([peak["score"]], score, search["mean"])[0])}


def find_saturating(
    best: Line, others: Sequence[Mapping[str, Any]], mean: float
) -> list[Ngram]:
    """Find n-grams unlike the dream and one another that bring the neuron as high.

    Returns:
      `MANY` of them; none where there are fewer, since then the neuron tells them apart, or where
      one is higher, as any may be than a dream that is kept fluent.
    """
    kept = shares([other["score"] for other in others], best["score"], mean)
    if np.any(kept > 1 + SAME):
        return []
    level = [other for other, share in zip(others, kept, strict=True) if share >= 1 - SAME]
    chosen = choose_faces(best["ngram"], level, MANY)
    return [face["ngram"] for face in chosen] if len(chosen) == MANY else []


def find_percentile(search: Line, score: float, sampled: float, total: int) -> float:
    """Compute the share of corpus n-grams below an activation, in percent.

    Exactly where it is among the best that the search has kept, else of a sample.
    """
    better = sum(entry["score"] > score for entry in search["best"])
    if better < len(search["best"]):
        return 100 * (1 - better / total)
    return min(sampled, 100 * (1 - better / total))


def count_agreement(dreams: Sequence[Line], best: Line, height: float) -> dict[str, int] | None:
    """Count the methods and seeds that arrive at the best activation, and at the best n-gram.

    Only those that look for it: not what stays fluent, nor what is set off against other neurons.
    """
    dreams = [line for line in dreams if "front" not in line and not is_contrasted(line)]
    if not dreams:
        return None
    same = [best["score"] - line["score"] <= SAME * abs(height) for line in dreams]
    ngrams = [is_same(line["ngram"], best["ngram"]) for line in dreams]
    return {
        "tried": len(dreams), "same_activation": int(sum(same)), "same_ngram": int(sum(ngrams))
    }


def choose_faces(
    ngram: Ngram, others: Sequence[Mapping[str, Any]], number: int = 3
) -> list[Mapping[str, Any]]:
    """Choose from high to low the n-grams that are apart from a dream and from one another.

    Those are apart that end in another token and share at most half of their tokens.

    Args:
      ngram: the dream's.
      others: n-grams with their scores.
      number: how many to choose at most.
    """
    chosen, faces = [ngram["ids"]], []
    for other in sorted(others, key=lambda entry: -entry["score"]):
        ids = other["ngram"]["ids"]
        if len(faces) < number and all(
            ids[-1] != earlier[-1] and 2 * sum(one in earlier for one in ids) <= len(ids)
            for earlier in chosen
        ):
            chosen.append(ids)
            faces.append(other)
    return faces


def is_same(one: Ngram, other: Ngram) -> bool:
    """Say whether two n-grams are of the same tokens."""
    return list(one["ids"]) == list(other["ids"])


def describe_faces(
    best: Line, faces: Sequence[Mapping[str, Any]], search: Line
) -> list[dict[str, Any]]:
    """Say how much of the best dream's height those faces have that are any.

    Those are that beat the corpus' best n-gram or keep `LIKED` of the dream's height.
    """
    kept = shares([face["score"] for face in faces], best["score"], search["mean"]).tolist()
    return [
        {"ngram": face["ngram"], "score": face["score"], "share": share}
        for face, share in zip(faces, kept, strict=True)
        if share >= LIKED or face["score"] > search["score"]
    ]


def describe_words(probe: Line, mean: float) -> dict[str, Any]:
    """Say which tokens do the work: parts of the n-gram, and other tokens in their places."""
    length = len(probe["ngram"]["ids"])
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
    """Compute the share of the height that goes with each token left out, `[L]`."""
    if probe["without"] is None:
        return None
    drops = 1 - shares(probe["without"], probe["score"], mean)
    return [drop if np.isfinite(drop) else None for drop in drops.tolist()]


def describe_order(probe: Line, mean: float) -> dict[str, Any] | None:
    """Say what other orders of the same tokens do."""
    if not probe["permuted"]:
        return None
    return {
        "permuted": np.quantile(probe["permuted"], (0, *SPREAD, 1)).tolist(),
        "neighbours": probe["neighbours"],
        "kept": float(np.median(shares(probe["permuted"], probe["score"], mean))),
    }


def describe_context(probe: Line, mean: float) -> dict[str, Any] | None:
    """Say how much is left when the n-gram comes after the beginnings of real texts."""
    if not probe["context"]:
        return None
    kept = shares(probe["context"], probe["score"], mean)
    return {
        "quantiles": np.quantile(probe["context"], SPREAD).tolist(),
        "median": float(np.median(kept)),
        "low": float(np.quantile(kept, 0.1)),
    }


def shares(scores: Sequence[float | None], score: float, mean: float) -> np.ndarray:
    """Turn activations into shares of the height that an activation has; NaN of None."""
    height = score - mean
    # A dream no higher than the average has no height to keep: shares of it are all nothing.
    return (np.asarray(scores, float) - mean) / height if height > 0 else np.zeros(len(scores))
