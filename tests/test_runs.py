"""Run folders: who may write them, what they hold, and how they go on."""

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
from neurondream.errors import InputError
from neurondream.runs import folder as folders
from neurondream.runs.lines import check_line
from neurondream.runs.locks import dreams_file, lock_shard
from neurondream.runs.opened import open_finished, read_together
from scripts import read_lines

pytestmark = pytest.mark.usefixtures("quick_compiles")

ROOT = Path(__file__).parent.parent
FACTS = {"version": 2, "seed": 3, "words": ("a", "b"), "rate": 0.1, "nested": {"x": None, "y": 1}}
NGRAM = {"ids": [1], "pieces": ["x"], "text": "x"}
LINE = {
    "version": 2, "neuron": "T.output:1", "label": "T.output:café\u2028", "layer": "T.output",
    "kind": "unit", "place": "last", "method": "x", "seed": 0, "ngram": NGRAM, "score": 0.1,
    "seconds": 1.0,
}  # fmt: skip


def refuse(named, work, *arguments, **more):
    with pytest.raises(InputError) as caught:
        work(*arguments, **more)
    assert named in str(caught.value) and "\n" not in str(caught.value), caught.value


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "run"
    folders.make_folder(folder)
    return folder


# Manifests.


@pytest.mark.parametrize("made", [True, False])
def test_a_new_run_begins_and_goes_on(tmp_path, made):
    folder = tmp_path / "deep" / "run"
    if made:
        folder.mkdir(parents=True)
    folders.make_folder(folder)
    first = folders.enter_manifest(folder, FACTS)
    assert folders.enter_manifest(folder, FACTS) == first == folders.read_manifest(folder)
    assert [file.name for file in folder.glob("[!.]*")] == ["manifest.json"]
    folders.make_folder(folder)


@pytest.mark.parametrize(("changed", "named"), [
    ({"seed": 4}, "seed=3, not 4"),
    ({"words": ["b", "a"]}, 'words=["a", "b"]'),
    ({"nested": {"x": 0, "y": 1}}, "nested.x=null, not 0"),
    ({"nested": {"y": 1}}, "nested.x=null, not nothing"),
    ({"nested": 0}, "nested="),
    ({"rate": float("nan")}, "rate=0.1, not NaN"),
])  # fmt: skip
def test_other_facts_are_refused(empty, changed, named):
    before = folders.enter_manifest(empty, FACTS)
    refuse(named, folders.enter_manifest, empty, FACTS | changed)
    assert folders.read_manifest(empty) == before


def test_facts_come_when_they_are_known(empty):
    """The corpus when it is first searched, a method's settings when it first runs."""
    folders.enter_manifest(empty, FACTS)
    chunks = {"settings": {"m": {"r": 1}}, "chunks": {"m": 4}}
    folders.enter_manifest(empty, {"corpus": ["a"], **chunks})
    folders.enter_manifest(empty, {"settings": {"n": {"r": 2}}, "chunks": {"n": 8}})
    manifest = folders.enter_manifest(empty, FACTS | {"chunks": {"m": 16}})
    assert manifest["settings"] == {"m": {"r": 1}, "n": {"r": 2}}
    assert manifest["chunks"] == {"m": 4, "n": 8} and manifest["corpus"] == ["a"]
    refuse("settings.m.r=1, not 3", folders.enter_manifest, empty, {"settings": {"m": {"r": 3}}})
    refuse("corpus=", folders.enter_manifest, empty, {"corpus": ["b"]})


def test_nan_in_a_manifest_is_the_same_nan(empty):
    folders.enter_manifest(empty, FACTS | {"rate": float("nan")})
    folders.enter_manifest(empty, FACTS | {"rate": float("nan")})


def test_foreign_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    refuse("holds other files", folders.make_folder, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        refuse("is a file", folders.make_folder, folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"3", b"not json"])
def test_foreign_manifests_are_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    refuse("manifest.json: not a run's manifest", folders.enter_manifest, tmp_path, FACTS)
    assert (tmp_path / "manifest.json").read_bytes() == content


@pytest.mark.parametrize(("manifest", "named"), [
    ({"seed": 0}, "a run of format 1, this version reads format 2; dream again"),
    ({"version": 3}, "a run of format 3"),
])  # fmt: skip
def test_runs_of_another_format_are_refused(tmp_path, manifest, named):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for read in (folders.read_manifest, open_finished):
        refuse(named, read, tmp_path)
    refuse(named, nd.open_run, tmp_path, toys.lstm().model)


# Lines.


def test_lines_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "dreams.jsonl"
    assert folders.read_lines(path) == []
    lines = [LINE, LINE | {"neuron": "b", "score": float("-inf")}]
    folders.append_lines(path, lines[:1])
    folders.append_lines(path, lines[1:])
    assert folders.read_lines(path) == lines == folders.read_dreams(tmp_path)


def test_a_line_cut_anywhere_is_not_read_and_cut_by_its_writer_alone(tmp_path):
    path = tmp_path / "dreams.jsonl"
    lines = [LINE, LINE | {"neuron": "b"}]
    folders.append_lines(path, lines)
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = (cut >= first) + (cut == len(content))
        assert folders.read_lines(path) == lines[:whole]
        assert path.read_bytes() == content[:cut]  # a reader changes nothing
        folders.cut_half_line(path)
        folders.append_lines(path, lines[whole:])
        assert path.read_bytes() == content


def test_whole_lines_that_are_not_json_are_named(tmp_path):
    path = tmp_path / "dreams.jsonl"
    path.write_text(json.dumps(LINE) + "\nrubbish\n" + json.dumps(LINE) + "\n")
    refuse(f"{path}, line 2: not a JSON object", folders.read_lines, path)


@pytest.mark.parametrize(("change", "named"), [
    ({"version": 1}, "not of format 2"), ({"score": None}, "has no score"),
    ({"ngram": None}, "has no ngram"), ({"ngram": "a dog"}, "has no n-gram"),
    ({"ngram": {"text": "x"}}, "has no n-gram"), ({"method": "search"}, "has no mean"),
])  # fmt: skip
def test_lines_of_something_else_are_named(change, named):
    line = {key: value for key, value in (LINE | change).items() if value is not None}
    refuse(f"here: {named}" if "format" in named else named, check_line, line, "here")


# Locks.

HOLD = """
import sys
from pathlib import Path
from neurondream.runs.locks import lock_shard
with lock_shard(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def hold():
    """Let another process be the writer of a shard until its input ends."""
    held = []

    def start(folder, number=1, shards=1):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), str(number), str(shards)], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        held.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in held:
        process.kill()
        process.wait()


def enter(folder, shard=(1, 1)):
    with lock_shard(folder, shard):
        pass


def test_a_run_has_one_writer(empty, hold):
    process = hold(empty)
    refuse("another process is writing this run", enter, empty)
    refuse("another process", enter, empty, (1, 2))
    refuse("another process", nd.open_run, empty, toys.lstm().model)
    folders.append_lines(empty / "dreams.jsonl", [LINE])
    assert len(folders.read_dreams(empty)) == 1  # readers never wait
    process.kill()
    process.wait()
    enter(empty)  # the lock has gone with its process


def test_shards_of_one_number_write_beside_each_other(empty, hold):
    hold(empty, 1, 3)
    enter(empty, (2, 3))
    refuse("this shard, or shards of another number", enter, empty, (1, 3))
    refuse("this shard, or shards of another number", enter, empty, (1, 2))
    refuse("another process is writing this run", enter, empty)


def test_the_lock_may_be_taken_again_within_a_process(empty):
    with lock_shard(empty), lock_shard(empty):
        pass
    enter(empty, (1, 2))


def test_two_first_starters_do_not_race(tmp_path):
    """Of many that begin one run at once, each is in or told, and the manifest is whole."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom neurondream.errors import InputError\n"
        "from neurondream.runs import folder, locks\nrun = Path(sys.argv[1])\n"
        "sys.stdin.readline()\ntry:\n    folder.make_folder(run)\n"
        "    folder.enter_manifest(run, {'version': 2, 'seed': int(sys.argv[2])})\n"
        "    print('in')\nexcept InputError as error:\n    print(error)\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run"), str(seed)], cwd=ROOT,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for seed in (1, 2, 1, 2)
    ]  # fmt: skip
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0].strip() for process in processes]
    won = folders.read_manifest(tmp_path / "run")["seed"]
    for text, seed in zip(said, (1, 2, 1, 2), strict=True):
        assert text == "in" if seed == won else f"seed={won}, not {seed}" in text


# Runs of a model.


def read_all(folder):
    """All lines of a run but for the times, in one order."""
    lines = folders.read_dreams(folder)
    return sorted(json.dumps(line | {"seconds": 0}) for line in lines)


@pytest.fixture(scope="module")
def model():
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
    np.testing.assert_array_equal(opened.neurons[direction.name].parts[0].weights, np.arange(8))


def test_a_run_goes_on_with_its_own_chunk(model, tmp_path):
    method = nd.swaps(**FEW)
    run = nd.open_run(tmp_path / "run", model, length=2, memory=1e-6)
    first = list(nd.run(run, "bag.hidden:0-4", method))
    size = folders.read_manifest(tmp_path / "run")["chunks"]["swaps"]
    again = nd.open_run(tmp_path / "run", model, length=2, memory=4)
    rest = list(nd.run(again, "bag.hidden:0-6", method))
    assert folders.read_manifest(tmp_path / "run")["chunks"]["swaps"] == size == 1
    assert rest[:5] == first


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
    result = subprocess.run(
        [sys.executable, "-c", FOUR], capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
             "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
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
    total = len(corpus.ngrams.tokens)
    assert told == [("swaps", 6, 6), ("search bag.hidden, n-grams", total, total)]
