"""What is left of dreams behind beginnings that no search has read."""

import json

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.analysis.survival import compare_survivals, measure_kept
from neurondream.probing.survival import measure_survival, with_restarts
from neurondream.report.table import write_survivals
from neurondream.runs.folder import read_manifest
from scripts import launch, read_dreams, refused, succeed

BEGINNINGS = [np.array(ids, np.int32) for ids in ((4,), (6, 4), (9, 7, 5))]


@pytest.mark.parametrize("name", ["causal", "lstm"])
def test_dreams_are_read_behind_each_beginning(name):
    toy = toys.TOYS[name]()
    corpus = nd.make_corpus(toys.make_texts(), toy.model, length=2)
    run = nd.hold_run(toy.model, corpus)
    neurons = nd.parse_neurons(list(toys.neurons_of(toy)[:3]), toy.model)
    lines = list(nd.run(run, neurons, nd.swaps(restarts=1, rounds=0)))
    survivals = measure_survival(run, neurons, lines, BEGINNINGS)
    assert list(survivals) == [line["neuron"] for line in lines]
    before, after = toy.model.start
    by_name = {neuron.name: neuron for neuron in neurons}
    for line in lines:
        neuron, ids = by_name[line["neuron"]], line["ngram"]["ids"]
        known = oracles.score_again(toy, neuron, corpus.ngrams.tokens)
        behind = [
            oracles.score_again(toy, neuron, ids, (*before, *beginning), after)
            for beginning in BEGINNINGS
        ]
        found = survivals[neuron.name]
        np.testing.assert_allclose(found.behind, behind, rtol=1e-4, atol=1e-5)
        assert found.height == pytest.approx(line["score"] - known.mean(), abs=1e-4)
        assert found.deviation == pytest.approx(known.std(), rel=1e-4)
        kept = np.median(np.array(behind) - known.mean()) / (line["score"] - known.mean())
        assert found.kept == pytest.approx(kept, rel=1e-3)


def test_two_kinds_are_compared_neuron_by_neuron():
    first = [measure_kept(np.array([3.0, 5.0]), 5, 1, 2), measure_kept(np.array([1.0]), 3, 1, 4)]
    other = [measure_kept(np.array([2.0, 2.0]), 5, 1, 2), measure_kept(np.array([1.0]), 3, 1, 4)]
    row = compare_survivals(first, other)
    assert row["kept"] == (0.75 + 0) / 2 and row["other_kept"] == (0.25 + 0) / 2
    assert row["height"] == (4 / 2 + 2 / 4) / 2
    assert row["gain"] == (2 / 2 + 0) / 2 and row["low"] <= row["gain"] <= row["high"]


def test_neurons_that_never_move_have_nothing_to_lose():
    still = measure_kept(np.array([0.25, 0.25]), 0.25, 0.25, 0)
    low = measure_kept(np.array([0.5]), 1, 2, 1)
    moved = measure_kept(np.array([3.0, 5.0]), 5, 1, 2)
    assert (still.kept, low.kept) == (0, 0)
    row = compare_survivals([still, moved], [still, moved])
    assert (row["neurons"], row["silent"], row["gain"]) == (1, 1, 0)
    assert "T.hidden (1; 1 react to nothing)" in write_survivals([row | {
        "layer": "T.hidden", "method": "best", "seconds": 1.0, "start": "best:8",
        "start_seconds": 1.0,
    }])
    assert compare_survivals([still], [still]) is None


@pytest.mark.parametrize("name", [
    "best", "gumbel", "gumbel:2", "swaps+polish", "gumbel+swaps", "best~0.5", "gumbel:2~0.5+polish",
])
def test_a_rival_is_the_same_climb_with_more_restarts(name):
    method = nd.make_method(name)
    rival = with_restarts(method, 9)
    assert ":9" in rival.name and rival.contrast == method.contrast
    assert rival.settings == method.settings | {"restarts": 9}


def test_one_command_compares_and_resumes(tmp_path):
    command = ["--captions=scenes:40", "--method=best", "--effort=quick", "--rounds=1",
               "--units=2", "--unseen=5", "--context=2", "--length=2",
               f"--out={tmp_path / 'run'}"]  # fmt: skip
    said = succeed("contexts", *command)
    rows = json.loads((tmp_path / "run" / "contexts.json").read_text())
    assert {row["layer"] for row in rows} == {"T.output", "I.output", "T.hidden", "I.hidden"}
    for row in rows:
        assert row["neurons"] == 2 and row["low"] <= row["gain"] <= row["high"]
        assert row["layer"] in said
    for name in ("context", "start"):
        drawn = read_manifest(tmp_path / "run" / name)["draw"]
        assert (drawn["name"], drawn["seed"], drawn["units"]) == ("report", 2018, 2)
        assert drawn["settings_chosen_on"]["seed"] == 123
    dreams = read_dreams(tmp_path / "run" / "context")
    assert succeed("contexts", *command).splitlines()[-2:] == said.splitlines()[-2:]
    assert read_dreams(tmp_path / "run" / "context") == dreams


@pytest.mark.parametrize(("argument", "named"), [
    ("--context=0", "context=0"), ("--units=1", "--units"), ("--method=nothing", "nothing"),
    ("--method=search", "--method=search: has no restarts"),
    ("--method=best,fluent", "--method=fluent: has no restarts"),
])
def test_wrong_input_is_refused(tmp_path, argument, named):
    refused(launch("contexts", "--captions=scenes:40", argument, f"--out={tmp_path / 'run'}"),
            named)  # fmt: skip
