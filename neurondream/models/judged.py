"""Models that show beside their layers what a judge says of the words they read."""

from typing import Any

from neurondream.base import Encoder
from neurondream.encoders.judged import (
    EVERY,
    OWN,
    UNSEEN,
    Pair,
    beside,
    kneser_ney,
    show_unseen,
)
from neurondream.model import Model

__all__ = ["EVERY", "OWN", "UNSEEN", "with_judge", "with_kneser_ney", "with_unseen"]


def with_judge(model: Model, judge: Model, name: str) -> Model:
    """Show the layers of another model of the same tokens, as `name/layer`."""
    return _put_beside(model, judge.encoder, judge.params, name)


def with_kneser_ney(model: Model, counts: Any, name: str) -> Model:
    """Show the log-probabilities of an n-gram model, as `name/layer`.

    Args:
      model: any.
      counts: of `corpora.kneser_ney.count_texts`.
      name: in front of the layers `OWN` and `EVERY`.
    """
    return _put_beside(model, kneser_ney(), counts, name)


def with_unseen(model: Model, mask: int, logits: str) -> Model:
    """Show what a masked model predicts at each place that it does not see, as the layer `UNSEEN`.

    Args:
      model: reads both ways.
      mask: the token that hides another.
      logits: layer of its predictions.
    """
    return model._replace(encoder=show_unseen(model.encoder, mask, logits))


def _put_beside(model: Model, judge: Encoder, params: Any, name: str) -> Model:
    return model._replace(
        encoder=beside(model.encoder, judge, name), params=Pair(model.params, params)
    )
