"""Models come back from disk as they went there, and broken ones are named."""

import errno
import json
import os

import jax
import numpy as np
import pytest
import safetensors.numpy

import neurondream as nd
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.models.imaginet import Checkpoint, load_checkpoint, save_checkpoint, sizes_of


@pytest.fixture
def model(toy):
    names = tuple(f"feature {n}" for n in range(5))
    about = {"steps": 3, "corpus": "café", "reached": {"loss": 1.5}}
    mean, deviation = np.arange(5, dtype=np.float32), np.full(5, 0.5, np.float32)
    return Checkpoint(toy.params, toy.vocabulary, names, mean, deviation, about)


@pytest.fixture
def folder(model, tmp_path):
    save_checkpoint(tmp_path / "model", model)
    return tmp_path / "model"


def refuse(folder, *named):
    with pytest.raises(InputError) as caught:
        load_checkpoint(folder)
    message = str(caught.value)
    assert str(folder) in message and "\n" not in message
    message = message.replace(str(folder), "")  # the folder of a test holds all sorts of names
    for name in named:
        assert name in message


def edit_header(folder, **changes):
    path = folder / "model.json"
    header = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        if value is None:
            del header[name]
        else:
            header[name] = value
    path.write_text(json.dumps(header), encoding="utf-8")


def edit_weights(folder, change):
    path = folder / "weights.safetensors"
    tensors = safetensors.numpy.load(path.read_bytes())
    change(tensors)
    path.write_bytes(safetensors.numpy.save(tensors))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_round_trip(model, tmp_path, dtype):
    save_checkpoint(tmp_path / "deep" / "model", model, dtype)
    save_checkpoint(tmp_path / "deep" / "model", model, dtype)
    loaded = load_checkpoint(str(tmp_path / "deep" / "model"))
    assert jax.tree.structure(loaded.params) == jax.tree.structure(model.params)
    for found, right in zip(
        jax.tree.leaves(loaded.params), jax.tree.leaves(model.params), strict=True
    ):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, np.asarray(right).astype(dtype))
    assert loaded.vocabulary == model.vocabulary
    assert loaded.picture_names == model.picture_names
    assert loaded.about == model.about
    np.testing.assert_array_equal(loaded.picture_mean, model.picture_mean)
    np.testing.assert_array_equal(loaded.picture_deviation, model.picture_deviation)
    assert sizes_of(loaded) == {"vocabulary": 12, "picture": 5, "embedding": 6, "hidden": 6}
    files = {file.name for file in (tmp_path / "deep" / "model").iterdir()}
    assert files == {"model.json", "weights.safetensors"}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_truncated_weights_are_refused(folder, share):
    path = folder / "weights.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refuse(folder, "weights.safetensors")


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_missing_files_are_named(folder, name):
    (folder / name).unlink()
    refuse(folder, name)


def test_missing_folders_are_named(tmp_path):
    refuse(tmp_path / "nowhere", "model.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b'{"format": "other"}', b"{}", b"\xff\xfe\x00"]
)
def test_foreign_json_is_refused(folder, content):
    (folder / "model.json").write_bytes(content)
    refuse(folder, "model.json")


@pytest.mark.parametrize("name", ["sizes", "vocabulary", "picture_names", "about"])
def test_missing_parts_are_named(folder, name):
    edit_header(folder, **{name: None})
    refuse(folder, name)


@pytest.mark.parametrize("name", ["vocabulary", "picture", "embedding", "hidden"])
def test_other_sizes_are_refused(folder, model, name):
    edit_header(folder, sizes={**sizes_of(model), name: 7})
    refuse(folder, "model.json says", "different models")


@pytest.mark.parametrize("deviation", [0.0, -1.0])
def test_deviations_that_would_be_divided_by_are_above_0(folder, deviation):
    edit_weights(folder, lambda tensors: tensors["picture.deviation"].fill(deviation))
    refuse(folder, "deviations of pictures that are not above 0")


def test_numbers_beyond_float32_are_refused(folder):
    def widen(tensors):
        tensors["embedding"] = np.full(tensors["embedding"].shape, 1e300)

    edit_weights(folder, widen)
    refuse(folder, "'embedding' of its weights", "numbers beyond float32")


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3"])
def test_types_that_are_not_read_are_named(folder, kind):
    path = folder / "weights.safetensors"
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    tensor = header["embedding"]
    if kind != "BF16":  # of one byte a number
        tensor["shape"] = [tensor["shape"][0], 2 * tensor["shape"][1]]
    header["embedding"] = {**tensor, "dtype": kind}
    written = json.dumps(header).encode()
    path.write_bytes(len(written).to_bytes(8, "little") + written + content[8 + size :])
    refuse(folder, f"weights of type {kind}")


def test_other_words_are_refused(folder, model):
    edit_header(folder, vocabulary=[*model.vocabulary.words, "zebra"])
    refuse(folder, "vocabulary was changed")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["T_gru.bias", "embedding", "picture.mean"])
def test_numbers_that_are_none_are_refused(folder, name, value):
    def spoil(tensors):
        tensors[name].flat[-1] = value

    edit_weights(folder, spoil)
    refuse(folder, name)


def test_lacking_and_foreign_tensors_are_refused(folder):
    edit_weights(folder, lambda tensors: tensors.pop("I_bias"))
    refuse(folder, "I_bias")
    edit_weights(folder, lambda tensors: tensors.update(I_bias=np.zeros(5), more=np.zeros(2)))
    refuse(folder, "more")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sizes", {}),
        ("sizes", 3),
        ("vocabulary", None),
        ("vocabulary", ["a"]),
        ("vocabulary", [7]),
        ("picture_names", 3),
        ("picture_names", ["one"]),
        ("about", 3),
        ("vocabulary_sha256", "zz"),
    ],
)
def test_a_spoilt_header_is_refused_in_one_line(folder, name, value):
    header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    header[name] = value
    (folder / "model.json").write_text(json.dumps(header), encoding="utf-8")
    refuse(folder)


def test_a_refused_write_names_the_file_and_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "weights"
    write_atomically(path, b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, b"new")
    assert caught.value.filename == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["weights"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(("settings", "families"), [
    ({"alpha": 0.1, "pictures": "p.npz", "start": None}, ["T", "I"]),
    ({"alpha": 0.1, "pictures": None, "start": None}, ["T"]),
    ({"alpha": 1.0, "pictures": "p.npz", "start": None}, ["T"]),
    ({"alpha": 0.0, "pictures": "p.npz", "start": None}, ["I"]),
    ({"alpha": 0.0, "pictures": "p.npz", "start": "flickr"}, ["T", "I"]),
    ({}, ["T", "I"]), ("nothing", ["T", "I"]), ({"alpha": "much"}, ["T", "I"]),
])  # fmt: skip
def test_a_pathway_that_has_learned_nothing_has_no_layers(model, tmp_path, settings, families):
    save_checkpoint(tmp_path / "model", model._replace(about={"settings": settings}))
    opened = nd.open_model(tmp_path / "model")
    assert list(opened.families) == families
    assert list(opened.layers) == [
        f"{name}.{level}" for name in families for level in ("hidden", "output")
    ]
    assert opened.next_word == ("T.output" if "T" in families else None)
    for name in {"T", "I"} - set(families):
        with pytest.raises(InputError, match=f"unknown layer '{name}.hidden'; the model has"):
            nd.parse_neurons(f"{name}.hidden:0", opened)
    nd.open_reader(opened)
