"""A text around whatever is read: an encoder made of an encoder.

Start tokens, fixed beginnings, templates with a hole and the real beginnings of a corpus are all
this one wrapper. What stands around is data: map over `before` to read many contexts by one
program.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import AFTER, BEFORE, Activations, Array, Encoder, Params, Steps, Words
from neurondream.errors import InputError


class Prepared(NamedTuple):
    """Parameters, and the tokens before the hole, read already where what follows can go on."""

    params: Params  # of the encoder inside
    before: Array  # int32 [P], the tokens; of many contexts [B, P]
    states: tuple[Any, ...]  # after each of them; empty where reading is not in steps
    # Of many contexts the layers there and the past of what follows, where reading goes on so.
    past: tuple[Activations, Any] | None


class InContext(Encoder):
    """An encoder with a text around whatever it reads."""

    __slots__ = ()


def in_context(encoder: Encoder, before: Array, after: Array) -> Encoder:
    """Read tokens around every text, and show the activations of the text's own words.

    Beside each layer `[L, D]` stand `layer@before [1, P, D]` and `layer@after [1, Q, D]`, the
    same layer at the tokens around; where words are read in turn, one `[P, D]` and one `[Q, D]`
    after each word. What no score reads of them is never computed.

    Args:
      encoder: reads the whole; not one in a context, whose own tokens are to be joined to these.
      before: ids `int32 [P]`; may be traced, its length is static.
      after: ids `int32 [Q]`.

    Returns:
      An encoder of the same layers, the encoder itself where nothing stands around. Parameters
      that it has prepared are for no other one: they hold what it reads before a text.

    Raises:
      InputError: the encoder is in a context already.
    """
    first, last = len(before), len(after)
    if not first and not last:
        return encoder
    if isinstance(encoder, InContext):
        raise InputError(
            "encoder: in a context already; join the tokens before and those after instead"
        )
    before, after = jnp.asarray(before, jnp.int32), jnp.asarray(after, jnp.int32)

    def inner(params: Params) -> Params:
        return params.params if isinstance(params, Prepared) else params

    def tokens_before(params: Params) -> Array:
        return params.before if isinstance(params, Prepared) else before

    def states_before(params: Params) -> tuple[Any, ...]:
        if isinstance(params, Prepared):
            if len(params.states) != first:
                raise ValueError("parameters prepared by another encoder")
            return params.states
        return read_states(encoder.steps, params, before)

    def embed(params: Params, words: Words):
        return encoder.embed(inner(params), words)

    def begin_text(params: Params) -> tuple[Activations, Any]:
        """Read what stands before; returns the layers there, and the past of what follows."""
        if not first:
            return {}, None
        if encoder.steps:
            states = states_before(params)
            return show_states(encoder.steps, inner(params), states, BEFORE), states[-1]
        known = params.past if isinstance(params, Prepared) else None
        layers, past = known or read_past(encoder, inner(params), tokens_before(params))
        return {layer + BEFORE: values for layer, values in layers.items()}, past

    def go_on(params: Params, past: Any, embedded) -> tuple[Activations, Any]:
        shown, past = begin_text(params) if past is None else ({}, past)
        own, past = encoder.go_on(inner(params), past, embedded)
        if last:
            following, _ = encoder.go_on(inner(params), past, embed(params, after))
            shown |= {layer + AFTER: values for layer, values in following.items()}
        return {**own, **{layer: values[None] for layer, values in shown.items()}}, past

    def encode(params: Params, embedded) -> Activations:
        if encoder.go_on:
            return go_on(params, None, embedded)[0]
        around = embed(params, tokens_before(params)), embedded, embed(params, after)
        joined = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *around)
        activations = {}
        for layer, values in encoder.encode(inner(params), joined).items():
            end = len(values) - last
            activations[layer + BEFORE] = values[None, :first]
            activations[layer] = values[first:end]
            activations[layer + AFTER] = values[None, end:]
        return activations

    def make_steps(steps: Steps | None) -> Steps | None:
        if steps is None:
            return None

        def begin(params: Params, word: Array):
            states = states_before(params)
            if not states:
                return steps.begin(inner(params), word)
            return steps.advance(inner(params), states[-1], word)

        def advance(params: Params, state, word: Array):
            return steps.advance(inner(params), state, word)

        def read(params: Params, state) -> Activations:
            following = read_states(steps, inner(params), after, state)
            return {
                **steps.read(inner(params), state),
                **show_states(steps, inner(params), states_before(params), BEFORE),
                **show_states(steps, inner(params), following, AFTER),
            }

        return Steps(begin, advance, read)

    return InContext(*encoder._replace(
        embed=embed,
        encode=encode,
        table=lambda params: encoder.table(inner(params)),
        readouts=lambda params: encoder.readouts(inner(params)),
        steps=make_steps(encoder.steps),
        rough=make_steps(encoder.rough),
        go_on=encoder.go_on and go_on,
        prepare=lambda params: read_before(encoder, encoder.prepare(params), before),
    ))


def in_contexts(encoder: Encoder, befores: Array, after: Array) -> Encoder:
    """Read every text behind each of many beginnings: what counts is the mean over them.

    Args:
      encoder: reads the whole; not one in a context.
      befores: ids `int32 [B, P]`.
      after: ids `int32 [Q]`, the same behind all.

    Returns:
      An encoder for parameters that `read_before` or its own `prepare` has made.

    Raises:
      InputError: the encoder is in a context already.
    """
    befores = jnp.asarray(befores, jnp.int32)
    one = in_context(encoder, befores[0], after)
    return one._replace(
        prepare=lambda params: read_before(encoder, encoder.prepare(params), befores),
        contexts=Prepared(None, 0, 0, 0),
    )


def read_before(encoder: Encoder, params: Params, before: Array) -> Prepared:
    """Read what stands before all texts, once.

    Args:
      encoder: not in a context.
      params: of it.
      before: ids `int32 [P]`, or `[B, P]` of many contexts.
    """
    before = jnp.asarray(before, jnp.int32)
    if before.ndim == 1:
        states = read_states(encoder.steps, params, before) if encoder.steps else ()
        # One past is read by each program that goes on from it, sooner than it would be compiled.
        return Prepared(params, before, states, None)
    if not encoder.steps and encoder.go_on:
        past = jax.vmap(lambda ids: read_past(encoder, params, ids))(before)
        return Prepared(params, before, (), past)
    states = jax.vmap(lambda ids: read_before(encoder, params, ids).states)(before)
    return Prepared(params, before, states, None)


def read_past(encoder: Encoder, params: Params, ids: Array) -> tuple[Activations, Any]:
    """Read tokens `int32 [P]` that a text begins with; returns their layers, and its past."""
    return encoder.go_on(params, None, encoder.embed(params, ids))


def read_states(steps: Steps, params: Params, ids: Array, state: Any = None) -> tuple[Any, ...]:
    """Read tokens in turn; returns the state after each.

    Args:
      steps: of an encoder.
      params: of the same encoder.
      ids: `int32 [P]`.
      state: after what comes before them; None begins a text.
    """
    states = []
    for place in range(len(ids)):
        if state is None:
            state = steps.begin(params, ids[place])
        else:
            state = steps.advance(params, state, ids[place])
        states.append(state)
    return tuple(states)


def show_states(
    steps: Steps, params: Params, states: Sequence[Any], mark: str
) -> dict[str, Array]:
    """Compute the layers `[P, D]` at tokens around a text, `mark` behind their names."""
    layers = [steps.read(params, state) for state in states]
    return {
        name + mark: jnp.stack([layer[name] for layer in layers])
        for name in (layers[0] if layers else ())
    }
