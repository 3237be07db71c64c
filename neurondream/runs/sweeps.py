"""Go through n-grams, of a corpus or all there are, for many neurons at once."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream import dreaming, objectives
from neurondream.base import Place, Target
from neurondream.method import Method
from neurondream.neurons.neuron import Neuron
from neurondream.progress import start_bar
from neurondream.runs.description import describe_neuron
from neurondream.runs.dreams import refuse_silent
from neurondream.runs.lines import Scored, SweepLine
from neurondream.runs.peaks import read_texts
from neurondream.runs.planes import judge_best
from neurondream.runs.run import Run, groups_of, problem_of, source_size, spell_ngram
from neurondream.sweeps import corpus
from neurondream.sweeps.prefixes import NgramSource
from neurondream.sweeps.tally import (
    QUANTILES,
    Tally,
    count_bins,
    deviations_of,
    find_quantiles,
    set_edges,
    set_thresholds,
)
from neurondream.targets import make_targets

SAMPLE = 20_000  # n-grams by which thresholds and the edges of histograms are set
KEEP = 10
# Neurons that share a pass; it is filled up to them, since bits depend on its shape. Their product
# is a fifth of what the pass takes, so that few pay little for it and many share much.
AT_ONCE = 512


def sweep_chunks(
    run: Run, neurons: Sequence[Neuron], method: Method, progress: Callable | bool | None
) -> Iterator[list[SweepLine]]:
    """Find the n-grams that most activate each neuron; yields lines pass by pass."""
    source = method.ngrams(problem_of(run))
    sample = source.tokens(corpus.sample_rows(source.total, SAMPLE, run.seed))
    at_once = AT_ONCE * len(run.devices)
    silent: list[str] = []
    for (layer, place), group in groups_of(run, neurons).items():
        sweep = compile_sweep(run, method, layer, place)
        for first in range(0, len(group), at_once):
            real = group[first : first + at_once]
            filled = real + real[-1:] * (at_once - len(real))
            targets = make_targets(run.reader.readouts, filled, source_size(run, layer))
            start = time.perf_counter()
            with start_bar(progress, source.total, f"{method.name} {layer}, n-grams") as bar:
                found = run_sweep(run, sweep, targets, source, sample, bar)
            peaks = read_texts(run, method, layer, place, targets, len(real), progress)
            seconds = (time.perf_counter() - start) / len(real)
            lines = [
                describe_sweep(run, neuron, method, source, found, row, seconds) | peak
                for row, (neuron, peak) in enumerate(zip(real, peaks, strict=True))
            ]
            if method.name == "search":
                judge_best(run, lines)
            yield [line for line in lines if line["best"]]
            silent += [line["label"] for line in lines if not line["best"]]
    refuse_silent(silent)


class Sweep(NamedTuple):
    """What goes through n-grams, compiled."""

    block: Callable  # of `corpus.compile_corpus`
    all: Callable  # of `corpus.compile_scores`
    again: Callable  # (params, targets, tokens [N, L]) -> scores [N], by the plain encoder


class Found(NamedTuple):
    """How n-grams activate `N` neurons."""

    ngrams: np.ndarray  # int32 [N, K, L], the best, from high to low
    rows: np.ndarray  # int32 [N, K], which they are
    scores: np.ndarray  # [N, K]
    tally: Tally
    quantiles: np.ndarray  # [N, Q]
    edges: np.ndarray  # [N, E], of histograms


def compile_sweep(run: Run, method: Method, layer: str, place: Place) -> Sweep:
    """Compile what goes through n-grams for neurons of a layer, once in a run."""
    name = (method.name, layer, place)
    if name not in run.programs:
        encoder, objective = run.reader.encoder, objectives.linear(layer, place)

        def score(params, targets, tokens):
            return dreaming.score_tokens(encoder, params, objective, targets, tokens)

        run.programs[name] = Sweep(
            corpus.compile_corpus(encoder, objective, run.devices),
            corpus.compile_scores(encoder, objective), jax.jit(score),
        )
    return run.programs[name]


def run_sweep(
    run: Run, sweep: Sweep, targets: Target, source: NgramSource, sample: np.ndarray, bar
) -> Found:
    """Go through all blocks, showing progress; the best are scored anew in the end.

    Args:
      run: whose model reads them.
      sweep: compiled.
      targets: N neurons.
      source: the n-grams.
      sample: some of them, `int32 [M, L]`.
      bar: shows how far it is.
    """
    prepared = run.reader.prepared
    sampled = corpus.sample_scores(sweep.all, prepared, targets, sample)
    thresholds, edges = set_thresholds(sampled, source.total), set_edges(sampled)
    before = 0
    for now in corpus.sweep_ngrams(
        sweep.block, prepared, targets, source, keep=KEEP,
        thresholds=np.concatenate([thresholds, edges], axis=1),
    ):
        done, best, tally = now
        bar.update(done - before)
        before = done
    rows = np.asarray(best.rows)
    ngrams = source.tokens(rows)
    scores = np.stack([
        np.asarray(sweep.again(run.reader.params, targets, jnp.asarray(ngrams[:, k])))
        for k in range(ngrams.shape[1])
    ], axis=1)
    # Of fewer finite scores than are kept, the last places hold nothing.
    scores = np.where(np.isfinite(best.scores), scores, -np.inf)
    return Found(ngrams, rows, scores, tally, find_quantiles(tally, thresholds), edges)


def describe_sweep(
    run: Run, neuron: Neuron, method: Method, source: NgramSource, found: Found, row: int,
    seconds: float,
) -> SweepLine:
    """Write down how n-grams activate one neuron."""
    order = [k for k, score in enumerate(found.scores[row]) if np.isfinite(score)]
    best: list[Scored] = [
        {"ngram": spell_ngram(run.model, found.ngrams[row, k]),
         "score": float(found.scores[row, k])}
        for k in order
    ]
    if source.counts is not None:
        for scored, k in zip(best, order, strict=True):
            scored["count"] = int(source.counts[found.rows[row, k]])
    count = int(found.tally.count[row])
    first = {key: best[0][key] for key in ("ngram", "score")} if best else {}
    line = {
        **describe_neuron(run, neuron), "method": method.name, "seed": run.seed, **first,
        "mean": float(found.tally.mean[row]),
        "deviation": float(deviations_of(found.tally)[row]),
        "best": best,
        "quantiles": dict(zip(map(str, QUANTILES), found.quantiles[row].tolist(), strict=True)),
        "seconds": seconds,
    }
    high = max((each["score"] for each in best), default=-np.inf)
    bins = count_bins(found.tally, found.edges, row, high)
    if bins:
        line["histogram"] = dict(zip(("edges", "counts"), bins, strict=True))
    if count < source.total:
        line["passed_over"] = source.total - count
    return line
