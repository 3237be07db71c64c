"""The best of n-grams that are given, such as a corpus' best."""

import jax
import jax.numpy as jnp

from neurondream.base import Array, Dream, Score, Search
from neurondream.errors import InputError


def best_of_pool(ngrams: Array) -> Search:
    """Score given n-grams and keep the best.

    Args:
      ngrams: `int32 [M, L]`; neurons dreamt together read them once.

    Raises:
      InputError: there are none.
    """
    if not len(ngrams):
        raise InputError("a pool of 0 n-grams: give 1 or more")
    pool = jnp.asarray(ngrams, jnp.int32)

    def search(key: Array, score: Score) -> Dream:
        del key
        scores = jax.lax.map(score, pool, batch_size=min(1024, len(pool)))
        best = jnp.argmax(scores)
        return Dream(pool[best], scores[best], ())

    return search
