"""Fronts of finished runs, with what each word of their n-grams does."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from neurondream import objectives
from neurondream.analysis.verdict.card import Front
from neurondream.analysis.verdict.front import choose_front, describe_front, thin_front
from neurondream.dreaming import make_score
from neurondream.neurons.neuron import Neuron
from neurondream.probing.lines import round_numbers
from neurondream.probing.ngram import leave_one_out
from neurondream.runs.lines import DreamLine
from neurondream.runs.opened import Opened
from neurondream.runs.planes import draw_windows
from neurondream.runs.run import Run, groups_of, source_size, spell_ngram
from neurondream.targets import make_targets

CHUNK = 64  # n-grams read at once


def probe_fronts(opened: Opened, dreams: Mapping[str, Sequence[DreamLine]]) -> dict[str, Front]:
    """Describe the fronts of neurons, of those that have one.

    Args:
      opened: the runs.
      dreams: lines of each neuron.
    """
    lines = {name: line for name, each in dreams.items() if (line := choose_front(each))}
    points = {
        name: kept for name, line in lines.items()
        if (kept := thin_front(line["front"], line["limit"]))
    }
    places = [(name, point["ngram"]["ids"]) for name, each in points.items() for point in each]
    without = iter(score_without(
        opened.run, [opened.neurons[name] for name, _ in places],
        np.array([ids for _, ids in places], np.int32).reshape(len(places), opened.run.length),
    ))
    drawn = draw_windows(opened.run.corpus) if points else ()
    real = [spell_ngram(opened.run.model, ids) for ids in drawn]
    return {
        name: describe_front(
            lines[name], kept,
            [round_numbers(next(without)) if opened.run.length > 1 else None for _ in kept],
            opened.searches[name], real,
        )
        for name, kept in points.items()
    }


def score_without(run: Run, neurons: Sequence[Neuron], tokens: np.ndarray) -> np.ndarray:
    """Score n-grams with one word left out.

    Args:
      run: whose model reads them.
      neurons: that of each n-gram, `[N]`.
      tokens: `int32 [N, L]`.

    Returns:
      Activations `[N, L]`; NaN where the word is the only one.
    """
    scores = np.full(tokens.shape, np.nan, np.float32)
    if tokens.shape[1] < 2:
        return scores
    parts = leave_one_out(tokens.shape[1])
    by_name = {neuron.name: neuron for neuron in neurons}
    for (source, place), group in groups_of(run, list(by_name.values())).items():
        objective = objectives.linear(source, place)

        @jax.jit
        def read(params, targets, tokens, objective=objective):
            def read_one(target, tokens):
                score = make_score(run.reader.encoder, params, objective, target)
                return jax.vmap(score)(tokens[parts])

            return jax.vmap(read_one)(targets, tokens)

        names = {neuron.name for neuron in group}
        members = [row for row, neuron in enumerate(neurons) if neuron.name in names]
        for first in range(0, len(members), CHUNK):
            # The last chunk is filled up, so that one program serves all.
            rows = [members[min(n, len(members) - 1)] for n in range(first, first + CHUNK)]
            targets = make_targets(
                run.reader.readouts, [neurons[row] for row in rows], source_size(run, source)
            )
            scores[rows] = read(run.reader.prepared, targets, tokens[rows])
    return scores
