"""Neurons drawn at random from all layers of a model (host side)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from neurondream.base import Readout
from neurondream.errors import InputError
from neurondream.model import Model
from neurondream.neurons.expressions import parse_neurons
from neurondream.neurons.neuron import Neuron
from neurondream.neurons.units import find_layer

DRAWN_OF = 1024  # the paper draws output units among the first 1,024
# Settings are chosen on units drawn with the paper's seed, at most so many of a layer and at most
# half of it; what is reported is of others. Of all is drawn where nothing was chosen.
TUNED = 160
DRAWS = {"tuning": 123, "report": 2018, "all": 2018}


def draw_groups(
    model: Model, readouts: Mapping[str, Readout], clusters: Mapping[str, np.ndarray], *,
    outputs: int, units: int, draw: str = "report", layers: Sequence[str] = (),
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, list[Neuron]]:
    """Draw the paper's groups: units of output layers, clusters and units of hidden ones.

    Args:
      model: any.
      readouts: of its encoder; a layer that is linear in another one is an output layer.
      clusters: the cluster of each unit, `int [D]`, of hidden layers.
      outputs: units drawn of each output layer.
      units: units drawn of each hidden layer, and clusters.
      draw: one of `DRAWS`.
      layers: whose units are drawn; of all by default.
      report: takes a line for a person, where a layer has fewer units of the draw than are asked
        for: then all of them are drawn.

    Returns:
      Neurons by the name of their group. No unit is drawn both for tuning and for reports, but
      the only one of a layer; clusters are drawn of all.

    Raises:
      InputError: there is no such draw, or no such layer.
    """
    for layer in layers:
        find_layer(f"{layer}:all", layer, model)
    if draw not in DRAWS:
        raise InputError(f"draw={draw!r}: give {' or '.join(DRAWS)}")
    generator = np.random.default_rng(DRAWS[draw])
    tuned = np.random.default_rng(DRAWS["tuning"])
    ends, hidden = output_layers(model, readouts), hidden_layers(model, readouts)
    pools = {layer: dreamable_units(model, layer)[:DRAWN_OF] for layer in ends}
    pools |= {layer: np.arange(model.layers[layer].size) for layer in hidden}
    # Of all layers, so that whichever others are asked for, a unit is of one draw.
    of_tuning = {
        layer: tuned.choice(pool, min(TUNED, len(pool)), replace=False)[: max(len(pool) // 2, 1)]
        for layer, pool in pools.items()
    }

    def choose(layer: str, number: int) -> np.ndarray:
        pool = pools[layer]
        if len(pool) > 1 and draw != "all":
            mine = of_tuning[layer]
            pool = mine if draw == "tuning" else np.setdiff1d(pool, mine)
        if number > len(pool):
            report(f"{layer}: {number} units are asked for, and the {draw} draw has {len(pool)}")
        return np.sort(generator.choice(pool, min(number, len(pool)), replace=False))

    groups: dict[str, list[Neuron]] = {}
    asked = set(layers or model.layers)
    for layer in filter(asked.__contains__, ends):
        groups[layer] = name_units(model, layer, choose(layer, outputs))
    for layer in filter(asked.__contains__, hidden):
        if layer in clusters:
            every = parse_neurons(f"{layer}:cluster:all", model, clusters)
            chosen = generator.choice(len(every), min(units, len(every)), replace=False)
            groups[f"{layer} clusters"] = [every[number] for number in np.sort(chosen)]
        name = f"{layer} units" if layer in clusters else layer
        groups[name] = name_units(model, layer, choose(layer, units))
    return groups


def describe_draw(draw: str, **drawn: Any) -> dict[str, Any]:
    """Write down a draw, and the one that settings were chosen on.

    Args:
      draw: one of `DRAWS`.
      drawn: how much of what, as JSON values.
    """
    chosen_on = {"name": "tuning", "seed": DRAWS["tuning"], "units": TUNED}
    return {"name": draw, "seed": DRAWS[draw], "settings_chosen_on": chosen_on, **drawn}


def name_units(model: Model, layer: str, units: np.ndarray) -> list[Neuron]:
    """Make the neurons of some units of a layer."""
    return parse_neurons([f"{layer}:{unit}" for unit in units], model)


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
