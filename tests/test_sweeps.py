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
    Best,
    compile_corpus,
    keep_best,
    sample_rows,
    score_block,
    start_best,
    sweep_ngrams,
    take_in,
)
from neurondream.sweeps.prefixes import all_ngrams, corpus_ngrams
from neurondream.sweeps.tally import (
    QUANTILES,
    Tally,
    add_tally,
    count_bins,
    deviations_of,
    find_quantiles,
    set_edges,
    set_thresholds,
    start_tally,
    tally_block,
)
from rigs import OBJECTIVE, pick


def sweep(toy, targets, ngrams, keep, block=1024, **settings):
    sweep_block, source = compile_corpus(toy.encoder, OBJECTIVE), corpus_ngrams(ngrams, block=block)
    every = list(sweep_ngrams(sweep_block, toy.params, targets, source, keep=keep, **settings))
    done = [number for number, _, _ in every]
    assert done[-1] == len(ngrams) and done == sorted(set(done))
    _, best, tally = every[-1]
    assert np.all(tally.count == len(ngrams))
    return best, tally


@pytest.mark.parametrize(
    "number, block, keep, targets",
    [(50, 7, 3, 12), (50, 64, 10, 12), (50, 50, 4, 1), (50, 49, 6, 5), (5, 2, 10, 3), (1, 4, 1, 2),
     (30, 1, 2, 2), (512, 100, 20, 12)],
)
def test_corpus_search_is_a_plain_sort(toy, rig, number, block, keep, targets):
    chosen = np.random.default_rng(number).permutation(512)[:number]
    scores = rig.scores[:targets][:, chosen]
    found, tally = sweep(
        toy, pick(rig.targets, np.arange(targets)), rig.ngrams[chosen], keep=keep, block=block
    )
    kept = min(keep, number)
    assert found.rows.shape == found.scores.shape == (targets, kept)
    best = -np.sort(-scores, axis=1)[:, :kept]
    np.testing.assert_allclose(found.scores, best, rtol=1e-4, atol=1e-5)
    at_rows = np.take_along_axis(scores, found.rows, axis=1)
    np.testing.assert_allclose(at_rows, found.scores, rtol=1e-4, atol=1e-5)
    assert all(len(set(row)) == kept for row in found.rows.tolist())
    np.testing.assert_allclose(tally.mean, scores.mean(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(deviations_of(tally), scores.std(axis=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("neurons", [1, SORTED_AT_ONCE - 1, SORTED_AT_ONCE, 2 * SORTED_AT_ONCE + 3])
def test_the_best_of_blocks_are_the_best_of_all(neurons):
    scores = np.random.default_rng(neurons).standard_normal((neurons, 60)).astype(np.float32)
    scores[::3, 20:] -= 9  # nothing new for every third neuron after the first block
    best = start_best(neurons, 5)
    for start in range(0, 60, 20):
        block = slice(start, start + 20)
        best = keep_best(best, jnp.asarray(scores[:, block]), jnp.arange(60)[block])
    order = np.argsort(-scores, axis=1)[:, :5]
    np.testing.assert_array_equal(best.rows, order)
    np.testing.assert_array_equal(best.scores, np.take_along_axis(scores, order, axis=1))


def test_scores_that_are_no_finite_numbers_are_passed_over():
    scores = jnp.array([
        [1.0, 3.0, 2.0, 9.0], [1.0, jnp.nan, 2.0, 9.0], [jnp.inf, 1.0, -jnp.inf, 9.0],
        [jnp.nan, jnp.nan, jnp.inf, 9.0],
    ])  # the last of each is not real
    best, tally = start_best(4, 2), start_tally(4, 1)
    for start in (0, 2):
        block = slice(start, start + 2)
        best, part = take_in(
            best, scores[:, block], jnp.arange(4)[block], jnp.int32(2 - start // 2),
            jnp.full((4, 1), 1.5),
        )
        tally = add_tally(tally, part)
    np.testing.assert_array_equal(best.scores, [
        [3, 2], [2, 1], [1, -np.inf], [-np.inf, -np.inf],
    ])
    np.testing.assert_array_equal(best.rows[:3, 0], [1, 2, 1])
    np.testing.assert_array_equal(tally.count, [3, 2, 1, 0])
    np.testing.assert_array_equal(tally.mean, [2, 1.5, 1, 0])
    np.testing.assert_allclose(deviations_of(tally), [np.sqrt(2 / 3), 0.5, 0, 0])
    np.testing.assert_array_equal(tally.below[:, 0], [1, 1, 1, 0])


def test_the_first_of_equal_ngrams_stays():
    best = Best(jnp.array([[2.0, 1.0]]), jnp.array([[7, 8]]))
    best = keep_best(best, jnp.array([[1.0, 2.0]]), jnp.arange(2))
    np.testing.assert_array_equal(best.scores, [[2, 2]])
    np.testing.assert_array_equal(best.rows, [[7, 1]])


def test_deviation_survives_a_large_mean(toy, rig):
    far = rig.targets._replace(offset=rig.targets.offset + 1000)
    _, tally = sweep(toy, far, rig.ngrams[:100], keep=1, block=9)
    np.testing.assert_allclose(deviations_of(tally), rig.scores[:, :100].std(axis=1), rtol=1e-2)


def test_counts_and_moments_do_not_stop_at_what_float32_counts():
    block = Tally(
        np.full(1, 2**24, np.int32), np.ones(1, np.float32), np.full(1, 4, np.float32),
        np.zeros(1, np.float32), np.full((1, 1), 2**24, np.int32),
    )
    tally = start_tally(1, 1)
    for mean in (1, 1, 3):
        tally = add_tally(tally, block._replace(mean=np.float32([mean])))
        tally = add_tally(tally, start_tally(1, 1)._replace(count=np.ones(1, np.int32)))
    assert tally.count == 3 * 2**24 + 3 and tally.below == 3 * 2**24
    np.testing.assert_allclose(tally.mean, 5 / 3, rtol=1e-6)
    np.testing.assert_allclose(deviations_of(tally), np.sqrt(8 / 9), rtol=1e-6)


@pytest.mark.parametrize("shape", ["normal", "heavy", "saturated", "constant"])
def test_quantiles_are_those_of_all_scores(shape):
    generator = np.random.default_rng(5)
    every = {
        "normal": lambda: generator.standard_normal((2, 200_000)),
        "heavy": lambda: generator.standard_t(2, (2, 200_000)),
        "saturated": lambda: np.tanh(4 * generator.standard_normal((2, 200_000)) - 2),
        "constant": lambda: np.full((2, 200_000), 0.25),
    }[shape]().astype(np.float32)
    thresholds = set_thresholds(every[:, sample_rows(200_000, 20_000, 1)], 200_000)
    tally = start_tally(*thresholds.shape)
    for start in range(0, 200_000, 4096):
        block = every[:, start : start + 4096]
        fill = ((0, 0), (0, 4096 - block.shape[1]))
        block = np.pad(block, fill, constant_values=-np.inf)
        tally = add_tally(tally, tally_block(block, thresholds))
    found = find_quantiles(tally, thresholds)
    # As near as a share of the standard error that the sample alone would leave.
    levels = np.array(QUANTILES)
    error = np.sqrt(levels * (1 - levels) / 20_000)
    for row, values in zip(np.sort(every, axis=1), found, strict=True):
        least, most = (
            np.searchsorted(row, values * (1 + sign * 1e-6), side) / 200_000
            for side, sign in (("left", -1), ("right", 1))
        )
        assert np.all(least - error / 5 <= levels) and np.all(levels <= most + error / 5)


def test_quantiles_of_a_sample_of_all_are_its_own():
    every = np.random.default_rng(2).standard_normal((3, 500)).astype(np.float32)
    thresholds = set_thresholds(every, 500)
    tally = add_tally(start_tally(*thresholds.shape), tally_block(every, thresholds))
    np.testing.assert_allclose(
        find_quantiles(tally, thresholds), np.quantile(every, QUANTILES, axis=1).T, rtol=1e-6
    )


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
    *_, (done, found, tally) = sweep_ngrams(
        compile_corpus(toy.encoder, OBJECTIVE), toy.params, rig.targets, source, keep=10
    )
    assert done == 8**length
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
    np.testing.assert_allclose(tally.mean, every.mean(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(deviations_of(tally), every.std(axis=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("shape", ["normal", "heavy", "rare", "constant"])
def test_a_histogram_counts_all_finite_scores(shape):
    generator = np.random.default_rng(5)
    every = {
        "normal": lambda: generator.standard_normal(50_000),
        "heavy": lambda: generator.standard_t(1.5, 50_000),
        # What the sample has nothing of.
        "rare": lambda: np.where(np.arange(50_000) % 10_000 == 7, generator.normal(size=50_000), 0),
        "constant": lambda: np.full(50_000, 0.1),
    }[shape]().astype(np.float32)[None]
    every[0, 11::1000] = np.nan
    edges = set_edges(every[:, :5000] if shape != "rare" else every[:, 8:5000])
    tally = start_tally(1, 2 + edges.shape[1])
    thresholds = np.concatenate([np.zeros((1, 2), np.float32), edges], axis=1)
    for block in np.split(every, 10, axis=1):
        tally = add_tally(tally, tally_block(block, thresholds))
    bins = count_bins(tally, edges, 0, float(np.float32(np.nanmax(every))))
    if shape == "constant":
        assert bins is None
        return
    between, counts = bins
    assert between[0] == np.nanmin(every) and between[-1] == np.nanmax(every)
    expected = np.histogram(every[np.isfinite(every)], between)[0]
    np.testing.assert_array_equal(counts, expected)
    assert sum(counts) == 49_950


def test_nothing_has_no_histogram():
    edges = set_edges(np.full((1, 9), np.nan))
    tally = start_tally(1, edges.shape[1])
    tally = add_tally(tally, tally_block(jnp.full((1, 9), jnp.nan), edges))
    assert count_bins(tally, edges, 0, -np.inf) is None
