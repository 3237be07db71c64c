"""Run folders: manifests and lines."""

import json

import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream import files
from neurondream.runs import folder as folders
from neurondream.runs.lines import check_line
from neurondream.runs.opened import open_finished
from refusals import refuse
from reports import LINE

FACTS = {"version": 2, "seed": 3, "words": ("a", "b"), "rate": 0.1, "nested": {"x": None, "y": 1}}


@pytest.mark.parametrize("made", [True, False])
def test_a_new_run_begins_and_goes_on(tmp_path, made):
    folder = tmp_path / "deep" / "run"
    if made:
        folder.mkdir(parents=True)
    folders.make_folder(folder)
    first = folders.enter_manifest(folder, FACTS)
    assert folders.enter_manifest(folder, FACTS) == first == folders.read_manifest(folder)
    assert [file.name for file in folder.glob("[!.]*")] == ["manifest.json"]
    folders.make_folder(folder)


@pytest.mark.parametrize(("changed", "named"), [
    ({"seed": 4}, "seed=3, not 4"),
    ({"words": ["b", "a"]}, 'words=["a", "b"]'),
    ({"nested": {"x": 0, "y": 1}}, "nested.x=null, not 0"),
    ({"nested": {"y": 1}}, "nested.x=null, not nothing"),
    ({"nested": 0}, "nested="),
    ({"rate": float("nan")}, "rate=0.1, not NaN"),
])  # fmt: skip
def test_other_facts_are_refused(empty, changed, named):
    before = folders.enter_manifest(empty, FACTS)
    refuse(named, folders.enter_manifest, empty, FACTS | changed)
    assert folders.read_manifest(empty) == before


def test_facts_come_when_they_are_known(empty):
    """The corpus when it is first searched, a method's settings when it first runs."""
    folders.enter_manifest(empty, FACTS)
    chunks = {"settings": {"m": {"r": 1}}, "chunks": {"m": 4}}
    folders.enter_manifest(empty, {"corpus": ["a"], **chunks})
    folders.enter_manifest(empty, {"settings": {"n": {"r": 2}}, "chunks": {"n": 8}})
    manifest = folders.enter_manifest(empty, FACTS | {"chunks": {"m": 16}})
    assert manifest["settings"] == {"m": {"r": 1}, "n": {"r": 2}}
    assert manifest["chunks"] == {"m": 4, "n": 8} and manifest["corpus"] == ["a"]
    refuse("settings.m.r=1, not 3", folders.enter_manifest, empty, {"settings": {"m": {"r": 3}}})
    refuse("corpus=", folders.enter_manifest, empty, {"corpus": ["b"]})


def test_nan_in_a_manifest_is_the_same_nan(empty):
    folders.enter_manifest(empty, FACTS | {"rate": float("nan")})
    folders.enter_manifest(empty, FACTS | {"rate": float("nan")})


def test_foreign_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    refuse("holds other files", folders.make_folder, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        refuse("is a file", folders.make_folder, folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"3", b"not json"])
def test_foreign_manifests_are_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    refuse("manifest.json: not a run's manifest", folders.enter_manifest, tmp_path, FACTS)
    assert (tmp_path / "manifest.json").read_bytes() == content


@pytest.mark.parametrize(("manifest", "named"), [
    ({"seed": 0}, "a run of format 1, this version reads format 2; dream again"),
    ({"version": 3}, "a run of format 3"),
])  # fmt: skip
def test_runs_of_another_format_are_refused(tmp_path, manifest, named):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for read in (folders.read_manifest, open_finished):
        refuse(named, read, tmp_path)
    refuse(named, nd.open_run, tmp_path, toys.lstm().model)


def test_lines_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "dreams.jsonl"
    assert folders.read_lines(path) == []
    lines = [LINE, LINE | {"neuron": "b", "score": float("-inf")}]
    folders.append_lines(path, lines[:1])
    folders.append_lines(path, lines[1:])
    assert folders.read_lines(path) == lines == folders.read_dreams(tmp_path)


def test_a_line_cut_anywhere_is_not_read_and_cut_by_its_writer_alone(tmp_path):
    path = tmp_path / "dreams.jsonl"
    lines = [LINE, LINE | {"neuron": "b"}]
    folders.append_lines(path, lines)
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = (cut >= first) + (cut == len(content))
        assert folders.read_lines(path) == lines[:whole]
        assert path.read_bytes() == content[:cut]  # a reader changes nothing
        folders.cut_half_line(path)
        folders.append_lines(path, lines[whole:])
        assert path.read_bytes() == content


def test_whole_lines_that_are_not_json_are_named(tmp_path):
    path = tmp_path / "dreams.jsonl"
    path.write_text(json.dumps(LINE) + "\nrubbish\n" + json.dumps(LINE) + "\n")
    refuse(f"{path}, line 2: not a JSON object", folders.read_lines, path)


@pytest.mark.parametrize(("change", "named"), [
    ({"version": 1}, "not of format 2"), ({"score": None}, "has no score"),
    ({"ngram": None}, "has no n-gram"), ({"ngram": "a dog"}, "has no n-gram"),
    ({"ngram": {"text": "x"}}, "has no n-gram"), ({"method": "search"}, "has no mean"),
])  # fmt: skip
def test_lines_of_something_else_are_named(change, named):
    line = {key: value for key, value in (LINE | change).items() if value is not None}
    refuse(f"here: {named}" if "format" in named else named, check_line, line, "here")


def test_a_run_of_other_code_is_refused_as_that(empty):
    folders.enter_manifest(empty, FACTS | {"code_sha256": "a"})
    refuse("another state of this package's code", folders.enter_manifest, empty,
           FACTS | {"code_sha256": "b"})  # fmt: skip


def test_arrays_of_zeros_come_back(tmp_path):
    zeros = {"values": np.zeros(2**23, np.float32)}
    files.save_arrays(tmp_path / "zeros.npz", zeros)
    read = files.load_arrays(tmp_path / "zeros.npz")
    np.testing.assert_array_equal(read["values"], zeros["values"])


def test_lines_are_found_in_all_shards_and_read_one_by_one(tmp_path):
    """A half line is none."""
    lines = [LINE | {"neuron": f"T.hidden:{n}", "label": "é" * n} for n in range(9)]
    for number, some in ((1, lines[:4]), (2, lines[4:])):
        folders.append_lines(tmp_path / f"dreams.{number}-of-2.jsonl", some)
    with open(tmp_path / "dreams.2-of-2.jsonl", "a", encoding="utf-8") as file:
        file.write('{"neuron": "T.hid')
    found = folders.find_dreams(tmp_path)
    assert len(found) == 9
    for line in lines:
        assert folders.read_line(found[line["neuron"], line["method"]]) == line
    assert folders.read_dreams(tmp_path) == lines


@pytest.mark.parametrize("half", [b"", b"{", b"{" * 200_000])
@pytest.mark.parametrize("number", [0, 1, 50_000])
def test_a_half_line_is_cut_off_however_long_it_is(tmp_path, number, half):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"{}\n" * number + half)
    assert folders.read_lines(path) == [{}] * number
    folders.cut_half_line(path)
    assert path.read_bytes() == b"{}\n" * number
