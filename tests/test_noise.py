import jax
import numpy as np
from scipy import stats

from neurondream.noise import draw_below, draw_gumbel


def test_follows_the_gumbel_distribution():
    noise = np.asarray(draw_gumbel(jax.random.key(3), (200, 1000))).ravel()
    assert np.all(np.isfinite(noise))
    assert stats.kstest(noise[::4], stats.gumbel_r.cdf).pvalue > 1e-3


def test_neighbours_and_keys_are_uncorrelated():
    keys = jax.random.split(jax.random.key(0), 40)
    noise = np.asarray(jax.vmap(lambda key: draw_gumbel(key, (20_000,)))(keys))
    between = np.corrcoef(noise) - np.eye(len(keys))
    # 780 pairs of 20,000 draws: beyond .035 lies one pair in a million
    assert np.abs(between).max() < 0.035
    for lag in (1, 2, 3, 64):
        assert abs(np.corrcoef(noise[:, :-lag].ravel(), noise[:, lag:].ravel())[0, 1]) < 0.006


def test_argmax_follows_the_softmax():
    """The largest of log p + noise falls on word w with probability p(w) (Gumbel 1954)."""
    p = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
    noise = np.asarray(draw_gumbel(jax.random.key(7), (100_000, len(p))))
    counts = np.bincount(np.argmax(np.log(p) + noise, axis=1), minlength=len(p))
    assert stats.chisquare(counts, 100_000 * p).pvalue > 1e-3


def test_same_key_same_noise_in_a_batch():
    keys = jax.random.split(jax.random.key(1), 3)
    together = jax.vmap(lambda key: draw_gumbel(key, (4, 5)))(keys)
    alone = np.stack([draw_gumbel(key, (4, 5)) for key in keys])
    np.testing.assert_array_equal(together, alone)


def test_whole_numbers_below_bounds_are_uniform_and_independent():
    keys = jax.random.split(jax.random.key(2), 30_000)
    drawn = np.asarray(jax.vmap(lambda key: draw_below(key, [1, 7, 7, 1000]))(keys))
    assert drawn.min() == 0 and drawn.dtype == np.int32
    np.testing.assert_array_equal(drawn.max(axis=0), [0, 6, 6, 999])
    for column in (1, 2):
        assert stats.chisquare(np.bincount(drawn[:, column])).pvalue > 1e-3
    pairs = np.bincount(7 * drawn[:, 1] + drawn[:, 2], minlength=49)
    assert stats.chisquare(pairs).pvalue > 1e-3


def test_no_number_reaches_its_bound():
    bounds = np.unique(np.geomspace(1, 2**22, 500).astype(int))
    drawn = np.asarray(draw_below(jax.random.key(0), np.tile(bounds, (2000, 1))))
    assert np.all(drawn < bounds) and np.all(drawn >= 0)
