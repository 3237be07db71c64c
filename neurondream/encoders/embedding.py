"""Words of every kind as vectors."""

import jax.numpy as jnp

from neurondream.base import Array, Vectors, Words
from neurondream.encoders.precision import Matmul


def embed_words(table: Array, words: Words, matmul: Matmul = jnp.matmul) -> Array:
    """Turn hard ids `[L]`, soft words `[L, V]` or free vectors `[L, E]` into vectors `[L, E]`.

    Args:
      table: the vectors of all words, `[V, E]`.
      words: of any kind but words in turn, which are read by `Steps`.
      matmul: makes the vectors of soft words.
    """
    if isinstance(words, Vectors):
        return words.vectors
    if jnp.issubdtype(words.dtype, jnp.integer):
        return jnp.asarray(table)[words]
    return matmul(words, table)
