"""What n-grams that are stuck go on from: the beginning of another one, and a new word."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from neurondream.base import Array


def recombine(
    key: Array, tokens: Array, population: Array, draw_word: Callable[[Array], Array]
) -> Array:
    """Take the beginning of another n-gram and one new word.

    Args:
      key: of the drawing.
      tokens: `int32 [L]`.
      population: n-grams `[K, L]`, one of which gives its beginning.
      draw_word: `key -> word`.
    """
    other_key, cut_key, place_key, word_key = jax.random.split(key, 4)
    other = population[jax.random.randint(other_key, (), 0, len(population))]
    cut = jax.random.randint(cut_key, (), 0, len(tokens))
    mixed = jnp.where(jnp.arange(len(tokens)) < cut, other, tokens)
    place = jax.random.randint(place_key, (), 0, len(tokens))
    return mixed.at[place].set(draw_word(word_key))
