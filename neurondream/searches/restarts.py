"""The best of several searches of the same kind."""

import jax
import jax.numpy as jnp

from neurondream.base import Array, Dream, Score, Search
from neurondream.errors import InputError


def best_of(search: Search, restarts: int) -> Search:
    """Run a search from several keys, side by side, and keep the best dream.

    Args:
      search: any.
      restarts: R. The first run is the one that `best_of(search, 1)` makes, so that more of them
        never lower a score.

    Raises:
      InputError: there are to be fewer than 1.
    """
    if restarts < 1:
        raise InputError(f"restarts={restarts}: give 1 or more")

    def restarted(key: Array, score: Score) -> Dream:
        keys = jax.vmap(lambda number: jax.random.fold_in(key, number))(jnp.arange(restarts))
        dreams = jax.vmap(lambda key: search(key, score))(keys)
        best = jnp.argmax(dreams.score)
        return jax.tree.map(lambda field: field[best], dreams)

    return restarted
