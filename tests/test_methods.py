"""The paper's settings by flag, as Poerner, Roth & Schütze 2018 ran their methods."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

sys.path.insert(0, str(Path(__file__).parent.parent / "launch"))
import methods

PAPER = {
    "embfree": {"steps": 20, "patience": 25, "samples": 1},
    "logits": {"steps": 200, "patience": 100, "samples": 1},
    "softmax": {"steps": 200, "patience": 100, "samples": 1},
    "gumbel": {"steps": 200, "patience": 200, "samples": 64},
}


@pytest.fixture(autouse=True)
def parsed():
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["test"])
    with flagsaver.flagsaver():
        yield


@pytest.mark.parametrize("method", PAPER)
def test_paper_settings(method):
    with flagsaver.flagsaver(paper=True):
        settings = methods.settings_of(method)
        assert methods.settings_of(f"{method}+swaps")["start"] == {"method": method} | settings
    expected = PAPER[method] | {
        "learning_rate": 1e-3, "epsilon": 1e-7, "restarts": 1, "polish": False,
    }
    assert {name: settings[name] for name in expected} == expected
    # Its own stopping rule ends it, not the number of epochs.
    assert settings["epochs"] > 10 * settings["patience"]
    assert methods.settings_of(method) != settings


def test_paper_temperatures():
    with flagsaver.flagsaver(paper=True):
        gumbel = methods.temperature_of(methods.settings_of("gumbel"))
        softmax = methods.temperature_of(methods.settings_of("softmax"))
    for step in (0, 1, 1000, 59_912):
        np.testing.assert_allclose(gumbel(step), 2 * 0.99995**step, rtol=1e-4)
    assert float(gumbel(59_900)) > 0.1
    for step in (59_920, 2_000_000):
        np.testing.assert_allclose(gumbel(step), 0.1)
    for step in (0, 5_000, 2_000_000):
        assert float(softmax(step)) == 1


def test_paper_settings_give_way_to_flags():
    with flagsaver.flagsaver(paper=True, samples=8, temperature=["1", "0.5"]):
        settings = methods.settings_of("gumbel")
    assert (settings["samples"], settings["steps"]) == (8, 200)
    assert settings["temperature"] == (1.0, 0.5)


def test_epsilon_reaches_the_optimizer():
    settings = methods.settings_of("softmax") | {"epochs": 20}

    def score(words):
        hard = jnp.issubdtype(words.dtype, jnp.integer)
        return (jax.nn.one_hot(words, 9) if hard else words)[:, 5].sum()

    for epsilon, reached in ((1e-8, True), (1e9, False)):
        search = methods.make_search(
            "softmax", settings | {"epsilon": epsilon}, 2, np.ones(9, bool), None
        )
        assert (search(jax.random.key(0), score).score == 2) == reached
