"""Transformers that read from left to right with gated MLPs: Llama and its kin.

Llama (Touvron et al. 2023), Mistral (Jiang et al. 2023), Qwen 2 and 3 (Yang et al. 2024, 2025),
Gemma 2 and 3 (Gemma Team 2024, 2025).
What differs between them is in `Decoder` and in which parameters are there.
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
from neurondream.encoders.blocks import ACTIVATIONS, apply_linear, name_layers, normalize_size


class Decoder(NamedTuple):
    """One architecture; parameters say how many blocks there are."""

    heads: int
    key_heads: int  # fewer of keys and values than of queries
    epsilon: float  # of the norms
    activation: str  # of the gates
    # Of each block: the turns that tell positions, half as many as a head has units, and the tokens
    # that are seen; None sees all before.
    frequencies: tuple[tuple[float, ...], ...]
    windows: tuple[int | None, ...]
    scale: float  # of the products of queries and keys
    cap: float | None = None  # of the same
    logit_cap: float | None = None  # of the logits


def encode_decoder(
    decoder: Decoder, params: Any, vectors: Array, past: Sequence[Past] | None = None
) -> tuple[Activations, tuple[Past, ...]]:
    """Compute every layer of a text, or of what follows a text.

    Args:
      decoder: the architecture.
      params: `blocks`, `norm` and, with a language-model head, `head` `[W, V]`.
      vectors: of the tokens, `[T, W]`.
      past: of each block, what comes before them.

    Returns:
      `embed`, then of each block `resid_pre.N`, `heads.N` (of all heads, one behind the other),
      `attention.N` (what they add), `resid_mid.N`, `mlp_gate.N` (before its nonlinearity),
      `mlp_up.N`, `mlp.N` (their product), `mlp_out.N` (what it adds), `resid_post.N`; `final`
      (normed), `logits` and, of Gemma 2, `capped`, the same after their soft cap, which changes no
      order but every probability. And the past of what follows.
    """
    layers, following, x = {"embed": vectors}, [], vectors
    for number, block in enumerate(params["blocks"]):
        read, further = _read_block(
            decoder, decoder.frequencies[number], decoder.windows[number], block, x,
            past and past[number],
        )
        layers |= name_layers(read, number)
        following.append(further)
        x = read.resid_post
    layers["final"] = normalize_size(x, params["norm"], decoder.epsilon)
    if "head" in params:
        layers["logits"] = layers["final"] @ params["head"]
        if decoder.logit_cap is not None:
            cap = decoder.logit_cap
            layers["capped"] = cap * jnp.tanh(layers["logits"] / cap)
    return layers, tuple(following)


class _Block(NamedTuple):
    """Layers of one block, as `encode_decoder` describes them."""

    resid_pre: Array
    heads: Array
    attention: Array
    resid_mid: Array
    mlp_gate: Array
    mlp_up: Array
    mlp: Array
    mlp_out: Array
    resid_post: Array


# Blocks of one kind are traced once: most of the time that tracing a model takes.
@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _read_block(
    decoder: Decoder, frequencies: tuple[float, ...], window: int | None, block: Any, x: Array,
    past: Past | None,
) -> tuple[_Block, Past]:
    normed = normalize_size(x, block["attention_norm"], decoder.epsilon)
    heads, further = _attend(decoder, frequencies, window, block, normed, past)
    attended = apply_linear(heads, block["out"])
    if "attention_post_norm" in block:
        attended = normalize_size(attended, block["attention_post_norm"], decoder.epsilon)
    middle = x + attended
    normed = normalize_size(middle, block["mlp_norm"], decoder.epsilon)
    gate, up = (apply_linear(normed, block[name]) for name in ("gate", "up"))
    hidden = ACTIVATIONS[decoder.activation](gate) * up
    out = apply_linear(hidden, block["down"])
    if "mlp_post_norm" in block:
        out = normalize_size(out, block["mlp_post_norm"], decoder.epsilon)
    return _Block(x, heads, attended, middle, gate, up, hidden, out, middle + out), further


def _attend(
    decoder: Decoder, frequencies: tuple[float, ...], window: int | None, block: Any, x: Array,
    past: Past | None,
) -> tuple[Array, Past]:
    queries = split_heads(apply_linear(x, block["query"]), decoder.heads)
    keys, values = (
        split_heads(apply_linear(x, block[name]), decoder.key_heads) for name in ("key", "value")
    )
    if "query_norm" in block:
        queries = normalize_size(queries, block["query_norm"], decoder.epsilon)
        keys = normalize_size(keys, block["key_norm"], decoder.epsilon)
    turns, before = jnp.asarray(frequencies), count_read(past)
    read = read_further(past, rotate(keys, turns, before), values)
    heads = attend(
        rotate(queries, turns, before), *read, sees_before(len(x), before, window),
        decoder.scale, decoder.cap,
    )
    return heads.reshape(len(x), -1), read
