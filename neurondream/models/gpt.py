"""GPT-2 and GPT-NeoX from their configurations and weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurondream.encoders.gpt import Gpt, encode_gpt
from neurondream.errors import InputError
from neurondream.models.decoders import read_frequencies
from neurondream.models.transformer import Transformer, read_activation, read_linear, read_norm
from neurondream.models.weights import Weights

QKV = ("query", "key", "value")


def read_gpt2(config: Mapping[str, Any], weights: Weights) -> Transformer:
    """Read a GPT-2.

    Raises:
      InputError: the configuration asks for what is not known, or a weight is missing.
    """
    for setting, known in (("scale_attn_weights", True), ("scale_attn_by_inverse_layer_idx", False),
                           ("add_cross_attention", False)):  # fmt: skip
        if config.get(setting, known) != known:
            raise InputError(f"{setting}={config[setting]}: known is {known}")
    gpt = Gpt(
        heads=config["n_head"],
        epsilon=config.get("layer_norm_epsilon", 1e-5),
        activation=read_activation(config.get("activation_function", "gelu_new")),
        frequencies=(),
        parallel=False,
    )
    root = weights.root_of("wte.weight")

    def read_transposed(name: str) -> dict[str, Any]:
        # Kept as what multiplies, not as torch's linear layers are.
        return {part: weights.read(f"{name}.{part}") for part in ("weight", "bias")}

    def read_block(name: str) -> dict[str, Any]:
        together = read_transposed(f"{name}attn.c_attn")
        split = {part: np.split(array, 3, axis=-1) for part, array in together.items()}
        return {
            **{ours: {part: split[part][k] for part in split} for k, ours in enumerate(QKV)},
            "out": read_transposed(f"{name}attn.c_proj"),
            "up": read_transposed(f"{name}mlp.c_fc"),
            "down": read_transposed(f"{name}mlp.c_proj"),
            "attention_norm": read_norm(weights, f"{name}ln_1"),
            "mlp_norm": read_norm(weights, f"{name}ln_2"),
        }

    table = weights.read(f"{root}wte.weight")
    params = {
        "table": table,
        "positions": weights.read(f"{root}wpe.weight"),
        "blocks": [read_block(f"{root}h.{number}.") for number in range(config["n_layer"])],
        "norm": read_norm(weights, f"{root}ln_f"),
    }
    if config.get("tie_word_embeddings", True):
        params["head"] = table.T
    elif (head := f"{weights.root_of('lm_head.weight')}lm_head.weight") in weights:
        params["head"] = weights.read(head).T
    return _transformer(gpt, params)


def read_neox(config: Mapping[str, Any], weights: Weights) -> Transformer:
    """Read a GPT-NeoX, such as a Pythia.

    Raises:
      InputError: the configuration asks for what is not known, or a weight is missing.
    """
    heads = config["num_attention_heads"]
    size = config["hidden_size"] // heads
    rope = config.get("rope_parameters") or {}
    share = rope.get("partial_rotary_factor") or config.get("rotary_pct", 0.25)
    base = {"rope_theta": config.get("rotary_emb_base", 10_000)}
    turned = int(size * share)
    gpt = Gpt(
        heads=heads,
        epsilon=config.get("layer_norm_eps", 1e-5),
        activation=read_activation(config.get("hidden_act", "gelu")),
        frequencies=tuple(read_frequencies(base | config, turned).tolist()),
        parallel=config.get("use_parallel_residual", True),
    )
    biased = config.get("attention_bias", True)
    root = weights.root_of("embed_in.weight")

    def read_block(name: str) -> dict[str, Any]:
        together = read_linear(weights, f"{name}attention.query_key_value", biased)
        # Head by head: its query, its key, its value.
        split = {
            part: np.split(array.reshape(*array.shape[:-1], heads, -1), 3, axis=-1)
            for part, array in together.items()
        }
        return {
            **{
                ours: {
                    part: split[part][k].reshape(*together[part].shape[:-1], -1) for part in split
                }
                for k, ours in enumerate(QKV)
            },
            "out": read_linear(weights, f"{name}attention.dense", biased),
            "up": read_linear(weights, f"{name}mlp.dense_h_to_4h"),
            "down": read_linear(weights, f"{name}mlp.dense_4h_to_h"),
            "attention_norm": read_norm(weights, f"{name}input_layernorm"),
            "mlp_norm": read_norm(weights, f"{name}post_attention_layernorm"),
        }

    blocks = config["num_hidden_layers"]
    params = {
        "table": weights.read(f"{root}embed_in.weight"),
        "blocks": [read_block(f"{root}layers.{number}.") for number in range(blocks)],
        "norm": read_norm(weights, f"{root}final_layer_norm"),
    }
    if config.get("tie_word_embeddings", False):
        params["head"] = params["table"].T
    elif (head := f"{weights.root_of('embed_out.weight')}embed_out.weight") in weights:
        params["head"] = weights.read(head).T
    return _transformer(gpt, params)


def _transformer(gpt: Gpt, params: Any) -> Transformer:
    return Transformer(
        lambda params, vectors, _: encode_gpt(gpt, params, vectors)[0], params,
        source="final", causal=True, filler=0, activation=gpt.activation,
        go_on=lambda params, past, vectors: encode_gpt(gpt, params, vectors, past),
    )
