"""What an n-gram tells beyond its score: its parts, other orders, other words."""

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, InTurn, Params, Score
from neurondream.searches.substitution import (
    Position,
    estimate_substitutes,
    score_substitutes,
)

ALL_ORDERS = 5  # words of the longest n-gram of which all orders are tried
DRAWN_ORDERS = 120


class Probe(NamedTuple):
    """Activations of what an n-gram could also be. Many n-grams: every field has an axis `[N]`."""

    after: Array  # [L], of its first 1, 2, ... words
    suffixes: Array  # [L], of its last 1, 2, ... words alone
    without: Array  # [L], with one word left out; NaN where that is the only one
    neighbours: Array  # [L - 1], with two neighbours exchanged
    permuted: Array  # [P], in other orders
    substitutes: Array  # [L, C], with other words at one place
    best_words: Array  # int32 [L, K], the words at each place that the gradient proposes
    best: Array  # [L, K], with them


def probe_ngram(
    score: Score, tokens: Array, substitutes: Array, allowed: Array, orders: np.ndarray,
    proposed: int,
) -> Probe:
    """Score the variations of one n-gram.

    Args:
      score: of hard and soft words.
      tokens: `int32 [L]`.
      substitutes: words to put at each place, `int32 [L, C]`.
      allowed: words that the gradient may propose, `bool [V]`.
      orders: permutations of the places, `int [P, L]`.
      proposed: K words that it proposes for each place (Ebrahimi et al. 2018).
    """
    length = len(tokens)
    score_all = jax.vmap(score)
    without = score_all(tokens[leave_one_out(length)]) if length > 1 else jnp.full(1, jnp.nan)
    estimates = estimate_substitutes(score, tokens, len(allowed))
    estimates = jnp.where(allowed, estimates, -jnp.inf)
    # The word that is there is no substitute.
    estimates = estimates.at[jnp.arange(length), tokens].set(-jnp.inf)
    best_words = jax.lax.top_k(estimates, proposed)[1].astype(jnp.int32)
    every = jnp.concatenate([substitutes, best_words], axis=1)
    scores = jnp.stack(
        [
            score_substitutes(score, tokens, Position(number), every[number])
            for number in range(length)
        ]
    )
    return Probe(
        after=jnp.stack([score(InTurn(tuple(tokens[: n + 1]))) for n in range(length)]),
        suffixes=jnp.stack([score(InTurn(tuple(tokens[-n:]))) for n in range(1, length + 1)]),
        without=without,
        neighbours=score_all(tokens[neighbour_orders(length)]),
        permuted=score_all(tokens[orders]),
        substitutes=scores[:, : substitutes.shape[1]],
        best_words=best_words,
        best=scores[:, substitutes.shape[1] :],
    )


def leave_one_out(length: int) -> np.ndarray:
    """List the places that are left when one is taken out, `int [L, L - 1]`."""
    every = np.tile(np.arange(length), (length, 1))
    return every[~np.eye(length, dtype=bool)].reshape(length, length - 1)


def neighbour_orders(length: int) -> np.ndarray:
    """List the orders with two neighbours exchanged, `int [L - 1, L]`."""
    orders = np.tile(np.arange(length), (length - 1, 1))
    for place in range(length - 1):
        orders[place, [place, place + 1]] = place + 1, place
    return orders


def other_orders(length: int, seed: int) -> np.ndarray:
    """List all orders of a short n-gram but its own, some of a long one, `int [P, L]`."""
    if length <= ALL_ORDERS:
        orders = list(itertools.permutations(range(length)))[1:]
        return np.array(orders, int).reshape(len(orders), length)
    generator = np.random.default_rng(seed)
    orders: set[tuple[int, ...]] = set()
    while len(orders) < DRAWN_ORDERS:
        orders.add(tuple(generator.permutation(length).tolist()))
        orders.discard(tuple(range(length)))
    return np.array(sorted(orders), int)


def next_word_loss(encoder: Encoder, params: Params, layer: str, tokens: Array) -> Array:
    """Compute the mean surprise, in nats, of words 2 to L of `int32 [L]`, read from the start.

    Args:
      layer: whose activations are the logits of the next word.
    """
    logits = encoder.encode(params, encoder.embed(params, tokens))[layer][:-1]
    surprise = -jax.nn.log_softmax(logits)[jnp.arange(len(tokens) - 1), tokens[1:]]
    return jnp.mean(surprise)
