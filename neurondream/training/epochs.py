"""One epoch: its batches in order, and how its parameters compare with the best so far."""

import functools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from neurondream.base import Array, Encoder
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.errors import InputError
from neurondream.training.batches import fill_batches
from neurondream.training.data import TrainingData, pictures_of, plan_epoch
from neurondream.training.evaluation import Evaluator, compile_evaluator, evaluate_split
from neurondream.training.losses import imaginet_loss
from neurondream.training.progress import Progress
from neurondream.training.settings import Settings
from neurondream.training.start import split_seed
from neurondream.training.steps import TrainState, train_step

_MATMULS = {"float32": jnp.matmul, "bfloat16": bfloat16_matmul}

# Of one batch: (state, key, tokens, pictures) -> (state, mean losses by name)
Step = Callable[[TrainState, Array, Array, Array | None], tuple[TrainState, dict[str, Array]]]


class Trainer(NamedTuple):
    """What an epoch is trained and evaluated by, compiled."""

    train_both: Step
    train_visual: Step  # pathway I alone
    evaluator: Evaluator


def compile_trainer(
    settings: Settings, encoder: Encoder, optimizer: optax.GradientTransformation
) -> Trainer:
    """Compile what an epoch is trained and evaluated by.

    Args:
      settings: of the training.
      encoder: of the model.
      optimizer: of its parameters.
    """

    def compile_step(alpha):
        loss = imaginet_loss(
            encoder,
            alpha=alpha,
            contrast=settings.contrast,
            dropout=settings.dropout,
            matmul=_MATMULS[settings.precision],
        )
        return jax.jit(functools.partial(train_step, loss, optimizer), donate_argnums=0)

    return Trainer(
        compile_step(settings.alpha), compile_step(0.0), compile_evaluator(encoder)
    )


def train_batches(
    settings: Settings, data: TrainingData, trainer: Trainer, reached: Progress
) -> Iterator[tuple[Progress, dict[str, Array]]]:
    """Train the batches that are left of an epoch.

    Args:
      settings: of the training.
      data: what is learned.
      trainer: takes the steps.
      reached: how far the training is.

    Yields:
      The progress after each of them, and its mean losses by name.
    """
    _, dropout_key = split_seed(settings)
    plan, both = plan_epoch(data.train, settings, reached.epoch)
    remaining = plan[reached.position :]
    for batch in fill_batches(remaining, data.train.captions, data.train.rows, settings.batch):
        step = trainer.train_both if both[reached.position] else trainer.train_visual
        pictures = pictures_of(batch, data.pictures)
        state, info = step(reached.state, dropout_key, batch.tokens, pictures)
        reached = reached._replace(state=state, position=reached.position + 1)
        yield reached, jax.block_until_ready(info)


def finish_epoch(
    settings: Settings, data: TrainingData, trainer: Trainer, reached: Progress
) -> Progress:
    """Evaluate an epoch, and keep its parameters if they are the best so far.

    Args:
      settings: of the training.
      data: what is held out.
      trainer: evaluates it.
      reached: the progress after the epoch's last batch.

    Raises:
      InputError: the training has diverged.
    """
    params = reached.state.params
    metrics = evaluate_split(trainer.evaluator, params, data.validation, data.pictures)
    metrics["loss"] = settings.alpha * metrics["next_word_loss"] + (
        1 - settings.alpha
    ) * metrics.get("picture_distance", 0.0)
    if not (math.isfinite(metrics["loss"]) and math.isfinite(metrics["perplexity"])):
        raise InputError(
            f"learning_rate={settings.learning_rate}: the validation loss is {metrics['loss']} "
            f"after epoch {reached.epoch + 1}; give a lower rate and another folder"
        )
    history = [*reached.history, metrics]
    if metrics["loss"] <= min(epoch["loss"] for epoch in history):
        reached = reached._replace(best=jax.tree.map(jnp.copy, params))
    return reached._replace(epoch=reached.epoch + 1, position=0, history=history)
