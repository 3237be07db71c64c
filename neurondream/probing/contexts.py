"""N-grams behind the beginnings of real texts."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, Objective, Params, Target
from neurondream.dreaming import make_score
from neurondream.encoders.context import in_context
from neurondream.model import Start


def score_behind(
    encoder: Encoder, params: Params, objective: Objective, target: Target, tokens: Array,
    beginnings: Sequence[np.ndarray], start: Start,
) -> Array:
    """Score an n-gram behind each of many beginnings.

    Beginnings of one length are data of one reading; not padded, since a cache of keys and values
    grows with what is read and a bidirectional encoder would read the padding.

    Args:
      encoder: without a context.
      params: prepared by that encoder.
      objective: what of its activations counts.
      target: the neuron.
      tokens: `int32 [L]`.
      beginnings: B of them, ids of 1 or more tokens.
      start: tokens that the model has always read around a text.

    Returns:
      Activations `[B]`.
    """
    rows: dict[int, list[int]] = {}
    for row, beginning in enumerate(beginnings):
        rows.setdefault(len(beginning), []).append(row)
    first, last = (jnp.array(ids, jnp.int32) for ids in start)
    scores = jnp.zeros(len(beginnings))
    for members in rows.values():

        def score_one(beginning: Array) -> Array:
            context = in_context(encoder, jnp.concatenate([first, beginning]), last)
            return make_score(context, params, objective, target)(tokens)

        same = np.stack([beginnings[row] for row in members])
        scores = scores.at[np.array(members)].set(jax.vmap(score_one)(same))
    return scores
