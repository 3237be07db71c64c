"""Look up what the rig of all three-word dreams knows."""

import jax
import numpy as np

from neurondream.objectives import linear

OBJECTIVE = linear("I.hidden")


def pick(targets, rows):
    return jax.tree.map(lambda field: field[rows], targets)


def row_of(ngrams):
    """Find n-grams `[..., 3]` among the 512."""
    return (ngrams - 4) @ [64, 8, 1]


def by_hand(rig, tokens):
    """Look up the scores of n-grams `[12, 3]`."""
    return rig.scores[np.arange(12), row_of(tokens)]


def substitutes(tokens):
    """List the n-grams `[21, 3]` with another word at one place."""
    return np.array([
        [*tokens[:place], word, *tokens[place + 1 :]]
        for place in range(3) for word in range(4, 12) if word != tokens[place]
    ])
