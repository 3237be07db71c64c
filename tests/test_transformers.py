"""Transformers against what `transformers` computes: every named layer, every family.

`tests/families/make.py` has made the models and their activations.
"""

import functools
import json
import shutil
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from neurondream.base import AFTER, BEFORE, Encoder, InParts
from neurondream.dreaming import read_whole
from neurondream.encoders.context import in_context
from neurondream.errors import InputError
from neurondream.models.huggingface import READERS, read_config
from neurondream.models.opening import open_model
from neurondream.models.weights import Weights
from refusals import refuse

FOLDER = Path(__file__).parent / "families"
MODELS = sorted(path.parent for path in FOLDER.glob("*/config.json"))
NAMES = [folder.name for folder in MODELS]


def read(folder):
    config = read_config(folder)
    return READERS[config["model_type"]](config, Weights(folder))


def encode(transformer, ids):
    vectors = transformer.params["table"][ids]
    return jax.jit(transformer.encode)(transformer.params, vectors, np.ones(len(ids), bool))


def furthest(folder, transformer):
    """Give by how much each layer is off, as a share of its largest absolute value."""
    expected = load_file(folder / "activations.safetensors")
    off = {}
    for text in sorted({name.partition("/")[0] for name in expected}):
        layers = encode(transformer, expected[f"{text}/ids"])
        assert {f"{text}/{layer}" for layer in layers} == {
            name for name in expected if name.startswith(f"{text}/") and not name.endswith("ids")
        }
        for layer, values in layers.items():
            right = expected[f"{text}/{layer}"]
            assert values.shape == right.shape, layer
            off[f"{text}/{layer}"] = np.abs(values - right).max() / np.abs(right).max()
    return off


@pytest.mark.parametrize("folder", MODELS, ids=NAMES)
def test_every_layer_is_that_of_an_independent_implementation(folder):
    off = furthest(folder, read(folder))
    assert len(off) >= 22 and max(off.values()) < 1e-5, off


@pytest.mark.parametrize("folder", MODELS, ids=NAMES)
def test_every_weight_counts(folder):
    """What is altered in any one array moves some layer far beyond the tolerance."""
    generator = np.random.default_rng(0)
    transformer = read(folder)
    leaves, tree = jax.tree.flatten(transformer.params)
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(transformer.params)[0]]
    run = jax.jit(lambda params, ids: transformer.encode(
        params, params["table"][ids], np.ones(len(ids), bool)
    ))
    ids = load_file(folder / "activations.safetensors")["0/ids"]
    right = run(transformer.params, ids)
    for number, leaf in enumerate(leaves):
        noise = np.float32(0.01 * generator.normal(size=leaf.shape))
        altered = tree.unflatten([*leaves[:number], leaf + noise, *leaves[number + 1 :]])
        moved = run(altered, ids)
        off = max(
            float(np.abs(moved[layer] - right[layer]).max() / np.abs(right[layer]).max())
            for layer in right
        )
        path = jax.tree_util.keystr(paths[number])
        # What all keys have in common, attention does not see, unless they are turned.
        unseen = "'key']['bias']" in path and "positions" in transformer.params
        assert off > 1e-4 or unseen, path


@pytest.mark.parametrize("folder", MODELS, ids=NAMES)
def test_what_fills_a_text_up_changes_nothing(folder):
    transformer = read(folder)
    ids = load_file(folder / "activations.safetensors")["1/ids"]
    bare = encode(transformer, ids)
    filled = np.concatenate([ids, np.full(5, transformer.filler, np.int32)])
    there = np.arange(len(filled)) < len(ids)
    vectors = transformer.params["table"][filled]
    layers = jax.jit(transformer.encode)(transformer.params, vectors, there)
    for layer, values in bare.items():
        np.testing.assert_allclose(layers[layer][: len(ids)], values, rtol=1e-4, atol=1e-4)
    # What is not behind but within it has no place either.
    if not transformer.causal:
        around = np.concatenate([ids[:3], filled[-2:], ids[3:]])
        there = np.isin(np.arange(len(around)), (3, 4), invert=True)
        layers = jax.jit(transformer.encode)(
            transformer.params, transformer.params["table"][around], there
        )
        for layer, values in bare.items():
            np.testing.assert_allclose(layers[layer][there], values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("folder", MODELS, ids=NAMES)
def test_reading_goes_on_behind_what_was_read(folder):
    """Text, start and template read part by part, windows passed, are the whole read at once."""
    transformer = read(folder)
    if not transformer.causal:
        assert transformer.go_on is None
        return
    ids = load_file(folder / "activations.safetensors")["0/ids"]
    encoder = Encoder(
        embed=lambda params, ids: params["table"][ids],
        encode=lambda params, vectors: transformer.encode(params, vectors, None),
        table=lambda params: params["table"], go_on=transformer.go_on,
    )
    params = jax.tree.map(jnp.asarray, transformer.params)
    whole = encode(transformer, ids)
    assert len(ids) > 8
    for before, part, after in ((0, 2, 0), (1, 3, 0), (2, 1, 3), (5, 2, 1)):
        end = len(ids) - after
        around = in_context(encoder, ids[:before], ids[end:])
        words = InParts(*map(jnp.asarray, (ids[before : before + part], ids[before + part : end])))
        found = jax.jit(functools.partial(read_whole, around))(params, words)
        for layer, values in whole.items():
            close = {"rtol": 1e-4, "atol": 1e-5 * np.abs(values).max(), "err_msg": layer}
            np.testing.assert_allclose(found[layer], values[before:end], **close)
            for side, right in ((BEFORE, values[:before]), (AFTER, values[end:])):
                if len(right):
                    np.testing.assert_allclose(found[layer + side][0], right, **close)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(MODELS[0], tmp_path / "model"))


def change(folder, **settings):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_read(folder, dtype):
    import jax.numpy as jnp
    from safetensors.flax import save_file as save_jax

    weights = load_file(folder / "model.safetensors")
    save_jax({name: jnp.asarray(array, dtype) for name, array in weights.items()},
             folder / "model.safetensors")  # fmt: skip
    off = furthest(folder, read(folder))
    assert 1e-5 < max(off.values()) < 0.1
    leaves = jax.tree.leaves(read(folder).params)
    assert {leaf.dtype.name for leaf in leaves} == {"float32"}


def test_weights_in_many_files_are_the_same(folder):
    expected = read(folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    halves = {"one.safetensors": names[::2], "two.safetensors": names[1::2]}
    for file, members in halves.items():
        save_file({name: weights[name] for name in members}, folder / file)
    index = {name: file for file, members in halves.items() for name in members}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    jax.tree.map(np.testing.assert_array_equal, read(folder).params, expected.params)
    (folder / "two.safetensors").unlink()
    refuse("names two.safetensors, which is not there", Weights, folder)


def test_old_names_of_norms_are_read(folder):
    weights = load_file(folder / "model.safetensors")
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias",
                                                                     "LayerNorm.beta"): array
        for name, array in weights.items()
    }  # fmt: skip
    assert old.keys() != weights.keys()
    save_file(old, folder / "model.safetensors")
    assert max(furthest(folder, read(folder)).values()) < 1e-5


@pytest.mark.parametrize(("settings", "named"), [
    ({"model_type": "t5"}, "architecture 't5' is not known"),
    ({"quantization_config": {}}, "quantized"),
    ({"hidden_act": "swish2"}, "activation 'swish2'"),
    ({"position_embedding_type": "relative_key"}, "position_embedding_type 'relative_key'"),
    ({"is_decoder": True}, "as a decoder"),
    ({"num_hidden_layers": 3}, "the weights hold no encoder.layer.2"),
])  # fmt: skip
def test_what_is_not_known_is_refused_by_name(folder, settings, named):
    change(folder, **settings)
    refuse(named, read, folder)


def test_other_turns_are_refused_by_name(tmp_path):
    llama = next(path for path in MODELS if path.name == "llama")
    folder = Path(shutil.copytree(llama, tmp_path / "model"))
    change(folder, rope_parameters={"rope_type": "yarn", "rope_theta": 1e4})
    refuse("rope type 'yarn'", read, folder)


def test_old_and_new_settings_of_positions_are_one(tmp_path):
    llama = next(path for path in MODELS if path.name == "llama-biased")
    folder = Path(shutil.copytree(llama, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    rope = config.pop("rope_parameters")
    config |= {"rope_theta": rope.pop("rope_theta"), "rope_scaling": rope}
    (folder / "config.json").write_text(json.dumps(config))
    assert max(furthest(folder, read(folder)).values()) < 1e-5


def test_damaged_folders_are_refused(folder):
    for file, text, named in (
        ("config.json", "{", "no configuration of a model"),
        ("config.json", "[]", "no configuration of a model"),
        ("model.safetensors", "x", "no safetensors file"),
    ):
        before = (folder / file).read_bytes()
        (folder / file).write_text(text)
        refuse(named, read, folder)
        (folder / file).write_bytes(before)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    refuse("holds only pytorch_model.bin", read, folder)


@pytest.mark.parametrize(("file", "named"), [
    ("tiny-q4.gguf", "holds tiny-q4.gguf, and GGUF is not read; open model and tokenizer with"),
    ("adapter_config.json", "holds an adapter of PEFT, no whole model; merge it"),
    ("adapter_model.safetensors", "holds an adapter of PEFT"),
])  # fmt: skip
def test_weights_of_other_forms_are_refused_by_name(folder, file, named):
    (folder / "model.safetensors").rename(folder / file)
    refuse(named, open_model, folder)
    (folder / "config.json").unlink()  # as such folders come
    refuse(named, open_model, folder)
    if file.endswith("gguf"):
        refuse(named, open_model, folder / file)


def test_quantized_numbers_are_refused(folder):
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if name.endswith("query.weight"))
    weights[name] = weights[name].astype(np.int8)
    save_file(weights, folder / "model.safetensors")
    refuse(f"{name} is int8", read, folder)


def test_texts_longer_than_the_positions_are_refused(folder):
    transformer = read(folder)
    encode(transformer, np.zeros(20, np.int32))
    with pytest.raises(InputError, match="reads at most 20"):
        encode(transformer, np.zeros(21, np.int32))
