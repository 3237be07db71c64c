"""Features of sparse autoencoders as layers: an encoder made of an encoder.

Standard (Bricken et al. 2023), gated (Rajamanoharan et al. 2024a), JumpReLU (Rajamanoharan et al.
2024b) and top-k dictionaries (Gao et al. 2024). All but the last are affine in what they read, up
to a threshold: then no search computes the features that it does not read.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array, Encoder, Params, Readout, Steps

NORMS = ("none", "constant_norm_rescale", "layer_norm")
_EPSILON = 1e-5


class Dictionary(NamedTuple):
    """How features follow from the layer that a sparse autoencoder reads."""

    at: str  # the layer
    name: str
    norm: str  # one of `NORMS`, of what is read
    most: int | None = None  # features that are on at once, of a top-k dictionary
    groups: int | None = None  # of each of which one feature is on


class WithFeatures(NamedTuple):
    """Parameters of an encoder, and of dictionaries by their names."""

    inner: Params
    # "bias_in" [D], "weight" [D, F], "bias" [F] and, where there is a threshold, "threshold" [F]
    features: Mapping[str, Mapping[str, Array]]


def layer_names(name: str) -> tuple[str, str, str]:
    """Name the layers of a dictionary: what it reads, before and behind its threshold."""
    return f"features_in.{name}", f"features_pre.{name}", f"features.{name}"


def read_features(dictionary: Dictionary, params: Mapping[str, Array], x: Array) -> Activations:
    """Compute the features of activations.

    Args:
      dictionary: what kind it is.
      params: of it.
      x: activations `[..., D]` of the layer that it reads.

    Returns:
      Three layers, see `layer_names`. Before the threshold stands what is climbed: the feature
      itself, or by how much it is above what keeps it off.
    """
    given, before, behind = layer_names(dictionary.name)
    read = normalize_input(x, dictionary.norm) - params["bias_in"]
    value = read @ params["weight"] + params["bias"]
    if dictionary.groups is not None:
        grouped = value.reshape(*value.shape[:-1], dictionary.groups, -1)
        margin = (grouped - largest_of_others(grouped, 1)).reshape(value.shape)
    elif dictionary.most is not None:
        margin = value - largest_of_others(value, dictionary.most)
    else:
        on = value > params.get("threshold", 0)
        return {given: read, before: value, behind: jnp.where(on, jax.nn.relu(value), 0)}
    on = jnp.where(margin > 0, jax.nn.relu(value), 0)
    # What is below 0 is off, whichever others are.
    return {given: read, before: jnp.minimum(margin, value), behind: on}


def normalize_input(x: Array, norm: str) -> Array:
    """Scale activations `[..., D]` as a dictionary has learned to read them."""
    if norm == "constant_norm_rescale":
        return x * x.shape[-1] ** 0.5 / jnp.linalg.norm(x, axis=-1, keepdims=True)
    if norm == "layer_norm":
        x = x - jnp.mean(x, axis=-1, keepdims=True)
        return x / (jnp.std(x, axis=-1, keepdims=True, ddof=1) + _EPSILON)
    return x


def largest_of_others(values: Array, number: int) -> Array:
    """Give for each of `[..., F]` what the `number`-th largest of all others is."""
    top = jax.lax.top_k(values, number + 1)[0]
    last, next_one = top[..., -2:-1], top[..., -1:]
    return jnp.where(values >= last, next_one, last)


def show_features(encoder: Encoder, dictionary: Dictionary) -> Encoder:
    """Show the features of a dictionary beside an encoder's layers.

    Args:
      encoder: not in a context yet; its parameters, or `WithFeatures` of them if it has
        dictionaries already, are `inner` of the new one's.
      dictionary: reads one of its layers.
    """

    def add(params: WithFeatures, layers: Activations) -> Activations:
        read = read_features(dictionary, params.features, layers[dictionary.at])
        return {**layers, **read}

    def make_steps(steps: Steps | None) -> Steps | None:
        if steps is None:
            return None
        return Steps(
            lambda params, word: steps.begin(params.inner, word),
            lambda params, state, word: steps.advance(params.inner, state, word),
            lambda params, state: add(params, steps.read(params.inner, state)),
        )

    def go_on(params: WithFeatures, past: Any, embedded: Any) -> tuple[Activations, Any]:
        layers, past = encoder.go_on(params.inner, past, embedded)
        return add(params, layers), past

    def readouts(params: WithFeatures) -> Mapping[str, Readout]:
        given, before, _ = layer_names(dictionary.name)
        known = dict(encoder.readouts(params.inner))
        if dictionary.most is None and dictionary.groups is None:
            own: Any = params.features
            known[before] = Readout(given, own["weight"], own["bias"])
        return known

    return encoder._replace(
        embed=lambda params, words: encoder.embed(params.inner, words),
        encode=lambda params, embedded: add(params, encoder.encode(params.inner, embedded)),
        table=lambda params: encoder.table(params.inner),
        readouts=readouts,
        steps=make_steps(encoder.steps),
        rough=make_steps(encoder.rough),
        go_on=encoder.go_on and go_on,
        prepare=lambda params: WithFeatures(encoder.prepare(params.inner), params.features),
    )
