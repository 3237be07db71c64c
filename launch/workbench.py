"""A model laid out for dreaming: its layers, its neurons as targets, its n-grams as words."""

import importlib.metadata
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

import sources
from neurondream import files, neurons, objectives
from neurondream.analysis import clusters
from neurondream.base import Encoder, Readout, Target
from neurondream.corpora import ngrams
from neurondream.encoders import imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.models import imaginet as checkpoint
from neurondream.neurons import Neuron
from neurondream.tokens import words as vocabulary

_PRECISION = flags.DEFINE_enum(
    "precision", "bfloat16", ["float32", "bfloat16"],
    "Of products while climbing, of soft words and of hard ones that are only ranked; the scores "
    "of dreams and all certificates are float32.",
)


class Bench(NamedTuple):
    """A model, ready to dream."""

    model: checkpoint.Checkpoint
    params: Any
    folded: Any  # the same with the word tables that hard words are quicker by
    plain: Encoder  # float32 throughout
    climbing: Encoder  # soft and ranked words as --precision says
    readouts: dict[str, Readout]
    layers: neurons.Layers


def open_bench(name: str, clusters_file: str | None = None) -> Bench:
    """Load a model by name and, if given, the clusters of its hidden units."""
    model = sources.open_model(name)
    module = imaginet.Imaginet(**checkpoint.sizes_of(model))
    plain = imaginet.imaginet_encoder(module)
    matmul = bfloat16_matmul if _PRECISION.value == "bfloat16" else jnp.matmul
    readouts = plain.readouts(model.params)
    hidden = module.hidden
    sizes = {
        "T.hidden": hidden,
        "T.output": module.vocabulary,
        "I.hidden": hidden,
        "I.output": module.picture,
    }
    assigned = clusters.read_clusters(clusters_file) if clusters_file else {}
    for layer, assignment in assigned.items():
        if len(assignment) != sizes.get(layer):
            raise InputError(
                f"{clusters_file}: clusters {len(assignment)} units of {layer}, "
                f"the model has {sizes.get(layer, 0)}; make them with launch/cluster.py"
            )
    params = jax.tree.map(jnp.asarray, model.params)
    return Bench(
        model,
        params,
        jax.jit(imaginet.fold_words)(params),
        plain,
        imaginet.imaginet_encoder(module.clone(rough_matmul=matmul)),
        readouts,
        neurons.Layers(
            sizes,
            {"T.output": model.vocabulary.words, "I.output": model.picture_names},
            assigned,
        ),
    )


def group_by_source(bench: Bench, asked: Sequence[Neuron]) -> dict[str, list[Neuron]]:
    """Put neurons that are read off the same layer together; one program serves each group."""
    groups: dict[str, list[Neuron]] = {}
    for neuron in asked:
        source = objectives.source_layer(bench.readouts, neuron.layer)
        groups.setdefault(source, []).append(neuron)
    return groups


def aim(bench: Bench, asked: Sequence[Neuron]) -> Target:
    """Fold neurons of one source layer into targets, `[N]` in the order asked."""
    folded = []
    for neuron in asked:
        direction, offset = objectives.fold_directions(
            bench.readouts, neuron.layer, neuron.direction[None]
        )
        folded.append((direction[0], offset[0]))
    directions, offsets = zip(*folded, strict=True)
    names = [neuron.name for neuron in asked]
    return objectives.make_targets(names, np.stack(directions), np.array(offsets, np.float32))


def corpus_ngrams(bench: Bench, captions: Sequence[str], length: int) -> ngrams.Ngrams:
    """Collect the distinct n-grams of the training captions of all sources."""
    if length < 1:
        raise InputError(f"--length={length}: an n-gram has 1 word or more")
    return ngrams.collect_ngrams(encode_texts(bench, read_texts(captions)), length)


def read_texts(captions: Sequence[str]) -> list[list[str]]:
    """Read the words of the captions of all sources."""
    return [
        vocabulary.tokenize(text)
        for name in captions for text in sources.open_captions(name).texts
    ]


def encode_texts(bench: Bench, texts: Sequence[Sequence[str]]) -> list[np.ndarray]:
    """Look up the ids of words, `int32 [L]` for each text."""
    return [vocabulary.encode_caption(bench.model.vocabulary, text) for text in texts]


def spell(bench: Bench, tokens: np.ndarray) -> str:
    """Write an n-gram `int32 [L]` out."""
    return " ".join(vocabulary.decode_tokens(bench.model.vocabulary, tokens))


def describe(name: str, bench: Bench, length: int, seed: int, settings: dict) -> dict:
    """Write down all that the dreams of a run depend on."""
    weights = sources.model_folder(name) / "weights.safetensors"
    return {
        "model": name,
        "weights_sha256": files.hash_file(weights),
        "vocabulary_sha256": vocabulary.hash_vocabulary(bench.model.vocabulary),
        "length": length,
        "seed": seed,
        "settings": settings,
        "precision": flags.FLAGS.precision,
        "versions": {
            name: importlib.metadata.version(name) for name in ("neurondream", "jax", "optax")
        },
    }


def describe_corpus(names: list[str], found) -> dict:
    """Write down which corpus was searched."""
    return {
        "corpus": names,
        "corpus_ngrams": len(found.tokens),
        "corpus_sha256": files.hash_arrays(found.tokens, found.counts),
        "corpus_ngrams_left_out_unknown": found.unknown,
        "corpus_captions_too_short": found.short,
    }
