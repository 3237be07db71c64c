"""Methods compared with the corpus, by plain counting."""

import json

import numpy as np
import pytest

from neurondream.analysis.comparison import (
    bootstrap_interval,
    compare_groups,
    compare_with,
    list_rows,
)
from neurondream.report.table import write_differences, write_table


def make_lines(scores, method="gumbel", seeds=1, **more):
    return [
        {"neuron": f"n{row}", "method": method, "score": score + seed, "seconds": 2.0, **more}
        for row, score in enumerate(scores) for seed in range(seeds)
    ]


def test_gains_are_counted_in_corpus_deviations():
    search = make_lines([1.0, 2.0, 4.0], "search", deviation=2.0, mean=0.0)
    lines = [*search, *make_lines([3.0, 2.0, 3.0], soft=4.0)]
    rows = compare_groups({"all": ["n0", "n1", "n2"]}, ["search", "gumbel"], lines)
    row = rows["all", "gumbel"]
    assert row.neurons == 3
    assert row.beats == pytest.approx(1 / 3)
    assert row.gain == pytest.approx((2 + 0 - 1) / 3 / 2)
    assert row.lost == pytest.approx(1 - 8 / 12)
    assert row.gain_low <= row.gain <= row.gain_high
    assert rows["all", "search"].gain == 0


def test_dreams_are_compared_with_whole_texts_where_these_were_read():
    search = make_lines([1.0, 2.0, 4.0], "search", deviation=2.0, mean=0.0)
    for line, top in zip(search, (2.0, 7.0, 5.0), strict=True):
        line["natural"] = {"score": top}
    lines, groups = [*search, *make_lines([3.0, 6.0, 6.0])], {"all": ["n0", "n1", "n2"]}
    (row,) = compare_groups(groups, ["gumbel"], lines).values()
    assert (row.beats, row.beats_texts) == (1, pytest.approx(2 / 3))
    # A survey has read more than the corpus.
    (more,) = compare_groups(groups, ["gumbel"], lines, surveyed={"n2": 9.0, "n1": 1.0}).values()
    assert more.beats_texts == pytest.approx(1 / 3)
    assert "| 33.3% " in write_table({("all", "gumbel"): more})
    unread = [{key: line[key] for key in line if key != "natural"} for line in lines]
    (none,) = compare_groups(groups, ["gumbel"], unread, surveyed={"n2": 9.0}).values()
    assert np.isnan(none.beats_texts)
    (alone,) = compare_groups({"n2": ["n2"]}, ["gumbel"], unread, surveyed={"n2": 5.0}).values()
    assert alone.beats_texts == 1


def test_seeds_are_averaged_and_missing_neurons_left_out():
    search = make_lines([1.0, 2.0, 4.0], "search", deviation=1.0, mean=0.0)
    lines = [*search, *make_lines([3.0, 2.0], "swaps", seeds=3)]
    rows = compare_groups({"all": ["n0", "n1", "n2"], "last": ["n2"]}, ["swaps"], lines)
    assert set(rows) == {("all", "swaps")}
    assert rows["all", "swaps"].neurons == 2
    # Seeds raise the scores by 0, 1 and 2: by 1 on average.
    assert rows["all", "swaps"].gain == pytest.approx(np.mean([3 + 1 - 1, 2 + 1 - 2]))
    json.dumps(list_rows(rows), allow_nan=False)


def test_neurons_that_the_corpus_does_not_move_are_left_out_and_counted():
    search = make_lines([1.0, 2.0], "search", deviation=1.0, mean=0.0)
    search += [{**search[0], "neuron": "still", "deviation": 1e-9, "mean": 1.0}]
    lines = [*search, *make_lines([3.0, 2.0]), {**make_lines([1.1])[0], "neuron": "still"}]
    rows = compare_groups({"all": ["n0", "n1", "still"], "still": ["still"]}, ["gumbel"], lines)
    assert set(rows) == {("all", "gumbel")}
    assert rows["all", "gumbel"].neurons == 2 and rows["all", "gumbel"].silent == 1
    assert rows["all", "gumbel"].gain == pytest.approx(1)
    assert "all (2; 1 react to nothing)" in write_table(rows)


def test_the_interval_covers_the_mean_as_often_as_it_says():
    generator = np.random.default_rng(0)
    inside, widths = [], []
    for seed in range(100):
        low, high = bootstrap_interval(generator.normal(size=40), seed)
        inside.append(low <= 0 <= high)
        widths.append(high - low)
    assert 0.85 <= np.mean(inside) <= 1
    assert np.mean(widths) == pytest.approx(2 * 1.96 / np.sqrt(40), rel=0.1)


def test_climbs_are_compared_neuron_by_neuron():
    search = make_lines([1.0, 2.0, 4.0], "search", deviation=2.0, mean=0.0)
    lines = [*search, *make_lines([3.0, 2.0, 3.0]), *make_lines([5.0, 3.0, 4.0], "swaps", seeds=2),
             *make_lines([4.0], "best")]
    found = compare_with("gumbel", {"all": ["n0", "n1", "n2"]}, ["gumbel", "swaps", "best"], lines)
    assert set(found) == {("swaps", "all"), ("best", "all")}
    mean, low, high = found["swaps", "all"]
    # Seeds raise the scores by half on average.
    assert mean == pytest.approx((2.5 + 1.5 + 1.5) / 3 / 2) and low <= mean <= high
    assert found["best", "all"][0] == pytest.approx(1 / 2)
    table = write_differences("gumbel", found).splitlines()
    assert "above gumbel" in table[0] and len(table) == 4
    assert write_differences("gumbel", {}) == ""
