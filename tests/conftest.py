"""What all tests share: strictness and a tiny model."""

from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from neurondream.base import Encoder
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder, init_imaginet
from neurondream.vocabulary import SPECIAL_WORDS, Vocabulary, dreamable_words, make_vocabulary


class Toy(NamedTuple):
    module: Imaginet
    encoder: Encoder
    params: Any
    vocabulary: Vocabulary
    allowed: np.ndarray  # bool [V]


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error:::neurondream")


@pytest.fixture(scope="session")
def toy():
    words = ("a", "dog", "runs", "red", "cat", "on", "the", "ball")
    vocabulary = make_vocabulary(SPECIAL_WORDS + words)
    module = Imaginet(vocabulary=12, picture=5, embedding=6, hidden=6)
    # Biases start at zero: noise on every parameter, so that none is left untested.
    params = init_imaginet(module, jax.random.key(0))
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    leaves = [
        3 * (leaf + 0.1 * jax.random.normal(key, leaf.shape))
        for key, leaf in zip(keys, leaves, strict=True)
    ]
    params = jax.tree.unflatten(tree, leaves)
    return Toy(module, imaginet_encoder(module), params, vocabulary, dreamable_words(vocabulary))
