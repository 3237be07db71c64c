"""How well a model does on captions and pictures it has not learned from."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from neurondream.base import Array, Encoder, Params
from neurondream.corpora import pairing
from neurondream.corpora.captions import Captions, concatenate
from neurondream.corpora.pictures import Pictures
from neurondream.corpora.texts import open_pictures
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder
from neurondream.errors import InputError
from neurondream.models.imaginet import Checkpoint, load_checkpoint, sizes_of
from neurondream.models.opening import find_model
from neurondream.models.vocabulary import PADDING, Vocabulary
from neurondream.tokens.words import tokenize
from neurondream.training.batches import fill_batches, plan_batches
from neurondream.training.data import Split, make_split, open_collections, standardize
from neurondream.training.losses import (
    next_word_losses,
    read_captions,
    read_pictures,
    unit_vectors,
)

BATCH = 256  # captions evaluated at once
FEW_PICTURES = 100

# (params, tokens) -> what `evaluate_batch` returns, compiled
Evaluator = Callable[[Params, Array], tuple[Array, Array, Array, Array]]
Metrics = dict[str, float]


def evaluate(
    model: str | Path | Checkpoint, captions: Sequence[str], pictures: str | None = None
) -> dict[str, Metrics]:
    """Evaluate a model by the test captions and pictures of collections.

    Args:
      model: a shipped model's name, a model's folder, or the model itself.
      captions: files with a test split; `scenes` or `scenes:N` are made.
      pictures: file of their picture vectors; None evaluates pathway T alone.

    Returns:
      Metrics by collection: next-word loss in nats, accuracy and perplexity, and how often one
      caption finds its picture among all test pictures.

    Raises:
      InputError: a file is not what it should be, the pictures are not the model's or the
        captions', or no caption is of a test split.
    """
    checkpoint = model if isinstance(model, Checkpoint) else load_checkpoint(find_model(model))
    collections = open_collections(captions)
    shown = open_pictures(pictures) if pictures else None
    if shown:
        pairing.check_paired(concatenate(list(collections.values())), shown)
        if shown.features.shape[1] != len(checkpoint.picture_mean):
            raise InputError(
                f"{pictures}: pictures of {shown.features.shape[1]} coordinates, "
                f"the model has {len(checkpoint.picture_mean)}"
            )
        shown = standardize(shown, checkpoint.picture_mean, checkpoint.picture_deviation)
    evaluator = compile_evaluator(imaginet_encoder(Imaginet(**sizes_of(checkpoint))))
    reached = evaluate_collections(
        evaluator, checkpoint.params, checkpoint.vocabulary, collections, shown
    )
    if not reached:
        raise InputError(
            f"{', '.join(collections)}: no caption is of a test split; "
            "give captions whose `split` column says test"
        )
    return reached


def compile_evaluator(encoder: Encoder) -> Evaluator:
    """Compile `evaluate_batch` for a model."""
    return jax.jit(functools.partial(evaluate_batch, encoder))


def evaluate_collections(
    evaluator: Evaluator,
    params: Params,
    vocabulary: Vocabulary,
    collections: Mapping[str, Captions],
    pictures: Pictures | None,
) -> dict[str, Metrics]:
    """Evaluate a model by the test split of every collection that has one.

    Args:
      evaluator: of the plain encoder.
      params: of the model.
      vocabulary: of the model.
      collections: captions by name.
      pictures: standardized, or None.

    Returns:
      Metrics by collection, to four decimals.
    """
    reached = {}
    for name, captions in collections.items():
        test = np.flatnonzero(captions.splits == "test")
        if len(test):
            texts = [tokenize(text, vocabulary.tokenizer) for text in captions.texts]
            rows = pairing.picture_rows(captions, pictures)
            split = make_split(vocabulary, texts, rows, test)
            reached[name] = round_metrics(evaluate_split(evaluator, params, split, pictures))
    return reached


def evaluate_split(
    evaluator: Evaluator, params: Params, split: Split, pictures: Pictures | None
) -> Metrics:
    """Compute next-word loss, accuracy and perplexity, and how well pictures are found.

    Args:
      evaluator: of the plain encoder.
      params: of the model.
      split: captions, and which of the pictures each shows.
      pictures: standardized, or None.
    """
    lengths = np.array([len(caption) for caption in split.captions])
    plan = plan_batches(lengths, split.rows >= 0, BATCH, None)
    sums, predicted = np.zeros(3), []
    for batch in fill_batches(plan, split.captions, split.rows, BATCH):
        *counts, guesses = evaluator(params, batch.tokens)
        sums += [float(count) for count in counts]
        if batch.rows is not None:
            predicted.append(np.asarray(guesses)[batch.rows >= 0])
    loss, hits, number = sums
    with np.errstate(over="ignore"):  # a model that has diverged: infinite, not a warning
        perplexity = float(np.exp(loss / number))
    metrics = {
        "next_word_loss": loss / number,
        "next_word_accuracy": hits / number,
        "perplexity": perplexity,
        "captions": len(split.captions),
    }
    rows = split.rows[np.concatenate(plan)]
    rows = rows[rows >= 0]
    if len(rows):
        metrics |= _picture_metrics(np.concatenate(predicted), pictures.features, rows)
    return metrics


def _picture_metrics(guesses: np.ndarray, features: np.ndarray, rows: np.ndarray) -> Metrics:
    """Compute how well guesses `[B, P]` find their rows of the features."""
    shown, positions = np.unique(rows, return_inverse=True)
    distance = optax.losses.cosine_distance(guesses, features[rows], epsilon=1e-8)
    ranks = np.asarray(rank_pictures(guesses, features[shown], positions))
    return {
        "picture_distance": float(distance.mean()),
        "pictures": len(shown),
        **{f"recall_at_{k}": float(np.mean(ranks <= k)) for k in (1, 5, 10)},
        "median_rank": float(np.median(ranks)),
    }


def evaluate_batch(
    encoder: Encoder, params: Params, tokens: Array
) -> tuple[Array, Array, Array, Array]:
    """Evaluate captions by the plain encoder.

    Args:
      encoder: of the model.
      params: its parameters.
      tokens: `int32 [B, 1 + L]`.

    Returns:
      Summed next-word loss in nats, hits and number of the words, and the predicted pictures
      `[B, P]`.
    """
    textual, visual = read_captions(encoder, params, tokens, jax.random.key(0), 0.0)
    readouts = encoder.readouts(params)
    losses, hits = next_word_losses(readouts["T.output"], textual, tokens[:, 1:])
    words = jnp.sum(tokens[:, 1:] != PADDING)
    return losses.sum(), hits.sum(), words, read_pictures(readouts["I.output"], visual)


def rank_pictures(predicted: Array, truth: Array, rows: Array) -> Array:
    """Rank the right picture of each caption by cosine similarity, 1 the best.

    Args:
      predicted: `[B, P]`, one a caption.
      truth: `[K, P]`, the pictures to choose from.
      rows: `int32 [B]`, position of each caption's picture in `truth`.
    """
    similarity = unit_vectors(predicted) @ unit_vectors(truth).T
    right = jnp.take_along_axis(similarity, rows[:, None], axis=1)
    return 1 + jnp.sum(similarity > right, axis=1)


def say_few(test: Mapping[str, Metrics]) -> str:
    """Say of which collections recall says little, since it finds one among few pictures."""
    few = [
        f"{name} has {metrics['pictures']} pictures" for name, metrics in test.items()
        if metrics.get("pictures", FEW_PICTURES) < FEW_PICTURES
    ]
    return f"recall says little, {' and '.join(few)}" if few else ""


def round_metrics(metrics: Metrics) -> Metrics:
    """Keep four decimals."""
    return {name: round(value, 4) for name, value in metrics.items()}
