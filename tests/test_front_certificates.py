"""Certificates on fronts: no other word at any one place is higher within the limit."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.base import join_words
from neurondream.errors import InputError
from neurondream.runs.folder import read_lines
from neurondream.searches.front import LIMITS, empty_front, extend_front, make_dream
from neurondream.searches.front_polish import describe_certificates, polish_front, slope_above
from test_fluency import make_model

WORDS, LENGTH, LIMIT = 5, 3, 4.1
EVERY = np.array(list(itertools.product(range(WORDS), repeat=LENGTH)), np.int32)
FEW = {
    "fluent": {"islands": 1, "slots": 2, "rounds": 1, "candidates": 3},
    "gcg": {"children": 6, "top": 4, "iterations": 2}, "gbda": {"epochs": 2},
}  # fmt: skip


def draw_table(seed, lost=0):
    """Draw activations and log-probabilities of all n-grams, some of them no numbers."""
    generator = np.random.default_rng(seed)
    table = np.stack([
        generator.normal(size=3 * [WORDS]), -generator.uniform(2, 9, size=3 * [WORDS])
    ], axis=-1).astype(np.float32)
    for at in generator.choice(WORDS**LENGTH, lost, replace=False):
        table[*EVERY[at], generator.integers(2)] = -np.inf
    return table


def read(table, words):
    """Look hard words up, and mix soft ones."""
    words = join_words(words)
    if jnp.issubdtype(words.dtype, jnp.integer):
        return table[tuple(words)]
    finite = jnp.where(jnp.isfinite(table), table, 0)
    return jnp.einsum("abcd,a,b,c->d", finite, *words)


def begin(key, score):
    """Find the front of four n-grams."""
    tokens = jax.random.randint(key, (4, LENGTH), 0, WORDS)
    return make_dream(extend_front(empty_front(LENGTH), tokens, jax.vmap(score)(tokens)))


def others_of(ids):
    return [
        [*ids[:place], word, *ids[place + 1 :]]
        for place in range(len(ids)) for word in range(WORDS) if word != ids[place]
    ]


@functools.cache
def compile_search(**settings):
    search = polish_front(
        begin, np.ones(WORDS, bool), limit=LIMIT, parts=(0, 2), block=4, **settings
    )
    return jax.jit(lambda key, table: search(key, lambda words: read(table, words)))


def certify(table, seed, **settings):
    with jax.numpy_rank_promotion("raise"):
        return jax.tree.map(np.asarray, compile_search(**settings)(jax.random.key(seed), table))


@pytest.mark.parametrize("lost", [0, 6])
def test_no_certificate_of_a_table_is_false(lost):
    said, passed = 0, 0
    for seed in range(12):
        table = draw_table(seed, lost)
        dream = certify(table, seed)
        front, each, _ = dream.info
        assert dream.score == front.terms[-1, 0] and len(front.tokens) == len(LIMITS) + 1
        there = np.isfinite(front.terms[:, 0])
        np.testing.assert_array_equal(
            front.terms[there], [table[*ids] for ids in front.tokens[there]]
        )
        assert each.limits[0] == np.float32(LIMIT) and each.limits[-1] == np.inf
        assert each.limits[0] <= each.limits[1] <= each.limits[2]
        for at, slot in enumerate(each.slots):
            (score, fluency), ids = front.terms[slot], front.tokens[slot].tolist()
            # A slot is swept over once, and not at all where nothing is within its limit.
            assert bool(each.sweeps[at]) == (np.isfinite(score) and slot not in each.slots[:at])
            if not each.sweeps[at]:
                assert not each.certified[at]
                continue
            assert -fluency <= each.limits[at]
            terms = np.array([table[*other] for other in others_of(ids)])
            unknown = np.isneginf(terms).any(axis=1)
            within = terms[-terms[:, 1] <= each.limits[at], 0].max(initial=-np.inf)
            assert within <= score
            assert each.passed_over[at] == unknown.sum()
            assert each.certified[at] == (not unknown.any() and np.isfinite(fluency))
            if each.certified[at]:
                assert each.margin[at] == pytest.approx(score - within)
                if np.isfinite(within):
                    assert table[*each.runner_up[at]][0] == within
                    assert np.sum(each.runner_up[at] != ids) == 1
            said, passed = said + each.certified[at], passed + each.passed_over[at]
    assert said > 6 and (passed > 0) == (lost > 0)


def test_without_time_there_is_no_certificate():
    ends = [certify(draw_table(seed), seed, sweeps=1, certificates=1).info for seed in range(12)]
    certain = np.array([info.certificates.certified[0] for info in ends])
    assert 0 < certain.sum() < 12
    for seed, info in enumerate(ends):
        table, ids = draw_table(seed), info.front.tokens[-1].tolist()
        best = max(table[*other][0] for other in others_of(ids))
        # One sweep may end where nothing is better, but not know it.
        assert best <= table[*ids][0] or not info.certificates.certified[0]


def test_words_that_are_covered_are_those_that_pay_at_the_price_of_the_front():
    for seed in range(6):
        table = draw_table(seed)
        front, each, _ = certify(table, seed, cover=2).info
        assert each.covers == 2 and each.certified.any()
        for at in np.flatnonzero(each.certified):
            terms, ids = front.terms[each.slots[at]], front.tokens[each.slots[at]].tolist()
            weights = np.array([1, slope_above(terms, front.terms[-1])])
            for place in range(LENGTH):
                others = [other for other in others_of(ids) if other[place] != ids[place]]
                values = np.array([table[*other] for other in others])
                covered = np.argsort(-(values @ weights), kind="stable")[:2]
                inside = covered[-values[covered, 1] <= each.limits[at]]
                assert (values[inside, 0] <= terms[0]).all()


def test_points_that_end_alike_are_told_once():
    table = draw_table(0)
    table[..., 1] = -3.0
    info = certify(table, 0).info
    told = describe_certificates(
        info, lambda ids: {"ids": [int(word) for word in ids]}, nd.fluent().describe
    )
    (point,) = told["front"]
    assert point["certificate"]["certified"] and "limit" not in point["certificate"]
    assert point["score"] == pytest.approx(float(point["certificate"]["margin"]) + float(
        table[*point["certificate"]["runner_up"]["ids"]][0]))


def judge_by_hand(toy, ngrams):
    """Compute nats a word of n-grams `[M, L]` in float64, of what stands behind something."""
    layer = toy.model.next_word
    logits = oracles.encode_again(toy, ngrams)[layer].astype(np.float64)
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    first = len(toy.model.start.before)
    whole = np.concatenate(
        [np.broadcast_to(toy.model.start.before, (len(ngrams), first)), ngrams], axis=1
    ).astype(int)
    judged = np.take_along_axis(logs[:, :-1], whole[:, 1:, None], axis=2)[..., 0]
    return -judged[:, max(first - 1, 0) :].mean(axis=1)


def check_certificates(toy, line):
    """Check all certificates of a line in float64; how many there are."""
    (neuron,) = nd.parse_neurons(line["neuron"], toy.model)
    certified = 0
    for point in line["front"]:
        certificate, ids = point.get("certificate", {}), np.array(point["ngram"]["ids"])
        if not certificate.get("certified"):
            continue
        others = oracles.substitutes(toy, ids)
        scores, nats = oracles.score_again(toy, neuron, others), judge_by_hand(toy, others)
        own, own_nats = oracles.score_again(toy, neuron, ids), judge_by_hand(toy, ids[None])[0]
        limit = certificate.get("limit", np.inf)
        slack, tolerance = certificate.get("nats_tolerance", 0), certificate["tolerance"]
        assert ("nats_tolerance" in certificate) == ("limit" in certificate)
        assert own_nats <= limit + slack and slack < 1e-2
        best = scores[nats <= limit - slack].max(initial=-np.inf)
        assert best <= own + tolerance
        if "margin" in certificate:
            runner_up = oracles.score_again(toy, neuron, certificate["runner_up"]["ids"])
            assert abs(certificate["margin"] - (own - runner_up)) <= tolerance + 1e-6
            assert best <= runner_up + tolerance
        certified += 1
    return certified


def encode_bag(params, vectors, np):
    hidden = np.tanh(np.cumsum(vectors, axis=-2) / 4)
    return {"bag.hidden": hidden, "bag.logits": hidden @ params["read"] + params["offset"]}


@pytest.fixture(scope="module")
def bag():
    model = make_model()
    corpus = nd.make_corpus(toys.make_texts(), model, length=LENGTH)
    return toys.Toy(model, encode_bag), nd.hold_run(model, corpus)


@pytest.mark.parametrize("method", FEW)
def test_certificates_of_any_front_hold_in_float64(bag, method):
    toy, run = bag
    neurons = ["bag.hidden:1", "-bag.hidden:5", "bag.logits:4 - bag.hidden:2"]
    lines = list(nd.run(run, neurons, nd.make_method(f"{method}+polish", **FEW[method])))
    for line in lines:
        assert line["method"] == f"{method}+polish" and check_certificates(toy, line)
        nats = [point["nats"] for point in line["front"]]
        assert nats == sorted(nats)
        # What the line shows is certified within its limit, where anything is within it.
        (point,) = (p for p in line["front"] if p["ngram"] == line["ngram"])
        if point["nats"] <= line["limit"]:
            assert point["certificate"]["certified"]
            assert point["certificate"].get("limit", np.inf) >= line["limit"] - 1e-4


def test_certificates_hold_behind_a_nonlinearity():
    toy = toys.causal()
    neurons = ["mlp.after:1", "mlp.after:4", "mlp.after:7"]
    lines = nd.dream_neurons(
        toy.model, neurons, length=2, method=nd.make_method("gcg+polish", **FEW["gcg"])
    )
    assert sum(check_certificates(toy, line) for line in lines) > 1
    assert all(line["climbed"] == "mlp.before" for line in lines)


def test_polish_lowers_no_point_and_certifies_no_more_than_it_is_asked(bag):
    _, run = bag
    plain = nd.run(run, "bag.hidden:0-3", nd.make_method("gcg", **FEW["gcg"]))
    polished = nd.make_method("gcg+polish", **FEW["gcg"], certificates=1, cover=4)
    run = run._replace(programs={})
    for before, after in zip(plain, nd.run(run, "bag.hidden:0-3", polished), strict=True):
        for limit in LIMITS:
            heights = [
                max((p["score"] for p in line["front"] if p["nats"] <= limit), default=-np.inf)
                for line in (before, after)
            ]
            assert heights[1] >= heights[0] - 1e-6
        (extreme,) = (point for point in after["front"] if "certificate" in point)
        assert extreme is after["front"][-1] and extreme["certificate"]["covers"] == 4


def test_a_certified_run_goes_on_by_another_judge(tmp_path, bag):
    toy, held = bag
    run = nd.open_run(tmp_path, toy.model, held.corpus)
    method = nd.make_method("gcg+polish", **FEW["gcg"], judge="kneser_ney", certificates=2)
    (line,) = nd.run(run, "bag.hidden:3", method)
    assert any(point.get("certificate", {}).get("certified") for point in line["front"])
    again = list(nd.run(run, "bag.hidden:3", method))
    assert again == [line] and len(read_lines(tmp_path / "dreams.jsonl")) == 1


@pytest.mark.parametrize("make, message", [
    (lambda: nd.make_method("fluent+polish", certificates=0), "certificates=0: give 1 or more"),
    (lambda: nd.make_method("swaps+polish", certificates=2), "certificates=2: of fronts"),
    (lambda: nd.make_method("fluent", certificates=2), "no setting of fluent"),
    (lambda: nd.fluent(faces=0), "faces=0: give 1 or more"),
    (lambda: nd.fluent(faces=1001), "faces=1001: give at most"),
    (lambda: nd.make_method("fluent+polish", cover=0), "cover=0: give 1 or more"),
    (lambda: nd.polished(nd.make_method("fluent+polish")), "cannot be polished"),
])
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
