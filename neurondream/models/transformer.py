"""What families of transformers have in common when they are read from a folder."""

from collections.abc import Callable
from typing import Any, NamedTuple

from neurondream.encoders.blocks import ACTIVATIONS
from neurondream.errors import InputError
from neurondream.models.weights import Weights


class Transformer(NamedTuple):
    """A transformer as plain functions take it."""

    # (params, vectors [T, W], which of them are there: bool [T]) -> {layer: [T, D]}
    encode: Callable[[Any, Any, Any], Any]
    params: Any  # "table" [V, W] and, with a head, "head" [W, V] and perhaps "head_bias" among them
    source: str  # the layer that logits are linear in
    causal: bool  # logits are of the next word
    filler: int  # token that nothing else sees, behind a text
    activation: str | None  # between `mlp_pre.N` and `mlp.N`, where there is nothing else
    # (params, past, vectors) -> layers behind what was read before, and the past of what follows
    go_on: Callable[[Any, Any, Any], tuple[Any, Any]] | None = None


def read_activation(name: str) -> str:
    """Check that a nonlinearity is known.

    Raises:
      InputError: it is not.
    """
    if name not in ACTIVATIONS:
        raise InputError(f"activation {name!r}: known are {', '.join(ACTIVATIONS)}")
    return name


def read_linear(weights: Weights, name: str, biased: bool = True) -> dict[str, Any]:
    """Read a linear layer, its weight as `[I, O]`.

    Args:
      weights: of the model.
      name: of the layer.
      biased: whether it must have a bias; else it may have one.
    """
    linear = {"weight": weights.read(f"{name}.weight").T}
    if biased or f"{name}.bias" in weights:
        linear["bias"] = weights.read(f"{name}.bias")
    return linear


def read_norm(weights: Weights, name: str) -> dict[str, Any]:
    """Read a layer norm; old files call its weight gamma and its bias beta."""
    return {
        ours: weights.read(weights.any_of([f"{name}.{ours}", f"{name}.{old}"]) or f"{name}.{ours}")
        for ours, old in (("weight", "gamma"), ("bias", "beta"))
    }
