"""Transformers that read from left to right with plain MLPs: GPT-2 and GPT-NeoX.

Radford et al. 2019; Black et al. 2022, of which Pythia (Biderman et al. 2023) is made.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array
from neurondream.encoders.attention import (
    Past,
    attend,
    count_read,
    read_further,
    rotate,
    sees_before,
    split_heads,
)
from neurondream.encoders.blocks import ACTIVATIONS, apply_linear, name_layers, normalize
from neurondream.errors import InputError


class Gpt(NamedTuple):
    """One architecture; parameters say how many blocks there are."""

    heads: int
    epsilon: float  # of the norms
    activation: str
    frequencies: tuple[float, ...]  # of the turns of a head's first units; none with a table
    parallel: bool  # whether attention and MLP of a block read the same


def encode_gpt(
    gpt: Gpt, params: Any, vectors: Array, past: Sequence[Past] | None = None
) -> tuple[Activations, tuple[Past, ...]]:
    """Compute every layer of a text, or of what follows a text.

    Args:
      gpt: the architecture.
      params: `blocks`, `norm`, perhaps `positions` `[P, W]` and `head` `[W, V]`.
      vectors: of the tokens, `[T, W]`.
      past: of each block, what comes before them.

    Returns:
      `embed`, then of each block `resid_pre.N`, `heads.N` (of all heads, one behind the other),
      `attention.N` (what they add), `resid_mid.N` (where the MLP reads what attention has added),
      `mlp_pre.N` (before its nonlinearity), `mlp.N`, `mlp_out.N` (what it adds), `resid_post.N`;
      `final` (normed), `logits`. And the past of what follows.

    Raises:
      InputError: the text is longer than the model reads.
    """
    x, read = vectors, count_read(past and past[0])
    length = read + len(vectors)
    if "positions" in params:
        if length > len(params["positions"]):
            raise InputError(
                f"length: {length} tokens; this model reads at most {len(params['positions'])}"
            )
        x = x + params["positions"][read:length]
    layers, following = {"embed": x}, []
    for number, block in enumerate(params["blocks"]):
        read, further = _read_block(gpt, block, x, past and past[number])
        layers |= name_layers(read, number)
        following.append(further)
        x = read.resid_post
    layers["final"] = normalize(x, params["norm"], gpt.epsilon)
    if "head" in params:
        layers["logits"] = layers["final"] @ params["head"]
    return layers, tuple(following)


class _Block(NamedTuple):
    """Layers of one block, as `encode_gpt` describes them."""

    resid_pre: Array
    heads: Array
    attention: Array
    resid_mid: Array | None
    mlp_pre: Array
    mlp: Array
    mlp_out: Array
    resid_post: Array


# All blocks are traced once: most of the time that tracing a model takes.
@functools.partial(jax.jit, static_argnums=0)
def _read_block(gpt: Gpt, block: Any, x: Array, past: Past | None) -> tuple[_Block, Past]:
    normed = normalize(x, block["attention_norm"], gpt.epsilon)
    heads, further = _attend(gpt, block, normed, past)
    attended = apply_linear(heads, block["out"])
    middle = x + attended
    read = normalize(x if gpt.parallel else middle, block["mlp_norm"], gpt.epsilon)
    before = apply_linear(read, block["up"])
    hidden = ACTIVATIONS[gpt.activation](before)
    out = apply_linear(hidden, block["down"])
    return _Block(
        x, heads, attended, None if gpt.parallel else middle, before, hidden, out, middle + out
    ), further


def _attend(gpt: Gpt, block: Any, x: Array, past: Past | None) -> tuple[Array, Past]:
    before = count_read(past)
    queries, keys, values = (
        split_heads(apply_linear(x, block[name]), gpt.heads) for name in ("query", "key", "value")
    )
    if gpt.frequencies:
        frequencies = jnp.asarray(gpt.frequencies)
        queries, keys = (rotate(each, frequencies, before) for each in (queries, keys))
    read = read_further(past, keys, values)
    heads = attend(queries, *read, sees_before(len(x), before), queries.shape[-1] ** -0.5)
    return heads.reshape(len(x), -1), read
