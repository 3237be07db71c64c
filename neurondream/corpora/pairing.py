"""Captions and the pictures they are of, within a collection and across several (host side)."""

import re
from collections.abc import Mapping

import numpy as np

from neurondream.corpora.captions import Captions, concatenate
from neurondream.corpora.pictures import Pictures
from neurondream.errors import InputError

_NUMBERED = re.compile(r"(?:[a-z]+:)?\d+")  # as COCO and the folder layout name pictures
_SET_ASIDE = 0.05  # of the pictures, for validation


def join_collections(collections: Mapping[str, Captions]) -> Captions:
    """Join captions whose pictures are known by the same names in all collections.

    Args:
      collections: captions by the name of their file.

    Raises:
      InputError: two collections number their pictures and share a number, which need not be the
        same picture.
    """
    first: dict[str, str] = {}
    for name, captions in collections.items():
        numbered = {key for key in captions.images.tolist() if _NUMBERED.fullmatch(key)}
        shared = sorted(numbered & first.keys())
        if shared:
            raise InputError(
                f"{first[shared[0]]} and {name} share {len(shared)} picture numbers, the first is "
                f"{shared[0]!r}, which may be different pictures: give file names as image_id, or "
                "put captions of the same pictures into one file"
            )
        first |= dict.fromkeys(numbered, name)
    return concatenate(list(collections.values()))


def drop_held_out(captions: Captions) -> tuple[Captions, int]:
    """Drop captions whose picture is held out: training from val and test, val from test.

    Args:
      captions: of any splits.

    Returns:
      The captions that are left, and how many were dropped. Captions without a picture stay.
    """
    test = set(captions.images[captions.splits == "test"].tolist()) - {""}
    val = set(captions.images[captions.splits == "val"].tolist()) - {""}
    held_out = {"train": val | test, "val": test, "test": set()}
    pairs = zip(captions.images.tolist(), captions.splits.tolist(), strict=True)
    keep = np.array([image not in held_out[split] for image, split in pairs], bool)
    texts = [captions.texts[row] for row in np.flatnonzero(keep)]
    left = captions._replace(
        texts=texts, images=captions.images[keep], splits=captions.splits[keep]
    )
    return left, len(captions.texts) - len(texts)


def set_aside(captions: Captions, seed: int) -> tuple[Captions, int]:
    """Take a twentieth of the training pictures for validation where there is no such split.

    Captions of one picture, and equal captions without one, stay together.

    Args:
      captions: of any splits.
      seed: of the draw.

    Returns:
      The captions with their new splits, and how many were taken.

    Raises:
      InputError: there are fewer than two pictures or captions to draw from.
    """
    if np.any(captions.splits == "val"):
        return captions, 0
    members: dict[tuple[str, str], list[int]] = {}
    for row in np.flatnonzero(captions.splits == "train").tolist():
        image = str(captions.images[row])
        members.setdefault((image, "" if image else captions.texts[row]), []).append(row)
    groups = list(members.values())
    if len(groups) < 2:
        raise InputError(
            f"{len(groups)} training pictures or captions: give two or more, one to learn from "
            "and one for validation"
        )
    number = max(1, round(_SET_ASIDE * len(groups)))
    drawn = np.random.default_rng(seed).choice(len(groups), number, replace=False)
    taken = np.concatenate([groups[group] for group in drawn])
    splits = captions.splits.astype("<U5")
    splits[taken] = "val"
    return captions._replace(splits=splits), len(taken)


def picture_rows(captions: Captions, pictures: Pictures | None) -> np.ndarray:
    """Find each caption's picture among the features.

    Args:
      captions: B of them.
      pictures: their features; None where there are none.

    Returns:
      Rows of the features, `int32 [B]`, -1 for a caption without one.
    """
    row_of = {} if pictures is None else {key: row for row, key in enumerate(pictures.ids.tolist())}
    return np.array([
        row_of.get(key, row_of.get(captions.aliases.get(key, ""), -1))
        for key in captions.images.tolist()
    ], np.int32)


def check_paired(captions: Captions, pictures: Pictures) -> None:
    """Refuse features of other pictures than the captions'.

    Args:
      captions: that should show the pictures.
      pictures: their features.

    Raises:
      InputError: no caption has a picture among the features.
    """
    if np.all(picture_rows(captions, pictures) < 0):
        first = next((repr(key) for key in captions.images.tolist() if key), "none")
        raise InputError(
            f"the features match none of the {len(captions.images)} captions: the captions' first "
            f"picture is {first}, the features' {str(pictures.ids[0])!r}; give both of the same "
            "pictures"
        )
