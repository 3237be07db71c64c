"""Llama and its kin from their configurations and weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurondream.encoders.decoder import Decoder, encode_decoder
from neurondream.errors import InputError
from neurondream.models.transformer import Transformer, read_activation, read_linear
from neurondream.models.weights import Weights

# What `transformers` takes for settings that a configuration leaves out.
_ALL = {"rms_norm_eps": 1e-6, "hidden_act": "silu", "sliding_window": 4096}
_GEMMA = {
    **_ALL, "hidden_activation": "gelu_pytorch_tanh", "head_dim": 256, "num_key_value_heads": 4,
    "query_pre_attn_scalar": 256, "tie_word_embeddings": True, "num_attention_heads": 8,
}
ARCHITECTURES = {
    "llama": _ALL, "mistral": {**_ALL, "num_key_value_heads": 8}, "qwen2": _ALL,
    "qwen3": {**_ALL, "head_dim": 128},
    "gemma2": {**_GEMMA, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    "gemma3_text": {**_GEMMA, "rope_theta": 1e6, "rope_local_base_freq": 1e4},
}  # fmt: skip
# Ours, and theirs in a block.
_LINEAR = {
    "query": "self_attn.q_proj", "key": "self_attn.k_proj", "value": "self_attn.v_proj",
    "out": "self_attn.o_proj", "gate": "mlp.gate_proj", "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}  # fmt: skip
_NORMS = {"attention_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm"}
_GEMMA_NORMS = {
    **_NORMS, "attention_post_norm": "post_attention_layernorm",
    "mlp_norm": "pre_feedforward_layernorm", "mlp_post_norm": "post_feedforward_layernorm",
}  # fmt: skip
_HEAD_NORMS = {"query_norm": "self_attn.q_norm", "key_norm": "self_attn.k_norm"}


def read_decoder(config: Mapping[str, Any], weights: Weights) -> Transformer:
    """Read a model of one of `ARCHITECTURES`.

    Raises:
      InputError: the configuration asks for what is not known, or a weight is missing.
    """
    kind = config["model_type"]
    config, gemma = {**ARCHITECTURES[kind], **config}, kind.startswith("gemma")
    blocks, heads = config["num_hidden_layers"], config["num_attention_heads"]
    size = config.get("head_dim") or config["hidden_size"] // heads
    windows = read_windows(config, blocks)
    decoder = Decoder(
        heads=heads,
        key_heads=config.get("num_key_value_heads") or heads,
        epsilon=config["rms_norm_eps"],
        activation=read_activation(config["hidden_activation" if gemma else "hidden_act"]),
        frequencies=tuple(
            tuple(read_frequencies(config, size, local=window is not None).tolist())
            for window in windows
        ),
        windows=windows,
        scale=(config["query_pre_attn_scalar"] if gemma else size) ** -0.5,
        cap=config.get("attn_logit_softcapping"),
        logit_cap=config.get("final_logit_softcapping"),
    )

    def read_scale(name: str) -> dict[str, Any]:
        # Gemma's norms are kept as what they differ from 1 by.
        return {"weight": weights.read(f"{name}.weight") + (1 if gemma else 0)}

    def read_block(root: str) -> dict[str, Any]:
        linear = {ours: read_linear(weights, root + theirs, ours in biased)
                  for ours, theirs in _LINEAR.items()}  # fmt: skip
        if linear["query"]["weight"].shape[1] != heads * size:
            raise InputError(f"head_dim={size}: {root}{_LINEAR['query']} has no {heads} such heads")
        return linear | {ours: read_scale(root + theirs) for ours, theirs in norms.items()}

    attention = config.get("attention_bias", False)
    biased = ["query", "key", "value"] if attention or kind == "qwen2" else []
    biased += ["out"] if attention and kind != "qwen2" else []
    biased += ["gate", "up", "down"] if config.get("mlp_bias") else []
    by_head = _HEAD_NORMS if kind in ("qwen3", "gemma3_text") else {}
    norms = (_GEMMA_NORMS if gemma else _NORMS) | by_head
    root = weights.root_of("embed_tokens.weight")
    table = weights.read(f"{root}embed_tokens.weight")
    params = {
        "table": table * np.float32(config["hidden_size"] ** 0.5) if gemma else table,
        "blocks": [read_block(f"{root}layers.{number}.") for number in range(blocks)],
        "norm": read_scale(f"{root}norm"),
    }
    if config.get("tie_word_embeddings", False):
        params["head"] = table.T
    elif (head := f"{weights.root_of('lm_head.weight')}lm_head.weight") in weights:
        params["head"] = weights.read(head).T
    return Transformer(
        lambda params, vectors, _: encode_decoder(decoder, params, vectors)[0], params,
        source="final", causal=True, filler=0, activation=None,
        go_on=lambda params, past, vectors: encode_decoder(decoder, params, vectors, past),
    )


def read_frequencies(
    config: Mapping[str, Any], size: int, *, local: bool = False
) -> np.ndarray:
    """Compute how fast each pair of a head turns, `[size / 2]`.

    Args:
      config: of the model.
      size: units of a head.
      local: of a block that sees a window; Gemma 3 turns these otherwise.

    Raises:
      InputError: positions are scaled in a way that is not known.
    """
    # Old configurations have `rope_theta` and `rope_scaling`, new ones `rope_parameters`.
    rope = {**(config.get("rope_scaling") or {}), **(config.get("rope_parameters") or {})}
    if "full_attention" in rope:
        rope = rope["sliding_attention" if local else "full_attention"]
    elif local and "rope_local_base_freq" in config:
        rope = {"rope_theta": config["rope_local_base_freq"]}
    base = rope.get("rope_theta") or config.get("rope_theta", 10_000.0)
    frequencies = base ** -(np.arange(0, size, 2) / size)
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind == "default":
        return frequencies
    if kind == "linear":
        return frequencies / rope["factor"]
    if kind != "llama3":
        raise InputError(f"rope type {kind!r}: known are default, linear and llama3")
    # Slow turns are slowed by the factor, fast ones stay, those between are mixed.
    known = rope["original_max_position_embeddings"]
    turns = known * frequencies / (2 * np.pi)
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    share = np.clip((turns - low) / (high - low), 0, 1)
    return frequencies * (share + (1 - share) / rope["factor"])


def read_windows(config: Mapping[str, Any], blocks: int) -> tuple[int | None, ...]:
    """Read how many tokens each block sees; None sees all before."""
    if (kinds := config.get("layer_types")) is not None:
        whole = [kind == "full_attention" for kind in kinds]
    elif config["model_type"].startswith("gemma"):
        # Every second block of Gemma 2 sees all, every sixth of Gemma 3.
        every = 2 if config["model_type"] == "gemma2" else config.get("sliding_window_pattern", 6)
        whole = [(number + 1) % every == 0 for number in range(blocks)]
    elif config["model_type"] == "mistral":
        whole = [False] * blocks
    else:
        used = config.get("use_sliding_window", False)
        first = config.get("max_window_layers", blocks) if used else blocks
        whole = [number < first for number in range(blocks)]
    return tuple(None if each else config.get("sliding_window") for each in whole)
