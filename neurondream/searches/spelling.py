"""Searches kept to n-grams that, written down, are read as the tokens that they are."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import NEVER, Array, Dream, Score, Search, Words, are_hard, join_words
from neurondream.searches.substitution import (
    estimate_substitutes,
    score_parts,
    substitute,
    take_better,
    visit_places,
)

_FAULT = 1e30  # what one costs: more than any activation is worth, less than infinity
_CANDIDATES = 64  # words tried at each place to mend an n-gram
_SWEEPS = 4  # that mend one, at most


class MendedInfo(NamedTuple):
    """What a search tells, and whether its n-gram had to be mended."""

    before: Any
    sweeps: Array  # int32; 0 where the n-gram had no faults


def judge_spelling(score: Score, check: Callable) -> Score:
    """Make hard n-grams with faults worth less than all without, and less for each of them.

    Args:
      score: of any words; soft ones have no faults.
      check: counts the faults of n-grams on the host, `ids [..., L] -> int32 [...]`.
    """

    def judged(words: Words) -> Array:
        value = score(words)
        if not are_hard(words):
            return value
        faults = jax.pure_callback(
            lambda ids: check(np.asarray(ids)), jax.ShapeDtypeStruct((), jnp.int32),
            join_words(words),
            vmap_method="broadcast_all",
        )
        # Of n-grams with as many faults the higher one is better.
        share = 0.5 * (1 + value / (1 + jnp.abs(value)))
        worse = -_FAULT * (1 + faults - share)
        return jnp.where((faults == 0) | jnp.isneginf(value), value, worse)

    return judged


def without_faults(scores: Array) -> Array:
    """Tell scores that are finite numbers, of n-grams without faults, from others."""
    return (scores > -_FAULT) & (scores < np.inf)


def judged(search: Search, check: Callable | None) -> Search:
    """Let a search climb scores that know of faults, where n-grams can have them."""
    if check is None:
        return search
    return lambda key, score: search(key, judge_spelling(score, check))


def mended(search: Search, allowed: np.ndarray, words: np.ndarray) -> Search:
    """Mend what a search has found word by word, where it has found none without faults.

    Args:
      search: climbs a score that knows of faults.
      allowed: tokens a dream may hold, `bool [V]`.
      words: those of them that begin a word, `bool [V]`, which hardly ever make faults.
    """
    forbidden, unlike_words = (
        jnp.where(jnp.asarray(each), 0, NEVER) for each in (allowed, words)
    )
    candidates = min(_CANDIDATES, int(np.sum(words)))

    def searched(key: Array, score: Score) -> Dream:
        found = search(key, score)

        def faulty(state) -> Array:
            (_, value), taken = state
            return (value <= -_FAULT) & (taken < _SWEEPS)

        def mend(state):
            ngram, taken = state
            barred = jnp.where(taken == 0, forbidden, unlike_words)
            estimates = estimate_substitutes(score, ngram[0], len(forbidden)) + barred

            def visit(place, ngram):
                proposed = jax.lax.top_k(estimates[place.number], candidates)[1]
                others = substitute(ngram[0], place, proposed.astype(jnp.int32))
                return take_better(ngram, others, score_parts(score, place.part, others))

            return visit_places(len(ngram[0]), visit, ngram, parts=(0,)), taken + 1

        state = (found.tokens, found.score), jnp.int32(0)
        (tokens, value), sweeps = jax.lax.while_loop(faulty, mend, state)
        return Dream(tokens, value, MendedInfo(found.info, sweeps))

    return searched


def describe_mended(info: MendedInfo, spell: Callable, describe: Callable) -> dict[str, Any]:
    """Write down how many sweeps mended an n-gram, beside what the search tells."""
    mending = {"mended": int(info.sweeps)} if info.sweeps else {}
    return {**describe(info.before, spell), **mending}
