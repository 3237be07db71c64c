"""Train an Imaginet on captions and pictures.

    python launch/train.py --captions=scenes --pictures=scenes --out=runs/scenes

The exact commands of the shipped models, the time they took and what they reached stand in
data/README.md. Killed and started again, a run goes on where it last saved and ends with the
same parameters.
"""

import functools
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags
from safetensors.numpy import save as tensors_to_bytes

import judging
import launching
import sources
from neurondream import batches, captions, checkpoint, training, vocabulary
from neurondream.encoders import imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError

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


class Progress(NamedTuple):
    """All that a killed training needs to go on."""

    state: training.TrainState
    best: dict  # the parameters with the lowest validation loss
    epoch: int
    position: int  # batches of this epoch that are done
    history: list[dict]  # what each finished epoch reached


def main() -> None:
    out = Path(_OUT.value)
    out.mkdir(parents=True, exist_ok=True)

    # 1. Words and pictures.
    corpora = {name: sources.open_captions(name) for name in _CAPTIONS.value}
    pictures = sources.open_pictures(_PICTURES.value) if _PICTURES.value else None
    together, dropped = captions.drop_held_out(captions.concatenate(list(corpora.values())))
    rows = judging.picture_rows(together, pictures)
    texts = [vocabulary.tokenize(text) for text in together.texts]
    chosen = distinct(texts, together.images, together.splits == "train")
    start = sources.open_model(_START.value) if _START.value else None
    words = start.vocabulary if start else count_words(texts[i] for i in chosen)
    if _ALPHA.value == 0:
        # Nothing is learned from a caption without a picture.
        chosen = chosen[rows[chosen] >= 0]
        if not len(chosen):
            raise InputError(
                "--alpha=0 trains pathway I alone, but no training caption has a picture: "
                "give --pictures, or an --alpha above 0"
            )
    train = judging.make_split(words, texts, rows, chosen)
    validation = judging.make_split(words, texts, rows, np.flatnonzero(together.splits == "val"))
    if not validation.captions:
        raise InputError(
            "the captions have no validation split: give a file with a `split` column "
            "that says val for some pictures, or one more file whose name says val"
        )
    mean, deviation = picture_statistics(pictures, train.rows)
    standard = training.standardize(pictures.features, mean, deviation) if pictures else None
    print(
        f"{len(train.captions)} training captions, {np.sum(train.rows >= 0)} of them with a "
        f"picture ({dropped} more are dropped because their picture is held out); "
        f"{len(validation.captions)} validation captions; {len(words.words)} words",
        flush=True,
    )

    # 2. The model and its training state, new or as it was last saved.
    module = imaginet.Imaginet(
        len(words.words),
        len(mean),
        _EMBEDDING.value,
        _HIDDEN.value,
        update_bias=_UPDATE_BIAS.value,
    )
    init_key, dropout_key = jax.random.split(jax.random.key(_SEED.value))
    steps = len(plan_epoch(train, 0)[0]) * _EPOCHS.value
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, _LEARNING_RATE.value, min(200, steps // 10), steps
    )
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
    params = imaginet.init_imaginet(module, init_key)
    if start:
        params = keep_words(params, start)
        optimizer = optax.chain(optimizer, optax.masked(optax.set_to_zero(), held_still(params)))
    # Copied, because the first step takes the state's buffers over.
    best = jax.tree.map(jnp.copy, params)
    progress = Progress(training.init_training(params, optimizer), best, 0, 0, [])
    settings = {name: flags.FLAGS[name].value for name in SETTINGS}
    settings["vocabulary_sha256"] = vocabulary.hash_vocabulary(words)
    saved_file = out / "training.safetensors"
    progress = load_progress(saved_file, progress, settings)

    # 3. Learn until the epochs are over or the validation loss no longer falls.
    matmul = bfloat16_matmul if _PRECISION.value == "bfloat16" else jnp.matmul
    encoder = imaginet.imaginet_encoder(module)

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
    evaluate = jax.jit(functools.partial(training.evaluate_batch, encoder))
    judge = functools.partial(judging.judge_split, evaluate)
    before = progress.epoch * (steps // _EPOCHS.value) + progress.position
    report = launching.show_progress(steps, "training step", before)
    saved = time.monotonic()
    while progress.epoch < _EPOCHS.value and epochs_without_gain(progress) < _PATIENCE.value:
        plan, joint = plan_epoch(train, progress.epoch)
        remaining = plan[progress.position :]
        filled = batches.fill_batches(remaining, train.captions, train.rows, _BATCH.value)
        for batch in filled:
            step = train_jointly if joint[progress.position] else train_pictures
            state, info = step(progress.state, dropout_key, batch.tokens, shown(batch, standard))
            progress = progress._replace(state=state, position=progress.position + 1)
            jax.block_until_ready(info)
            done = progress.epoch * len(plan) + progress.position
            report(done, lambda i=info: " ".join(f"{name} {x:.3f}" for name, x in i.items()))
            if time.monotonic() - saved > 60 * _SAVE_MINUTES.value:
                save_progress(saved_file, progress, settings)
                saved = time.monotonic()
        metrics = judge(progress.state.params, validation, standard)
        metrics["loss"] = _ALPHA.value * metrics["next_word_loss"] + (
            1 - _ALPHA.value
        ) * metrics.get("picture_distance", 0.0)
        history = [*progress.history, metrics]
        if metrics["loss"] <= min(epoch["loss"] for epoch in history):
            progress = progress._replace(best=jax.tree.map(jnp.copy, progress.state.params))
        progress = progress._replace(epoch=progress.epoch + 1, position=0, history=history)
        save_progress(saved_file, progress, settings)
        print(f"epoch {progress.epoch}: {json.dumps(judging.rounded(metrics))}", flush=True)

    # 4. Keep the best parameters as they will be read, and say what they reach.
    about = {
        "command": "python launch/train.py " + " ".join(name_only(word) for word in sys.argv[1:]),
        "trained_on": {
            "captions": len(train.captions),
            "captions_with_picture": int(np.sum(train.rows >= 0)),
            "dropped_because_held_out": dropped,
            "epochs": progress.epoch,
        },
        "settings": {name: name_only(value) for name, value in settings.items()},
        "picture_standardized": _STANDARDIZE.value,
    }
    names = pictures.names if pictures else ()
    best = jax.tree.map(np.asarray, progress.best)
    model = checkpoint.Model(best, words, names, mean, deviation, about)
    checkpoint.save_model(out, model, _DTYPE.value)
    params = checkpoint.load_model(out).params
    about["validation"] = judging.rounded(judge(params, validation, standard))
    corpora = {Path(name).name: corpus for name, corpus in corpora.items()}
    about["test"] = judging.judge_test(evaluate, params, words, corpora, pictures, standard)
    checkpoint.save_model(out, model, _DTYPE.value)
    print(json.dumps({key: about[key] for key in ("validation", "test")}, indent=1))


def distinct(texts: list[list[str]], images: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Choose allowed captions, once each where collections repeat one of the same picture."""
    seen = set()
    chosen = []
    for position in np.flatnonzero(allowed):
        caption = (images[position], *texts[position])
        if images[position] == "" or caption not in seen:
            seen.add(caption)
            chosen.append(position)
    return np.array(chosen, np.int64)


def count_words(texts) -> vocabulary.Vocabulary:
    """Make the vocabulary of the training captions."""
    return vocabulary.count_words(texts, _MINIMUM_COUNT.value)


def held_still(params: dict) -> dict:
    """Mark the parameters that a training with --start leaves as they are: all but pathway I's."""
    return {
        name: jax.tree.map(lambda _, still=name[0] != "I": still, part)
        for name, part in params.items()
    }


def keep_words(params: dict, start: checkpoint.Model) -> dict:
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


def picture_statistics(pictures, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and deviation `[P]` of the coordinates over the training pictures.

    Raises:
      InputError: pictures are given, but no training caption has one.
    """
    if pictures is None:
        return np.zeros(1, np.float32), np.ones(1, np.float32)
    used = np.unique(rows[rows >= 0])
    if not len(used):
        raise InputError(
            f"{_PICTURES.value}: no training caption has one of these pictures; "
            "leave --pictures out to train T alone"
        )
    features = pictures.features[used]
    if not _STANDARDIZE.value:
        return np.zeros(features.shape[1], np.float32), np.ones(features.shape[1], np.float32)
    deviation = features.std(axis=0)
    # A constant coordinate stays one instead of turning into noise.
    return features.mean(axis=0), np.where(deviation > 1e-6, deviation, 1).astype(np.float32)


def plan_epoch(train: judging.Split, epoch: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Lay out one epoch's batches, the same ones for the same seed.

    Returns:
      Positions of the captions of each batch; whether it trains both pathways or I alone.
    """
    lengths = np.array([len(caption) for caption in train.captions])
    paired = train.rows >= 0
    plan = batches.plan_batches(lengths, paired, _BATCH.value, (_SEED.value, epoch))
    extra = []
    with_picture = np.flatnonzero(paired)
    for repeat in range(1, _PICTURE_PASSES.value):
        seed = (_SEED.value, epoch, repeat)
        again = batches.plan_batches(lengths[paired], paired[paired], _BATCH.value, seed)
        extra += [with_picture[members] for members in again]
    order = np.random.default_rng((_SEED.value, epoch, 0)).permutation(len(plan) + len(extra))
    together = [*plan, *extra]
    return [together[position] for position in order], order < len(plan)


def shown(batch: batches.Batch, standard: np.ndarray | None) -> np.ndarray | None:
    """Fetch the pictures `[B, P]` of a batch, zeros on padding captions."""
    if batch.rows is None:
        return None
    return standard[batch.rows] * (batch.rows >= 0)[:, None]


def epochs_without_gain(progress: Progress) -> int:
    """Count the epochs since the lowest validation loss."""
    losses = [epoch["loss"] for epoch in progress.history]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def name_only(value):
    """Take the folders out of a flag's value: a model tells what it was made of, not where."""
    if isinstance(value, list):
        return [name_only(part) for part in value]
    if not isinstance(value, str):
        return value
    flag, equals, paths = value.rpartition("=")
    return flag + equals + ",".join(Path(path).name for path in paths.split(","))


def save_progress(path: Path, progress: Progress, settings: dict) -> None:
    """Write all that a killed training needs, in one file that is whole or not there."""
    leaves, _ = jax.tree_util.tree_flatten_with_path((progress.state, progress.best))
    tensors = {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}
    metadata = {
        "settings": json.dumps(settings),
        "epoch": str(progress.epoch),
        "position": str(progress.position),
        "history": json.dumps(progress.history),
    }
    checkpoint.write_atomically(path, tensors_to_bytes(tensors, metadata))


def load_progress(path: Path, progress: Progress, settings: dict) -> Progress:
    """Go on from a saved training, if there is one.

    Raises:
      InputError: it was made with other settings or is not whole.
    """
    if not path.exists():
        return progress
    tensors = checkpoint.load_tensors(path)
    metadata = checkpoint.load_metadata(path)
    before = json.loads(metadata["settings"])
    for name, value in settings.items():
        if before.get(name) != value:
            raise InputError(
                f"{path.parent} holds a training with {name}={before.get(name)}, not {value}: "
                "give the same settings to go on with it, or another --out"
            )
    state, best = jax.tree_util.tree_map_with_path(
        lambda path, _: jnp.asarray(tensors[jax.tree_util.keystr(path)]),
        (progress.state, progress.best),
    )
    return Progress(
        state,
        best,
        int(metadata["epoch"]),
        int(metadata["position"]),
        json.loads(metadata["history"]),
    )


if __name__ == "__main__":
    launching.run_main(main)
