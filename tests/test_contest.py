"""Standings against what is plain to see."""

import pytest

from neurondream.analysis.contest import rank_entries
from neurondream.report.table import write_standings


def line(entry, neuron, score, seed=0, **more):
    name, layer = neuron
    about = {"length": 3, "seconds": 2.0, "evaluations": 10, "neuron": name, "layer": layer}
    return about | {"entry": entry, "score": score, "seed": seed} | more


A = ("out:5", "out")
B = ("h.0:1", "h.0")
LINES = [
    line("good", A, 10.0, certificate={"certified": True}),
    line("good", A, 9.0, seed=1, certificate={"certified": False}),
    line("good", B, -1.0, certificate={"certified": True}),
    line("good", B, -1.0, seed=1, certificate={"certified": True}),
    line("bad", A, 5.0),
    line("bad", B, -2.0),
]


def test_entries_are_ranked_by_the_best_that_any_has_reached():
    standings = rank_entries(LINES)
    good, bad = standings[3, "good"], standings[3, "bad"]
    assert good.groups == pytest.approx({"out": 0.95, "h.0": 1.0})
    assert good.share == pytest.approx(0.975)
    assert (good.near, good.certified) == (0.75, 0.75)
    # A best below zero: half as good again is a gap of the same size as the best.
    assert bad.groups == pytest.approx({"out": 0.5, "h.0": 0.0})
    assert bad.certified == 0 and bad.near == 0
    assert good.share_low <= good.share <= good.share_high
    assert (good.seconds, good.evaluations) == (2, 10)


def test_units_that_nothing_switches_on_are_left_out():
    off = ("mlp.1:3", "mlp.1")
    lines = [
        *LINES, line("good", off, -0.1, climbed="mlp_pre.1", off=True),
        line("bad", off, -1e-9, climbed="mlp_pre.1", off=True),
    ]
    assert rank_entries(lines) == rank_entries(LINES)
    assert rank_entries(lines[-2:])[3, "bad"].share == 1
    on = [*lines, line("bad", off, 0.2, climbed="mlp_pre.1")]
    assert rank_entries(on)[3, "good"].groups["mlp.1"] < 0


def test_lengths_do_not_mix():
    standings = rank_entries([*LINES, {**line("bad", A, 50.0), "length": 8}])
    assert standings[3, "good"].share == pytest.approx(0.975)
    assert standings[8, "bad"].share == 1


def test_the_table_holds_a_row_for_each_entry():
    table = write_standings(rank_entries(LINES)).splitlines()
    assert len(table) == 4
    assert len({row.count("|") for row in table}) == 1
    assert "97.50%" in table[2] and "75%" in table[2]
