"""Fluent dreams: the front from natural to extreme, climbed at several penalties side by side.

Each n-gram climbs activation plus penalty times log-probability by swaps that the gradient
proposes (Ebrahimi et al. 2018); since the soft log-probability is linear in a place's own words,
these are the judge's next words, too. Words also move, and are deleted here and inserted there
(FLRT, Thompson & Sklar 2024). What is stuck takes over the beginning of another
n-gram, perhaps some places off, and a random word, and climbs again: iterated local search
(Lourenço, Martin & Stützle 2003) over a ladder of penalties, as evolutionary prompt optimization
has it (Thompson et al. 2024).
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import NEVER, Array, Dream, Score, Search
from neurondream.errors import InputError
from neurondream.searches.front import (
    LIMITS,
    Front,
    add_limit,
    empty_front,
    extend_front,
    join_fronts,
    make_dream,
    price,
    spread_penalties,
    sum_terms,
    weigh,
)
from neurondream.searches.recombination import draw_ngrams, recombine
from neurondream.searches.restarts import side_by_side
from neurondream.searches.spelling import without_faults
from neurondream.searches.substitution import (
    Position,
    estimate_substitutes,
    score_parts,
    substitute,
    visit_places,
)
from neurondream.searches.swaps import rearrangements

_STARTS = 64  # n-grams drawn to begin with, by which heights are first judged
# Of what is proposed a share is chance, in deviations of a place's estimates: two climbs from one
# n-gram then differ.
_CHANCE = 0.3
_INSERTED = 4  # words that the gradient ranks first, one of which is inserted
# Places by which the beginning of another n-gram is off, as likely as they stand here.
_SHIFTS = 0, 0, 0, 0, 0, 0, -2, -1, 1, 2


class _Climber(NamedTuple):
    tokens: Array  # int32 [L]
    terms: Array  # [2]
    front: Front


def fluent(
    length: int, allowed: np.ndarray, *, islands: int = 2, slots: int = 4, rounds: int = 12,
    candidates: int = 16, penalties: tuple[float, float] = (0.02, 0.4),
    first: np.ndarray | None = None, pool: Array | None = None,
    parts: Sequence[int] | None = None, at_once: int | None = None,
) -> Search:
    """Search the front of one neuron.

    Args:
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      islands: populations that share nothing but the front.
      slots: n-grams of an island, each at a penalty of its own.
      rounds: of recombination.
      candidates: words tried at each place; where n-grams are read in parts, as many as are read
        in that time; and twice as many moves of a word in a sweep.
      penalties: least and most, in shares of the height found so far that a nat a word costs.
      first: words that random n-grams are made of, `bool [V]`; all allowed ones by default.
      pool: n-grams `int32 [M, L]`, such as the corpus' best, from which half of the slots begin;
        random ones by default, from which the others do.
      parts: that n-grams are read in, see `substitution.visit_places`; whole by default.
      at_once: n-grams that climb side by side, one batch after another; None for all.

    Raises:
      InputError: a setting is below its least value, or no word is allowed.
    """
    for name, value, least in (
        ("length", length, 1), ("islands", islands, 1), ("slots", slots, 1), ("rounds", rounds, 0),
        ("candidates", candidates, 1),
    ):
        if value < least:
            raise InputError(f"{name}={value}: fluent takes {least} or more")
    if not np.any(allowed):
        raise InputError("fluent needs at least one allowed word")
    parts = parts or (0,)
    tries = share_candidates(length, parts, candidates, int(np.sum(allowed)))
    forbidden = jnp.where(jnp.asarray(allowed), 0, NEVER)
    orders = rearrangements(length)
    # Where the word that has moved stands then.
    ends = jnp.asarray(np.argmax(np.abs(orders - np.arange(length)), axis=1), jnp.int32)
    orders = jnp.asarray(orders, jnp.int32)
    tried = min(2 * candidates, len(orders))
    inserted = min(_INSERTED, *tries.values())
    ladder = jnp.tile(spread_penalties(*penalties, slots), islands)
    number = islands * slots

    def take_best(
        score: Score, weights: Array, climber: _Climber, others: Array, part: int = 0
    ) -> _Climber:
        """Go on to the best of others `[C, L]`, alike before a part, where one is better."""
        terms = score_parts(score, part, others)
        values = sum_terms(terms, weights)
        best = jnp.argmax(values)
        better = values[best] > sum_terms(climber.terms, weights)
        return _Climber(
            jnp.where(better, others[best], climber.tokens),
            jnp.where(better, terms[best], climber.terms),
            extend_front(climber.front, others, terms),
        )

    def sweep(key: Array, score: Score, weights: Array, climber: _Climber) -> _Climber:
        chance_key, order_key, word_key = jax.random.split(key, 3)
        estimates = estimate_substitutes(weigh(score, weights), climber.tokens, len(forbidden))
        chance = _CHANCE * jnp.std(estimates, axis=1, keepdims=True)
        estimates += forbidden[None] + chance * jax.random.gumbel(chance_key, estimates.shape)
        proposed = jax.lax.top_k(estimates, max(tries.values()))[1].astype(jnp.int32)

        def visit(place: Position, climber: _Climber) -> _Climber:
            words = proposed[place.number, : tries[place.part]]
            others = substitute(climber.tokens, place, words)
            return take_best(score, weights, climber, others, place.part)

        climber = visit_places(length, visit, climber, parts)
        if not tried:
            return climber
        drawn = jax.random.choice(order_key, len(orders), (tried,), replace=False)
        others = climber.tokens[orders[drawn]]
        # In every second move the word is another one: one is deleted, one inserted.
        moves = jnp.arange(0, tried, 2)
        places = ends[drawn[moves]]
        words = proposed[places, jax.random.randint(word_key, places.shape, 0, inserted)]
        return take_best(score, weights, climber, others.at[moves, places].set(words))

    def climb(
        key: Array, score: Score, weights: Array, tokens: Array, limits: Array
    ) -> _Climber:
        start = _Climber(tokens, score(tokens), empty_front(length, limits))
        return jax.lax.fori_loop(
            0, 2,
            lambda turn, climber: sweep(jax.random.fold_in(key, turn), score, weights, climber),
            start,
        )

    def mix(key: Array, tokens: Array, island: Array) -> Array:
        shifted = jnp.concatenate([jnp.roll(island, shift, axis=1) for shift in _SHIFTS])
        return recombine(key, tokens, shifted, allowed)

    def settle(values: Array, tokens: Array, terms: Array) -> tuple[Array, Array]:
        """Give each slot of an island the n-gram that is best by its own penalty."""
        best = jnp.argmax(values, axis=0)
        return tokens[best], terms[best]

    def search(key: Array, score: Score) -> Dream:
        start_key, round_key = jax.random.split(key)
        starts = draw_ngrams(start_key, allowed if first is None else first, _STARTS, length)
        terms = jax.vmap(score)(starts)
        real = without_faults(terms[:, 0])
        usual = jnp.sum(jnp.where(real, terms[:, 0], 0)) / jnp.maximum(jnp.sum(real), 1)
        starts, terms = (jnp.resize(each, (number, *each.shape[1:])) for each in (starts, terms))
        limits = jnp.asarray(LIMITS)
        if pool is not None:
            given = jnp.asarray(pool, jnp.int32)
            known = jax.vmap(score)(given)
            # So that what is higher than the highest of the pool, and no less fluent, is kept.
            limits = add_limit(limits, -known[jnp.argmax(known[:, 0]), 1])
        front = extend_front(empty_front(length, limits), starts, terms)
        if pool is not None:
            front = extend_front(front, given, known)
            half = -(-number // 2)
            starts = starts.at[-half:].set(jnp.resize(given, (half, length)))
            terms = terms.at[-half:].set(jnp.resize(known, (half, 2)))

        def take_round(state, turn):
            tokens, terms, front = state
            keys = jax.random.split(jax.random.fold_in(round_key, turn), (number, 2))
            highest = front.terms[-1, 0]
            height = jnp.where(without_faults(highest), highest - usual, 1)
            # Where nothing is above what is usual yet, a price is still above 0.
            weights = price(ladder * jnp.maximum(height, 1e-6 + 1e-3 * jnp.abs(usual)))
            by_island = tokens.reshape(islands, slots, length)
            mixed = jax.vmap(mix)(keys[:, 0], tokens, jnp.repeat(by_island, slots, axis=0))
            begun = jnp.where(turn == 0, tokens, mixed)
            ends = side_by_side(
                lambda key, weights, tokens: climb(key, score, weights, tokens, limits),
                (keys[:, 1], weights, begun), at_once,
            )
            both = [
                jnp.concatenate([
                    old.reshape(islands, slots, -1), new.reshape(islands, slots, -1)
                ], axis=1)
                for old, new in ((tokens, ends.tokens), (terms, ends.terms))
            ]
            by_slot = weights.reshape(islands, slots, 2).swapaxes(1, 2)
            values = sum_terms(both[1], by_slot)  # [islands, n-grams, slots]
            settled = jax.vmap(settle)(values, *both)
            tokens, terms = (each.reshape(number, -1) for each in settled)
            front = join_fronts(jax.tree.map(
                lambda *parts: jnp.concatenate(parts), ends.front,
                jax.tree.map(lambda field: field[None], front),
            ))
            return (tokens, terms, front), None

        (_, _, front), _ = jax.lax.scan(take_round, (starts, terms, front), jnp.arange(rounds + 1))
        return make_dream(front)

    return search


def share_candidates(
    length: int, parts: Sequence[int], candidates: int, most: int
) -> dict[int, int]:
    """Say how many words are tried at each place of a part, so that all places take as long.

    Args:
      length: L.
      parts: where they begin.
      candidates: words a place that together would take as long, the same at all places.
      most: words that there are.
    """
    ends = [*parts[1:], length]
    read = sum((end - part) * (length - part) for part, end in zip(parts, ends, strict=True))
    return {
        part: min(most, max(1, round(candidates * read / length / (length - part))))
        for part in parts
    }
