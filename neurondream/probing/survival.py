"""What is left of dreams behind the beginnings of real texts that no search has read."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.analysis.survival import Survival, measure_kept
from neurondream.neurons.neuron import Neuron
from neurondream.objectives import linear
from neurondream.probing.contexts import score_behind
from neurondream.runs.lines import DreamLine
from neurondream.runs.run import Run, groups_of, source_size
from neurondream.sweeps.corpus import compile_scores, sample_rows, sample_scores
from neurondream.targets import make_targets

SAMPLE = 20_000  # corpus n-grams by which heights are counted


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
