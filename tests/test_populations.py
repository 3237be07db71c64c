"""Statistics of two populations are their definitions."""

import itertools

import numpy as np
import pytest

from neurondream.analysis import populations
from neurondream.analysis.populations import (
    compare_ranks,
    contrast_groups,
    correct_for_many,
    permute_groups,
    resample_means,
)


def test_cliffs_delta_is_its_definition():
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 9, 13), generator.integers(2, 11, 8)
    expected = np.mean([np.sign(a - b) for a in first for b in second])
    assert compare_ranks(first, second) == pytest.approx(expected)
    assert compare_ranks(second, first) == pytest.approx(-expected)


def test_holm_is_its_definition():
    p = [0.01, 0.04, np.nan, 0.03, 0.5]
    assert correct_for_many(p).tolist() == pytest.approx(
        [0.04, 0.09, np.nan, 0.09, 0.5], nan_ok=True
    )
    assert correct_for_many([]).shape == (0,)
    assert correct_for_many([0.9, 0.8]).tolist() == [1, 1]


def test_intervals_are_those_of_a_known_mean():
    values = np.random.default_rng(1).normal(3, 2, (400, 1))
    draws = resample_means(values, 0)
    assert draws.mean() == pytest.approx(values.mean(), abs=0.01)
    assert draws.std() == pytest.approx(values.std() / 20, rel=0.05)


def test_missing_values_are_left_out():
    values = np.array([[1.0, np.nan], [1.0, 5.0], [1.0, 5.0], [1.0, np.nan]])
    other = np.array([[0.0, 2.0], [0.0, np.nan], [0.0, 2.0]])
    first, second = contrast_groups(values, other, 0)
    assert first.neurons == (4, 3)
    assert second.neurons == (2, 2)
    assert first.means == (1, 0)
    assert second.means == (5, 2)
    assert second.intervals == ((5, 5), (2, 2))
    assert second.interval == (3, 3)
    nobody = contrast_groups(np.full((3, 1), np.nan), other[:, :1], 0)[0]
    assert nobody.neurons == (0, 3)
    assert np.isnan([nobody.difference, nobody.p, nobody.effect, *nobody.interval]).all()


def welch(first, second):
    """Compute the difference of the means in its standard error (Welch 1947)."""
    error = np.sqrt(np.var(first, ddof=1) / len(first) + np.var(second, ddof=1) / len(second))
    return (np.mean(first) - np.mean(second)) / error


def test_p_of_a_small_sample_is_the_share_of_all_splits():
    first, second = np.array([[4.0], [7.0], [6.5]]), np.array([[1.0], [5.0], [2.0], [3.0]])
    pooled = np.concatenate([first, second]).ravel()
    splits = [
        welch(pooled[list(chosen)], np.delete(pooled, chosen))
        for chosen in itertools.combinations(range(7), 3)
    ]
    exact = np.mean(np.abs(splits) >= abs(welch(first, second)) - 1e-9)
    assert contrast_groups(first, second, 0)[0].p == pytest.approx(exact, abs=0.01)
    assert contrast_groups(first, first, 0)[0].p == 1


def test_p_is_uniform_where_chance_formed_the_groups(monkeypatch):
    monkeypatch.setattr(populations, "PERMUTATIONS", 2_000)
    monkeypatch.setattr(populations, "RESOLUTION", 1 / 2_001)
    generator = np.random.default_rng(2)
    # Skewed, and with unequal groups: what a t test would not like.
    values = generator.exponential(size=(60, 300))
    p = permute_groups(values[:20], values[20:], 3)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("sizes", [(20, 60), (60, 20)])
def test_p_holds_where_one_group_spreads_further(sizes, monkeypatch):
    """The permuted difference itself would be called significant in 25 % at 20 against 60."""
    monkeypatch.setattr(populations, "PERMUTATIONS", 2_000)
    monkeypatch.setattr(populations, "RESOLUTION", 1 / 2_001)
    generator = np.random.default_rng(5)
    first, second = (
        spread * generator.normal(size=(size, 400))
        for spread, size in zip((4, 1), sizes, strict=True)
    )
    p = permute_groups(first, second, 0)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.035)
    # And it still sees what is there.
    assert np.mean(permute_groups(first + 4, second, 0) < 0.05) > 0.9


def test_groups_without_spread_are_told_apart():
    one, other = np.ones((8, 1)), np.zeros((9, 1))
    assert contrast_groups(one, other, 0)[0].p == pytest.approx(populations.RESOLUTION, rel=20)
    assert contrast_groups(one, np.ones((9, 1)), 0)[0].p == 1
