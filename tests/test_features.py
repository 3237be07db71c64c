"""Features of sparse autoencoders, against what SAELens and sparsify compute with the same files.

`tests/dictionaries/make.py` has made the files; no real dictionary has been read.
"""

import itertools
import json
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest

import neurondream as nd
from neurondream.encoders.features import Dictionary, read_features
from neurondream.models.dictionaries import read_folder
from refusals import refuse
from test_subwords import gpt2, read_whole  # noqa: F401, fixture

FOLDER = Path(__file__).parent / "dictionaries"
FOLDERS = sorted(path.parent for path in FOLDER.glob("*/features.npz"))
NAMES = [folder.name for folder in FOLDERS]
MARGINS = ("topk", "topk-rescaled", "sparsify", "sparsify-groups", "transcoder")


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_features_are_those_of_other_implementations(folder):
    found = read_folder(folder)
    with np.load(folder / "features.npz") as kept:
        given, right = kept["given"], kept["features"]
    dictionary = Dictionary("at", "x", found.norm, found.most, found.groups)
    layers = read_features(dictionary, found.params, given)
    features, before = (np.asarray(layers[name]) for name in ("features.x", "features_pre.x"))
    assert features == pytest.approx(right, abs=1e-5)
    # What is climbed is above 0, or a threshold, where and only where a feature is on.
    threshold = found.params.get("threshold", 0)
    assert ((before > np.maximum(threshold, 0)) == (right > 0)).all()
    assert 0 < (right > 0).mean() < 1


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_every_array_counts(folder):
    found = read_folder(folder)
    with np.load(folder / "features.npz") as kept:
        given = kept["given"]
    dictionary = Dictionary("at", "x", found.norm, found.most, found.groups)
    right = read_features(dictionary, found.params, given)["features.x"]
    for name, array in found.params.items():
        if name == "bias_in" and not np.any(array):
            continue  # the autoencoder does not take it off
        other = read_features(dictionary, {**found.params, name: array + 0.1}, given)
        assert np.abs(np.asarray(other["features.x"]) - right).max() > 1e-3, name


@pytest.mark.parametrize("name", ["jumprelu", "topk"])
def test_features_are_neurons_as_others(name, gpt2):  # noqa: F811
    model = nd.with_features(nd.open_model(gpt2.name, tokens="any"), FOLDER / name)
    assert model.layers[f"features.{name}"].size == 24
    words = np.flatnonzero(model.tokenizer.allowed)
    every = np.array(list(itertools.product(words, repeat=2)), np.int32)
    values = read_whole(model, every)[f"features.{name}"][:, -1]
    lines = nd.dream_neurons(
        model, f"features.{name}:0-9", length=2,
        method=nd.make_method("swaps+polish", restarts=8, rounds=6),
    )
    reached = 0
    for line in lines:
        unit = int(line["neuron"].rpartition(":")[2])
        assert line["climbed"] == f"features_pre.{name}"
        assert line["elsewhere"] == [f"gpt2-small/1-res-xy/{unit}"]
        at = {tuple(ids): value for ids, value in zip(every.tolist(), values[:, unit], strict=True)}
        assert line["score"] == pytest.approx(at[tuple(line["ngram"]["ids"])], abs=1e-5)
        assert ("off" in line) == (line["score"] <= 0)
        if name == "jumprelu":
            assert line["score"] == pytest.approx(values[:, unit].max(), abs=1e-5)
            assert line["certificate"]["certified"] == ("off" not in line)
        else:
            # The margin over rivals is climbed: what has most of it need not be highest.
            assert not line["certificate"]["certified"]
            assert ("off" in line) == (values[:, unit].max() <= 0)
        reached += line["score"] > 0
    assert reached >= (5 if name == "jumprelu" else 2)


def test_affine_features_are_folded(gpt2):  # noqa: F811
    """A program that climbs one feature never computes the others."""
    model = nd.with_features(gpt2, FOLDER / "standard")
    reader = nd.open_reader(model)
    readout = reader.readouts["features_pre.standard"]
    assert readout.source == "features_in.standard" and readout.weight.shape == (16, 24)
    two = nd.with_features(model, FOLDER / "gated", name="other/one", at="resid_pre.1")
    assert {"features.standard", "features.other_one"} <= set(two.layers)
    assert set(two.opened_with["features"]) == {"standard", "other_one"}
    layers = jax.eval_shape(
        lambda params, ids: two.encoder.encode(params, two.encoder.embed(params, ids)),
        two.params, jax.ShapeDtypeStruct((3,), np.int32),
    )
    assert layers["features.other_one"].shape == layers["features.standard"].shape == (3, 24)


def test_a_run_of_features_is_opened_again(gpt2, tmp_path):  # noqa: F811
    model = nd.with_features(gpt2, FOLDER / "jumprelu")
    corpus = tmp_path / "texts.txt"
    corpus.write_text("a dog ran on\nthe dog sat on a dog\n")
    run = nd.open_run(tmp_path / "run", model, nd.read_corpus([str(corpus)], model, length=2))
    neurons = nd.parse_neurons("features.jumprelu:0-1", model)
    method = nd.make_method("logits", epochs=1, steps=1)
    assert len([*nd.run(run, neurons, "search"), *nd.run(run, neurons, method)]) == 4
    again = nd.open_finished(tmp_path / "run").run.model
    assert again.sha256 == model.sha256 != gpt2.sha256
    assert list(again.layers) == list(model.layers) and again.opened_with == model.opened_with
    other = nd.open_model(
        gpt2.name, climb="reported", features={"x": {"folder": str(FOLDER / "topk")}}
    )
    assert other.layers["features.x"].behind is None and other.opened_with["climb"] == "reported"
    refuse("climb='up'", nd.open_model, gpt2.name, climb="up")


@pytest.mark.parametrize("written", [
    "gpt2-small/1-res-xy/7", "https://www.neuronpedia.org/gpt2-small/1-res-xy/7",
    "neuronpedia.org/gpt2-small/1-res-xy/7", "features.jumprelu:7",
])  # fmt: skip
def test_neurons_are_found_by_the_names_of_other_tools(written, gpt2):  # noqa: F811
    model = nd.with_features(gpt2, FOLDER / "jumprelu")
    found, other = nd.parse_neurons(f"{written},-blocks.1.mlp.hook_post:3@max", model)
    assert found.name == "features.jumprelu:7" and other.name == "-mlp.1:3@max"


def test_other_tools_names_of_layers_are_known(gpt2):  # noqa: F811
    pairs = {
        "L1.N5": "mlp.1:5", "l0.n5@max": "mlp.0:5@max", "gpt2-small/1/7": "mlp.1:7",
        "https://www.neuronpedia.org/gpt2-small/0/3": "mlp.0:3",
        "blocks.0.hook_resid_pre:2": "resid_pre.0:2", "blocks.1.mlp.hook_pre:0": "mlp_pre.1:0",
        "blocks.1.attn.hook_z:3": "heads.1:3", "blocks.1.hook_mlp_out:3": "mlp_out.1:3",
    }
    neurons = nd.parse_neurons(",".join(pairs), gpt2)
    assert [neuron.name for neuron in neurons] == list(pairs.values())
    for wrong in ("gpt2-small/9/3", "l9.n3", "gpt2-small/1/99999", "a/gpt2/1/3"):
        refuse(wrong, nd.parse_neurons, wrong, gpt2)
    table = repr(nd.layers(gpt2))
    assert "mlp.0 to 1 " in table and "L0.N0" in table and "climbed as mlp_pre.0" in table


@pytest.mark.parametrize(("made", "called", "at"), [
    ("sparsify", "layers.1", "resid_post.1"), ("sparsify", "h.0.mlp", "mlp_out.0"),
    ("sparsify-groups", "layers.0", "resid_post.0"), ("transcoder", "layers.1", "resid_pre.1"),
    ("transcoder", "layers.1.mlp", "which no layer shows"),
    ("sparsify", "layers.7", "no layer of the model"),
])  # fmt: skip
def test_folders_of_sparsify_are_called_by_what_they_read(
    made, called, at, gpt2, tmp_path  # noqa: F811
):
    folder = Path(shutil.copytree(FOLDER / made, tmp_path / called))
    if " " in at:
        refuse(at, nd.with_features, gpt2, folder)
        return
    model = nd.with_features(gpt2, folder)
    assert model.opened_with["features"][called]["at"] == at
    assert model.layers[f"features.{called}"].size == 24


def test_what_is_no_dictionary_of_the_model_is_refused(gpt2, tmp_path):  # noqa: F811
    folder = Path(shutil.copytree(FOLDER / "standard", tmp_path / "standard"))
    config = json.loads((folder / "cfg.json").read_text())

    def change(**settings):
        (folder / "cfg.json").write_text(json.dumps(config | settings))

    refuse("no layer of the model", nd.with_features, gpt2, folder, at="resid_post.9")
    refuse("resid_post.3", nd.with_features, gpt2, FOLDER / "gemma-scope")
    refuse("reads 16 units", nd.with_features, gpt2, folder, at="mlp.1")
    change(architecture="matching_pursuit")
    refuse("'matching_pursuit'", nd.with_features, gpt2, folder)
    change(normalize_activations="expected_average_only_in")
    refuse("'expected_average_only_in'", nd.with_features, gpt2, folder)
    for activation in ("tanh-relu", "identity"):
        change(activation_fn_str=activation)
        refuse(f"activation '{activation}'", nd.with_features, gpt2, folder)
    change(architecture="gated")
    refuse("holds no b_mag", nd.with_features, gpt2, folder)
    change(architecture="jumprelu")
    refuse("holds no threshold", nd.with_features, gpt2, folder)
    for count in ({}, {"k": "many"}, {"k": 24}, {"k": -1}):
        change(architecture="topk", **count)
        refuse("cfg.json" if count == {"k": "many"} else "k = ", nd.with_features, gpt2, folder)
    change(architecture="standard", meta=[1])
    refuse("cfg.json", nd.with_features, gpt2, folder)
    (folder / "cfg.json").write_text("[]")
    refuse("no configuration", nd.with_features, gpt2, folder)
    (folder / "sae_weights.safetensors").write_bytes(b"what")
    refuse("damaged", nd.with_features, gpt2, folder)
    (folder / "sae_weights.safetensors").unlink()
    refuse("no sparse autoencoder", nd.with_features, gpt2, folder)
    twice = nd.with_features(gpt2, FOLDER / "jumprelu")
    refuse("give another", nd.with_features, twice, FOLDER / "jumprelu")
