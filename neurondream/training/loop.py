"""A whole training: epoch by epoch until its validation loss no longer falls, resumable."""

import functools
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Params
from neurondream.errors import InputError
from neurondream.memory import machine_bytes
from neurondream.models.imaginet import Checkpoint, load_checkpoint, save_checkpoint
from neurondream.models.opening import find_model, trained_pathways
from neurondream.models.vocabulary import hash_vocabulary
from neurondream.progress import start_bar
from neurondream.training import evaluation
from neurondream.training.data import (
    TrainingData,
    describe_data,
    hash_data,
    open_data,
    plan_epoch,
)
from neurondream.training.epochs import compile_trainer, finish_epoch, train_batches
from neurondream.training.progress import (
    Progress,
    epochs_without_gain,
    load_progress,
    save_progress,
)
from neurondream.training.settings import Settings, check_settings, without_folders
from neurondream.training.start import make_model
from neurondream.training.steps import init_training

_DTYPES = ("float16", "float32")
_TEXT_SECONDS = 1.0  # between texts beside a progress bar: each fetches numbers from the device


def check_size(settings: Settings, data: TrainingData) -> None:
    """Refuse a model that this machine cannot learn.

    Raises:
      InputError: it is.
    """
    words, picture = len(data.vocabulary.words), len(data.mean)
    size, hidden = settings.embedding, settings.hidden
    numbers = words * size + 2 * 3 * hidden * (size + hidden) + hidden * (words + picture)
    # Parameters, the best so far, gradients and two moments, and what a word of a batch is read as,
    # in float32.
    needed = 4 * (5 * numbers + settings.batch * (size + 2 * hidden + words))
    if needed > (most := machine_bytes()):
        sizes = {"hidden": hidden, "embedding": size, "batch": settings.batch}
        name = max(sizes, key=sizes.get)
        others = " and ".join(f"{other}={sizes[other]}" for other in sizes if other != name)
        raise InputError(
            f"{name}={sizes[name]}: with {others} a training takes {needed / 2**30:.3g} GiB or "
            f"more, where there are {most / 2**30:.3g}; give smaller sizes"
        )


def train(
    settings: Settings,
    folder: str | Path,
    *,
    command: str | None = None,
    dtype: str = "float16",
    save_minutes: float = 5.0,
    progress: Callable | bool | None = None,
    report: Callable[[str], None] | None = None,
) -> Checkpoint:
    """Train an Imaginet, or go on with a training that was stopped.

    Killed and started again, a training goes on where it last saved and ends with the same
    parameters.

    Args:
      settings: all that the outcome depends on.
      folder: where the model goes, and on the way what a stopped training needs.
      command: that the model tells it was made by.
      dtype: of the stored weights, float16 or float32.
      save_minutes: between saved states.
      progress: see `progress.start_bar`.
      report: takes lines for a person: what is learned, and what each epoch reached.

    Returns:
      The model as it is stored; `about` tells what it reaches on validation and test captions.

    Raises:
      InputError: a setting or a file is not what it should be, or the folder holds something else.
    """
    check_settings(settings)
    if dtype not in _DTYPES:
        raise InputError(f"dtype={dtype}: give {' or '.join(_DTYPES)}")
    if not save_minutes >= 0:
        raise InputError(f"save_minutes={save_minutes}: give 0 or more")
    report = report or (lambda line: None)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    # 1. Words and pictures.
    start = load_checkpoint(find_model(settings.start)) if settings.start else None
    if start and "T" not in trained_pathways(start.about):
        raise InputError(f"start={settings.start}: its T has learned nothing that could be kept")
    data = open_data(settings, start.vocabulary if start else None)
    report(describe_data(data))
    check_size(settings, data)

    # 2. The model and its training state, new or as it was last saved.
    encoder, optimizer, params = make_model(settings, data, start)
    # Copied, because the first step takes the state's buffers over.
    best = jax.tree.map(jnp.copy, params)
    reached = Progress(init_training(params, optimizer), best, 0, 0, [])
    # What a training is known by: one of anything else is not gone on with.
    identity = {
        **settings._asdict(),
        "captions": list(settings.captions),
        "vocabulary_sha256": hash_vocabulary(data.vocabulary),
        "data_sha256": hash_data(data),
    }
    saved_file = folder / "training.safetensors"
    reached = load_progress(saved_file, reached, identity)
    save = functools.partial(save_progress, saved_file, settings=identity)
    # Before hours of work, so that a full disk is known at once.
    save(reached)

    # 3. Learn until the epochs are over or the validation loss no longer falls.
    trainer = compile_trainer(settings, encoder, optimizer)
    each = len(plan_epoch(data.train, settings, 0)[0])
    done = each * reached.epoch + reached.position
    with start_bar(progress, each * settings.epochs, "training step", done) as bar:
        watch = _watch(bar, save, save_minutes)
        while reached.epoch < settings.epochs and epochs_without_gain(reached) < settings.patience:
            batches = train_batches(settings, data, trainer, reached)
            for reached, info in batches:
                watch(reached, info)
            reached = finish_epoch(settings, data, trainer, reached)
            save(reached)
            metrics = evaluation.round_metrics(reached.history[-1])
            report(f"epoch {reached.epoch}: {json.dumps(metrics)}")

    # 4. Keep the best parameters as they will be read, and say what they reach.
    names = data.pictures.names if data.pictures else ()
    about = {"command": command, **describe_training(data, reached, identity)}
    checkpoint = Checkpoint(
        jax.tree.map(np.asarray, reached.best), data.vocabulary, names, data.mean, data.deviation,
        about,
    )
    save_checkpoint(folder, checkpoint, dtype)
    params = load_checkpoint(folder).params
    about |= evaluate_stored(data, trainer.evaluator, params)
    save_checkpoint(folder, checkpoint, dtype)
    report(describe_end(about, folder))
    return checkpoint._replace(params=params)


def describe_end(about: dict[str, Any], folder: Path) -> str:
    """Say in one line what a training has come to."""
    learned, doubt = about["trained_on"], evaluation.say_few(about["test"])
    return (
        f"best by validation: epoch {learned['best_epoch']} of {learned['epochs']}; "
        f"{doubt + '; ' if doubt else ''}the model is in {folder}"
    )


def evaluate_stored(
    data: TrainingData, evaluator: evaluation.Evaluator, params: Params
) -> dict[str, Any]:
    """Evaluate parameters by the validation captions and by the test captions, if there are any."""
    validation = evaluation.evaluate_split(evaluator, params, data.validation, data.pictures)
    return {
        "validation": evaluation.round_metrics(validation),
        "test": evaluation.evaluate_collections(
            evaluator, params, data.vocabulary, data.collections, data.pictures
        ),
    }


def describe_training(
    data: TrainingData, reached: Progress, identity: dict[str, Any]
) -> dict[str, Any]:
    """Write down how a model was trained, and on what."""
    return {
        "trained_on": {
            "captions": len(data.train.captions),
            "captions_with_picture": int(np.sum(data.train.rows >= 0)),
            "dropped_because_held_out": data.dropped,
            "epochs": reached.epoch,
            "best_epoch": reached.epoch - epochs_without_gain(reached),
        },
        "settings": {name: without_folders(value) for name, value in identity.items()},
        "picture_standardized": identity["standardize"],
    }


def _watch(bar: Any, save: Callable[[Progress], None], save_minutes: float) -> Callable[..., None]:
    """Make a function that shows and saves now and then how far a training is."""
    saved, told = time.monotonic(), -math.inf

    def watch(reached: Progress, info: dict[str, Array]) -> None:
        nonlocal saved, told
        now = time.monotonic()
        if now - told > _TEXT_SECONDS:
            bar.set_postfix_str(" ".join(f"{name} {x:.3f}" for name, x in info.items()))
            told = now
        bar.update(1)
        if now - saved > 60 * save_minutes:
            save(reached)
            saved = now

    return watch
