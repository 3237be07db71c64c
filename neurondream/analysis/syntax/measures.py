"""What in an n-gram's activation is syntax: measures of one n-gram of one neuron (host side).

Poerner, Roth & Schütze 2018 look for syntax in n-grams themselves; Kádár, Chrupała & Alishahi 2017
measure by omission which words a part of a model heeds.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.classes import FUNCTION_CLASSES
from neurondream.analysis.syntax.bigrams import Bigrams, associate_neighbours

Line = Mapping[str, Any]


class Measure(NamedTuple):
    """One number that an n-gram of a neuron has."""

    name: str
    unit: str
    # 1, -1: neurons aware of syntax have more or less of it; 0: a check or a description.
    claim: int
    what: str


DEVIATIONS = "corpus sd"
SHARE = "share"

# In the order in which `measure_ngram` computes them.
MEASURES = (
    Measure("height", DEVIATIONS, 0, "activation above the corpus mean"),
    Measure("order", SHARE, 1, "share of the height lost in other orders of the words, on average"),
    Measure("order, in deviations", DEVIATIONS, 0, "the same in corpus standard deviations"),
    Measure("order, no word twice", SHARE, 0, "the same for n-grams of distinct words"),
    Measure("neighbours", DEVIATIONS, 0, "lost when two neighbours are exchanged"),
    Measure(
        "order before the last word", SHARE, 1,
        "share of the height lost when two neighbours before the last word are exchanged",
    ),
    Measure("working words", "words", 0, "among how many words leaving one out spreads the loss"),
    Measure("work of the last word", SHARE, 0, "share of those losses that is the last word's"),
    Measure("repeated words", SHARE, -1, "words that stood in the n-gram before"),
    Measure("function words", SHARE, 1, "determiners, prepositions, pronouns, conjunctions and be"),
    Measure("nouns", SHARE, 0, "nouns"),
    Measure("verbs", SHARE, 0, "verbs and participles"),
    Measure("adjectives", SHARE, 0, "adjectives and adverbs"),
    Measure(
        "word class", SHARE, 1,
        "share of the height that words of the same class keep and words of others lose",
    ),
    Measure("word class, in deviations", DEVIATIONS, 0, "the same in corpus standard deviations"),
    Measure("bigrams", "NPMI", 1, "how well neighbours go together in the corpus, -1 to 1"),
    Measure("attested bigrams", SHARE, 0, "neighbours that stand side by side in the corpus"),
    Measure("perplexity", "log", 0, "of words 2 to L by the model itself"),
)


class Scale(NamedTuple):
    """What a neuron does on the n-grams of the corpus."""

    mean: float
    deviation: float


def read_scales(lines: Iterable[Line]) -> dict[str, Scale]:
    """Read each neuron's scale off the lines of its corpus search."""
    return {line["neuron"]: Scale(line["mean"], line["deviation"]) for line in lines}


def measure_ngram(
    probe: Line, scale: Scale, classes: Mapping[str, str], bigrams: Bigrams
) -> np.ndarray:
    """Compute all `MEASURES` of one n-gram, `[M]`; NaN for those that it does not have.

    Args:
      probe: its line.
      scale: of its neuron.
      classes: the class of each piece.
      bigrams: of the corpus.
    """
    ids, pieces = probe["ngram"]["ids"], probe["ngram"]["pieces"]
    height = probe["score"] - scale.mean
    deviation = max(scale.deviation, 1e-12)
    share = height if height > 0 else np.nan
    lost = probe["score"] - np.array(probe["permuted"], float)
    exchanged = probe["score"] - np.array(probe["neighbours"], float)
    drops = _drops(probe)
    kinds = np.array([classes.get(piece, "other") for piece in pieces])
    order = _mean(lost)
    kept = _kept_by_class(probe)
    association = associate_neighbours(bigrams, ids)
    perplexity = probe["perplexity"]
    return np.array([
        height / deviation,
        order / share,
        order / deviation,
        order / share if len(set(ids)) == len(ids) else np.nan,
        _mean(exchanged) / deviation,
        _mean(exchanged[:-1]) / share,
        _effective_number(drops),
        drops[-1] if len(drops) else np.nan,
        1 - len(set(ids)) / len(ids),
        np.mean(np.isin(kinds, FUNCTION_CLASSES)),
        np.mean(kinds == "noun"),
        np.mean(np.isin(kinds, ("verb", "participle"))),
        np.mean(np.isin(kinds, ("adjective", "adverb"))),
        kept / share,
        kept / deviation,
        _mean(association),
        _mean(association > -1),
        np.nan if perplexity is None else np.log(perplexity),
    ])  # fmt: skip


def _drops(probe):
    """Compute each word's share of what is lost by leaving words out; empty if nothing is."""
    if probe["without"] is None:
        return np.zeros(0)
    drops = np.maximum(probe["score"] - np.array(probe["without"], float), 0)
    return drops / drops.sum() if drops.sum() > 0 else np.zeros(0)


def _effective_number(shares):
    """Compute the exponential of the entropy of shares; NaN for none (Hill 1973)."""
    positive = shares[shares > 0]
    return np.exp(-np.sum(positive * np.log(positive))) if len(positive) else np.nan


def _kept_by_class(probe):
    """Compute how much more activation same-class words keep, over places that have both."""
    return _mean([
        np.mean(same) - np.mean(other)
        for same, other in zip(probe["same_class"], probe["other_class"], strict=True)
        if same and other
    ])  # fmt: skip


def _mean(values):
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(np.mean(known)) if len(known) else np.nan
