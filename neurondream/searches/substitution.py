"""What another word at one place would do to an n-gram: exactly, or by the gradient."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from neurondream.base import Array, InTurn, Score


def visit_places(
    length: int, visit: Callable[[Any, Any], Any], state: Any, in_turn: bool
) -> Any:
    """Go through the places of an n-gram from the last to the first.

    Args:
      length: L.
      visit: `(place, state) -> state`.
      state: to begin with.
      in_turn: whether words are read in turn: each place then has a program of its own, that reads
        what comes before it once. Else one program, for a traced place, compiles L times as fast.
    """
    if in_turn:
        for place in reversed(range(length)):
            state = visit(place, state)
        return state
    return jax.lax.fori_loop(
        0, length, lambda number, state: visit(length - 1 - number, state), state
    )


def score_substitutes(
    score: Score, tokens: Array, position: int | Array, words: Array, block: int | None = None,
    kind: type[InTurn] = InTurn,
) -> Array:
    """Score an n-gram with other words at one place.

    Args:
      score: of hard words.
      tokens: `int32 [L]`.
      position: of the word to replace; what comes before a static one is read once.
      words: to put there, `int32 [C]`.
      block: words scored at once; all of them by default.
      kind: how they are read, `InTurn` or `Rough`.

    Returns:
      Scores `[C]`.
    """

    def score_one(word: Array) -> Array:
        if not isinstance(position, int):
            return score(tokens.at[position].set(word))
        ids = [word if place == position else tokens[place] for place in range(len(tokens))]
        return score(kind(tuple(ids)))

    if block is None or block >= len(words):
        return jax.vmap(score_one)(words)
    # The last block is filled up with a word that is there already: one program for all blocks.
    filled = jnp.pad(words, (0, -len(words) % block), mode="edge").reshape(-1, block)
    return jax.lax.map(jax.vmap(score_one), filled).ravel()[: len(words)]


def estimate_substitutes(score: Score, tokens: Array, vocabulary: int) -> Array:
    """Estimate to first order what any word at any place adds (Ebrahimi et al. 2018, HotFlip).

    Args:
      score: of soft words.
      tokens: `int32 [L]`.
      vocabulary: V.

    Returns:
      `[L, V]`, up to a constant for each place.
    """
    return jax.grad(score)(jax.nn.one_hot(tokens, vocabulary, dtype=jnp.float32))


def take_better(state: tuple[Array, Array], others: Array, scores: Array) -> tuple[Array, Array]:
    """Keep the best of an n-gram and others, the n-gram itself where none is better.

    Args:
      state: an n-gram `[L]` and its score.
      others: `[C, L]`.
      scores: theirs, `[C]`.
    """
    tokens, score = state
    best = jnp.argmax(scores)
    better = scores[best] > score
    return jnp.where(better, others[best], tokens), jnp.where(better, scores[best], score)
