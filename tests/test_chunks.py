"""How many neurons are dreamt at once: what fits, what is refused, what a person is told."""

import re
import subprocess
import sys

import jax
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream import fluency
from neurondream.errors import InputError
from neurondream.method import POLISH_BLOCK, POLISH_BYTES, laddered, polished
from neurondream.progress import Silent, format_seconds
from neurondream.runs import chunks, dreams, running
from neurondream.runs import folder as folders
from neurondream.runs.chunks import chunk_size, neuron_bytes
from neurondream.runs.dreams import climbed_together, compile_climb, reader_of, targets_of
from neurondream.runs.judges import judged_problem
from neurondream.runs.run import problem_of
from refusals import refuse
from test_runs import FEW, bag  # noqa: F401, the fixture `model`

METHOD = nd.swaps(restarts=1, rounds=0)
GIBIBYTE = 2**30


@pytest.fixture(scope="module")
def one():
    """GiB that a neuron takes."""
    return neuron_bytes(hold(1), METHOD) / GIBIBYTE


def hold(memory):
    return nd.hold_run(toys.lstm().model, length=2, memory=memory)


def test_what_does_not_fit_is_refused_with_what_would(one):
    refuse("one neuron of swaps takes about 0.01 GiB; give as many", nd.run, hold(0.9 * one),
           "lstm.hidden:0", METHOD)
    for number in (1, 2, 3):
        assert chunk_size(hold((number + 0.1) * one), METHOD) == number
    # What is larger than the machine is never begun.
    refuse("where there are", nd.run, hold(9e5), "lstm.hidden:0", nd.swaps(restarts=10**9))


def test_a_chunk_that_is_stated_stands_whatever_memory_there_is(one):
    assert chunk_size(hold(0.5 * one)._replace(chunk=1), METHOD) == 1
    refuse("where there are", chunk_size, hold(1)._replace(chunk=1), nd.swaps(restarts=10**9))


@pytest.mark.parametrize("contexts", [1, 1000])
@pytest.mark.parametrize(("name", "setting"), [
    ("swaps", "restarts"), ("faces", "restarts"), ("gumbel", "restarts"), ("fluent", "islands"),
    ("gumbel+swaps", "restarts"), ("best", "restarts"),
])  # fmt: skip
def test_climbs_take_memory_where_few_of_them_fit_at_once(name, setting, contexts):
    """Their words would be gigabytes side by side, and where they end is, too."""
    problem = problem_of(hold(1))._replace(
        allowed=np.ones(150_000, bool), judged=1, contexts=contexts
    )
    taken = [nd.make_method(name, **{setting: 10**power}).memory(problem) for power in (1, 7, 9)]
    assert taken[0] < 100 * GIBIBYTE
    for number, bytes_taken in zip((10**7, 10**9), taken[1:], strict=True):
        assert bytes_taken > number * 4 * problem.units * problem.contexts


def make_wide():
    """A model of few units and many words."""
    vocabulary = nd.make_vocabulary((*nd.SPECIAL_WORDS, *(f"w{number}" for number in range(500))))
    words = len(vocabulary.words)
    params = toys.draw_params(0, {"table": (words, 4), "read": (4, words), "offset": (words,)})

    def encode(params, vectors):
        hidden = jax.numpy.tanh(jax.numpy.cumsum(vectors, axis=0))
        return {"hidden": hidden, "logits": hidden @ params["read"] + params["offset"][None]}

    return nd.make_model(
        "wide", encode, params, nd.word_tokenizer(vocabulary), start=nd.Start((1,)),
        table=lambda params: params["table"], next_word="logits",
        readouts={"logits": ("hidden", "read", "offset")},
    )


@pytest.mark.parametrize(("make", "method", "length"), [
    (lambda: toys.lstm().model, nd.swaps(restarts=2, rounds=1, candidates=4), 10),
    (make_wide, nd.gbda(epochs=1, steps=1), 3),
    (make_wide, nd.gbda(epochs=1, steps=1, restarts=4, samples=3), 3),
    (make_wide, laddered(nd.softmax(epochs=1, steps=1, restarts=3)), 3),
], ids=["rearranged", "judged", "noisy", "without noise"])  # fmt: skip
def test_many_beginnings_take_about_what_is_said(make, method, length):
    """By what the compiled program needs."""
    model = nd.in_beginnings(make(), [[4 + number % 3, 4] for number in range(256)])
    run = nd.hold_run(model, length=length, memory=64)
    (layer, *_) = model.layers
    neurons = nd.parse_neurons(f"{layer}:0", model)
    (((source, _, before), group),) = climbed_together(run, neurons, method)
    given = (
        jax.random.key(0), reader_of(run, method).prepared, targets_of(run, group, source), None
    )
    climb, _ = compile_climb(run, method, group, before, given)
    needed = climb.memory_analysis().temp_size_in_bytes
    assert 0.75 < neuron_bytes(run, method) / needed < 2


@pytest.mark.parametrize("method", ["swaps", "fluent", "best"])
def test_a_refusal_is_short(method):
    with pytest.raises(InputError) as caught:
        nd.run(hold(1e-9), "lstm.hidden:0", method)
    assert "memory=1e-09" in str(caught.value) and len(str(caught.value)) <= 300
    refuse("memory=1e-09", nd.front, toys.causal().model, "top.logits:3", length=2, memory=1e-9)


def test_what_a_run_takes_is_said_before_it(one):
    """How long it takes, too: first as counted, after the first chunk as measured."""
    said, shown = [], []

    class Bar(Silent):
        def __init__(self, **_):
            pass

        def set_postfix_str(self, text):
            shown.append(text)

    lines = nd.run(
        hold(2.5 * one), "lstm.hidden:0-4,lstm.hidden:0@max", METHOD, progress=Bar,
        report=said.append,
    )
    assert not said
    next(lines)
    assert said[0] == (f"swaps: 6 neurons in 4 chunks of 2 on {jax.default_backend()}, about "
                       f"{2 * one:.2g} of {2.5 * one:g} GiB at once")
    assert re.fullmatch(r"swaps: about [1-9]\d* s in all, besides compiling", said[1])
    assert len(list(lines)) == 5 and len(said) == 2
    (text,) = shown
    assert re.fullmatch(r"about [1-9]\d* s in all", text)
    assert [format_seconds(seconds) for seconds in (0.6, 59, 91, 5000, 9000)] == [
        "1 s", "59 s", "1 min 31 s", "1 h 23 min", "2 h 30 min"
    ]


def test_an_accelerator_polishes_as_many_words_as_fit(monkeypatch):
    """All of a few; of many, what is polished beside a search takes bounded memory."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    problem, method = problem_of(hold(1)), nd.swaps()
    for units, words in ((512, 9733), (64, 150_000), (4096, 50_000), (10**6, 50_000)):
        each = problem._replace(units=units, allowed=jax.numpy.ones(words, bool))
        taken = polished(method).memory(each) - method.memory(each)
        block = taken // (32 * units)
        assert taken <= POLISH_BYTES or block == POLISH_BLOCK
        assert block == words or taken + 32 * units > POLISH_BYTES


def test_judges_of_fronts_take_their_blocks_alone(monkeypatch):
    problem = problem_of(hold(1))
    assert problem.judged is None
    monkeypatch.setattr(fluency, "FEW", 5)
    assert judged_problem(hold(1), nd.make_method("fluent")).judged == fluency.BLOCK
    assert judged_problem(hold(1), nd.swaps()).judged is None
    for name in ("fluent", "epo", "gcg"):
        method = nd.make_method(name)
        wide = problem._replace(allowed=jax.numpy.ones(50_000, bool))
        less = method.memory(wide) - method.memory(wide._replace(judged=4096))
        fewer = method.memory(wide) - method.memory(wide._replace(judged=25_000))
        assert less / fewer == pytest.approx((50_000 - 4096) / 25_000)


def test_a_model_of_no_parameters_is_dreamt_of():
    table = jax.numpy.eye(13)

    def encode(params, vectors):
        return {"bag.hidden": jax.numpy.cumsum(vectors, axis=0)}

    nothing = nd.make_model("bag", encode, {}, toys.make_tokenizer(("<s>", "<unk>"), 11),
                            table=lambda params: table)  # fmt: skip
    (line,) = nd.dream_neurons(nothing, "bag.hidden:5", length=2, method=METHOD)
    assert line["ngram"]["ids"] == [5, 5]


def test_a_run_goes_on_with_its_own_chunk(model, tmp_path):
    method = nd.swaps(**FEW)
    one = neuron_bytes(nd.hold_run(model, length=2), method) / 2**30
    run = nd.open_run(tmp_path / "run", model, length=2, memory=1.5 * one)
    first = list(nd.run(run, "bag.hidden:0-4", method))
    size = folders.read_manifest(tmp_path / "run")["chunks"]["swaps"]
    again = nd.open_run(tmp_path / "run", model, length=2, memory=4)
    rest = list(nd.run(again, "bag.hidden:0-6", method))
    # So does one with less memory than a new one would need.
    assert list(nd.run(again._replace(memory=0.5 * one), "bag.hidden:0-6", method)) == rest
    assert folders.read_manifest(tmp_path / "run")["chunks"]["swaps"] == size == 1
    assert rest[:5] == first


@pytest.fixture
def small_device(monkeypatch):
    """A device that holds two neurons at once; gives the chunks that were tried."""
    compile_climb, tried = dreams.compile_climb, []

    def compile_small(run, method, neurons, before, given, *rest):
        climb, score = compile_climb(run, method, neurons, before, given, *rest)

        def run_out(*given):
            tried.append(len(given[2].number))
            if tried[-1] > 2:
                raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory")
            return climb(*given)

        return run_out, score

    monkeypatch.setattr(dreams, "compile_climb", compile_small)
    return tried


def test_a_chunk_that_a_device_does_not_hold_is_halved_before_the_first_line(
    model, tmp_path, small_device
):
    method = nd.swaps(**FEW)
    halved, said = nd.open_run(tmp_path / "halved", model, length=2), []
    lines = list(nd.run(halved, "bag.hidden:0-4", method, report=said.append))
    assert small_device[-3:] == [2, 2, 2] and min(small_device[:-3]) == 4
    assert folders.read_manifest(tmp_path / "halved")["chunks"]["swaps"] == 2
    sizes = [int(re.search(r"chunks? of (\d+)", line)[1]) for line in said[::2]]
    assert sizes == list(dict.fromkeys(small_device))
    run = nd.open_run(tmp_path / "two", model, length=2)
    folders.enter_manifest(run.folder, {"chunks": {"swaps": 2}})
    expected = list(nd.run(run, "bag.hidden:0-4", method))
    assert [line | {"seconds": 0} for line in lines] == [
        line | {"seconds": 0} for line in expected
    ]


def test_a_first_chunk_is_dreamt_again_where_another_shard_has_halved_it(
    model, tmp_path, monkeypatch
):
    """Else lines of two chunks, so of other bits, would stand in one run."""
    method, tried, score_again = nd.swaps(**FEW), [], dreams.score_again
    run = nd.open_run(tmp_path / "run", model, length=2)
    run_two = nd.open_run(tmp_path / "two", model, length=2)
    for each, size in ((run, 4), (run_two, 2)):
        folders.enter_manifest(each.folder, {"chunks": {"swaps": size}})

    def score_late(score, targets, *others):
        tried.append(len(targets.number))
        if len(tried) == 1:
            assert chunks.halve_chunk(run, method, 4) == 2  # by a process that runs out of memory
        return score_again(score, targets, *others)

    monkeypatch.setattr(dreams, "score_again", score_late)
    lines, expected = (list(nd.run(each, "bag.hidden:0-4", method)) for each in (run, run_two))
    assert tried == [4, 2, 2, 2, 2, 2, 2]
    assert [line | {"seconds": 0} for line in lines] == [
        line | {"seconds": 0} for line in expected
    ]


def test_first_lines_are_written_while_nobody_can_halve_their_chunk(model, tmp_path, monkeypatch):
    """Else a shard that halved it, just as these are written, would write lines of other bits."""
    append_lines, tried = running.append_lines, []
    path = tmp_path / ".manifest.json.lock"
    ask = ("import filelock, sys\ntry: filelock.FileLock(sys.argv[1], timeout=0).acquire()\n"
           "except filelock.Timeout: print('locked')\nelse: print('free')")

    def append(file, lines):
        if file.name == "dreams.jsonl":
            asked = [sys.executable, "-c", ask, str(path)]  # another process, as shards are
            tried.append(subprocess.run(asked, capture_output=True, text=True).stdout.strip())
        append_lines(file, lines)

    monkeypatch.setattr(running, "append_lines", append)
    run = nd.open_run(tmp_path, model, length=2)
    folders.enter_manifest(run.folder, {"chunks": {"swaps": 2}})
    assert len(list(nd.run(run, "bag.hidden:0-4", nd.swaps(**FEW)))) == 5
    assert tried == ["locked", "free", "free"]


def test_a_run_with_lines_keeps_its_chunk(model, tmp_path, small_device):
    run = nd.open_run(tmp_path / "run", model, length=2)
    folders.enter_manifest(run.folder, {"chunks": {"swaps": 2}})
    before = list(nd.run(run, "bag.hidden:0-1", nd.swaps(**FEW)))
    assert chunks.halve_chunk(run, nd.swaps(**FEW), 2) == 0
    assert chunks.halve_chunk(run, nd.swaps(**FEW), 8) == 2  # a shard that was late
    small_device.clear()
    assert list(nd.run(run, "bag.hidden:0-1", nd.swaps(**FEW))) == before and not small_device
