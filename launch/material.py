"""What a training learns from: captions, their words, their pictures, and batches in order."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import judging
import sources
from neurondream import files
from neurondream.corpora import pairing
from neurondream.corpora.captions import Captions, Pictures
from neurondream.errors import InputError
from neurondream.tokens import words as vocabulary
from neurondream.training import batches
from neurondream.training import steps as training


class Material(NamedTuple):
    """All that a training reads, ready to be cut into batches."""

    words: vocabulary.Vocabulary
    train: judging.Split
    validation: judging.Split
    corpora: dict[str, Captions]  # as they were read, by name
    pictures: Pictures | None
    mean: np.ndarray  # [P], of the training pictures
    deviation: np.ndarray  # [P]
    standard: np.ndarray | None  # the pictures, standardized
    dropped: int  # training captions left out because their picture is held out
    set_aside: int  # captions taken for validation where no file names any


def open_material(
    names: Sequence[str], pictures_name: str | None, known: vocabulary.Vocabulary | None,
    minimum_count: int, alpha: float, standardize: bool, seed: int,
) -> Material:
    """Read captions and pictures, and lay out what is learned and what is held out.

    Args:
      names: of caption files.
      pictures_name: of the picture vectors, if there are any.
      known: the words to keep; None counts them in the training captions.
      minimum_count: rarer words are `<unknown>`.
      alpha: share of T in the loss.
      standardize: whether picture coordinates are shifted and scaled.
      seed: of the draw for validation where no file says what it is.

    Raises:
      InputError: a file is not what it should be, or there is nothing to learn or to validate.
    """
    corpora = judging.open_corpora(names)
    pictures = sources.open_pictures(pictures_name) if pictures_name else None
    together, dropped = pairing.drop_held_out(pairing.join_collections(corpora))
    together, set_aside = pairing.set_aside(together, seed)
    no_pictures = np.full(len(together.texts), -1, np.int32)
    rows = pairing.picture_rows(together, pictures) if pictures else no_pictures
    texts = [vocabulary.tokenize(text) for text in together.texts]
    chosen = distinct(texts, together.images, together.splits == "train")
    words = known or vocabulary.count_words((texts[i] for i in chosen), minimum_count)
    if alpha == 0:
        # Nothing is learned from a caption without a picture.
        chosen = chosen[rows[chosen] >= 0]
    train = judging.make_split(words, texts, rows, chosen)
    validation = judging.make_split(words, texts, rows, np.flatnonzero(together.splits == "val"))
    check_pictures(train, validation, pictures_name, alpha)
    mean, deviation = picture_statistics(pictures, train.rows, standardize)
    standard = training.standardize(pictures.features, mean, deviation) if pictures else None
    return Material(
        words, train, validation, corpora, pictures, mean, deviation, standard, dropped, set_aside
    )


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


def check_pictures(
    train: judging.Split, validation: judging.Split, pictures_name: str | None, alpha: float
) -> None:
    """Refuse a training whose captions lack the pictures that it learns from or stops by.

    Raises:
      InputError: no training caption, or no validation caption, has a picture.
    """
    if not pictures_name:
        if alpha == 0:
            raise InputError(
                "--alpha=0 trains pathway I alone, but no training caption has a picture: "
                "give --pictures, or an --alpha above 0"
            )
        return
    for split, what in ((train, "training"), (validation, "validation")):
        if not np.any(split.rows >= 0):
            raise InputError(
                f"{pictures_name}: no {what} caption has one of these pictures; give the pictures "
                "of the captions, or leave --pictures out to train T alone"
            )


def picture_statistics(
    pictures: Pictures | None, rows: np.ndarray, standardize: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and deviation `[P]` of the coordinates over the training pictures."""
    if pictures is None:
        return np.zeros(1, np.float32), np.ones(1, np.float32)
    features = pictures.features[np.unique(rows[rows >= 0])]
    if not standardize:
        return np.zeros(features.shape[1], np.float32), np.ones(features.shape[1], np.float32)
    deviation = features.std(axis=0)
    # A constant coordinate stays one instead of turning into noise.
    return features.mean(axis=0), np.where(deviation > 1e-6, deviation, 1).astype(np.float32)


def hash_material(given: Material) -> str:
    """Compute the SHA-256 of the captions, in words, and their pictures."""
    arrays = []
    for split in (given.train, given.validation):
        lengths = np.array([len(caption) for caption in split.captions], np.int32)
        arrays += [lengths, *split.captions, np.asarray(split.rows, np.int32)]
    if given.standard is not None:
        arrays.append(given.standard)
    return files.hash_arrays(*arrays)


def plan_epoch(
    train: judging.Split, batch: int, passes: int, seed: int, epoch: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Lay out one epoch's batches, the same ones for the same seed.

    Args:
      train: captions to learn from.
      batch: captions in a batch.
      passes: times that the captions with a picture are shown.
      seed: of the order, with the epoch.
      epoch: counted from 0.

    Returns:
      Positions of the captions of each batch; whether it trains both pathways or I alone.
    """
    lengths = np.array([len(caption) for caption in train.captions])
    paired = train.rows >= 0
    plan = batches.plan_batches(lengths, paired, batch, (seed, epoch))
    extra = []
    with_picture = np.flatnonzero(paired)
    for repeat in range(1, passes):
        again = batches.plan_batches(
            lengths[paired], paired[paired], batch, (seed, epoch, repeat)
        )
        extra += [with_picture[members] for members in again]
    order = np.random.default_rng((seed, epoch, 0)).permutation(len(plan) + len(extra))
    together = [*plan, *extra]
    return [together[position] for position in order], order < len(plan)


def shown(batch: batches.Batch, standard: np.ndarray | None) -> np.ndarray | None:
    """Fetch the pictures `[B, P]` of a batch, zeros on padding captions."""
    if batch.rows is None:
        return None
    return standard[batch.rows] * (batch.rows >= 0)[:, None]
