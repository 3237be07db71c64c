"""Several searches of the same kind, and the best of them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from neurondream.base import Array, Dream, Score, Search
from neurondream.errors import InputError


def side_by_side(function: Callable, arguments: tuple[Any, ...], at_once: int | None) -> Any:
    """Map a function over the first axis of its arguments.

    Args:
      function: of one of each.
      arguments: pytrees of R in front.
      at_once: how many run side by side, one batch after another, where R are too many for the
        memory; None for all.
    """
    if at_once is None or at_once >= len(jax.tree.leaves(arguments)[0]):
        return jax.vmap(function)(*arguments)
    return jax.lax.map(lambda each: function(*each), arguments, batch_size=at_once)


def best_of(search: Search, restarts: int, at_once: int | None = None) -> Search:
    """Run a search from several keys, side by side, and keep the best dream.

    Args:
      search: any.
      restarts: R. The first run is the one that `best_of(search, 1)` makes, so that more of them
        never lower a score.
      at_once: how many run side by side; None for all.

    Raises:
      InputError: there are to be fewer than 1.
    """
    if restarts < 1:
        raise InputError(f"restarts={restarts}: give 1 or more")

    def restarted(key: Array, score: Score) -> Dream:
        keys = jax.vmap(lambda number: jax.random.fold_in(key, number))(jnp.arange(restarts))
        dreams = side_by_side(lambda key: search(key, score), (keys,), at_once)
        best = jnp.argmax(dreams.score)
        return jax.tree.map(lambda field: field[best], dreams)

    return restarted
