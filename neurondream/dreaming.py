"""Neurons to their n-grams: one compiled program for many neurons at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import jax
import numpy as np

from neurondream.base import (
    Activations,
    Array,
    Dream,
    Encoder,
    InTurn,
    Objective,
    Params,
    Rough,
    Score,
    Search,
    Steps,
    Target,
    Words,
)


def make_score(encoder: Encoder, params: Params, objective: Objective, target: Target) -> Score:
    """Build the function from words to the activation of one neuron."""

    def score(words: Words) -> Array:
        if isinstance(words, InTurn):
            steps = encoder.rough if isinstance(words, Rough) else encoder.steps
            activations = read_words(steps, params, words.ids)
        else:
            activations = encoder.encode(params, encoder.embed(params, words))
        return objective(activations, words, target)

    return score


def read_words(steps: Steps, params: Params, words: tuple[Array, ...]) -> Activations:
    """Compute the activations of hard words one after another."""
    states = [steps.begin(params, words[0])]
    for word in words[1:]:
        states.append(steps.advance(params, states[-1], word))
    return by_layer([steps.read(params, state) for state in states])


def by_layer(positions: Sequence[Mapping[str, Array]]) -> Activations:
    """Turn layers at L positions into layers of tuples of L vectors."""
    return {layer: tuple(p[layer] for p in positions) for layer in positions[0]}


def dream(
    key: Array, encoder: Encoder, params: Params, objective: Objective, search: Search,
    targets: Target,
) -> Dream:
    """Dream many neurons, the only place where neurons are batched.

    Args:
      key: the run's key; each neuron's own is folded from it and the neuron's number.
      targets: N neurons, a leading axis `[N]` on every field.

    Returns:
      Their dreams, a leading axis `[N]` on every field.
    """

    def dream_one(target: Target) -> Dream:
        score = make_score(encoder, params, objective, target)
        return search(jax.random.fold_in(key, target.number), score)

    return jax.vmap(dream_one)(targets)


def score_tokens(
    encoder: Encoder, params: Params, objective: Objective, targets: Target, tokens: Array
) -> Array:
    """Recompute the activation `[N]` of one hard n-gram `[N, L]` for each target."""
    return jax.vmap(lambda target, ids: make_score(encoder, params, objective, target)(ids))(
        targets, tokens
    )


def chunk_size(targets: int, bytes_each: int, budget: int) -> int:
    """Choose how many neurons to dream at once: all if they fit, else equal shares.

    Args:
      targets: N.
      bytes_each: memory of one neuron's step.
      budget: bytes that all of them may take.
    """
    largest = max(1, budget // bytes_each)
    chunks = -(-targets // largest)
    return -(-targets // chunks)


def split_targets(targets: Target, size: int) -> Iterator[tuple[int, Target]]:
    """Cut targets into chunks of one shape, so that one program serves them all.

    Yields:
      The number of real neurons in the chunk and the chunk, the last neuron repeated to fill it.
    """
    number = len(targets.number)
    for start in range(0, number, size):
        rows = np.minimum(np.arange(start, start + size), number - 1)
        yield min(size, number - start), jax.tree.map(lambda field, r=rows: field[r], targets)


def compile_dreams(
    encoder: Encoder, objective: Objective, search: Search
) -> Callable[[Array, Params, Target], Dream]:
    """Compile `(key, params, targets) -> Dream` once for all chunks of one shape."""

    def dream_chunk(key: Array, params: Params, targets: Target) -> Dream:
        return dream(key, encoder, params, objective, search, targets)

    return jax.jit(dream_chunk)
