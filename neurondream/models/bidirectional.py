"""BERT and its kin from their configurations and weights."""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from neurondream.encoders.bidirectional import Bidirectional, encode_bidirectional
from neurondream.errors import InputError
from neurondream.models.transformer import Transformer, read_activation, read_linear, read_norm
from neurondream.models.weights import Weights


class Names(NamedTuple):
    """What one family calls its weights."""

    block: str  # before those of a block
    parts: Mapping[str, str]  # ours and theirs, in a block
    norms: Mapping[str, str]
    transform: str  # of the head, whose other parts are in `head_norm` and `head_bias`
    head_norm: str
    head_bias: str
    head: str  # its weight, where it is not the table


_BERT = Names(
    "encoder.layer.",
    {"query": "attention.self.query", "key": "attention.self.key",
     "value": "attention.self.value", "out": "attention.output.dense",
     "up": "intermediate.dense", "down": "output.dense"},
    {"attention_norm": "attention.output.LayerNorm", "mlp_norm": "output.LayerNorm"},
    "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm",
    "cls.predictions.bias", "cls.predictions.decoder.weight",
)  # fmt: skip
ARCHITECTURES = {
    "bert": _BERT,
    "roberta": _BERT._replace(
        transform="lm_head.dense", head_norm="lm_head.layer_norm",
        head_bias="lm_head.bias", head="lm_head.decoder.weight",
    ),
    "distilbert": Names(
        "transformer.layer.",
        {"query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
         "out": "attention.out_lin", "up": "ffn.lin1", "down": "ffn.lin2"},
        {"attention_norm": "sa_layer_norm", "mlp_norm": "output_layer_norm"},
        "vocab_transform", "vocab_layer_norm", "vocab_projector.bias",
        "vocab_projector.weight",
    ),
}  # fmt: skip


def read_bidirectional(config: Mapping[str, Any], weights: Weights) -> Transformer:
    """Read a model of one of `ARCHITECTURES`.

    Raises:
      InputError: the configuration asks for what is not known, or a weight is missing.
    """
    kind = config["model_type"]
    names = ARCHITECTURES[kind]
    positions = config.get("position_embedding_type", "absolute")
    if positions != "absolute":
        raise InputError(f"position_embedding_type {positions!r}: known is absolute")
    if config.get("is_decoder"):
        raise InputError(f"{kind} as a decoder: known is the one that reads both ways")
    distilled = kind == "distilbert"
    filler = config.get("pad_token_id", 1 if kind == "roberta" else 0)
    model = Bidirectional(
        heads=config["n_heads" if distilled else "num_attention_heads"],
        epsilon=config.get("layer_norm_eps", 1e-12),
        activation=read_activation(config.get("activation" if distilled else "hidden_act", "gelu")),
        first_position=filler + 1 if kind == "roberta" else 0,
    )
    table = "embeddings.word_embeddings.weight"
    root = weights.root_of(table)
    embeddings = f"{root}embeddings."
    params: dict[str, Any] = {
        "table": weights.read(root + table),
        "positions": weights.read(f"{embeddings}position_embeddings.weight"),
        "embed_norm": read_norm(weights, f"{embeddings}LayerNorm"),
        "blocks": [
            _read_block(weights, names, f"{root}{names.block}{number}.")
            for number in range(config["n_layers" if distilled else "num_hidden_layers"])
        ],
    }
    if (kinds := f"{embeddings}token_type_embeddings.weight") in weights:
        params["positions"] = params["positions"] + weights.read(kinds)[0]
    around = weights.root_of(f"{names.transform}.weight")
    if f"{around}{names.transform}.weight" in weights:
        tied = config.get("tie_word_embeddings", True)
        biases = [around + names.head_bias, around + names.head.replace(".weight", ".bias")]
        bias = weights.any_of(biases if tied else biases[::-1])
        params |= {
            "transform": read_linear(weights, around + names.transform),
            "head_norm": read_norm(weights, around + names.head_norm),
            "head": (params["table"] if tied else weights.read(around + names.head)).T,
            "head_bias": weights.read(bias or biases[0]),
        }
    return Transformer(
        functools.partial(encode_bidirectional, model), params, source="head", causal=False,
        filler=filler, activation=model.activation,
    )


def _read_block(weights: Weights, names: Names, root: str) -> dict[str, Any]:
    block = {ours: read_linear(weights, root + theirs) for ours, theirs in names.parts.items()}
    norms = {ours: read_norm(weights, root + theirs) for ours, theirs in names.norms.items()}
    return block | norms
