"""One step of learning, whatever is learned."""

from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from neurondream.base import Array, Params
from neurondream.training.losses import Loss


class TrainState(NamedTuple):
    """What the next step needs."""

    params: Params
    optimizer: Any
    step: Array  # int32


def make_optimizer(learning_rate: float, steps: int) -> optax.GradientTransformation:
    """Build Adam with a short warm-up, falling to 0 as a cosine.

    Args:
      learning_rate: the highest.
      steps: of the whole training.
    """
    warm_up = min(200, max(1, steps // 10))
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, learning_rate, warm_up, max(steps, warm_up + 1)
    )
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))


def init_training(params: Params, optimizer: optax.GradientTransformation) -> TrainState:
    """Start at step 0."""
    return TrainState(params, optimizer.init(params), jnp.int32(0))


def train_step(
    loss: Loss,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    key: Array,
    tokens: Array,
    pictures: Array | None,
) -> tuple[TrainState, dict[str, Array]]:
    """Take one step down a loss.

    Args:
      loss: of the parameters and the batch.
      optimizer: of the parameters.
      state: as `init_training` or the last step gave it.
      key: the training's; the step's own is folded from it.
      tokens: `int32 [B, 1 + L]`.
      pictures: `[B, P]`, or None.

    Returns:
      The next state, and the mean losses by name.
    """
    if pictures is not None:
        chex.assert_equal_shape_prefix([tokens, pictures], 1)
    gradient = jax.grad(loss, has_aux=True)
    step_key = jax.random.fold_in(key, state.step)
    gradients, info = gradient(state.params, step_key, tokens, pictures)
    updates, optimizer_state = optimizer.update(gradients, state.optimizer, state.params)
    params = optax.apply_updates(state.params, updates)
    return TrainState(params, optimizer_state, state.step + 1), info
