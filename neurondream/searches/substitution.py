"""What another word at one place would do to an n-gram: exactly, or by the gradient."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Array, Encoder, InParts, InTurn, Score

PART = 4  # words that are read together, at most, where n-grams are read in parts


class Position(NamedTuple):
    """A place of an n-gram."""

    number: int | Array  # static where words are read in turn
    part: int = 0  # where the part begins that it is in; what comes before is read once


def visit_places(
    length: int, visit: Callable[[Position, Any], Any], state: Any, parts: Sequence[int] | None
) -> Any:
    """Go through the places of an n-gram from the last to the first.

    Args:
      length: L.
      visit: `(place, state) -> state`.
      state: to begin with.
      parts: where each part of the n-gram begins, the first at 0: one program for its places, that
        reads what comes before it once. None where words are read in turn: each place then has a
        program of its own, which takes L times as long to compile as one.
    """
    if parts is None:
        for number in reversed(range(length)):
            state = visit(Position(number), state)
        return state

    def visit_part(state: Any, part: int, end: int) -> Any:
        return jax.lax.fori_loop(
            0, end - part, lambda k, state: visit(Position(end - 1 - k, part), state), state
        )

    for part, end in reversed([*zip(parts, [*parts[1:], length], strict=True)]):
        state = visit_part(state, part, end)
    return state


def parts_of(encoder: Encoder, length: int) -> tuple[int, ...] | None:
    """Say where the parts begin in which an encoder reads n-grams; None where it reads in turn."""
    return None if encoder.steps else split_in_parts(encoder, length)


def split_in_parts(encoder: Encoder, length: int) -> tuple[int, ...]:
    """Say where the parts begin of n-grams that are not read in turn; one where they are whole."""
    number = -(-length // PART) if encoder.go_on else 1
    return tuple(length * part // number for part in range(number))


def score_parts(score: Score, part: int, others: Array) -> Array:
    """Score n-grams `int32 [C, L]` whose words before `part` are those of the first; `[C]`."""
    if not part:
        return jax.vmap(score)(others)
    before = others[0, :part]
    return jax.vmap(lambda ids: score(InParts(before, ids)))(others[:, part:])


def score_substitutes(
    score: Score, tokens: Array, place: Position, words: Array, block: int | None = None,
    kind: type[InTurn] = InTurn,
) -> Array:
    """Score an n-gram with other words at one place.

    Args:
      score: of hard words.
      tokens: `int32 [L]`.
      place: of the word to replace.
      words: to put there, `int32 [C]`.
      block: words scored at once; all of them by default.
      kind: how they are read, `InTurn` or `Rough`.

    Returns:
      Scores `[C]`, or their terms `[C, K]`.
    """

    def score_in_turn(word: Array) -> Array:
        ids = [word if k == place.number else tokens[k] for k in range(len(tokens))]
        return score(kind(tuple(ids)))

    def score_all(words: Array) -> Array:
        if isinstance(place.number, int):
            return jax.vmap(score_in_turn)(words)
        return score_parts(score, place.part, substitute(tokens, place, words))

    if block is None or block >= len(words):
        return score_all(words)
    # The last block is filled up with a word that is there already: one program for all blocks.
    filled = jnp.pad(words, (0, -len(words) % block), mode="edge").reshape(-1, block)
    scores = jax.lax.map(score_all, filled)
    return scores.reshape(-1, *scores.shape[2:])[: len(words)]


def substitute(tokens: Array, place: Position, words: Array) -> Array:
    """Put each of the words `[C]` at a place of an n-gram `[L]`; `int32 [C, L]`."""
    return jnp.tile(tokens, (len(words), 1)).at[:, place.number].set(words)


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
