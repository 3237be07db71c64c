"""How probable a text is by an n-gram model, `corpora/kneser_ney.py`, as pure functions."""

import jax
import jax.numpy as jnp

from neurondream.base import Array, Params


def log_probabilities(model: Params, ids: Array) -> Array:
    """Compute the log-probability of each token after those before it.

    The first token has no context, so that a text is to be given with what it is read behind.

    Args:
      model: a `KneserNey`, of arrays of either kind; its levels and their sizes are static.
      ids: `int32 [T]`, inside the vocabulary.

    Returns:
      `float32 [T]`, in nats.
    """
    return _read(model, ids)[0]


def next_log_probabilities(model: Params, ids: Array) -> Array:
    """Compute the log-probability of every word in each place, after the tokens before it.

    Args:
      model: as `log_probabilities` takes it.
      ids: `int32 [T]`; the last one is before no place.

    Returns:
      `float32 [T, V]`, in nats.
    """
    _, contexts = _read(model, ids)
    unigrams = jnp.asarray(model.log_probability[0])
    every = jnp.arange(len(unigrams), dtype=jnp.int32)

    def judge(*contexts: Array) -> Array:
        logs = unigrams
        for level, context in enumerate(contexts):
            logs, _ = _go_on(model, level, jnp.broadcast_to(context, every.shape), every, logs)
        return logs

    return jax.vmap(judge)(*contexts) if contexts else jnp.tile(unigrams, (len(ids), 1))


def _read(model: Params, ids: Array) -> tuple[Array, list[Array]]:
    """Compute log-probabilities, and for each level the context's node in each place or -1."""
    node, logs, contexts = ids, jnp.asarray(model.log_probability[0])[ids], []
    for level in range(len(model.words)):
        # An n-gram is a child of the one that ends a token earlier.
        contexts.append(jnp.pad(node, (1, 0), constant_values=-1)[:-1])
        logs, node = _go_on(model, level, contexts[-1], ids, logs)
    return logs, contexts


def _go_on(
    model: Params, level: int, context: Array, ids: Array, logs: Array
) -> tuple[Array, Array]:
    """Take one more token of context into log-probabilities `[T]`; returns the nodes, too."""
    starts, words = (jnp.asarray(each[level]) for each in (model.starts, model.words))
    there = context >= 0
    row = jnp.maximum(context, 0)
    size = jnp.where(there, starts[row + 1] - starts[row], 0)
    largest = min(len(model.log_probability[0]), len(words))
    child = _find_child(words, starts[row], size, ids, largest)
    # The probability of an n-gram that is not there is that of a shorter one, weighed.
    logs = logs + jnp.where(there, jnp.asarray(model.log_backoff[level])[row], 0)
    seen = jnp.asarray(model.log_probability[level + 1])[child]
    return jnp.where(child >= 0, seen, logs), child


def _find_child(words: Array, start: Array, size: Array, wanted: Array, largest: int) -> Array:
    """Search sorted ranges for a word each, all in the same number of steps.

    Args:
      words: `int32 [M]`, sorted inside every range.
      start: of each range, `int32 [T]`.
      size: of each range, `int32 [T]`, at most `largest`.
      wanted: a word for each range, `int32 [T]`.
      largest: range that there may be.

    Returns:
      Where the words stand, `int32 [T]`; -1 for those that do not.
    """

    def halve(_, state):
        low, left = state
        half = left // 2
        behind = (left > 0) & (words[low + half] < wanted)
        return jnp.where(behind, low + half + 1, low), jnp.where(behind, left - half - 1, half)

    # Each step leaves at most half of a range.
    low, _ = jax.lax.fori_loop(0, largest.bit_length(), halve, (start, size))
    found = (low < start + size) & (words[low] == wanted)
    return jnp.where(found, low, -1)
