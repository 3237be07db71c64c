"""What of the activations counts."""

import jax.numpy as jnp

from neurondream.base import (
    AFTER,
    BEFORE,
    LAST,
    Activations,
    Array,
    Objective,
    Place,
    Target,
    Words,
)
from neurondream.errors import InputError


def linear(layer: str, place: Place = LAST, toward: float | None = None) -> Objective:
    """Score a direction of one layer at one place.

    A unit, a cluster of them, a word's logit and any sum of these are all directions; which one
    is the target's business.

    Args:
      layer: a name among the encoder's activations.
      place: where it is read; after the last word by default.
      toward: a value that is best, and worse the farther from it, in place of the higher the
        better.

    Raises:
      InputError: there is no such kind of place.
    """
    if place.kind not in _READERS:
        raise InputError(f"place {place.kind!r}: there are {', '.join(_READERS)}")
    read = _READERS[place.kind]

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del words

        def along(values: Array) -> Array:
            value = _along(values, target.direction) + target.offset
            return value if toward is None else -jnp.abs(value - toward)

        return read(activations, layer, place.number, along)

    return objective


# The most that rounding in float32 moves a score, as a share of the size of what it adds up. In
# 640,000 scores of two models the largest against float64 was .4 of it.
ROUNDING = 2.0**-17


def magnitude(layer: str, place: Place = LAST) -> Objective:
    """Measure the size of what `linear` adds up, that its rounding is in proportion to.

    A unit counts with its activation and the root mean square of its layer, since a small one may
    be left over from large ones.

    Args:
      layer: a name among the encoder's activations.
      place: where it is read.
    """
    score = linear(layer, place)

    def size_of(values):
        if isinstance(values, tuple):
            return tuple(map(size_of, values))
        mean_square = jnp.mean(values**2, axis=-1, keepdims=True)
        return jnp.abs(values) + jnp.sqrt(mean_square)

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        sizes = {
            name: size_of(values) for name, values in activations.items()
            if name in (layer, layer + BEFORE, layer + AFTER)
        }
        return score(
            sizes, words,
            target._replace(direction=jnp.abs(target.direction), offset=jnp.abs(target.offset)),
        )

    return objective


def _at_word(activations, layer, number, along):
    values = activations[layer]
    # Parts of an n-gram, as probes read them, may lack the word: then the one nearest to it.
    return along(values[max(min(number, len(values) - 1), -len(values))])


def _before(activations, layer, number, along):
    return along(activations[layer + BEFORE][-1][number])


def _after(activations, layer, number, along):
    # Of words in turn, what follows the last one.
    return along(activations[layer + AFTER][-1][number])


def _largest(activations, layer, number, along):
    del number
    return jnp.max(_at_all_words(activations, layer, along))


def _mean(activations, layer, number, along):
    del number
    return jnp.mean(_at_all_words(activations, layer, along))


def _at_all_words(activations, layer, along):
    values = activations[layer]
    if isinstance(values, tuple):
        # Word by word, so that words which candidates share are read once.
        return jnp.stack([along(value) for value in values])
    return along(values)


def score_words(values: Array, target: Target) -> Array:
    """Score a direction of a layer's activations `[..., D]` after each word, `[...]`."""
    return _along(values, target.direction) + target.offset


def _along(values, direction):
    # Else accelerators round both; see `encoders/precision.py`.
    return jnp.matmul(values, direction, precision="float32")


_READERS = {
    "word": _at_word, "max": _largest, "mean": _mean, "before": _before, "after": _after,
}
