"""Dictionaries of sparse autoencoders on disk (host side).

Read are SAELens' folders, Gemma Scope's `params.npz` and the folders of EleutherAI's sparsify.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from neurondream.encoders.features import NORMS
from neurondream.errors import InputError
from neurondream.files import check_plain, load_arrays, read_json, to_float32

CONFIG, SAELENS, SPARSIFY, GEMMA_SCOPE = (
    "cfg.json", "sae_weights.safetensors", "sae.safetensors", "params.npz"
)
_JUMP = ("jumprelu", "batchtopk", "matryoshka_batchtopk")  # kept with a threshold each


class Found(NamedTuple):
    """What a folder holds."""

    params: Mapping[str, np.ndarray]
    norm: str
    most: int | None
    groups: int | None
    hook: str | None  # the layer, as other tools call it
    site: str | None  # its name at Neuronpedia
    transcodes: bool = False  # reads what goes into the layer, not what comes out


def weight_files(folder: Path) -> list[Path]:
    """List the files of weights that a folder holds."""
    names = (SAELENS, SPARSIFY, GEMMA_SCOPE)
    return [folder / name for name in names if (folder / name).exists()]


def read_folder(folder: Path) -> Found:
    """Read an autoencoder.

    Raises:
      InputError: it is damaged, or none that is known.
    """
    files = weight_files(folder)
    if len(files) != 1:
        raise InputError(
            f"{folder}: holds no sparse autoencoder; known are {SAELENS} and {SPARSIFY} beside "
            f"{CONFIG}, and {GEMMA_SCOPE}"
        )
    weights = read_weights(files[0])
    if files[0].name == GEMMA_SCOPE:
        if "threshold" not in weights:
            raise InputError(f"{files[0]}: holds no threshold")
        params = {**pick(weights, files[0]), "threshold": weights["threshold"]}
        params["bias_in"] = params["bias_in"] * 0
        return _check(files[0], Found(params, "none", None, None, None, None))
    try:
        config = read_json(folder / CONFIG)
        if not isinstance(config, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / CONFIG}: no configuration ({error})") from None
    read = read_saelens if files[0].name == SAELENS else read_sparsify
    try:
        return _check(files[0], read(config, weights, files[0]))
    except InputError:  # a ValueError, and says what is wrong
        raise
    except KeyError as error:
        raise InputError(f"{files[0]}: holds no {error.args[0]}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder / CONFIG}: says what its weights do not fit ({error})"
        ) from None


def read_saelens(
    config: Mapping[str, Any], weights: Mapping[str, np.ndarray], file: Path
) -> Found:
    """Read an autoencoder of SAELens, whose configuration may be flat or have parts."""
    config = {**config, **(config.get("meta") or {}), **(config.get("metadata") or {})}
    kind = config.get("architecture", "standard")
    activation = config.get("activation_fn_str") or config.get("activation_fn") or "relu"
    if activation not in ("relu", "topk"):
        raise InputError(f"{file.parent}: activation {activation!r}; known are relu and topk")
    kind = "topk" if kind == "standard" and activation == "topk" else kind
    norm = config.get("normalize_activations") or "none"
    if norm not in NORMS:
        raise InputError(
            f"{file.parent}: normalize_activations {norm!r}, whose scale the folder does not hold; "
            f"known are {', '.join(NORMS)}; fold it into the weights"
        )
    params = dict(pick(weights, file, "b_mag" if kind == "gated" else "b_enc"))
    most = None
    if kind == "gated":
        scale = np.exp(weights["r_mag"])
        params["weight"] = params["weight"] * scale
        params["threshold"] = weights["b_mag"] - scale * weights["b_gate"]
    elif kind in _JUMP:
        params["threshold"] = weights["threshold"]
    elif kind == "topk":
        most = config.get("k") or (config.get("activation_fn_kwargs") or {}).get("k", 0)
        if config.get("rescale_acts_by_decoder_norm"):
            scale = np.linalg.norm(weights["W_dec"], axis=1)
            params |= {"weight": params["weight"] * scale, "bias": params["bias"] * scale}
    elif kind != "standard":
        raise InputError(
            f"{file.parent}: architecture {kind!r}; known are standard, gated, jumprelu and topk"
        )
    if not config.get("apply_b_dec_to_input", True):
        params["bias_in"] = params["bias_in"] * 0
    return Found(
        params, norm, most, None, config.get("hook_name") or config.get("hook_point"),
        config.get("neuronpedia_id"),
    )


def read_sparsify(
    config: Mapping[str, Any], weights: Mapping[str, np.ndarray], file: Path
) -> Found:
    """Read an autoencoder of EleutherAI's sparsify."""
    named = {
        "W_enc": weights["encoder.weight"].T, "b_enc": weights["encoder.bias"],
        "b_dec": weights["b_dec"],
    }
    params = dict(pick(named, file))
    if config.get("transcode"):
        params["bias_in"] = params["bias_in"] * 0
    most = config.get("k", 0)
    grouped = config.get("activation", "topk") == "groupmax"
    # Its folders are called by the module.
    return Found(
        params, "none", None if grouped else most, most if grouped else None,
        config.get("hookpoint", file.parent.name), None, bool(config.get("transcode")),
    )


def pick(
    weights: Mapping[str, np.ndarray], file: Path, bias: str = "b_enc"
) -> dict[str, np.ndarray]:
    """Pick the arrays that all dictionaries have."""
    names = {"weight": "W_enc", "bias": bias, "bias_in": "b_dec"}
    for name in names.values():
        if name not in weights:
            raise InputError(f"{file}: holds no {name}")
    return {ours: weights[theirs] for ours, theirs in names.items()}


def read_weights(file: Path) -> dict[str, np.ndarray]:
    """Read all arrays of a file as float32.

    Raises:
      InputError: it is damaged.
    """
    if file.suffix == ".npz":
        arrays = load_arrays(file)
        return {name: to_float32(array, f"{file}: {name}") for name, array in arrays.items()}
    try:
        check_plain(file)
        with safe_open(file, framework="flax") as opened:
            arrays = {
                name: np.asarray(opened.get_tensor(name).astype("float32"))
                for name in opened.keys()  # noqa: SIM118, no mapping
            }
        return {name: to_float32(array, f"{file}: {name}") for name, array in arrays.items()}
    except InputError:
        raise
    except (OSError, ValueError, EOFError, SafetensorError) as error:
        raise InputError(f"{file}: damaged ({error})") from None


def _check(file: Path, found: Found) -> Found:
    params, weight = found.params, found.params["weight"]
    if weight.ndim != 2:
        raise InputError(f"{file}: an encoder of shape {list(weight.shape)}; expected [D, F]")
    width, features = weight.shape
    for name, size in (("bias", features), ("bias_in", width), ("threshold", features)):
        if name in params and params[name].shape != (size,):
            raise InputError(
                f"{file}: {name} of shape {list(params[name].shape)}; expected [{size}]"
            )
    for name, number in (("k", found.most), ("groups", found.groups)):
        if number is not None and not 0 < number < features:
            raise InputError(f"{file}: {name} = {number}; expected 1 to {features - 1}")
    if found.groups and features % found.groups:
        raise InputError(f"{file}: {features} features are no {found.groups} groups of one size")
    return found
