"""Neurons as they are written, and their one name."""

import tracemalloc

import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.errors import InputError
from neurondream.neurons.neuron import read_neuron, write_neuron
from neurondream.neurons.units import list_layers
from neurondream.targets import group_neurons, make_targets

WORDS = ("<s>", "a", "dog", "7", ":", "-", "all", "cluster", ",", "a,b", "@max")
CLUSTERS = {"T.hidden": np.array([2, 0, 1, 0, 2, 2])}


def bare_model(sizes, names):
    """A model of which nothing but its layers is asked."""
    layers = {name: nd.Layer(size, name[0], name, names.get(name)) for name, size in sizes.items()}
    return toys.lstm().model._replace(layers=layers)


MODEL = bare_model(
    {"T.hidden": 6, "T.output": 11, "I.output": 3},
    {"T.output": WORDS, "I.output": ("x", "y", "z")},
)


def parse(text):
    return nd.parse_neurons(text, MODEL, CLUSTERS)


def row_of(neuron):
    row = np.zeros(MODEL.layers[neuron.parts[0].layer].size, np.float32)
    for part in neuron.parts:
        row[part.units] += part.weights
    return row


@pytest.mark.parametrize("text, layer, units", [
    ("T.hidden:0", "T.hidden", [0]),
    ("T.hidden:2-4", "T.hidden", [2, 3, 4]),
    ("T.hidden:5-5", "T.hidden", [5]),
    ("T.hidden:all", "T.hidden", range(6)),
    ("I.output:all", "I.output", range(3)),
    ("T.output:dog", "T.output", [2]),
    ("T.output:word:dog", "T.output", [2]),
    ("T.output:7", "T.output", [7]),
    ("T.output:word:7", "T.output", [3]),
    ("T.output::", "T.output", [4]),
    ("T.output:word::", "T.output", [4]),
    ("T.output:-", "T.output", [5]),
    ("T.output:word:all", "T.output", [6]),
    ("T.output:word:cluster", "T.output", [7]),
    ("T.output:,", "T.output", [8]),
    ("T.output:a,b", "T.output", [9]),
    ("T.output:@max", "T.output", [10]),
    ("I.output:y", "I.output", [1]),
])  # fmt: skip
@pytest.mark.parametrize("sign", ["", "-"])
def test_units_go_by_layer_and_number(text, layer, units, sign):
    neurons = parse(sign + text)
    assert [n.name for n in neurons] == [f"{sign}{layer}:{unit}" for unit in units]
    assert {n.kind for n in neurons} == {"unit"}
    expected = np.eye(MODEL.layers[layer].size)[list(units)] * (-1 if sign else 1)
    np.testing.assert_array_equal([row_of(n) for n in neurons], expected)
    names = MODEL.layers[layer].names
    written = [names[unit] if names else unit for unit in units]
    # What could be read as something else says that it is a word.
    written = [f"word:{word}" if word in ("7", "all", "cluster") else word for word in written]
    labels = [f"{sign}{layer}:{word}" for word in written]
    assert [n.label for n in neurons] == labels


@pytest.mark.parametrize("text, names", [
    ("T.hidden:1,T.output:dog", ["T.hidden:1", "T.output:2"]),
    ("T.output:,,T.output:dog", ["T.output:8", "T.output:2"]),
    ("T.output:dog,T.output:,", ["T.output:2", "T.output:8"]),
    ("T.output:dog, -T.output:,,\n T.hidden:1", ["T.output:2", "-T.output:8", "T.hidden:1"]),
    ('"T.output:,",T.output:2', ["T.output:8", "T.output:2"]),
    (["T.output:,", "T.output:a,b"], ["T.output:8", "T.output:9"]),
    ("T.output:2,T.output:dog,T.output:word:dog,T.output:2@last,T.output:2@-1", ["T.output:2"]),
    ("T.hidden:0-2,T.hidden:1", ["T.hidden:0", "T.hidden:1", "T.hidden:2"]),
    ("T.hidden:1 - T.hidden:2,T.hidden:3", ["T.hidden:1 - T.hidden:2", "T.hidden:3"]),
])  # fmt: skip
def test_lists_hold_each_neuron_once(text, names):
    assert [n.name for n in parse(text)] == names


@pytest.mark.parametrize("text", [
    "-T.hidden:1-3", "T.output:all", "T.output:word:dog", "T.hidden:cluster:all", "T.hidden:1@max",
    "T.output:dog - T.output:,", "-T.hidden:cluster:1", "T.hidden:cluster:0 - T.hidden:cluster:2",
])  # fmt: skip
def test_names_and_labels_read_back_as_the_same_neuron(text):
    neurons = parse(text)
    assert len({n.name for n in neurons}) == len(neurons)
    for neuron in neurons:
        for written in (neuron.name, neuron.label):
            (again,) = parse(written)
            assert (again.name, again.label) == (neuron.name, neuron.label)
            np.testing.assert_array_equal(row_of(again), row_of(neuron))
        kept = read_neuron(write_neuron(neuron))
        assert kept[:3] == neuron[:3] and kept.place == neuron.place
        np.testing.assert_array_equal(row_of(kept), row_of(neuron))


def test_a_name_that_units_share_is_the_first_ones():
    model = bare_model({"T.output": 3}, {"T.output": ("a", "b", "a")})
    neurons = nd.parse_neurons("T.output:all", model)
    assert [neuron.label for neuron in neurons] == ["T.output:a", "T.output:b", "T.output:2"]
    for neuron in neurons:
        (again,) = nd.parse_neurons(neuron.label, model)
        assert again.name == neuron.name


def test_one_neuron_has_one_seed():
    texts = ["T.output:dog", "T.output:word:dog", "T.output:2"]
    targets = [make_targets({}, parse(text), 11) for text in texts]
    assert len({int(target.number[0]) for target in targets}) == 1
    other = make_targets({}, parse("-T.output:dog"), 11)
    assert int(other.number[0]) != int(targets[0].number[0])


def test_the_difference_of_two_is_a_neuron():
    (written,) = parse("T.output:dog - T.hidden:3")
    first, second = parse("T.output:dog"), parse("T.hidden:3")
    made = nd.subtract_neurons(first[0], second[0])
    assert written.name == made.name == "T.output:2 - T.hidden:3"
    assert written.label == "T.output:dog - T.hidden:3"
    assert [part.layer for part in made.parts] == ["T.output", "T.hidden"]
    assert [part.weights.tolist() for part in made.parts] == [[1], [-1]]
    swapped = nd.negate_neuron(made)
    assert swapped.name == parse("T.hidden:3 - T.output:dog")[0].name
    assert nd.negate_neuron(swapped).name == made.name
    assert nd.negate_neuron(first[0]).name == "-T.output:2"
    assert nd.negate_neuron(nd.negate_neuron(first[0])).name == "T.output:2"


def test_clusters_are_the_mean_of_their_units_and_go_by_their_assignment():
    hidden = np.random.default_rng(0).normal(size=6)
    for sign in (1, -1):
        clusters = parse(f"{'-' if sign < 0 else ''}T.hidden:cluster:all")
        assert len(clusters) == 3
        for number, cluster in enumerate(clusters):
            mean = hidden[number == CLUSTERS["T.hidden"]].mean()
            np.testing.assert_allclose(row_of(cluster) @ hidden, sign * mean, rtol=1e-6)
    first, second = parse("T.hidden:cluster:1-2")
    assert [first.label, second.label] == ["T.hidden:cluster:1", "T.hidden:cluster:2"]
    assert first.name.startswith("T.hidden:cluster:") and first.name.endswith(":1")
    others = {"T.hidden": np.array([2, 0, 1, 0, 2, 1])}
    (other,) = nd.parse_neurons("T.hidden:cluster:1", MODEL, others)
    assert other.name != first.name and other.label == first.label
    with pytest.raises(InputError, match="no cluster of those given"):
        nd.parse_neurons(first.name, MODEL, others)


def test_directions_go_by_their_row(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows.astype(float), axis=1, keepdims=True)
    np.save(tmp_path / "many.npy", rows)
    np.save(tmp_path / "again.npy", rows[::-1])
    np.save(tmp_path / "one.npy", np.arange(6))
    many = parse(f"-T.hidden:direction:{tmp_path / 'many.npy'}")
    np.testing.assert_allclose([row_of(n) for n in many], -rows, rtol=1e-6)
    assert [n.label for n in many] == [f"-T.hidden:direction:many.npy#{k}" for k in range(4)]
    again = parse(f"-T.hidden:direction:{tmp_path / 'again.npy'}")
    assert [n.name for n in again] == [n.name for n in many][::-1]
    (third,) = parse(f"-T.hidden:direction:{tmp_path / 'many.npy'}#2")
    assert (third.name, third.label) == (many[2].name, many[2].label)
    made = nd.make_direction(MODEL, "T.hidden", rows[2], "mine")
    assert nd.negate_neuron(made).name == third.name and made.label == "T.hidden:direction:mine"
    (one,) = parse(f"T.hidden:direction:{tmp_path / 'one.npy'}")
    np.testing.assert_allclose(row_of(one), np.arange(6) / np.sqrt(55), rtol=1e-6)
    assert one.label == "T.hidden:direction:one.npy"


@pytest.mark.parametrize("scale", [1e-20, 1e20, 1e-300, 1e300, 5e-324])
def test_directions_are_of_length_1_whatever_their_scale(scale):
    row = np.array([1.0, -2, 3, 0, 0, 1])
    made = row_of(nd.make_direction(MODEL, "T.hidden", row * scale))
    np.testing.assert_allclose(made, row / np.sqrt(15), rtol=1e-6)
    assert made.dtype == np.float32


def test_a_direction_of_zeros_stays():
    assert not np.any(row_of(nd.make_direction(MODEL, "T.hidden", np.zeros(6))))


def test_neurons_come_from_a_file(tmp_path):
    (tmp_path / "some").write_text("# mine\nT.output:,\n\nT.output:dog,-T.hidden:0-1\n")
    names = [n.name for n in parse(nd.read_neuron_file(tmp_path / "some"))]
    assert names == ["T.output:8", "T.output:2", "-T.hidden:0", "-T.hidden:1"]
    with pytest.raises(InputError, match=r"nowhere.* cannot be read"):
        nd.read_neuron_file(tmp_path / "nowhere")


def test_a_quarter_of_a_million_logits_stay_sparse():
    size, width = 250_000, 8
    model = bare_model({"T.logits": size}, {})
    weight = np.random.default_rng(0).normal(size=(width, size)).astype(np.float32)
    readouts = {"T.logits": nd.Readout("T.hidden", weight, np.arange(size, dtype=np.float32))}
    tracemalloc.start()
    neurons = nd.parse_neurons("T.logits:all", model)
    groups = group_neurons(readouts, neurons)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2000 * size  # dense rows would take 1,000,000 bytes each
    ((source, _),) = groups
    assert source == "T.hidden"
    chunk = neurons[-4:]
    tracemalloc.start()
    targets = make_targets(readouts, chunk, width)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * size  # not even one row
    np.testing.assert_array_equal(targets.direction, weight[:, -4:].T)
    np.testing.assert_array_equal(targets.offset, np.arange(size - 4, size))


@pytest.mark.parametrize("text, named", [
    ("", "give one or more"),
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
    ("T.hidden:99999999999999999999", "not a number"),
    ("T.output:dogg", "near: dog"),
    ("T.output:Dog", "near: dog"),
    ("T.output:word:", "'word:'"),
    ("T.output:word:zebra", "'zebra'"),
    ("T.hidden:cluster:3", "0-2"),
    ("T.hidden:cluster:", "no cluster of those given"),
    ("T.hidden:cluster:red", "'red'"),
    ("I.output:cluster:0", "no clusters of I.output"),
    ("T.hidden:direction:", "''"),
    ("T.hidden:direction:/nowhere/d.npy", "/nowhere/d.npy"),
    ("T.hidden:0-1 - T.hidden:2", "two single neurons"),
    ("T.hidden:0 - T.hidden:1 - T.hidden:2", "a difference is of two neurons"),
    ("-T.hidden:0 - T.hidden:1", "a difference is of two neurons"),
    ("T.hidden:0 - T.hidden:0", "two different neurons"),
    ("T.hidden:0@there", "no place 'there'"),
])  # fmt: skip
def test_mistakes_are_named_in_one_line(text, named):
    with pytest.raises(InputError) as caught:
        parse(text)
    message = str(caught.value)
    assert (repr(text) in message or text.split(" ")[0] in message) and named in message
    assert "\n" not in message


def test_rows_of_a_file_that_are_not_there_are_named(tmp_path):
    np.save(tmp_path / "d.npy", np.ones((2, 6)))
    with pytest.raises(InputError, match="row '2' is none of 0-1"):
        parse(f"T.hidden:direction:{tmp_path / 'd.npy'}#2")


@pytest.mark.parametrize("array", [
    np.zeros(5), np.zeros((2, 7)), np.zeros((1, 2, 6)), np.full(6, np.nan),
    np.array([0, 0, 0, 0, 0, np.inf]), np.array(["a"] * 6), np.zeros(6, complex),
    np.array([None] * 6), np.float32(3), np.zeros((0, 6)),
])  # fmt: skip
def test_foreign_directions_are_refused(tmp_path, array):
    file = tmp_path / "d.npy"
    np.save(file, array, allow_pickle=True)
    with pytest.raises(InputError) as caught:
        parse(f"T.hidden:direction:{file}")
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_files_that_are_no_arrays_are_refused(tmp_path, content):
    file = tmp_path / "d.npy"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        parse(f"T.hidden:direction:{file}")
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


def test_archives_are_refused(tmp_path):
    file = tmp_path / "d.npz"
    np.savez(file, d=np.zeros(6))
    with pytest.raises(InputError, match=r"d\.npz"):
        parse(f"T.hidden:direction:{file}")


def test_layers_of_many_blocks_are_listed_as_one():
    blocks = [f"{kind}.{number}" for number in range(12) for kind in ("resid_pre", "mlp")]
    listed = list_layers(["embed", *blocks, "logits", "T.hidden"])
    assert listed == "embed, resid_pre.0 to 11, mlp.0 to 11, logits, T.hidden"
