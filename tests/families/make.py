"""Make tiny models of all families, and what `transformers` computes with them.

    pip install torch transformers && python tests/families/make.py

Writes a folder a model: config.json, model.safetensors, and activations.safetensors with the ids
of texts and every named layer of each. Texts are read as one padded batch, as people do. Given
the folder of a real model, writes REAL.safetensors, the first units of its layers on one text:

    python tests/families/make.py path/to/model minilm
"""

import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

HERE = Path(__file__).parent
LENGTHS = (10, 6)
# Of real models.
TEXT = "Two dogs, unbelievably fast, are running."
UNITS = 8
SMALL = {
    "vocab_size": 32, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 4, "max_position_embeddings": 20,
}  # fmt: skip
GATED = {**SMALL, "num_key_value_heads": 2, "rms_norm_eps": 1e-5}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0,
    "high_freq_factor": 2.0, "original_max_position_embeddings": 16,
}  # fmt: skip
DISTILLED = {
    "vocab_size": 32, "dim": 16, "hidden_dim": 24, "n_layers": 2, "n_heads": 4,
    "max_position_embeddings": 20,
}  # fmt: skip
MODELS = {
    "llama": ("LlamaForCausalLM", {**GATED, "tie_word_embeddings": True}),
    "llama-biased": ("LlamaForCausalLM", {
        **GATED, "attention_bias": True, "mlp_bias": True, "rope_parameters": LLAMA3,
        "tie_word_embeddings": False,
    }),
    "llama-bare": ("LlamaModel", {
        **GATED, "head_dim": 6, "rope_parameters": {
            "rope_type": "linear", "rope_theta": 500.0, "factor": 2.0},
    }),
    "mistral": ("MistralForCausalLM", {**GATED, "sliding_window": 4}),
    "qwen2": ("Qwen2ForCausalLM", {
        **GATED, "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1,
        "tie_word_embeddings": True,
    }),
    "qwen3": ("Qwen3ForCausalLM", {**GATED, "head_dim": 6}),
    "gemma2": ("Gemma2ForCausalLM", {
        **GATED, "head_dim": 6, "sliding_window": 4, "query_pre_attn_scalar": 9,
        "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0,
    }),
    "gemma3": ("Gemma3ForCausalLM", {
        **GATED, "num_hidden_layers": 3, "head_dim": 6, "sliding_window": 4,
        "query_pre_attn_scalar": 9,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "rope_parameters": {
            "full_attention": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
        },
    }),
    "gpt2": ("GPT2LMHeadModel", {
        "vocab_size": 32, "n_embd": 16, "n_inner": 24, "n_layer": 2, "n_head": 4, "n_positions": 20,
        "bos_token_id": 0, "eos_token_id": 0,
    }),
    "gpt-neox": ("GPTNeoXForCausalLM", {**SMALL, "rotary_pct": 0.5}),
    "gpt-neox-serial": ("GPTNeoXModel", {
        **SMALL, "rotary_pct": 1.0, "use_parallel_residual": False, "hidden_act": "relu"}),
    "bert": ("BertModel", {**SMALL, "type_vocab_size": 2}),
    "bert-masked": ("BertForMaskedLM", {**SMALL, "hidden_act": "gelu_new"}),
    "roberta": ("RobertaForMaskedLM", {**SMALL, "pad_token_id": 1, "layer_norm_eps": 1e-5}),
    "distilbert": ("DistilBertForMaskedLM", DISTILLED),
}  # fmt: skip


def spoil(model):
    """Draw every parameter anew, so that each bias, norm and scale matters."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim == 1:
            noise = 0.5 * noise + (1.0 if "norm" in name.lower() and "weight" in name else 0.0)
        elif "embed" not in name:
            noise = noise * 1.5 * parameter.shape[1] ** -0.5
        parameter.data = noise


def watch(model, layers):
    """Keep what modules are given and give, under our names."""
    def keep(name):
        return lambda module, given, out: layers.__setitem__(
            name, (out[0] if isinstance(out, tuple) else out).detach()
        )

    def keep_given(name):
        def hook(module, given, more):
            layers[name] = (given[0] if given else more["hidden_states"]).detach()
        return hook

    def watch_all(modules):
        for name, (module, given) in modules.items():
            if given:
                module.register_forward_pre_hook(keep_given(name), with_kwargs=True)
            else:
                module.register_forward_hook(keep(name))

    base = model.base_model
    if hasattr(base, "wte"):
        watch_all({"embed": (base.drop, False), "final": (base.ln_f, False)})
        for n, block in enumerate(base.h):
            watch_all({
                f"resid_pre.{n}": (block, True), f"attention.{n}": (block.attn, False),
                f"resid_mid.{n}": (block.ln_2, True), f"mlp_pre.{n}": (block.mlp.c_fc, False),
                f"mlp.{n}": (block.mlp.c_proj, True), f"resid_post.{n}": (block, False),
                f"heads.{n}": (block.attn.c_proj, True), f"mlp_out.{n}": (block.mlp, False),
            })
        return
    if hasattr(base, "embed_in"):
        watch_all({"embed": (base.embed_in, False), "final": (base.final_layer_norm, False)})
        for n, block in enumerate(base.layers):
            watch_all({
                f"resid_pre.{n}": (block, True), f"attention.{n}": (block.attention, False),
                f"mlp_pre.{n}": (block.mlp.dense_h_to_4h, False),
                f"mlp.{n}": (block.mlp.dense_4h_to_h, True), f"resid_post.{n}": (block, False),
                f"heads.{n}": (block.attention.dense, True), f"mlp_out.{n}": (block.mlp, False),
            })
            if not model.config.use_parallel_residual:
                watch_all({f"resid_mid.{n}": (block.post_attention_layernorm, True)})
        return
    if hasattr(base, "embed_tokens"):
        base.embed_tokens.register_forward_hook(keep("embed"))
        base.norm.register_forward_hook(keep("final"))
        if hasattr(model, "lm_head"):  # before a soft cap
            model.lm_head.register_forward_hook(keep("logits"))
        for n, block in enumerate(base.layers):
            block.register_forward_pre_hook(keep_given(f"resid_pre.{n}"), with_kwargs=True)
            sandwich = hasattr(block, "pre_feedforward_layernorm")
            attended = block.post_attention_layernorm if sandwich else block.self_attn
            middle = block.pre_feedforward_layernorm if sandwich else block.post_attention_layernorm
            attended.register_forward_hook(keep(f"attention.{n}"))
            middle.register_forward_pre_hook(keep_given(f"resid_mid.{n}"), with_kwargs=True)
            block.mlp.gate_proj.register_forward_hook(keep(f"mlp_gate.{n}"))
            block.mlp.up_proj.register_forward_hook(keep(f"mlp_up.{n}"))
            block.mlp.down_proj.register_forward_pre_hook(
                keep_given(f"mlp.{n}"), with_kwargs=True)
            added = block.post_feedforward_layernorm if sandwich else block.mlp
            added.register_forward_hook(keep(f"mlp_out.{n}"))
            block.self_attn.o_proj.register_forward_pre_hook(
                keep_given(f"heads.{n}"), with_kwargs=True)
            block.register_forward_hook(keep(f"resid_post.{n}"))
        return
    base.embeddings.register_forward_hook(keep("embed"))
    if hasattr(base, "transformer"):
        for n, block in enumerate(base.transformer.layer):
            block.register_forward_pre_hook(keep_given(f"resid_pre.{n}"), with_kwargs=True)
            block.attention.out_lin.register_forward_hook(keep(f"attention.{n}"))
            block.sa_layer_norm.register_forward_hook(keep(f"resid_mid.{n}"))
            block.ffn.lin1.register_forward_hook(keep(f"mlp_pre.{n}"))
            block.ffn.lin2.register_forward_pre_hook(keep_given(f"mlp.{n}"), with_kwargs=True)
            block.ffn.lin2.register_forward_hook(keep(f"mlp_out.{n}"))
            block.attention.out_lin.register_forward_pre_hook(
                keep_given(f"heads.{n}"), with_kwargs=True)
            block.output_layer_norm.register_forward_hook(keep(f"resid_post.{n}"))
        model.vocab_layer_norm.register_forward_hook(keep("head"))
        return
    for n, block in enumerate(base.encoder.layer):
        block.register_forward_pre_hook(keep_given(f"resid_pre.{n}"), with_kwargs=True)
        block.attention.output.dense.register_forward_hook(keep(f"attention.{n}"))
        block.attention.output.LayerNorm.register_forward_hook(keep(f"resid_mid.{n}"))
        block.intermediate.dense.register_forward_hook(keep(f"mlp_pre.{n}"))
        block.output.dense.register_forward_pre_hook(keep_given(f"mlp.{n}"), with_kwargs=True)
        block.output.dense.register_forward_hook(keep(f"mlp_out.{n}"))
        block.attention.output.dense.register_forward_pre_hook(
            keep_given(f"heads.{n}"), with_kwargs=True)
        block.output.LayerNorm.register_forward_hook(keep(f"resid_post.{n}"))
    if hasattr(model, "cls"):
        model.cls.predictions.transform.register_forward_hook(keep("head"))
    if hasattr(model, "lm_head"):
        model.lm_head.layer_norm.register_forward_hook(keep("head"))


def make(name, architecture, settings):
    """Write one model and its activations."""
    folder = HERE / name
    kind = getattr(transformers, architecture)
    model = kind(kind.config_class(**settings)).eval()
    spoil(model)
    model.tie_weights()
    folder.mkdir(exist_ok=True)
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    ids = torch.randint(
        4, 32, (len(LENGTHS), max(LENGTHS)), generator=torch.Generator().manual_seed(1)
    )
    mask = torch.tensor([[1] * n + [0] * (max(LENGTHS) - n) for n in LENGTHS])
    pad = model.config.pad_token_id
    ids = torch.where(mask == 1, ids, 0 if pad is None else pad)
    layers = {}
    watch(model, layers)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask)
    if hasattr(out, "logits"):
        layers.setdefault("logits", out.logits)
        if getattr(model.config, "final_logit_softcapping", None):
            layers["capped"] = out.logits
    kept = {
        f"{text}/{layer}": values[text, :length].clone()
        for text, length in enumerate(LENGTHS) for layer, values in layers.items()
    }
    kept |= {f"{text}/ids": ids[text, :n].to(torch.int32) for text, n in enumerate(LENGTHS)}
    save_file(kept, folder / "activations.safetensors")
    print(name, len(layers))


def keep_real(folder, name):
    """Write the first units of every layer of a real model on one text."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    kind = getattr(transformers, transformers.AutoConfig.from_pretrained(folder).architectures[0])
    model = kind.from_pretrained(folder, dtype=torch.float32).eval()
    layers = {}
    watch(model, layers)
    given = tokenizer(TEXT, return_tensors="pt")
    with torch.no_grad():
        out = model(**given)
    if hasattr(out, "logits"):
        layers["logits"] = out.logits
    if (Path(folder) / "modules.json").exists():  # of MiniLM: the normed mean over all tokens
        pooled = torch.nn.functional.normalize(out.last_hidden_state.mean(dim=1), dim=-1)
        layers["sentence"] = pooled[:, None].expand_as(out.last_hidden_state)
    kept = {layer: values[0, :, :UNITS].clone() for layer, values in layers.items()}
    kept["ids"] = given["input_ids"][0].to(torch.int32)
    save_file(kept, HERE / f"{name}.safetensors")
    print(name, len(layers))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        keep_real(*sys.argv[1:])
    else:
        for name in MODELS:
            make(name, *MODELS[name])
