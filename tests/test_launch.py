"""The scripts that dream and compare: with right and with wrong input."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from neurondream.neurons.draws import describe_draw
from scripts import launch, read_dreams, read_lines, refused, succeed

ROOT = Path(__file__).parent.parent
SHORT = ["--epochs=6", "--steps=2"]


def without_times(lines):
    return [{**line, "seconds": None} for line in lines]


def test_dream_finds_resumes_and_refuses_a_changed_setting(tmp_path):
    out = tmp_path / "run"
    words = ["--neurons=I.output:kind:dog", "--neurons=-T.hidden:3"]
    command = ["--captions=scenes:50", "--method=search,gumbel", f"--out={out}", *words]
    said = succeed("dream", *command, *SHORT)
    lines = read_dreams(out)
    assert len(lines) == 4
    assert {line["method"] for line in lines} == {"search", "gumbel"}
    for line in lines:
        assert line["label"] in said and line["ngram"]["text"] in said

    # A process killed while writing: the half line goes, the lost neuron is dreamt again, the same.
    text = (out / "dreams.jsonl").read_text()
    (out / "dreams.jsonl").write_text(text[: text.rstrip("\n").rindex("\n") + 20])
    succeed("dream", *command, *SHORT)
    again = read_dreams(out)
    assert without_times(again) == without_times(lines)

    changed = launch("dream", *command, "--epochs=7", "--steps=2")
    refused(changed, str(out), "settings.gumbel.epochs=6, not 7")
    assert read_dreams(out) == again


@pytest.mark.parametrize(("arguments", "parts"), [
    (["--model=nothing"], ["nothing", "scenes"]),
    (["--features=nowhere@I.hidden"], ["nowhere", "no sparse autoencoder"]),
    (["--neurons=Q.hidden:1"], ["Q.hidden", "T.hidden"]),
    (["--neurons=T.output:dgo"], ["dgo", "dog"]),
    (["--neurons=T.hidden:9999"], ["9999", "out of range"]),
    (["--neurons=T.output:dog@7"], ["no word 7"]),
    (["--method="], ["--method", "gumbel"]),
    (["--method=magic"], ["magic", "gumbel"]),
    (["--method=search+polish"], ["cannot be polished", "gumbel+polish"]),
    (["--method=gumbel+best"], ["gumbel+best", "swaps may start from"]),
    (["--method=search+swaps", "--captions=scenes:5"], ["search+swaps", "run search before"]),
    (["--rounds=-1"], ["--rounds=-1", "0 or more"]),
    (["--effort=huge"], ["--effort='huge'", "thorough"]),
    (["--method=exhaustive"], ["5-grams", "enumerated"]),
    (["--length=0"], ["--length=0"]),
    (["--captions=nowhere.tsv"], ["nowhere.tsv: no such file"]),
    (["--method=gumbel", "--epochs=0"], ["--epochs=0", "1 or more"]),
    (["--memory=nan"], ["--memory=nan", "finite"]),
    (["--method=gumbel", "--temperature=inf,1"], ["--temperature=inf,1", "as in 2,0.1"]),
    (["--method=gumbel", "--temperature=hot"], ["--temperature=hot", "2 numbers"]),
    (["--epochs=3"], ["--epochs: no setting of search, best"]),
    (["--shard=3/2"], ["--shard=3/2", "1/2 to 2/2"]),
    (["--shard=two"], ["--shard=two", "2/8"]),
    (["--ban=dgo"], ["--ban 'dgo'", "not one word"]),
    (["--template=a dog"], ["--template 'a dog'", "one hole"]),
    (["--template=a dgo {}"], ["--template 'a dgo {}'", "does not know 'dgo'"]),
    (["--no_such_flag=1"], ["no_such_flag"]),
])  # fmt: skip
def test_dream_refuses_wrong_input_in_one_line(tmp_path, arguments, parts):
    base = ["--neurons=T.output:dog", f"--out={tmp_path / 'run'}", "--captions=scenes:5"]
    ended = launch("dream", *base, *arguments)
    refused(ended, *parts)
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("dream.py: ")
    assert not (tmp_path / "run" / "dreams.jsonl").exists()


@pytest.mark.parametrize("arguments", [[], ["--neurons="], ["--neurons_file=/nowhere/file"]])
def test_dream_wants_neurons(tmp_path, arguments):
    refused(launch("dream", f"--out={tmp_path}", "--captions=scenes:5", *arguments), "--neurons")


def test_swaps_go_on_from_other_searches(tmp_path):
    succeed(
        "dream", "--neurons=T.output:dog,T.hidden:4", "--length=3", "--captions=scenes:50",
        "--rounds=0", *SHORT, "--method=search,gumbel,search+swaps,gumbel+swaps",
        f"--out={tmp_path / 'run'}",
    )
    lines = read_dreams(tmp_path / "run")
    score = {(line["label"], line["method"]): line["score"] for line in lines}
    assert len(score) == 8
    for neuron in ("T.output:dog", "T.hidden:4"):
        assert score[neuron, "search+swaps"] >= score[neuron, "search"]


def test_best_meets_the_exhaustive_optimum_and_carries_a_certificate(tmp_path):
    command = ["--neurons=T.hidden:0-4,T.output:dog", "--length=1", f"--out={tmp_path / 'run'}"]
    succeed("dream", "--method=exhaustive,best,swaps", "--restarts=2", "--rounds=1", *command)
    by_key = {(line["neuron"], line["method"]): line for line in read_dreams(tmp_path / "run")}
    assert len(by_key) == 6 * 3
    for (neuron, method), line in by_key.items():
        optimum = by_key[neuron, "exhaustive"]["score"]
        assert line["score"] <= optimum + 1e-4
        if method == "best":
            assert line["score"] == pytest.approx(optimum, abs=1e-4)
            certificate = line["certificate"]
            assert certificate["certified"]
            # The runner-up differs in one word only and is no better.
            runner_up = certificate["runner_up"]["ids"]
            differing = zip(runner_up, line["ngram"]["ids"], strict=True)
            assert sum(a != b for a, b in differing) == 1
            assert certificate["margin"] >= 0


def test_an_atlas_goes_on_from_a_smaller_one(tmp_path):
    command = ["--effort=quick", "--length=2", "--rounds=0", f"--out={tmp_path / 'atlas'}"]
    succeed("atlas", "--number=4", *command)
    few = read_dreams(tmp_path / "atlas")
    assert "9 of 1284 neurons dreamt by best" in succeed("atlas", "--number=9", *command)
    lines = read_dreams(tmp_path / "atlas")
    assert len(lines) == len({line["neuron"] for line in lines}) == 9
    assert lines[:4] == few
    refused(launch("atlas", "--number=0", *command), "--number", "0")


def test_a_contest_ranks_its_entries(tmp_path):
    chosen = "gumbel 75 epochs,swaps 8 x 0 rounds,best usual"
    command = ["--targets=1", "--seeds=2", "--lengths=1", f"--entries={chosen}"]
    succeed("contest", *command, f"--out={tmp_path / 'contest'}")
    rows = json.loads((tmp_path / "contest" / "contest.json").read_text())
    by_entry = {row["entry"]: row for row in rows}
    assert set(by_entry) == {"exhaustive", *chosen.split(",")}
    assert by_entry["exhaustive"]["share"] == pytest.approx(1)
    assert all(row["share"] <= 1 + 1e-6 for row in rows)
    assert by_entry["best usual"]["certified"] == 1
    courses = {}
    for line in map(json.loads, (tmp_path / "contest" / "contest.jsonl").open()):
        if line["entry"] == "gumbel 75 epochs":
            courses.setdefault(line["neuron"], []).append(line["course"])
    # One program for both seeds, and yet another way for each.
    assert len(courses) == 4 and all(first != second for first, second in courses.values())
    assert (tmp_path / "contest" / "contest.png").read_bytes().startswith(b"\x89PNG")
    refused(launch("contest", *command, "--lengths=x", f"--out={tmp_path}"), "--lengths", "'x'")
    refused(launch("contest", *command, "--entries=x", f"--out={tmp_path}"), "--entries", "'x'")
    for flag in ("--entries", "--lengths"):
        refused(launch("contest", *command, f"{flag}=", f"--out={tmp_path}"), flag, "one or more")
    small = launch("contest", *command, "--memory=0.001", f"--out={tmp_path / 'small'}")
    refused(small, "memory=0.001", "GiB")
    assert not (tmp_path / "small").exists()
    refused(launch("contest"), "--out")


def test_compare_writes_table_json_and_figure(tmp_path):
    out = tmp_path / "compare"
    said = succeed(
        "compare", "--captions=scenes:50", "--outputs=3", "--units=3", "--clusters=3",
        "--cluster_ngrams=500", "--method=gumbel", f"--out={out}", *SHORT,
    )
    drawn = json.loads((out / "manifest.json").read_text())["draw"]
    assert drawn == describe_draw("report", outputs=3, units=3, layers=[])
    rows = json.loads((out / "comparison.json").read_text())
    assert len(rows) == 6 * 2
    assert (out / "table.md").read_text().strip() in said
    assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")
    dogs = [row for row in rows if row["group"] == "T.output" and row["method"] == "gumbel"]
    scores = [
        line["score"] for line in read_dreams(out)
        if line["layer"] == "T.output" and line["method"] == "gumbel"
    ]
    assert dogs[0]["mean"] == pytest.approx(sum(scores) / len(scores))
    refused(
        launch("compare", "--clusters=100000", f"--out={tmp_path / 'refused'}"),
        "100000 clusters of", "units",
    )


@pytest.mark.parametrize("command", [["launch/dream.py"], ["-m", "launch.dream"]])
def test_a_script_runs_as_a_file_and_as_a_module(command, tmp_path):
    result = subprocess.run(
        [sys.executable, *command, "--neurons=T.hidden:3", "--method=swaps", "--rounds=0",
         "--length=1", f"--out={tmp_path / 'run'}"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "1 neurons, methods swaps" in result.stdout
    assert len(read_dreams(tmp_path / "run")) == 1


def test_processes_of_a_multi_host_run_share_the_neurons(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "--neurons=T.hidden:0-9", "--method=swaps", "--rounds=0", "--length=1", "--shard=process"
    ]
    # As Open MPI tells its processes who they are.
    hosts = [
        subprocess.Popen(
            [sys.executable, "launch/dream.py", *command, f"--out={tmp_path / 'many'}"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={
                **os.environ, "JAX_PLATFORMS": "cpu", "OMPI_COMM_WORLD_SIZE": "2",
                "OMPI_COMM_WORLD_RANK": rank, "OMPI_COMM_WORLD_LOCAL_RANK": rank,
                "OMPI_MCA_orte_hnp_uri": f"1.0;tcp://127.0.0.1:{port}",
            },
        )
        for rank in "01"
    ]  # fmt: skip
    said = [host.communicate(timeout=300)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], said
    succeed("dream", *command[:-1], f"--out={tmp_path / 'one'}")
    shards = [read_lines(tmp_path / "many" / f"dreams.{rank}-of-2.jsonl") for rank in (1, 2)]
    assert all(shards)
    many, one = [*shards[0], *shards[1]], read_dreams(tmp_path / "one")
    assert sorted(map(str, without_times(many))) == sorted(map(str, without_times(one)))


@pytest.mark.parametrize(("script", "arguments", "named"), [
    ("dream", ["--restarts=1000000000000"], "--restarts: give a number of at most"),
    ("dream", ["--restarts=" + "9" * 5000], "--restarts="),
    ("dream", ["--seed=99999999999999999999999"], "--seed: give a number of at most"),
    ("dream", ["--length=2000"], "--length=2000: an n-gram has 1 to 128 words"),
    ("dream", ["--length=1000000000"], "1 to 128 words"),
    ("dream", ["--method=gumbel", "--samples=1000000000"], "gumbel: one neuron takes about"),
    ("dream", ["--memory=1e300"], "--memory=1e+300"),
    ("dream", ["--captions=/dev/zero"], "/dev/zero: no plain file"),
    ("dream", ["--captions=scenes:99999999999999999999"], "1 to 1000000 training scenes"),
    ("compare", ["--units=2000000000"], "units"),
    ("compare", ["--cluster_ngrams=2000000000"], "cluster_ngrams"),
    ("train", ["--captions=scenes:3", "--hidden=1000000000"], "--hidden=1000000000: with"),
])  # fmt: skip
def test_what_no_machine_holds_is_refused_in_one_line(tmp_path, script, arguments, named):
    about = {"dream": ["--neurons=T.output:dog", "--method=search,swaps"]}.get(script, [])
    ended = launch(script, *about, f"--out={tmp_path / 'out'}", *arguments)
    refused(ended, named)
    assert len(ended.stderr.splitlines()[-1]) <= 300
