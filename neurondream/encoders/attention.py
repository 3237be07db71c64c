"""The attention that all transformers share, for one text."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import NEVER, Array


def split_heads(x: Array, heads: int) -> Array:
    """Split `[T, heads * size]` into `[T, heads, size]`."""
    return x.reshape(len(x), heads, -1)


def attend(
    queries: Array, keys: Array, values: Array, seen: Array, scale: float, cap: float | None = None
) -> Array:
    """Attend from every token to those that it sees (Vaswani et al. 2017).

    Args:
      queries: `[T, heads, size]`.
      keys: `[U, key heads, size]`; several heads of queries may share one (Ainslie et al. 2023).
      values: `[U, key heads, size]`.
      seen: `bool [T, U]`, whether a token sees another.
      scale: of the products of queries and keys.
      cap: that they come close to but do not pass, softly (Gemma 2).

    Returns:
      `[T, heads, size]`.
    """
    length, heads, size = queries.shape
    shared = queries.reshape(length, keys.shape[1], -1, size)
    scores = jnp.einsum("tkgs,uks->kgtu", shared, keys) * scale
    if cap is not None:
        scores = cap * jnp.tanh(scores / cap)
    weights = jax.nn.softmax(jnp.where(seen, scores, NEVER), axis=-1)
    return jnp.einsum("kgtu,uks->tkgs", weights, values).reshape(length, heads, size)


class Past(NamedTuple):
    """What a block has read: keys as they are compared with, and values."""

    keys: Array  # [P, key heads, size]
    values: Array  # [P, key heads, size]


def count_read(past: Past | None) -> int:
    """Count the tokens that a block has read."""
    return 0 if past is None else len(past.keys)


def read_further(past: Past | None, keys: Array, values: Array) -> Past:
    """Add keys and values of the next tokens."""
    if past is None:
        return Past(keys, values)
    return Past(*map(jnp.concatenate, zip(past, (keys, values), strict=True)))


def sees_before(length: int, read: int = 0, window: int | None = None) -> Array:
    """Let every token see itself and those before it, `bool [T, P + T]`.

    Args:
      length: T.
      read: tokens P that come before the first of them.
      window: how many it sees, itself among them; all by default.
    """
    distance = read + jnp.arange(length)[:, None] - jnp.arange(read + length)
    seen = distance >= 0
    return seen if window is None else seen & (distance < window)


def rotate(x: Array, frequencies: Array, read: int = 0) -> Array:
    """Turn halves of heads by their positions (Su et al. 2021, RoPE).

    Args:
      x: `[T, heads, size]`.
      frequencies: of the turns, one for two units; units that are left over stay as they are.
      read: the first position.
    """
    angles = jnp.arange(read, read + len(x))[:, None, None] * frequencies
    cosine, sine = jnp.cos(angles), jnp.sin(angles)
    half = len(frequencies)
    first, second, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return jnp.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine, rest], axis=-1
    )
