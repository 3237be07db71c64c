"""What a served page may ask for, and that what is read and dreamt is what the model says."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurondream as nd
import oracles
import toys
from neurondream.errors import InputError
from neurondream.runs.run import hold_run
from neurondream.serving import again, wishes
from neurondream.serving.reading import place_among, read_text, score_tokens
from refusals import refuse
from test_subwords import bert, bytes_of_pairs, folder_of, gpt2  # noqa: F401, fixtures

CLOSE = {"rtol": 2e-5, "atol": 2e-5}
NEURON, BAN, BEGINNING = "top.logits:3", ("dog", "cat"), "a red"
TEXT = "a dog runs see the red ball"


@pytest.mark.parametrize("name", ["bidirectional", "causal", "lstm"])
def test_a_text_is_read_as_plain_reading_does(name):
    toy = toys.TOYS[name]()
    run, ids = hold_run(toy.model, length=3), toy.model.tokenizer.encode(TEXT)
    for written in toys.neurons_of(toy)[::2]:
        (neuron,) = nd.parse_neurons(written, toy.model)
        found = read_text(run, neuron, TEXT)
        values = [
            oracles.score_again(toy, neuron._replace(place=nd.Place("word", place)), ids)
            for place in range(len(ids))
        ]
        np.testing.assert_allclose(found["values"], values, **CLOSE)
        assert found["word"] == np.argmax(values) and found["ngram"]["ids"] == ids.tolist()
        assert found["score"] == pytest.approx(max(values), rel=1e-4)
        mean = neuron._replace(place=nd.Place("mean", 0))
        assert read_text(run, mean, TEXT)["score"] == pytest.approx(np.mean(values), rel=1e-4)
    far = neuron._replace(place=nd.Place("word", 4))
    refuse("an n-gram of length 2 has no word 4", read_text, run, far, "a dog")
    refuse("text of 129 tokens: give 1 to 128", read_text, run, neuron, "dog " * 129)
    assert read_text(run, neuron, "dog elephant")["unknown"] == 1


def test_behind_beginnings_a_text_scores_as_n_grams_do():
    toy = toys.causal()
    ids = toy.model.tokenizer.encode("a dog runs")
    beginnings = [toy.model.tokenizer.encode(text).tolist() for text in ("the red", "a cat")]
    model = nd.in_beginnings(toy.model, beginnings)
    (neuron,) = nd.parse_neurons(NEURON, model)
    run = hold_run(model, length=3)
    found = read_text(run, neuron, "a dog runs")
    means = [np.mean([
        oracles.score_again(toy, neuron, ids[: word + 1], [*model.start.before, *before], [])
        for before in beginnings
    ]) for word in range(3)]
    assert found["beginnings"] == 2
    assert found["score"] == pytest.approx(means[found["word"]], rel=1e-4)
    highest = neuron._replace(place=nd.Place("max", 0))
    assert read_text(run, highest, "a dog runs")["beginnings"] == 2


def test_a_score_is_placed_among_the_corpus():
    scores = np.random.default_rng(0).permutation(1000) / 100
    falling = np.sort(scores)[::-1]
    line = {
        "score": falling[0], "mean": scores.mean(), "deviation": scores.std(),
        "quantiles": {str(share): float(np.quantile(scores, share)) for share in (0.5, 0.9, 0.99)},
        "best": [{"score": score} for score in falling[:10]],
    }
    for score in (-1, 2, 6, 9.2, 9.925, 9.95, 9.99, 11):
        found, lower = place_among(line, score), np.mean(scores < score)
        assert (found["above"] or 0) <= lower <= (found["below"] or 1)
        assert found["higher"] == (np.sum(scores > score) if score >= falling[9] else None)
        assert found["deviations"] == pytest.approx((score - scores.mean()) / scores.std())
    for deviation in (0, 1e-9):  # of rounding
        assert place_among(line | {"deviation": deviation}, 1)["deviations"] is None
    old = {key: value for key, value in line.items() if key != "quantiles"}
    assert place_among(old, 1)["above"] is None is place_among(old, 1)["below"]


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_what_is_as_high_is_not_lower(score):
    scores = np.repeat([0.0, 1.0], [700, 300])  # off after most n-grams
    line = {
        "score": 1.0, "mean": 0.3, "deviation": 0.46, "best": [],
        "quantiles": {str(share): float(np.quantile(scores, share)) for share in (0.5, 0.9, 0.99)},
    }
    found = place_among(line, score)
    assert (found["above"] or 0) <= np.mean(scores < score) <= (found["below"] or 1)
    assert (found["above"] is None) == (score == 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5,
)
GOOD = {"neuron": "x:1", "length": 3, "ban": ["a", " b", "a"], "beginning": " two "}


@given(st.binary() | st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)).map(
    lambda asked: json.dumps(asked).encode()
))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_a_wish_within_bounds_or_refused_in_a_line(body):
    for read in (wishes.read_wish, wishes.read_text_request):
        try:
            wish = read(body)
        except InputError as error:
            assert "\n" not in str(error) and len(str(error)) < 300
        else:
            assert 1 <= wish.length <= wishes.MOST_WORDS and len(wish.ban) <= wishes.MOST_BANNED


@pytest.mark.parametrize(("changed", "named"), [
    ({"length": 0}, "length=0: give 1 to 16"), ({"length": 17}, "length=17"),
    ({"length": True}, "length: give a whole number"), ({"length": 3.0}, "a whole number"),
    ({"ban": ["a"] * 51}, "ban: give at most 50 words"), ({"ban": [1]}, "ban: give"),
    ({"ban": "dog"}, "ban: give a list"), ({"beginning": "a" * 2001}, "beginning of 2001"),
    ({"beginning": "\ud800"}, "half of a character"), ({"neuron": None}, "neuron: give a text"),
    ({"ban": ["a", " "]}, "ban: holds an empty word"),
    ({"more": 1}, "not an object of neuron, length"),
])  # fmt: skip
def test_what_is_out_of_bounds_is_named(changed, named):
    assert wishes.read_wish(json.dumps(GOOD).encode()) == wishes.Wish("x:1", 3, ("a", "b"), "two")
    refuse(named, wishes.read_wish, json.dumps(GOOD | changed).encode())


def test_deep_and_long_requests_are_no_json():
    for body in (b"[" * 30000, b'{"length":' + b"9" * 5000 + b"}", b"\xff", b""):
        refuse("the request is no JSON", wishes.read_wish, body)
    refuse("text: type a word", wishes.read_text_request, b'{"neuron": "x:1", "text": " "}')


def test_words_are_banned_however_tokens_write_them(gpt2, bert):  # noqa: F811
    wish = wishes.Wish("x", 2, ("DOG",), "so on")
    for model in (gpt2, bert):
        wished = wishes.apply_wish(model, wish)
        lost = np.flatnonzero(model.tokenizer.allowed & ~wished.tokenizer.allowed)
        assert {piece.strip() for piece in model.tokenizer.spell(lost)} == {"dog"}
        read = [*model.start.before, *model.tokenizer.encode("so on")]
        assert list(wished.start.before) == read
        refuse("ban 'elephant'", wishes.apply_wish, model, wish._replace(ban=("elephant",)))
    refuse("beginning 'so elephant': the model does not know 'elephant'", wishes.apply_wish, bert,
           wish._replace(beginning="so elephant"))  # fmt: skip


def test_a_dream_again_is_as_wished_and_only_rises(monkeypatch):
    monkeypatch.setattr(again, "CLIMBS", 3)
    toy = toys.causal()
    (neuron,) = nd.parse_neurons(NEURON, toy.model)
    wished = wishes.apply_wish(toy.model, wishes.Wish("", 2, BAN, BEGINNING))
    run = again.hold_wish(wished, 2, 0)
    before = {"ids": toy.model.tokenizer.encode("the dog").tolist()}
    steps = list(again.dream_again(run, neuron, before))
    scores = [step["dream"]["score"] for step in steps]
    assert len(steps) == 3 and scores == sorted(scores)
    around = [*toy.model.start.before, *toy.model.tokenizer.encode(BEGINNING)]
    allowed = [n for n in oracles.every_ngram(toy, 2)
               if not set(BAN) & set(toy.model.tokenizer.spell(n))]  # fmt: skip
    every = oracles.score_again(toy, neuron, np.array(allowed), around, [])
    assert scores[-1] == pytest.approx(every.max(), rel=1e-4)
    for found in steps[-1].values():
        score = oracles.score_again(toy, neuron, found["ngram"]["ids"], around, [])
        assert found["score"] == pytest.approx(score, rel=1e-4)
        assert found["values"][-1] == pytest.approx(found["score"], rel=1e-4)
    assert score_tokens(run, neuron, np.array(before["ids"])) == steps[0]["before"]["score"]
