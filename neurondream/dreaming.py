"""Neurons to their n-grams: one compiled program for many neurons at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import chex
import jax
import jax.numpy as jnp

from neurondream.base import (
    AFTER,
    FIRST,
    READOUTS,
    Activations,
    Array,
    Dream,
    Encoder,
    InOne,
    InParts,
    InTurn,
    Objective,
    Params,
    Rough,
    Score,
    Search,
    Steps,
    Target,
    Words,
    are_hard,
    join_words,
)


def make_score(encoder: Encoder, params: Params, objective: Objective, target: Target) -> Score:
    """Build the function from words to the activation of one neuron.

    Hard words whose activation is not a finite number are worth `-inf`, so that no search takes
    them for the best, nor for anything that could be compared.
    """

    readouts = encoder.readouts(params)

    def read(params: Params, words: Words) -> Array:
        if isinstance(words, InTurn) and encoder.steps:
            steps = encoder.rough if isinstance(words, Rough) else None
            activations = read_words(steps or encoder.steps, params, words.ids)
        else:
            activations = read_whole(encoder, params, words)
            words = words if FIRST in activations else join_words(words)
        shown = {**activations, READOUTS: readouts}
        value = objective(shown, words, target)
        return jnp.where(jnp.isfinite(value), value, -jnp.inf) if are_hard(words) else value

    read_all = average_contexts(encoder, read)

    def score(words: Words) -> Array:
        if isinstance(words, InOne):
            return read(choose_context(encoder, params, words.context), words.words)
        return read_all(params, words)

    return score


def read_whole(encoder: Encoder, params: Params, words: Words) -> Activations:
    """Compute the activations of words; the first of two parts once for all that follow it."""
    if not (isinstance(words, InParts) and encoder.go_on):
        return encoder.encode(params, encoder.embed(params, join_words(words)))
    first, past = encoder.go_on(params, None, encoder.embed(params, words.before))
    second, _ = encoder.go_on(params, past, encoder.embed(params, words.ids))
    # Each shows what stands around the whole on its own side.
    return {FIRST: first, **first, **second} | {
        layer: jnp.concatenate([first[layer], values]) for layer, values in second.items()
        if not layer.endswith(AFTER)
    }


def average_contexts(encoder: Encoder, read: Callable[..., Array]) -> Callable[..., Array]:
    """Average what `read(params, ...)` gives over the contexts of an encoder, if it has any."""
    if encoder.contexts is None:
        return read

    def average(params: Params, *rest) -> Array:
        each = jax.vmap(lambda params: read(params, *rest), in_axes=(encoder.contexts,))(params)
        return jnp.mean(each, axis=0)

    return average


def choose_context(encoder: Encoder, params: Params, context: Array) -> Params:
    """Take one of the contexts of an encoder, if it has any, out of its parameters."""

    def take(axis: int | None, part: Any) -> Any:
        if axis is None:
            return part
        return jax.tree.map(lambda leaf: jnp.take(leaf, context, axis), part)

    return jax.tree.map(take, encoder.contexts, params, is_leaf=lambda axis: axis is None)


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
    key: Array, encoder: Encoder, params: Params, objective: Objective,
    search: Search | Callable[[Array], Search], targets: Target, starts: Array | None = None,
) -> Dream:
    """Dream many neurons, the only place where neurons are batched.

    Args:
      key: the run's key; each neuron's own is folded from it and the neuron's number.
      encoder: of the model.
      params: of the encoder.
      objective: what of its activations counts.
      search: climbs the score of one neuron; where there are starts, makes what climbs from its.
      targets: N neurons, a leading axis `[N]` on every field.
      starts: n-grams to start from, `int32 [N, L]` or, M for each neuron, `[N, M, L]`.

    Returns:
      Their dreams, a leading axis `[N]` on every field.
    """
    check_targets(targets, starts)

    def dream_one(target: Target, start: Array | None) -> Dream:
        climb = search if start is None else search(start)
        score = make_score(encoder, params, objective, target)
        return climb(jax.random.fold_in(key, target.number), score)

    return jax.vmap(dream_one)(targets, starts)


def score_tokens(
    encoder: Encoder, params: Params, objective: Objective, targets: Target, tokens: Array
) -> Array:
    """Recompute the activation `[N]` of one hard n-gram `[N, L]` for each target."""
    check_targets(targets, tokens)
    return jax.vmap(lambda target, ids: make_score(encoder, params, objective, target)(ids))(
        targets, tokens
    )


def check_targets(targets: Target, tokens: Array | None = None) -> None:
    """Refuse targets, and n-grams one each, that are not of N neurons of one layer.

    Raises:
      AssertionError: they are not; what calls this is wrong, not a person's input.
    """
    number, direction, offset, _ = targets
    chex.assert_rank([number, direction, offset], [1, 2, 1])
    chex.assert_equal_shape_prefix([number, direction, offset], 1)
    if tokens is not None:
        chex.assert_rank(tokens, {2, 3})
        chex.assert_type(tokens, int)
        chex.assert_equal_shape_prefix([targets.number, tokens], 1)


def compile_dreams(
    encoder: Encoder, objective: Objective, search: Search | Callable[[Array], Search],
    devices: Sequence[jax.Device] = (),
) -> Callable[..., Dream]:
    """Compile `(key, params, targets[, starts]) -> Dream` once for all chunks of one shape.

    Args:
      encoder: of the model.
      objective: what of its activations counts.
      search: as `dream` takes it.
      devices: among which the neurons of a chunk are shared out in equal parts.
    """

    def dream_chunk(key: Array, params: Params, targets: Target, starts: Array | None) -> Dream:
        return dream(key, encoder, params, objective, search, targets, starts)

    split = split_neurons(dream_chunk, (False, False, True, True), devices)
    return jax.jit(lambda key, params, targets, starts=None: split(key, params, targets, starts))


def split_neurons(
    function: Callable, neurons: Sequence[bool], devices: Sequence[jax.Device]
) -> Callable:
    """Share the neurons of a function's arguments and results out among devices.

    Each device computes what one alone would of its part, bit for bit. Not `jit` of a sharded
    axis: that gathers `[N, R, V]` at every `lax.top_k`.

    Args:
      function: of arrays or pytrees of them; all its results have an axis `[N]` in front.
      neurons: which of its arguments have that axis, too.
      devices: one or none leaves the function as it is.
    """
    if len(devices) < 2:
        return function
    # Auto: arguments may lie on one device, or be shared out already as results are.
    mesh = jax.make_mesh(
        (len(devices),), ("neurons",), (jax.sharding.AxisType.Auto,), devices=devices
    )
    shared, split = jax.sharding.PartitionSpec(), jax.sharding.PartitionSpec("neurons")
    specs = tuple(split if each else shared for each in neurons)
    return jax.shard_map(
        function, mesh=mesh, in_specs=specs, out_specs=split, check_vma=False
    )
