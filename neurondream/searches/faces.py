"""Several faces of one neuron: dreams that differ from one another."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Array, Dream, Score, Search, Words, are_hard, join_words
from neurondream.errors import InputError
from neurondream.searches.front import FrontInfo, highest_within
from neurondream.searches.spelling import without_faults


class FacesInfo(NamedTuple):
    """All faces of a neuron, in the order they were dreamt; the dream itself is the best."""

    tokens: Array  # int32 [K, L]
    scores: Array  # [K]; -inf where nothing apart from the earlier ones was found
    each: Any  # what the search tells of each, an axis `[K]` on every field; of fronts their nats


def faces(search: Search, number: int, length: int) -> Search:
    """Dream a neuron several times, each time apart from all dreams before.

    Args:
      search: judges by hard words; on soft ones it climbs as if there were no earlier dreams.
      number: K dreams.
      length: L.

    Raises:
      InputError: there are to be fewer than 1 dreams.
    """
    if number < 1:
        raise InputError(f"number={number}: a neuron has 1 face or more")

    def searched(key: Array, score: Score) -> Dream:
        def dream_next(earlier: Array, turn: Array):
            dream = search(jax.random.fold_in(key, turn), keep_apart(score, earlier))
            return earlier.at[turn].set(dream.tokens), dream

        # No word is -1: what is not dreamt yet keeps nothing away.
        none = jnp.full((number, length), -1, jnp.int32)
        _, dreams = jax.lax.scan(dream_next, none, jnp.arange(number))
        best = jnp.argmax(dreams.score)
        info = FacesInfo(dreams.tokens, dreams.score, dreams.info)
        return Dream(dreams.tokens[best], dreams.score[best], info)

    return searched


def fluent_faces(search: Search, number: int, length: int, limit: float) -> Search:
    """Search a front several times, each time apart from what the others have within a limit.

    Args:
      search: of a front.
      number: K faces, the first of which is of the front that is told.
      length: L.
      limit: nats a word that they have at most.

    Raises:
      InputError: there are to be fewer than 1 faces.
    """
    if number < 1:
        raise InputError(f"number={number}: a neuron has 1 face or more")

    def searched(key: Array, score: Score) -> Dream:
        def dream_next(earlier: Array, turn: Array):
            own = jax.lax.cond(turn == 0, lambda: key, lambda: jax.random.fold_in(key, turn))
            dream = search(own, keep_apart(score, earlier))
            tokens, terms = highest_within(dream.info.front, limit)
            # Where nothing is within the limit, nothing is kept away.
            kept = jnp.where(jnp.isneginf(terms[0]), -1, tokens)
            return earlier.at[turn].set(kept), (dream, tokens, terms)

        none = jnp.full((number, length), -1, jnp.int32)
        _, (dreams, tokens, terms) = jax.lax.scan(dream_next, none, jnp.arange(number))
        first = jax.tree.map(lambda field: field[0], dreams)
        faces = FacesInfo(tokens, terms[:, 0], -terms[:, 1])
        return first._replace(info=FrontInfo(first.info.front, faces))

    return searched


def keep_apart(score: Score, earlier: Array) -> Score:
    """Make hard n-grams worth nothing that are not apart from all of `earlier`, `int32 [K, L]`."""

    def score_apart(words: Words) -> Array:
        if not are_hard(words):
            return score(words)
        ids = join_words(words)
        alike = jax.vmap(lambda other: ~are_apart(ids, other))(earlier)
        return jnp.where(jnp.any(alike), -jnp.inf, score(words))

    return score_apart


def are_apart(tokens: Array, other: Array) -> Array:
    """Tell n-grams `int32 [L]` apart: another last word, and at most half of the words shared."""
    shared = jnp.sum(jnp.any(tokens[:, None] == other[None], axis=1))
    return (tokens[-1] != other[-1]) & (2 * shared <= len(tokens))


def describe_faces(info: FacesInfo, spell: Callable) -> dict[str, Any]:
    """Write down the faces that were found, with their activations."""
    return {"faces": [
        {"ngram": spell(tokens), "score": float(score)}
        for tokens, score in zip(info.tokens, info.scores, strict=True)
        if without_faults(score)
    ]}
