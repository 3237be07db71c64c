"""How well a model does on captions and pictures it has not learned from."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import optax

import sources
from neurondream.base import Params
from neurondream.corpora import captions, pairing
from neurondream.tokens import words as vocabulary
from neurondream.training import batches
from neurondream.training import steps as training

JUDGED_AT_ONCE = 256


class Split(NamedTuple):
    """Captions to learn from or to be judged by."""

    captions: list[np.ndarray]  # B arrays of word ids
    rows: np.ndarray  # int32 [B], picture of each caption, -1 for none


def open_corpora(names: Sequence[str]) -> dict[str, captions.Captions]:
    """Read captions; each is known by its file's name, or its path where two names are alike."""
    count = Counter(Path(name).name for name in set(names))
    return {
        name if count[Path(name).name] > 1 else Path(name).name: sources.open_captions(name)
        for name in dict.fromkeys(names)
    }


def picture_rows(corpus: captions.Captions, pictures: captions.Pictures | None) -> np.ndarray:
    """Find the picture of each caption, `int32 [B]`, -1 for none."""
    if pictures is None:
        return np.full(len(corpus.texts), -1, np.int32)
    known = np.isin(corpus.images, pictures.ids)
    if not known.any():
        return np.full(len(corpus.texts), -1, np.int32)
    return pairing.picture_rows(corpus, pictures)


def make_split(
    words: vocabulary.Vocabulary, texts: list[list[str]], rows: np.ndarray, chosen: np.ndarray
) -> Split:
    """Look up the words of the chosen captions."""
    return Split([vocabulary.encode_caption(words, texts[i]) for i in chosen], rows[chosen])


def judge_split(
    evaluate, params: Params, split: Split, standard: np.ndarray | None
) -> dict[str, float]:
    """Compute next-word loss, accuracy and perplexity, and how well pictures are found."""
    lengths = np.array([len(caption) for caption in split.captions])
    size = JUDGED_AT_ONCE
    plan = batches.plan_batches(lengths, split.rows >= 0, size, None)
    sums, predicted = np.zeros(3), [np.zeros((0, 0))]
    for batch in batches.fill_batches(plan, split.captions, split.rows, size):
        *counts, pictures = evaluate(params, batch.tokens)
        sums += [float(count) for count in counts]
        if batch.rows is not None:
            predicted.append(np.asarray(pictures)[batch.rows >= 0])
    loss, hits, number = sums
    metrics = {
        "next_word_loss": loss / number,
        "next_word_accuracy": hits / number,
        "perplexity": float(np.exp(loss / number)),
        "captions": len(split.captions),
    }
    order = np.concatenate(plan)
    rows = split.rows[order]
    rows = rows[rows >= 0]
    if len(rows):
        guesses = np.concatenate(predicted[1:])
        shown_pictures, positions = np.unique(rows, return_inverse=True)
        truth = standard[shown_pictures]
        distance = optax.losses.cosine_distance(guesses, standard[rows], epsilon=1e-8)
        ranks = np.asarray(training.rank_pictures(guesses, truth, positions))
        metrics |= {
            "picture_distance": float(distance.mean()),
            "pictures": len(truth),
            **{f"recall_at_{k}": float(np.mean(ranks <= k)) for k in (1, 5, 10)},
            "median_rank": float(np.median(ranks)),
        }
    return metrics


def rounded(metrics: dict[str, float]) -> dict[str, float]:
    """Keep four decimals."""
    return {name: round(value, 4) for name, value in metrics.items()}


def judge_test(evaluate, params, words, corpora, pictures, standard) -> dict[str, dict[str, float]]:
    """Judge a model by the test split of every corpus that has one.

    Args:
      evaluate: compiled `training.evaluate_batch` of the plain encoder.
      corpora: captions by name.
      standard: standardized pictures `[P, D]`, or None.
    """
    reached = {}
    for name, corpus in corpora.items():
        test = np.flatnonzero(corpus.splits == "test")
        if len(test):
            texts = [vocabulary.tokenize(text) for text in corpus.texts]
            split = make_split(words, texts, picture_rows(corpus, pictures), test)
            reached[name] = rounded(judge_split(evaluate, params, split, standard))
    return reached
