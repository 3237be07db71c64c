"""Verdicts on a run, as a person asks for them."""

import json
import shutil

import pytest

from reports import read_parts
from scripts import launch, read_dreams, read_lines, refused, succeed

NEURONS = "I.output:kind:dog,I.output:kind:cat,-I.hidden:3"
COMMAND = ["--captions=scenes:50", "--length=3", "--effort=quick", "--method=search,best"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Two runs of other seeds, described together."""
    folders = [tmp_path_factory.mktemp("report") / f"seed_{seed}" for seed in range(2)]
    for seed, folder in enumerate(folders):
        neurons = f"--neurons={NEURONS}"
        succeed("dream", neurons, *COMMAND, f"--seed={seed}", f"--out={folder}")
    return folders, succeed("report", f"--run={folders[0]},{folders[1]}")


def test_every_neuron_gets_a_verdict(finished):
    (folder, other), said = finished
    cards = read_lines(folder / "cards.jsonl")
    assert [card["label"] for card in cards] == [
        "I.output:kind:dog", "I.output:kind:cat", "-I.hidden:3"
    ]
    standings = [card["standing"] for card in cards]
    for standing in set(standings):
        assert f"{standings.count(standing)} {standing}" in said
    lines = read_dreams(folder) + read_dreams(other)
    for card in cards:
        scores = [
            line["score"] for line in lines
            if line["neuron"] == card["neuron"] and line["method"] != "search"
        ]
        assert card["dream"]["score"] == max(scores)
        assert card["agreement"]["tried"] == len(scores) == 2
        assert card["negative"]["score"] < card["corpus"]["mean"] < card["dream"]["score"]
        for face in card["faces"]:
            assert face["score"] <= card["dream"]["score"] + 1e-3
        # What the words do, seen from both ends.
        assert card["words"]["after"][-1] == pytest.approx(card["dream"]["score"], abs=1e-3)
        assert card["words"]["suffixes"][-1] == pytest.approx(card["dream"]["score"], abs=1e-3)
    assert "I.output:kind:dog" in read_parts(folder / "report.html")["index"]
    assert list(folder.glob("*.svg"))


def test_what_is_done_is_not_done_again(finished, tmp_path):
    (folder, other), _ = finished
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    probes = (run / "probes.jsonl").read_text().splitlines()
    # A process killed while it wrote.
    (run / "probes.jsonl").write_text("\n".join(probes[:4]) + "\n" + probes[4][:50])
    faces, cards = ((run / name).read_text() for name in ("faces.jsonl", "cards.jsonl"))
    succeed("report", f"--run={run},{other}")
    again = (run / "probes.jsonl").read_text().splitlines()
    assert again[:4] == probes[:4] and sorted(again) == sorted(probes) and len(probes) == 6
    assert (run / "faces.jsonl").read_text() == faces
    assert (run / "cards.jsonl").read_text() == cards


def test_runs_that_do_not_fit_are_refused(finished, tmp_path):
    (folder, other), _ = finished
    refused(launch("report", f"--run={tmp_path}"), str(tmp_path), "no run")
    refused(launch("report", "--run="), "--run")
    refused(launch("report", f"--run={folder}", "--captions=scenes:40"), "scenes:40", "as captions")
    changed = tmp_path / "changed"
    shutil.copytree(other, changed)
    manifest = json.loads((changed / "manifest.json").read_text())
    (changed / "manifest.json").write_text(json.dumps(manifest | {"length": 4}))
    refused(launch("report", f"--run={folder},{changed}"), "length=4", "3")
    (changed / "manifest.json").write_text(json.dumps(manifest | {"weights_sha256": "0"}))
    refused(launch("report", f"--run={changed}"), "scenes", "other weights")
    (changed / "manifest.json").write_text(json.dumps(manifest))
    with open(changed / "dreams.jsonl", "a") as file:
        file.write('{"neuron": "I.hidden:3", "method": "best", "version": 2}\n')
    refused(launch("report", f"--run={changed}"), "dreams.jsonl, line 7", "it has no label")
    bare = [json.dumps(line) for line in read_dreams(folder) if line["method"] == "best"]
    (changed / "dreams.jsonl").write_text("\n".join(bare) + "\n")
    refused(launch("syntax", f"--run={changed}"), "corpus search", "run search and another method")
