"""Models with the features of sparse autoencoders as layers."""

import hashlib
import re
from pathlib import Path

from neurondream.encoders.features import Dictionary, WithFeatures, layer_names, show_features
from neurondream.errors import InputError
from neurondream.files import hash_file
from neurondream.model import Behind, Layer, Model
from neurondream.models.dictionaries import read_folder, weight_files


def with_features(
    model: Model, folder: str | Path, *, at: str | None = None, name: str | None = None
) -> Model:
    """Make a model that has the features of a sparse autoencoder as layers.

    `features.NAME:123` is then a neuron like others: climbed before its threshold, reported behind
    it.

    Args:
      model: whose layer the autoencoder has learned from.
      folder: holds `cfg.json` and weights, or Gemma Scope's `params.npz`.
      at: the layer that it reads, as `resid_post.12` or as its configuration would say it; that
        of the configuration by default.
      name: of the features; the folder's by default.

    Raises:
      InputError: the folder holds no autoencoder that is known, or not one of this layer.
    """
    folder = Path(folder)
    found = read_folder(folder)
    name = re.sub(r"[^\w.-]", "_", folder.name if name is None else name)
    at = find_layer(model, at or found.hook, folder, found.transcodes)
    given, before, behind = layer_names(name)
    if behind in model.layers:
        raise InputError(f"features {name!r}: the model has such a layer already; give another")
    width, features = found.params["weight"].shape
    if model.layers[at].size != width:
        raise InputError(
            f"{folder}: reads {width} units, where {at} has {model.layers[at].size}"
        )
    dictionary = Dictionary(at, name, found.norm, found.most, found.groups)
    affine = found.most is None and found.groups is None
    family, site = f"features.{name}", found.site
    layers = {
        **model.layers,
        given: Layer(width, family, "read"),
        before: Layer(features, family, "before the threshold"),
        behind: Layer(
            features, family, "features", behind=Behind(before, 0.0, rises=affine),
            elsewhere=(f"{site}/{{}}",) if site else (),
        ),
    }
    sources = dict(model.opened_with.get("features", {}))
    (file,) = weight_files(folder)
    return model._replace(
        encoder=show_features(model.encoder, dictionary),
        params=WithFeatures(model.params, found.params), layers=layers,
        families={**model.families, family: family},
        sha256=hashlib.sha256(f"{model.sha256} {hash_file(file)}".encode()).hexdigest(),
        opened_with={
            **model.opened_with, "features": {**sources, name: {"folder": str(folder), "at": at}},
        },
    )


def find_layer(model: Model, at: str | None, folder: Path, transcodes: bool = False) -> str:
    """Find the layer that an autoencoder reads.

    Raises:
      InputError: it is not said, or the model has no such layer.
    """
    if at is None:
        raise InputError(f"{folder}: does not say which layer it reads; give at, as resid_post.3")
    for name, layer in model.layers.items():
        if at == name or any(at == each.partition(":")[0] for each in layer.elsewhere):
            return name
    # Sparsify's: the output of a block, or of its MLP; of a transcoder what goes into it.
    if match := re.fullmatch(r"(?:layers|h|encoder\.layer)\.(\d+)(\.mlp)?", at):
        if transcodes and match[2]:
            raise InputError(f"{folder}: reads what goes into {at}, which no layer shows")
        kind = "mlp_out" if match[2] else "resid_pre" if transcodes else "resid_post"
        if f"{kind}.{match[1]}" in model.layers:
            return f"{kind}.{match[1]}"
    raise InputError(f"{folder}: reads {at!r}, which is no layer of the model; give another at")
