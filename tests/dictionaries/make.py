"""Make tiny sparse autoencoders on disk, and the features that others compute with them.

    pip install sae-lens natsort schedulefree
    pip install --no-deps eai-sparsify
    python tests/dictionaries/make.py

SAELens computes those of its own folders and of Gemma Scope's form, sparsify those of its own.
Writes a folder each, as people have them, and beside its files `features.npz`: what was read, and
the features of it.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import sae_lens
import torch
from sparsify import SparseCoder, SparseCoderConfig

HERE = Path(__file__).parent
WIDTH, FEATURES, ROWS = 16, 24, 40
HOOK = "blocks.1.hook_resid_post"
SAELENS = {
    "standard": ("Standard", {"apply_b_dec_to_input": False}),
    "standard-normed": ("Standard", {"normalize_activations": "layer_norm"}),
    "gated": ("Gated", {}),
    "jumprelu": ("JumpReLU", {"normalize_activations": "none"}),
    "topk": ("TopK", {"k": 3}),
    "topk-rescaled": ("TopK", {"k": 5, "rescale_acts_by_decoder_norm": True}),
    "gemma-scope": ("JumpReLU", {"apply_b_dec_to_input": False}),
}  # fmt: skip
SPARSIFY = {
    "sparsify": {"activation": "topk", "k": 4},
    "sparsify-groups": {"activation": "groupmax", "k": 6},
    "transcoder": {"activation": "topk", "k": 4, "transcode": True},
}  # fmt: skip


def draw(module, generator):
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        scale = 0.3 if parameter.ndim == 1 else 0.4
        parameter.data = noise.abs() * scale if name == "threshold" else noise * scale


def make_saelens(name, kind, settings, generator, given):
    config = getattr(sae_lens, f"{kind}SAEConfig")(d_in=WIDTH, d_sae=FEATURES, **settings)
    config.metadata.hook_name = HOOK
    config.metadata.neuronpedia_id = "gpt2-small/1-res-xy"
    made = getattr(sae_lens, f"{kind}SAE")(config)
    draw(made, generator)
    folder = HERE / name
    made.save_model(folder)
    features = made.encode(given).detach().numpy()
    if name == "standard":
        # As older versions wrote it: one flat list of settings.
        flat = {"architecture": "standard", "d_in": WIDTH, "d_sae": FEATURES, "hook_name": HOOK,
                "activation_fn_str": "relu", "normalize_activations": "none",
                "apply_b_dec_to_input": False}  # fmt: skip
        (folder / "cfg.json").write_text(json.dumps(flat))
    if name == "topk":
        # With the part that a version between them called meta.
        flat = json.loads((folder / "cfg.json").read_text())
        flat["meta"] = flat.pop("metadata")
        (folder / "cfg.json").write_text(json.dumps(flat))
    if name == "gemma-scope":
        arrays = {key: value.detach().numpy() for key, value in made.state_dict().items()}
        np.savez(folder / "params.npz", **arrays)
        for file in ("cfg.json", "sae_weights.safetensors"):
            (folder / file).unlink()
    return folder, features


def make_sparsify(name, settings, generator, given):
    config = SparseCoderConfig(expansion_factor=1, num_latents=FEATURES, **settings)
    made = SparseCoder(WIDTH, config)
    draw(made, generator)
    folder = HERE / name
    made.save_to_disk(folder)
    found = made.encode(given)
    features = np.zeros((ROWS, FEATURES), np.float32)
    np.put_along_axis(
        features, found.top_indices.detach().numpy(), found.top_acts.detach().numpy(), axis=1
    )
    return folder, features


if __name__ == "__main__":
    generator = torch.Generator().manual_seed(0)
    given = torch.randn(ROWS, WIDTH, generator=generator)
    for name, (kind, settings) in SAELENS.items():
        shutil.rmtree(HERE / name, ignore_errors=True)
        folder, features = make_saelens(name, kind, settings, generator, given)
        np.savez_compressed(folder / "features.npz", given=given.numpy(), features=features)
        print(name, (features > 0).sum(axis=1).mean())
    for name, settings in SPARSIFY.items():
        shutil.rmtree(HERE / name, ignore_errors=True)
        folder, features = make_sparsify(name, settings, generator, given)
        np.savez_compressed(folder / "features.npz", given=given.numpy(), features=features)
        print(name, (features > 0).sum(axis=1).mean())
