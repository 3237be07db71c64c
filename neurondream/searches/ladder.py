"""A climb at several penalties, side by side: the front of what it ends in.

Of gumbel it is what Guo et al. 2021 (GBDA, arXiv:2104.13733) do with a soft fluency.
"""

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream, Score, Search
from neurondream.searches.front import (
    empty_front,
    extend_front,
    make_dream,
    price,
    spread_penalties,
    weigh,
)
from neurondream.searches.recombination import draw_ngrams
from neurondream.searches.spelling import without_faults

PENALTIES = 0.3, 6.0  # least and most, in deviations of random n-grams that a nat a word costs
STEPS = 8
DRAWN = 64  # n-grams that deviations are measured on


def ladder(search: Search, length: int, words: np.ndarray) -> Search:
    """Let a search of scalar scores climb activation and fluency at once.

    Args:
      search: climbs one weighted sum.
      length: L.
      words: that random n-grams are made of, `bool [V]`.
    """

    def searched(key: Array, score: Score) -> Dream:
        drawn = draw_ngrams(jax.random.fold_in(key, 1), words, DRAWN, length)
        scores = jax.vmap(score)(drawn)[:, 0]
        real = without_faults(scores)
        number = jnp.maximum(jnp.sum(real), 1)
        mean = jnp.sum(jnp.where(real, scores, 0)) / number
        deviation = jnp.sqrt(jnp.sum(jnp.where(real, (scores - mean) ** 2, 0)) / number)
        weights = price(spread_penalties(*PENALTIES, STEPS) * deviation)
        dreams = jax.vmap(lambda weights: search(key, weigh(score, weights)))(weights)
        terms = jax.vmap(score)(dreams.tokens)
        return make_dream(extend_front(empty_front(length), dreams.tokens, terms))

    return searched
