"""Transformers from Hugging Face folders, without torch."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.encoders.blocks import LOWEST
from neurondream.encoders.embedding import embed_words
from neurondream.errors import InputError
from neurondream.files import read_json
from neurondream.model import Model, Start
from neurondream.models import bidirectional, decoders, gpt
from neurondream.models.functions import make_model
from neurondream.models.hooks import write_elsewhere
from neurondream.models.hub import read_licence
from neurondream.models.pooling import read_pooling, with_sentence
from neurondream.models.transformer import Transformer
from neurondream.models.weights import Weights
from neurondream.tokens.spelling import restrict_tokens
from neurondream.tokens.subwords import open_tokenizer

CONFIG = "config.json"
READERS: dict[str, Callable[[Mapping[str, Any], Weights], Transformer]] = {
    "gpt2": gpt.read_gpt2,
    "gpt_neox": gpt.read_neox,
    **dict.fromkeys(decoders.ARCHITECTURES, decoders.read_decoder),
    **dict.fromkeys(bidirectional.ARCHITECTURES, bidirectional.read_bidirectional),
}


def open_transformer(
    folder: Path, *, start: str = "model", tokens: str = "roundtrip", dtype: str = "float32"
) -> Model:
    """Open the model of a Hugging Face folder.

    Args:
      folder: holds `config.json`, `tokenizer.json` and safetensors.
      start: `model` reads behind and before the special tokens that the tokenizer puts around
        every text, and where it puts none (GPT-2, Pythia, Qwen) behind the one that stood between
        the texts which the model learned from; `none` reads texts bare.
      tokens: which n-grams dreams may be, see `spelling.restrict_tokens`.
      dtype: that weights are kept in; all is computed in float32.

    Raises:
      InputError: a file is missing or damaged, or the architecture is not known.
    """
    config = read_config(folder)
    weights = Weights(folder)
    try:
        transformer = READERS[config["model_type"]](config, weights)
        if not transformer.causal and (pooling := read_pooling(folder)):
            transformer = with_sentence(transformer, pooling)
        families = group_layers(transformer)
    except InputError:  # a ValueError, and says what is wrong
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise InputError(
            f"{folder / CONFIG}: lacks or misstates {' '.join(str(error).split())}"
        ) from None
    kept = jnp.dtype(dtype)
    params = jax.tree.map(lambda array: np.asarray(array).astype(kept), transformer.params)
    tokenizer, before, after = open_tokenizer(folder, len(params["table"]))
    begin = config.get("bos_token_id")
    if not before and transformer.causal and begin in range(len(params["table"])):
        before = (int(begin),)
    around = Start(before, after) if start == "model" else Start()

    def embed(params, words):
        vectors = embed_words(params["table"], words).astype(jnp.float32)
        there = jnp.ones(len(vectors), bool)
        hard = isinstance(words, jax.Array | np.ndarray) and words.ndim == 1
        return vectors, words != transformer.filler if hard else there

    def encode(params, vectors):
        return transformer.encode(params, vectors, jnp.ones(len(vectors), bool))

    readouts, names, next_word = {}, {}, None
    if "head" in params:
        if "head_bias" not in params:
            params = {**params, "head_bias": params["head"][0] * 0}
        readouts = {"logits": (transformer.source, "head", "head_bias")}
        pieces = tokenizer.spell(range(len(params["table"])))
        names = {layer: pieces for layer in ("logits", "capped") if layer in families}
        next_word = list(names)[-1] if transformer.causal else None
    nonlinearities = {} if transformer.activation is None else {
        after: (before, LOWEST[transformer.activation])
        for after, before in zip(families["mlp"], families["mlp_pre"], strict=True)
    }
    model = make_model(
        str(folder), encode, params, restrict_tokens(tokenizer, tokens),
        table=lambda params: params["table"],
        readouts=readouts, names=names, families=families,
        start=around, next_word=next_word,
        filler=transformer.filler, nonlinearities=nonlinearities,
    )
    # Tokens that only fill a text up are marked beside their vectors.
    encoder = model.encoder._replace(
        embed=embed, encode=lambda params, embedded: transformer.encode(params, *embedded),
        go_on=transformer.go_on and (
            lambda params, past, embedded: transformer.go_on(params, past, embedded[0])
        ),
    )
    layers = {
        name: layer._replace(
            elsewhere=write_elsewhere(name, normed=not transformer.causal),
            factors=find_factors(name, families),
        )
        for name, layer in model.layers.items()
    }
    return model._replace(
        encoder=encoder, layers=layers, sha256=weights.hash(),
        opened_with={"start": start, "tokens": tokens, "dtype": dtype},
        licence=read_licence(folder),
    )


def find_factors(layer: str, families: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Name the layers that a gated MLP multiplies, where a layer is their product."""
    kind, _, number = layer.partition(".")
    if kind != "mlp" or "mlp_gate" not in families:
        return ()
    return f"mlp_gate.{number}", f"mlp_up.{number}"


def read_config(folder: Path) -> dict[str, Any]:
    """Read a configuration whose architecture is known.

    Raises:
      InputError: it is damaged, or its architecture is not known.
    """
    try:
        config = read_json(folder / CONFIG)
        quantized = config.get("quantization_config") is not None
        if config["model_type"] == "gemma3":  # with an eye, which nothing here reads
            config = {**config["text_config"], "model_type": "gemma3_text"}
        kind = config["model_type"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / CONFIG}: no configuration of a model ({error})") from None
    if not isinstance(kind, str) or kind not in READERS:
        raise InputError(
            f"{folder}: architecture {kind!r} is not known; {', '.join(READERS)} are, and "
            "neurondream.make_model takes any other as a function of your own"
        )
    if quantized:
        raise InputError(f"{folder}: quantized; save the model as float16 or float32")
    return config


def group_layers(transformer: Transformer) -> dict[str, list[str]]:
    """Group layers of a kind in all blocks into families, in the order of reading."""
    families: dict[str, list[str]] = {}

    def list_layers(params, vectors, present):
        layers = transformer.encode(params, vectors, present)
        for layer in layers:
            families.setdefault(layer.partition(".")[0], []).append(layer)
        return layers

    width = transformer.params["table"].shape[1]
    jax.eval_shape(
        list_layers, transformer.params, jax.ShapeDtypeStruct((1, width), jnp.float32),
        jax.ShapeDtypeStruct((1,), bool),
    )
    return families
