"""Searches against all 512 three-word dreams of a toy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream import relaxations
from neurondream.base import InOne, Place, Relaxation, Vectors, are_hard
from neurondream.dreaming import compile_dreams, make_score, score_tokens
from neurondream.errors import InputError
from neurondream.objectives import linear
from neurondream.searches.ascent import ascent
from neurondream.targets import number_targets
from rigs import OBJECTIVE, pick

METHODS = ("logits", "softmax", "gumbel_softmax", "free_embedding")
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


@pytest.mark.parametrize("samples", [1, 2])
def test_samples_are_each_read_in_one_of_many_contexts(samples):
    """Each context wants a word of its own, all of them together a fourth."""
    wanted = jnp.concatenate([jnp.eye(3), jnp.full((3, 1), 0.8)], axis=1)
    soft = []

    def score(words):
        if not are_hard(words):
            assert isinstance(words, InOne)
            soft.append(words)
            return jnp.mean(words.words @ wanted[words.context])
        return jnp.mean(wanted[:, words])

    relaxation = relaxations.gumbel_softmax(
        2, jnp.ones(4, bool), optax.exponential_decay(2.0, 1, 0.99, end_value=0.5)
    )
    search = ascent(
        relaxation, optax.adam(0.1), epochs=1, steps=150, samples=samples, contexts=3
    )
    found = jax.jit(lambda key: search(key, score))(KEY)
    # What has not moved would end where it began.
    assert relaxation.harden(relaxation.init(jax.random.split(KEY)[0])).tolist() != [3, 3]
    assert soft and found.tokens.tolist() == [3, 3]
    np.testing.assert_allclose(found.score, 0.8)


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


@pytest.mark.parametrize("name", ["epochs", "steps", "samples", "contexts", "patience"])
def test_settings_below_1_are_refused(toy, name):
    settings = {"epochs": 2, "steps": 2, "samples": 2, "contexts": 2, "patience": 2, name: 0}
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


