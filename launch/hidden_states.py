"""Final hidden states of corpus n-grams, and the file of the clusters made from them."""

import io
import json
from pathlib import Path

import jax
import numpy as np

import launching
from neurondream import files
from neurondream.base import Encoder, Params

LAYERS = ("T.hidden", "I.hidden")
BLOCK = 4096


def final_states(encoder: Encoder, params: Params, tokens: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the states `[M, H]` of each pathway after the last word of n-grams `[M, L]`."""

    @jax.jit
    def encode_block(params, block):
        def encode_one(ids):
            activations = encoder.encode(params, encoder.embed(params, ids))
            return {layer: activations[layer][-1] for layer in LAYERS}

        return jax.vmap(encode_one)(block)

    report = launching.show_progress(len(tokens), "n-gram")
    blocks = []
    for start in range(0, len(tokens), BLOCK):
        block = tokens[start : start + BLOCK]
        # Filled up to one shape, so that one program serves all blocks.
        filled = np.pad(block, ((0, BLOCK - len(block)), (0, 0)), mode="edge")
        states = encode_block(params, filled)
        blocks.append({layer: np.asarray(states[layer])[: len(block)] for layer in LAYERS})
        report(start + len(block))
    return {layer: np.concatenate([block[layer] for block in blocks]) for layer in LAYERS}


def save_clusters(path: Path, assignments: dict[str, np.ndarray], about: dict) -> None:
    """Write the cluster of each unit, `int32 [H]` by layer, and how they were made."""
    content = io.BytesIO()
    np.savez(content, about=json.dumps(about), **assignments)
    files.write_atomically(path, content.getvalue())
