"""Run methods over neurons, whatever they are, and go on where an earlier process was."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import climbs
import sweeps
import workbench
from neurondream.corpora.ngrams import Ngrams
from neurondream.neurons import Neuron
from neurondream.runs import folder as runs


def run_methods(
    out: Path, lines: list[dict[str, Any]], bench: workbench.Bench, asked: Sequence[Neuron],
    settings: Mapping[str, dict], length: int, found: Ngrams | None, seed: int,
) -> None:
    """Dream neurons by several methods into a run folder.

    Args:
      out: the folder.
      lines: what is there already; what comes is added.
      bench: the model.
      asked: neurons.
      settings: of each method.
      length: L.
      found: n-grams of the corpus, for `search`.
      seed: of starts, noise and samples.
    """
    finished = {(line["neuron"], line["method"]) for line in lines}
    for method, chosen in settings.items():
        left = [neuron for neuron in asked if (neuron.name, method) not in finished]
        if not left:
            continue
        pool = corpus_best(asked, lines) if method.startswith("search+") else None
        for chunk in run_method(bench, left, method, chosen, length, found, seed, pool):
            runs.append_lines(out, chunk)
            lines += chunk


def run_method(
    bench: workbench.Bench,
    asked: Sequence[Neuron],
    method: str,
    settings: dict,
    length: int,
    found: Ngrams | None,
    seed: int,
    pool: np.ndarray | None,
) -> Iterator[list[dict]]:
    """Run any method; yields chunks of result lines."""
    if method == "search":
        return sweeps.search_corpus(bench, asked, found, seed)
    if method == "exhaustive":
        return sweeps.search_all(bench, asked, length)
    return climbs.build_climb(bench, method, settings, length, pool)(asked, seed)


def corpus_best(asked: Sequence[Neuron], lines: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Collect the corpus' best n-grams `[M, L]` of all neurons; each neuron's own is among them."""
    names = {neuron.name for neuron in asked}
    found = [
        line["tokens"] for line in lines if line["method"] == "search" and line["neuron"] in names
    ]
    return np.unique(np.array(found, np.int32), axis=0)
