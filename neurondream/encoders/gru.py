"""The gated recurrent unit in its 2014 form: the reset gate acts before the recurrent product.

Cho et al. 2014 (arXiv:1406.1078); the form of Keras 2.3 with `reset_after=False`:
`z = s(x Wz + h Uz + bz)`, `r = s(x Wr + h Ur + br)`, `n = tanh(x Wn + (r h) Un + bn)`,
`h' = z h + (1 - z) n`. Later code bases use the other form (reset after the product).
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from neurondream.base import Array


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


def run_gru(params: Mapping[str, Array], x: Array) -> Array:
    """Run the unit over one sequence from the zero state.

    Args:
      params: `input [E, 3H]`, `recurrent [H, 3H]`, `bias [3H]`.
      x: input vectors `[L, E]`.

    Returns:
      The states `[L, H]` after each input.
    """
    hidden = params["recurrent"].shape[0]
    gates_weight, new_weight = jnp.split(params["recurrent"], [2 * hidden], axis=1)

    def step(state, projection):
        gates = jax.nn.sigmoid(projection[: 2 * hidden] + state @ gates_weight)
        update, reset = jnp.split(gates, 2)
        new = jnp.tanh(projection[2 * hidden :] + (reset * state) @ new_weight)
        state = update * state + (1 - update) * new
        return state, state

    projected = x @ params["input"] + params["bias"]
    return jax.lax.scan(step, jnp.zeros(hidden), projected)[1]
