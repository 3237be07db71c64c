"""What of the activations counts, and how a person's neuron becomes a direction."""

import zlib
from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np

from neurondream.base import Activations, Array, Objective, Readout, Target, Words


def linear(layer: str, position: int = -1) -> Objective:
    """Score a direction of one layer after one word.

    A hidden unit, a cluster of them, a word's logit and a picture coordinate are all directions;
    which one is the target's business.

    Args:
      layer: a name among the encoder's activations.
      position: of the word after which the activation is read; the last by default.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del words
        return activations[layer][position] @ target.direction + target.offset

    return objective


def source_layer(readouts: Mapping[str, Readout], layer: str) -> str:
    """Name the layer that directions of `layer` fold into."""
    return readouts[layer].source if layer in readouts else layer


def fold_directions(
    readouts: Mapping[str, Readout], layer: str, directions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn directions in a linear layer into directions in its source.

    Args:
      readouts: of the encoder.
      layer: the layer that the directions are of.
      directions: `[N, D]`.

    Returns:
      Directions `[N, H]` and offsets `[N]` in the layer that `source_layer` names.
    """
    directions = np.asarray(directions, np.float32)
    if layer not in readouts:
        return directions, np.zeros(len(directions), np.float32)
    weight, bias = np.asarray(readouts[layer].weight), np.asarray(readouts[layer].bias)
    return directions @ weight.T, directions @ bias


def make_targets(names: Sequence[str], directions: np.ndarray, offsets: np.ndarray) -> Target:
    """Bundle directions of one layer.

    Args:
      names: N names. A name alone seeds its neuron's search, so that a dream does not depend on
        which others are asked for.
      directions: `[N, D]`.
      offsets: `[N]`.
    """
    numbers = np.array([zlib.crc32(name.encode()) for name in names], np.uint32)
    return Target(jnp.asarray(numbers), jnp.asarray(directions), jnp.asarray(offsets))
