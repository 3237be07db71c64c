"""Neurons drawn at random from all layers of a model (host side)."""

from collections.abc import Mapping, Sequence

import numpy as np

from neurondream.base import Readout
from neurondream.model import Model
from neurondream.neurons.expressions import parse_neurons
from neurondream.neurons.neuron import Neuron

DRAWN_OF = 1024  # the paper draws output units among the first 1,024
DRAW_SEED = 123  # and with this seed (Poerner et al. 2018)


def draw_groups(
    model: Model, readouts: Mapping[str, Readout], clusters: Mapping[str, np.ndarray], *,
    outputs: int, units: int, seed: int = DRAW_SEED,
) -> dict[str, list[Neuron]]:
    """Draw the paper's groups: units of output layers, clusters and units of hidden ones.

    Args:
      model: any.
      readouts: of its encoder; a layer that is linear in another one is an output layer.
      clusters: the cluster of each unit, `int [D]`, of hidden layers.
      outputs: units drawn of each output layer.
      units: units drawn of each hidden layer.
      seed: of the draw.

    Returns:
      Neurons by the name of their group.
    """
    generator = np.random.default_rng(seed)
    groups: dict[str, list[Neuron]] = {}
    for layer in output_layers(model, readouts):
        pool = dreamable_units(model, layer)[:DRAWN_OF]
        groups[layer] = draw_units(model, layer, pool, outputs, generator)
    for layer in hidden_layers(model, readouts):
        if layer in clusters:
            expression = f"{layer}:cluster:all"
            groups[f"{layer} clusters"] = parse_neurons(expression, model, clusters)
        name = f"{layer} units" if layer in clusters else layer
        pool = np.arange(model.layers[layer].size)
        groups[name] = draw_units(model, layer, pool, units, generator)
    return groups


def draw_units(
    model: Model, layer: str, pool: np.ndarray, number: int, generator: np.random.Generator
) -> list[Neuron]:
    """Draw units of a layer from a pool, all of them where it holds no more."""
    drawn = np.sort(generator.choice(pool, min(number, len(pool)), replace=False))
    return parse_neurons([f"{layer}:{unit}" for unit in drawn], model)


def every_neuron(model: Model, readouts: Mapping[str, Readout]) -> list[Neuron]:
    """List every unit of every layer; of the logits of next words, those of words to dream of."""
    layers = [*hidden_layers(model, readouts), *output_layers(model, readouts)]
    texts = []
    for layer in layers:
        pool = dreamable_units(model, layer)
        whole = len(pool) == model.layers[layer].size
        texts += [f"{layer}:all"] if whole else [f"{layer}:{unit}" for unit in pool]
    return parse_neurons(texts, model)


def output_layers(model: Model, readouts: Mapping[str, Readout]) -> Sequence[str]:
    """List the layers that are linear in another one."""
    return [layer for layer in model.layers if layer in readouts]


def hidden_layers(model: Model, readouts: Mapping[str, Readout]) -> Sequence[str]:
    """List the layers that are not linear in another one."""
    return [layer for layer in model.layers if layer not in readouts]


def dreamable_units(model: Model, layer: str) -> np.ndarray:
    """List the units of a layer; of the logits of next words, those of words to dream of."""
    if layer == model.next_word:
        return np.flatnonzero(model.tokenizer.allowed)
    return np.arange(model.layers[layer].size)
