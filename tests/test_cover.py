"""Certificates that cover some words of each place: those that the gradient ranks first."""

import jax
import jax.numpy as jnp
import numpy as np

import neurondream as nd
from neurondream.method import COVER, FEW, choose_cover
from test_subwords import bert  # noqa: F401, fixture

COVERED = 3


def gradient_of(model, unit, ids):
    """Differentiate one unit after the last word with respect to one-hot words."""
    first, size = len(model.start.before), len(model.tokenizer.allowed)
    around = [jax.nn.one_hot(np.array(part, int), size) for part in model.start]

    def value(words):
        whole = jnp.concatenate([around[0], words, around[1]])
        layers = model.encoder.encode(model.params, model.encoder.embed(model.params, whole))
        return layers["resid_post.1"][first + len(ids) - 1, unit]

    words = jax.nn.one_hot(np.array(ids), size)
    return np.asarray(jax.grad(value)(words)), jax.jit(value)


def test_none_of_the_words_that_are_covered_does_better(bert):  # noqa: F811
    model = nd.open_model(bert.name, tokens="any")
    lines = nd.dream_neurons(
        model, "resid_post.1:all", length=3,
        method=nd.best(restarts=1, rounds=0, sweeps=1, candidates=1, cover=COVERED),
    )
    missed = 0
    for line in lines:
        certificate, ids = line["certificate"], line["ngram"]["ids"]
        assert certificate["certified"] and certificate["covers"] == COVERED
        gradient, value = gradient_of(model, int(line["neuron"].split(":")[1]), ids)
        margins = []
        for place, now in enumerate(ids):
            order = [w for w in np.argsort(-gradient[place])
                     if model.tokenizer.allowed[w] and w != now]  # fmt: skip
            for rank, word in enumerate(order):
                other = [word if p == place else old for p, old in enumerate(ids)]
                margin = line["score"] - float(value(jax.nn.one_hot(np.array(other), len(
                    model.tokenizer.allowed))))
                if rank < COVERED:
                    margins.append(margin)
                else:
                    missed += margin < -1e-4
        assert min(margins) >= -certificate["tolerance"]
        assert abs(certificate["margin"] - min(margins)) < 1e-4
    assert not any("spelled" in line["certificate"] for line in lines)  # any were tried
    # What is not covered may do better: that is why it is said.
    assert missed


def test_what_is_covered_by_default_depends_on_how_words_are_read(bert):  # noqa: F811
    problem = nd.Problem(5, np.ones(FEW + 1, bool), None, 8)
    assert choose_cover(problem, None) is None
    assert choose_cover(problem._replace(parts=(0,)), None) == COVER
    assert choose_cover(problem._replace(parts=(0,)), 7) == 7
    few = problem._replace(parts=(0,), allowed=np.ones(FEW, bool))
    assert choose_cover(few, None) is None
    (line,) = nd.dream_neurons(bert, "resid_post.1:0", length=2, method=nd.best(rounds=0))
    assert "covers" not in line["certificate"]
