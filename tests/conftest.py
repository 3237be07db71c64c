"""What all tests share: strictness, a tiny model and all that it can dream."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from browsing import LIGHT, prefer, resize, visit
from hostile import BARE, CARDS, MANIFEST, SYNTAX
from neurondream.base import Encoder
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder, init_imaginet
from neurondream.models.vocabulary import (
    SPECIAL_WORDS,
    Vocabulary,
    make_vocabulary,
    word_tokenizer,
)
from neurondream.report.page import write_page
from neurondream.runs import folder as folders
from neurondream.targets import number_targets
from reports import write_run


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


# To compile takes a third of the time, and toys run no slower.
QUICK = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error:::neurondream")
    # For processes that tests start, too.
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    jax.config.update("jax_disable_most_optimizations", True)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        flags = f"{os.environ.get('XLA_FLAGS', '')} {QUICK}"
        # A version of XLA that does not know a flag ends the process.
        known = subprocess.run(
            [sys.executable, "-c", "import jax; jax.devices()"], check=False, capture_output=True,
            env=os.environ | {"XLA_FLAGS": flags},
        )
        if known.returncode == 0:
            os.environ["XLA_FLAGS"] = flags


def pytest_collection_modifyitems(items):
    # The longest first, so that no process waits for it at the end.
    items.sort(key=lambda item: item.path.stem != "test_wheel")


@pytest.fixture(scope="session", autouse=True)
def kept_programs(tmp_path_factory):
    """Compile a program once in a session, whichever run or process asks for it."""
    base = tmp_path_factory.getbasetemp()
    # Workers have folders of their own in that of the session.
    folder = str((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "programs")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


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


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Start Chromium; without one, tests that need it are skipped, but in CI."""
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(paths):
        missing = "needs chromium and chromedriver (Debian: apt install chromium-driver)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for argument in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(paths[1]))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Write the hostile run's page."""
    folder = write_run(tmp_path_factory.mktemp("page"), MANIFEST, [*CARDS, BARE])
    (folder / "syntax").mkdir()
    (folder / "syntax" / "syntax.json").write_text(json.dumps(SYNTAX))
    write_page(folder / "report.html", folder, [*CARDS, BARE])
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser, address):
    """Open the page anew; afterwards nothing was complained of and nothing was asked for."""
    resize(browser, 1280)
    prefer(browser, LIGHT)
    visit(browser, address)
    browser.execute_script("localStorage.clear(); chooseScheme('system')")
    browser.get_log("browser"), browser.get_log("performance")
    yield browser
    complaints = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not complaints
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        message["params"]["request"]["url"] for message in asked
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert all(url.startswith(("file:", "data:", "blob:", "about:")) for url in urls), urls
    assert browser.execute_script("return document.broken") is None
