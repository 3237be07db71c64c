"""All activations of dreams once more, from their tokens alone, and what is then still certain."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream, Target
from neurondream.searches.faces import FacesInfo
from neurondream.searches.front import FrontInfo
from neurondream.searches.front_polish import Certificates, CertifiedFrontInfo
from neurondream.searches.polish import PolishInfo
from neurondream.searches.spelling import without_faults
from neurondream.targets import Climb

STEEPEST = 1.2  # slope of the nonlinearities of transformers, at most


def score_again(
    score: Callable, targets: Target, climbed: Target, dreams: Dream, before: Climb | None
) -> tuple[Dream, np.ndarray]:
    """Recompute all activations from the tokens, whatever precision the search had.

    What is certain of values before a nonlinearity is so of those behind it where they rise.

    Args:
      score: `(targets, climbed, tokens [N, L]) -> activations, what two may differ by, [N]`.
      targets: N, as they are reported.
      climbed: N, as they were climbed.
      dreams: theirs.
      before: what was climbed in their stead.

    Returns:
      The dreams, and what two activations like theirs may differ by for rounding alone, `[N]`.
    """
    info = dreams.info

    def score_each(tokens: Array) -> tuple[Array, Array]:
        """Score several n-grams of each neuron, `[N, K, L]`."""
        every = [score(targets, climbed, tokens[:, k]) for k in range(tokens.shape[1])]
        scores, rounding = (jnp.stack(each, axis=1) for each in zip(*every, strict=True))
        return scores, rounding * STEEPEST if before else rounding

    def look_behind(
        each: PolishInfo | Certificates, scores: Array, runner_up: Array
    ) -> PolishInfo | Certificates:
        """Say where `scores [N, K]` behind the nonlinearity are certain, and by what margin."""
        margin = scores - score_each(runner_up)[0]
        # Where there is no runner-up, it falls short by more than any number.
        margin = jnp.where(without_faults(-each.margin), margin.reshape(each.margin.shape),
                           each.margin)
        certain = ((scores > 0) & before.rises).reshape(margin.shape)
        return each._replace(certified=each.certified & certain, margin=margin)

    def score_found(tokens: Array, found: Array) -> Array:
        return jnp.where(without_faults(found), score_each(tokens)[0], -jnp.inf)

    if isinstance(info, FacesInfo):
        info = info._replace(scores=score_found(info.tokens, info.scores))
    if isinstance(info, FrontInfo | CertifiedFrontInfo):
        tokens, terms, *_ = info.front
        scores = score_found(tokens, terms[..., 0])
        info = info._replace(front=info.front._replace(terms=terms.at[..., 0].set(scores)))
        if info.faces is not None:
            faces = info.faces
            faces = faces._replace(scores=score_found(faces.tokens, faces.scores))
            info = info._replace(faces=faces)
    if isinstance(info, CertifiedFrontInfo):
        each = info.certificates
        chosen = jnp.take_along_axis(info.front.tokens, each.slots[..., None], axis=1)
        scores, tolerance = score_each(chosen)
        each = each._replace(tolerance=tolerance)
        info = info._replace(
            certificates=look_behind(each, scores, each.runner_up) if before else each
        )
    scores, rounding = score_each(dreams.tokens[:, None])
    if isinstance(info, PolishInfo) and before:
        info = look_behind(info, scores, info.runner_up[:, None])
    scores, rounding = scores[:, 0], rounding[:, 0]
    dreams = Dream(dreams.tokens, scores, info)
    return jax.tree.map(np.asarray, dreams), np.asarray(rounding)
