"""How many neurons are dreamt at once: what fits, what is refused, what a person is told."""

import re

import jax
import pytest

import neurondream as nd
import toys
from neurondream import fluency
from neurondream.method import POLISH_BLOCK, POLISH_BYTES, polished
from neurondream.progress import Silent
from neurondream.runs.chunks import chunk_size, describe_time, neuron_bytes
from neurondream.runs.judges import judged_problem
from neurondream.runs.run import problem_of
from refusals import refuse

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


def test_what_a_run_takes_is_said_before_it(one):
    """How long it takes, too, when that is known: after the first chunk."""
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
    assert said == [f"swaps: 6 neurons in 4 chunks of 2 on {jax.default_backend()}, about "
                    f"{2 * one:.2g} of {2.5 * one:g} GiB at once"]
    assert len(list(lines)) == 5 and len(said) == 1
    (text,) = shown
    assert re.fullmatch(r"about \d+ s in all", text)
    assert [describe_time(seconds) for seconds in (0.2, 89, 91, 5000, 9000)] == [
        f"about {text} in all" for text in ("1 s", "89 s", "2 min", "83 min", "2.5 h")
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
