"""One text as one neuron reads it, and where that lies among the corpus' n-grams."""

import math
from collections.abc import Mapping
from typing import Any, TypedDict

import jax
import jax.numpy as jnp
import numpy as np

from neurondream import dreaming, objectives
from neurondream.analysis.reaction import reacts
from neurondream.base import LAST, Place
from neurondream.errors import InputError
from neurondream.neurons.neuron import Neuron
from neurondream.neurons.places import check_places
from neurondream.runs.dreams import targets_of
from neurondream.runs.lines import Ngram
from neurondream.runs.run import Run, groups_of, spell_ngram
from neurondream.sweeps.texts import LENGTHS, compile_values

MOST_TOKENS = LENGTHS[-1]


class Reading(TypedDict):
    """A text and what the neuron says to it."""

    ngram: Ngram
    values: list[float | None]  # after each token, from the start; None is no finite number
    word: int | None  # after which it is highest
    # There; or as the neuron is read, where that is at another place or behind beginnings.
    score: float | None
    beginnings: int  # that the score is the mean behind; 0 where it is read from the start
    unknown: int  # tokens that the model does not know


def read_text(run: Run, neuron: Neuron, text: str) -> Reading:
    """Read a text, where the model starts.

    Args:
      run: whose model reads it.
      neuron: any.
      text: of 1 to `MOST_TOKENS` tokens.

    Raises:
      InputError: it is shorter or longer, or has no such place as the neuron is read at.
    """
    ids = run.model.tokenizer.encode(text)
    if not 1 <= len(ids) <= MOST_TOKENS:
        raise InputError(f"text of {len(ids)} tokens: give 1 to {MOST_TOKENS}")
    return read_tokens(run, neuron, ids)


def read_tokens(run: Run, neuron: Neuron, ids: np.ndarray) -> Reading:
    """Read the tokens `int32 [T]` of a text; see `read_text`."""
    check_places([neuron], len(ids))
    ((source, place),) = groups_of(run, [neuron])
    begin = run.reader.begin
    program = run.programs.setdefault(("text", source), compile_values(begin, source))
    length = len(ids)
    if begin.filler is not None:  # few lengths, so that few programs are compiled
        length = next(each for each in LENGTHS if each >= length)
    filled = np.full((1, length), begin.filler or 0, np.int32)
    filled[0, : len(ids)] = ids
    target = targets_of(run, [neuron], source)
    values = np.asarray(program(run.reader.begun, target, filled))[0, : len(ids)]
    finite = np.isfinite(values)
    word = int(np.argmax(np.where(finite, values, -np.inf))) if finite.any() else None
    if word is None:
        score = None
    elif place in (LAST, Place("max", 0)) and not run.model.beginnings:
        score = float(values[word])
    else:
        score = score_tokens(run, neuron, ids[: word + 1] if place == LAST else ids)
    return {
        "ngram": spell_ngram(run.model, ids),
        "values": [float(value) if known else None
                   for value, known in zip(values, finite, strict=True)],
        "word": word, "score": score, "beginnings": len(run.model.beginnings),
        "unknown": int(np.sum(ids == run.model.tokenizer.unknown)),
    }


def score_tokens(run: Run, neuron: Neuron, ids: np.ndarray) -> float | None:
    """Score tokens as an n-gram, where the neuron is read; None is no finite number."""
    ((source, place),) = groups_of(run, [neuron])
    encoder, objective = run.reader.encoder, objectives.linear(source, place)
    program = run.programs.setdefault(("score", source, place), jax.jit(
        lambda params, targets, tokens: dreaming.score_tokens(
            encoder, params, objective, targets, tokens
        )
    ))
    tokens = jnp.asarray(ids, jnp.int32)[None]
    score = float(program(run.reader.prepared, targets_of(run, [neuron], source), tokens)[0])
    return score if np.isfinite(score) else None


def place_among(line: Mapping[str, Any], score: float) -> dict[str, Any]:
    """Tell where a score lies among the corpus' n-grams, by what a search's line holds of them.

    Args:
      line: of the corpus search, with `score`, `mean`, `deviation` and `best`; older ones have no
        `quantiles`.
      score: of any text.

    Returns:
      `above` and `below`, the shares of n-grams that are lower and that are not higher, as close as
      the line's quantiles bracket them, None at the ends; `higher`, how many n-grams are higher,
      where the best ones tell it; `deviations` above the mean, None where the corpus does not move
      the neuron.
    """
    quantiles = sorted((float(share), value) for share, value in line.get("quantiles", {}).items())
    best = [each["score"] for each in line["best"]]
    told = bool(best) and score >= best[-1]
    deviations = (score - line["mean"]) / line["deviation"] if reacts(line) else math.inf
    return {
        "above": max((share for share, value in quantiles if value < score), default=None),
        "below": min((share for share, value in quantiles if value >= score), default=None),
        "higher": sum(value > score for value in best) if told else None,
        "deviations": deviations if math.isfinite(deviations) else None,
    }
