"""What a training starts from: a new model, or a new pathway I beside a trained model's words."""

import jax
import jax.numpy as jnp
import optax

from neurondream.base import Array, Encoder, Params
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder, init_imaginet
from neurondream.errors import InputError
from neurondream.models.imaginet import Checkpoint
from neurondream.training.data import TrainingData, plan_epoch
from neurondream.training.settings import Settings
from neurondream.training.steps import make_optimizer


def make_model(
    settings: Settings, data: TrainingData, start: Checkpoint | None
) -> tuple[Encoder, optax.GradientTransformation, Params]:
    """Make a new model and the optimizer of its parameters.

    Args:
      settings: of the training.
      data: tells the sizes and the number of steps.
      start: the model whose words and pathway T are kept, or None.
    """
    module = Imaginet(
        len(data.vocabulary.words),
        len(data.mean),
        settings.embedding,
        settings.hidden,
        update_bias=settings.update_bias,
    )
    init_key, _ = split_seed(settings)
    params = init_imaginet(module, init_key)
    steps = settings.epochs * len(plan_epoch(data.train, settings, 0)[0])
    optimizer = make_optimizer(settings.learning_rate, steps)
    if start:
        params = keep_words(params, start)
        optimizer = freeze_words(optimizer, params)
    return imaginet_encoder(module), optimizer, params


def split_seed(settings: Settings) -> tuple[Array, Array]:
    """Split the seed into a key of the parameters and one of the dropout."""
    return jax.random.split(jax.random.key(settings.seed))


def keep_words(params: Params, start: Checkpoint) -> Params:
    """Take the word vectors and pathway T of a trained model over.

    Args:
      params: of the new model.
      start: the trained model.

    Returns:
      The parameters: pathway I new, all others the trained model's.

    Raises:
      InputError: the models are of different sizes.
    """
    for name in params:
        if _is_visual(name):
            continue
        found, wanted = (jax.tree.map(jnp.shape, tree[name]) for tree in (start.params, params))
        if found != wanted:
            raise InputError(
                f"start: {name} of that model has shape {found}, this training wants {wanted}; "
                "give the same embedding and hidden"
            )
        params = {**params, name: jax.tree.map(jnp.asarray, start.params[name])}
    return params


def freeze_words(
    optimizer: optax.GradientTransformation, params: Params
) -> optax.GradientTransformation:
    """Make an optimizer that moves pathway I alone.

    Args:
      optimizer: of all parameters.
      params: of the model.
    """
    still = {name: not _is_visual(name) for name in params}
    return optax.chain(optimizer, optax.masked(optax.set_to_zero(), still))


def _is_visual(name: str) -> bool:
    return name.startswith("I_")
