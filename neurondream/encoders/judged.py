"""What judges fluency, shown beside the layers of an encoder: encoders made of encoders."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array, Encoder, Params, Words, are_hard
from neurondream.encoders.kneser_ney import log_probabilities, next_log_probabilities

OWN, EVERY = "kneser_ney.own", "kneser_ney.every"
UNSEEN = "unseen"


class Pair(NamedTuple):
    """Of an encoder and what judges it: parameters, or embedded words."""

    own: Any
    judge: Any


def beside(encoder: Encoder, judge: Encoder, name: str) -> Encoder:
    """Show the layers of another encoder of the same words, `name/layer`.

    Args:
      encoder: whose layers keep their names.
      judge: of the same tokens.
      name: of the judge.

    Returns:
      An encoder for a `Pair` of parameters.
    """

    def embed(params: Params, words: Words) -> Pair:
        return Pair(encoder.embed(params.own, words), judge.embed(params.judge, words))

    def join(own: Activations, judged: Activations) -> Activations:
        return {**own, **{f"{name}/{layer}": values for layer, values in judged.items()}}

    def encode(params: Params, embedded: Pair) -> Activations:
        return join(
            encoder.encode(params.own, embedded.own), judge.encode(params.judge, embedded.judge)
        )

    def go_on(params: Params, past: Pair | None, embedded: Pair) -> tuple[Activations, Pair]:
        before = past or Pair(None, None)
        own, own_past = encoder.go_on(params.own, before.own, embedded.own)
        judged, judge_past = judge.go_on(params.judge, before.judge, embedded.judge)
        return join(own, judged), Pair(own_past, judge_past)

    def readouts(params: Params):
        judged = judge.readouts(params.judge)
        return {
            **encoder.readouts(params.own),
            **{f"{name}/{layer}": readout._replace(source=f"{name}/{readout.source}")
               for layer, readout in judged.items()},
        }

    return Encoder(
        embed, encode, lambda params: encoder.table(params.own), readouts=readouts,
        prepare=lambda params: Pair(encoder.prepare(params.own), judge.prepare(params.judge)),
        go_on=go_on if encoder.go_on and judge.go_on else None,
    )


def kneser_ney() -> Encoder:
    """Make an encoder of an n-gram model, whose layers are log-probabilities.

    Soft words are read as the words that weigh most.
    """

    def embed(params: Params, words: Words) -> Array:
        del params
        return words if are_hard(words) else jnp.argmax(words, axis=-1).astype(jnp.int32)

    def encode(params: Params, ids: Array):
        return {
            OWN: log_probabilities(params, ids)[:, None], EVERY: next_log_probabilities(params, ids)
        }

    def go_on(params: Params, past: Array | None, ids: Array) -> tuple[Activations, Array]:
        whole = ids if past is None else jnp.concatenate([past, ids])
        layers = encode(params, whole)
        return {name: values[len(whole) - len(ids) :] for name, values in layers.items()}, whole

    return Encoder(
        embed, encode, lambda params: params.log_probability[0][:, None], go_on=go_on
    )


def show_unseen(encoder: Encoder, mask: int, logits: str) -> Encoder:
    """Show what a masked model says at each place that it does not see, as the layer `unseen`.

    Args:
      encoder: reads both ways.
      mask: the token that hides another.
      logits: layer of its predictions; what that is linear in is shown, too.
    """
    source = f"{UNSEEN}.source"

    def shown(params: Params) -> dict[str, str]:
        known = encoder.readouts(params)
        return {UNSEEN: logits, **({source: known[logits].source} if logits in known else {})}

    def encode(params: Params, embedded):
        blank = encoder.embed(params, jnp.array([mask], jnp.int32))

        def read(place: Array) -> dict[str, Array]:
            hidden = jax.tree.map(
                lambda leaf, own: leaf.at[place].set(own[0]), embedded, blank
            )
            layers = encoder.encode(params, hidden)
            return {name: layers[layer][place] for name, layer in shown(params).items()}

        length = len(jax.tree.leaves(embedded)[0])
        return {**encoder.encode(params, embedded), **jax.vmap(read)(jnp.arange(length))}

    def readouts(params: Params):
        known = encoder.readouts(params)
        unseen = {UNSEEN: known[logits]._replace(source=source)} if logits in known else {}
        return {**known, **unseen}

    return encoder._replace(
        encode=encode, readouts=readouts, steps=None, rough=None, go_on=None
    )
