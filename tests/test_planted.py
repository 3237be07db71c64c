"""A transformer whose weights say which n-gram is best: every search must find it."""

import functools

import numpy as np
import pytest

import neurondream as nd
from neurondream.encoders.gpt import Gpt, encode_gpt

WORDS = ("a", "the", "dog", "cat", "ball", "runs", "sees", "red", "on", "in", "two", "men")
PLANTED = ("two", "red", "dog")
LENGTH, FIRST = len(PLANTED), 4  # special words come first, <begin> stands before every text
SIZE = FIRST + len(WORDS)
GATES = len(WORDS) * LENGTH
WIDTH = SIZE + 1 + LENGTH + 1  # a unit a word, one a position, and one that adds up
RISE = 0.1  # small, so that norms stay what they are


def plant(seed):
    """Build two blocks: neurons that want one word at one place, and a head that adds them up.

    Each word is worth something at each place, nowhere as much as the planted ones there, so that
    neither words nor places alone tell the n-gram.
    """
    generator = np.random.default_rng(seed)
    worth = generator.uniform(0, 0.7, (LENGTH, len(WORDS)))
    for place, word in enumerate(PLANTED):
        worth[place, WORDS.index(word)] = 1
    table, positions = np.zeros((SIZE, WIDTH)), np.zeros((LENGTH + 1, WIDTH))
    table[np.arange(SIZE), np.arange(SIZE)] = 1
    positions[np.arange(LENGTH + 1), SIZE + np.arange(LENGTH + 1)] = 1
    # All vectors have two ones: what norms take away can be given back.
    mean, deviation = 2 / WIDTH, np.sqrt(2 / WIDTH - (2 / WIDTH) ** 2)
    undone = {"weight": np.full(WIDTH, deviation), "bias": np.full(WIDTH, mean)}
    square, nothing = np.zeros((WIDTH, WIDTH)), np.zeros(WIDTH)
    idle = {"weight": square, "bias": nothing}

    def block(value, up, down):
        return {
            "attention_norm": undone, "mlp_norm": undone, "query": idle, "key": idle,
            "value": {"weight": value, "bias": nothing},
            "out": {"weight": np.eye(WIDTH), "bias": nothing}, "up": up,
            "down": {"weight": down, "bias": nothing},
        }

    both, out = np.zeros((WIDTH, GATES)), np.zeros((GATES, WIDTH))
    for place in range(LENGTH):
        for word in range(len(WORDS)):
            gate = place * len(WORDS) + word
            both[FIRST + word, gate] = both[SIZE + 1 + place, gate] = 1
            out[gate, -1] = RISE * worth[place, word]
    gates = {"weight": both, "bias": np.full(GATES, -1.0)}
    none = {"weight": np.zeros((WIDTH, 1)), "bias": np.zeros(1)}
    added = square.copy()
    added[-1, -1] = 1
    return worth, {
        "table": table, "positions": positions, "norm": undone,
        "blocks": [block(square, gates, out), block(added, none, np.zeros((1, WIDTH)))],
    }


@functools.cache
def planted():
    _, params = plant(0)
    params = {key: _as_float32(value) for key, value in params.items()}
    gpt = Gpt(heads=1, epsilon=1e-6, activation="relu", frequencies=(), parallel=False)
    words = nd.make_vocabulary((*nd.SPECIAL_WORDS, *WORDS))
    return nd.make_model(
        "planted", lambda params, x: encode_gpt(gpt, params, x)[0], params,
        nd.word_tokenizer(words),
        table=lambda params: params["table"], start=nd.Start((1,)),
    )


def _as_float32(value):
    if isinstance(value, dict):
        return {key: _as_float32(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_float32(each) for each in value]
    return np.float32(value)


def dream(method, corpus=None):
    (line,) = nd.dream_neurons(
        planted(), f"attention.1:{WIDTH - 1}", length=LENGTH, method=method, corpus=corpus
    )
    return line


@pytest.fixture(scope="module")
def best():
    """What an exhaustive search says."""
    return dream("exhaustive")


def test_the_planted_ngram_is_the_best_of_all(best):
    assert best["ngram"]["text"] == " ".join(PLANTED)
    assert best["best"][0]["score"] > best["best"][1]["score"] + 1e-4


METHODS = [
    "softmax", "gumbel", "embfree", "logits", "swaps", nd.best(restarts=4, rounds=2),
    nd.make_method("faces", restarts=1, sweeps=1, rounds=2),
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: getattr(method, "name", method))
def test_every_search_finds_it(method):
    line = dream(method)
    assert line["ngram"]["text"] == " ".join(PLANTED), line["score"]


FRONTS = [
    nd.fluent(islands=1, slots=2, rounds=2, candidates=4),
    nd.epo(population=4, children=12, top=12, iterations=30, restart=10),
    nd.gcg(children=24, top=12, iterations=20),
    nd.gbda(epochs=10),
]


@pytest.fixture(scope="module")
def corpus():
    """Random texts, by which fluency is judged: they say nothing of what is planted."""
    draw = np.random.default_rng(1)
    texts = [" ".join(draw.choice(WORDS, 6)) for _ in range(200)]
    return nd.make_corpus(texts, planted(), length=LENGTH)


@pytest.mark.parametrize("method", FRONTS, ids=lambda method: method.name)
def test_every_front_ends_in_it(method, corpus, best):
    *_, highest = front = dream(method, corpus)["front"]
    assert highest["ngram"]["text"] == " ".join(PLANTED) == best["ngram"]["text"]
    assert highest["score"] == pytest.approx(best["score"], abs=1e-5)
    assert len(front) > 1
