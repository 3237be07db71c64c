"""From neurons to directions of the layers that searches read."""

import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from neurondream.base import Place, Readout, Target
from neurondream.errors import InputError
from neurondream.model import Layer
from neurondream.neurons.neuron import Neuron, Part


def source_layer(readouts: Mapping[str, Readout], layer: str) -> str:
    """Name the layer that directions of `layer` fold into."""
    return readouts[layer].source if layer in readouts else layer


def group_neurons(
    readouts: Mapping[str, Readout], neurons: Sequence[Neuron]
) -> dict[tuple[str, Place], list[Neuron]]:
    """Put neurons that are read off one layer at one place together: one program serves each.

    Raises:
      InputError: a neuron is a difference across layers that are not linear in one and the same.
    """
    groups: dict[tuple[str, Place], list[Neuron]] = {}
    for neuron in neurons:
        sources = {source_layer(readouts, part.layer) for part in neuron.parts}
        if len(sources) > 1:
            raise InputError(
                f"neuron {neuron.label!r}: {' and '.join(sorted(sources))} cannot be read as one; "
                "give a difference of neurons of one layer"
            )
        groups.setdefault((sources.pop(), neuron.place), []).append(neuron)
    return groups


class Climb(NamedTuple):
    """What is climbed to find n-grams for a neuron, where that is not what is reported."""

    layer: str
    toward: float | None  # as `objectives.linear` takes it
    rises: bool  # whether what is higher there is never lower in the neuron, where that is on


def climb_before(layers: Mapping[str, Layer], neuron: Neuron) -> Climb | None:
    """Find what to climb for a unit behind a nonlinearity, which is next to flat where it is off.

    What is higher before it is higher behind it, above where it is lowest; the negative side wants
    it there. Clusters, directions and means over words are no function of one value before it.
    """
    behind = layers[neuron.parts[0].layer].behind
    if behind is None or neuron.kind != "unit" or neuron.place.kind == "mean":
        return None
    if neuron.parts[0].weights[0] < 0:
        return Climb(behind.layer, -behind.lowest, False)
    return Climb(behind.layer, None, behind.rises)


def move_before(neuron: Neuron, before: Climb) -> Neuron:
    """Make the neuron that is climbed in the stead of another; its name, so its seed, is kept."""
    (part,) = neuron.parts
    return neuron._replace(parts=(part._replace(layer=before.layer),))


def fold_part(
    readouts: Mapping[str, Readout], part: Part, size: int
) -> tuple[np.ndarray, np.float32]:
    """Turn weighted units of a layer into a direction of its source.

    Args:
      readouts: of the encoder, as numpy arrays.
      part: units and weights.
      size: units H of the source.

    Returns:
      The direction `[H]` and the offset.
    """
    if part.layer not in readouts:
        direction = np.zeros(size, np.float32)
        direction[part.units] = part.weights
        return direction, np.float32(0)
    _, weight, bias = readouts[part.layer]
    if len(part.units) == 1:
        # A column as it stands: a product with a one-hot row reads all of the matrix.
        return weight[:, part.units[0]] * part.weights, bias[part.units[0]] * part.weights[0]
    columns = weight[:, part.units].astype(np.float32)
    return columns @ part.weights, bias[part.units].astype(np.float32) @ part.weights


def make_targets(
    readouts: Mapping[str, Readout], neurons: Sequence[Neuron], size: int
) -> Target:
    """Turn neurons of one group into targets.

    Args:
      readouts: of the encoder, as numpy arrays.
      neurons: N, of one source layer.
      size: units H of that layer.

    Returns:
      Directions `[N, H]` and offsets `[N]`; a neuron's number is a hash of its name.
    """
    folded = [
        [fold_part(readouts, part, size) for part in neuron.parts] for neuron in neurons
    ]
    directions = [sum(direction for direction, _ in parts) for parts in folded]
    offsets = [sum(offset for _, offset in parts) for parts in folded]
    names = [neuron.name for neuron in neurons]
    return number_targets(names, np.stack(directions), np.array(offsets, np.float32))


def number_targets(
    names: Sequence[str], directions: np.ndarray, offsets: np.ndarray
) -> Target:
    """Bundle directions of one layer, each numbered by its name.

    Args:
      names: N names. A name alone seeds its neuron's search, so that a dream does not depend on
        which others are dreamt.
      directions: `[N, D]`.
      offsets: `[N]`.
    """
    numbers = np.array([zlib.crc32(name.encode()) for name in names], np.uint32)
    return Target(jnp.asarray(numbers), jnp.asarray(directions), jnp.asarray(offsets))
