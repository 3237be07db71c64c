"""Make a world of scenes: captions, pictures and what is so in them."""

from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError
from neurondream.scenes.chance import begin_draws
from neurondream.scenes.classes import CLASSES
from neurondream.scenes.meaning import MEANINGS
from neurondream.scenes.picture import NAMES, make_pictures
from neurondream.scenes.scene import Scene, draw_scene
from neurondream.scenes.wording import tell

CAPTIONS = 5


class Scenes(NamedTuple):
    """Captioned scenes.

    `texts` are the captions, `images` `[B]` the picture of each, `ids` `[P]` the pictures,
    `features` `[P, D]` their vectors and `names` what each of the D coordinates means.
    """

    texts: list[str]
    images: np.ndarray
    ids: np.ndarray
    features: np.ndarray
    names: tuple[str, ...]


def generate(seed: int, scenes: int, start: int = 0) -> Scenes:
    """Make captioned scenes of the world of a seed.

    A scene depends on the seed and its own number alone, so worlds of any size agree where they
    overlap.

    Args:
      seed: which world.
      scenes: how many of its scenes.
      start: the number of the first.

    Returns:
      The scenes with five captions each.

    Raises:
      InputError: the seed or the start is negative, or there is not one scene.
    """
    _check(seed, scenes, start)
    seen = []
    texts = []
    for index in range(start, start + scenes):
        draw = begin_draws(seed, index)
        scene = draw_scene(draw)
        seen.append(scene)
        texts.extend([tell(scene, draw) for _ in range(CAPTIONS)])
    ids = np.array([f"scene_{index:07d}" for index in range(start, start + scenes)])
    return Scenes(texts, np.repeat(ids, CAPTIONS), ids, make_pictures(seen, seed, start), NAMES)


def find_scene(seed: int, index: int) -> Scene:
    """Find what there is in one scene of the world of a seed.

    Args:
      seed: which world.
      index: the number of the scene.

    Returns:
      What the scene's picture shows.

    Raises:
      InputError: the seed or the number is negative.
    """
    _check(seed, 1, index)
    return draw_scene(begin_draws(seed, index))


def words_of(name: str) -> frozenset[str]:
    """Give the words that express a coordinate of meaning.

    Args:
      name: the coordinate's, one of `Scenes.names`.

    Returns:
      The words: none for a nuisance.

    Raises:
      InputError: there is no such coordinate.
    """
    if name not in NAMES:
        raise InputError(f"no coordinate is named {name!r}: it should be one of Scenes.names")
    return MEANINGS.get(name, frozenset())


def word_classes() -> dict[str, str]:
    """Give the part of speech of every word that a caption may hold.

    Returns:
      Classes such as noun, verb or preposition by word.
    """
    return dict(CLASSES)


def _check(seed, scenes, start):
    if seed < 0:
        raise InputError(f"the seed is {seed}: it should be 0 or more")
    if scenes < 1:
        raise InputError(f"the number of scenes is {scenes}: it should be 1 or more")
    if start < 0:
        raise InputError(f"the first scene is number {start}: it should be 0 or more")
