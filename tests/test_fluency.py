"""How fluent words are: judges against what they should say, worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream import fluency
from neurondream.base import InParts, Readout, Target
from neurondream.corpora.kneser_ney import count_texts, judge_left_out
from neurondream.dreaming import make_score
from neurondream.encoders.kneser_ney import log_probabilities, next_log_probabilities
from neurondream.errors import InputError
from neurondream.models.judged import with_judge
from neurondream.runs.folder import read_manifest
from neurondream.runs.judges import choose_judge, judge_ngrams, list_judges, open_judge

LENGTH = 3
NGRAMS = np.array([[2, 3, 4], [5, 5, 5], [11, 2, 7], [9, 8, 2]], np.int32)
NOBODY = Target(jnp.uint32(0), jnp.zeros(1), jnp.float32(0))


def make_model(*, next_word="bag.logits", start=(0,), mask=None):
    """A model that says the next word of what stands before, and its own word with a mask."""
    params = toys.draw_params(0, {"table": (13, 8), "read": (8, 13), "offset": (13,)})
    special = ("<s>", "<unk>") if mask is None else ("[MASK]", "<unk>")

    def encode(params, vectors):
        if mask is None:
            hidden = jnp.tanh(jnp.cumsum(vectors, axis=0) / 4)
        else:  # every place sees the whole
            hidden = jnp.tanh(vectors + jnp.sum(vectors, axis=0)[None] / 4)
        return show(params, hidden)

    def show(params, hidden):
        logits = hidden @ params["read"] + params["offset"][None]
        return {"bag.hidden": hidden, "logits": logits, "bag.logits": logits}

    def go_on(params, past, vectors):
        sums = (0 if past is None else past) + jnp.cumsum(vectors, axis=0)
        return show(params, jnp.tanh(sums / 4)), sums[-1:]

    return nd.make_model(
        "bag", encode, params, toys.make_tokenizer(special, 11), table=lambda p: p["table"],
        readouts=dict.fromkeys(("logits", "bag.logits"), ("bag.hidden", "read", "offset")),
        next_word=next_word, start=nd.Start(start), go_on=go_on if mask is None else None,
    )


def hold(model, texts=None):
    return nd.hold_run(model, nd.make_corpus(texts or toys.make_texts(), model, length=LENGTH))


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def encode_by_hand(model, ids):
    params = {key: np.asarray(value, np.float64) for key, value in model.params.items()}
    hidden = np.tanh(np.cumsum(params["table"][ids], axis=0) / 4)
    return hidden @ params["read"] + params["offset"]


@pytest.mark.parametrize("start", [(0,), (0, 4), ()])
def test_the_model_judges_by_its_next_words(start):
    model = make_model(start=start)
    run = hold(model)
    for ngram, nats in zip(NGRAMS, judge_ngrams(run, "model", NGRAMS), strict=True):
        ids = [*start, *ngram]
        logs = log_softmax(encode_by_hand(model, ids))
        # Of the first word of all nothing is said.
        judged = range(max(len(start), 1), len(ids))
        assert nats == pytest.approx(
            -np.mean([logs[place - 1, ids[place]] for place in judged]), rel=1e-5
        )


@pytest.mark.parametrize("few", [5, 10**6])
@pytest.mark.parametrize("start", [(0,), (0, 4), ()])
def test_words_that_many_ngrams_share_are_judged_once(monkeypatch, start, few):
    monkeypatch.setattr(fluency, "FEW", few)
    run = hold(make_model(start=start))
    judge = open_judge(run, "model")
    score = make_score(judge.reader.encoder, judge.reader.prepared, judge.objective, NOBODY)
    ids = jnp.array([4, 9, 6, 3, 12, 5], jnp.int32)
    work = {}
    for part in (0, 1, 4, 5):
        ends = jnp.tile(ids[part:], (64, 1)).at[:, -1].set(jnp.arange(64) % 13)
        read = jax.jit(lambda before, ends: jax.vmap(
            lambda end: score(InParts(before, end) if len(before) else end))(ends))
        found = read(ids[:part], ends)
        whole = jnp.tile(ids, (64, 1)).at[:, -1].set(jnp.arange(64) % 13)
        np.testing.assert_allclose(found, jax.vmap(score)(whole), rtol=1e-5)
        work[part] = read.lower(ids[:part], ends).compile().cost_analysis()["flops"]
    assert work[4] < 0.6 * work[1] and work[1] < work[0]


def test_behind_beginnings_a_judge_says_the_mean():
    model = make_model()
    beginnings = [[2, 3], [7, 8]]
    inside = judge_ngrams(hold(nd.in_beginnings(model, beginnings)), "model", NGRAMS)
    apart = [
        judge_ngrams(hold(make_model(start=(0, *beginning))), "model", NGRAMS)
        for beginning in beginnings
    ]
    np.testing.assert_allclose(inside, np.mean(apart, axis=0), rtol=1e-5)


def test_a_masked_model_judges_words_that_it_does_not_see():
    model = make_model(next_word=None, mask=True)
    run = hold(model)
    params = {key: np.asarray(value, np.float64) for key, value in model.params.items()}
    for ngram, nats in zip(NGRAMS, judge_ngrams(run, "masked", NGRAMS), strict=True):
        own = []
        for place in range(LENGTH):
            ids = np.array([0, *ngram])
            ids[place + 1] = model.tokenizer.special["[MASK]"]
            vectors = params["table"][ids]
            logits = np.tanh(vectors + vectors.sum(0) / 4) @ params["read"] + params["offset"]
            own.append(log_softmax(logits)[place + 1, ngram[place]])
        assert nats == pytest.approx(-np.mean(own), rel=1e-5)


def test_another_model_judges_as_it_does_by_itself():
    model, other = make_model(), make_model(start=(0,))
    other = other._replace(params=jax.tree.map(lambda leaf: leaf * 2, other.params))
    reader = nd.open_reader(with_judge(model, other, "judge"))
    objective = fluency.by_next_word("judge/bag.logits")
    for ngram in NGRAMS:
        score = nd.make_score(reader.encoder, reader.prepared, objective, NOBODY)
        assert -score(jnp.asarray(ngram)) == pytest.approx(
            judge_ngrams(hold(other), "model", ngram[None])[0], rel=1e-5
        )


def test_kneser_ney_judges_behind_the_start():
    model = make_model()
    run = hold(model)
    counts = count_texts(run.corpus.texts, 13, begin=(0,))
    nothing = np.zeros(0, np.int32)
    for ngram, nats in zip(NGRAMS, judge_ngrams(run, "kneser_ney", NGRAMS), strict=True):
        by_hand = -judge_left_out(counts, ngram, nothing, begin=(0,)).mean()
        assert nats == pytest.approx(by_hand, rel=1e-4)


def test_every_word_in_each_place_is_judged_as_if_it_stood_there():
    texts = [np.array(text, np.int32) for text in ([2, 3, 4, 2], [3, 4, 5], [2, 3, 5, 5])]
    for order in (1, 2, 3):
        counts = count_texts(texts, 7, begin=(0,), order=order)
        ids = jnp.array([0, 2, 3, 6], jnp.int32)
        every = np.asarray(next_log_probabilities(counts, ids))
        np.testing.assert_allclose(np.exp(every).sum(axis=1), 1, rtol=1e-5)
        for place in range(4):
            for word in range(7):
                other = log_probabilities(counts, ids.at[place].set(word))[place]
                assert every[place, word] == pytest.approx(float(other), abs=1e-5)


@pytest.mark.parametrize("name", ["model", "kneser_ney"])
def test_soft_words_are_judged_as_the_hard_ones_they_are_on(name):
    judge = open_judge(hold(make_model()), name)
    score = nd.make_score(judge.reader.encoder, judge.reader.prepared, judge.objective, NOBODY)
    for ngram in NGRAMS:
        soft = jax.nn.one_hot(ngram, 13)
        assert score(soft) == pytest.approx(float(score(jnp.asarray(ngram))), rel=1e-4)
        slope = np.asarray(jax.grad(score)(soft))
        # What a place's own word adds is exact where nothing after it changes: at the last.
        last = [float(score(jnp.asarray(ngram).at[-1].set(word))) for word in range(13)]
        np.testing.assert_allclose(
            slope[-1] - slope[-1, ngram[-1]], np.array(last) - last[ngram[-1]], atol=1e-4
        )


def test_another_model_judges_the_visual_pathway(tmp_path):
    """A model that judges by itself and by its twin says the same; the manifest knows the twin."""
    held = nd.open_run(tmp_path / "run", "scenes", length=LENGTH)
    settings = {"islands": 1, "slots": 2, "rounds": 1, "candidates": 4}
    (line,) = nd.run(held, "I.hidden:3", nd.fluent(judge="scenes", **settings))
    assert read_manifest(tmp_path / "run")["judges"] == {"scenes": held.model.sha256}
    for point in line["front"]:
        assert point["others"] == {"model": pytest.approx(point["nats"], rel=1e-4)}


def test_the_first_judge_there_is():
    model = make_model()
    assert choose_judge(hold(model)) == "model"
    assert list_judges(hold(model)) == ["model", "kneser_ney"]
    assert choose_judge(hold(make_model(next_word=None))) == "kneser_ney"
    masked = make_model(next_word=None, mask=True)
    assert choose_judge(nd.hold_run(masked, length=LENGTH)) == "masked"
    with pytest.raises(InputError, match="neither next nor masked"):
        choose_judge(nd.hold_run(make_model(next_word=None), length=LENGTH))


@pytest.mark.parametrize(("name", "message"), [
    ("nobody", "or give model, masked, kneser_ney"),
    ("kneser_ney", "give one"),
    ("masked", "neither next nor masked"),
])  # fmt: skip
def test_a_judge_that_is_not_there_is_refused(name, message):
    with pytest.raises(InputError, match=message):
        open_judge(nd.hold_run(make_model(), length=LENGTH), name)


def test_a_judge_of_other_tokens_is_refused():
    model = make_model(next_word=None)
    with pytest.raises(InputError, match="other tokens"):
        open_judge(hold(model), "scenes")


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("vocabulary", [12, 13])
def test_blocks_of_words_come_to_the_whole_product(monkeypatch, soft, vocabulary):
    """Values, and slopes by all that they are made of; blocks that do not divide the words, too."""
    monkeypatch.setattr(fluency, "BLOCK", 4)
    draws = jax.random.split(jax.random.key(vocabulary), 4)
    states, weight = (
        3 * jax.random.normal(key, shape)
        for key, shape in zip(draws, ((LENGTH, 6), (6, vocabulary)), strict=False)
    )
    bias = 9 * jax.random.normal(draws[2], (vocabulary,))
    words = jax.random.randint(draws[3], (LENGTH,), 0, vocabulary)
    if soft:  # weights need not come to 1
        words = jax.nn.softmax(states @ weight)[::-1] * jnp.array([[1.0], [0.5], [2.0]])

    def whole(states, weight, bias, words):
        logs = jax.nn.log_softmax(states @ weight + bias)
        if soft:
            return jnp.sum(logs * words, axis=1)
        return jnp.take_along_axis(logs, words[:, None], axis=1)[:, 0]

    def in_blocks(states, weight, bias, words):
        return fluency.word_log_probabilities(states, Readout("", weight, bias), words)

    given = states, weight, bias, words
    np.testing.assert_allclose(in_blocks(*given), whole(*given), rtol=1e-5, atol=1e-5)
    places = jnp.arange(1.0, LENGTH + 1)
    chosen = tuple(range(4 if soft else 3))
    slopes = [
        jax.jit(jax.grad(lambda *args, f=f: places @ f(*args), chosen))(*given)
        for f in (in_blocks, whole)
    ]
    for slope, other in zip(*slopes, strict=True):
        np.testing.assert_allclose(slope, other, rtol=1e-4, atol=1e-4)


def test_no_gradient_in_blocks_holds_all_logits(monkeypatch):
    monkeypatch.setattr(fluency, "BLOCK", 16)
    readout = Readout("", jnp.ones((2, 1009)), jnp.zeros(1009))

    def judge(states):
        return jnp.sum(fluency.word_log_probabilities(states, readout, jnp.zeros(5, jnp.int32)))

    program = str(jax.make_jaxpr(jax.grad(judge))(jnp.ones((5, 2))))
    assert "5,16]" in program and "5,1009]" not in program and "64,5,16]" not in program


@pytest.mark.parametrize("name", ["model", "masked", "twin"])
@pytest.mark.parametrize("start", [(0, 4), ()])
def test_judges_of_many_words_say_the_same_in_blocks(monkeypatch, name, start):
    """All judges, of hard and of soft words, behind a start and without one."""
    monkeypatch.setattr(fluency, "BLOCK", 5)
    model = make_model(start=start, next_word=None, mask=True) if name == "masked" else (
        make_model(start=start)
    )
    if name == "twin":
        reader = nd.open_reader(with_judge(model, model, "judge"))
        objective = fluency.by_next_word("judge/bag.logits")
    else:
        _, reader, objective, *_ = open_judge(nd.hold_run(model, length=LENGTH), name)
    score = nd.make_score(reader.encoder, reader.prepared, objective, NOBODY)
    soft = jax.nn.softmax(3 * jax.random.normal(jax.random.key(0), (LENGTH, 13)))
    said = []
    for few in (13, 12):
        monkeypatch.setattr(fluency, "FEW", few)
        value, slope = jax.jit(jax.value_and_grad(lambda words: score(words)))(soft)
        said.append([score(jnp.asarray(NGRAMS[0])), value, *slope.ravel()])
    np.testing.assert_allclose(*said, rtol=1e-4, atol=1e-5)
    assert said[0] != said[1]  # there is another order of sums
