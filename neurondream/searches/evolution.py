"""Searches of others for fronts: random words of those that the gradient ranks first.

EPO (Thompson et al. 2024, arXiv:2402.01702) and GCG (Zou et al. 2023, arXiv:2307.15043).
"""

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import NEVER, Array, Dream, Score, Search
from neurondream.errors import InputError
from neurondream.searches.front import (
    empty_front,
    extend_front,
    make_dream,
    price,
    spread_penalties,
    sum_terms,
    weigh,
)
from neurondream.searches.recombination import draw_ngrams
from neurondream.searches.substitution import estimate_substitutes

# A restart goes on from the best at a penalty drawn evenly between these.
_RESTART = 2 / 3, 6.0


def epo(
    length: int, allowed: np.ndarray, *, population: int = 8, children: int = 32, top: int = 512,
    iterations: int = 300, restart: int = 30, penalties: tuple[float, float] = (0.1, 10.0),
) -> Search:
    """Search a front by evolution, as the paper says it and not as its code does.

    There a restart keeps the cross-entropy penalty that it has by default, whatever is drawn.

    Args:
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      population: n-grams, each at a penalty of its own.
      children: of each, in an iteration; they differ from it in one word.
      top: words of each place that children are made with.
      iterations: of mutation and selection.
      restart: iterations after which all go on from one n-gram.
      penalties: least and most that a nat a word costs, in activation.

    Raises:
      InputError: a setting is below 1, or no word is allowed.
    """
    _check(length, allowed, population=population, children=children, top=top, restart=restart)
    weights = price(spread_penalties(*penalties, population))

    def search(key: Array, score: Score) -> Dream:
        start_key, loop_key = jax.random.split(key)
        tokens = draw_ngrams(start_key, allowed, population, length)
        terms = jax.vmap(score)(tokens)

        def iterate(state, number):
            tokens, terms, front = state
            *keys, restart_key = jax.random.split(
                jax.random.fold_in(loop_key, number), population + 1
            )
            born = jax.vmap(mutate, (0, None, 0, 0, None, None, None))(
                jnp.stack(keys), score, tokens, weights, allowed, children, top
            ).reshape(-1, length)
            born_terms = jax.vmap(score)(born)
            front = extend_front(front, born, born_terms)
            tokens, terms = (
                jnp.concatenate(each) for each in ((tokens, born), (terms, born_terms))
            )
            kept = jnp.argmax(sum_terms(terms, weights.T), axis=0)
            drawn = jax.random.uniform(restart_key, minval=_RESTART[0], maxval=_RESTART[1])
            again = (number % restart == 0) & (number > 0)
            kept = jnp.where(again, jnp.argmax(sum_terms(terms, price(drawn))), kept)
            return (tokens[kept], terms[kept], front), None

        state = tokens, terms, extend_front(empty_front(length), tokens, terms)
        (_, _, front), _ = jax.lax.scan(iterate, state, jnp.arange(iterations))
        return make_dream(front)

    return search


def gcg(
    length: int, allowed: np.ndarray, *, children: int = 512, top: int = 256,
    iterations: int = 250,
) -> Search:
    """Climb activation alone by the best of many children, kept even where it is worse.

    The settings are nanoGCG's, whose front is what it has come by.

    Args:
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      children: n-grams that differ in one word, in an iteration.
      top: words of each place that children are made with.
      iterations: of mutation.

    Raises:
      InputError: a setting is below 1, or no word is allowed.
    """
    _check(length, allowed, children=children, top=top)
    weights = jnp.array([1.0, 0.0])

    def search(key: Array, score: Score) -> Dream:
        start_key, loop_key = jax.random.split(key)
        tokens = draw_ngrams(start_key, allowed, 1, length)

        def iterate(state, number):
            tokens, front = state
            key = jax.random.fold_in(loop_key, number)
            born = mutate(key, score, tokens, weights, allowed, children, top)
            terms = jax.vmap(score)(born)
            return (born[jnp.argmax(terms[:, 0])], extend_front(front, born, terms)), None

        state = tokens[0], extend_front(empty_front(length), tokens, jax.vmap(score)(tokens))
        (_, front), _ = jax.lax.scan(iterate, state, jnp.arange(iterations))
        return make_dream(front)

    return search


def mutate(
    key: Array, score: Score, tokens: Array, weights: Array, allowed: np.ndarray, children: int,
    top: int,
) -> Array:
    """Put one of the words that the gradient ranks first at one place, both drawn evenly.

    Args:
      key: of the drawing.
      score: returns terms `[K]`.
      tokens: of the parent, `int32 [L]`.
      weights: of the terms, `[K]`.
      allowed: words it may be, `bool [V]`.
      children: C.
      top: words of each place.

    Returns:
      `int32 [C, L]`.
    """
    place_key, word_key = jax.random.split(key)
    forbidden = jnp.where(jnp.asarray(allowed), 0, NEVER)
    estimates = estimate_substitutes(weigh(score, weights), tokens, len(allowed)) + forbidden[None]
    words = jax.lax.top_k(estimates, min(top, int(np.sum(allowed))))[1].astype(jnp.int32)
    places = jax.random.randint(place_key, (children,), 0, len(tokens))
    drawn = jax.random.randint(word_key, (children,), 0, words.shape[1])
    return jax.vmap(lambda place, word: tokens.at[place].set(words[place, word]))(places, drawn)


def _check(length: int, allowed: np.ndarray, **settings: int) -> None:
    for name, value in {"length": length, **settings}.items():
        if value < 1:
            raise InputError(f"{name}={value}: give 1 or more")
    if not np.any(allowed):
        raise InputError("allowed: at least one word is needed")
