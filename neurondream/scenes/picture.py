"""Turn scenes into picture vectors whose every coordinate is known."""

import numpy as np

from neurondream.scenes.meaning import MEANINGS
from neurondream.scenes.scene import Scene
from neurondream.scenes.truth import facts

NOISE = 0.1
_STYLES = ("nuisance:brightness", "nuisance:contrast", "nuisance:tilt")
_MIXTURES = ("nuisance:mixture0", "nuisance:mixture1", "nuisance:mixture2")
_PRODUCTS = ("nuisance:product0", "nuisance:product1")

NAMES = (*MEANINGS, *_STYLES, *_MIXTURES, *_PRODUCTS)
_PLACE_OF = {name: place for place, name in enumerate(MEANINGS)}
# The same in every world, so that a coordinate means the same in every world; in 256ths, so that
# sums are exact in any order and a scene's picture does not depend on how many are made at once.
_MIXING = np.random.default_rng(7).standard_normal((len(MEANINGS), 5)) / 3
_MIXING = (np.round(_MIXING * 256) / 256).astype(np.float32)
_BLOCK = 256


def make_pictures(scenes: list[Scene], seed: int, start: int) -> np.ndarray:
    """Make the picture vectors of scenes.

    A coordinate of meaning is 1 where it is so in the scene and 0 where not. The styles are drawn
    without regard to the scene, the mixtures are fixed sums of the coordinates of meaning with
    weights of either sign, and the products multiply two such sums. All carry Gaussian noise.

    Args:
      scenes: P scenes of one world.
      seed: the world's.
      start: the number of the first.

    Returns:
      The vectors `[P, D]`.
    """
    truth = np.zeros((len(scenes), len(MEANINGS)), np.float32)
    for row, scene in enumerate(scenes):
        found = [_PLACE_OF[name] for name in facts(scene) if name in _PLACE_OF]
        truth[row, found] = 1
    sums = truth @ _MIXING
    noise = _noise(seed, start, len(scenes))
    features = NOISE * noise
    mixtures = len(MEANINGS) + len(_STYLES)
    products = mixtures + len(_MIXTURES)
    features[:, : len(MEANINGS)] += truth
    features[:, len(MEANINGS) : mixtures] = noise[:, len(MEANINGS) : mixtures]
    features[:, mixtures:products] += sums[:, :3]
    features[:, products:] += sums[:, 3:] * sums[:, :2]
    return features


def _noise(seed, start, count):
    """Draw noise block by block, so that a scene's noise depends on its own number only."""
    first = start // _BLOCK
    last = (start + count - 1) // _BLOCK
    blocks = [
        np.random.default_rng([seed, block]).standard_normal((_BLOCK, len(NAMES)), np.float32)
        for block in range(first, last + 1)
    ]
    offset = start - first * _BLOCK
    return np.concatenate(blocks)[offset : offset + count]
