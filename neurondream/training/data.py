"""What a training learns from: captions as word ids, their pictures, batches in order (host side).

A training caption is kept once where collections repeat one of the same picture, and not at all
where its picture is held out in any of them.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neurondream import files
from neurondream.corpora import pairing
from neurondream.corpora.captions import Captions
from neurondream.corpora.pictures import Pictures
from neurondream.corpora.texts import check_of_files, open_captions, open_pictures
from neurondream.errors import InputError
from neurondream.models.vocabulary import Vocabulary, count_words, encode_caption
from neurondream.tokens.words import VERSION, tokenize
from neurondream.training.batches import Batch, plan_batches
from neurondream.training.settings import Settings


class Split(NamedTuple):
    """Captions to learn from or to be evaluated by."""

    captions: list[np.ndarray]  # B arrays of word ids
    rows: np.ndarray  # int32 [B], picture of each caption, -1 for none


class TrainingData(NamedTuple):
    """All that a training reads, ready to be cut into batches."""

    vocabulary: Vocabulary
    train: Split
    validation: Split
    collections: dict[str, Captions]  # as they were read, by name
    pictures: Pictures | None  # standardized
    mean: np.ndarray  # [P], of the training pictures
    deviation: np.ndarray  # [P]
    dropped: int  # training captions left out because their picture is held out
    set_aside: int  # captions taken for validation where no file names any


def open_data(settings: Settings, vocabulary: Vocabulary | None = None) -> TrainingData:
    """Read captions and pictures, and lay out what is learned and what is held out.

    Args:
      settings: of the training.
      vocabulary: the words to keep; None counts them in the training captions.

    Raises:
      InputError: a file is not what it should be, or there is nothing to learn or to validate.
    """
    collections = open_collections(settings.captions, settings.column, settings.format)
    pictures = open_pictures(settings.pictures) if settings.pictures else None
    captions, dropped = pairing.drop_held_out(pairing.join_collections(collections))
    captions, set_aside = pairing.set_aside(captions, settings.seed)
    if pictures:
        pairing.check_paired(captions, pictures)
    rows = pairing.picture_rows(captions, pictures)
    version = vocabulary.tokenizer if vocabulary else VERSION
    texts = [tokenize(text, version) for text in captions.texts]
    chosen = _distinct(texts, captions.images, captions.splits == "train")
    if vocabulary is None:
        vocabulary = count_words((texts[i] for i in chosen), settings.minimum_count)
    if settings.alpha == 0:
        # Nothing is learned from a caption without a picture.
        chosen = chosen[rows[chosen] >= 0]
    train = make_split(vocabulary, texts, rows, chosen)
    held_out = np.flatnonzero(captions.splits == "val")
    validation = make_split(vocabulary, texts, rows, held_out)
    if pictures:
        _check_pictures(settings.pictures, train, validation)
    mean, deviation = _picture_statistics(pictures, train.rows, settings.standardize)
    if pictures:
        pictures = standardize(pictures, mean, deviation)
    return TrainingData(
        vocabulary, train, validation, collections, pictures, mean, deviation, dropped, set_aside
    )


def open_collections(
    names: Sequence[str], column: str | None = None, form: str | None = None
) -> dict[str, Captions]:
    """Read captions; each is known by its file's name, or its path where two names are alike."""
    count = Counter(Path(name).name for name in set(names))
    check_of_files(names, column, form)
    return {
        name if count[Path(name).name] > 1 else Path(name).name:
            open_captions(name, column, form)
        for name in dict.fromkeys(names)
    }


def make_split(
    vocabulary: Vocabulary, texts: Sequence[Sequence[str]], rows: np.ndarray, chosen: np.ndarray
) -> Split:
    """Look up the words of the chosen captions.

    Args:
      vocabulary: of the model.
      texts: B tokenized captions.
      rows: picture of each, `int32 [B]`.
      chosen: positions of the captions to take.
    """
    return Split([encode_caption(vocabulary, texts[i]) for i in chosen], rows[chosen])


def standardize(pictures: Pictures, mean: np.ndarray, deviation: np.ndarray) -> Pictures:
    """Shift and scale picture vectors coordinate by coordinate.

    Args:
      pictures: as they are.
      mean: `[P]`, becomes 0.
      deviation: `[P]`, becomes 1.
    """
    return pictures._replace(features=(pictures.features - mean) / deviation)


def plan_epoch(
    train: Split, settings: Settings, epoch: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Lay out one epoch's batches, the same ones for the same seed.

    Args:
      train: captions to learn from.
      settings: their batch, picture_passes and seed count.
      epoch: counted from 0.

    Returns:
      Positions of the captions of each batch; whether it trains both pathways or I alone.
    """
    size, seed = settings.batch, settings.seed
    lengths = np.array([len(caption) for caption in train.captions])
    paired = train.rows >= 0
    plan = plan_batches(lengths, paired, size, (seed, epoch))
    extra = []
    with_picture = np.flatnonzero(paired)
    for repeat in range(1, settings.picture_passes):
        again = plan_batches(lengths[paired], paired[paired], size, (seed, epoch, repeat))
        extra += [with_picture[members] for members in again]
    order = np.random.default_rng((seed, epoch, 0)).permutation(len(plan) + len(extra))
    together = [*plan, *extra]
    return [together[position] for position in order], order < len(plan)


def pictures_of(batch: Batch, pictures: Pictures | None) -> np.ndarray | None:
    """Fetch the vectors `[B, P]` of a batch's pictures, zeros on padding captions."""
    if batch.rows is None:
        return None
    return pictures.features[batch.rows] * (batch.rows >= 0)[:, None]


def hash_data(data: TrainingData) -> str:
    """Compute the SHA-256 of the captions, in words, and their pictures."""
    arrays = []
    for split in (data.train, data.validation):
        lengths = np.array([len(caption) for caption in split.captions], np.int32)
        arrays += [lengths, *split.captions, np.asarray(split.rows, np.int32)]
    if data.pictures is not None:
        arrays.append(data.pictures.features)
    return files.hash_arrays(*arrays)


def describe_data(data: TrainingData) -> str:
    """Say in one line what is learned and what is held out."""
    aside = f", {data.set_aside} of them set aside here" if data.set_aside else ""
    blank = sum(captions.blank for captions in data.collections.values())
    skipped = f"; {blank} blank ones skipped" if blank else ""
    return (
        f"{len(data.train.captions)} training captions, {np.sum(data.train.rows >= 0)} of them "
        f"with a picture ({data.dropped} more are dropped because their picture is held out); "
        f"{len(data.validation.captions)} validation captions{aside}{skipped}; "
        f"{len(data.vocabulary.words)} words"
    )


def _distinct(texts: list[list[str]], images: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Choose allowed captions, once each where collections repeat one of the same picture."""
    seen = set()
    chosen = []
    for position in np.flatnonzero(allowed):
        caption = (images[position], *texts[position])
        if images[position] == "" or caption not in seen:
            seen.add(caption)
            chosen.append(position)
    return np.array(chosen, np.int64)


def _check_pictures(name: str, train: Split, validation: Split) -> None:
    """Refuse a training whose captions lack the pictures that it learns from or stops by."""
    for split, what in ((train, "training"), (validation, "validation")):
        if not np.any(split.rows >= 0):
            raise InputError(
                f"{name}: no {what} caption has one of these pictures; give the pictures of the "
                "captions, or none to train T alone"
            )


def _picture_statistics(
    pictures: Pictures | None, rows: np.ndarray, standardized: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and deviation `[P]` of the coordinates over the training pictures."""
    if pictures is None:
        return np.zeros(1, np.float32), np.ones(1, np.float32)
    features = pictures.features[np.unique(rows[rows >= 0])]
    if not standardized:
        return np.zeros(features.shape[1], np.float32), np.ones(features.shape[1], np.float32)
    deviation = features.std(axis=0)
    # A constant coordinate stays one instead of turning into noise.
    return features.mean(axis=0), np.where(deviation > 1e-6, deviation, 1).astype(np.float32)
