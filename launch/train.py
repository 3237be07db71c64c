"""Train an Imaginet on captions and pictures.

    python launch/train.py --captions=scenes --pictures=scenes --out=runs/scenes

The exact commands of the shipped models, the time they took and what they reached stand in
data/README.md. Killed and started again, a run goes on where it last saved and ends with the
same parameters.
"""

import functools
import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags

import judging
import launching
import material
import resuming
import sources
from neurondream.encoders import imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.models import imaginet as checkpoint
from neurondream.tokens import words as vocabulary
from neurondream.training import batches
from neurondream.training import steps as training

_CAPTIONS = flags.DEFINE_list(
    "captions", ["scenes"], "Caption files, comma separated; `scenes` or `scenes:N` are made."
)
_PICTURES = flags.DEFINE_string("pictures", None, "Picture vectors; none trains T alone.")
_OUT = flags.DEFINE_string("out", None, "Folder of the model.", required=True)
_EMBEDDING = flags.DEFINE_integer("embedding", 1024, "Size of a word vector.", lower_bound=1)
_HIDDEN = flags.DEFINE_integer("hidden", 1024, "Units of each pathway.", lower_bound=1)
_MINIMUM_COUNT = flags.DEFINE_integer("minimum_count", 5, "Rarer words are <unknown>.", 1)
_ALPHA = flags.DEFINE_float("alpha", 0.1, "Share of T in the loss.", 0, 1)
_BATCH = flags.DEFINE_integer("batch", 16, "Captions a step.", lower_bound=1)
_EPOCHS = flags.DEFINE_integer("epochs", 20, "Epochs at most.", lower_bound=1)
_PATIENCE = flags.DEFINE_integer("patience", 10, "Epochs without a better validation loss.", 1)
_LEARNING_RATE = flags.DEFINE_float("learning_rate", 1e-3, "Adam's, falling to 0 as a cosine.", 0)
_DROPOUT = flags.DEFINE_float("dropout", 0.0, "Share of entries dropped out.", 0, 0.99)
_START = flags.DEFINE_string(
    "start", None, "Model whose words and textual pathway are kept; a new I learns beside them."
)
_CONTRAST = flags.DEFINE_float(
    "contrast", 0.0, "Weight in I of telling the picture from the batch's others; paper: 0.", 0
)
_UPDATE_BIAS = flags.DEFINE_float(
    "update_bias", 0.0, "First bias of the update gates; above 0 states last longer; paper: 0."
)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "bfloat16"], "Of the next-word logits while training."
)
_PICTURE_PASSES = flags.DEFINE_integer(
    "picture_passes", 1, "Times an epoch shows the pictures; all but the first train I alone.", 1
)
_DTYPE = flags.DEFINE_enum("dtype", "float16", ["float16", "float32"], "Of the stored weights.")
_SAVE_MINUTES = flags.DEFINE_float("save_minutes", 5.0, "Minutes between saved states.", 0)
_STANDARDIZE = flags.DEFINE_bool(
    "standardize", True, "Shift and scale every picture coordinate to mean 0, deviation 1."
)
_SEED = flags.DEFINE_integer("seed", 0, "Of parameters, dropout and order.", lower_bound=0)


SETTINGS = (
    *("captions", "pictures", "embedding", "hidden", "minimum_count", "alpha", "batch", "epochs"),
    *("patience", "learning_rate", "dropout", "start", "contrast", "update_bias", "precision"),
    *("picture_passes", "standardize", "seed"),
)


def main() -> None:
    out = launching.make_folder(_OUT.value)

    # 1. Words and pictures.
    start = sources.open_model(_START.value) if _START.value else None
    given = material.open_material(
        _CAPTIONS.value, _PICTURES.value, start.vocabulary if start else None,
        _MINIMUM_COUNT.value, _ALPHA.value, _STANDARDIZE.value, _SEED.value,
    )
    tell_material(given)

    # 2. The model and its training state, new or as it was last saved.
    module = imaginet.Imaginet(
        len(given.words.words),
        len(given.mean),
        _EMBEDDING.value,
        _HIDDEN.value,
        update_bias=_UPDATE_BIAS.value,
    )
    init_key, dropout_key = jax.random.split(jax.random.key(_SEED.value))
    params = imaginet.init_imaginet(module, init_key)
    if start:
        params = keep_words(params, start)
    optimizer = make_optimizer(params, len(plan_epoch(given, 0)[0]) * _EPOCHS.value)
    # Copied, because the first step takes the state's buffers over.
    best = jax.tree.map(jnp.copy, params)
    progress = resuming.Progress(training.init_training(params, optimizer), best, 0, 0, [])
    settings = {name: flags.FLAGS[name].value for name in SETTINGS}
    settings["vocabulary_sha256"] = vocabulary.hash_vocabulary(given.words)
    settings["material_sha256"] = material.hash_material(given)
    saved_file = out / "training.safetensors"
    progress = resuming.load_progress(saved_file, progress, settings)
    # Before hours of work, so that a full disk is known at once.
    resuming.save_progress(saved_file, progress, settings)

    # 3. Learn until the epochs are over or the validation loss no longer falls.
    encoder = imaginet.imaginet_encoder(module)
    evaluate = jax.jit(functools.partial(training.evaluate_batch, encoder))
    progress = learn(
        encoder, optimizer, dropout_key, given, progress,
        judge=functools.partial(judging.judge_split, evaluate),
        save=lambda progress: resuming.save_progress(saved_file, progress, settings),
    )

    # 4. Keep the best parameters as they will be read, and say what they reach.
    best = jax.tree.map(np.asarray, progress.best)
    names = given.pictures.names if given.pictures else ()
    about = tell_training(given, progress, settings)
    model = checkpoint.Checkpoint(best, given.words, names, given.mean, given.deviation, about)
    checkpoint.save_checkpoint(out, model, _DTYPE.value)
    params = checkpoint.load_checkpoint(out).params
    about["validation"] = judging.rounded(
        judging.judge_split(evaluate, params, given.validation, given.standard)
    )
    about["test"] = judging.judge_test(
        evaluate, params, given.words, given.corpora, given.pictures, given.standard
    )
    checkpoint.save_checkpoint(out, model, _DTYPE.value)
    print(json.dumps({key: about[key] for key in ("validation", "test")}, indent=1))


def learn(
    encoder, optimizer, dropout_key, given: material.Material, progress: resuming.Progress,
    judge, save,
) -> resuming.Progress:
    """Train epoch by epoch, judging each and saving what it takes to go on.

    Args:
      encoder: of the model.
      optimizer: of its parameters.
      dropout_key: of the run.
      given: what is learned.
      progress: new, or where an earlier process was.
      judge: `(params, split, standard pictures) -> metrics`.
      save: writes progress down.
    """
    matmul = bfloat16_matmul if _PRECISION.value == "bfloat16" else jnp.matmul

    def compile_step(alpha):
        step = functools.partial(
            training.train_step,
            encoder,
            optimizer,
            matmul,
            alpha,
            _CONTRAST.value,
            _DROPOUT.value,
        )
        return jax.jit(step, donate_argnums=0)

    train_jointly, train_pictures = compile_step(_ALPHA.value), compile_step(0.0)
    each = len(plan_epoch(given, 0)[0])
    before = progress.epoch * each + progress.position
    report = launching.show_progress(each * _EPOCHS.value, "training step", before)
    saved = time.monotonic()
    patience = _PATIENCE.value
    while progress.epoch < _EPOCHS.value and resuming.epochs_without_gain(progress) < patience:
        plan, joint = plan_epoch(given, progress.epoch)
        remaining = plan[progress.position :]
        filled = batches.fill_batches(
            remaining, given.train.captions, given.train.rows, _BATCH.value
        )
        for batch in filled:
            step = train_jointly if joint[progress.position] else train_pictures
            pictures = material.shown(batch, given.standard)
            state, info = step(progress.state, dropout_key, batch.tokens, pictures)
            progress = progress._replace(state=state, position=progress.position + 1)
            jax.block_until_ready(info)
            done = progress.epoch * len(plan) + progress.position
            report(done, lambda i=info: " ".join(f"{name} {x:.3f}" for name, x in i.items()))
            if time.monotonic() - saved > 60 * _SAVE_MINUTES.value:
                save(progress)
                saved = time.monotonic()
        metrics = judge(progress.state.params, given.validation, given.standard)
        metrics["loss"] = _ALPHA.value * metrics["next_word_loss"] + (
            1 - _ALPHA.value
        ) * metrics.get("picture_distance", 0.0)
        if not math.isfinite(metrics["loss"]):
            raise InputError(
                f"the validation loss is {metrics['loss']} after epoch {progress.epoch + 1}: give "
                f"a lower --learning_rate than {_LEARNING_RATE.value} and another --out"
            )
        history = [*progress.history, metrics]
        if metrics["loss"] <= min(epoch["loss"] for epoch in history):
            progress = progress._replace(best=jax.tree.map(jnp.copy, progress.state.params))
        progress = progress._replace(epoch=progress.epoch + 1, position=0, history=history)
        save(progress)
        print(f"epoch {progress.epoch}: {json.dumps(judging.rounded(metrics))}", flush=True)
    return progress


def plan_epoch(given: material.Material, epoch: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Lay out one epoch's batches as the flags say."""
    return material.plan_epoch(
        given.train, _BATCH.value, _PICTURE_PASSES.value, _SEED.value, epoch
    )


def make_optimizer(params: dict, steps: int) -> optax.GradientTransformation:
    """Build Adam with a cosine of so many steps; with --start, all but pathway I stands still."""
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, _LEARNING_RATE.value, min(200, max(1, steps // 10)), steps
    )
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
    if not _START.value:
        return optimizer
    still = {
        name: jax.tree.map(lambda _, still=name[0] != "I": still, part)
        for name, part in params.items()
    }
    return optax.chain(optimizer, optax.masked(optax.set_to_zero(), still))


def keep_words(params: dict, start: checkpoint.Checkpoint) -> dict:
    """Take the word vectors and the textual pathway of a model over.

    Raises:
      InputError: the model is of another size.
    """
    for name in params:
        if name[0] == "I":
            continue
        found, wanted = (jax.tree.map(jnp.shape, tree[name]) for tree in (start.params, params))
        if found != wanted:
            raise InputError(
                f"{_START.value}: {name} has shape {found}, this training wants {wanted}; "
                "give the same --embedding and --hidden"
            )
        params = {**params, name: jax.tree.map(jnp.asarray, start.params[name])}
    return params


def tell_material(given: material.Material) -> None:
    """Print what is learned and what is held out."""
    aside = f", {given.set_aside} of them set aside here" if given.set_aside else ""
    print(
        f"{len(given.train.captions)} training captions, {np.sum(given.train.rows >= 0)} of them "
        f"with a picture ({given.dropped} more are dropped because their picture is held out); "
        f"{len(given.validation.captions)} validation captions{aside}; "
        f"{len(given.words.words)} words",
        flush=True,
    )


def tell_training(
    given: material.Material, progress: resuming.Progress, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Write down how a model was trained, and on what."""
    return {
        "command": "python launch/train.py " + " ".join(name_only(word) for word in sys.argv[1:]),
        "trained_on": {
            "captions": len(given.train.captions),
            "captions_with_picture": int(np.sum(given.train.rows >= 0)),
            "dropped_because_held_out": given.dropped,
            "epochs": progress.epoch,
        },
        "settings": {name: name_only(value) for name, value in settings.items()},
        "picture_standardized": _STANDARDIZE.value,
    }


def name_only(value):
    """Take the folders out of a flag's value: a model tells what it was made of, not where."""
    if isinstance(value, list):
        return [name_only(part) for part in value]
    if not isinstance(value, str):
        return value
    flag, equals, paths = value.rpartition("=")
    return flag + equals + ",".join(Path(path).name for path in paths.split(","))


if __name__ == "__main__":
    launching.run_main(main)
