"""What an Imaginet learns by: next words in pathway T, pictures in pathway I."""

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
import optax

from neurondream.base import Array, Encoder, Params, Readout
from neurondream.encoders.precision import Matmul
from neurondream.models.vocabulary import END, PADDING

# (params, key, tokens int32 [B, 1 + L], pictures [B, P] or None) -> loss, mean losses by name
Loss = Callable[[Params, Array, Array, Array | None], tuple[Array, dict[str, Array]]]


def imaginet_loss(
    encoder: Encoder,
    *,
    alpha: float,
    contrast: float = 0.0,
    dropout: float = 0.0,
    matmul: Matmul = jnp.matmul,
) -> Loss:
    """Build the loss `alpha * T + (1 - alpha) * I`.

    Args:
      encoder: of the model.
      alpha: share of T; 0 trains I alone.
      contrast: weight of `contrastive_losses` beside the cosine distance in I; the paper has 0.
      dropout: share of embedding and hidden entries that is dropped out.
      matmul: the product that makes the next-word logits, most of the work.

    Returns:
      The loss of a batch: `tokens int32 [B, 1 + L]` as `fill_batches` lays them out, `pictures
      [B, P]` with rows of zeros on padding captions; without pictures it trains T alone.
    """

    def loss(params, key, tokens, pictures):
        textual, visual = read_captions(encoder, params, tokens, key, dropout)
        readouts = encoder.readouts(params)
        info = {}
        if alpha > 0:
            following = tokens[:, 1:]
            losses, _ = next_word_losses(readouts["T.output"], textual, following, matmul)
            info["T"] = losses.sum() / jnp.sum(following != PADDING)
        if pictures is not None:
            predicted = read_pictures(readouts["I.output"], visual)
            chex.assert_equal_shape([predicted, pictures])
            there = jnp.any(pictures != 0, axis=1)
            losses = optax.losses.cosine_distance(predicted, pictures, epsilon=1e-8)
            if contrast > 0:
                losses += contrast * contrastive_losses(predicted, pictures)
            info["I"] = jnp.sum(losses * there) / jnp.maximum(there.sum(), 1)
        return alpha * info.get("T", 0.0) + (1 - alpha) * info.get("I", 0.0), info

    return loss


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
      encoder: of the model.
      params: its parameters.
      tokens: `int32 [B, 1 + L]`, <begin> words <end> padding.
      key: of the dropout.
      rate: share of embedding and hidden entries that is dropped out.

    Returns:
      The T states `[B, L, H]` and the I states `[B, H]` after each caption's last word.
    """
    chex.assert_rank(tokens, 2)
    chex.assert_type(tokens, int)
    embedding_key, textual_key, visual_key = jax.random.split(key, 3)
    inputs = tokens[:, :-1]
    x = drop_out(embedding_key, encoder.table(params)[inputs], rate)
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
      readout: of the next-word logits.
      states: T states `[B, L, H]`.
      following: the words `int32 [B, L]` to predict; padding counts for nothing.
      matmul: makes the logits.

    Returns:
      Losses `[B * L]` and hits `bool [B * L]`.
    """
    chex.assert_equal_shape_prefix([states, following], 2)
    following = following.ravel()
    # One long matrix: the gradient of a stack of them takes twice the time.
    rows = states.reshape(len(following), -1)
    logits = matmul(rows, readout.weight) + readout.bias
    real = following != PADDING
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, following)
    return losses * real, (jnp.argmax(logits, axis=-1) == following) & real


def read_pictures(readout: Readout, states: Array) -> Array:
    """Predict picture vectors `[B, P]` from I states `[B, H]`."""
    return states @ readout.weight + readout.bias


def contrastive_losses(predicted: Array, pictures: Array, temperature: float = 0.1) -> Array:
    """Compute how hard each caption's picture is to tell from the others of the batch.

    The InfoNCE loss (van den Oord, Li & Vinyals 2018, arXiv:1807.03748) on cosine similarities.

    Args:
      predicted: `[B, P]`.
      pictures: `[B, P]`; another caption of the same picture is no counter-example, nor is a row
        of zeros.
      temperature: divides the similarities.

    Returns:
      Losses `[B]` in nats.
    """
    number = len(pictures)
    truth = unit_vectors(pictures)
    likeness = truth @ truth.T
    same = (likeness > 1 - 1e-5) & ~jnp.eye(number, dtype=bool)
    empty = jnp.all(pictures == 0, axis=1)[None, :]
    similarity = unit_vectors(predicted) @ truth.T / temperature
    similarity = jnp.where(same | empty, -1e9, similarity)
    return optax.softmax_cross_entropy_with_integer_labels(similarity, jnp.arange(number))


def unit_vectors(x: Array) -> Array:
    """Scale rows `[..., P]` to length 1; rows of zeros stay."""
    return x / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-8)
