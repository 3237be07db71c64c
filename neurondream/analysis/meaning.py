"""Whether dreams name what neurons of the made world mean (host side)."""

import itertools
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
    """How the dreams of one method, or of several read as one, name picture coordinates."""

    layer: str
    method: str
    dreams: int
    named: float  # share with a word for it
    all_named: float  # share of nothing but words for it
    first: float  # share that name it before all other meanings
    low: float  # its 95 % interval over neurons
    high: float
    together: float  # share of neurons that the words of the dreams of all seeds name first
    kept: float  # median share of the height of the neuron's highest dream, by the lowest read


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


def may_follow(line: Mapping[str, Any]) -> bool | None:
    """Say whether the next word that a line's neuron is the logit of may follow its n-gram."""
    word = next_word_of(line)
    return follows(line["ngram"]["pieces"], word) if word else None


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
    read = [(line["method"], (line,)) for line in lines] + read_together(lines)
    groups: dict[tuple[str, str], dict[str, list[tuple[DreamLine, ...]]]] = {}
    for method, dreams in read:
        name = dreams[0]["neuron"]
        height = max(line["score"] for line in dreams) - means[name]
        highest[name] = max(highest.get(name, -np.inf), height)
        groups.setdefault((dreams[0]["layer"], method), {}).setdefault(name, []).append(dreams)
    rows = []
    for (layer, method), by_neuron in groups.items():
        named = [[name_by(*dreams) for dreams in each] for each in by_neuron.values()]
        first = np.array([np.mean([naming.first for naming in each]) for each in named])
        found = [dreams for each in by_neuron.values() for dreams in each]
        namings = [naming for each in named for naming in each]
        low, high = bootstrap_interval(first, 0)
        rows.append(Meaning(
            layer, method, len(found),
            float(np.mean([naming.words > 0 for naming in namings])),
            float(np.mean([
                naming.words == len(words_of(*dreams))
                for naming, dreams in zip(namings, found, strict=True)
            ])),
            float(first.mean()), low, high,
            float(np.mean([
                name_by(*itertools.chain(*each)).first for each in by_neuron.values()
            ])),
            float(np.median([
                (min(line["score"] for line in dreams) - means[dreams[0]["neuron"]])
                / highest[dreams[0]["neuron"]]
                for dreams in found
            ])),
        ))
    return rows


def read_together(lines: Iterable[DreamLine]) -> list[tuple[str, tuple[DreamLine, ...]]]:
    """Put a neuron's dreams of one seed together that are set off against others (`best~1`).

    At another price of contrast other words come in beside those for what the neuron means, and
    these add up.

    Returns:
      The methods, as in `best~1 and best~2`, with the dreams, wherever there are several.
    """
    groups: dict[tuple[str, int], list[DreamLine]] = {}
    for line in lines:
        if is_contrasted(line):
            groups.setdefault((line["neuron"], line["seed"]), []).append(line)
    return [
        (" and ".join(line["method"] for line in dreams), tuple(dreams))
        for dreams in groups.values() if len(dreams) > 1
    ]


def is_contrasted(line: Mapping[str, Any]) -> bool:
    """Tell dreams that are set off against other neurons by their method's name."""
    return "~" in line["method"]


def name_by(*dreams: Mapping[str, Any]) -> Naming:
    """Name what the neuron of some dreams means by all their words."""
    return name_meaning(words_of(*dreams), meaning_of(dreams[0]))


def words_of(*dreams: Mapping[str, Any]) -> list[str]:
    """Collect the words of dreams."""
    return [piece for line in dreams for piece in line["ngram"]["pieces"]]


def measure_grammar(lines: Iterable[DreamLine], next_word: str | None) -> list[Grammar]:
    """Score by method whether dreams for next words end as the made world's grammar has it.

    Args:
      lines: of all methods and seeds.
      next_word: the layer of the logits of the next word.
    """
    groups: dict[str, list[bool | None]] = {}
    for line in lines:
        if line["layer"] == next_word and next_word_of(line):
            groups.setdefault(line["method"], []).append(may_follow(line))
    rows = []
    for method, verdicts in groups.items():
        judged = [verdict for verdict in verdicts if verdict is not None]
        right = float(np.mean(judged)) if judged else float("nan")
        rows.append(Grammar(method, len(judged), len(verdicts) - len(judged), right))
    return rows
