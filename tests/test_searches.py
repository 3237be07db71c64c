"""Searches against all 512 three-word dreams of a toy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream import relaxations
from neurondream.base import Place, Relaxation, Vectors
from neurondream.dreaming import compile_dreams, make_score, score_tokens
from neurondream.errors import InputError
from neurondream.objectives import linear
from neurondream.searches.ascent import ascent
from neurondream.sweeps.corpus import (
    SORTED_AT_ONCE,
    compile_corpus,
    finish_corpus,
    keep_best,
    sample_rows,
    score_block,
    sweep_ngrams,
)
from neurondream.sweeps.prefixes import corpus_ngrams
from neurondream.targets import number_targets

pytestmark = pytest.mark.usefixtures("quick_compiles")

METHODS = ("logits", "softmax", "gumbel_softmax", "free_embedding")
OBJECTIVE = linear("I.hidden")
KEY = jax.random.key(2)
every_method = pytest.mark.parametrize("method", METHODS)
EPOCHS = 6


def relaxation_of(toy, method):
    allowed = jnp.asarray(toy.allowed)
    if method == "gumbel_softmax":
        return relaxations.gumbel_softmax(3, allowed, optax.exponential_decay(1.0, 100, 0.5))
    if method == "free_embedding":
        return relaxations.free_embedding(3, allowed, toy.params["embedding"])
    return getattr(relaxations, method)(3, allowed)


@pytest.fixture(scope="module")
def climb(toy, rig):
    """Dream of targets, each method compiled once a shape."""

    @functools.cache
    def compiled(method, patience):
        samples = 3 if method == "gumbel_softmax" else 1
        search = ascent(
            relaxation_of(toy, method), optax.adam(0.3),
            epochs=EPOCHS, steps=4, samples=samples, patience=patience,
        )
        return compile_dreams(toy.encoder, OBJECTIVE, search)

    def run(method, targets=rig.targets, key=KEY, patience=None):
        return jax.tree.map(np.asarray, compiled(method, patience)(key, toy.params, targets))

    return run


def pick(targets, rows):
    return jax.tree.map(lambda field: field[rows], targets)


@every_method
def test_scores_are_those_of_the_tokens(toy, rig, climb, method):
    found = climb(method)
    assert found.tokens.shape == (12, 3) and found.tokens.dtype == np.int32
    again = score_tokens(toy.encoder, toy.params, OBJECTIVE, rig.targets, found.tokens)
    np.testing.assert_allclose(found.score, again, rtol=1e-5, atol=1e-6)
    assert toy.allowed[found.tokens].all()
    row = (found.tokens - 4) @ [64, 8, 1]
    by_hand = rig.scores[np.arange(12), row]
    np.testing.assert_allclose(found.score, by_hand, rtol=1e-4, atol=1e-5)
    assert np.all(found.score <= rig.scores.max(axis=1) + 1e-5)


@every_method
def test_same_key_same_dream(rig, climb, method):
    one, again = climb(method), climb(method)
    jax.tree.map(np.testing.assert_array_equal, one, again)
    other = climb(method, key=jax.random.key(77))
    assert not np.array_equal(one.info.soft, other.info.soft)


@every_method
def test_company_does_not_change_a_dream(rig, climb, method):
    together = climb(method)
    five = climb(method, pick(rig.targets, np.array([3, 11, 0, 7, 5])))
    np.testing.assert_array_equal(five.tokens, together.tokens[[3, 11, 0, 7, 5]])
    if method in ("gumbel_softmax", "free_embedding"):  # one more program to compile
        for row in (0, 7):
            alone = climb(method, pick(rig.targets, np.array([row])))
            np.testing.assert_array_equal(alone.tokens[0], together.tokens[row])
    # In chunks of five, the last of which is filled up.
    rows = np.minimum(np.arange(15), 11).reshape(3, 5)
    chunks = [climb(method, pick(rig.targets, chunk)).tokens for chunk in rows]
    np.testing.assert_array_equal(np.concatenate(chunks)[:12], together.tokens)


def first_scores(toy, rig, method):
    """Score the n-gram that each climb starts from."""
    relaxation = relaxation_of(toy, method)
    init_keys = [
        jax.random.split(jax.random.fold_in(KEY, number))[0] for number in rig.targets.number
    ]
    tokens = jnp.stack([relaxation.harden(relaxation.init(key)) for key in init_keys])
    return np.asarray(score_tokens(toy.encoder, toy.params, OBJECTIVE, rig.targets, tokens))


@every_method
def test_the_dream_is_the_best_on_the_way(toy, rig, climb, method):
    found, start = climb(method), first_scores(toy, rig, method)
    assert np.all(found.score >= start - 1e-6)
    assert np.isfinite(found.info.hard).all() and np.isfinite(found.info.soft).all()
    best = np.maximum(start, found.info.hard.max(axis=1))
    np.testing.assert_allclose(found.score, best, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method, patience", [*((m, 1) for m in METHODS), ("softmax", 2)])
def test_patience_ends_a_climb(toy, rig, climb, method, patience):
    found, start = climb(method, patience=patience), first_scores(toy, rig, method)
    unhurried = climb(method)
    ends = []
    for row in range(12):
        best, stale, end = start[row], 0, 0
        while end < EPOCHS and stale < patience:
            hard = unhurried.info.hard[row, end]
            stale = 0 if hard > best + 1e-6 else stale + 1
            best, end = max(best, hard), end + 1
        ends.append(end)
        for course in (found.info.hard[row], found.info.soft[row]):
            assert np.isfinite(course[:end]).all() and np.isnan(course[end:]).all()
        np.testing.assert_allclose(found.score[row], best, rtol=1e-5, atol=1e-6)
    assert min(ends) < EPOCHS


def test_gumbel_reaches_the_maximum(toy, rig):
    search = ascent(
        relaxation_of(toy, "gumbel_softmax"), optax.adam(0.3), epochs=30, steps=10, samples=4
    )
    found = compile_dreams(toy.encoder, OBJECTIVE, search)(KEY, toy.params, rig.targets)
    low, high = rig.scores.min(axis=1), rig.scores.max(axis=1)
    assert np.all(high - low > 0.3)
    reached = (np.asarray(found.score) - low) / (high - low)
    assert np.sum(reached >= 0.95) >= 10, reached


@pytest.mark.parametrize("position", [0, 1, -1])
def test_objectives_read_their_position(toy, rig, position):
    objective = linear("T.output", Place("word", position))
    target = pick(number_targets(["x"], np.eye(12, dtype=np.float32)[[6]], np.ones(1)), 0)
    words = jnp.array([9, 4, 7])
    score = make_score(toy.encoder, toy.params, objective, target)(words)
    layers = toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, words))
    np.testing.assert_allclose(score, layers["T.output"][position, 6] + 1, rtol=1e-5)


@every_method
def test_relaxations_keep_to_allowed_words(toy, method):
    relaxation = relaxation_of(toy, method)
    for seed in range(5):
        theta = relaxation.init(jax.random.key(seed))
        # However much theta wants the special words, they never come out.
        if method != "free_embedding":
            theta = 10 * jax.random.normal(jax.random.key(seed), theta.shape)
            theta = theta.at[:, :4].add(100)
        ids = relaxation.harden(theta)
        assert ids.dtype == jnp.int32 and toy.allowed[np.asarray(ids)].all()
        soft = relaxation.relax(jax.random.key(9), theta, jnp.int32(3))
        if isinstance(soft, Vectors):
            np.testing.assert_array_equal(soft.vectors, theta)
            continue
        assert not np.asarray(soft)[:, ~toy.allowed].any()
        if method != "logits":
            np.testing.assert_allclose(soft.sum(axis=-1), 1, rtol=1e-5)
        if method != "gumbel_softmax":
            np.testing.assert_array_equal(ids, 4 + np.argmax(soft[:, 4:], axis=-1))


def test_free_vectors_harden_to_the_nearest_angle(toy):
    relaxation = relaxation_of(toy, "free_embedding")
    table = np.asarray(toy.params["embedding"])
    ids = np.array([4, 9, 11])
    for scale in (0.01, 1, 50):
        np.testing.assert_array_equal(relaxation.harden(jnp.asarray(scale * table[ids])), ids)
    theta = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    cosine = theta @ table.T / np.linalg.norm(table, axis=1)
    np.testing.assert_array_equal(
        relaxation.harden(jnp.asarray(theta)), 4 + cosine[:, 4:].argmax(axis=1)
    )


def test_gumbel_draws_words_by_their_probability(toy):
    """At low temperature the soft words are draws from softmax(theta) (Maddison et al. 2017)."""
    relaxation = relaxations.gumbel_softmax(1, jnp.asarray(toy.allowed), lambda step: 0.01)
    theta = jax.random.normal(jax.random.key(1), (1, 12))
    keys = jax.random.split(jax.random.key(4), 20000)
    soft = jax.jit(jax.vmap(lambda key: relaxation.relax(key, theta, 0)))(keys)[:, 0]
    share = np.bincount(np.asarray(soft).argmax(axis=1), minlength=12) / len(keys)
    p = np.where(toy.allowed, np.exp(np.asarray(theta[0])), 0)
    np.testing.assert_allclose(share, p / p.sum(), atol=0.015)


def test_softmax_cools(toy):
    relaxation = relaxations.softmax(
        2, jnp.asarray(toy.allowed), optax.exponential_decay(2.0, 1, 0.5)
    )
    theta = jax.random.normal(jax.random.key(2), (2, 12))
    weights = np.where(toy.allowed, np.exp(np.asarray(theta) / 0.25), 0)
    np.testing.assert_allclose(
        relaxation.relax(KEY, theta, 3), weights / weights.sum(axis=1, keepdims=True), rtol=1e-4
    )


@pytest.mark.parametrize("name", ["epochs", "steps", "samples", "patience"])
def test_settings_below_1_are_refused(toy, name):
    settings = {"epochs": 2, "steps": 2, "samples": 2, "patience": 2, name: 0}
    with pytest.raises(InputError, match=f"{name}=0"):
        ascent(Relaxation(None, None, None), optax.sgd(1.0), **settings)


def test_lengths_below_1_are_refused(toy):
    allowed = jnp.asarray(toy.allowed)
    for build in (
        lambda: relaxations.logits(0, allowed),
        lambda: relaxations.softmax(-1, allowed),
        lambda: relaxations.gumbel_softmax(0, allowed, lambda step: 1.0),
        lambda: relaxations.free_embedding(0, allowed, toy.params["embedding"]),
    ):
        with pytest.raises(InputError, match="1 or more"):
            build()


def sweep(toy, targets, ngrams, keep, block=1024):
    sweep_block, source = compile_corpus(toy.encoder, OBJECTIVE), corpus_ngrams(ngrams, block=block)
    done = []
    state = None
    for number, latest in sweep_ngrams(sweep_block, toy.params, targets, source, keep=keep):
        done.append(number)
        state = latest
    assert done[-1] == len(ngrams) and done == sorted(set(done))
    return finish_corpus(state)


@pytest.mark.parametrize(
    "number, block, keep, targets",
    [(50, 7, 3, 12), (50, 64, 10, 12), (50, 50, 4, 1), (50, 49, 6, 5), (5, 2, 10, 3), (1, 4, 1, 2),
     (30, 1, 2, 2), (512, 100, 20, 12)],
)
def test_corpus_search_is_a_plain_sort(toy, rig, number, block, keep, targets):
    chosen = np.random.default_rng(number).permutation(512)[:number]
    scores = rig.scores[:targets][:, chosen]
    found = sweep(
        toy, pick(rig.targets, np.arange(targets)), rig.ngrams[chosen], keep=keep, block=block
    )
    kept = min(keep, number)
    assert found.rows.shape == found.scores.shape == (targets, kept)
    best = -np.sort(-scores, axis=1)[:, :kept]
    np.testing.assert_allclose(found.scores, best, rtol=1e-4, atol=1e-5)
    at_rows = np.take_along_axis(scores, found.rows, axis=1)
    np.testing.assert_allclose(at_rows, found.scores, rtol=1e-4, atol=1e-5)
    assert all(len(set(row)) == kept for row in found.rows.tolist())
    np.testing.assert_allclose(found.mean, scores.mean(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.deviation, scores.std(axis=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("neurons", [1, SORTED_AT_ONCE - 1, SORTED_AT_ONCE, 2 * SORTED_AT_ONCE + 3])
def test_the_best_of_blocks_are_the_best_of_all(neurons):
    scores = np.random.default_rng(neurons).standard_normal((neurons, 60)).astype(np.float32)
    scores[::3, 20:] -= 9  # nothing new for every third neuron after the first block
    best, rows = jnp.full((neurons, 5), -jnp.inf), jnp.zeros((neurons, 5), jnp.int32)
    for start in range(0, 60, 20):
        block = slice(start, start + 20)
        best, rows = keep_best(best, rows, jnp.asarray(scores[:, block]), jnp.arange(60)[block])
    order = np.argsort(-scores, axis=1)[:, :5]
    np.testing.assert_array_equal(rows, order)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, order, axis=1))


def test_a_score_that_is_no_number_is_seen():
    best, rows = jnp.full((2, 2), -jnp.inf), jnp.zeros((2, 2), jnp.int32)
    scores = jnp.array([[1.0, 3.0, 2.0], [1.0, jnp.nan, 2.0]])
    for block in (slice(0, 2), slice(2, 3)):
        best, rows = keep_best(best, rows, scores[:, block], jnp.arange(3)[block])
    np.testing.assert_array_equal(best[0], [3, 2])
    assert np.isnan(best[1]).any()


def test_the_first_of_equal_ngrams_stays():
    best, rows = keep_best(
        jnp.array([[2.0, 1.0]]), jnp.array([[7, 8]]), jnp.array([[1.0, 2.0]]), jnp.arange(2)
    )
    np.testing.assert_array_equal(best, [[2, 2]])
    np.testing.assert_array_equal(rows, [[7, 1]])


def test_deviation_survives_a_large_mean(toy, rig):
    far = rig.targets._replace(offset=rig.targets.offset + 1000)
    found = sweep(toy, far, rig.ngrams[:100], keep=1, block=9)
    np.testing.assert_allclose(found.deviation, rig.scores[:, :100].std(axis=1), rtol=1e-2)


def test_blocks_score_every_pair(toy, rig):
    found = score_block(toy.encoder, toy.params, OBJECTIVE, rig.targets, rig.ngrams[:20])
    np.testing.assert_allclose(found, rig.scores[:, :20], rtol=1e-4, atol=1e-5)


def test_empty_sweeps_are_refused(toy, rig):
    with pytest.raises(InputError, match="at least one n-gram"):
        sweep(toy, rig.targets, rig.ngrams[:0], keep=1)
    with pytest.raises(InputError, match="keep=0"):
        sweep(toy, rig.targets, rig.ngrams[:4], keep=0)


@pytest.mark.parametrize("number, size", [(10, 4), (10, 10), (3, 8)])
def test_sampled_rows_are_distinct_and_seeded(number, size):
    rows = sample_rows(number, size, 1)
    assert len(set(rows.tolist())) == min(number, size)
    assert rows.min() >= 0 and rows.max() < number and rows.tolist() == sorted(rows)
    np.testing.assert_array_equal(rows, sample_rows(number, size, 1))
