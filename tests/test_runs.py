"""Runs of a model: killed and resumed, shared out, merged, in memory."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.runs import folder as folders
from neurondream.runs.locks import dreams_file
from neurondream.runs.opened import open_finished, read_together
from refusals import refuse
from scripts import read_lines

ROOT = Path(__file__).parent.parent
def read_all(folder):
    """All lines of a run but for the times, in one order."""
    lines = folders.read_dreams(folder)
    return sorted(json.dumps(line | {"seconds": 0}) for line in lines)


@pytest.fixture(scope="module", name="model")
def bag():
    """What is traced in no time: a sum of words, with a readout."""
    params = toys.draw_params(0, {"table": (13, 8), "read": (8, 13), "offset": (13,)})
    tokenizer = toys.make_tokenizer(("<s>", "<unk>"), 11)

    def encode(params, vectors):
        hidden = jnp.tanh(jnp.cumsum(vectors, axis=0))
        return {"bag.hidden": hidden, "bag.logits": hidden @ params["read"] + params["offset"]}

    return nd.make_model(
        "bag", encode, params, tokenizer, table=lambda params: params["table"],
        readouts={"bag.logits": ("bag.hidden", "read", "offset")},
        names={"bag.logits": tokenizer.spell(range(13))}, next_word="bag.logits",
    )


@pytest.fixture(scope="module")
def corpus(model):
    return nd.make_corpus(toys.make_texts(), model, length=3)


# One group that fills more than a chunk, one of another place.
NEURONS = ("bag.logits:0-8", "bag.hidden:1@max")
FEW = {"restarts": 1, "rounds": 0}
METHODS = ("search", nd.best(**FEW), nd.gumbel(epochs=3, restarts=1),
           nd.make_method("search+swaps", **FEW))  # fmt: skip


@pytest.fixture(scope="module")
def whole(model, corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    run = nd.open_run(folder, model, corpus)
    for method in METHODS:
        assert len(list(nd.run(run, NEURONS, method))) == 10
    return folder


@pytest.mark.parametrize("stop", [1, 18, 33])
def test_killed_anywhere_and_resumed_is_the_same(whole, model, corpus, tmp_path, stop):
    run = nd.open_run(tmp_path / "run", model, corpus)
    lines = itertools.chain.from_iterable(nd.run(run, NEURONS, method) for method in METHODS)
    for _ in itertools.islice(lines, stop):
        pass
    path = tmp_path / "run" / "dreams.jsonl"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 100])  # within the last line
    for method in METHODS:
        list(nd.run(nd.open_run(tmp_path / "run", model, corpus), NEURONS, method))
    assert read_all(tmp_path / "run") == read_all(whole)


def test_shards_together_are_the_whole(whole, model, corpus, tmp_path):
    for number in (1, 2, 3):
        run = nd.open_run(tmp_path / "run", model, corpus, shard=(number, 3))
        for method in METHODS:
            list(nd.run(run, NEURONS, method))
    names = {path.name for path in (tmp_path / "run").glob("dreams*")}
    assert names == {dreams_file((number, 3)) for number in (1, 2, 3)}
    assert read_all(tmp_path / "run") == read_all(whole)
    refuse("shard=4/3: give 1/3 to 3/3", nd.open_run, tmp_path / "run", model, shard=(4, 3))


def test_one_neuron_has_one_line_however_it_is_written(model, tmp_path):
    run = nd.open_run(tmp_path / "run", model, length=2)
    names = model.layers["bag.logits"].names
    for text in ("bag.logits:4", f"bag.logits:{names[4]}", f"bag.logits:word:{names[4]}@last"):
        (line,) = nd.run(run, text, nd.swaps(**FEW))
    assert len(folders.read_dreams(tmp_path / "run")) == 1
    assert line["neuron"] == "bag.logits:4" and line["label"] == f"bag.logits:{names[4]}"


def test_runs_merge(whole, model, corpus, tmp_path):
    run = nd.open_run(tmp_path / "run", model, corpus, seed=1)
    for method in ("search", METHODS[1]):
        list(nd.run(run, ["bag.logits:0", "bag.logits:9"], method))
    _, lines = read_together([whole, tmp_path / "run"])
    seeds = {line["seed"] for line in lines if line["neuron"] == "bag.logits:0"}
    assert seeds == {0, 1} and len(lines) == 4 * 10 + 4
    refuse("was dreamt twice", read_together, [whole, whole])


def test_what_is_behind_a_hash_is_written_down(model, corpus, tmp_path):
    direction = nd.make_direction(model, "bag.hidden", np.arange(8), "mine")
    (difference,) = nd.parse_neurons("bag.logits:1 - bag.hidden:2", model)
    run = nd.open_run(tmp_path / "run", model, corpus)
    for method in ("search", nd.swaps(**FEW)):
        list(nd.run(run, [direction, difference], method))
    kept = read_lines(tmp_path / "run" / "neurons.jsonl")
    assert [line["neuron"] for line in kept] == [direction.name, difference.name]
    opened = open_finished(run)
    weights = opened.neurons[direction.name].parts[0].weights
    np.testing.assert_array_equal(weights, direction.parts[0].weights)
    np.testing.assert_allclose(weights, np.arange(8) / np.linalg.norm(np.arange(8)), rtol=1e-6)


def test_a_climb_is_compiled_once_for_all_chunks(model, tmp_path):
    run = nd.open_run(tmp_path / "run", model, length=2)
    list(nd.run(run, "bag.hidden:0-7", nd.swaps(**FEW)))
    list(nd.run(run, "bag.hidden:0-7", nd.swaps(**FEW)))
    list(nd.run(run, "-bag.hidden:0-7", nd.swaps(**FEW)))
    assert len(run.programs) == 1
    list(nd.run(run, "bag.hidden:0-7@max", nd.swaps(**FEW)))
    assert len(run.programs) == 2


@pytest.mark.parametrize(("neurons", "method", "named"), [
    ("nowhere:3", "best", "unknown layer 'nowhere'"),
    ("bag.hidden:3@5", "best", "no word 5"),
    ("bag.hidden:3@-9", "best", "no word -9"),
    ("bag.hidden:3", "search", "search goes through a corpus: give one"),
    ("bag.hidden:3", "magic", "unknown method 'magic'"),
])  # fmt: skip
def test_what_cannot_be_run_is_refused_before_work(model, neurons, method, named):
    refuse(named, nd.run, nd.hold_run(model, length=3), neurons, method)


@pytest.mark.parametrize(("settings", "named"), [
    ({"length": 0}, "length=0"), ({"memory": 0}, "memory=0"), ({"length": 4}, "length=4"),
])  # fmt: skip
def test_a_run_that_cannot_be_is_refused(model, corpus, settings, named):
    refuse(named, nd.hold_run, model, corpus, **settings)


FOUR = """
import sys
import numpy as np
sys.path.insert(0, "tests")
import jax
import neurondream as nd
import toys

assert len(jax.devices()) == 4
model = toys.causal().model
corpus = nd.make_corpus(toys.make_texts(), model, length=3)
run = nd.hold_run(model, corpus)
alone = run._replace(devices=jax.devices()[:1], programs={})
for method in ("search", nd.best(restarts=2, rounds=1)):
    for neurons in ("top.logits:0-10",):
        lines, others = (list(nd.run(each, neurons, method)) for each in (run, alone))
        assert len(lines) == len(others) >= 1
        for line, other in zip(lines, others, strict=True):
            assert line["ngram"] == other["ngram"], (line, other)
            np.testing.assert_allclose(line["score"], other["score"], rtol=1e-5)
print("same")
"""


def test_one_process_uses_all_of_its_devices():
    flags = os.environ.get("XLA_FLAGS", "")
    result = subprocess.run(
        [sys.executable, "-c", FOUR], capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "JAX_PLATFORMS": "cpu",
             "XLA_FLAGS": f"{flags} --xla_force_host_platform_device_count=4"},
    )  # fmt: skip
    assert result.stdout == "same\n", result.stderr


def test_dreams_in_memory_are_those_of_a_folder(whole, model, corpus):
    lines = nd.dream_neurons(model, NEURONS, length=3, method=METHODS[1])
    kept = [line for line in folders.read_dreams(whole) if line["method"] == "best"]
    assert [line | {"seconds": 0} for line in lines] == [line | {"seconds": 0} for line in kept]


def test_progress_is_an_argument(model, corpus):
    told = []

    class Bar:
        def __init__(self, total, desc, initial=0):
            self.total, self.desc, self.done = total, desc, initial

        def update(self, n=1):
            self.done += n

        def set_postfix_str(self, text):
            pass

        def close(self):
            told.append((self.desc, self.done, self.total))

    method = nd.swaps(**FEW)
    nd.dream_neurons(model, "bag.hidden:0-5", length=2, method=method, progress=Bar)
    nd.dream_neurons(model, "bag.logits:0", corpus=corpus, length=3, method="search", progress=Bar)
    total, texts = len(corpus.ngrams.tokens), len({tuple(text) for text in corpus.texts})
    assert told == [
        ("swaps", 6, 6), ("search bag.hidden, n-grams", total, total),
        ("search bag.hidden, whole texts", texts, texts),
    ]
