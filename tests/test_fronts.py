"""Front searches: what they find is what an exhaustive search says, within the limits."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
from neurondream.base import Dream, are_hard, join_words
from neurondream.errors import InputError
from neurondream.method import laddered
from neurondream.runs.judges import judge_ngrams
from neurondream.runs.planes import draw_windows, find_texts, judge_real, take_within
from neurondream.searches.fluent import fluent, share_candidates
from neurondream.searches.front import (
    LIMITS,
    Front,
    FrontInfo,
    empty_front,
    extend_front,
    join_fronts,
)
from test_fluency import LENGTH, hold, make_model

SMALL = {
    "fluent": {"islands": 1, "slots": 3, "rounds": 3, "candidates": 6},
    "search+fluent": {"islands": 1, "slots": 3, "rounds": 3, "candidates": 6},
    "epo": {"population": 4, "children": 8, "top": 8, "iterations": 25, "restart": 10},
    "gcg": {"children": 24, "top": 8, "iterations": 10},
    "gbda": {"epochs": 10},
}
NEURONS = ["bag.hidden:1", "bag.hidden:5"]


@pytest.fixture(autouse=True)
def no_rank_promotion():
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module")
def run():
    return hold(make_model())


@pytest.fixture(scope="module")
def truth(run):
    """The front of all n-grams that there are."""
    words = np.flatnonzero(run.model.tokenizer.allowed)
    ngrams = np.array(list(itertools.product(words, repeat=LENGTH)), np.int32)
    nats = judge_ngrams(run, "model", ngrams)
    reader = run.reader
    read = jax.jit(jax.vmap(lambda ids: reader.encoder.encode(
        reader.prepared, reader.encoder.embed(reader.prepared, ids)
    )["bag.hidden"][-1]))
    return nats, np.asarray(read(jnp.asarray(ngrams)))


@pytest.fixture(scope="module")
def found(run):
    return list(nd.run(run, NEURONS, "search"))


@pytest.fixture(scope="module")
def lines(run, found):
    return {
        name: list(nd.run(run, NEURONS, nd.make_method(name, **settings), finished=found))
        for name, settings in SMALL.items()
    }


@pytest.mark.parametrize("name", SMALL)
def test_points_rise_and_are_what_the_plain_encoder_says(run, lines, name):
    for neuron, line in zip(NEURONS, lines[name], strict=True):
        unit = int(neuron.partition(":")[2])
        points = line["front"]
        assert points
        for first, second in itertools.pairwise(points):
            assert first["score"] < second["score"] and first["nats"] < second["nats"] + 1e-6
        ngrams = np.array([point["ngram"]["ids"] for point in points], np.int32)
        nats = judge_ngrams(run, "model", ngrams)
        np.testing.assert_allclose([point["nats"] for point in points], nats, rtol=1e-4)
        for point in points:
            encoder, params = run.reader.encoder, run.reader.prepared
            embedded = encoder.embed(params, jnp.asarray(point["ngram"]["ids"], jnp.int32))
            activation = encoder.encode(params, embedded)["bag.hidden"][-1, unit]
            assert point["score"] == pytest.approx(float(activation), abs=1e-5)
            assert point["others"]["kneser_ney"] > 0


@pytest.mark.parametrize("name", SMALL)
def test_no_front_is_above_the_true_one_and_fluent_reaches_it(truth, lines, name):
    nats, heights = truth
    for neuron, line in zip(NEURONS, lines[name], strict=True):
        height = heights[:, int(neuron.partition(":")[2])]
        reached = []
        for limit in LIMITS:
            if not np.any(nats <= limit):
                continue
            best = height[nats <= limit].max()
            found = [point["score"] for point in line["front"] if point["nats"] <= limit]
            assert max(found, default=-np.inf) <= best + 1e-5
            reached.append(max(found, default=-np.inf) >= best - 1e-5)
        if name.endswith("fluent"):
            assert np.mean(reached) > 0.8


def test_a_front_begins_with_what_the_corpus_has(run, found, lines):
    for real, line in zip(found, lines["search+fluent"], strict=True):
        for each in real["best"]:
            within = [
                point["score"] for point in line["front"] if point["nats"] <= each["nats"] + 0.25
            ]
            assert max(within) >= each["score"] - 1e-5


def test_fronts_in_memory_begin_with_the_corpus_where_there_is_one(run, found):
    (line,) = nd.front(run.model, NEURONS[:1], corpus=run.corpus)
    assert line["method"] == "search+fluent" and len(line["windows"]["nats"]) > 0
    assert line["front"][-1]["score"] >= found[0]["score"] - 1e-5
    (line,) = nd.front(run.model, NEURONS[:1], length=LENGTH)
    assert line["method"] == "fluent" and "windows" not in line


def test_starts_are_of_the_run_or_given(run, found):
    with pytest.raises(InputError, match="run search before"):
        list(nd.run(run, NEURONS, "search+fluent", finished=found[:1]))
    short = [
        line | {"best": [{"ngram": {"ids": each["ngram"]["ids"][1:]}} for each in line["best"]]}
        for line in found
    ]
    with pytest.raises(InputError, match=f"none of {LENGTH} tokens"):
        list(nd.run(run, NEURONS, "search+fluent", finished=short))
    for name in ("search+epo", "gumbel+fluent", "exhaustive+fluent"):
        with pytest.raises(InputError, match="fluent from search"):
            nd.make_method(name)


def test_the_dream_is_the_highest_as_fluent_as_half_of_the_corpus(lines):
    for line in lines["fluent"]:
        assert line["limit"] == pytest.approx(np.median(line["windows"]["nats"]))
        within = [point for point in line["front"] if point["nats"] <= line["limit"]]
        best = max(within, key=lambda point: point["score"]) if within else line["front"][0]
        assert all(line[key] == best[key] for key in ("ngram", "score", "nats"))


def test_what_is_taken_of_a_front_is_within_the_limit_if_anything_is():
    tokens = np.arange(12, dtype=np.int32).reshape(2, 3, 2)
    terms = np.float32([[[1, -2], [3, -4], [9, -8]], [[-np.inf, -np.inf], [2, -6], [5, -9]]])
    dreams, nats = take_within(Dream(tokens[:, -1], terms[:, -1, 0], FrontInfo(
        Front(tokens, terms, np.float32([3, 5, np.inf]))
    )), 5.0)
    assert dreams.tokens.tolist() == [[2, 3], [8, 9]]
    assert dreams.score.tolist() == [3, 2] and nats.tolist() == [4, 6]


def test_without_a_corpus_there_are_no_windows():
    held = nd.hold_run(make_model(), length=LENGTH)
    (line,) = nd.run(held, NEURONS[:1], nd.fluent(**SMALL["fluent"]))
    assert "windows" not in line and line["limit"] == 5 and line["judge"] == "model"
    assert all(point["others"] == {} for point in line["front"])


def test_windows_are_real_and_judged_without_their_text(run, lines):
    ngrams = draw_windows(run.corpus)
    real = {row.tobytes() for row in run.corpus.ngrams.tokens}
    assert all(ngram.tobytes() in real for ngram in ngrams)
    windows = lines["fluent"][0]["windows"]
    np.testing.assert_allclose(
        windows["nats"], judge_ngrams(run, "model", ngrams), atol=1e-3
    )
    left_out = judge_real(run, "kneser_ney", ngrams)
    np.testing.assert_allclose(windows["others"]["kneser_ney"], left_out, atol=1e-3)
    assert np.mean(left_out) > np.mean(judge_ngrams(run, "kneser_ney", ngrams))
    for text, ngram in zip(find_texts(run.corpus, ngrams), ngrams, strict=True):
        ids = run.corpus.texts[text]
        assert any((ids[k : k + LENGTH] == ngram).all() for k in range(len(ids) - LENGTH + 1))


def test_a_corpus_best_has_its_nats(run):
    (line,) = nd.run(run, NEURONS[:1], "search")
    ngrams = np.array([each["ngram"]["ids"] for each in line["best"]], np.int32)
    np.testing.assert_allclose(
        [each["nats"] for each in line["best"]], judge_ngrams(run, "model", ngrams), rtol=1e-5
    )


def test_fronts_keep_what_is_as_fluent_as_the_best_they_begin_with():
    """The limits are not so near one another that one of them stands for it."""
    table = np.float32([[0, -1.05], [1, -1.1], [2, -1.2], [3, -2]])
    search = fluent(
        1, np.ones(4, bool), islands=1, slots=2, rounds=1, pool=np.array([[0], [1]]), parts=(0,),
    )

    def score(words):
        words = join_words(words)
        return jnp.asarray(table)[words[0]] if are_hard(words) else (words @ table)[0]

    front = search(jax.random.key(0), score).info.front
    assert np.float32(1.1) in np.asarray(front.limits)
    at = np.searchsorted(np.asarray(front.limits), np.float32(1.1))
    assert front.tokens[at, 0] == 1 and front.tokens[at + 1, 0] == 2


def test_fronts_keep_the_best_within_each_limit():
    generator = np.random.default_rng(0)
    tokens = generator.integers(0, 9, (60, 4)).astype(np.int32)
    terms = np.float32(generator.normal(size=(60, 2)) * 3 - [0, 4])
    whole = extend_front(empty_front(4), jnp.asarray(tokens), jnp.asarray(terms))
    for limit, ngram, term in zip(LIMITS, *map(np.asarray, whole[:2]), strict=True):
        within = -terms[:, 1] <= limit
        if not within.any():
            assert term[0] == -np.inf
            continue
        best = np.flatnonzero(within)[terms[within, 0].argmax()]
        np.testing.assert_array_equal(ngram, tokens[best])
        np.testing.assert_array_equal(term, terms[best])
    parts = [
        extend_front(empty_front(4), jnp.asarray(tokens[k::2]), jnp.asarray(terms[k::2]))
        for k in range(2)
    ]
    joined = join_fronts(jax.tree.map(lambda *fields: jnp.stack(fields), *parts))
    for one, other in zip(whole, joined, strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.passed_over == 0  # what a front has no n-gram for is none that was tried
    spoilt = extend_front(joined, jnp.asarray(tokens), jnp.asarray(terms).at[::20, 0].set(-jnp.inf))
    assert spoilt.passed_over == 3
    np.testing.assert_array_equal(spoilt.terms, joined.terms)


def test_a_line_is_the_same_whoever_is_dreamt_beside(run):
    method = nd.fluent(**SMALL["fluent"])
    (alone,) = nd.dream_neurons(
        run.model, NEURONS[1:], length=LENGTH, method=method, corpus=run.corpus
    )
    both = nd.dream_neurons(run.model, NEURONS, length=LENGTH, method=method, corpus=run.corpus)
    same = ("ngram", "score", "front", "limit")
    assert {key: alone[key] for key in same} == {key: both[1][key] for key in same}


@pytest.mark.parametrize(("judge", "other"), [("kneser_ney", "model"), ("model", "kneser_ney")])
def test_a_climb_on_a_ladder_makes_a_front(run, judge, other):
    method = laddered(nd.swaps(restarts=2, rounds=2), judge)
    (line,) = nd.run(run, NEURONS[:1], method)
    assert line["method"] == "swaps-ladder" and line["judge"] == judge
    assert len(line["front"]) > (judge == "kneser_ney")
    assert set(line["front"][0]["others"]) == {other}
    # Words that are read in turn are judged as those that are read whole.
    ngrams = np.array([point["ngram"]["ids"] for point in line["front"]])
    nats = [point["nats"] for point in line["front"]]
    np.testing.assert_allclose(nats, judge_ngrams(run, judge, ngrams), rtol=1e-3)


def test_what_cannot_be_is_refused(run):
    for make, message in (
        (lambda: nd.fluent(effort="great"), "quick or usual"),
        (lambda: nd.fluent(slots=0), "slots=0"),
        (lambda: nd.epo(population=0), "population=0"),
        (lambda: nd.gcg(children=0), "children=0"),
        (lambda: laddered(nd.best()), "has no ladder"),
        (lambda: nd.make_method("fluent~0.5"), "takes no contrast"),
        (lambda: nd.fluent(penalties=(2.0, 1.0)), "the lesser first"),
        (lambda: nd.fluent(penalties=(0.1, 1e300)), "at most 1e[+]06"),
        (lambda: nd.run(run, NEURONS, nd.fluent(judge="nobody")), "nobody.*or give model"),
        (lambda: nd.front(run.model, NEURONS, corpus="captions.tsv"), "make_corpus.*not str"),
        (lambda: nd.dream_neurons(run.model, NEURONS, corpus=[]), "make_corpus.*not list"),
    ):
        with pytest.raises(InputError, match=message):
            make()


@pytest.mark.parametrize("length, parts", [(12, (0, 4, 8)), (5, (0, 4)), (7, (0,)), (1, (0,))])
def test_parts_that_are_shorter_to_read_try_more_words(length, parts):
    shared = share_candidates(length, parts, 16, 1000)
    read = [shared[part] * (length - part) for part in parts]
    assert max(read) - min(read) <= length  # words read at a place, but for rounding
    ends = dict(zip(parts, [*parts[1:], length], strict=True))
    whole = sum((ends[part] - part) * shared[part] * (length - part) for part in parts)
    alike = sum((ends[part] - part) * 16 * (length - part) for part in parts)
    assert abs(whole - alike) <= length**2 / 2
    assert set(share_candidates(length, parts, 16, 3).values()) == {3}
