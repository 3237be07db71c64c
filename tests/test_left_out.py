"""What folders of transformers leave out or lose: the family's own setting, or a refusal."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from refusals import refuse
from test_transformers import FOLDER, change, encode, furthest, read


def copy(name, tmp_path):
    return Path(shutil.copytree(FOLDER / name, tmp_path / "model"))


# What `transformers` takes where a configuration says nothing; all of it matters to the fixture.
LEFT_OUT = {
    "llama": ["hidden_act", "attention_bias", "tie_word_embeddings", "head_dim", "mlp_bias"],
    "gemma2": ["hidden_activation", "tie_word_embeddings", "attention_bias"],
    "gemma3": ["hidden_activation", "tie_word_embeddings", "final_logit_softcapping"],
    "gpt2": ["activation_function", "layer_norm_epsilon", "tie_word_embeddings"],
    "gpt-neox": ["hidden_act", "layer_norm_eps", "attention_bias", "use_parallel_residual"],
    "bert": ["hidden_act", "layer_norm_eps", "pad_token_id"],
    "roberta": ["hidden_act", "pad_token_id", "tie_word_embeddings"],
    "distilbert": ["activation", "pad_token_id"],
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_a_configuration_leaves_out_is_as_the_family_has_it(name, tmp_path):
    folder = copy(name, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    for setting in LEFT_OUT[name]:
        del config[setting]
    if name == "llama":
        config["tie_word_embeddings"] = True  # by default it is not
    (folder / "config.json").write_text(json.dumps(config))
    assert max(furthest(folder, read(folder)).values()) < 1e-5


def test_gemma_2_has_its_caps_unless_they_are_said_to_be_none(tmp_path):
    folder = copy("gemma2", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    without = {name: config.pop(name) for name in [*config] if "softcapping" in name}
    ids = np.arange(4, 14)
    for settings, capped in (({}, True), (dict.fromkeys(without), False)):
        (folder / "config.json").write_text(json.dumps(config | settings))
        layers = encode(read(folder), ids)
        assert ("capped" in layers) == capped
        if capped:
            logits = 30 * np.tanh(np.asarray(layers["logits"]) / 30)
            np.testing.assert_allclose(layers["capped"], logits, rtol=1e-5)


@pytest.mark.parametrize(("name", "lost"), [
    ("qwen2", "layers.1.self_attn.k_proj.bias"), ("qwen3", "layers.0.self_attn.q_norm.weight"),
    ("gemma2", "layers.1.post_feedforward_layernorm.weight"), ("llama", "norm.weight"),
    ("llama-biased", "layers.0.mlp.up_proj.bias"), ("gpt-neox", "attention.dense.bias"),
    ("bert", "intermediate.dense.bias"), ("roberta", "lm_head.dense.bias"),
])  # fmt: skip
def test_a_bias_or_norm_that_is_lost_is_named(name, lost, tmp_path):
    folder = copy(name, tmp_path)
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if name.endswith(lost))
    save_file({key: value for key, value in weights.items() if key != name},
              folder / "model.safetensors")  # fmt: skip
    refuse(f"the weights hold no {name}", read, folder)


def test_heads_of_another_size_are_refused(tmp_path):
    folder = copy("qwen3", tmp_path)
    change(folder, head_dim=4)
    refuse("head_dim=4: model.layers.0.self_attn.q_proj has no 4 such heads", read, folder)


def test_an_untied_head_has_its_own_bias(tmp_path):
    folder = copy("roberta", tmp_path)
    weights = load_file(folder / "model.safetensors")
    size = len(weights["lm_head.bias"])
    own = {"lm_head.decoder.weight": np.ones((size, 16), np.float32),
           "lm_head.decoder.bias": np.arange(size, dtype=np.float32)}  # fmt: skip
    save_file(weights | own, folder / "model.safetensors")
    assert max(furthest(folder, read(folder)).values()) < 1e-5  # tied: as in the fixture
    change(folder, tie_word_embeddings=False)
    params = read(folder).params
    np.testing.assert_array_equal(params["head_bias"], own["lm_head.decoder.bias"])
    assert (params["head"] == 1).all()


@pytest.mark.parametrize(("name", "old", "new"), [
    ("llama", "model.", ""), ("llama", "", "base_model.model."), ("gpt2", "transformer.", ""),
    ("qwen2", "model.", "model.language_model."), ("gpt-neox", "", "module."),
    ("bert", "", "0.auto_model."), ("bert-masked", "", "module."),
    ("roberta", "roberta.", ""), ("distilbert", "distilbert.", "x."),
])  # fmt: skip
def test_names_of_weights_may_begin_otherwise(name, old, new, tmp_path):
    folder = copy(name, tmp_path)
    weights = load_file(folder / "model.safetensors")
    assert any(key.startswith(old) for key in weights)
    renamed = {
        new + key.removeprefix(old) if key.startswith(old) else key: value
        for key, value in weights.items()
    }
    # What nothing reads, such as the masks of old files, is no matter.
    save_file(renamed | {"h.0.attn.masked_bias": np.zeros(3, np.uint8)},
              folder / "model.safetensors")  # fmt: skip
    assert max(furthest(folder, read(folder)).values()) < 1e-5


def test_gemma_3_is_read_without_its_eye(tmp_path):
    folder = copy("gemma3", tmp_path)
    inner = json.loads((folder / "config.json").read_text())
    whole = {"model_type": "gemma3", "text_config": inner, "vision_config": {"hidden_size": 8}}
    (folder / "config.json").write_text(json.dumps(whole))
    weights = load_file(folder / "model.safetensors")
    seen = {"vision_tower.embeddings.weight": np.zeros((2, 8), np.float32)}
    save_file({f"language_model.{key}": value for key, value in weights.items()} | seen,
              folder / "model.safetensors")  # fmt: skip
    assert max(furthest(folder, read(folder)).values()) < 1e-5
    (folder / "config.json").write_text('{"model_type": "gemma3"}')
    refuse("no configuration of a model ('text_config')", read, folder)


NEW, OLD = "new", "old"
WRITTEN = {
    "gemma3": {
        NEW: {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
              "rope_parameters": {
                  "full_attention": {"rope_type": "linear", "rope_theta": 500.0, "factor": 4.0},
                  "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}},
        OLD: {"sliding_window_pattern": 2, "rope_theta": 500.0, "rope_local_base_freq": 50.0,
              "rope_scaling": {"type": "linear", "factor": 4.0}}},
    "gemma2": {
        NEW: {"layer_types": ["sliding_attention", "full_attention"],
              "rope_parameters": {"rope_type": "default", "rope_theta": 50.0}},
        OLD: {"rope_theta": 50.0}},
    "qwen2": {
        NEW: {"layer_types": ["full_attention", "sliding_attention"],
              "rope_parameters": {"rope_type": "default", "rope_theta": 50.0}},
        OLD: {"use_sliding_window": True, "max_window_layers": 1, "rope_theta": 50.0}},
    "gpt-neox-serial": {
        NEW: {"rope_parameters": {"rope_type": "default", "rope_theta": 50.0,
                                  "partial_rotary_factor": 1.0}},
        OLD: {"rotary_emb_base": 50, "rotary_pct": 1.0}},
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_old_and_new_configurations_are_one(name, tmp_path):
    folder = copy(name, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    for setting in {**WRITTEN[name][NEW], **WRITTEN[name][OLD]}:
        config.pop(setting, None)
    layers = {}
    for form, settings in WRITTEN[name].items():
        (folder / "config.json").write_text(json.dumps(config | settings))
        layers[form] = encode(read(folder), np.arange(4, 14))
    for layer, values in layers[NEW].items():
        np.testing.assert_allclose(layers[OLD][layer], values, rtol=1e-6, err_msg=layer)
    # The bases are none that a reader falls back on.
    assert max(furthest(folder, read(folder)).values()) > 1e-3
