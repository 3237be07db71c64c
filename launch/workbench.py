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
from neurondream import (
    checkpoint,
    dreaming,
    neurons,
    ngrams,
    objectives,
    prefixes,
    vocabulary,
)
from neurondream.analysis import clusters
from neurondream.base import Encoder, Readout, Target
from neurondream.encoders import imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.neurons import Neuron
from neurondream.searches import corpus, exhaustive
from neurondream.searches.ascent import AscentInfo
from neurondream.searches.faces import FacesInfo
from neurondream.searches.polish import PolishInfo
from neurondream.searches.swaps import SwapsInfo

_MEMORY = flags.DEFINE_float("memory", 0.5, "GiB that the neurons dreamt at once may take.", 1e-3)
_PRECISION = flags.DEFINE_enum(
    "precision", "bfloat16", ["float32", "bfloat16"],
    "Of the product of soft words and word vectors while climbing; scores are float32.",
)
QUANTILES = (0.5, 0.9, 0.99, 0.999)
QUANTILE_SAMPLE = 20_000
KEEP = 10
BLOCK = 1024  # n-grams scored at once; their states fit a processor's cache


class Bench(NamedTuple):
    """A model, ready to dream."""

    model: checkpoint.Model
    params: Any
    folded: Any  # the same with the word tables that hard words are quicker by
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
    params = jax.tree.map(jnp.asarray, model.params)
    return Bench(
        model,
        params,
        jax.jit(imaginet.fold_words)(params),
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
    hidden = bench.layers.sizes["T.hidden"]
    bytes_each = methods.bytes_of_step(settings, length, len(words.words), hidden)
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
                compiled = program.lower(key, bench.folded, chunk).compile()
                scoring = jax.jit(
                    lambda params, targets, tokens, objective=objective: dreaming.score_tokens(
                        bench.plain, params, objective, targets, tokens
                    )
                )
            start = time.perf_counter()
            dreams = jax.block_until_ready(compiled(key, bench.folded, chunk))
            seconds = (time.perf_counter() - start) / real
            scores = np.asarray(scoring(bench.params, chunk, dreams.tokens))
            if isinstance(dreams.info, FacesInfo):
                dreams = dreams._replace(
                    info=rescore_faces(scoring, bench.params, chunk, dreams.info)
                )
            dreams = jax.tree.map(np.asarray, dreams)
            yield [
                {
                    "neuron": group[first + row].name,
                    "method": method,
                    "ngram": spell(bench, dreams.tokens[row]),
                    "score": float(scores[row]),
                    **tell(bench, jax.tree.map(lambda field, row=row: field[row], dreams.info)),
                    "tokens": dreams.tokens[row].tolist(),
                    "seconds": seconds,
                }
                for row in range(real)
            ]
            first += real
            done += real
            report(done)


def rescore_faces(scoring, params, targets: Target, info: FacesInfo) -> FacesInfo:
    """Recompute the activations `[N, K]` of faces by the plain encoder."""
    every = [scoring(params, targets, info.tokens[:, k]) for k in range(info.tokens.shape[1])]
    return info._replace(
        scores=jnp.where(jnp.isfinite(info.scores), jnp.stack(every, axis=1), -jnp.inf)
    )


def tell(bench: Bench, info: AscentInfo | SwapsInfo | PolishInfo | FacesInfo) -> dict:
    """Write down what a search tells of its way to one dream.

    `soft` is the last soft activation; `course` lists `[epoch, soft, hard]` of an ascent and the
    best activation after each round of swaps; `certificate` says that no other single word has a
    higher activation, by how much the best one falls short, and the n-gram with it; `faces` are
    n-grams that differ, with their activations.
    """
    if isinstance(info, PolishInfo):
        certificate = {"certified": bool(info.certified), "sweeps": int(info.sweeps)}
        if info.certified and np.isfinite(info.margin):
            certificate |= {
                "margin": float(info.margin), "runner_up": spell(bench, info.runner_up),
            }
        return {
            **tell(bench, info.before), "start": float(info.start), "certificate": certificate,
        }
    if isinstance(info, FacesInfo):
        told = zip(info.tokens, info.scores, strict=True)
        return {
            "faces": [[spell(bench, tokens), float(x)] for tokens, x in told if np.isfinite(x)]
        }
    if isinstance(info, SwapsInfo):
        return {"course": np.round(info.course.astype(float), 4).tolist()}
    finite = np.isfinite(info.soft)
    return {"soft": float(info.soft[finite][-1]), "course": thin_course(info.soft, info.hard)}


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
        blocks = corpus.sweep_corpus(
            sweep_block, bench.folded, targets, found.tokens, keep=KEEP, block=BLOCK
        )
        result, seconds = run_sweep(blocks, len(found.tokens), f"search {source[0]}")
        rows = corpus.sample_rows(len(found.tokens), QUANTILE_SAMPLE, seed)
        sampled = corpus.sample_scores(
            bench.plain, bench.folded, objective, targets, found.tokens[rows]
        )
        quantiles = np.quantile(sampled, QUANTILES, axis=1).T
        best = found.tokens[result.rows]
        scores = rescore(bench, objective, targets, best)
        counts = found.counts[result.rows]
        yield [
            {
                **describe_sweep(bench, neuron, "search", result, best, scores, n),
                "quantiles": {
                    str(q): float(x) for q, x in zip(QUANTILES, quantiles[n], strict=True)
                },
                "counts": counts[n].tolist(),
                "seconds": seconds / len(group),
            }
            for n, neuron in enumerate(group)
        ]


def search_all(bench: Bench, asked: Sequence[Neuron], length: int) -> Iterator[list[dict]]:
    """Find the n-grams that most activate each neuron among all there are."""
    allowed = vocabulary.dreamable_words(bench.model.vocabulary)
    words = np.flatnonzero(allowed).astype(np.int32)
    for source, group in group_by_source(bench, asked).items():
        objective, targets = objectives.linear(source), aim(bench, group)
        sweep_block = corpus.compile_corpus(bench.plain, objective)
        blocks = exhaustive.sweep_all(
            sweep_block, bench.folded, targets, allowed, length, keep=KEEP, block=8 * BLOCK
        )
        total = prefixes.count_ngrams(len(words), length)
        result, seconds = run_sweep(blocks, total, f"exhaustive {source[0]}")
        best = prefixes.enumerated_ngrams(words, length, result.rows)
        scores = rescore(bench, objective, targets, best)
        yield [
            describe_sweep(bench, neuron, "exhaustive", result, best, scores, n)
            | {"seconds": seconds / len(group)}
            for n, neuron in enumerate(group)
        ]


def run_sweep(blocks, total: int, name: str) -> tuple[corpus.CorpusResult, float]:
    """Go through all blocks, showing progress; returns the result and the seconds."""
    report = launching.show_progress(total, f"{name}, n-grams")
    start = time.perf_counter()
    for done, state in blocks:
        jax.block_until_ready(state)
        report(done)
    return corpus.finish_corpus(state), time.perf_counter() - start


def rescore(bench: Bench, objective, targets: Target, tokens: np.ndarray) -> np.ndarray:
    """Recompute activations `[N, K]` of n-grams `[N, K, L]` by the plain encoder."""
    score = jax.jit(
        lambda params, targets, tokens: dreaming.score_tokens(
            bench.plain, params, objective, targets, tokens
        )
    )
    columns = [score(bench.params, targets, tokens[:, k]) for k in range(tokens.shape[1])]
    return np.stack([np.asarray(column) for column in columns], axis=1)


def describe_sweep(
    bench: Bench, neuron: Neuron, method: str, result: corpus.CorpusResult, best: np.ndarray,
    scores: np.ndarray, row: int,
) -> dict:
    """Write down one neuron's best n-grams `[N, K, L]`, with their scores `[N, K]`."""
    return {
        "neuron": neuron.name,
        "method": method,
        "ngram": spell(bench, best[row, 0]),
        "score": float(scores[row, 0]),
        "mean": float(result.mean[row]),
        "deviation": float(result.deviation[row]),
        "best": [
            [spell(bench, tokens), float(score)]
            for tokens, score in zip(best[row], scores[row], strict=True)
        ],
        "tokens": best[row, 0].tolist(),
    }


def run_method(
    bench: Bench,
    asked: Sequence[Neuron],
    method: str,
    settings: dict,
    length: int,
    found: ngrams.Ngrams | None,
    seed: int,
) -> Iterator[list[dict]]:
    """Run any method; yields chunks of result lines."""
    if method == "search":
        return search_corpus(bench, asked, found, seed)
    if method == "exhaustive":
        return search_all(bench, asked, length)
    return climb(bench, asked, method, settings, length, seed)


def describe(name: str, bench: Bench, length: int, seed: int, settings: dict) -> dict:
    """Write down all that the dreams of a run depend on."""
    weights = sources.model_folder(name) / "weights.safetensors"
    return {
        "model": name,
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
