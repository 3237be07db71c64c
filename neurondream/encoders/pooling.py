"""One vector for a whole text, as sentence transformers have it (Reimers & Gurevych 2019)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Array

KINDS = ("mean", "cls", "max")


class Pooling(NamedTuple):
    """How the tokens' vectors become one."""

    kind: str  # of `KINDS`: over all tokens that are there, or the first one's
    normalized: bool  # to length 1


def pool_tokens(pooling: Pooling, vectors: Array, present: Array) -> Array:
    """Pool the vectors `[T, W]` of the tokens that are there, `bool [T]`, to one `[W]`."""
    there = present[:, None]
    if pooling.kind == "mean":
        pooled = jnp.sum(jnp.where(there, vectors, 0), axis=0) / jnp.maximum(jnp.sum(there), 1)
    elif pooling.kind == "max":
        pooled = jnp.max(jnp.where(there, vectors, -jnp.inf), axis=0)
    else:
        pooled = vectors[0]
    if not pooling.normalized:
        return pooled
    return pooled * jax.lax.rsqrt(jnp.maximum(jnp.sum(pooled**2), 1e-24))
