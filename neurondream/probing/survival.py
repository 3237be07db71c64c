"""What is left of dreams behind the beginnings of real texts that no search has read."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.analysis.survival import Survival, compare_survivals, measure_kept
from neurondream.errors import InputError
from neurondream.method import Method
from neurondream.methods import make_method, read_name, settings_of
from neurondream.neurons.neuron import Neuron
from neurondream.objectives import linear
from neurondream.probing.contexts import score_behind
from neurondream.runs.lines import DreamLine
from neurondream.runs.run import Run, groups_of, source_size
from neurondream.runs.running import run as run_method
from neurondream.sweeps.corpus import compile_scores, sample_rows, sample_scores
from neurondream.targets import make_targets

SAMPLE = 20_000  # corpus n-grams by which heights are counted


def compare_beginnings(
    behind: Run, start: Run, groups: Mapping[str, Sequence[Neuron]], methods: Sequence[Method],
    unseen: Sequence[np.ndarray], progress: Callable | bool | None = None,
) -> list[dict[str, Any]]:
    """Compare dreams behind beginnings with dreams after the start alone, at equal time.

    Searches after the start take as many restarts more as it takes to spend the time that many
    beginnings do.

    Args:
      behind: a run whose model reads behind beginnings.
      start: one whose model reads where it starts.
      groups: neurons by their layer.
      methods: to compare with.
      unseen: other beginnings, behind which all dreams are read.
      progress: see `progress.start_bar`.

    Returns:
      A row for each method and layer; none for a layer that nothing moves.

    Raises:
      InputError: a method has no restarts to spend more time on.
    """
    for method in methods:
        with_restarts(method, 1)  # refused before a search
    neurons = [neuron for group in groups.values() for neuron in group]
    rows = []
    for method in methods:
        lines = list(run_method(behind, neurons, method, progress=progress))
        spent = _mean_seconds(lines)
        kept = measure_survival(behind, neurons, lines, unseen)
        rival, lines = method, list(run_method(start, neurons, method, progress=progress))
        restarts = method.settings["restarts"]
        if (more := math.ceil(restarts * spent / _mean_seconds(lines))) > restarts:
            rival = with_restarts(method, more)
            lines = list(run_method(start, neurons, rival, progress=progress))
        other = measure_survival(start, neurons, lines, unseen)
        for layer, group in groups.items():
            names = [neuron.name for neuron in group]
            row = compare_survivals([kept[name] for name in names], [other[name] for name in names])
            if row:
                rows.append(row | {
                    "layer": layer, "method": method.name, "seconds": spent, "start": rival.name,
                    "start_seconds": _mean_seconds(lines),
                })
    return rows


def _mean_seconds(lines: Sequence[DreamLine]) -> float:
    return float(np.mean([line["seconds"] for line in lines]))


def with_restarts(method: Method, restarts: int) -> Method:
    """Make a climb anew with another number of restarts, which its name then says.

    Raises:
      InputError: it has none.
    """
    spelled = read_name(method.name)
    if "restarts" not in method.settings or method.starts_from:
        raise InputError(
            f"method={method.name}: has no restarts to spend more time on; give climbs such as "
            "best, gumbel or swaps+polish"
        )
    name = method.name.replace(f":{spelled.restarts}", "")
    known = {setting for part in spelled.parts for setting in settings_of(part)}
    given = {**method.settings.get("start", {}), **method.settings, "restarts": restarts}
    made = make_method(name, **{key: value for key, value in given.items() if key in known})
    return made._replace(name=f"{name}:{restarts}")


def measure_survival(
    run: Run, neurons: Sequence[Neuron], lines: Sequence[DreamLine],
    beginnings: Sequence[np.ndarray],
) -> dict[str, Survival]:
    """Read dreams behind beginnings.

    Args:
      run: with a corpus, as the dreams were dreamt.
      neurons: theirs.
      lines: one dream each.
      beginnings: ids of 1 or more tokens each.

    Returns:
      What is left of each, by the neuron's name.
    """
    reader, tokens = run.reader, run.corpus.ngrams.tokens
    sample = tokens[sample_rows(len(tokens), SAMPLE, run.seed)]
    by_name = {line["neuron"]: line for line in lines}
    survivals = {}
    for (source, place), group in groups_of(run, neurons).items():
        objective = linear(source, place)
        targets = make_targets(reader.readouts, group, source_size(run, source))
        found = [by_name[neuron.name] for neuron in group]
        ids = jnp.asarray([line["ngram"]["ids"] for line in found], jnp.int32)

        @jax.jit
        def read_behind(params, targets, ids, objective=objective):
            def read_one(target, ids):
                return score_behind(
                    reader.bare, params, objective, target, ids, beginnings, run.model.start
                )

            return jax.vmap(read_one)(targets, ids)

        behind = np.asarray(read_behind(reader.folded, targets, ids))
        scores = sample_scores(
            compile_scores(reader.encoder, objective), reader.prepared, targets, sample, 1024
        )
        means, deviations = scores.mean(axis=1), scores.std(axis=1)
        for row, line in enumerate(found):
            survivals[line["neuron"]] = measure_kept(
                behind[row], line["score"], float(means[row]), float(deviations[row])
            )
    return survivals
