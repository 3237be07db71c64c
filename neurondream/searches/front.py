"""Fronts: the highest activation at every limit of how far from fluent an n-gram may be.

Scores of a front search return terms, `[activation, log-probability of a word in nats]`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream, Score
from neurondream.searches.spelling import without_faults

# Nats a word that an n-gram may be worth at most, one limit a point; the last is none.
LIMITS = np.array([*np.arange(1, 12.01, 0.25), np.inf], np.float32)


class Front(NamedTuple):
    """The best of all n-grams that were scored, within each of F limits."""

    tokens: Array  # int32 [F, L]
    terms: Array  # [F, 2]; -inf where none was within the limit
    limits: Array  # [F], nats a word, rising; the last is none
    passed_over: Array | int = 0  # n-grams tried whose activation is no finite number


def empty_front(length: int, limits: np.ndarray | Array = LIMITS) -> Front:
    """Make a front that holds nothing within limits `[F]`, which rise."""
    return Front(
        jnp.zeros((len(limits), length), jnp.int32),
        jnp.full((len(limits), 2), -jnp.inf, jnp.float32), jnp.asarray(limits), jnp.int32(0),
    )


def add_limit(limits: np.ndarray | Array, limit: float | Array) -> Array:
    """Add a limit to others that rise, `[F + 1]`."""
    return jnp.sort(jnp.append(jnp.asarray(limits), jnp.float32(limit)))


def extend_front(front: Front, tokens: Array, terms: Array) -> Front:
    """Take up n-grams wherever they are higher than what is there.

    Args:
      front: as it is.
      tokens: `int32 [C, L]`.
      terms: theirs, `[C, 2]`.
    """
    within = -terms[None, :, 1] <= front.limits[:, None]
    heights = jnp.where(within, terms[None, :, 0], -jnp.inf)
    best = jnp.argmax(heights, axis=1)
    better = (jnp.max(heights, axis=1) > front.terms[:, 0])[:, None]
    return Front(
        jnp.where(better, tokens[best], front.tokens), jnp.where(better, terms[best], front.terms),
        front.limits, front.passed_over + jnp.sum(jnp.isneginf(terms[:, 0])),
    )


def join_fronts(fronts: Front) -> Front:
    """Join fronts of the same limits, an axis `[N]` on every field, into the front of all."""
    tokens, terms = (field.reshape(-1, field.shape[-1]) for field in fronts[:2])
    joined = extend_front(empty_front(tokens.shape[-1], fronts.limits[0]), tokens, terms)
    return joined._replace(passed_over=jnp.sum(fronts.passed_over))  # not what is empty


def weigh(score: Score, weights: Array) -> Score:
    """Make the scalar score of a weighted sum of terms.

    Args:
      score: returns terms `[K]`.
      weights: `[K]`.
    """
    return lambda words: sum_terms(score(words), weights)


def sum_terms(terms: Array, weights: Array) -> Array:
    """Weigh terms `[..., K]` by `[K]`, or by `[K, W]`; accelerators would round both."""
    return jnp.matmul(terms, weights, precision="float32")


def price(penalties: Array) -> Array:
    """Turn prices of a nat `[...]` into the weights of terms, `[..., 2]`."""
    return jnp.stack([jnp.ones_like(penalties), penalties], axis=-1)


def spread_penalties(least: float, most: float, number: int) -> Array:
    """Spread penalties evenly on a logarithmic scale, `[number]`."""
    return jnp.exp(jnp.linspace(np.log(least), np.log(most), number))


class FrontInfo(NamedTuple):
    """What a front search has found; the dream itself is the highest of all."""

    front: Front
    faces: Any = None  # several n-grams within a limit, see `faces.fluent_faces`


def make_dream(front: Front) -> Dream:
    """Make the dream of a front search."""
    return Dream(front.tokens[-1], front.terms[-1, 0], FrontInfo(front))


def describe_front(info: FrontInfo, spell: Callable) -> dict[str, Any]:
    """Write down the front from natural to extreme, each n-gram once."""
    points, highest = [], -np.inf
    for tokens, (score, fluency) in zip(*map(np.asarray, info.front[:2]), strict=True):
        if without_faults(score) and score > highest:
            points.append({"ngram": spell(tokens), "score": float(score), "nats": -float(fluency)})
            highest = score
    passed_over = int(info.front.passed_over)
    told = {"front": points, **({"passed_over": passed_over} if passed_over else {})}
    if info.faces is None:
        return told
    return {**told, "faces": [
        {"ngram": spell(tokens), "score": float(score), "nats": float(nats)}
        for tokens, score, nats in zip(*map(np.asarray, info.faces), strict=True)
        if without_faults(score)
    ]}


def highest_within(front: Front, limit: float) -> tuple[Array, Array]:
    """Find the highest n-gram within a limit, `int32 [L]`, and its terms; -inf where none is."""
    within = (-front.terms[:, 1] <= limit) & without_faults(front.terms[:, 0])
    best = jnp.argmax(jnp.where(within, front.terms[:, 0], -jnp.inf))
    return front.tokens[best], jnp.where(within[best], front.terms[best], -jnp.inf)
