"""Models by the names that a person gives: a shipped one, or a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from neurondream.encoders.imaginet import Imaginet, imaginet_encoder
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.files import hash_file
from neurondream.model import Layer, Model, Start, climb_as_reported
from neurondream.models.features import with_features
from neurondream.models.hub import find_cached
from neurondream.models.huggingface import CONFIG, open_transformer
from neurondream.models.imaginet import load_checkpoint, sizes_of
from neurondream.models.vocabulary import BEGIN, word_tokenizer
from neurondream.models.weights import refuse_adapter, refuse_gguf
from neurondream.tokens.spelling import TOKENS

PACKAGE = Path(__file__).resolve().parent.parent
# Beside the package in a clone, inside it where a wheel has been installed.
SHIPPED = (PACKAGE / "data", PACKAGE.parent / "data")
PRECISIONS = ("bfloat16", "float32")
STARTS = ("model", "none")
CLIMBS = ("before", "reported")
DTYPES = ("float32", "bfloat16", "float16")
FAMILIES = {"T": "language", "I": "vision"}


def find_model(name: str | Path) -> Path:
    """Find a model's folder by the name of a shipped one, its path, or its name in a local cache.

    Raises:
      InputError: there is neither, or weights of a form that is not read.
    """
    for folder in (*(place / name for place in SHIPPED), Path(name)):
        if any((folder / file).exists() for file in ("model.json", CONFIG)):
            return folder
    if cached := find_cached(str(name)):
        return cached
    folder = Path(name).parent if Path(name).suffix == ".gguf" else Path(name)
    refuse_adapter(folder)
    refuse_gguf(folder)
    shipped = sorted(
        {path.parent.name for place in SHIPPED for path in place.glob("*/model.json")}
    )
    raise InputError(
        f"unknown model {str(name)!r}: give one of the shipped ones ({', '.join(shipped)}) "
        "or a folder that holds model.json and weights.safetensors, or that of a Hugging Face "
        "model, with config.json, or the name of one that is in the local Hugging Face cache"
    )


def open_model(
    name: str | Path | Model, *, precision: str = "bfloat16", start: str = "model",
    tokens: str = "roundtrip", climb: str = "before", dtype: str = "float32",
    features: Mapping[str, Mapping[str, Any]] | None = None,
) -> Model:
    """Open a model.

    Args:
      name: of a shipped model, a folder, or the name of a model in the local Hugging Face cache,
        such as `gpt2`; a model is returned as it is.
      precision: of products while climbing, of soft words and of hard ones that are only ranked.
        The scores of dreams and all certificates are float32.
      start: `model` reads behind what the model has read before every text it learned from; `none`
        from a state it has never been in, as models of 2018, which began there, are read.
      tokens: which n-grams dreams of subwords may be: `roundtrip`, those that are read as
        themselves when they are written down; `words`, such of them as are made of tokens that
        begin a word; `any`.
      climb: `before` climbs units behind a nonlinearity before it; `reported` there, to see what
        that costs.
      dtype: that the weights of a transformer are kept in: half of it takes half the memory, and
        all is computed in float32 of the rounded weights.
      features: sparse autoencoders to add, by name: the arguments of `with_features`.

    Raises:
      InputError: there is no such model, its files are damaged, or a setting is not one of those.
    """
    if isinstance(name, Model):
        return name
    if precision not in PRECISIONS:
        raise InputError(f"precision={precision!r}: give {' or '.join(PRECISIONS)}")
    if start not in STARTS:
        raise InputError(f"start={start!r}: give {' or '.join(STARTS)}")
    if tokens not in TOKENS:
        raise InputError(f"tokens={tokens!r}: give {', '.join(TOKENS)}")
    if dtype not in DTYPES:
        raise InputError(f"dtype={dtype!r}: give {', '.join(DTYPES)}")
    if climb not in CLIMBS:
        raise InputError(f"climb={climb!r}: give {' or '.join(CLIMBS)}")
    folder = find_model(name)
    if (folder / "model.json").exists():
        if dtype != "float32":
            raise InputError(f"dtype={dtype}: {name} is no transformer; leave it out")
        model = open_imaginet(folder, precision=precision, start=start)
    else:
        model = open_transformer(folder, start=start, tokens=tokens, dtype=dtype)
    model = model._replace(name=str(name))
    for each, about in (features or {}).items():
        model = with_features(model, name=each, **about)
    return climb_as_reported(model) if climb == "reported" else model


def open_imaginet(folder: Path, *, precision: str, start: str) -> Model:
    """Open a model of the shipped architecture; see `open_model`."""
    checkpoint = load_checkpoint(folder)
    matmul = bfloat16_matmul if precision == "bfloat16" else jnp.matmul
    module = Imaginet(**sizes_of(checkpoint), rough_matmul=matmul)
    outputs = {"T": checkpoint.vocabulary.words, "I": checkpoint.picture_names}
    sizes = {"T": module.vocabulary, "I": module.picture}
    trained = trained_pathways(checkpoint.about)
    # A pathway that has learned nothing is noise: it has no layers to ask for.
    layers = {
        layer: about for family in trained for layer, about in {
            f"{family}.hidden": Layer(module.hidden, family, "hidden"),
            f"{family}.output": Layer(sizes[family], family, "output", outputs[family] or None),
        }.items()
    }
    return Model(
        name=str(folder),
        encoder=imaginet_encoder(module),
        params=checkpoint.params,
        tokenizer=word_tokenizer(checkpoint.vocabulary),
        layers=layers,
        families={name: title for name, title in FAMILIES.items() if name in trained},
        start=Start((BEGIN,)) if start == "model" else Start(),
        next_word="T.output" if "T" in trained else None,
        sha256=hash_file(folder / "weights.safetensors"),
        opened_with={"precision": precision, "start": start},
    )


def trained_pathways(about: Mapping[str, Any]) -> list[str]:
    """List the pathways of an Imaginet that have learned, by the settings of its training."""
    settings = about.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    alpha, pictures = settings.get("alpha"), settings.get("pictures", True)
    alpha = alpha if isinstance(alpha, int | float) else 0.5
    learned = {
        "T": alpha > 0 or not pictures or settings.get("start") is not None,
        "I": alpha < 1 and bool(pictures),
    }
    return [name for name in FAMILIES if learned[name]]
