"""Transformers that read from left to right with plain MLPs: GPT-2 and GPT-NeoX.

Radford et al. 2019; Black et al. 2022, of which Pythia (Biderman et al. 2023) is made.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

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
from neurondream.encoders.blocks import ACTIVATIONS, apply_linear, normalize
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
        layers[f"resid_pre.{number}"] = x
        normed = normalize(x, block["attention_norm"], gpt.epsilon)
        heads, seen = _attend(gpt, block, normed, past and past[number])
        following.append(seen)
        attended = apply_linear(heads, block["out"])
        layers[f"heads.{number}"] = heads
        layers[f"attention.{number}"] = attended
        middle = x if gpt.parallel else x + attended
        if not gpt.parallel:
            layers[f"resid_mid.{number}"] = middle
        before = apply_linear(normalize(middle, block["mlp_norm"], gpt.epsilon), block["up"])
        hidden = ACTIVATIONS[gpt.activation](before)
        layers |= {f"mlp_pre.{number}": before, f"mlp.{number}": hidden}
        layers[f"mlp_out.{number}"] = apply_linear(hidden, block["down"])
        x = x + attended + layers[f"mlp_out.{number}"]
        layers[f"resid_post.{number}"] = x
    layers["final"] = normalize(x, params["norm"], gpt.epsilon)
    if "head" in params:
        layers["logits"] = layers["final"] @ params["head"]
    return layers, tuple(following)


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
