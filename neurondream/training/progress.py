"""A training as it stands, on disk: what a killed one goes on from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save as tensors_to_bytes

from neurondream.base import Params
from neurondream.errors import InputError
from neurondream.files import parse_json, write_atomically
from neurondream.models.imaginet import load_metadata, load_tensors
from neurondream.training.steps import TrainState


class Progress(NamedTuple):
    """All that a killed training needs to go on."""

    state: TrainState
    best: Params  # the parameters with the lowest validation loss
    epoch: int
    position: int  # batches of this epoch that are done
    history: list[dict[str, float]]  # what each finished epoch reached


def epochs_without_gain(progress: Progress) -> int:
    """Count the epochs since the lowest validation loss."""
    losses = [epoch["loss"] for epoch in progress.history]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def save_progress(path: Path, progress: Progress, settings: Mapping[str, Any]) -> None:
    """Write all that a killed training needs, in one file that is whole or not there.

    Args:
      path: of the file.
      progress: of the training.
      settings: all that its outcome depends on, as JSON would give it back.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path((progress.state, progress.best))
    tensors = {jax.tree_util.keystr(where): np.asarray(leaf) for where, leaf in leaves}
    metadata = {
        "settings": json.dumps(settings),
        "epoch": str(progress.epoch),
        "position": str(progress.position),
        "history": json.dumps(progress.history),
    }
    write_atomically(path, tensors_to_bytes(tensors, metadata))


def load_progress(path: Path, progress: Progress, settings: Mapping[str, Any]) -> Progress:
    """Go on from a saved training, if there is one.

    Args:
      path: of the file.
      progress: of a new training, which gives names and shapes.
      settings: all that its outcome depends on, as JSON would give it back.

    Raises:
      InputError: it was made with other settings, is not whole or is something else; or there is
        a finished model that a new training would overwrite.
    """
    if not path.exists():
        if (path.parent / "model.json").exists():
            raise InputError(
                f"{path.parent} holds a model without {path.name} to go on from; "
                "give another folder"
            )
        return progress
    tensors = load_tensors(path)
    metadata = load_metadata(path)
    if metadata.keys() != {"settings", "epoch", "position", "history"}:
        raise InputError(f"{path}: holds no training of this project; give another folder")
    before = parse_json(metadata["settings"])
    for name, value in settings.items():
        if before.get(name) != value:
            raise InputError(
                f"{path.parent} holds a training with {name}={before.get(name)}, not {value}: "
                "give the same settings to go on with it, or another folder"
            )

    def restore(where, leaf):
        name = jax.tree_util.keystr(where)
        if name not in tensors or tensors[name].shape != leaf.shape:
            raise InputError(
                f"{path}: its {name} is not one of a training with these captions and pictures; "
                "give those it was begun with, or another folder"
            )
        return jnp.asarray(tensors[name])

    state, best = jax.tree_util.tree_map_with_path(restore, (progress.state, progress.best))
    return Progress(
        state,
        best,
        int(metadata["epoch"]),
        int(metadata["position"]),
        parse_json(metadata["history"]),
    )
