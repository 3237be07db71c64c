"""Polish of a front: every word at every place of a few of its n-grams, within their limits.

An other n-gram is better where it is higher and no less fluent than the limit allows; in the end
nothing is, and the point has a certificate. Whatever is tried extends the whole front.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream, Score, Search
from neurondream.errors import InputError
from neurondream.searches.front import (
    Front,
    FrontInfo,
    add_limit,
    empty_front,
    extend_front,
    make_dream,
    price,
    weigh,
)
from neurondream.searches.polish import certify, make_sweep
from neurondream.searches.spelling import without_faults


class Certificates(NamedTuple):
    """What is certain about K points of a front, an axis `[K]` on every field but the last."""

    slots: Array  # int32, of the front
    limits: Array  # nats a word
    sweeps: Array  # int32, of each point
    certified: Array  # bool: no other word at any one place is higher within the limit
    margin: Array  # by how much the best of them falls short
    runner_up: Array  # int32 [K, L], the n-gram of that word
    passed_over: Array  # int32, words of the last sweep with a term that is no finite number
    tolerance: Array  # what rounding alone may move two activations by; 0 until it is known
    covers: Array  # int32, words tried at each place; 0 if all were


class CertifiedFrontInfo(NamedTuple):
    """What is left of a front search, and what is certain about it."""

    front: Front
    certificates: Certificates
    faces: Any = None  # as the search had them


def polish_front(
    search: Search, allowed: np.ndarray, *, limit: float = np.inf, certificates: int = 3,
    sweeps: int = 20, block: int = 256, parts: Sequence[int] | None = None,
    cover: int | None = None,
) -> Search:
    """Finish a front search by exhaustive coordinate ascent of a few of its points.

    Args:
      search: of a front.
      allowed: words a dream may hold, `bool [V]`.
      limit: nats a word, of the most natural of these points; the front has it among its own.
      certificates: K points: the extreme one, that of the limit and, evenly in nats, others
        between.
      sweeps: over all places of each point, at most, on average.
      block: words scored at once.
      parts: that n-grams are read in, see `substitution.visit_places`.
      cover: words tried at each place, those that the gradient ranks first where a nat costs what
        it brings from there to the extreme; all by default.

    Raises:
      InputError: a setting is below 1, or no word is allowed.
    """
    if certificates < 1:
        raise InputError(f"certificates={certificates}: give 1 or more")
    sweep, covers = make_sweep(allowed, sweeps=sweeps, block=block, parts=parts, cover=cover)

    def polished(key: Array, score: Score) -> Dream:
        found = search(key, score).info
        length = found.front.tokens.shape[-1]
        limits = add_limit(found.front.limits, limit)
        front = extend_front(empty_front(length, limits), *found.front[:2])
        front = front._replace(passed_over=found.front.passed_over)  # not what is empty
        slots = choose_slots(front, limit, certificates)
        once = jnp.append(jnp.bool_(True), slots[1:] != slots[:-1])

        def climb(state):
            """Sweep over the first point that may still be improved."""
            front, certain, left, taken = state
            at = jnp.argmax(left)
            tokens, terms = (field[slots[at]] for field in front[:2])
            within = certain.limits[at]

            def worth(terms: Array) -> Array:
                return jnp.where(-terms[..., 1] <= within, terms[..., 0], -jnp.inf)

            swept = sweep(
                score, tokens, terms, worth=worth, kept=front, keep=extend_front,
                ranked=weigh(score, price(slope_above(terms, front.terms[-1]))),
            )
            certified, margin = certify(swept, worth(terms))
            certain = certain._replace(
                sweeps=certain.sweeps.at[at].add(1),
                certified=certain.certified.at[at].set(certified & without_faults(terms[0])),
                margin=certain.margin.at[at].set(margin),
                runner_up=certain.runner_up.at[at].set(swept.runner_up),
                passed_over=certain.passed_over.at[at].set(swept.passed_over),
            )
            # What was tried here may be better for another point that had settled.
            changed = jnp.any(swept.kept.tokens[slots] != front.tokens[slots], axis=1)
            left = ((left | changed) & once).at[at].set(swept.moved)
            return swept.kept, certain, left, taken + 1

        def unfinished(state):
            _, _, left, taken = state
            return (taken < sweeps * certificates) & jnp.any(left)

        none = jnp.zeros(certificates, jnp.int32)
        certain = Certificates(
            slots, limits[slots], none, none > 0, jnp.zeros(certificates),
            front.tokens[slots], none, jnp.zeros(certificates), jnp.int32(covers),
        )
        # Where nothing is within a limit there is nothing to begin with.
        left = once & ~jnp.isneginf(front.terms[slots, 0])
        front, certain, left, _ = jax.lax.while_loop(
            unfinished, climb, (front, certain, left, jnp.int32(0))
        )
        certain = certain._replace(certified=certain.certified & ~left)
        return make_dream(front)._replace(info=CertifiedFrontInfo(front, certain, found.faces))

    return polished


def choose_slots(front: Front, limit: float, number: int) -> Array:
    """Choose slots of a front, from that of a limit to the last, evenly in nats.

    Args:
      front: as it is.
      limit: of the most natural one.
      number: K.

    Returns:
      `int32 [K]`.
    """
    limits, last = front.limits, len(front.limits) - 1
    extreme = -front.terms[last, 1]
    # Of n-grams with faults, and of none at all, nobody knows how far it is to the extreme.
    reach = jnp.where(extreme < limits[-2], extreme, limits[-2])
    wide = jnp.maximum(reach - np.float32(limit), 0)
    between = np.float32(limit) + wide * jnp.arange(number - 1) / max(number - 1, 1)
    slots = jnp.searchsorted(limits, between, side="right") - 1
    return jnp.append(slots, last).astype(jnp.int32)


def slope_above(terms: Array, extreme: Array) -> Array:
    """Compute what a nat brings on average from an n-gram to the extreme one, by their terms."""
    rise, nats = extreme[0] - terms[0], terms[1] - extreme[1]
    known = without_faults(terms[0]) & without_faults(extreme[0]) & (nats > 0) & (rise > 0)
    return jnp.where(known, rise / jnp.where(known, nats, 1), 0)


def describe_certificates(
    info: CertifiedFrontInfo, spell: Callable, describe: Callable
) -> dict[str, Any]:
    """Write down a front, and beside its points what is certain about them.

    Args:
      info: of one dream.
      spell: writes ids down as an n-gram.
      describe: writes a front down.
    """
    told = describe(FrontInfo(info.front, info.faces), spell)
    points = {tuple(point["ngram"]["ids"]): point for point in told["front"]}
    each, covers = info.certificates[:-1], int(info.certificates.covers)
    for one in (Certificates(*fields, covers) for fields in zip(*each, strict=True)):
        point = points.get(tuple(np.asarray(info.front.tokens[one.slots]).tolist()))
        if point is None or not one.sweeps:
            continue
        certificate: dict[str, Any] = {"certified": bool(one.certified), "sweeps": int(one.sweeps)}
        if np.isfinite(one.limits):
            certificate["limit"] = round(float(one.limits), 4)
        if one.certified:
            certificate["tolerance"] = float(one.tolerance)
            # Where all others have faults, or are outside the limit, there is no runner-up.
            if without_faults(-one.margin):
                certificate |= {"margin": float(one.margin), "runner_up": spell(one.runner_up)}
        if covers:
            certificate["covers"] = covers
        if one.passed_over:
            certificate["passed_over"] = int(one.passed_over)
        # Of one n-gram within two limits the wider says more, as long as it is certain.
        if certificate["certified"] or not point.get("certificate", {}).get("certified"):
            point["certificate"] = certificate
    return told
