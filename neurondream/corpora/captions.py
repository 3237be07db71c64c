"""Captions of pictures as plain arrays (host side)."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neurondream.corpora.lines import read_lines
from neurondream.corpora.pictures import (
    PER_PICTURE,
    SPLITS_OF_FOLDER,
    folder_keys,
    folder_stems,
    picture_key,
    read_folder_rows,
)
from neurondream.corpora.rows import read_rows
from neurondream.errors import InputError

_SPLITS = dict.fromkeys(("", "train", "none", "restval"), "train")
_SPLITS |= dict.fromkeys(("dev", "val", "valid", "validation"), "val")
_NAMED = {"train": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
          "test": "test"}


class Captions(NamedTuple):
    """Captions, the pictures they describe and the split each belongs to."""

    texts: list[str]  # B captions, as written
    images: np.ndarray  # [B] str: key of each caption's picture, '' where it has none
    splits: np.ndarray  # [B] str: 'train', 'val' or 'test'
    blank: int = 0  # captions that were skipped, since they hold nothing
    aliases: Mapping[str, str] = {}  # other keys of pictures, by their keys


def read_captions(
    path: str | os.PathLike, column: str | None = None, form: str | None = None
) -> Captions:
    """Read captions from a file of any form that `rows.read_rows` knows, or from a folder.

    A folder holds `train.txt`, five captions a picture, beside `train.npy`; likewise dev, val,
    test. Splits stand in a field `split`, else the file's name tells by a whole word.

    Args:
      path: of the file or folder.
      column: that holds the captions, where its name does not tell.
      form: of the file, where it does not tell.

    Raises:
      InputError: the file is not there or not what it should be, or holds no captions.
    """
    path = Path(path)
    if path.is_dir():
        captions = concatenate([_read_folder_split(path, stem) for stem in folder_stems(path)])
    elif path.exists():
        captions = _read_file(path, column, form)
    else:
        raise InputError(f"{path}: no such file or folder")
    if not captions.texts:
        raise InputError(f"{path}: holds no captions; give at least one")
    return captions


def concatenate(captions: Sequence[Captions]) -> Captions:
    """Join one or more sets of captions in order.

    Args:
      captions: the sets.

    Raises:
      InputError: there is none.
    """
    if not captions:
        raise InputError("no captions: give at least one file of them")
    return Captions(
        [text for part in captions for text in part.texts],
        np.concatenate([part.images for part in captions]),
        np.concatenate([part.splits for part in captions]),
        sum(part.blank for part in captions),
        {key: alias for part in captions for key, alias in part.aliases.items()},
    )


def _read_file(path: Path, column: str | None, form: str | None) -> Captions:
    texts: list[str] = []
    images: list[str] = []
    splits: list[str] = []
    keys: dict[str, str] = {}
    aliases: dict[str, str] = {}
    blank = 0
    named = split_of_name(path.name)
    for number, (row, _) in enumerate(read_rows(path, column, form), 1):
        if (key := keys.get(row.image)) is None:
            key = keys[row.image] = picture_key(row.image)
        if row.alias and (alias := picture_key(row.alias)) != key:
            aliases[key] = alias
        split = named if row.split is None else read_split(row.split)
        if split is None:
            known = ", ".join(filter(None, _SPLITS))
            raise InputError(
                f"{path}, row {number}: unknown split {row.split!r}; give {known} or test"
            )
        for text in row.texts:
            if not text or text.isspace():
                blank += 1
                continue
            texts.append(text)
            images.append(key)
            splits.append(split)
    return Captions(texts, np.array(images, str), np.array(splits, str), blank, aliases)


def read_split(name: str) -> str | None:
    """Read the name of a split, None where it is of none."""
    name = name.strip()
    return "test" if name.startswith("test") else _SPLITS.get(name)


def split_of_name(name: str) -> str:
    """Tell the split by a whole word of a file's name: `captions_val2017.json`, not `latest`.

    A name that holds words of several, as `train_val.txt` does, tells none.
    """
    splits = {_NAMED[word] for word in re.findall("[a-z]+", name.lower()) if word in _NAMED}
    return splits.pop() if len(splits) == 1 else "train"


def _read_folder_split(folder: Path, stem: str) -> Captions:
    path = folder / f"{stem}.txt"
    # Blank ones keep their places among those of a picture.
    texts = [line.removesuffix("\n") for line, _ in read_lines(path)]
    rows = len(read_folder_rows(folder, stem, len(texts)))
    if len(texts) != PER_PICTURE * rows:
        wanted = f"{PER_PICTURE} for each of the {rows} rows of {stem}.npy"
        raise InputError(f"{path}: {len(texts)} lines; give {wanted}")
    there = np.array([bool(text.strip()) for text in texts], bool)
    images = np.repeat(folder_keys(stem, rows), PER_PICTURE)[there]
    kept = [text for text, is_there in zip(texts, there, strict=True) if is_there]
    split = np.full(len(kept), SPLITS_OF_FOLDER[stem])
    return Captions(kept, images, split, int(np.sum(~there)))
