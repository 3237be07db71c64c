"""Hostile lines of finished runs, pages of hostile cards: a value, or a line that says why not."""

import json

import numpy as np
import pytest

import mutations as spoil
import test_verdict
import toys
from bounds import try_all, try_files
from hostile import BARE, CARDS, MANIFEST
from neurondream.analysis.verdict.description import describe_neuron
from neurondream.analysis.verdict.front import describe_front, thin_front
from neurondream.errors import InputError
from neurondream.files import parse_json
from neurondream.neurons.neuron import Neuron, Part, write_neuron
from neurondream.report import page
from neurondream.report.lighten import lighten_card
from neurondream.runs.folder import read_typed
from neurondream.runs.kinds import compile_kind
from neurondream.runs.lines import Certificate, DreamLine, Ngram, ProbeLine, SweepLine
from neurondream.runs.opened import read_neurons
from reports import spell, write_run

SEARCH, DREAMS = test_verdict.make_lines()
FULL, TEXT = CARDS[0], CARDS[0]["texts"][0]
FRONT = DREAMS[0] | {
    "method": "fluent", "judge": "model", "limit": 3.0, "nats": 2.0,
    "windows": FULL["front"]["windows"], "front": FULL["front"]["points"],
}
LINES = {
    "search": SEARCH | {"seconds": 0.1, "texts": [TEXT], "histogram": FULL["corpus"]["histogram"],
                        "natural": {key: FULL["natural"][key] for key in (
                            "text", "ngram", "word", "score")}},
    "best": DREAMS[0] | {"faces": [{"ngram": spell("a b c"), "score": 8.0}], "off": False,
                         "certificate": DREAMS[0]["certificate"] | {"tolerance": 1e-5}},
    "gumbel": DREAMS[1] | {"temperature": [[0, 2.0], [9, 0.5]]},
    "fluent": FRONT,
    "dream": test_verdict.make_probe("dream") | {
        "settings": {}, "same_class": [[1.0], None, [2.0]], "other_class": [None, None, [2.0]]},
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_lines_of_a_run(name, tmp_path):
    kinds = {"search": SweepLine, "dream": ProbeLine}

    def read(folder):
        lines = {each: read_typed(folder / f"{each}.jsonl", kinds.get(each, DreamLine), "line")[0]
                 for each in LINES}
        dreams = [lines[each] for each in ("best", "gumbel", "fluent")]
        points = thin_front(dreams[2].get("front", []), dreams[2].get("limit", 0.0))
        front = describe_front(FRONT, points, [None] * len(points), lines["search"])
        lighten_card(describe_neuron(
            lines["search"], dreams, lines["dream"], lines["dream"], total=9, front=front,
            families=test_verdict.FAMILIES, negative=lines["gumbel"],
            faces=lines["best"].get("faces", ()),
        ))

    for each, line in LINES.items():
        (tmp_path / f"{each}.jsonl").write_text(json.dumps(line) + "\n")
    contents = [each + b"\n" for each in spoil.spoil_json(json.dumps(LINES[name]), 120)]
    try_files(f"{name} lines", tmp_path, f"{name}.jsonl", contents, read)


def test_neurons_that_are_written_down(tmp_path):
    model = toys.lstm().model
    neuron = Neuron("lstm.hidden:direction:0123", "mine", "direction", (
        Part("lstm.hidden", np.arange(2), np.array([0.6, 0.8])),))
    text = json.dumps(write_neuron(neuron))
    (tmp_path / "neurons.jsonl").write_text(text + "\n")
    contents = [each + b"\n" for each in spoil.spoil_json(text, 150)]

    def read(folder):
        (found,) = read_neurons([folder], [neuron.name], model).values()
        assert found.parts[0].layer == "lstm.hidden" and found.name == neuron.name

    try_files("neurons written down", tmp_path, "neurons.jsonl", contents, read)
    for right, wrong in (("[0, 1]", "[0, 99]"), ("0.6", "NaN"), ('"word"', '"nowhere"'),
                         ('"layer": "lstm', '"layer": "odd')):
        assert right in text
        (tmp_path / "neurons.jsonl").write_text(text.replace(right, wrong) + "\n")
        with pytest.raises(InputError, match=r"neurons\.jsonl, line 1"):
            read(tmp_path)


@pytest.mark.parametrize("card", [FULL, BARE], ids=["full", "bare"])
def test_pages_of_cards(card, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_library", lambda: "")  # which is large, and the same
    folder = write_run(tmp_path, MANIFEST, CARDS[:1])

    def build(content):
        try:
            read = parse_json(content)
        except ValueError:
            raise InputError("no JSON") from None
        built = page.build_page(folder, [read])
        # What a card holds is packed: it is no markup, and nothing ends early.
        assert built.count("<script") == built.count("</script") == 5
        assert "document.broken" not in built and "x" * 3000 not in built

    try_all("cards", spoil.spoil_json(json.dumps(card), 150), build, lambda each: str(each[:300]))


def test_what_is_wrong_is_named():
    ngram = {"ids": [1, 2], "pieces": ["a", "b"], "text": "a b"}
    for changed, wrong in (
        ({}, None), ({"text": 1}, "text"), ({"ids": [1, "2"]}, "ids.1"), ({"more": 1}, None),
        ({"ids": [True, 2]}, "ids.0"), ({"ids": [2**63, 1]}, "ids.0"), ({"ids": {}}, "ids"),
        ({"ids": [1]}, "ids"), ({"ids": [], "pieces": []}, "ids"),
    ):
        assert compile_kind(Ngram)(ngram | changed) == wrong
    assert compile_kind(Ngram)([]) == "" and compile_kind(Ngram)({"ids": [1]}) == "pieces"
    line = DREAMS[0] | {"certificate": {"certified": 1, "sweeps": 2}}
    assert compile_kind(DreamLine)(line) == "certificate.certified"
    assert compile_kind(Certificate)({"certified": True, "sweeps": 2, "margin": 1}) is None
    for course, wrong in (
        ([1.0, None], None), ([[1, 2.0, None]], None), ([1.0, [1, 2.0, 3.0]], "course.1"),
        ([[1, 2.0, 3.0], [1, 2.0]], "course.1"), ("1", "course"),
    ):
        assert compile_kind(DreamLine)(DREAMS[0] | {"course": course}) == wrong
