"""Captions and pictures by the names that a person gives: a path, or the made world."""

from collections.abc import Sequence

import numpy as np

from neurondream import scenes
from neurondream.corpora.captions import Captions, read_captions
from neurondream.corpora.pictures import Pictures, read_pictures
from neurondream.errors import InputError

WORLD_SEED = 2018
HELD_OUT_SCENES = 1000  # for validation and again for the test; training scenes come after them
MOST_SCENES = 1_000_000  # made in minutes
TRAINING_SCENES = 20_000  # of plain `scenes`


def check_of_files(names: Sequence[str], column: str | None, form: str | None) -> None:
    """Refuse to be told how files are read where there are none.

    Raises:
      InputError: all captions are made, and a column or a form is given.
    """
    given = {"column": column, "format": form}
    for name, value in given.items():
        if value is not None and all(made_scenes(each) is not None for each in names):
            raise InputError(f"{name}={value}: {', '.join(names)} is made, no file; leave it out")


def made_scenes(name: str) -> int | None:
    """Read `scenes` or `scenes:N` as a number of training scenes, anything else as None.

    Raises:
      InputError: what follows the colon is not a number of scenes.
    """
    word, colon, count = name.partition(":")
    if word != "scenes":
        return None
    if not colon:
        return TRAINING_SCENES
    if not count.isdecimal() or not 1 <= int(count[:9]) <= MOST_SCENES or len(count) > 9:
        raise InputError(f"{name!r}: write scenes:N with 1 to {MOST_SCENES} training scenes")
    return int(count)


def open_captions(name: str, column: str | None = None, form: str | None = None) -> Captions:
    """Read captions from a path, or make them.

    Args:
      name: a path that `read_captions` takes; `scenes` or `scenes:N` for the made world.
      column: that holds the captions, where its name does not tell.
      form: of the file, where it does not tell.

    Returns:
      The captions of all splits.

    Raises:
      InputError: there are none, or the file is not what it should be.
    """
    count = made_scenes(name)
    if count is None:
        return read_captions(name, column, form)
    world = scenes.generate(WORLD_SEED, 2 * HELD_OUT_SCENES + count)
    captions_each = len(world.texts) // len(world.ids)
    splits = np.repeat(["val", "test", "train"], [HELD_OUT_SCENES, HELD_OUT_SCENES, count])
    return Captions(world.texts, world.images, np.repeat(splits, captions_each))


def open_pictures(name: str) -> Pictures:
    """Read picture vectors from a path, or make them.

    Args:
      name: a path that `read_pictures` takes; `scenes` or `scenes:N` for the made world.

    Raises:
      InputError: there are none, or the file is not what it should be.
    """
    count = made_scenes(name)
    if count is None:
        return read_pictures(name)
    world = scenes.generate(WORLD_SEED, 2 * HELD_OUT_SCENES + count)
    return Pictures(world.ids, world.features, world.names)
