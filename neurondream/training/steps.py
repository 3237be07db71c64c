"""Learning an Imaginet: its loss, one step of it, and what it reaches."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from neurondream.base import Array, Encoder, Params, Readout
from neurondream.encoders.precision import Matmul
from neurondream.tokens.words import END, PADDING


class TrainState(NamedTuple):
    """What the next step needs."""

    params: Params
    optimizer: Any
    step: Array  # int32


def init_training(params: Params, optimizer: optax.GradientTransformation) -> TrainState:
    """Start at step 0."""
    return TrainState(params, optimizer.init(params), jnp.int32(0))


def standardize(pictures: Array, mean: Array, deviation: Array) -> Array:
    """Shift and scale picture vectors `[B, P]` coordinate by coordinate."""
    return (pictures - mean) / deviation


def drop_out(key: Array, x: Array, rate: float) -> Array:
    """Zero a share of the entries and scale the rest up (Srivastava et al. 2014)."""
    if rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def read_captions(
    encoder: Encoder, params: Params, tokens: Array, key: Array, rate: float
) -> tuple[Array, Array]:
    """Run both pathways over captions.

    Args:
      tokens: `int32 [B, 1 + L]`, <begin> words <end> padding.
      rate: share of embedding and hidden entries that is dropped out.

    Returns:
      The T states `[B, L, H]` and the I states `[B, H]` after each caption's last word.
    """
    embedding_key, textual_key, visual_key = jax.random.split(key, 3)
    inputs = tokens[:, :-1]
    x = jax.vmap(lambda words: encoder.embed(params, words))(inputs)
    x = drop_out(embedding_key, x, rate)
    activations = jax.vmap(lambda x: encoder.encode(params, x))(x)
    last = jnp.sum((inputs != PADDING) & (inputs != END), axis=1) - 1
    visual = jnp.take_along_axis(activations["I.hidden"], last[:, None, None], axis=1)[:, 0]
    return (
        drop_out(textual_key, activations["T.hidden"], rate),
        drop_out(visual_key, visual, rate),
    )


def next_word_losses(
    readout: Readout, states: Array, following: Array, matmul: Matmul = jnp.matmul
) -> tuple[Array, Array]:
    """Compute the loss in nats and the hit of every next word.

    Args:
      states: T states `[B, L, H]`.
      following: the words `int32 [B, L]` to predict; padding counts for nothing.

    Returns:
      Losses `[B * L]` and hits `bool [B * L]`.
    """
    following = following.ravel()
    # One long matrix: the gradient of a stack of them takes twice the time.
    rows = states.reshape(len(following), -1)
    logits = matmul(rows, readout.weight) + readout.bias
    real = following != PADDING
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, following)
    return losses * real, (jnp.argmax(logits, axis=-1) == following) & real


def train_step(
    encoder: Encoder,
    optimizer: optax.GradientTransformation,
    matmul: Matmul,
    alpha: float,
    contrast: float,
    dropout: float,
    state: TrainState,
    key: Array,
    tokens: Array,
    pictures: Array | None,
) -> tuple[TrainState, dict[str, Array]]:
    """Take one step down the loss `alpha * T + (1 - alpha) * I`.

    Args:
      matmul: the product that makes the next-word logits, most of the work.
      alpha: share of T; 0 trains I alone.
      contrast: weight of `contrastive_losses` beside the cosine distance in I; the paper has 0.
      dropout: share of embedding and hidden entries that is dropped out.
      key: the run's key; the step's own is folded from it.
      tokens: `int32 [B, 1 + L]`.
      pictures: `[B, P]`, rows of zeros on padding captions; None trains T alone.

    Returns:
      The next state, and the mean losses by name.
    """

    def loss(params):
        textual, visual = read_captions(
            encoder, params, tokens, jax.random.fold_in(key, state.step), dropout
        )
        readouts = encoder.readouts(params)
        info = {}
        if alpha > 0:
            following = tokens[:, 1:]
            losses, _ = next_word_losses(readouts["T.output"], textual, following, matmul)
            info["T"] = losses.sum() / jnp.sum(following != PADDING)
        if pictures is not None:
            there = jnp.any(pictures != 0, axis=1)
            predicted = read_picture(readouts["I.output"], visual)
            distance = optax.losses.cosine_distance(predicted, pictures, epsilon=1e-8)
            visual_losses = distance
            if contrast > 0:
                visual_losses += contrast * contrastive_losses(predicted, pictures)
            info["I"] = jnp.sum(visual_losses * there) / jnp.maximum(there.sum(), 1)
        return alpha * info.get("T", 0.0) + (1 - alpha) * info.get("I", 0.0), info

    gradients, info = jax.grad(loss, has_aux=True)(state.params)
    updates, optimizer_state = optimizer.update(gradients, state.optimizer, state.params)
    params = optax.apply_updates(state.params, updates)
    return TrainState(params, optimizer_state, state.step + 1), info


def read_picture(readout: Readout, states: Array) -> Array:
    """Predict picture vectors `[B, P]` from I states `[B, H]`."""
    return states @ readout.weight + readout.bias


def contrastive_losses(predicted: Array, pictures: Array, temperature: float = 0.1) -> Array:
    """Compute how hard each caption's picture is to tell from the others of the batch.

    The InfoNCE loss (van den Oord, Li & Vinyals 2018, arXiv:1807.03748) on cosine similarities.

    Args:
      predicted: `[B, P]`.
      pictures: `[B, P]`; another caption of the same picture is no counter-example, nor is a row
        of zeros.

    Returns:
      Losses `[B]` in nats.
    """
    number = len(pictures)
    truth = _unit(pictures)
    likeness = truth @ truth.T
    same = (likeness > 1 - 1e-5) & ~jnp.eye(number, dtype=bool)
    empty = jnp.all(pictures == 0, axis=1)[None, :]
    similarity = _unit(predicted) @ truth.T / temperature
    similarity = jnp.where(same | empty, -1e9, similarity)
    return optax.softmax_cross_entropy_with_integer_labels(similarity, jnp.arange(number))


def evaluate_batch(
    encoder: Encoder, params: Params, tokens: Array
) -> tuple[Array, Array, Array, Array]:
    """Judge captions `int32 [B, 1 + L]` by the plain encoder.

    Returns:
      Summed next-word loss in nats, hits and number of the words, and the predicted pictures
      `[B, P]`.
    """
    textual, visual = read_captions(encoder, params, tokens, jax.random.key(0), 0.0)
    readouts = encoder.readouts(params)
    losses, hits = next_word_losses(readouts["T.output"], textual, tokens[:, 1:])
    words = jnp.sum(tokens[:, 1:] != PADDING)
    return losses.sum(), hits.sum(), words, read_picture(readouts["I.output"], visual)


def rank_pictures(predicted: Array, truth: Array, rows: Array) -> Array:
    """Rank the right picture of each caption by cosine similarity, 1 the best.

    Args:
      predicted: `[B, P]`, one a caption.
      truth: `[K, P]`, the pictures to choose from.
      rows: `int32 [B]`, position of each caption's picture in `truth`.
    """
    similarity = _unit(predicted) @ _unit(truth).T
    right = jnp.take_along_axis(similarity, rows[:, None], axis=1)
    return 1 + jnp.sum(similarity > right, axis=1)


def _unit(x: Array) -> Array:
    return x / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-8)
