"""How fluent words are by a judge: the mean log-probability of a word, in nats.

Objectives, like those of neurons: what a judge computes stands among the activations.
"""

import jax
import jax.numpy as jnp

from neurondream.base import BEFORE, Activations, Array, Objective, Target, Words, are_hard


def by_next_word(layer: str) -> Objective:
    """Judge each word by the logits after the words before it.

    Where nothing stands before the first word, nothing is said of it.

    Args:
      layer: whose units are the logits of the next word.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del target
        logits, before = activations[layer], activations.get(layer + BEFORE)
        if before is not None and before.shape[1]:
            logits = jnp.concatenate([before[0, -1:], logits])
            return _mean_of(jax.nn.log_softmax(logits[:-1]), words)
        return _mean_of(jax.nn.log_softmax(logits[:-1]), words[1:])

    return objective


def by_own_word(layer: str) -> Objective:
    """Judge each word by logits at its own place: the pseudo-log-likelihood of a masked model.

    Salazar et al. 2020 (arXiv:1910.14659).

    Args:
      layer: whose units are the logits of a word that the model has not seen.
    """

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        del target
        return _mean_of(jax.nn.log_softmax(activations[layer]), words)

    return objective


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
        return _mean_of(activations[every], words)

    return objective


def stack_terms(*objectives: Objective) -> Objective:
    """Make an objective whose scores are several terms, `[K]`."""

    def objective(activations: Activations, words: Words, target: Target) -> Array:
        return jnp.stack([each(activations, words, target) for each in objectives])

    return objective


def _mean_of(logs: Array, words: Words) -> Array:
    """Average log-probabilities `[L, V]` of hard or soft words."""
    if not len(logs):
        return jnp.float32(0)
    if are_hard(words):
        return jnp.mean(jnp.take_along_axis(logs, words[:, None], axis=1))
    return jnp.mean(jnp.sum(logs * words, axis=1))
