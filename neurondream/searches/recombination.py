"""Random n-grams; and what n-grams that are stuck go on from: another one's beginning, a word."""

import jax.numpy as jnp
import numpy as np

from neurondream.base import Array
from neurondream.noise import draw_below


def draw_ngrams(key: Array, words: np.ndarray, number: int, length: int) -> Array:
    """Draw n-grams `int32 [number, L]` of words that are marked in `bool [V]`."""
    ids = np.flatnonzero(words)
    drawn = draw_below(key, np.full((number, length), len(ids)))
    return jnp.asarray(ids, jnp.int32)[drawn]


def recombine(key: Array, tokens: Array, population: Array, words: np.ndarray) -> Array:
    """Take the beginning of another n-gram and one new word.

    Args:
      key: of the drawing.
      tokens: `int32 [L]`.
      population: n-grams `[K, L]`, one of which gives its beginning.
      words: that the new one is drawn of, `bool [V]`.
    """
    ids, length = np.flatnonzero(words), len(tokens)
    other, cut, place, word = draw_below(key, [len(population), length, length, len(ids)])
    mixed = jnp.where(jnp.arange(length) < cut, population[other], tokens)
    return mixed.at[place].set(jnp.asarray(ids, jnp.int32)[word])
