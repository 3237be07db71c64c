"""A survey keeps what plain reading of every text finds, however often it is interrupted."""

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.corpora import streams
from neurondream.runs import survey as surveys
from neurondream.runs.surveyed import check_survey, highest_of, look_up
from neurondream.sweeps.survey import LEVELS, draw_level, find_scale
from refusals import refuse

CLOSE = {"rtol": 2e-5, "atol": 2e-5}
KEEP = 3
LONGEST = 6


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """Two files, read in small parts."""
    monkeypatch.setattr(streams, "TEXTS", 11)
    monkeypatch.setattr(surveys, "SAMPLE", 20)
    monkeypatch.setattr(surveys, "AT_ONCE", 24)
    monkeypatch.setattr(surveys, "SAVED_EVERY", 0)
    every = toys.make_texts(60, seed=1)
    every[5] = " ".join(every[:3])  # longer than a context
    for name, part in (("a.txt", every[:25]), ("b.txt", every[25:])):
        (tmp_path / name).write_text("\n".join(part))
    return [tmp_path / "a.txt", tmp_path / "b.txt"], every


def read_again(toy, every):
    """Read every context by the plain encoder: its ids, and values [T, D] of all layers."""
    contexts, before = [], len(toy.model.start.before)
    for text in every:
        ids = toy.model.tokenizer.encode(text)
        for begin in range(0, len(ids), LONGEST):
            piece = ids[begin : begin + LONGEST]
            read = oracles.encode_again(toy, piece)
            contexts.append((piece, {
                layer: values[before : before + len(piece)] for layer, values in read.items()
            }))
    return contexts


@pytest.mark.parametrize("name", ["bidirectional", "causal", "lstm"])
def test_surveys_find_what_plain_reading_does(name, texts, tmp_path):
    files, every = texts
    toy = toys.TOYS[name]()
    layers = [layer for layer in toy.model.layers if layer in read_again(toy, every[:1])[0][1]][:2]
    read = nd.survey(
        tmp_path / "survey", toy.model, files, layers=layers, keep=KEEP, context_length=LONGEST
    )
    survey = nd.open_survey(tmp_path / "survey")
    check_survey(survey, toy.model)
    contexts = read_again(toy, every)
    assert read["tokens"] == sum(len(ids) for ids, _ in contexts)
    for layer in layers:
        known = nd.parse_neurons(f"{layer}:0,-{layer}:0", toy.model)
        highest = max(values[layer][:, 0].max() for _, values in contexts)
        assert highest_of(survey, known, toy.model) == {
            f"{layer}:0": pytest.approx(highest, rel=1e-4, abs=1e-5)
        }
        for neuron in nd.parse_neurons(f"{layer}:0-2,{layer}:1@max", toy.model):
            told = look_up(survey, neuron, toy.model)
            check_unit(told, [
                (ids, values[layer][:, neuron.parts[0].units[0]]) for ids, values in contexts
            ])
        for other in (f"-{layer}:0", f"{layer}:0@mean", f"{layer}:0@0"):
            assert look_up(survey, *nd.parse_neurons(other, toy.model), toy.model) is None


def check_unit(told, read):
    values = np.concatenate([each for _, each in read])
    assert told["tokens"] == len(values)
    distinct = {tuple(ids.tolist()): each for ids, each in read}
    peaks = sorted((max(each) for each in distinct.values()), reverse=True)
    top = [text for text in told["texts"] if text["level"] is None]
    # Texts that stand in the corpus more than once are kept once.
    np.testing.assert_allclose([text["score"] for text in top], peaks[:KEEP], **CLOSE)
    lows = []
    for text in told["texts"]:
        again = distinct[tuple(text["ngram"]["ids"])]
        np.testing.assert_allclose(text["values"], again, rtol=1e-3, atol=1e-3)
        assert text["values"].index(max(text["values"])) == text["word"]
        if text["level"]:
            lows.append((text["level"][0], text["score"]))
    assert {low for low, _ in lows} <= set(LEVELS) and len(lows) == len(dict(lows))
    # Ends of levels are values of the sample, which rounding may put on either side.
    by_level = [score for _, score in sorted(lows, reverse=True)]
    np.testing.assert_allclose(by_level, sorted(by_level, reverse=True), **CLOSE)
    for threshold, reached in told["reached"]:
        assert reached == np.sum(values >= np.float32(threshold) - 1e-6) or np.any(
            np.abs(values - threshold) < 1e-5
        )
    edges, counts = np.array(told["edges"]), np.array(told["counts"])
    assert len(edges) == len(counts) and 0 < counts.sum() <= len(values)
    # One token in a few is counted: their mean is near that of all.
    standard_error = values.std() / np.sqrt(counts.sum())
    assert abs(told["mean"] - values.mean()) < 6 * standard_error + 1e-6


def test_a_killed_survey_goes_on_to_the_same_result(texts, tmp_path, monkeypatch):
    files, _ = texts
    toy = toys.lstm()
    settings = {"layers": ["lstm.hidden"], "keep": KEEP, "context_length": LONGEST}
    whole = nd.survey(tmp_path / "whole", toy.model, files, **settings)
    plain, calls = surveys.read_part, []

    def fail_third(*arguments):
        calls.append(1)
        if len(calls) % 3 == 0:
            raise KeyboardInterrupt
        return plain(*arguments)

    monkeypatch.setattr(surveys, "read_part", fail_third)
    times = 0
    while True:
        try:
            assert nd.survey(tmp_path / "killed", toy.model, files, **settings) == whole
            break
        except KeyboardInterrupt:
            times += 1
            refuse("not finished", nd.open_survey, tmp_path / "killed")
    assert times >= 2
    for name in ("lstm.hidden.npz", "contexts.npz", "state.npz"):
        one, other = (np.load(tmp_path / folder / name) for folder in ("whole", "killed"))
        assert one.files == other.files
        for array in one.files:
            np.testing.assert_array_equal(one[array], other[array])
    # Nothing is kept of contexts that no unit keeps.
    held = len(np.load(tmp_path / "whole" / "state.npz")["numbers"])
    assert held <= toy.model.layers["lstm.hidden"].size * (KEEP + len(LEVELS))
    # What is finished is not read again.
    monkeypatch.setattr(surveys, "read_part", None)
    assert nd.survey(tmp_path / "killed", toy.model, files, **settings) == whole


def test_what_cannot_be_surveyed_is_refused(texts, tmp_path):
    files, _ = texts
    toy = toys.lstm()
    folder = tmp_path / "survey"
    for named, more in [
        ("keep=0", {"keep": 0}), ("context_length=999", {"context_length": 999}),
        ("layers=mlp: not among", {"layers": ["mlp"]}), ("layers: give", {"layers": []}),
        ("memory=1e-06", {"memory": 1e-6}), ("memory=1e+300", {"memory": 1e300}),
        ("seed=-1", {"seed": -1}),
    ]:
        refuse(named, nd.survey, folder, toy.model, files, **{"layers": ["lstm.hidden"]} | more)
    nd.survey(folder, toy.model, files, layers=["lstm.hidden"], keep=KEEP)
    refuse("survey.keep=3, not 4", nd.survey, folder, toy.model, files, layers=["lstm.hidden"],
           keep=4)
    refuse("another model", check_survey, nd.open_survey(folder), toys.causal().model)
    refuse("were read with [] before", check_survey, nd.open_survey(folder),
           nd.in_template(toy.model, "a dog {}"))
    (folder / "lstm.hidden.npz").write_bytes(b"PK")
    neuron, = nd.parse_neurons("lstm.hidden:0", toy.model)
    refuse("lstm.hidden.npz", look_up, nd.open_survey(folder), neuron, toy.model)


def test_texts_that_are_as_high_as_one_another_are_of_one_level():
    peaks = np.array([0.0] * 8 + [1.0, 2.0])[:, None]  # half of all, and three levels of four
    low = find_scale(peaks, peaks).levels[0]
    high, found = [*low[1:], np.inf], {}
    for level in range(len(LEVELS)):
        ends = np.array([low[level]]), np.array([high[level]])
        lots, at = draw_level(peaks.T, *ends, np.arange(10.0))
        found[LEVELS[level]] = float(peaks[int(at[0]), 0]) if np.isfinite(lots[0]) else None
    assert found == {0.0: 0.0, 0.5: None, 0.75: 1.0, 0.9: None, 0.97: None, 0.99: 2.0}
