"""What in an n-gram's activation is syntax, and whether pathway T has more of it than I.

Poerner, Roth & Schütze 2018 see in the n-grams that T prefers syntax and in those of I none;
Kádár, Chrupała & Alishahi 2017 measure by omission which words each pathway heeds.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.bigrams import Bigrams, associate_neighbours
from neurondream.analysis.classes import FUNCTION_CLASSES
from neurondream.analysis.populations import contrast_groups, correct_for_many

LAYERS = ("hidden", "hidden clusters", "output")
KINDS = {"dreams": "dream", "corpus": "corpus"}

Line = Mapping[str, Any]


class Measure(NamedTuple):
    """One number that an n-gram of a neuron has."""

    name: str
    unit: str
    # 1, -1: a pathway aware of syntax has more or less of it; 0: a check or a description.
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
    Measure("perplexity", "log", 0, "of words 2 to L under T, which here judges itself"),
)


class Scale(NamedTuple):
    """What a neuron does on the n-grams of the corpus."""

    mean: float
    deviation: float


def measure_ngram(
    probe: Line, scale: Scale, classes: Mapping[str, str], bigrams: Bigrams
) -> np.ndarray:
    """Compute all `MEASURES` of one n-gram, `[M]`; NaN for those that it does not have.

    Args:
      probe: its line.
      scale: of its neuron.
      classes: the class of each word.
      bigrams: of the corpus.
    """
    words = probe["ngram"].split(" ")
    height = probe["score"] - scale.mean
    deviation = max(scale.deviation, 1e-12)
    share = height if height > 0 else np.nan
    lost = probe["score"] - np.array(probe["permuted"], float)
    exchanged = probe["score"] - np.array(probe["neighbours"], float)
    drops = _drops(probe)
    kinds = np.array([classes.get(word, "other") for word in words])
    order = _mean(lost)
    kept = _kept_by_class(probe)
    association = associate_neighbours(bigrams, probe["tokens"])
    perplexity = probe["perplexity"]
    return np.array([
        height / deviation,
        order / share,
        order / deviation,
        order / share if len(set(words)) == len(words) else np.nan,
        _mean(exchanged) / deviation,
        _mean(exchanged[:-1]) / share,
        _effective_number(drops),
        drops[-1] if len(drops) else np.nan,
        1 - len(set(words)) / len(words),
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


def compare_pathways(
    probes: Iterable[Line],
    scales: Mapping[str, Scale],
    classes: Mapping[str, str],
    bigrams: Bigrams,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Compare T with I by every measure, in each layer, on dreams and on corpus n-grams.

    Args:
      probes: the lines of all neurons.
      scales: of each neuron, by its name.
      classes: the class of each word.
      bigrams: of the corpus.
      seed: of the bootstrap and the permutations.

    Returns:
      A row for each measure, layer and kind of n-gram that both pathways have, None for what is
      not defined: means with 95 % bootstrap intervals over neurons, their difference, Cliff's
      delta, the permutation test's `p`, and `p_holm`, corrected for all rows.
    """
    measured: dict[tuple[str, str, str], list[np.ndarray]] = {}
    for probe in probes:
        pathway, layer = place_of(probe["neuron"])
        values = measure_ngram(probe, scales[probe["neuron"]], classes, bigrams)
        measured.setdefault((layer, probe["kind"], pathway), []).append(values)
    rows = []
    for layer in LAYERS:
        for ngrams, kind in KINDS.items():
            groups = [measured.get((layer, kind, pathway)) for pathway in "TI"]
            if all(groups):
                contrasts = contrast_groups(*(np.array(group) for group in groups), seed)
                rows += [
                    _row(measure, layer, ngrams, contrast)
                    for measure, contrast in zip(MEASURES, contrasts, strict=True)
                ]
    adjusted = correct_for_many([np.nan if row["p"] is None else row["p"] for row in rows])
    return [row | {"p_holm": _finite(p)} for row, p in zip(rows, adjusted, strict=True)]


def count_classes(
    probes: Iterable[Line], classes: Mapping[str, str]
) -> list[dict[str, str | float]]:
    """Compute the share of each word class in the n-grams of each layer and pathway."""
    counts: dict[tuple[str, str, str, str], float] = {}
    for probe in probes:
        pathway, layer = place_of(probe["neuron"])
        for word in probe["ngram"].split(" "):
            key = (layer, probe["kind"], pathway, classes.get(word, "other"))
            counts[key] = counts.get(key, 0) + 1
    totals: dict[tuple[str, ...], float] = {}
    for key, count in counts.items():
        totals[key[:3]] = totals.get(key[:3], 0) + count
    names = {kind: ngrams for ngrams, kind in KINDS.items()}
    return [
        {
            "layer": layer, "ngrams": names[kind], "pathway": pathway, "class": word_class,
            "share": count / totals[layer, kind, pathway],
        }
        for (layer, kind, pathway, word_class), count in sorted(counts.items())
    ]


def place_of(neuron: str) -> tuple[str, str]:
    """Read the pathway and the layer in a neuron's name: `-T.hidden:3` is in T and hidden.

    Clusters are apart: their units may stand in the sample besides.
    """
    name, _, unit = neuron.lstrip("-").partition(":")
    pathway, _, layer = name.partition(".")
    return pathway, f"{layer} clusters" if unit.startswith("cluster:") else layer


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


def _row(measure, layer, ngrams, contrast):
    (t_low, t_high), (i_low, i_high) = contrast.intervals
    numbers = {
        "T": contrast.means[0], "T_low": t_low, "T_high": t_high,
        "I": contrast.means[1], "I_low": i_low, "I_high": i_high,
        "difference": contrast.difference,
        "low": contrast.interval[0], "high": contrast.interval[1],
        "effect": contrast.effect,
        "p": contrast.p,
    }  # fmt: skip
    return {
        "measure": measure.name, "unit": measure.unit, "claim": measure.claim,
        "layer": layer, "ngrams": ngrams,
        **{name: _finite(number) for name, number in numbers.items()},
        "effect_size": "Cliff's delta", "neurons": list(contrast.neurons),
    }  # fmt: skip


def _finite(number):
    return float(number) if np.isfinite(number) else None
