"""What was found out about an n-gram, as a line."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurondream.corpora.occurrence import Occurrence
from neurondream.probing.ngram import neighbour_orders, other_orders
from neurondream.probing.substitutes import OTHER_CLASS, SAME_CLASS, TYPICAL
from neurondream.runs.lines import Ngram
from neurondream.runs.run import Run, spell_ngram

KEPT = 5  # of the best substitutes at each place


def describe_probe(
    run: Run, ngram: Ngram, score: float, result: Mapping[str, Any], drawn: np.ndarray,
    found: Occurrence, percentile: float,
) -> dict[str, Any]:
    """Write down all that was found out about one n-gram.

    Args:
      run: whose model has read it.
      ngram: itself.
      score: its activation.
      result: of the compiled probes.
      drawn: substitutes at each place, `int [L, C]`.
      found: what the corpus has of it.
      percentile: of corpus n-grams below its activation.
    """
    probe, tokens = result["probe"], np.array(ngram["ids"])
    length = len(tokens)

    # Where words repeat, another order may be the same n-gram: it tells nothing of order.
    def differ(orders: np.ndarray) -> np.ndarray:
        return np.any(tokens[orders] != tokens, axis=1)

    def drawn_scores(first: int, number: int) -> list[list[float] | None]:
        chosen = slice(first, first + number)
        return [
            None if np.all(drawn[place, chosen] == tokens[place])
            else keep_finite(probe.substitutes[place, chosen]) or None
            for place in range(length)
        ]

    exchanged = zip(
        round_numbers(probe.neighbours), differ(neighbour_orders(length)), strict=True
    )
    start, end = found.part
    loss = result["loss"]
    return {
        "ngram": ngram,
        "score": score,
        "percentile": percentile,
        "after": round_numbers(probe.after),
        "without": round_numbers(probe.without) if length > 1 else None,
        "suffixes": round_numbers(probe.suffixes),
        "neighbours": [value if other else None for value, other in exchanged],
        "permuted": keep_finite(probe.permuted[differ(other_orders(length, 0))]),
        "typical": drawn_scores(0, TYPICAL),
        "same_class": drawn_scores(TYPICAL, SAME_CLASS),
        "other_class": drawn_scores(TYPICAL + SAME_CLASS, OTHER_CLASS),
        "substitutes": best_substitutes(
            run, tokens, np.concatenate([drawn, probe.best_words], axis=1),
            np.concatenate([probe.substitutes, probe.best], axis=1),
        ),
        "context": keep_finite(result["context"]),
        "perplexity": None if loss is None or length < 2 else round_numbers([np.exp(loss)])[0],
        "found": {
            "count": found.count,
            "part": spell_ngram(run.model, tokens[start:end]) if end > start else None,
            "part_count": found.part_count,
            "nearest": spell_ngram(run.model, run.corpus.ngrams.tokens[found.nearest]),
            "nearest_score": round_numbers([result["nearest"]])[0],
            "shared": found.shared,
        },
    }


def best_substitutes(
    run: Run, tokens: np.ndarray, words: np.ndarray, scores: np.ndarray
) -> list[list[tuple[str, float]]]:
    """List the best of the words `[L, C]` that were tried at each place."""
    best = []
    for word, tried, reached in zip(tokens, words, scores, strict=True):
        by_word = {
            other: float(f"{score:.6g}")
            for other, score in zip(tried.tolist(), reached, strict=True)
            if other != word and np.isfinite(score)
        }
        top = sorted(by_word.items(), key=lambda pair: -pair[1])[:KEPT]
        pieces = run.model.tokenizer.spell([other for other, _ in top])
        best.append([(piece, score) for piece, (_, score) in zip(pieces, top, strict=True)])
    return best


def round_numbers(values: Sequence[float]) -> list[float | None]:
    """Keep six digits: a line holds hundreds of numbers; None where one is not finite."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def keep_finite(values: Sequence[float]) -> list[float]:
    """Keep six digits of the values that are finite numbers."""
    return [value for value in round_numbers(values) if value is not None]
