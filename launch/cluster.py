"""Cluster hidden units that fire together on corpus n-grams.

    python launch/cluster.py --model=scenes --captions=scenes --out=clusters.npz

The file holds `T.hidden` and `I.hidden`, the cluster of each unit; `--clusters=FILE` hands it to
the scripts that dream, and `I.hidden:cluster:3` is then the mean of a cluster's units.
"""

import io
import json
import os
from pathlib import Path

import jax
import jax.numpy as jnp
import launching
import numpy as np
import sources
from absl import flags

from neurondream import captions, checkpoint, ngrams, vocabulary
from neurondream.analysis import clusters
from neurondream.base import Encoder, Params
from neurondream.encoders import imaginet
from neurondream.errors import InputError
from neurondream.searches.corpus import sample_rows

_MODEL = flags.DEFINE_string("model", "scenes", "A shipped model or the folder of one.")
_CAPTIONS = flags.DEFINE_list(
    "captions", ["scenes"], "Caption files, comma separated; `scenes` or `scenes:N` are made."
)
_LENGTH = flags.DEFINE_integer("length", 5, "Words of an n-gram.", lower_bound=1)
_NGRAMS = flags.DEFINE_integer("ngrams", 100_000, "Distinct n-grams drawn.", lower_bound=2)
_CLUSTERS = flags.DEFINE_integer("clusters", 81, "Clusters of each pathway.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the draw.", lower_bound=0)
_OUT = flags.DEFINE_string("out", None, "The .npz file to write.", required=True)

LAYERS = ("T.hidden", "I.hidden")
BLOCK = 4096


def main() -> None:
    out = check_out(Path(_OUT.value))
    model = sources.open_model(_MODEL.value)
    sizes = checkpoint.sizes_of(model)
    clusters.check_clusters(_CLUSTERS.value, sizes["hidden"])

    # 1. N-grams.
    corpus = captions.concatenate([sources.open_captions(name) for name in _CAPTIONS.value])
    encoded = [
        vocabulary.encode_caption(model.vocabulary, vocabulary.tokenize(text))
        for text in corpus.texts
    ]
    found = ngrams.collect_ngrams(encoded, _LENGTH.value).tokens
    drawn = found[sample_rows(len(found), _NGRAMS.value, _SEED.value)]
    print(f"{len(drawn)} of {len(found)} distinct {_LENGTH.value}-grams", flush=True)

    # 2. Their final states.
    encoder = imaginet.imaginet_encoder(imaginet.Imaginet(**sizes))
    states = final_states(encoder, jax.tree.map(jnp.asarray, model.params), drawn)

    # 3. Clusters.
    arrays = {layer: clusters.cluster_units(states[layer], _CLUSTERS.value) for layer in LAYERS}
    for layer, assignment in arrays.items():
        members = np.sort(np.bincount(assignment))[::-1]
        print(
            f"{layer}: {len(members)} clusters of {len(assignment)} units, "
            f"sizes {' '.join(map(str, members))}"
        )
    about = {
        "model": _MODEL.value, "captions": _CAPTIONS.value, "length": _LENGTH.value,
        "ngrams": len(drawn), "clusters": _CLUSTERS.value, "seed": _SEED.value,
    }
    content = io.BytesIO()
    np.savez(content, about=json.dumps(about), **arrays)
    checkpoint.write_atomically(out, content.getvalue())


def check_out(path: Path) -> Path:
    """Make the folder of a file, before any work is done for it.

    Raises:
      InputError: no file can be written there.
    """
    if path.is_dir():
        raise InputError(f"--out={path} is a folder: give the name of a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out={path}: {error.strerror}") from None
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"--out={path}: the folder {path.parent} cannot be written")
    return path


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


if __name__ == "__main__":
    launching.run_main(main)
