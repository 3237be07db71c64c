"""Sweeps over n-grams are plain sorts of all scores."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neurondream.errors import InputError
from neurondream.sweeps.corpus import (
    SORTED_AT_ONCE,
    compile_corpus,
    finish_corpus,
    keep_best,
    sample_rows,
    score_block,
    sweep_ngrams,
)
from neurondream.sweeps.prefixes import all_ngrams, corpus_ngrams
from rigs import OBJECTIVE, pick


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


@pytest.mark.parametrize("length, block", [(1, 3), (2, 1000), (3, 100)])
def test_exhaustive_search_is_a_plain_sort(toy, rig, length, block):
    source = all_ngrams(toy.allowed, length, block)
    assert source.total == 8**length and source.counts is None
    *_, (done, state) = sweep_ngrams(
        compile_corpus(toy.encoder, OBJECTIVE), toy.params, rig.targets, source, keep=10
    )
    assert done == 8**length
    found = finish_corpus(state)
    ngrams = np.array(list(itertools.product(range(4, 12), repeat=length)), np.int32)
    score = functools.partial(score_block, toy.encoder, toy.params, OBJECTIVE)
    every = np.asarray(jax.jit(score)(rig.targets, ngrams))
    kept = min(10, 8**length)
    assert found.rows.shape == (12, kept)
    assert all(len(set(row)) == kept for row in found.rows.tolist())
    best = -np.sort(-every, axis=1)[:, :kept]
    at_rows = np.take_along_axis(every, found.rows, axis=1)
    np.testing.assert_allclose(found.scores, best, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.scores, at_rows, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(source.tokens(found.rows), ngrams[found.rows])
    np.testing.assert_allclose(found.mean, every.mean(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.deviation, every.std(axis=1), rtol=1e-3, atol=1e-5)
