"""A model laid out for dreaming: the neurons asked for, and every method run over them."""

import importlib.metadata
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

import launching
import methods
import sources
from neurondream import checkpoint, dreaming, neurons, ngrams, objectives, vocabulary
from neurondream.analysis import clusters
from neurondream.base import Encoder, Readout, Target
from neurondream.encoders import imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.neurons import Neuron
from neurondream.searches import corpus

_MEMORY = flags.DEFINE_float("memory", 0.5, "GiB that the neurons dreamt at once may take.", 1e-3)
_PRECISION = flags.DEFINE_enum(
    "precision", "bfloat16", ["float32", "bfloat16"],
    "Of the product of soft words and word vectors while climbing; scores are float32.",
)
QUANTILES = (0.5, 0.9, 0.99, 0.999)
QUANTILE_SAMPLE = 20_000
KEEP = 10


class Bench(NamedTuple):
    """A model, ready to dream."""

    model: checkpoint.Model
    params: Any
    plain: Encoder  # float32 throughout
    climbing: Encoder  # soft words as --precision says
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
    return Bench(
        model,
        jax.tree.map(jnp.asarray, model.params),
        plain,
        imaginet.imaginet_encoder(module.clone(soft_matmul=matmul)),
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
    encoded = []
    for name in captions:
        read = sources.open_captions(name)
        encoded += [
            vocabulary.encode_caption(bench.model.vocabulary, vocabulary.tokenize(text))
            for text in read.texts
        ]
    return ngrams.collect_ngrams(encoded, length)


def spell(bench: Bench, tokens: np.ndarray) -> str:
    """Write an n-gram `int32 [L]` out."""
    return " ".join(vocabulary.decode_tokens(bench.model.vocabulary, tokens))


def climb(
    bench: Bench, asked: Sequence[Neuron], method: str, settings: dict, length: int, seed: int
) -> Iterator[list[dict]]:
    """Dream neurons by one of the climbs; yields the result lines of each chunk."""
    words = bench.model.vocabulary
    allowed = vocabulary.dreamable_words(words)
    table = bench.params["embedding"]
    search = methods.make_search(method, settings, length, allowed, table)
    bytes_each = methods.bytes_of_step(settings, length, len(words.words))
    key = jax.random.key(seed)
    report = launching.show_progress(len(asked), method)
    done = 0
    for source, group in group_by_source(bench, asked).items():
        objective = objectives.linear(source)
        size = dreaming.chunk_size(len(group), bytes_each, int(_MEMORY.value * 2**30))
        compiled, first = None, 0
        for real, chunk in dreaming.split_targets(aim(bench, group), size):
            if compiled is None:
                program = dreaming.compile_dreams(bench.climbing, objective, search)
                compiled = program.lower(key, bench.params, chunk).compile()
                scoring = jax.jit(
                    lambda params, targets, tokens, objective=objective: dreaming.score_tokens(
                        bench.plain, params, objective, targets, tokens
                    )
                )
            start = time.perf_counter()
            dreams = jax.block_until_ready(compiled(key, bench.params, chunk))
            seconds = (time.perf_counter() - start) / real
            scores = np.asarray(scoring(bench.params, chunk, dreams.tokens))
            tokens = np.asarray(dreams.tokens)
            soft, hard = np.asarray(dreams.info.soft), np.asarray(dreams.info.hard)
            yield [
                {
                    "neuron": group[first + row].name,
                    "method": method,
                    "ngram": spell(bench, tokens[row]),
                    "score": float(scores[row]),
                    "soft": float(soft[row][np.isfinite(soft[row])][-1]),
                    "course": thin_course(soft[row], hard[row]),
                    "tokens": tokens[row].tolist(),
                    "seconds": seconds,
                }
                for row in range(real)
            ]
            first += real
            done += real
            report(done)


def thin_course(soft: np.ndarray, hard: np.ndarray, points: int = 30) -> list[list[float]]:
    """Keep some epochs of an ascent as `[epoch, soft, hard]`."""
    last = int(np.isfinite(soft).sum())
    epochs = np.unique(np.linspace(0, last - 1, min(points, last)).astype(int))
    return [[int(e), round(float(soft[e]), 4), round(float(hard[e]), 4)] for e in epochs]


def search_corpus(
    bench: Bench, asked: Sequence[Neuron], found: ngrams.Ngrams, seed: int
) -> Iterator[list[dict]]:
    """Find the corpus n-grams that most activate each neuron; one pass for each source layer."""
    for source, group in group_by_source(bench, asked).items():
        objective, targets = objectives.linear(source), aim(bench, group)
        sweep_block = corpus.compile_corpus(bench.plain, objective)
        report = launching.show_progress(len(found.tokens), f"search {source[0]}, n-grams")
        start = time.perf_counter()
        for done, state in corpus.sweep_corpus(
            sweep_block, bench.params, targets, found.tokens, keep=KEEP
        ):
            jax.block_until_ready(state)
            report(done)
        seconds = (time.perf_counter() - start) / len(group)
        result = corpus.finish_corpus(state)
        rows = corpus.sample_rows(len(found.tokens), QUANTILE_SAMPLE, seed)
        quantiles = corpus.sample_quantiles(
            bench.plain, bench.params, objective, targets, found.tokens[rows], QUANTILES
        )
        lines = []
        for position, neuron in enumerate(group):
            best = result.rows[position]
            lines.append(
                {
                    "neuron": neuron.name,
                    "method": "search",
                    "ngram": spell(bench, found.tokens[best[0]]),
                    "score": float(result.scores[position, 0]),
                    "mean": float(result.mean[position]),
                    "deviation": float(result.deviation[position]),
                    "quantiles": {
                        str(q): float(x)
                        for q, x in zip(QUANTILES, quantiles[position], strict=True)
                    },
                    "best": [
                        [spell(bench, found.tokens[row]), float(score), int(found.counts[row])]
                        for row, score in zip(best, result.scores[position], strict=True)
                    ],
                    "tokens": found.tokens[best[0]].tolist(),
                    "seconds": seconds,
                }
            )
        yield lines


def run_method(
    bench: Bench,
    asked: Sequence[Neuron],
    method: str,
    settings: dict,
    length: int,
    found: ngrams.Ngrams | None,
    seed: int,
) -> Iterator[list[dict]]:
    """Run any of the five methods; yields chunks of result lines."""
    if method == "search":
        return search_corpus(bench, asked, found, seed)
    return climb(bench, asked, method, settings, length, seed)


def describe(name: str, bench: Bench, length: int, seed: int, settings: dict) -> dict:
    """Write down all that the dreams of a run depend on."""
    weights = sources.model_folder(name) / "weights.safetensors"
    return {
        "weights_sha256": checkpoint.hash_file(weights),
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
        "corpus_sha256": checkpoint.hash_arrays(found.tokens, found.counts),
        "corpus_ngrams_left_out_unknown": found.unknown,
        "corpus_captions_too_short": found.short,
    }
