"""Fronts against one another, by hand and by counting; their table and figure."""

import importlib
import json
import sys

import numpy as np
import pytest

from neurondream.analysis.fronts import (
    activation_within,
    choose_limits,
    compare_fronts,
    find_floor,
    hypervolume,
    list_standings,
)
from neurondream.errors import InputError
from neurondream.report.front_figure import NATS, quartile_staircases, split_layers
from neurondream.report.front_table import group_fronts, save_fronts, write_fronts
from scripts import launch, read_dreams, read_lines, refused, succeed
from toys import causal, make_texts, whole

LIMITS = {"any nats": np.inf, "4 nats": 4.0}


def front(points, neuron="n0", method="fluent", words=3, judge="model", **more):
    return {
        "neuron": neuron, "layer": "h", "method": method, "seconds": 2.0, "judge": judge,
        "ngram": {"ids": [1] * words}, "front": [
            {"nats": nats, "score": score} for nats, score in points
        ],
    } | more


def search(best, nats=None, neuron="n0", **more):
    scored = {"score": best} | ({} if nats is None else {"nats": nats})
    return {"neuron": neuron, "method": "search", "ngram": {"ids": [1] * 3}, "best": [scored],
            "judge": "model", "quantiles": {"0.5": 0.5, "0.9": 0.75}} | more


def test_the_highest_activation_within_a_limit():
    line = front([(2.0, 1.0), (4.0, 3.0), (9.0, 7.0)])
    limits = [1.9, 2.0, 3.9, 4.0, 20, np.inf]
    found = [activation_within(line, limit) for limit in limits]
    np.testing.assert_equal(found, [np.nan, 1, 1, 3, 7, 7])
    assert np.isnan(activation_within(front([]), np.inf))
    assert activation_within(front([(4.0, 3.0), (2.0, 5.0)]), 4) == 5  # in any order


def test_areas_are_those_of_a_fine_grid():
    generator = np.random.default_rng(0)
    grid = (np.arange(200_000) + 0.5) / 200_000
    for number in range(20):
        points = np.stack([generator.uniform(0, 14, number), generator.normal(size=number)], 1)
        line, floor, most = front(points.tolist()), generator.normal(), generator.uniform(5, 12)
        highest = np.full(len(grid), floor)
        for nats, score in points:
            highest = np.where(grid * most >= nats, np.maximum(highest, score), highest)
        area = np.mean(highest - floor) * most
        assert hypervolume(line, floor, most) == pytest.approx(area, abs=1e-3)


def test_the_floor_is_the_lowest_of_the_corpus_or_what_is_known_of_it():
    line = front([(1.0, -9.0), (2.0, 3.0)])
    seen = {**line, "windows": {"scores": [0.25, None, 2.0], "nats": [1.0, 2.0, 3.0]}}
    assert find_floor([line]) == -9
    assert find_floor([line], search(3.0)) == 0.5
    assert find_floor([line, seen], search(3.0)) == 0.25
    # A histogram is of all n-grams, those that quantiles and drawn ones do not reach among them.
    every = search(3.0, histogram={"edges": [-0.75, 1.0, 3.0], "counts": [1, 2]})
    assert find_floor([line, seen], every) == -0.75


def test_ratios_are_medians_over_neurons_of_seeds_averaged():
    lines = [
        front([(3.0, 2.0), (9.0, 4.0)]), front([(3.0, 4.0), (9.0, 8.0)], seed=1),
        front([(5.0, 9.0)], "n1"), front([(3.0, 6.0)], "n2"), front([(3.0, 5.0)], "n3"),
        front([(3.0, 1.0)], "alone"),
        front([(3.0, 1.0), (9.0, 3.0)], method="epo"), front([(3.0, 3.0)], "n1", "epo", cpu=4.0),
        front([(3.0, 2.0)], "n2", "epo"), front([(3.0, -1.0)], "n3", "epo"),
    ]
    found = compare_fronts(lines, "epo", LIMITS)
    row = found["fluent"]
    assert (row.neurons, row.seeds, row.seconds) == (5, 2, 2.0)
    every, natural = row.heights.values()
    # 6 / 3, 9 / 3 and 6 / 2; n3's reference is below 0, one neuron has none.
    assert (every.ratio.value, every.neurons, every.left_out, every.empty) == (3, 3, 2, 0)
    # 3 / 1, nothing / 3 and 6 / 2.
    assert (natural.ratio.value, natural.neurons, natural.empty) == (3, 3, 1)
    assert natural.ratio.low == 0 and natural.ratio.high == 3
    assert row.larger.value == pytest.approx(4 / 4)
    assert np.isnan(row.cpu) and np.isnan(row.in_distribution.value)
    assert found["epo"].heights["any nats"].ratio == (1, 1, 1)
    assert np.isnan(found["epo"].larger.value)
    json.dumps(list_standings(found), allow_nan=False)
    with pytest.raises(InputError, match="gbda"):
        compare_fronts(lines, "gbda", LIMITS)


def test_areas_are_compared_on_one_floor():
    # Below the floor nothing counts: the second front is larger from 0 on, not from 1.
    lines = [
        search(3.0, quantiles={"0.5": 1.0}), front([(0.0, 0.9), (9.0, 2.0)]),
        front([(0.0, 0.1), (8.0, 2.0)], method="epo"),
    ]
    assert compare_fronts(lines, "epo", LIMITS)["fluent"].larger.value == 0
    assert compare_fronts(lines[1:], "epo", LIMITS)["fluent"].larger.value == 1


def test_dreams_above_the_corpus_and_as_fluent_are_counted():
    lines = [
        search(3.0, 4.0), front([(4.0, 3.5), (9.0, 9.0)]), front([(4.0, 3.0), (9.0, 9.0)], seed=1),
        search(3.0, 4.0, "n1"), front([(4.5, 9.0)], "n1"),
        search(3.0, None, "n2"), front([(1.0, 9.0)], "n2"),
        search(3.0, 4.0, "n3", judge="kneser_ney"), front([(1.0, 9.0)], "n3"),
        front([(1.0, 9.0)], "n4"), search(3.0, 4.0, "n5"),
        front([(1.0, 9.0)], "n5", judge="kneser_ney",
              windows={"scores": [], "nats": [], "others": {"model": []}}),
    ]
    share = compare_fronts(lines, "fluent", LIMITS)["fluent"].in_distribution
    # Half of the seeds of n0, n1 not; of the others nothing is known.
    assert share.value == 0.25 and share.low == 0 and share.high == 0.5
    # The corpus' best itself, computed anew, is no dream above it.
    again = float(np.nextafter(np.float32(3), np.float32(4)))
    for score, above in ((again, 0), (3.001, 1)):
        lines = [search(3.0, 4.0), front([(4.0, score)])]
        assert compare_fronts(lines, "fluent", LIMITS)["fluent"].in_distribution.value == above


def test_limits_of_an_ngram_model_are_those_of_real_ngrams():
    windows = {"scores": [0.0] * 5, "nats": [1.0, 2.0, 3.0, 4.0, 5.0]}
    limits = choose_limits([front([(1, 1)], judge="kneser_ney", windows=windows)])
    assert list(limits.values()) == pytest.approx([np.inf, 4.6, 3.0])
    assert "4.6 nats" in list(limits)[1] and "real" in list(limits)[1]
    for judge, more in (("model", {"windows": windows}), ("kneser_ney", {})):
        limits = choose_limits([front([(1, 1)], judge=judge, **more)])
        assert list(limits.values()) == [np.inf, 7, 5, 4]


def test_quartiles_are_of_neurons_those_without_an_ngram_below_all():
    lines = [front([(2.0, float(n))], f"n{n}") for n in range(4)]
    lines += [front([(6.0, 9.0)], "late"), front([(2.0, 2.0)], "n0", seed=1)]
    low, middle, high = quartile_staircases(lines)
    before, between, after = (np.searchsorted(NATS, nats) for nats in (1, 4, 8))
    assert np.isnan([low[before], middle[before], high[before]]).all()
    # n0 is 1 on average.
    assert (low[between], middle[between], high[between]) == (1, 1, 2)
    assert (low[after], middle[after], high[after]) == tuple(np.quantile([1, 1, 2, 3, 9],
                                                                         (0.25, 0.5, 0.75)))
    assert set(split_layers([{"layer": str(n)} for n in range(13)])) == {"13 layers"}


def test_tables_and_figures_of_all_lengths_and_judges(tmp_path):
    windows = {"scores": [0.0, 1.0], "nats": [3.0, 6.0]}
    lines = [
        search(1.5, 4.0), front([(3.0, 2.0), (12.0, 4.0)], windows=windows),
        front([(3.0, 1.0)], method="epo", entry="epo top 64", cpu=3.0),
        front([(3.0, 1.0)], words=1, judge="kneser_ney", windows=windows),
    ]
    text = save_fronts(tmp_path, lines)
    assert (tmp_path / "fronts.md").read_text() == f"{text}\n"
    first, second = (table.splitlines() for table in text.split("\n\n"))
    assert first[0].startswith("| 3 words, nats by model") and len(first) == 4
    assert second[0].startswith("| 1 word, nats by kneser_ney") and len(second) == 3
    assert len({row.count("|") for row in first}) == 1
    assert "100.0% [100.0%, 100.0%]" in first[2] and "| epo top 64" in first[3]
    # The first of the references that is there, not the first entry.
    assert "4.000 [4.000, 4.000]" in first[2] and "1.000 [1.000, 1.000]" in first[3]
    assert [cell.strip() for cell in first[3].split("|")][-3:-1] == ["2.00", "3.00"]
    rows = json.loads((tmp_path / "fronts.json").read_text())
    assert [(row["length"], row["judge"], row["reference"], row["entry"]) for row in rows] == [
        (3, "model", "epo top 64", "fluent"), (3, "model", "epo top 64", "epo top 64"),
        (1, "kneser_ney", "fluent", "fluent"),
    ]
    assert (tmp_path / "fronts.png").read_bytes().startswith(b"\x89PNG")
    drawn = (tmp_path / "fronts.svg").read_bytes()
    assert b"<svg" in drawn
    assert save_fronts(tmp_path / "nowhere", lines[:1]) == ""
    # Those of another length are no corpus of these.
    assert [line["method"] for line in group_fronts(lines)[1, "kneser_ney"]] == ["fluent"]


def test_what_is_left_out_is_said():
    lines = [front([(9.0, 2.0)]), front([(3.0, 1.0)], method="epo"),
             front([(3.0, 1.0)], "n1"), front([(3.0, -1.0)], "n1", "epo")]
    table = write_fronts(3, "model", "epo", compare_fronts(lines, "epo", LIMITS)).splitlines()
    assert "2.000 [2.000, 2.000] (1 left out)" in table[2]
    assert "0.000 [0.000, 0.000] (1 left out, 1 have none)" in table[2]


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """Let scripts open a toy, whatever model they name; a file of texts that it reads."""
    importlib.import_module("launch.contest")
    monkeypatch.setattr(sys.modules["flags"], "model_of", lambda values: whole(causal()).model)
    (tmp_path / "texts.txt").write_text("\n".join(make_texts()))
    return tmp_path / "texts.txt"


def test_a_contest_of_fronts_goes_on_and_is_written(texts, tmp_path):
    out = tmp_path / "contest"
    command = [
        "contest", "--layers=top.hidden", "--targets=2", "--seeds=2", "--lengths=2",
        "--entries=fluent quick,gbda", f"--captions={texts}", f"--out={out}",
    ]
    said = succeed(*command)
    text = (out / "fronts.md").read_text()
    assert text.strip() in said and (out / "contest.md").read_text().strip() in said
    assert all((out / f"fronts.{form}").stat().st_size for form in ("png", "svg"))
    lines = read_lines(out / "contest.jsonl")
    entries = {entry: [line for line in lines if line["entry"] == entry]
               for entry in ("exhaustive", "search", "fluent quick", "gbda")}
    # One sweep of the corpus and of all n-grams, two seeds of the others.
    assert [len(members) for members in entries.values()] == [2, 2, 4, 4]
    rows = {row["entry"]: row for row in json.loads((out / "fronts.json").read_text())}
    assert rows["gbda"]["reference"] == "fluent quick" and rows["gbda"]["seeds"] == 2
    height = rows["gbda"]["heights"]["any nats"]
    tops = {
        (entry, neuron): np.mean([line["front"][-1]["score"] for line in entries[entry]
                                  if line["neuron"] == neuron])
        for entry in ("fluent quick", "gbda") for neuron in {line["neuron"] for line in lines}
    }
    ratios = [tops["gbda", neuron] / tops["fluent quick", neuron]
              for entry, neuron in tops if entry == "gbda" and tops["fluent quick", neuron] > 0]
    assert ratios and height["ratio"]["value"] == pytest.approx(np.median(ratios))
    # The highest of a front counts in the contest, whatever its limit is.
    shares = {row["entry"]: row for row in json.loads((out / "contest.json").read_text())}
    best = {line["neuron"]: line["score"] for line in entries["exhaustive"]}
    gaps = [(best[n] - top) / abs(best[n]) for (entry, n), top in tops.items() if entry == "gbda"]
    assert shares["gbda"]["share"] == pytest.approx(1 - np.mean(gaps), abs=1e-5)
    assert shares["search"]["evaluations"] < shares["exhaustive"]["evaluations"] == 11**2
    assert shares["search"]["certified"] == 0

    # A process killed while writing: the rest is run again, and only that.
    (out / "contest.jsonl").write_text("\n".join(map(json.dumps, lines[:-1])) + '\n{"entry"')
    succeed(*command)
    again = read_lines(out / "contest.jsonl")
    assert again[:-1] == lines[:-1] and again[-1]["front"] == lines[-1]["front"]
    refused(launch(*command[:-2], f"--out={out}"), str(out), "captions")
    refused(launch(*command, "--layers=nothing"), "nothing", "top.hidden")


def test_compare_writes_fronts_where_there_are_some(texts, tmp_path):
    out = tmp_path / "compare"
    said = succeed(
        "compare", f"--captions={texts}", "--layers=top.hidden", "--units=2", "--length=2",
        "--method=fluent", "--effort=quick", f"--out={out}",
    )
    assert (out / "fronts.md").read_text().strip() in said
    assert (out / "table.md").read_text().strip() in said
    [row] = json.loads((out / "fronts.json").read_text())
    assert (row["entry"], row["length"], row["judge"], row["neurons"]) == ("fluent", 2, "model", 2)
    better = [
        any(point["nats"] <= search["best"][0]["nats"] and point["score"] > search["score"] + 1e-6
            for point in line["front"])
        for line in read_dreams(out) if line["method"] == "fluent"
        for search in read_dreams(out)
        if search["method"] == "search" and search["neuron"] == line["neuron"]
    ]
    assert row["in_distribution"]["value"] == np.mean(better) and len(better) == 2


def test_all_seeds_start_from_the_one_search(texts, tmp_path):
    out = tmp_path / "compare"
    succeed(
        "compare", f"--captions={texts}", "--layers=top.hidden", "--units=2", "--length=2",
        "--method=search+swaps", "--rounds=0", "--sweeps=1", "--seeds=2", f"--out={out}",
    )
    real = {line["neuron"]: line["score"] for line in read_dreams(out) if "best" in line}
    for folder in (out, out / "seed-1"):
        found = [line for line in read_dreams(folder) if line["method"] == "search+swaps"]
        assert [line["neuron"] for line in found] == list(real)
        assert all(line["score"] >= real[line["neuron"]] - 1e-5 for line in found)
