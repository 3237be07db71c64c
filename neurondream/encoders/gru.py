"""The gated recurrent unit in its 2014 form: the reset gate acts before the recurrent product.

Cho et al. 2014 (arXiv:1406.1078); the form of Keras 2.3 with `reset_after=False`:
`z = s(x Wz + h Uz + bz)`, `r = s(x Wr + h Ur + br)`, `n = tanh(x Wn + (r h) Un + bn)`,
`h' = z h + (1 - z) n`. Later code bases use the other form (reset after the product).
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from neurondream.base import Array
from neurondream.encoders.precision import Matmul


def init_gru(
    key: Array, inputs: int, hidden: int, update_bias: float = 0.0
) -> dict[str, Array]:
    """Draw parameters as Keras does: Glorot uniform inputs, orthogonal recurrence, no bias.

    An update bias above 0 makes a new unit keep its state longer (Jozefowicz et al. 2015).

    Returns:
      `input [E, 3H]`, `recurrent [H, 3H]`, `bias [3H]`; columns are update, reset, new.
    """
    input_key, *recurrent_keys = jax.random.split(key, 4)
    glorot = jax.nn.initializers.glorot_uniform()
    orthogonal = jax.nn.initializers.orthogonal()
    return {
        "input": glorot(input_key, (inputs, 3 * hidden)),
        "recurrent": jnp.concatenate(
            [orthogonal(k, (hidden, hidden)) for k in recurrent_keys], axis=1
        ),
        "bias": jnp.zeros(3 * hidden).at[:hidden].set(update_bias),
    }


def begin_gru(params: Mapping[str, Array], projected: Array) -> Array:
    """Read the first input: from the zero state nothing recurs.

    Args:
      params: of the unit.
      projected: the input in gate space `[3H]`, as `project` gives it.

    Returns:
      The state `[H]`.
    """
    hidden = params["recurrent"].shape[0]
    update = jax.nn.sigmoid(projected[:hidden])
    return (1 - update) * jnp.tanh(projected[2 * hidden :])


def recur(params: Mapping[str, Array], state: Array, matmul: Matmul = jnp.matmul) -> Array:
    """Compute what the next gates take from a state `[H]`, whatever the next input: `[2H]`."""
    return matmul(state, params["recurrent"][:, : 2 * len(state)])


def advance_gru(
    params: Mapping[str, Array], state: Array, recurrent: Array, projected: Array,
    matmul: Matmul = jnp.matmul,
) -> Array:
    """Read one more input.

    Args:
      params: of the unit.
      state: `[H]`.
      recurrent: `recur(params, state)`, `[2H]`.
      projected: the input in gate space `[3H]`.
      matmul: makes the recurrent product.

    Returns:
      The next state `[H]`.
    """
    hidden = len(state)
    gates = jax.nn.sigmoid(projected[: 2 * hidden] + recurrent)
    update, reset = jnp.split(gates, 2)
    new = matmul(reset * state, params["recurrent"][:, 2 * hidden :])
    return update * state + (1 - update) * jnp.tanh(projected[2 * hidden :] + new)


def project(params: Mapping[str, Array], x: Array) -> Array:
    """Take inputs `[..., E]` to gate space `[..., 3H]`."""
    return x @ params["input"] + params["bias"]


def run_gru(
    params: Mapping[str, Array], projected: Array, state: Array | None = None
) -> Array:
    """Run the unit over one sequence.

    Args:
      params: `input [E, 3H]`, `recurrent [H, 3H]`, `bias [3H]`.
      projected: inputs in gate space `[L, 3H]`.
      state: before the first of them, `[H]`; None is the zero state.

    Returns:
      The states `[L, H]` after each input.
    """

    def step(state, row):
        state = advance_gru(params, state, recur(params, state), row)
        return state, state

    if state is not None:
        return jax.lax.scan(step, state, projected)[1]
    first = begin_gru(params, projected[0])
    return jnp.concatenate([first[None], jax.lax.scan(step, first, projected[1:])[1]])
