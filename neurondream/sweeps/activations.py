"""Activations of layers after many n-grams."""

from collections.abc import Callable, Sequence

import jax
import numpy as np

from neurondream.model import Reader
from neurondream.progress import start_bar

BLOCK = 4096


def final_activations(
    reader: Reader, layers: Sequence[str], tokens: np.ndarray,
    progress: Callable | bool | None = None,
) -> dict[str, np.ndarray]:
    """Compute activations `[M, D]` of layers after the last word of n-grams `int32 [M, L]`.

    Args:
      reader: of the model, read where it starts.
      layers: their names.
      tokens: the n-grams.
      progress: see `progress.start_bar`.
    """

    @jax.jit
    def encode_block(params, block):
        def encode_one(ids):
            activations = reader.begin.encode(params, reader.begin.embed(params, ids))
            return {layer: activations[layer][-1] for layer in layers}

        return jax.vmap(encode_one)(block)

    blocks = []
    with start_bar(progress, len(tokens), "n-grams") as bar:
        for start in range(0, len(tokens), BLOCK):
            block = tokens[start : start + BLOCK]
            # Filled up to one shape, so that one program serves all blocks.
            filled = np.pad(block, ((0, BLOCK - len(block)), (0, 0)), mode="edge")
            states = encode_block(reader.begun, filled)
            blocks.append({layer: np.asarray(states[layer])[: len(block)] for layer in layers})
            bar.update(len(block))
    return {layer: np.concatenate([block[layer] for block in blocks]) for layer in layers}
