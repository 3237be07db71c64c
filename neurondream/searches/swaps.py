"""Token swaps: the gradient proposes words, the exact score decides.

HotFlip (Ebrahimi et al. 2018, arXiv:1712.06751) and GCG (Zou et al. 2023, arXiv:2307.15043)
swap one word of the whole n-gram at a time; here a sweep goes through the places from the last to
the first, so that candidates share the words before them. Between sweeps the words are also
rearranged, and n-grams that are stuck take over the beginning of another one: a memetic search.
On the way words are read roughly; only where the n-grams end are they scored exactly.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import NEVER, Array, Dream, Rough, Score, Search
from neurondream.errors import InputError
from neurondream.searches.courses import round_course
from neurondream.searches.recombination import draw_ngrams, recombine
from neurondream.searches.restarts import side_by_side
from neurondream.searches.spelling import without_faults
from neurondream.searches.substitution import (
    estimate_substitutes,
    score_substitutes,
    substitute,
    take_better,
    visit_places,
)


class SwapsInfo(NamedTuple):
    """The course of a search by swaps."""

    # [1 + rounds], the best activation after the first sweeps and each round; rough but the last
    course: Array
    restarts: Array  # [R], where each of the n-grams ended
    passed_over: Array  # int32, n-grams tried whose activation was no finite number


def swaps(
    length: int,
    allowed: np.ndarray,
    *,
    restarts: int = 4,
    sweeps: int = 4,
    rounds: int = 10,
    candidates: int = 32,
    start: Search | None = None,
    first: np.ndarray | None = None,
    parts: Sequence[int] | None = None,
    at_once: int | None = None,
) -> Search:
    """Climb from random n-grams by swapping, rearranging and recombining words.

    Args:
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      restarts: n-grams R that climb side by side.
      sweeps: over all places before the first round; a round makes two.
      rounds: of recombination, each kept if it leads higher.
      candidates: words tried at each place.
      start: finds what the first of the n-grams starts from, in place of random words.
      parts: that n-grams are read in, see `substitution.visit_places`.
      at_once: n-grams that climb side by side, one batch after another; None for all.
      first: words that random n-grams are made of, `bool [V]`; all allowed ones by default.

    Raises:
      InputError: a setting is below its least value, or no word is allowed.
    """
    for name, value, least in (
        ("length", length, 1), ("restarts", restarts, 1), ("sweeps", sweeps, 1),
        ("rounds", rounds, 0), ("candidates", candidates, 1),
    ):
        if value < least:
            raise InputError(f"{name}={value}: swaps take {least} or more")
    if not np.any(allowed):
        raise InputError("swaps need at least one allowed word")
    number = int(np.sum(allowed))
    words = allowed if first is None else first
    forbidden = jnp.where(jnp.asarray(allowed), 0, NEVER)
    candidates = min(candidates, number)
    # The order it has is one of them: what a climb starts from is scored so.
    orders = np.concatenate([np.arange(length)[None], rearrangements(length)])

    def rank(score: Score, tokens: Array) -> Array:
        return score(Rough(tuple(tokens)))

    def sweep(
        score: Score, state: tuple[Array, Array], passed_over: Array
    ) -> tuple[tuple[Array, Array], Array]:
        others = state[0][orders]
        scores = jax.vmap(lambda tokens: rank(score, tokens))(others)
        state = take_better(state, others, scores)
        passed_over += jnp.sum(jnp.isneginf(scores))
        estimates = estimate_substitutes(score, state[0], len(forbidden)) + forbidden[None]

        def visit(place, carry):
            state, passed_over = carry
            proposed = jax.lax.top_k(estimates[place.number], candidates)[1].astype(jnp.int32)
            scores = score_substitutes(score, state[0], place, proposed, kind=Rough)
            others = substitute(state[0], place, proposed)
            passed_over += jnp.sum(jnp.isneginf(scores))
            return take_better(state, others, scores), passed_over

        return visit_places(length, visit, (state, passed_over), parts)

    def climb(
        score: Score, tokens: Array, sweeps: Array
    ) -> tuple[tuple[Array, Array], Array]:
        start = (tokens, jnp.float32(-jnp.inf)), jnp.int32(0)
        return jax.lax.fori_loop(0, sweeps, lambda _, carry: sweep(score, *carry), start)

    def search(key: Array, score: Score) -> Dream:
        start_key, round_key, first_key = jax.random.split(key, 3)
        starts = draw_ngrams(start_key, words, restarts, length)
        if start is not None:
            starts = starts.at[0].set(start(first_key, score).tokens)

        def take_round(states, number):
            population, scores, passed_over = states
            keys = jax.random.split(jax.random.fold_in(round_key, number), restarts)

            def climb_again(key, tokens, before):
                # The first round climbs from the starts; one loop for all compiles once.
                first = number == 0
                mixed = jnp.where(first, tokens, recombine(key, tokens, population, words))
                again, number_passed = climb(score, mixed, jnp.where(first, sweeps, 2))
                kept = take_better((tokens, before), again[0][None], again[1][None])
                return *kept, number_passed

            *states, passed = side_by_side(climb_again, (keys, population, scores), at_once)
            return (*states, passed_over + jnp.sum(passed)), jnp.max(states[1])

        before = (starts, jnp.full(restarts, -jnp.inf), jnp.int32(0))
        (population, _, passed_over), course = jax.lax.scan(
            take_round, before, jnp.arange(rounds + 1)
        )
        ends = jax.vmap(score)(population)
        best = jnp.argmax(ends)
        end = population[best], ends[best]
        if start is not None:
            # What looked better by a hair may have been worse.
            end = take_better(end, starts[:1], score(starts[0])[None])
        return Dream(*end, SwapsInfo(course.at[-1].set(end[1]), ends, passed_over))

    return search


def rearrangements(length: int) -> np.ndarray:
    """List the orders in which one word of an n-gram has moved elsewhere, `int [C, L]`."""
    orders = set()
    for start in range(length):
        for end in range(length):
            order = list(range(length))
            order.insert(end, order.pop(start))
            orders.add(tuple(order))
    orders.remove(tuple(range(length)))
    return np.array(sorted(orders), int).reshape(-1, length)


def describe_swaps(info: SwapsInfo, spell: Callable) -> dict[str, Any]:
    """Write down the best activation after each round, as far as there was one."""
    del spell
    passed_over = int(info.passed_over)
    told = {"passed_over": passed_over} if passed_over else {}
    course = info.course[without_faults(info.course)].astype(float)
    return {"course": round_course(course), **told}


def count_passes(
    length: int, *, restarts: int, sweeps: int, rounds: int, candidates: int
) -> int:
    """Count the passes of the encoder for one neuron; a gradient counts for three."""
    sweep = 3 + length * candidates + (length - 1) ** 2 + 1
    return restarts * sweep * (sweeps + 2 * rounds)
