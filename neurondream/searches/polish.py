"""Polish: every word of the vocabulary at every place, until nothing helps; then a certificate.

Where that cannot be paid for, only the words of each place that the gradient ranks first; the
certificate says so.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import NEVER, Array, Dream, Score, Search
from neurondream.errors import InputError
from neurondream.searches.spelling import without_faults
from neurondream.searches.substitution import (
    Position,
    estimate_substitutes,
    score_substitutes,
    substitute,
    visit_places,
)


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


class Swept(NamedTuple):
    """What every word at every place has come to."""

    tokens: Array  # int32 [L], the n-gram that is worth most
    terms: Array  # its score, or its terms
    moved: Array  # bool: it is another one than before
    runner_up: Array  # int32 [L], where nothing has moved the best of the others
    second: Array  # what that is worth
    passed_over: Array  # int32, words whose score is no finite number
    kept: Any  # of all that was tried


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
    sweep, covers = make_sweep(allowed, sweeps=sweeps, block=block, parts=parts, cover=cover)

    def polished(key: Array, score: Score) -> Dream:
        found = search(key, score)

        def go_on(state):
            swept, taken = state
            return sweep(score, swept.tokens, swept.terms), taken + 1

        def unfinished(state):
            swept, taken = state
            return (taken < sweeps) & swept.moved

        begun = Swept(
            found.tokens, found.score, jnp.bool_(True), found.tokens,
            jnp.full_like(found.score, -jnp.inf), jnp.int32(0), None,
        )
        swept, taken = jax.lax.while_loop(unfinished, go_on, (begun, jnp.int32(0)))
        certified, margin = certify(swept, swept.terms)
        info = PolishInfo(
            found.info, found.score, taken, certified, margin, swept.runner_up, swept.passed_over,
            jnp.int32(covers),
        )
        return Dream(swept.tokens, swept.terms, info)

    return polished


def make_sweep(
    allowed: np.ndarray, *, sweeps: int, block: int, parts: Sequence[int] | None, cover: int | None
) -> tuple[Callable[..., Swept], int]:
    """Make what tries every word at every place of an n-gram once, going on from what is better.

    Args:
      allowed, sweeps, block, parts, cover: as `polish` takes them.

    Returns:
      The sweep, and how many words it tries at each place; 0 if all.

    Raises:
      InputError: a setting is below 1, or no word is allowed.
    """
    for name, value in (("sweeps", sweeps), ("block", block), ("cover", cover or 1)):
        if value < 1:
            raise InputError(f"{name}={value}: polish takes 1 or more")
    if not np.any(allowed):
        raise InputError("polish needs at least one allowed word")
    every = jnp.asarray(np.flatnonzero(allowed), jnp.int32)
    forbidden = jnp.where(jnp.asarray(allowed), 0, NEVER)
    whole = cover is None or cover >= len(every)

    def sweep(
        score: Score, tokens: Array, terms: Array, *, worth: Callable = lambda terms: terms,
        ranked: Score | None = None, kept: Any = None,
        keep: Callable = lambda kept, others, terms: kept,
    ) -> Swept:
        """Try every word at every place.

        Args:
          score: of hard words; of soft ones, too, where not all words are covered.
          tokens: to begin with, `int32 [L]`.
          terms: their score, one or `[K]`.
          worth: turns scores into numbers, more for what is better; -inf is never better.
          ranked: whose gradient ranks words; the score itself by default.
          kept: of what was tried before.
          keep: `(kept, n-grams [C, L], scores) -> kept`, of all that is tried.
        """
        # In the last sweep, which changes nothing, these are of the n-gram that is certified.
        estimates = None if whole else (
            estimate_substitutes(ranked or score, tokens, len(forbidden)) + forbidden[None]
        )

        def visit(place: Position, swept: Swept) -> Swept:
            tokens, now = swept.tokens, swept.tokens[place.number]
            words = every if whole else jax.lax.top_k(
                # Of the word that is there already, another takes the place.
                estimates[place.number].at[now].set(-jnp.inf), cover
            )[1].astype(jnp.int32)
            tried = score_substitutes(score, tokens, place, words, block)
            lost = jnp.any(jnp.isneginf(tried).reshape(len(words), -1), axis=1)
            # The word that is there already is no substitute.
            values = jnp.where(words == now, -jnp.inf, worth(tried))
            top = jnp.argmax(values)
            other = tokens.at[place.number].set(words[top])
            better, second = values[top] > worth(swept.terms), values[top] > swept.second
            return Swept(
                jnp.where(better, other, tokens), jnp.where(better, tried[top], swept.terms),
                swept.moved | better, jnp.where(second, other, swept.runner_up),
                jnp.where(second, values[top], swept.second),
                swept.passed_over + jnp.sum(lost),
                keep(swept.kept, substitute(tokens, place, words), tried),
            )

        state = Swept(
            tokens, terms, jnp.bool_(False), tokens, jnp.full_like(worth(terms), -jnp.inf),
            jnp.int32(0), kept,
        )
        return visit_places(len(tokens), visit, state, parts)

    return sweep, 0 if whole else cover


def certify(swept: Swept, best: Array) -> tuple[Array, Array]:
    """Say whether a last sweep makes an n-gram certain, and by how much the others fall short.

    Args:
      swept: of the n-gram.
      best: what it is worth.
    """
    # Nobody knows what a word would do whose activation is no number.
    certified = ~swept.moved & (swept.passed_over == 0) & jnp.isfinite(best)
    return certified, jnp.where(certified, best - swept.second, 0)


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
    if info.certified and abs(info.margin) < -NEVER:
        certificate |= {"margin": float(info.margin), "runner_up": spell(info.runner_up)}
    if info.covers:
        certificate["covers"] = int(info.covers)
    if info.passed_over:
        certificate["passed_over"] = int(info.passed_over)
    start = {"start": float(info.start)} if without_faults(info.start) else {}
    return {**describe(info.before, spell), **start, "certificate": certificate}
