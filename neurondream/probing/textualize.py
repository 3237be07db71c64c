"""Do neurons stand for words? The free vector that a neuron wants, and the words near to it.

Baeumel et al. 2023 (Investigating the Encoding of Words in BERT's Neurons using Feature
Textualization): a neuron's wanted vector is seldom near to a word; that of a group of neurons that
a word activates may lead back to the word.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from neurondream.analysis.textualize import compare_cosines, describe_share
from neurondream.base import Array, Target, Vectors
from neurondream.dreaming import make_score
from neurondream.errors import InputError
from neurondream.model import Model, Reader, open_reader
from neurondream.neurons.expressions import parse_neurons
from neurondream.objectives import linear
from neurondream.progress import start_bar
from neurondream.relaxations import START
from neurondream.targets import make_targets, source_layer

STEPS, LEARNING_RATE = 300, 0.03
RANDOM = 1000  # directions
_AT_ONCE = 256  # words or targets


class Wanted(NamedTuple):
    """Free vectors in the place of one word."""

    vectors: np.ndarray  # [N, S, E], from S starts each
    scores: np.ndarray  # [N, S], activations there


def study_words(
    model: Model, layer: str, *, neurons: int, starts: int, words: int, sizes: Sequence[int],
    seed: int = 0, progress: Callable | bool | None = None,
) -> dict[str, Any]:
    """Measure how near single neurons are to words, and how many it takes to recover one.

    Args:
      model: any.
      layer: of the neurons.
      neurons: drawn of it.
      starts: free vectors of each.
      words: drawn, to recover.
      sizes: numbers of neurons of a word.
      seed: of draws and starts.
      progress: see `progress.start_bar`.

    Raises:
      InputError: the model has no such layer, or too few units there.
    """
    every = parse_neurons(f"{layer}:all", model)
    if max(sizes) > len(every):
        raise InputError(f"sizes={max(sizes)}: {layer} has {len(every)} units")
    generator, reader = np.random.default_rng(seed), open_reader(model)
    chosen = [every[number] for number in generator.permutation(len(every))[:neurons]]
    source = source_layer(reader.readouts, layer)
    size = len(reader.readouts[layer].weight) if layer in reader.readouts else len(every)
    targets = make_targets(reader.readouts, chosen, size)
    wanted = find_vectors(reader, source, targets, starts=starts, seed=seed)
    table, allowed = np.asarray(reader.encoder.table(reader.params)), model.tokenizer.allowed
    nearest, cosines = find_nearest(wanted.vectors, table, allowed)
    random = generator.normal(size=(RANDOM, table.shape[1]))
    single = compare_cosines(
        cosines, find_nearest(random, table, allowed)[1], nearest, wanted.vectors
    )
    dreamable = np.flatnonzero(allowed)
    rows = generator.permutation(len(dreamable))[:words]
    directions, ranks = choose_groups(read_words(reader, layer, dreamable), rows, sizes)
    recovered = []
    with start_bar(progress, len(sizes), "sizes") as bar:
        for number, each in enumerate(sizes):
            group = number_directions(directions[:, number])
            vectors = find_vectors(reader, layer, group, seed=seed).vectors[:, 0]
            recovered.append({
                "size": each, "first": describe_share(ranks[:, number] == 1),
                "ten": describe_share(ranks[:, number] <= 10),
                "vector": describe_share(
                    find_nearest(vectors, table, allowed)[0] == dreamable[rows]
                ),
            })
            bar.update(1)
    return {
        "model": model.name, "sha256": model.sha256, "layer": layer, "seed": seed,
        "neurons": len(chosen), "starts": starts, "words": len(rows), "single": single,
        "recovered": recovered,
    }


def find_vectors(
    reader: Reader, layer: str, targets: Target, *, starts: int = 1, seed: int = 0
) -> Wanted:
    """Climb the free vector that each target wants to read, from random starts.

    Args:
      reader: of a model.
      layer: that the targets are directions of.
      targets: N.
      starts: S.
      seed: of the starts.
    """
    encoder, width = reader.encoder, reader.encoder.table(reader.params).shape[1]
    objective, optimizer = linear(layer), optax.adam(LEARNING_RATE)

    def climb(params, target: Target, key: Array):
        score = make_score(encoder, params, objective, target)

        def negated(vector: Array) -> Array:
            return -score(Vectors(vector[None]))

        def step(carry, _):
            vector, state = carry
            updates, state = optimizer.update(jax.grad(negated)(vector), state)
            return (optax.apply_updates(vector, updates), state), None

        begin = jax.random.uniform(key, (width,), minval=-START, maxval=START)
        (vector, _), _ = jax.lax.scan(step, (begin, optimizer.init(begin)), length=STEPS)
        return vector, -negated(vector)

    @jax.jit
    def climb_all(params, targets: Target):
        def climb_starts(target: Target):
            own = jax.random.fold_in(jax.random.key(seed), target.number)
            keys = jax.random.split(own, starts)
            return jax.vmap(lambda key: climb(params, target, key))(keys)

        return jax.lax.map(climb_starts, targets, batch_size=min(_AT_ONCE, len(targets.number)))

    return Wanted(*map(np.asarray, climb_all(reader.prepared, targets)))


def find_nearest(
    vectors: np.ndarray, table: np.ndarray, allowed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the allowed word of largest cosine with each vector.

    Args:
      vectors: `[..., E]`.
      table: of all words, `[V, E]`.
      allowed: `bool [V]`.

    Returns:
      Ids and cosines, `[...]`.
    """
    units = [
        x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12) for x in (vectors, table)
    ]
    cosines = np.where(allowed, units[0] @ units[1].T, -np.inf)
    return cosines.argmax(axis=-1), cosines.max(axis=-1)


def read_words(reader: Reader, layer: str, words: np.ndarray) -> np.ndarray:
    """Compute a layer's activations `[W, D]` at each of W words that stands alone."""

    @jax.jit
    def read(params, ids: Array) -> Array:
        def read_one(word: Array) -> Array:
            encoder = reader.encoder
            return encoder.encode(params, encoder.embed(params, word[None]))[layer][0]

        return jax.vmap(read_one)(ids)

    filled = np.pad(words, (0, -len(words) % _AT_ONCE), mode="edge").astype(np.int32)
    parts = [np.asarray(read(reader.prepared, part)) for part in filled.reshape(-1, _AT_ONCE)]
    return np.concatenate(parts)[: len(words)]


def choose_groups(
    activations: np.ndarray, rows: np.ndarray, sizes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the units that each of some words activates most, in deviations over all words.

    Args:
      activations: of W words, `[W, D]`.
      rows: Q of the words.
      sizes: K numbers of units.

    Returns:
      Directions `[Q, K, D]`, the mean of each group in deviations, and the rank of the word itself
      among all words by it, `int [Q, K]`; 1 is the first.
    """
    mean, deviation = activations.mean(axis=0), np.maximum(activations.std(axis=0), 1e-12)
    standing = (activations - mean) / deviation
    order = np.argsort(-standing[rows], axis=1)
    directions = np.zeros((len(rows), len(sizes), activations.shape[1]), np.float32)
    ranks = np.zeros((len(rows), len(sizes)), int)
    for query, row in enumerate(rows):
        for number, size in enumerate(sizes):
            units = order[query, :size]
            directions[query, number, units] = 1 / (size * deviation[units])
            scores = standing[:, units].mean(axis=1)
            ranks[query, number] = 1 + np.sum(scores > scores[row])
    return directions, ranks


def number_directions(directions: np.ndarray) -> Target:
    """Make targets of directions `[N, D]`, numbered one after another."""
    number = len(directions)
    return Target(
        jnp.arange(number, dtype=jnp.uint32), jnp.asarray(directions), jnp.zeros(number)
    )
