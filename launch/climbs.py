"""Dream neurons by the climbs, chunk by chunk, and write down what they tell."""

import time
from collections.abc import Callable, Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

import launching
import methods
import workbench
from neurondream import dreaming, objectives
from neurondream.base import Array, Dream, Target
from neurondream.neurons import Neuron
from neurondream.searches.ascent import AscentInfo
from neurondream.searches.faces import FacesInfo
from neurondream.searches.polish import PolishInfo
from neurondream.searches.swaps import SwapsInfo
from neurondream.tokens import words as vocabulary

POLISHED_AT_ONCE = 4  # on a processor

_MEMORY = flags.DEFINE_float("memory", 0.5, "GiB that the neurons dreamt at once may take.", 1e-3)


def build_climb(
    bench: workbench.Bench, method: str, settings: dict, length: int,
    pool: np.ndarray | None = None,
) -> Callable[[Sequence[Neuron], int], Iterator[list[dict]]]:
    """Build `(neurons, seed) -> result lines`, chunk by chunk, by one of the climbs.

    Its programs are compiled when they are first needed, and once for all seeds.
    """
    allowed = vocabulary.dreamable_words(bench.model.vocabulary)
    table = bench.params["embedding"]
    search = methods.make_search(method, settings, length, allowed, table, pool)
    programs = {}

    def compile_for(source: str, key: Array, chunk: Target) -> tuple[Callable, Callable]:
        shape = source, len(chunk.number)
        if shape not in programs:
            objective = objectives.linear(source)
            program = dreaming.compile_dreams(bench.climbing, objective, search)
            scoring = jax.jit(
                lambda params, targets, tokens: dreaming.score_tokens(
                    bench.plain, params, objective, targets, tokens
                )
            )
            programs[shape] = program.lower(key, bench.folded, chunk).compile(), scoring
        return programs[shape]

    def climb(asked: Sequence[Neuron], seed: int) -> Iterator[list[dict]]:
        key = jax.random.key(seed)
        report = launching.show_progress(len(asked), method)
        done = 0
        for source, group in workbench.group_by_source(bench, asked).items():
            size = neurons_at_once(bench, settings, length, len(group))
            first = 0
            for real, chunk in dreaming.split_targets(workbench.aim(bench, group), size):
                compiled, scoring = compile_for(source, key, chunk)
                start = time.perf_counter()
                dreams = jax.block_until_ready(compiled(key, bench.folded, chunk))
                seconds = (time.perf_counter() - start) / real
                if isinstance(dreams.info, FacesInfo):
                    dreams = dreams._replace(
                        info=rescore_faces(scoring, bench.params, chunk, dreams.info)
                    )
                # Whatever precision the search had, what is written is recomputed.
                dreams = dreams._replace(score=scoring(bench.params, chunk, dreams.tokens))
                dreams = jax.tree.map(np.asarray, dreams)
                about = {"method": method, "seconds": seconds, **tell_temperature(settings)}
                each = [jax.tree.map(lambda field, r=r: field[r], dreams) for r in range(real)]
                yield [
                    tell_dream(bench, neuron, dream) | about
                    for neuron, dream in zip(group[first : first + real], each, strict=True)
                ]
                first += real
                done += real
                report(done)

    return climb


def neurons_at_once(bench: workbench.Bench, settings: dict, length: int, targets: int) -> int:
    """Choose how many neurons to dream at once, by the memory that a step of each takes.

    Soft words, noise and gradients `[S, L, V]` of every restart, nine of them by the memory that
    processes took on `flickr`; polish besides holds some states of a block of words.
    """
    sizes = bench.layers.sizes
    soft = 9 * 4 * _soft_ngrams(settings) * length * sizes["T.output"]
    block = methods.polish_block(sizes["T.output"]) * settings["polish"]
    bytes_each = soft + 8 * 4 * sizes["T.hidden"] * block
    if settings["polish"] and jax.default_backend() == "cpu":
        # Neurons that are polished together wait for the slowest.
        targets = min(targets, POLISHED_AT_ONCE)
    return dreaming.chunk_size(targets, bytes_each, int(_MEMORY.value * 2**30))


def _soft_ngrams(settings: dict) -> int:
    """Count the soft n-grams of a step."""
    start = settings.get("start", {})
    most = settings.get("samples", 1) * settings["restarts"]
    return max(most, _soft_ngrams(start)) if "samples" in start else most


def rescore_faces(scoring: Callable, params, targets: Target, info: FacesInfo) -> FacesInfo:
    """Recompute the activations `[N, K]` of faces by the plain encoder."""
    every = [scoring(params, targets, info.tokens[:, k]) for k in range(info.tokens.shape[1])]
    return info._replace(
        scores=jnp.where(jnp.isfinite(info.scores), jnp.stack(every, axis=1), -jnp.inf)
    )


def tell_dream(bench: workbench.Bench, neuron: Neuron, dream: Dream) -> dict:
    """Write down one neuron's dream."""
    return {
        "neuron": neuron.name,
        "ngram": workbench.spell(bench, dream.tokens),
        "score": float(dream.score),
        "tokens": dream.tokens.tolist(),
        **tell(bench, dream.info),
    }


def tell(bench: workbench.Bench, info: AscentInfo | SwapsInfo | PolishInfo | FacesInfo) -> dict:
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
                "margin": float(info.margin), "runner_up": workbench.spell(bench, info.runner_up),
            }
        return {
            **tell(bench, info.before), "start": float(info.start), "certificate": certificate,
        }
    if isinstance(info, FacesInfo):
        return {
            "faces": [
                [workbench.spell(bench, tokens), float(score)]
                for tokens, score in zip(info.tokens, info.scores, strict=True)
                if np.isfinite(score)
            ]
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


def tell_temperature(settings: dict, points: int = 5) -> dict:
    """Write down the temperature of an ascent, if it has one, as `[epoch, temperature]`."""
    if "temperature" not in settings:
        return {}
    temperature = methods.temperature_of(settings)
    epochs = np.unique(np.linspace(0, settings["epochs"] - 1, points).astype(int))
    return {"temperature": [
        [int(epoch), round(float(temperature(int(epoch) * settings["steps"])), 4)]
        for epoch in epochs
    ]}
