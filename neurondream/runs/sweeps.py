"""Go through n-grams, of a corpus or all there are, for many neurons at once."""

import time
from collections.abc import Callable, Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from neurondream import dreaming, objectives
from neurondream.base import Objective, Target
from neurondream.method import Method
from neurondream.neurons.neuron import Neuron
from neurondream.progress import start_bar
from neurondream.runs.dreams import describe_neuron
from neurondream.runs.lines import SweepLine
from neurondream.runs.run import Run, groups_of, problem_of, source_size, spell_ngram
from neurondream.sweeps import corpus
from neurondream.sweeps.prefixes import NgramSource
from neurondream.targets import make_targets

QUANTILES = (0.5, 0.9, 0.99, 0.999)
QUANTILE_SAMPLE = 20_000
KEEP = 10
# Neurons that share a pass; it is filled up to them, since bits depend on its shape. Their product
# is a fifth of what the pass takes, so that few pay little for it and many share much.
AT_ONCE = 512


def sweep_chunks(
    run: Run, neurons: Sequence[Neuron], method: Method, progress: Callable | None
) -> Iterator[list[SweepLine]]:
    """Find the n-grams that most activate each neuron; yields lines pass by pass."""
    source_of_ngrams = method.ngrams(problem_of(run))
    devices = run.devices
    at_once = AT_ONCE * len(devices)
    for (source, place), group in groups_of(run, neurons).items():
        objective = objectives.linear(source, place)
        name = (method.name, source, place)
        if name not in run.programs:
            encoder = run.reader.encoder
            run.programs[name] = corpus.compile_corpus(encoder, objective, devices)
        for first in range(0, len(group), at_once):
            real = group[first : first + at_once]
            filled = real + real[-1:] * (at_once - len(real))
            targets = make_targets(run.reader.readouts, filled, source_size(run, source))
            bar = start_bar(progress, source_of_ngrams.total, f"{method.name} {source}, n-grams")
            start = time.perf_counter()
            result = run_sweep(run, run.programs[name], targets, source_of_ngrams, bar)
            seconds = (time.perf_counter() - start) / len(real)
            yield describe_sweep(
                run, real, method, objective, targets, source_of_ngrams, result, seconds
            )


def run_sweep(
    run: Run, sweep_block: Callable, targets: Target, source: NgramSource, bar
) -> corpus.CorpusResult:
    """Go through all blocks, showing progress."""
    before = 0
    blocks = corpus.sweep_ngrams(sweep_block, run.reader.prepared, targets, source, keep=KEEP)
    for done, state in blocks:
        jax.block_until_ready(state)
        bar.update(done - before)
        before = done
    bar.close()
    return corpus.finish_corpus(state)


def describe_sweep(
    run: Run, neurons: Sequence[Neuron], method: Method, objective: Objective, targets: Target,
    source: NgramSource, result: corpus.CorpusResult, seconds: float,
) -> list[SweepLine]:
    """Write down the best n-grams of each neuron, their activations computed anew."""
    best = source.tokens(result.rows)
    scores = score_again(run, objective, targets, best)
    lines: list[SweepLine] = [
        {
            **describe_neuron(neuron), "method": method.name, "seed": run.seed,
            "ngram": spell_ngram(run.model, best[row, 0]), "score": float(scores[row, 0]),
            "mean": float(result.mean[row]), "deviation": float(result.deviation[row]),
            "best": [
                {"ngram": spell_ngram(run.model, ids), "score": float(score)}
                for ids, score in zip(best[row], scores[row], strict=True)
            ],
            "seconds": seconds,
        }
        for row, neuron in enumerate(neurons)
    ]
    if source.counts is not None:
        rows = corpus.sample_rows(source.total, QUANTILE_SAMPLE, run.seed)
        sample = corpus.sample_scores(
            run.reader.encoder, run.reader.prepared, objective, targets, source.tokens(rows)
        )[: len(neurons)]
        quantiles = np.quantile(sample, QUANTILES, axis=1).T
        for row, line in enumerate(lines):
            pairs = zip(QUANTILES, quantiles[row], strict=True)
            line["quantiles"] = {str(q): float(value) for q, value in pairs}
            counts = source.counts[result.rows[row]].tolist()
            for scored, count in zip(line["best"], counts, strict=True):
                scored["count"] = count
    return lines


def score_again(
    run: Run, objective: Objective, targets: Target, tokens: np.ndarray
) -> np.ndarray:
    """Recompute activations `[N, K]` of n-grams `[N, K, L]` by the plain encoder."""

    @jax.jit
    def score(params, targets, tokens):
        encoder = run.reader.encoder
        return dreaming.score_tokens(encoder, params, objective, targets, tokens)

    columns = [
        score(run.reader.params, targets, jnp.asarray(tokens[:, k]))
        for k in range(tokens.shape[1])
    ]
    return np.stack([np.asarray(column) for column in columns], axis=1)
