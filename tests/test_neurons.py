"""Neurons as they are written."""

import numpy as np
import pytest

from neurondream.errors import InputError
from neurondream.neurons import Layers, parse_neurons

WORDS = ("<pad>", "<begin>", "<end>", "<unknown>", "a", "dog", "7", ":", "-", "all", "cluster")
CLUSTERS = np.array([2, 0, 1, 0, 2, 2])
LAYERS = Layers(
    {"T.hidden": 6, "T.output": 11, "I.output": 3},
    {"T.output": WORDS, "I.output": ("x", "y", "z")},
    {"T.hidden": CLUSTERS},
)


@pytest.mark.parametrize(
    "text, layer, units",
    [
        ("T.hidden:0", "T.hidden", [0]),
        ("T.hidden:2-4", "T.hidden", [2, 3, 4]),
        ("T.hidden:5-5", "T.hidden", [5]),
        ("T.hidden:all", "T.hidden", range(6)),
        ("I.output:all", "I.output", range(3)),
        ("T.output:dog", "T.output", [5]),
        ("T.output:word:dog", "T.output", [5]),
        ("T.output:7", "T.output", [7]),
        ("T.output:word:7", "T.output", [6]),
        ("T.output::", "T.output", [7]),
        ("T.output:word::", "T.output", [7]),
        ("T.output:-", "T.output", [8]),
        ("T.output:word:all", "T.output", [9]),
        ("T.output:word:cluster", "T.output", [10]),
        ("I.output:y", "I.output", [1]),
    ],
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_units_are_one_hot(text, layer, units, sign):
    neurons = parse_neurons(sign + text, LAYERS)
    assert [n.layer for n in neurons] == [layer] * len(units)
    expected = np.eye(LAYERS.sizes[layer])[list(units)] * (-1 if sign else 1)
    np.testing.assert_array_equal([n.direction for n in neurons], expected)
    assert all(n.direction.dtype == np.float32 for n in neurons)


@pytest.mark.parametrize(
    "text", ["-T.hidden:1-3", "T.output:all", "T.output:word:dog", "T.hidden:cluster:all"]
)
def test_names_are_distinct_and_read_back_as_the_same_neuron(text):
    neurons = parse_neurons(text, LAYERS)
    assert len({n.name for n in neurons}) == len(neurons)
    for neuron in neurons:
        [again] = parse_neurons(neuron.name, LAYERS)
        assert again.name == neuron.name and again.layer == neuron.layer
        np.testing.assert_array_equal(again.direction, neuron.direction)


def test_clusters_are_the_mean_of_their_units():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=6)
    for sign in (1, -1):
        clusters = parse_neurons(f"{'-' if sign < 0 else ''}T.hidden:cluster:all", LAYERS)
        assert len(clusters) == 3
        for number, cluster in enumerate(clusters):
            mean = hidden[number == CLUSTERS].mean()
            np.testing.assert_allclose(cluster.direction @ hidden, sign * mean, rtol=1e-6)
    names = [n.name for n in parse_neurons("T.hidden:cluster:1-2", LAYERS)]
    assert names == ["T.hidden:cluster:1", "T.hidden:cluster:2"]


def test_directions_come_from_a_file(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 6))
    np.save(tmp_path / "many.npy", rows)
    np.save(tmp_path / "one.npy", np.arange(6))
    many = parse_neurons(f"-T.hidden:direction:{tmp_path / 'many.npy'}", LAYERS)
    np.testing.assert_array_equal([n.direction for n in many], -rows.astype(np.float32))
    assert len({n.name for n in many}) == 4
    [one] = parse_neurons(f"T.hidden:direction:{tmp_path / 'one.npy'}", LAYERS)
    np.testing.assert_array_equal(one.direction, np.arange(6))
    assert one.direction.dtype == np.float32


@pytest.mark.parametrize(
    "text, named",
    [
        ("", "LAYER:UNIT"),
        ("-", "LAYER:UNIT"),
        ("T.hidden", "LAYER:UNIT"),
        ("T.hidden:", "LAYER:UNIT"),
        (":3", "unknown layer ''"),
        ("X.hidden:3", "T.hidden, T.output, I.output"),
        ("--T.hidden:3", "unknown layer '-T.hidden'"),
        ("T.hidden:6", "0-5"),
        ("T.hidden:4-6", "0-5"),
        ("T.hidden:4-2", "4-2"),
        ("T.hidden:-1", "'-1'"),
        ("T.hidden:dog", "not a number"),
        ("T.hidden:1.5", "not a number"),
        ("T.output:dogg", "near: dog"),
        ("T.output:word:", "'word:'"),
        ("T.output:word:zebra", "'zebra'"),
        ("T.hidden:cluster:3", "0-2"),
        ("T.hidden:cluster:", "cluster number"),
        ("T.hidden:cluster:red", "'red'"),
        ("I.output:cluster:0", "no clusters of I.output"),
        ("T.hidden:direction:", "''"),
        ("T.hidden:direction:/nowhere/d.npy", "/nowhere/d.npy"),
    ],
)
def test_mistakes_are_named_in_one_line(text, named):
    with pytest.raises(InputError) as caught:
        parse_neurons(text, LAYERS)
    message = str(caught.value)
    assert repr(text) in message and named in message and "\n" not in message


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5),
        np.zeros((2, 7)),
        np.zeros((1, 2, 6)),
        np.full(6, np.nan),
        np.array([0, 0, 0, 0, 0, np.inf]),
        np.array(["a"] * 6),
        np.zeros(6, complex),
        np.array([None] * 6),
        np.float32(3),
    ],
)
def test_foreign_directions_are_refused(tmp_path, array):
    file = tmp_path / "d.npy"
    np.save(file, array, allow_pickle=True)
    with pytest.raises(InputError) as caught:
        parse_neurons(f"T.hidden:direction:{file}", LAYERS)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_files_that_are_no_arrays_are_refused(tmp_path, content):
    file = tmp_path / "d.npy"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        parse_neurons(f"T.hidden:direction:{file}", LAYERS)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


def test_archives_are_refused(tmp_path):
    file = tmp_path / "d.npz"
    np.savez(file, d=np.zeros(6))
    with pytest.raises(InputError, match=r"d\.npz"):
        parse_neurons(f"T.hidden:direction:{file}", LAYERS)
