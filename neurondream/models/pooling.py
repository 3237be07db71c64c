"""How a folder of sentence-transformers makes one vector of a text (host side)."""

from pathlib import Path

import jax.numpy as jnp

from neurondream.encoders.pooling import KINDS, Pooling, pool_tokens
from neurondream.files import read_json
from neurondream.models.transformer import Transformer

MODULES = "modules.json"
LAYER = "sentence"
_MODES = {
    "pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
}  # fmt: skip


def read_pooling(folder: Path) -> Pooling | None:
    """Read what follows the transformer; None where nothing does, or what is not known."""
    try:
        modules = read_json(folder / MODULES)
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return None
        path = folder / modules[1]["path"] / "config.json"
        config = read_json(path)
        modes = [kind for name, kind in _MODES.items() if config.get(name)]
        modes += [config["pooling_mode"]] if config.get("pooling_mode") in KINDS else []
        others = {
            name for name, value in config.items() if name.startswith("pooling_mode_") and value
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if len(modes) != 1 or others - _MODES.keys():
        return None
    return Pooling(modes[0], len(modules) == 3)


def with_sentence(transformer: Transformer, pooling: Pooling) -> Transformer:
    """Give a transformer the layer `sentence`, which is the same at every token of a text."""
    last = f"resid_post.{len(transformer.params['blocks']) - 1}"

    def encode(params, vectors, present):
        layers = transformer.encode(params, vectors, present)
        pooled = pool_tokens(pooling, layers[last], present)
        return {**layers, LAYER: jnp.broadcast_to(pooled, layers[last].shape)}

    return transformer._replace(encode=encode)
