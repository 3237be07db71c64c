"""How fluent words are by a judge: the mean log-probability of a word, in nats.

Objectives, like those of neurons: what a judge computes stands among the activations.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from neurondream.base import (
    BEFORE,
    FIRST,
    READOUTS,
    Activations,
    Array,
    InParts,
    Objective,
    Readout,
    Target,
    Words,
    are_hard,
    join_words,
)

# Words whose logits are computed at once, of vocabularies of more than FEW. On two cores 256
# 5-grams of 50,000 words (H = 512) took .71 of the time of all logits at once, and 30 MB in place
# of 400; of 9,733 words .68; but 8 12-grams of these, as a climb judges them, 1.2 times the time.
BLOCK, FEW = 4096, 16384


def by_next_word(layer: str) -> Objective:
    """Judge each word by the logits after the words before it.

    Where nothing stands before the first word, nothing is said of it.

    Args:
      layer: whose units are the logits of the next word.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del target
        source, readout = _choose_layer(activations, layer)
        values, before = activations[source], activations.get(source + BEFORE)
        if isinstance(values, tuple):
            # What stands before all words is shown after each.
            values, before = jnp.stack(values), None if before is None else before[0][None]
        parts = [(values, join_words(words))]
        if isinstance(words, InParts):
            first = activations[FIRST][source]
            parts = [(first, words.before), (values[len(first) :], words.ids)]
        lead = parts[0][0][:0] if before is None else before[0, -1:]
        logs = []
        for rows, own in parts:
            judging = jnp.concatenate([lead, rows[:-1]])
            logs.append(_judge(judging, own[len(own) - len(judging) :], readout))
            lead = rows[-1:]
        logs = jnp.concatenate(logs)
        return jnp.mean(logs) if len(logs) else jnp.float32(0)

    return objective


def by_own_word(layer: str) -> Objective:
    """Judge each word by logits at its own place: the pseudo-log-likelihood of a masked model.

    Salazar et al. 2020 (arXiv:1910.14659).

    Args:
      layer: whose units are the logits of a word that the model has not seen.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del target
        source, readout = _choose_layer(activations, layer)
        return jnp.mean(_judge(activations[source], join_words(words), readout))

    return objective


def magnitude(layer: str) -> Objective:
    """Measure the size of what log-probabilities are made of, that their rounding goes with.

    Args:
      layer: whose units are logits, or log-probabilities.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del words, target
        shown = [activations[name] for name in (layer, layer + BEFORE) if name in activations]
        # A log-probability is a logit less what all of them come to, no larger than the largest.
        return 2 * jnp.max(jnp.stack([jnp.max(jnp.abs(values)) for values in shown]))

    return objective


def word_log_probabilities(states: Array, readout: Readout, words: Words) -> Array:
    """Compute the log-probability of words by the logits that states come to, block by block.

    No more than `BLOCK` logits of a place are there at once, forward or backward.

    Args:
      states: `[L, H]`, of the layer that logits are linear in.
      readout: of the logits, `[H, V]`.
      words: hard ones `int32 [L]`, or soft ones `[L, V]`: their weights are of log-probabilities.

    Returns:
      `[L]`.
    """
    _, weight, bias = readout
    vocabulary = weight.shape[1]
    number = -(-vocabulary // BLOCK)
    block = -(-vocabulary // number)

    @jax.checkpoint  # else all blocks are kept for the gradient
    def sum_block(turn: Array) -> Array:
        # The last block ends with the vocabulary; what an earlier one has summed does not count.
        start = jnp.minimum(turn * block, vocabulary - block)
        columns = jax.lax.dynamic_slice_in_dim(weight, start, block, axis=1)
        logits = _multiply(states, columns) + jax.lax.dynamic_slice_in_dim(bias, start, block)[None]
        counting = start + jnp.arange(block) >= turn * block
        return jax.nn.logsumexp(jnp.where(counting[None], logits, -jnp.inf), axis=1)

    sums = jax.lax.map(sum_block, jnp.arange(number))
    total = jax.nn.logsumexp(sums, axis=0)
    if are_hard(words):
        own = jnp.sum(states * weight[:, words].T.astype(states.dtype), axis=1)
        return own + bias[words] - total
    own = jnp.sum(states * _multiply(words, weight.T), axis=1) + _multiply(words, bias)
    return own - total * jnp.sum(words, axis=1)


def in_blocks(readouts: Mapping[str, Readout], layer: str | None) -> bool:
    """Tell whether the logits of a layer are computed block by block."""
    return layer in readouts and readouts[layer].weight.shape[1] > FEW


def _multiply(a: Array, b: Array) -> Array:
    # Else accelerators round both; see `encoders/precision.py`.
    return jnp.matmul(a, b.astype(a.dtype), precision="float32")


def _choose_layer(activations: Activations, layer: str) -> tuple[str, Readout | None]:
    """Choose what logits are read off: the layer, or of many words what it is linear in."""
    readouts = activations.get(READOUTS, {})
    if not in_blocks(readouts, layer):
        return layer, None
    return readouts[layer].source, readouts[layer]


def _judge(values: Array, words: Words, readout: Readout | None) -> Array:
    """Compute the log-probability of each word `[L]` by what stands in its place, `[L, D]`."""
    if readout is None:
        return _weigh(jax.nn.log_softmax(values), words)
    return word_log_probabilities(values, readout, words)


def by_table(own: str, every: str) -> Objective:
    """Judge words by log-probabilities that are given.

    Args:
      own: the layer `[L, 1]` with those of the hard words themselves.
      every: the layer `[L, V]` with those of all words in their places, which soft ones mix.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del target
        if are_hard(words):
            return jnp.mean(activations[own])
        return jnp.mean(_weigh(activations[every], words))

    return objective


def stack_terms(*objectives: Objective) -> Objective:
    """Make an objective whose scores are several terms, `[K]`."""

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        return jnp.stack([each(activations, words, target) for each in objectives])

    return objective


def _weigh(logs: Array, words: Words) -> Array:
    """Choose log-probabilities `[L, V]` of hard words, or mix them as soft ones do; `[L]`."""
    if are_hard(words):
        return jnp.take_along_axis(logs, words[:, None], axis=1)[:, 0]
    return jnp.sum(logs * words, axis=1)
