"""Transformers that read both ways: BERT (Devlin et al. 2019) and its kin."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array
from neurondream.encoders.attention import attend, split_heads
from neurondream.encoders.blocks import ACTIVATIONS, apply_linear, name_layers, normalize
from neurondream.errors import InputError


class Bidirectional(NamedTuple):
    """One architecture; parameters say how many blocks there are."""

    heads: int
    epsilon: float  # of the norms
    activation: str
    first_position: int  # the row of the first token in the table of positions


def encode_bidirectional(
    model: Bidirectional, params: Any, vectors: Array, present: Array
) -> Activations:
    """Compute every layer of a text.

    Args:
      model: the architecture.
      params: `positions` `[P, W]`, `embed_norm`, `blocks` and, with a masked-language-model head,
        `transform`, `head_norm`, `head` `[W, V]` and `head_bias` `[V]`. The vector that all tokens
        of a first text have is part of the positions.
      vectors: of the tokens, `[T, W]`.
      present: `bool [T]`; what is not there has no position, and no other token sees it.

    Returns:
      `embed` (normed), then of each block `resid_pre.N`, `heads.N` (of all heads, one behind the
      other), `attention.N` (what they add), `resid_mid.N` (normed), `mlp_pre.N` (before its
      nonlinearity), `mlp.N`, `mlp_out.N` (what it adds), `resid_post.N` (normed); `head`, `logits`.

    Raises:
      InputError: the text is longer than the model reads.
    """
    first, length = model.first_position, len(vectors)
    if first + length > len(params["positions"]):
        raise InputError(
            f"length: {length} tokens, special ones among them; this model reads at most "
            f"{len(params['positions']) - first}"
        )
    x = vectors + jnp.asarray(params["positions"])[first - 1 + jnp.cumsum(present)]
    x = normalize(x, params["embed_norm"], model.epsilon)
    layers = {"embed": x}
    seen = jnp.broadcast_to(present, (length, length))
    for number, block in enumerate(params["blocks"]):
        read = _read_block(model, block, x, seen)
        layers |= name_layers(read, number)
        x = read.resid_post
    if "head" in params:
        transformed = ACTIVATIONS[model.activation](apply_linear(x, params["transform"]))
        layers["head"] = normalize(transformed, params["head_norm"], model.epsilon)
        layers["logits"] = layers["head"] @ params["head"] + params["head_bias"]
    return layers


class _Block(NamedTuple):
    """Layers of one block, as `encode_bidirectional` describes them."""

    resid_pre: Array
    heads: Array
    attention: Array
    resid_mid: Array
    mlp_pre: Array
    mlp: Array
    mlp_out: Array
    resid_post: Array


# All blocks are traced once: most of the time that tracing a model takes.
@functools.partial(jax.jit, static_argnums=0)
def _read_block(model: Bidirectional, block: Any, x: Array, seen: Array) -> _Block:
    queries, keys, values = (
        split_heads(apply_linear(x, block[name]), model.heads) for name in ("query", "key", "value")
    )
    heads = attend(queries, keys, values, seen, queries.shape[-1] ** -0.5).reshape(len(x), -1)
    attended = apply_linear(heads, block["out"])
    middle = normalize(x + attended, block["attention_norm"], model.epsilon)
    before = apply_linear(middle, block["up"])
    hidden = ACTIVATIONS[model.activation](before)
    out = apply_linear(hidden, block["down"])
    after = normalize(middle + out, block["mlp_norm"], model.epsilon)
    return _Block(x, heads, attended, middle, before, hidden, out, after)
