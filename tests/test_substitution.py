"""Substitutes at one place, and rearrangements."""


import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neurondream.base import Place
from neurondream.dreaming import make_score
from neurondream.objectives import linear
from neurondream.searches.substitution import Position, estimate_substitutes, score_substitutes
from neurondream.searches.swaps import rearrangements
from rigs import pick, row_of

TOKENS = jnp.array([9, 4, 7])
WORDS = jnp.arange(4, 12)


def toy_score(toy, rig, position=-1):
    objective = linear("I.hidden", Place("word", position))
    return make_score(toy.encoder, toy.params, objective, pick(rig.targets, 4))


def test_substitutes_score_as_whole_ngrams(toy, rig):
    score, blocks = toy_score(toy, rig), (None, 1, 3, 8, 100)

    @jax.jit
    def everywhere(tokens):
        return jnp.stack([
            jnp.stack([
                score_substitutes(score, tokens, Position(p), WORDS, block) for p in range(3)
            ]) for block in blocks
        ])

    others = np.stack([np.stack([TOKENS.at[p].set(w) for w in WORDS]) for p in range(3)])
    whole = np.broadcast_to(rig.scores[4][row_of(others)], (len(blocks), 3, 8))
    np.testing.assert_allclose(everywhere(TOKENS), whole, rtol=1e-4, atol=1e-5)


def test_substitutes_are_read_at_the_position_of_the_objective(toy, rig):
    score = toy_score(toy, rig, position=1)
    first, last = jax.jit(
        lambda tokens: [score_substitutes(score, tokens, Position(p), WORDS) for p in (0, 2)]
    )(TOKENS)
    assert np.ptp(first) > 0.01
    # The last word comes after the reading.
    np.testing.assert_allclose(last, np.full(8, score(TOKENS)), rtol=1e-5)


def test_estimates_are_slopes(toy, rig):
    score, step = toy_score(toy, rig), 0.01
    found = jax.jit(lambda tokens: estimate_substitutes(score, tokens, 12))(TOKENS)
    assert found.shape == (3, 12)
    soft = jax.nn.one_hot(TOKENS, 12)
    bumps = step * jnp.eye(36).reshape(36, 3, 12)
    differences = jax.jit(jax.vmap(lambda bump: score(soft + bump) - score(soft - bump)))(bumps)
    np.testing.assert_allclose(found.ravel(), differences / (2 * step), rtol=0.01, atol=1e-3)


@pytest.mark.parametrize("length", range(1, 7))
def test_rearrangements_move_one_word(length):
    orders = rearrangements(length).tolist()
    assert len({tuple(order) for order in orders}) == len(orders) == (length - 1) ** 2
    for order in orders:
        assert sorted(order) == list(range(length)) != order
        rest = [[word for word in order if word != moved] for moved in range(length)]
        assert any(words == sorted(words) for words in rest)
