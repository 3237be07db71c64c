"""Free vectors of neurons and groups, against plain numpy."""

import json

import numpy as np
import pytest

import neurondream as nd
import oracles
from neurondream.base import Vectors
from neurondream.probing import textualize
from neurondream.targets import make_targets
from scripts import launch, refused, succeed
from toys import causal


@pytest.fixture(scope="module")
def reader():
    return nd.open_reader(causal().model)


def test_the_vector_is_worth_what_is_said_and_more_than_any_word(reader):
    model = causal().model
    neurons = nd.parse_neurons("mlp.before:0-3,-mlp.before:4", model)
    targets = make_targets(reader.readouts, neurons, model.layers["mlp.before"].size)
    wanted = textualize.find_vectors(reader, "mlp.before", targets, starts=2, seed=1)
    assert wanted.vectors.shape[:2] == wanted.scores.shape == (5, 2)
    words = np.flatnonzero(model.tokenizer.allowed)
    activations = textualize.read_words(reader, "mlp.before", words)
    for neuron, vectors, scores in zip(neurons, *wanted, strict=True):
        (part,) = neuron.parts
        for vector, score in zip(vectors, scores, strict=True):
            embedded = reader.encoder.embed(reader.prepared, Vectors(vector[None]))
            layer = reader.encoder.encode(reader.prepared, embedded)["mlp.before"]
            value = part.weights[0] * layer[0, part.units[0]]
            assert score == pytest.approx(float(value), abs=1e-5)
        assert scores.max() >= (part.weights[0] * activations[:, part.units[0]]).max() - 1e-3
    # Starts differ, and one seed gives one vector.
    again = textualize.find_vectors(reader, "mlp.before", targets, starts=2, seed=1)
    assert (again.vectors == wanted.vectors).all()
    assert (wanted.vectors[:, 0] != wanted.vectors[:, 1]).any()


def test_words_are_read_alone_where_the_model_starts(reader):
    words = np.flatnonzero(causal().model.tokenizer.allowed)
    found = textualize.read_words(reader, "top.hidden", words)
    for word, row in zip(words, found, strict=True):
        whole = oracles.encode_again(causal(), np.array([int(word)]))["top.hidden"]
        assert row == pytest.approx(np.asarray(whole)[-1], abs=1e-4)


def test_groups_are_the_units_that_stand_out_most():
    activations = np.random.default_rng(0).normal(size=(30, 12)) * np.arange(1, 13)
    rows = np.array([3, 17])
    directions, ranks = textualize.choose_groups(activations, rows, (1, 5))
    standing = (activations - activations.mean(axis=0)) / activations.std(axis=0)
    for query, row in enumerate(rows):
        for number, size in enumerate((1, 5)):
            units = np.argsort(-standing[row])[:size]
            assert set(np.flatnonzero(directions[query, number])) == set(units)
            scores = activations @ directions[query, number]
            standings = standing[:, units].mean(axis=1)
            assert scores - scores.mean() == pytest.approx(standings, abs=1e-6)
            assert ranks[query, number] == 1 + (scores > scores[row] + 1e-6).sum()


def test_the_nearest_word_is_an_allowed_one():
    table = np.float32([[1, 0], [0, 1], [-1, 0], [3, 3]])
    words, cosines = textualize.find_nearest(
        np.float32([[[2, 0.1]], [[0, 5]]]), table, np.array([False, True, True, True])
    )
    assert words.tolist() == [[3], [1]] and cosines[1, 0] == pytest.approx(1)
    assert cosines[0, 0] == pytest.approx(2.1 / np.sqrt(2 * 4.01), abs=1e-6)


def test_one_command_writes_both_tables(tmp_path):
    command = ["--layer=I.hidden", "--neurons=3", "--words=4", "--sizes=1", "--sizes=160"]
    shown = succeed("textualize", *command, f"--out={tmp_path / 'words'}")
    assert "cosine between two starts" in shown and "| 160 |" in shown
    result = json.loads((tmp_path / "words" / "textualize.json").read_text())
    assert [row["size"] for row in result["recovered"]] == [1, 160]
    assert all(0 <= row[name]["mean"] <= 1 for row in result["recovered"]
               for name in ("first", "ten", "vector"))  # fmt: skip
    other = f"--out={tmp_path / 'no'}"
    refused(launch("textualize", "--layer=I.hidden", "--sizes=161", other), "161", "160 units")
    refused(launch("textualize", "--layer=I.hidden", "--sizes=none", other), "none")
    refused(launch("textualize", "--layer=I.nothing", other), "I.nothing")
    assert not (tmp_path / "no").exists()
