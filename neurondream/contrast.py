"""What sets a neuron off against the others of its layer.

An n-gram that excites a neuron most often excites its neighbours as well: "lamb" a neuron for
dogs. Contrast gives some of the activation up for n-grams that leave the others calm.
"""

import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array, Objective, Target, Words

RIVALS = 5  # of the others, the most excited ones: one alone costs more for less


def contrasted(objective: Objective, others: Target) -> Objective:
    """Score a neuron less what the most excited of the others rise to.

    Args:
      objective: scores one target.
      others: K units whose scores are in corpus deviations above their corpus means.

    Returns:
      An objective of targets with a `contrast`.
    """

    def score(activations: Activations, words: Words, target: Target) -> Array:
        heights = _score_others(objective, others, activations, words)
        heights = jnp.where(target.contrast.others, heights, -jnp.inf)
        largest = jax.lax.top_k(heights, min(RIVALS, len(heights)))[0]
        # A layer may have fewer others.
        there = ~jnp.isneginf(largest)
        mean = jnp.sum(jnp.where(there, largest, 0)) / jnp.maximum(jnp.sum(there), 1)
        return objective(activations, words, target) - target.contrast.price * mean

    return score


def contrasted_magnitude(magnitude: Objective, others: Target) -> Objective:
    """Bound the size of what a contrasted score adds up, given what bounds the plain one's."""

    def size(activations: Activations, words: Words, target: Target) -> Array:
        sizes = _score_others(magnitude, others, activations, words)
        largest = jnp.max(jnp.where(target.contrast.others, sizes, 0))
        return magnitude(activations, words, target) + target.contrast.price * largest

    return size


def _score_others(objective, others, activations, words):
    return jax.vmap(lambda other: objective(activations, words, other))(others)
