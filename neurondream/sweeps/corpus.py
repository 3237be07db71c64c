"""Corpus search: the n-grams of a corpus that most activate each neuron, in one pass."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, InTurn, Objective, Params, Target
from neurondream.dreaming import (
    average_contexts,
    check_targets,
    make_score,
    split_neurons,
)
from neurondream.errors import InputError
from neurondream.sweeps.prefixes import NgramSource
from neurondream.sweeps.tally import Tally, add_tally, start_tally, tally_block

SORTED_AT_ONCE = 64  # neurons whose best n-grams are sorted together


class Best(NamedTuple):
    """The n-grams that most activate each of `N` neurons, so far, from high to low."""

    scores: Array  # [N, K]
    rows: Array  # int32 [N, K], which n-grams they are


def score_block(
    encoder: Encoder, params: Params, objective: Objective, targets: Target, tokens: Array
) -> Array:
    """Score n-grams `int32 [M, L]` for all targets, `[N, M]`; they are encoded once for all."""
    check_targets(targets)
    chex.assert_rank(tokens, 2)

    def score_one(target: Target) -> Array:
        return jax.vmap(make_score(encoder, params, objective, target))(tokens)

    return jax.vmap(score_one)(targets)


def start_best(neurons: int, keep: int) -> Best:
    """Start with nothing seen."""
    return Best(
        jnp.full((neurons, keep), -jnp.inf, jnp.float32), jnp.zeros((neurons, keep), jnp.int32)
    )


def take_in(
    best: Best, scores: Array, rows: Array, real: Array, thresholds: Array
) -> tuple[Best, Tally]:
    """Take in the scores `[N, M]` of the n-grams `rows [M]`, the first `real` of them counting.

    Scores that are no finite numbers are passed over.
    """
    counting = (jnp.arange(scores.shape[1]) < real)[None] & jnp.isfinite(scores)
    scores = jnp.where(counting, scores, -jnp.inf)
    return keep_best(best, scores, rows), tally_block(scores, thresholds)


def keep_best(best: Best, scores: Array, rows: Array) -> Best:
    """Merge the scores `[N, M]` of the n-grams `rows [M]` into the best so far.

    Soon a block holds something better for few neurons; only those are sorted, some at a time.
    """
    number, keep = best.scores.shape
    at_once = min(number, SORTED_AT_ONCE)

    def sort_some(state):
        best, waiting = state
        some = jnp.flatnonzero(waiting, size=at_once, fill_value=number)  # beyond: dropped
        both = jnp.concatenate([best.scores[some], scores[some]], axis=1)
        both_rows = jnp.concatenate(
            [best.rows[some], jnp.broadcast_to(rows, (at_once, len(rows)))], axis=1
        )
        top, position = jax.lax.top_k(both, keep)
        top_rows = jnp.take_along_axis(both_rows, position, axis=1)
        return (
            Best(
                best.scores.at[some].set(top, mode="drop"),
                best.rows.at[some].set(top_rows, mode="drop"),
            ),
            waiting.at[some].set(False, mode="drop"),
        )

    waiting = jnp.max(scores, axis=1) > best.scores[:, -1]
    return jax.lax.while_loop(lambda state: jnp.any(state[1]), sort_some, (best, waiting))[0]


def score_tree(
    encoder: Encoder, params: Params, objective: Objective, targets: Target,
    words: tuple[Array, ...], parents: tuple[Array, ...],
) -> Array:
    """Score the n-grams of a block for all targets, `[N, M]`; shared prefixes are read once.

    Args:
      encoder: of the model.
      params: of the encoder.
      objective: what of its activations counts.
      targets: N neurons.
      words: last word of each distinct prefix, by its length, `L` times `int32 [C_l]`.
      parents: row of the rest of it among the prefixes one word shorter, `L` times `int32 [C_l]`.
    """
    check_targets(targets)
    chex.assert_equal_shape([*words[-1:], *parents[-1:]])
    # Every n-gram's row at each level, from the last word back to the first.
    rows = [jnp.arange(len(words[-1]))]
    for above in parents[:0:-1]:
        rows.append(above[rows[-1]])
    rows = rows[::-1]
    ids = tuple(word[row] for word, row in zip(words, rows, strict=True))
    steps = encoder.steps
    if steps is None:
        return score_block(encoder, params, objective, targets, jnp.stack(ids, axis=1))

    def read(params: Params) -> Array:
        states = [jax.vmap(lambda word: steps.begin(params, word))(words[0])]
        for level in range(1, len(words)):
            before = jax.tree.map(lambda x, level=level: x[parents[level]], states[-1])
            advance = jax.vmap(lambda state, word: steps.advance(params, state, word))
            states.append(advance(before, words[level]))
        layers = [jax.vmap(lambda s: steps.read(params, s))(state) for state in states]
        activations = {
            layer: tuple(level[layer][row] for level, row in zip(layers, rows, strict=True))
            for layer in layers[-1]
        }

        def score_one(target: Target) -> Array:
            return jax.vmap(lambda a, w: objective(a, w, target))(activations, InTurn(ids))

        return jax.vmap(score_one)(targets)

    return average_contexts(encoder, read)(params)


def compile_corpus(
    encoder: Encoder, objective: Objective, devices: Sequence[jax.Device] = ()
) -> Callable:
    """Compile `(best, params, targets, thresholds, block) -> best, tally`; best is taken over.

    Args:
      encoder: of the model.
      objective: what of its activations counts.
      devices: among which the neurons are shared out in equal parts.
    """

    def sweep_block(best, params, targets, thresholds, block):
        scores = score_tree(encoder, params, objective, targets, block.words, block.parents)
        return take_in(best, scores, block.rows, block.real, thresholds)

    split = split_neurons(sweep_block, (True, False, True, True, False), devices)
    return jax.jit(split, donate_argnums=0)


def sweep_ngrams(
    sweep_block: Callable, params: Params, targets: Target, source: NgramSource, *,
    keep: int = 10, thresholds: np.ndarray | None = None,
) -> Iterator[tuple[int, Best, Tally]]:
    """Search n-grams, of a corpus or all there are, for all targets in one pass.

    Args:
      sweep_block: from `compile_corpus`.
      params: of the encoder.
      targets: N neurons.
      source: the n-grams.
      keep: best n-grams kept of each neuron.
      thresholds: below which their scores are counted, `float32 [N, T]`.

    Yields:
      After each block, how many n-grams are done, the best so far and what all come to.

    Raises:
      InputError: no n-gram is to be kept.
    """
    if keep < 1:
        raise InputError(f"keep={keep}: give 1 or more")
    neurons = len(targets.number)
    if thresholds is None:
        thresholds = np.zeros((neurons, 0), np.float32)
    best, tally = start_best(neurons, min(keep, source.total)), start_tally(*thresholds.shape)
    done = 0
    for block in source.blocks():
        best, part = sweep_block(best, params, targets, thresholds, block)
        tally = add_tally(tally, part)
        done += int(block.real)
        yield done, best, tally


def sample_rows(number: int, size: int, seed: int) -> np.ndarray:
    """Draw distinct n-grams whose activations stand for all when quantiles are asked for."""
    generator = np.random.default_rng(seed)
    return np.sort(generator.choice(number, min(size, number), replace=False))


def compile_scores(encoder: Encoder, objective: Objective) -> Callable:
    """Compile `(params, targets, tokens [M, L]) -> scores [N, M]`."""

    @jax.jit
    def score_all(params: Params, targets: Target, tokens: Array) -> Array:
        return score_block(encoder, params, objective, targets, tokens)

    return score_all


def sample_scores(
    score_all: Callable, params: Params, targets: Target, tokens: np.ndarray, block: int = 4096
) -> np.ndarray:
    """Score sampled n-grams `int32 [M, L]` for all targets, `[N, M]`, block by block."""
    parts = []
    for start in range(0, len(tokens), block):
        part = tokens[start : start + block]
        padded = np.pad(part, ((0, block - len(part)), (0, 0)), mode="edge")
        parts.append(np.asarray(score_all(params, targets, padded))[:, : len(part)])
    return np.concatenate(parts, axis=1)
