"""Differentiable stand-ins for words (Poerner, Roth & Schütze 2018, section 3).

Every factory takes the words that a dream may hold as `allowed`, `bool [V]`; the others have no
weight in the soft words and never come out of `harden`.
"""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from neurondream.base import NEVER, Array, Relaxation, Vectors
from neurondream.errors import InputError
from neurondream.noise import draw_gumbel

# Half the width of the uniform distribution that free variables start from.
START = 0.05
_UNCHANGED = optax.constant_schedule(1.0)


def _check_length(length: int) -> None:
    if length < 1:
        raise InputError(f"an n-gram of {length} words: the length must be 1 or more")


def _init_logits(length: int, allowed: Array):
    return lambda key: jax.random.uniform(
        key, (length, len(allowed)), minval=-START, maxval=START
    )


def _harden_logits(allowed: Array):
    return lambda theta: jnp.argmax(jnp.where(allowed, theta, NEVER), axis=-1).astype(jnp.int32)


def logits(length: int, allowed: Array) -> Relaxation:
    """Read unconstrained weights `[L, V]` as they are; the largest wins."""
    _check_length(length)

    def relax(key: Array, theta: Any, step: Array) -> Array:
        del key, step
        return jnp.where(allowed, theta, 0)

    return Relaxation(_init_logits(length, allowed), relax, _harden_logits(allowed))


def softmax(
    length: int, allowed: Array, temperature: optax.Schedule = _UNCHANGED
) -> Relaxation:
    """Read `softmax(theta / t)`; the largest wins.

    Args:
      temperature: t by step; the paper's is 1. One that falls leaves little to lose on hardening.
    """
    _check_length(length)

    def relax(key: Array, theta: Any, step: Array) -> Array:
        del key
        return jax.nn.softmax(jnp.where(allowed, theta, NEVER) / temperature(step), axis=-1)

    return Relaxation(_init_logits(length, allowed), relax, _harden_logits(allowed))


def gumbel_softmax(length: int, allowed: Array, temperature: optax.Schedule) -> Relaxation:
    """Read `softmax((log p + noise) / t)` with Gumbel noise and `p = softmax(theta)`.

    Jang, Gu & Poole 2017 (arXiv:1611.01144), Maddison, Mnih & Teh 2017 (arXiv:1611.00712). The
    normalizer of `log p` is the same for all words and drops out of the softmax.

    Args:
      temperature: t by step.
    """
    cooled = softmax(length, allowed, temperature)

    def relax(key: Array, theta: Any, step: Array) -> Array:
        return cooled.relax(key, theta + draw_gumbel(key, theta.shape), step)

    return cooled._replace(relax=relax)


def free_embedding(length: int, allowed: Array, table: Array) -> Relaxation:
    """Read free vectors `[L, E]` in place of word vectors; the word of largest cosine wins.

    Args:
      table: the word vectors `[V, E]`.
    """
    _check_length(length)
    table = jnp.asarray(table, jnp.float32)
    units = table / jnp.maximum(jnp.linalg.norm(table, axis=1, keepdims=True), 1e-12)

    def init(key: Array) -> Array:
        return jax.random.uniform(key, (length, table.shape[1]), minval=-START, maxval=START)

    def relax(key: Array, theta: Any, step: Array) -> Vectors:
        del key, step
        return Vectors(theta)

    def harden(theta: Any) -> Array:
        # The length of a free vector does not change which word is nearest in angle.
        return jnp.argmax(jnp.where(allowed, theta @ units.T, NEVER), axis=-1).astype(jnp.int32)

    return Relaxation(init, relax, harden)
