"""Runs go on where a killed process left them, and only those."""

import json

import pytest

from neurondream.errors import InputError
from neurondream.runs.folder import append_lines, open_run, read_lines

MANIFEST = {"seed": 3, "neurons": ("a", "b"), "rate": 0.1, "nested": {"x": None, "y": 1}}
LINES = [
    {"neuron": "T.output:café\u2028", "method": "x", "score": 0.1},
    {"neuron": "b", "method": "y", "words": ["x", "\n\r"]},
]


def refuse(folder, manifest, *named):
    with pytest.raises(InputError) as caught:
        open_run(folder, manifest)
    message = str(caught.value)
    assert str(folder) in message and "\n" not in message
    message = message.replace(str(folder), "")
    for name in named:
        assert name in message


@pytest.mark.parametrize("made", [True, False])
def test_a_new_run_is_empty_and_goes_on(tmp_path, made):
    folder = tmp_path / "deep" / "run"
    if made:
        folder.mkdir(parents=True)
    assert open_run(folder, MANIFEST) == []
    assert open_run(folder, MANIFEST) == []
    for line in LINES:
        append_lines(folder, [line])
    assert open_run(str(folder), MANIFEST) == LINES
    append_lines(folder, LINES)
    assert open_run(folder, MANIFEST) == LINES + LINES
    assert {file.name for file in folder.iterdir()} == {"manifest.json", "dreams.jsonl"}


def test_a_line_cut_anywhere_is_dropped_and_written_again(tmp_path):
    open_run(tmp_path, MANIFEST)
    append_lines(tmp_path, LINES)
    path = tmp_path / "dreams.jsonl"
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = (cut >= first) + (cut == len(content))
        assert open_run(tmp_path, MANIFEST) == LINES[:whole]
        append_lines(tmp_path, LINES[whole:])
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    "changed, name",
    [
        ({**MANIFEST, "seed": 4}, "seed=3"),
        ({**MANIFEST, "neurons": ["b", "a"]}, "neurons="),
        ({**MANIFEST, "more": 1}, "more="),
        ({key: MANIFEST[key] for key in ("neurons", "rate", "nested")}, "seed=3"),
        ({**MANIFEST, "nested": {"x": 0, "y": 1}}, "nested.x=null, not 0"),
        ({**MANIFEST, "nested": {"y": 1}}, "nested.x=null, not nothing"),
        ({**MANIFEST, "nested": 0}, "nested="),
    ],
)
def test_another_manifest_is_refused(tmp_path, changed, name):
    open_run(tmp_path, MANIFEST)
    append_lines(tmp_path, LINES)
    refuse(tmp_path, changed, name)
    backwards = MANIFEST | {"nested": dict(reversed(MANIFEST["nested"].items()))}
    assert open_run(tmp_path, backwards) == LINES


def test_foreign_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    refuse(tmp_path, MANIFEST)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_foreign_manifests_are_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    refuse(tmp_path, MANIFEST, "manifest.json")
    assert (tmp_path / "manifest.json").read_bytes() == content


def test_whole_lines_that_are_not_json_are_named(tmp_path):
    path = tmp_path / "dreams.jsonl"
    assert read_lines(path) == []
    path.write_text(json.dumps(LINES[1]) + "\nrubbish\n" + json.dumps(LINES[1]) + "\n")
    with pytest.raises(InputError, match="line 2") as caught:
        read_lines(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["[1, 2]", "3", "null", '{"neuron": "a"}', "{}"])
def test_lines_of_something_else_are_named(tmp_path, line):
    open_run(tmp_path, MANIFEST)
    append_lines(tmp_path, LINES)
    content = (tmp_path / "dreams.jsonl").read_text() + line + "\n"
    (tmp_path / "dreams.jsonl").write_text(content)
    refuse(tmp_path, MANIFEST, "dreams.jsonl, line 3", "remove")
    assert (tmp_path / "dreams.jsonl").read_text() == content


@pytest.mark.parametrize("content", ["[]", "3", "not json"])
def test_a_manifest_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="manifest"):
        open_run(tmp_path, {"seed": 1})


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(InputError, match="is a file"):
            open_run(folder, {"seed": 1})


def test_nan_in_a_manifest_is_the_same_nan(tmp_path):
    open_run(tmp_path / "run", {"rate": float("nan")})
    assert open_run(tmp_path / "run", {"rate": float("nan")}) == []
