"""What all tests share: strictness, a tiny model and all that it can dream."""

import itertools
import os
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from neurondream.base import Encoder
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder, init_imaginet
from neurondream.models.vocabulary import (
    SPECIAL_WORDS,
    Vocabulary,
    make_vocabulary,
    word_tokenizer,
)
from neurondream.runs import folder as folders
from neurondream.targets import number_targets


class Toy(NamedTuple):
    module: Imaginet
    encoder: Encoder
    params: Any
    vocabulary: Vocabulary
    allowed: np.ndarray  # bool [V]


class Rig(NamedTuple):
    targets: Any  # 12: both sides of 6 units of I.hidden
    ngrams: np.ndarray  # [512, 3]
    scores: np.ndarray  # [12, 512], by hand


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error:::neurondream")


@pytest.fixture(scope="session", autouse=True)
def kept_programs(tmp_path_factory):
    """Compile a program once in a session, whichever run or process asks for it."""
    folder = str(tmp_path_factory.mktemp("programs"))
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


@pytest.fixture(scope="module")
def quick_compiles():
    """Compile in half the time, other processes too; toys run no slower for it."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
        yield
    jax.config.update("jax_disable_most_optimizations", before)


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
    allowed = word_tokenizer(vocabulary).allowed
    return Toy(module, imaginet_encoder(module), params, vocabulary, allowed)


@pytest.fixture(scope="session")
def rig(toy):
    names = [f"{sign}I.hidden:{unit}" for sign in ("", "-") for unit in range(6)]
    directions = np.concatenate([np.eye(6), -np.eye(6)]).astype(np.float32)
    offsets = np.linspace(-1, 1, 12).astype(np.float32)
    ngrams = np.array(list(itertools.product(range(4, 12), repeat=3)), np.int32)
    encode = jax.vmap(lambda w: toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, w)))
    hidden = np.asarray(jax.jit(encode)(ngrams)["I.hidden"], np.float64)[:, -1]
    scores = (hidden @ directions.T + offsets).T
    return Rig(number_targets(names, directions, offsets), ngrams, scores)


@pytest.fixture
def empty(tmp_path):
    """The folder of a new run."""
    folder = tmp_path / "run"
    folders.make_folder(folder)
    return folder
