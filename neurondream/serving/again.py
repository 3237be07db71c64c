"""A neuron dreamt again, in memory, climb by climb."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from neurondream import methods
from neurondream.model import Model
from neurondream.neurons.neuron import Neuron
from neurondream.runs.lines import Ngram
from neurondream.runs.run import Run, hold_run
from neurondream.runs.running import run as dream
from neurondream.serving.reading import MOST_TOKENS, Reading, read_tokens, score_tokens

CLIMBS = 8


def hold_wish(model: Model, length: int, seed: int) -> Run:
    """Begin a run in memory that dreams one neuron at once.

    Args:
      model: from `wishes.apply_wish`.
      length: L words.
      seed: of the first climb.
    """
    # A chunk of one: not filled up with copies of the neuron, whatever memory there is.
    return hold_run(model, length=length, seed=seed)._replace(chunk=1)


def dream_again(run: Run, neuron: Neuron, before: Ngram) -> Iterator[dict[str, Any]]:
    """Dream a neuron by climbs from other starts, each quick.

    Args:
      run: of `hold_wish`; its programs serve all climbs.
      neuron: any.
      before: its dream until now.

    Yields:
      After each climb the best so far: `dream` and `before`, both as they are read here; a dream
      too long to be read is None.

    Raises:
      InputError: no n-gram gives a finite activation.
    """
    best = old = None
    for climb in range(CLIMBS):
        seed = (run.seed + climb) % 2**32
        (line,) = dream(run._replace(seed=seed), [neuron], methods.best(effort="quick"))
        if best is None or line["score"] > best["score"]:
            best = _read_scored(run, neuron, line["ngram"]) | {"score": line["score"]}
        if old is None and len(before["ids"]) <= MOST_TOKENS:
            old = _read_scored(run, neuron, before)
        yield {"dream": best, "before": old}


def _read_scored(run: Run, neuron: Neuron, ngram: Ngram) -> Reading:
    ids = np.array(ngram["ids"], np.int32)
    return read_tokens(run, neuron, ids) | {"score": score_tokens(run, neuron, ids)}
