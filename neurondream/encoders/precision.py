"""The precision of matrix products: half inside trainings and searches, else all of float32."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from neurondream.base import Array

# The product of `[..., K]` and `[K, D]`.
Matmul = Callable[[Array, Array], Array]


def in_float32(function: Callable) -> Callable:
    """Make a function whose products of float32 matrices are float32 on accelerators, too.

    By default a GPU rounds their operands to TF32 and a TPU to bfloat16: on an H200 activations of
    a GRU were off by up to 6e-3 of the largest, against 3e-6 so. Products of halves stay halves.
    """

    @functools.wraps(function)
    def exact(*args):
        with jax.default_matmul_precision("float32"):
            return function(*args)

    return exact


def _half_product(a: Array, b: Array) -> Array:
    return jnp.matmul(
        a.astype(jnp.bfloat16), b.astype(jnp.bfloat16),
        precision=jax.lax.Precision.DEFAULT, preferred_element_type=jnp.float32,
    )


@jax.custom_vjp
def bfloat16_matmul(a: Array, b: Array) -> Array:
    """Multiply `[..., K]` by `[K, D]`, operands rounded to bfloat16, sums in float32.

    The gradient with respect to `a` is rounded the same way; the one with respect to `b` is not,
    because processors gain nothing from it there.
    """
    return _half_product(a, b)


def _forward(a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
    return _half_product(a, b), (a, b)


def _backward(residuals: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    a, b = residuals
    rows = a.reshape(-1, a.shape[-1])
    return _half_product(gradient, b.T), rows.T @ gradient.reshape(-1, gradient.shape[-1])


bfloat16_matmul.defvjp(_forward, _backward)
