"""The others of a layer that contrasted methods set their neurons off against."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from neurondream.analysis.reaction import ROUNDING
from neurondream.base import Contrast, Place, Target
from neurondream.errors import InputError
from neurondream.method import Method
from neurondream.neurons.neuron import Neuron, Part, layer_of
from neurondream.objectives import linear
from neurondream.runs.run import Run, source_size
from neurondream.sweeps.corpus import compile_scores, sample_rows, sample_scores
from neurondream.targets import make_targets

SAMPLE = 4096  # corpus n-grams that means and deviations are taken over


class Others(NamedTuple):
    """The units of a layer, as rivals of one of them."""

    layer: str
    units: Target  # K; scores in corpus deviations above the corpus mean
    alive: np.ndarray  # bool [K], those that the corpus moves
    deviations: dict[str, float]  # of neurons over the corpus, by name


def check_contrast(run: Run, neurons: Sequence[Neuron], method: Method) -> None:
    """Refuse what cannot be contrasted, before anything is dreamt.

    Raises:
      InputError: there is no corpus, or a neuron leaves no other unit of its layer.
    """
    if not method.contrast:
        return
    if run.corpus is None:
        raise InputError(f"{method.name}: contrast takes a corpus to measure the others by")
    for neuron in neurons:
        if not np.any(_others_of(run, neuron)):
            raise InputError(
                f"{method.name}: {neuron.label} is made of all units of {layer_of(neuron)}, and "
                "none is left to set it off against"
            )


def read_others(run: Run, source: str, place: Place, neurons: Sequence[Neuron]) -> Others:
    """Measure the units of a layer, and some neurons, over the corpus.

    Args:
      run: with a corpus.
      source: layer that they are read off.
      place: where.
      neurons: of one layer.
    """
    layer, size = layer_of(neurons[0]), source_size(run, source)
    one = np.ones(1, np.float32)
    units = [
        neurons[0]._replace(name=f"{layer}:{unit}", parts=(Part(layer, np.array([unit]), one),))
        for unit in range(run.model.layers[layer].size)
    ]
    tokens = run.corpus.ngrams.tokens
    tokens = tokens[sample_rows(len(tokens), SAMPLE, run.seed)]
    score = compile_scores(run.reader.encoder, linear(source, place))

    def sample(group: Sequence[Neuron]) -> tuple[Target, np.ndarray]:
        targets = make_targets(run.reader.readouts, group, size)
        scores = sample_scores(score, run.reader.prepared, targets, tokens, 512)
        return targets, np.where(np.isfinite(scores), scores, np.nan).astype(np.float64)

    targets, scores = sample(units)
    means, deviations = scores.mean(axis=1), scores.std(axis=1)
    # NaN, where one word spoils a unit, is above nothing.
    alive = deviations > ROUNDING * np.abs(scores).max(axis=1)
    scale = np.where(alive, deviations, 1)
    offsets = np.where(alive, (np.asarray(targets.offset) - means) / scale, 0)
    directions = np.asarray(targets.direction) / scale[:, None]
    targets = targets._replace(
        direction=jnp.asarray(directions, jnp.float32), offset=jnp.asarray(offsets, jnp.float32)
    )
    names = [neuron.name for neuron in neurons]
    own = dict(zip(names, map(_deviation, sample(neurons)[1]), strict=True))
    return Others(layer, targets, alive, own)


def set_off(
    run: Run, targets: Target, neurons: Sequence[Neuron], others: Others, weight: float
) -> Target:
    """Let targets know their others, and what these cost.

    Args:
      run: of the neurons.
      targets: N.
      neurons: N, those of the targets.
      others: of their layer.
      weight: corpus deviations of a neuron given up for one of its others.
    """
    masks = [_others_of(run, neuron) & others.alive for neuron in neurons]
    prices = [weight * others.deviations[neuron.name] for neuron in neurons]
    return targets._replace(
        contrast=Contrast(jnp.asarray(np.stack(masks)), jnp.asarray(prices, jnp.float32))
    )


def _deviation(scores: np.ndarray) -> float:
    """Compute the standard deviation of the scores that are numbers; 0 where none is."""
    known = scores[~np.isnan(scores)]
    return float(known.std()) if len(known) else 0.0


def _others_of(run, neuron):
    """Tell the units of its layer `[K]` that a neuron is not made of."""
    layer = layer_of(neuron)
    others = np.ones(run.model.layers[layer].size, bool)
    for part in neuron.parts:
        if part.layer == layer:
            others[part.units[np.asarray(part.weights) != 0]] = False
    return others
