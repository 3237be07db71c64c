"""What blocks of all transformers are made of besides attention."""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

from neurondream.base import Array

# Many go by several names; where each is lowest, to the left of which it is next to flat.
_KNOWN = (
    (functools.partial(jax.nn.gelu, approximate=False), -0.751792, ("gelu", "gelu_python")),
    (functools.partial(jax.nn.gelu, approximate=True), -0.752461,
     ("gelu_new", "gelu_fast", "gelu_pytorch_tanh")),
    (jax.nn.relu, 0.0, ("relu",)),
    (jax.nn.silu, -1.278465, ("silu", "swish")),
)  # fmt: skip
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    name: function for function, _, names in _KNOWN for name in names
}
LOWEST = {name: lowest for _, lowest, names in _KNOWN for name in names}


def apply_linear(x: Array, linear: Mapping[str, Array]) -> Array:
    """Multiply `[..., I]` by a weight `[I, O]` and add a bias `[O]`, if there is one."""
    product = x @ linear["weight"]
    return product + linear["bias"] if "bias" in linear else product


def normalize(x: Array, norm: Mapping[str, Array], epsilon: float) -> Array:
    """Normalize to mean 0 and variance 1, then scale and shift (Ba et al. 2016, layer norm)."""
    mean = jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + epsilon) * norm["weight"] + norm["bias"]


def normalize_size(x: Array, norm: Mapping[str, Array], epsilon: float) -> Array:
    """Normalize to a mean square of 1, then scale (Zhang & Sennrich 2019, RMSNorm)."""
    mean_square = jnp.mean(x**2, axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(mean_square + epsilon) * norm["weight"]


def name_layers(layers: NamedTuple, number: int) -> dict[str, Array]:
    """Name the layers of a block by their fields and its number; None is no layer."""
    named = layers._asdict().items()
    return {f"{name}.{number}": layer for name, layer in named if layer is not None}
