"""Corpus search: the n-grams of a corpus that most activate each neuron, in one pass."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, InTurn, Objective, Params, Target
from neurondream.dreaming import check_targets, make_score, split_neurons
from neurondream.errors import InputError
from neurondream.sweeps.prefixes import NgramSource

SORTED_AT_ONCE = 64  # neurons whose best n-grams are sorted together


class CorpusState(NamedTuple):
    """What the next block of n-grams needs, for `N` neurons."""

    scores: Array  # [N, K], the best so far, from high to low
    rows: Array  # int32 [N, K], which n-grams they are
    mean: Array  # [N]
    squares: Array  # [N], sum of squared deviations from the mean
    count: Array  # float32 [N], n-grams seen, the same for all


class CorpusResult(NamedTuple):
    """How a corpus activates `N` neurons."""

    rows: np.ndarray  # int32 [N, K], the best n-grams, from high to low
    scores: np.ndarray  # [N, K], their activations
    mean: np.ndarray  # [N], over all distinct n-grams
    deviation: np.ndarray  # [N]


def score_block(
    encoder: Encoder, params: Params, objective: Objective, targets: Target, tokens: Array
) -> Array:
    """Score n-grams `int32 [M, L]` for all targets, `[N, M]`; they are encoded once for all."""
    check_targets(targets)
    chex.assert_rank(tokens, 2)

    def score_one(target: Target) -> Array:
        return jax.vmap(make_score(encoder, params, objective, target))(tokens)

    return jax.vmap(score_one)(targets)


def init_corpus(targets: int, keep: int) -> CorpusState:
    """Start with nothing seen."""
    return CorpusState(
        jnp.full((targets, keep), -jnp.inf, jnp.float32),
        jnp.zeros((targets, keep), jnp.int32),
        jnp.zeros(targets),
        jnp.zeros(targets),
        jnp.zeros(targets),
    )


def update_corpus(state: CorpusState, scores: Array, rows: Array, real: Array) -> CorpusState:
    """Take in the scores `[N, M]` of the n-grams `rows [M]`, the first `real` of them counting.

    Mean and deviation are merged block by block (Chan, Golub & LeVeque 1983).
    """
    counting = jnp.arange(scores.shape[1]) < real
    best, best_rows = keep_best(
        state.scores, state.rows, jnp.where(counting, scores, -jnp.inf), rows
    )

    number = real.astype(jnp.float32)
    block_mean = jnp.sum(jnp.where(counting, scores, 0), axis=1) / number
    deviations = jnp.where(counting, scores - block_mean[:, None], 0)
    total = state.count + number
    shift = block_mean - state.mean
    return CorpusState(
        best,
        best_rows,
        state.mean + shift * number / total,
        state.squares
        + jnp.sum(deviations**2, axis=1)
        + shift**2 * state.count * number / total,
        total,
    )


def keep_best(
    best: Array, best_rows: Array, scores: Array, rows: Array
) -> tuple[Array, Array]:
    """Merge the scores `[N, M]` of the n-grams `rows [M]` into the best so far, `[N, K]`.

    Soon a block holds something better for few neurons; only those are sorted, some at a time.
    """
    number, keep = best.shape
    at_once = min(number, SORTED_AT_ONCE)

    def sort_some(state):
        best, best_rows, waiting = state
        some = jnp.flatnonzero(waiting, size=at_once, fill_value=number)  # beyond: dropped
        both = jnp.concatenate([best[some], scores[some]], axis=1)
        both_rows = jnp.concatenate(
            [best_rows[some], jnp.broadcast_to(rows, (at_once, len(rows)))], axis=1
        )
        top, position = jax.lax.top_k(both, keep)
        top_rows = jnp.take_along_axis(both_rows, position, axis=1)
        return (
            best.at[some].set(top, mode="drop"),
            best_rows.at[some].set(top_rows, mode="drop"),
            waiting.at[some].set(False, mode="drop"),
        )

    # Not `>`: a NaN shall come out on top, where it is seen.
    waiting = ~(jnp.max(scores, axis=1) <= best[:, -1])
    best, best_rows, _ = jax.lax.while_loop(
        lambda state: jnp.any(state[2]), sort_some, (best, best_rows, waiting)
    )
    return best, best_rows


def score_tree(
    encoder: Encoder, params: Params, objective: Objective, targets: Target,
    words: tuple[Array, ...], parents: tuple[Array, ...],
) -> Array:
    """Score the n-grams of a block for all targets, `[N, M]`; shared prefixes are read once.

    Args:
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


def compile_corpus(
    encoder: Encoder, objective: Objective, devices: Sequence[jax.Device] = ()
) -> Callable:
    """Compile `(state, params, targets, block) -> state`; the state is taken over.

    Args:
      encoder: of the model.
      objective: what of its activations counts.
      devices: among which the neurons are shared out in equal parts.
    """

    def sweep_block(state, params, targets, block):
        scores = score_tree(encoder, params, objective, targets, block.words, block.parents)
        return update_corpus(state, scores, block.rows, block.real)

    split = split_neurons(sweep_block, (True, False, True, False), devices)
    return jax.jit(split, donate_argnums=0)


def sweep_ngrams(
    sweep_block: Callable, params: Params, targets: Target, source: NgramSource, *, keep: int = 10
) -> Iterator[tuple[int, CorpusState]]:
    """Search n-grams, of a corpus or all there are, for all targets in one pass.

    Args:
      sweep_block: from `compile_corpus`.
      params: of the encoder.
      targets: N neurons.
      source: the n-grams.
      keep: best n-grams kept of each neuron.

    Yields:
      After each block, how many n-grams are done and the state; `finish_corpus` reads the last.

    Raises:
      InputError: no n-gram is to be kept.
    """
    if keep < 1:
        raise InputError(f"keep={keep}: give 1 or more")
    state = init_corpus(len(targets.number), min(keep, source.total))
    done = 0
    for block in source.blocks():
        state = sweep_block(state, params, targets, block)
        done += int(block.real)
        yield done, state


def finish_corpus(state: CorpusState) -> CorpusResult:
    """Read the result off the last state."""
    return CorpusResult(
        np.asarray(state.rows),
        np.asarray(state.scores),
        np.asarray(state.mean),
        np.sqrt(np.asarray(state.squares / jnp.maximum(state.count, 1))),
    )


def sample_rows(number: int, size: int, seed: int) -> np.ndarray:
    """Draw distinct n-grams whose activations stand for all when quantiles are asked for."""
    generator = np.random.default_rng(seed)
    return np.sort(generator.choice(number, min(size, number), replace=False))


def sample_scores(
    encoder: Encoder,
    params: Params,
    objective: Objective,
    targets: Target,
    tokens: np.ndarray,
    block: int = 4096,
) -> np.ndarray:
    """Score sampled n-grams `int32 [M, L]` for all targets, `[N, M]`."""

    @jax.jit
    def scores_of(params: Params, targets: Target, tokens: Array) -> Array:
        return score_block(encoder, params, objective, targets, tokens)

    parts = []
    for start in range(0, len(tokens), block):
        part = tokens[start : start + block]
        padded = np.pad(part, ((0, block - len(part)), (0, 0)), mode="edge")
        parts.append(np.asarray(scores_of(params, targets, padded))[:, : len(part)])
    return np.concatenate(parts, axis=1)
