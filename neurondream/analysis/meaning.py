"""Whether dreams name what neurons of the made world mean (host side)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.comparison import bootstrap_interval
from neurondream.analysis.reaction import reacts
from neurondream.runs.lines import DreamLine
from neurondream.scenes.naming import (
    Naming,
    follows,
    has_meaning,
    judged_words,
    name_meaning,
)


class Meaning(NamedTuple):
    """How the dreams of one method name what picture coordinates mean."""

    layer: str
    method: str
    dreams: int
    named: float  # share with a word for it
    all_named: float  # share of nothing but words for it
    first: float  # share that name it before all other meanings
    low: float  # its 95 % interval over neurons
    high: float
    together: float  # share of neurons that the words of the dreams of all seeds name first
    kept: float  # median share of the height of the neuron's highest dream


class Grammar(NamedTuple):
    """How the dreams of one method for next words keep to the made world's grammar."""

    method: str
    dreams: int  # for nouns, verbs and colours, whose end a rule tells of
    silent: int  # for such words, with another end
    right: float  # share after which the word may come, NaN without any


def meaning_of(line: Mapping[str, Any]) -> str | None:
    """Give the name of the picture coordinate that a line's neuron is; None for all others."""
    name = line["label"].partition(":")[2]
    plain = line["kind"] == "unit" and not line["label"].startswith("-") and "@" not in name
    return name if plain and has_meaning(name) else None


def next_word_of(line: Mapping[str, Any]) -> str | None:
    """Give the word that a line's neuron is the logit of, if rules of the made world tell of it."""
    word = line["label"].partition(":")[2]
    plain = line["kind"] == "unit" and line["label"] == f"{line['layer']}:{word}"
    return word if plain and word in judged_words() else None


def measure_meaning(lines: Iterable[DreamLine]) -> list[Meaning]:
    """Score by layer and method whether dreams name what picture coordinates mean.

    Args:
      lines: of all methods and seeds, those of corpus search among them.
    """
    lines = [line for line in lines if meaning_of(line)]
    # A coordinate that the corpus does not move has no height.
    means = {
        line["neuron"]: line["mean"] for line in lines
        if line["method"] == "search" and reacts(line)
    }
    lines = [line for line in lines if line["neuron"] in means]
    highest: dict[str, float] = {}
    groups: dict[tuple[str, str], dict[str, list[DreamLine]]] = {}
    for line in lines:
        name = line["neuron"]
        highest[name] = max(highest.get(name, -np.inf), line["score"] - means[name])
        groups.setdefault((line["layer"], line["method"]), {}).setdefault(name, []).append(line)
    rows = []
    for (layer, method), by_neuron in groups.items():
        named = [[_name(line) for line in dreams] for dreams in by_neuron.values()]
        first = np.array([np.mean([naming.first for naming in each]) for each in named])
        found = [line for dreams in by_neuron.values() for line in dreams]
        namings = [naming for each in named for naming in each]
        low, high = bootstrap_interval(first, 0)
        rows.append(Meaning(
            layer, method, len(found),
            float(np.mean([naming.words > 0 for naming in namings])),
            float(np.mean([
                naming.words == len(line["ngram"]["pieces"])
                for naming, line in zip(namings, found, strict=True)
            ])),
            float(first.mean()), low, high,
            float(np.mean([_name(*dreams).first for dreams in by_neuron.values()])),
            float(np.median([
                (line["score"] - means[line["neuron"]]) / highest[line["neuron"]]
                for line in found
            ])),
        ))
    return rows


def _name(*lines: DreamLine) -> Naming:
    """Name the neuron of some lines by all their words."""
    words = [piece for line in lines for piece in line["ngram"]["pieces"]]
    return name_meaning(words, meaning_of(lines[0]))


def measure_grammar(lines: Iterable[DreamLine], next_word: str | None) -> list[Grammar]:
    """Score by method whether dreams for next words end as the made world's grammar has it.

    Args:
      lines: of all methods and seeds.
      next_word: the layer of the logits of the next word.
    """
    groups: dict[str, list[bool | None]] = {}
    for line in lines:
        word = next_word_of(line)
        if word and line["layer"] == next_word:
            verdict = follows(line["ngram"]["pieces"], word)
            groups.setdefault(line["method"], []).append(verdict)
    rows = []
    for method, verdicts in groups.items():
        judged = [verdict for verdict in verdicts if verdict is not None]
        right = float(np.mean(judged)) if judged else float("nan")
        rows.append(Grammar(method, len(judged), len(verdicts) - len(judged), right))
    return rows
