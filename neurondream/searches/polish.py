"""Polish: every word of the vocabulary at every place, until nothing helps; then a certificate.

Where that cannot be paid for, only the words of each place that the gradient ranks first; the
certificate says so.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream, Score, Search
from neurondream.errors import InputError
from neurondream.searches.spelling import without_faults
from neurondream.searches.substitution import (
    estimate_substitutes,
    score_substitutes,
    visit_places,
)

_NEVER = -1e30


class PolishInfo(NamedTuple):
    """How a dream was polished, and what is certain about it."""

    before: Any  # what the search before tells
    start: Array  # the activation that it had found
    sweeps: Array  # int32, over all places
    certified: Array  # bool: no other word at any one place has a higher activation
    margin: Array  # by how much the best of them falls short; 0 or less says nothing
    runner_up: Array  # int32 [L], the n-gram of that word
    passed_over: Array  # int32, words of the last sweep whose activation is no finite number
    covers: Array  # int32, words tried at each place; 0 if all were


def polish(
    search: Search, allowed: np.ndarray, *, sweeps: int = 20, block: int = 1024,
    parts: Sequence[int] | None = None, cover: int | None = None,
) -> Search:
    """Finish another search by exhaustive coordinate ascent.

    Args:
      search: finds the n-gram to start from.
      allowed: words a dream may hold, `bool [V]`.
      sweeps: over all places, at most; ends without a certificate if that is too few.
      block: words scored at once.
      parts: that n-grams are read in, see `substitution.visit_places`.
      cover: words tried at each place, those that the gradient ranks first; all by default.

    Raises:
      InputError: a setting is below 1, or no word is allowed.
    """
    for name, value in (("sweeps", sweeps), ("block", block), ("cover", cover or 1)):
        if value < 1:
            raise InputError(f"{name}={value}: polish takes 1 or more")
    if not np.any(allowed):
        raise InputError("polish needs at least one allowed word")
    every = jnp.asarray(np.flatnonzero(allowed), jnp.int32)
    forbidden = jnp.where(jnp.asarray(allowed), 0, _NEVER)
    whole = cover is None or cover >= len(every)

    def polished(key: Array, score: Score) -> Dream:
        found = search(key, score)
        length = len(found.tokens)

        def sweep(state):
            tokens, best, taken, _, runner_up, runner_up_score, _ = state
            # In the last sweep, which changes nothing, these are of the n-gram that is certified.
            estimates = None if whole else (
                estimate_substitutes(score, tokens, len(forbidden)) + forbidden
            )

            def visit(place, state):
                tokens, best, moved, runner_up, runner_up_score, passed_over = state
                words = every if whole else jax.lax.top_k(
                    # Of the word that is there already, another takes the place.
                    estimates[place.number].at[tokens[place.number]].set(-jnp.inf), cover
                )[1].astype(jnp.int32)
                scores = score_substitutes(score, tokens, place, words, block)
                passed_over += jnp.sum(jnp.isneginf(scores))
                # The word that is there already is no substitute.
                scores = jnp.where(words == tokens[place.number], -jnp.inf, scores)
                top = jnp.argmax(scores)
                other = tokens.at[place.number].set(words[top])
                better = scores[top] > best
                second = scores[top] > runner_up_score
                runner_up = jnp.where(second, other, runner_up)
                runner_up_score = jnp.where(second, scores[top], runner_up_score)
                tokens = jnp.where(better, other, tokens)
                best = jnp.where(better, scores[top], best)
                moved |= better
                return tokens, best, moved, runner_up, runner_up_score, passed_over

            nothing = jnp.full_like(runner_up_score, -jnp.inf)
            state = tokens, best, jnp.bool_(False), runner_up, nothing, jnp.int32(0)
            tokens, best, moved, *rest = visit_places(length, visit, state, parts)
            return tokens, best, taken + 1, ~moved, *rest

        def unfinished(state):
            return (state[2] < sweeps) & ~state[3]

        state = (
            found.tokens, found.score, jnp.int32(0), jnp.bool_(False), found.tokens,
            jnp.full_like(found.score, -jnp.inf), jnp.int32(0),
        )
        tokens, best, taken, settled, runner_up, second, passed_over = jax.lax.while_loop(
            unfinished, sweep, state
        )
        # Nobody knows what a word would do whose activation is no number.
        certified = settled & (passed_over == 0) & jnp.isfinite(best)
        margin = jnp.where(certified, best - second, 0)
        info = PolishInfo(
            found.info, found.score, taken, certified, margin, runner_up, passed_over,
            jnp.int32(0 if whole else cover),
        )
        return Dream(tokens, best, info)

    return polished


def describe_polish(info: PolishInfo, spell: Callable, describe: Callable) -> dict[str, Any]:
    """Write down where polish began and what is certain, beside what the search before tells.

    Args:
      info: of one dream.
      spell: writes ids down as an n-gram.
      describe: writes the info of the search before down.
    """
    certificate: dict[str, Any] = {
        "certified": bool(info.certified), "sweeps": int(info.sweeps)
    }
    # Where every other n-gram has faults there is no runner-up.
    if info.certified and abs(info.margin) < -_NEVER:
        certificate |= {"margin": float(info.margin), "runner_up": spell(info.runner_up)}
    if info.covers:
        certificate["covers"] = int(info.covers)
    if info.passed_over:
        certificate["passed_over"] = int(info.passed_over)
    start = {"start": float(info.start)} if without_faults(info.start) else {}
    return {**describe(info.before, spell), **start, "certificate": certificate}
