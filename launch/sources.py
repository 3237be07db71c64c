"""Models, captions and pictures by the names a person gives: a shipped name or a path."""

from pathlib import Path

import numpy as np

from neurondream import scenes
from neurondream.corpora import captions as caption_files
from neurondream.corpora.captions import Captions, Pictures
from neurondream.errors import InputError
from neurondream.models import imaginet as checkpoint
from neurondream.models.imaginet import Checkpoint

DATA = Path(__file__).resolve().parent.parent / "data"

WORLD_SEED = 2018
HELD_OUT_SCENES = 1000  # for validation and again for the test; training scenes come after them


def model_folder(name: str) -> Path:
    """Find a model by the name of a shipped one or by its folder.

    Raises:
      InputError: there is neither.
    """
    for folder in (DATA / name, Path(name)):
        if (folder / "model.json").exists():
            return folder
    shipped = sorted(path.parent.name for path in DATA.glob("*/model.json"))
    raise InputError(
        f"unknown model {name!r}: give one of the shipped ones ({', '.join(shipped)}) "
        "or a folder that holds model.json and weights.safetensors"
    )


def open_model(name: str) -> Checkpoint:
    """Load a model by its name or folder."""
    return checkpoint.load_checkpoint(model_folder(name))


def made_scenes(name: str) -> int | None:
    """Read `scenes` or `scenes:N` as a number of training scenes, anything else as None.

    Raises:
      InputError: what follows the colon is not a number of scenes.
    """
    word, colon, count = name.partition(":")
    if word != "scenes":
        return None
    if not colon:
        return 20_000
    if not count.isdecimal() or int(count) < 1:
        raise InputError(f"{name!r}: write scenes:N with N >= 1 training scenes")
    return int(count)


def open_captions(name: str) -> Captions:
    """Read captions from a path, or make them: `scenes` or `scenes:N`."""
    count = made_scenes(name)
    if count is None:
        return caption_files.read_captions(name)
    world = scenes.generate(WORLD_SEED, 2 * HELD_OUT_SCENES + count)
    captions_each = len(world.texts) // len(world.ids)
    splits = np.repeat(["val", "test", "train"], [HELD_OUT_SCENES, HELD_OUT_SCENES, count])
    return Captions(world.texts, world.images, np.repeat(splits, captions_each))


def open_pictures(name: str) -> Pictures:
    """Read picture vectors from a path, or make them: `scenes` or `scenes:N`."""
    count = made_scenes(name)
    if count is None:
        return caption_files.read_pictures(name)
    world = scenes.generate(WORLD_SEED, 2 * HELD_OUT_SCENES + count)
    return Pictures(world.ids, world.features, world.names)
