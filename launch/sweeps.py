"""Sweeps over n-grams, of a corpus or all there are, for all neurons at once."""

import time
from collections.abc import Iterator, Sequence

import jax
import numpy as np

import launching
import workbench
from neurondream import dreaming, objectives
from neurondream.base import Target
from neurondream.corpora import ngrams
from neurondream.neurons import Neuron
from neurondream.sweeps import corpus, exhaustive, prefixes
from neurondream.tokens import words as vocabulary

QUANTILES = (0.5, 0.9, 0.99, 0.999)
QUANTILE_SAMPLE = 20_000
KEEP = 10
BLOCK = 1024  # n-grams scored at once; their states fit a processor's cache


def search_corpus(
    bench: workbench.Bench, asked: Sequence[Neuron], found: ngrams.Ngrams, seed: int
) -> Iterator[list[dict]]:
    """Find the corpus n-grams that most activate each neuron; one pass for each source layer."""
    for source, group in workbench.group_by_source(bench, asked).items():
        objective, targets = objectives.linear(source), workbench.aim(bench, group)
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


def search_all(
    bench: workbench.Bench, asked: Sequence[Neuron], length: int
) -> Iterator[list[dict]]:
    """Find the n-grams that most activate each neuron among all there are."""
    allowed = vocabulary.dreamable_words(bench.model.vocabulary)
    words = np.flatnonzero(allowed).astype(np.int32)
    for source, group in workbench.group_by_source(bench, asked).items():
        objective, targets = objectives.linear(source), workbench.aim(bench, group)
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


def rescore(bench: workbench.Bench, objective, targets: Target, tokens: np.ndarray) -> np.ndarray:
    """Recompute activations `[N, K]` of n-grams `[N, K, L]` by the plain encoder."""
    score = jax.jit(
        lambda params, targets, tokens: dreaming.score_tokens(
            bench.plain, params, objective, targets, tokens
        )
    )
    columns = [score(bench.params, targets, tokens[:, k]) for k in range(tokens.shape[1])]
    return np.stack([np.asarray(column) for column in columns], axis=1)


def describe_sweep(
    bench: workbench.Bench, neuron: Neuron, method: str, result: corpus.CorpusResult,
    best: np.ndarray, scores: np.ndarray, row: int,
) -> dict:
    """Write down one neuron's best n-grams `[N, K, L]`, with their scores `[N, K]`."""
    return {
        "neuron": neuron.name,
        "method": method,
        "ngram": workbench.spell(bench, best[row, 0]),
        "score": float(scores[row, 0]),
        "mean": float(result.mean[row]),
        "deviation": float(result.deviation[row]),
        "best": [
            [workbench.spell(bench, tokens), float(score)]
            for tokens, score in zip(best[row], scores[row], strict=True)
        ],
        "tokens": best[row, 0].tolist(),
    }
