"""The launch scripts as a person runs them: in a shell, with right and with wrong input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "JAX_PLATFORMS": "cpu", "COLUMNS": "100"}
SHORT = ["--epochs=6", "--steps=2"]


def launch(script, *arguments):
    return subprocess.run(
        [sys.executable, ROOT / "launch" / f"{script}.py", *arguments],
        capture_output=True, text=True, env=ENVIRONMENT, timeout=400, cwd=ROOT, check=False,
    )


def refused(result, *parts):
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    for part in parts:
        assert part in last, last


def read_dreams(folder):
    return [json.loads(line) for line in (folder / "dreams.jsonl").read_text().splitlines()]


def test_dream_finds_resumes_and_refuses_a_changed_setting(tmp_path):
    out = tmp_path / "run"
    words = "I.output:kind:dog,T.output:dog,-T.hidden:3"
    command = ["--captions=scenes:50", "--method=search,gumbel", f"--out={out}"]
    result = launch("dream", f"--neurons={words}", *command, *SHORT)
    assert result.returncode == 0, result.stderr
    lines = read_dreams(out)
    assert len(lines) == 6
    assert {line["method"] for line in lines} == {"search", "gumbel"}
    assert "I.output:kind:dog" in result.stdout

    # A process killed while writing: the half line goes, the lost neuron is dreamt again, the same.
    text = (out / "dreams.jsonl").read_text()
    (out / "dreams.jsonl").write_text(text[: text.rstrip("\n").rindex("\n") + 20])
    result = launch("dream", f"--neurons={words}", *command, *SHORT)
    assert result.returncode == 0, result.stderr
    again = read_dreams(out)
    assert [(line["neuron"], line["tokens"]) for line in again] == [
        (line["neuron"], line["tokens"]) for line in lines
    ]

    changed = launch("dream", f"--neurons={words}", *command, "--epochs=7", "--steps=2")
    refused(changed, str(out), "settings")
    assert read_dreams(out) == again


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--model=nothing"], ["nothing", "scenes"]),
        (["--neurons=Q.hidden:1"], ["Q.hidden", "T.hidden"]),
        (["--neurons=T.output:dgo"], ["dgo", "dog"]),
        (["--neurons=T.hidden:9999"], ["9999", "out of range"]),
        (["--neurons="], ["--neurons", "T.hidden:17"]),
        (["--method="], ["--method", "gumbel"]),
        (["--method=magic"], ["magic", "gumbel"]),
        (["--method=search+polish"], ["search+polish", "gumbel+polish"]),
        (["--method=gumbel+best"], ["gumbel+best", "gumbel+swaps"]),
        (["--method=search+swaps"], ["search+swaps", "--method=search,search+swaps"]),
        (["--rounds=-1"], ["--rounds=-1", "0 or more"]),
        (["--effort=huge"], ["huge", "thorough"]),
        (["--method=exhaustive"], ["5-grams", "enumerated"]),
        (["--length=0"], ["--length=0"]),
        (["--captions=nowhere.tsv"], ["nowhere.tsv"]),
        (["--epochs=0"], ["epochs"]),
        (["--memory=nan"], ["--memory=nan", "finite"]),
        (["--temperature=inf,1"], ["inf", "--temperature=2,0.1"]),
        (["--temperature=hot"], ["hot", "--temperature=2,0.1"]),
        (["--no_such_flag=1"], ["no_such_flag"]),
    ],
)
def test_dream_refuses_wrong_input_in_one_line(tmp_path, arguments, parts):
    base = ["--neurons=T.output:dog", f"--out={tmp_path / 'run'}", "--captions=scenes:5"]
    refused(launch("dream", *base, *arguments), *parts)
    assert not (tmp_path / "run" / "dreams.jsonl").exists()


def test_swaps_go_on_from_other_searches(tmp_path):
    base = ["--neurons=T.output:dog,I.output:0", "--length=3", "--captions=scenes:50", "--rounds=0"]
    result = launch(
        "dream", *base, *SHORT, "--method=search,gumbel,search+swaps,gumbel+swaps",
        f"--out={tmp_path / 'run'}",
    )
    assert result.returncode == 0, result.stderr
    lines = read_dreams(tmp_path / "run")
    score = {(line["neuron"], line["method"]): line["score"] for line in lines}
    assert len(score) == 8
    for neuron in ("T.output:dog", "I.output:0"):
        assert score[neuron, "search+swaps"] >= score[neuron, "search"]


def test_best_meets_the_exhaustive_optimum_and_carries_a_certificate(tmp_path):
    command = ["--neurons=I.output:0-5,T.output:dog", "--length=2", f"--out={tmp_path / 'run'}"]
    result = launch("dream", "--method=exhaustive,best,swaps", "--effort=usual", *command)
    assert result.returncode == 0, result.stderr
    by_key = {(line["neuron"], line["method"]): line for line in read_dreams(tmp_path / "run")}
    assert len(by_key) == 7 * 3
    for (neuron, method), line in by_key.items():
        optimum = by_key[neuron, "exhaustive"]["score"]
        assert line["score"] <= optimum + 1e-4
        if method == "best":
            assert line["score"] == pytest.approx(optimum, abs=1e-4)
            certificate = line["certificate"]
            assert certificate["certified"]
            # The runner-up differs in one word only and is no better.
            differing = zip(
                certificate["runner_up"].split(), line["ngram"].split(), strict=True
            )
            assert sum(a != b for a, b in differing) == 1
            assert certificate["margin"] >= 0


def test_an_atlas_goes_on_from_a_smaller_one(tmp_path):
    command = ["--effort=quick", "--length=2", "--rounds=0", f"--out={tmp_path / 'atlas'}"]
    assert launch("atlas", "--number=4", *command).returncode == 0
    few = read_dreams(tmp_path / "atlas")
    result = launch("atlas", "--number=9", *command)
    assert result.returncode == 0, result.stderr
    assert "9 of 1284 neurons dreamt" in result.stdout
    lines = read_dreams(tmp_path / "atlas")
    assert len(lines) == len({line["neuron"] for line in lines}) == 9
    assert lines[:4] == few
    refused(launch("atlas", "--number=0", *command), "--number", "0")


def test_a_contest_ranks_its_entries(tmp_path):
    chosen = "gumbel 75 epochs,swaps 8 x 0 rounds,best usual"
    command = ["--rows=methods", "--targets=1", "--seeds=2", "--lengths=1", f"--entries={chosen}"]
    result = launch("bench", *command, f"--out={tmp_path / 'contest'}")
    assert result.returncode == 0, result.stderr
    rows = json.loads((tmp_path / "contest" / "contest.json").read_text())
    by_entry = {row["entry"]: row for row in rows}
    assert set(by_entry) == {"exhaustive", *chosen.split(",")}
    assert by_entry["exhaustive"]["share"] == pytest.approx(1)
    assert all(row["share"] <= 1 + 1e-6 for row in rows)
    assert by_entry["best usual"]["certified"] == 1
    courses = {}
    for line in read_dreams(tmp_path / "contest"):
        if line["entry"] == "gumbel 75 epochs":
            courses.setdefault(line["neuron"], []).append(line["course"])
    # One program for both seeds, and yet another way for each.
    assert len(courses) == 4 and all(first != second for first, second in courses.values())
    assert (tmp_path / "contest" / "contest.png").read_bytes().startswith(b"\x89PNG")
    refused(launch("bench", *command, "--lengths=x", "--out=x"), "--lengths", "'x'")
    refused(launch("bench", *command, "--entries=x", "--out=x"), "--entries", "'x'")
    refused(launch("bench", "--rows=methods"), "--out=FOLDER")


def test_compare_writes_table_json_and_figure(tmp_path):
    out = tmp_path / "compare"
    result = launch(
        "compare", "--captions=scenes:50", "--outputs=3", "--units=3", "--clusters=3",
        "--cluster_ngrams=500", "--method=softmax,gumbel", f"--out={out}", *SHORT,
    )
    assert result.returncode == 0, result.stderr
    rows = json.loads((out / "comparison.json").read_text())
    assert len(rows) == 6 * 3
    assert (out / "table.md").read_text().strip() in result.stdout
    assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")
    by_key = {(line["neuron"], line["method"]): line for line in read_dreams(out)}
    dogs = [row for row in rows if row["group"] == "T.output" and row["method"] == "gumbel"]
    scores = [
        line["score"]
        for (neuron, method), line in by_key.items()
        if neuron.startswith("T.output") and method == "gumbel"
    ]
    assert dogs[0]["mean"] == pytest.approx(sum(scores) / len(scores))
    refused(launch("compare", "--clusters=100000", "--out=x"), "100000 clusters of", "units")
