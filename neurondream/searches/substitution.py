"""What another word at one place would do to an n-gram: exactly, or by the gradient."""

import jax
import jax.numpy as jnp

from neurondream.base import Array, InTurn, Score


def score_substitutes(
    score: Score, tokens: Array, position: int, words: Array, block: int | None = None,
    kind: type[InTurn] = InTurn,
) -> Array:
    """Score an n-gram with other words at one place; what comes before it is read once.

    Args:
      score: of hard words.
      tokens: `int32 [L]`.
      position: of the word to replace; static.
      words: to put there, `int32 [C]`.
      block: words scored at once; all of them by default.
      kind: how they are read, `InTurn` or `Rough`.

    Returns:
      Scores `[C]`.
    """

    def score_one(word: Array) -> Array:
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
