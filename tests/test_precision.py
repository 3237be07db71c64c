"""Accelerators round no product of float32 matrices, but where halves are asked for."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.base import LAST, InTurn, Place, Rough
from neurondream.dreaming import make_score
from neurondream.encoders.precision import in_float32
from neurondream.objectives import linear
from neurondream.sweeps.corpus import score_tree
from neurondream.targets import number_targets

PLACES = (LAST, Place("max", 0), Place("mean", 0), Place("before", 0), Place("after", 0))

IDS = jnp.array([5, 6])
EXACT = "f32", "f32", "HIGHEST", "HIGHEST"
HALVES = "bf16", "bf16", "DEFAULT", "DEFAULT"


def products(function, *args):
    """List types and precisions of both operands of each matrix product of the program."""
    text = jax.jit(function).lower(*args).as_text()
    lines = [line for line in text.splitlines() if "stablehlo.dot_general" in line]
    return [
        (*re.findall(r"tensor<(?:\d+x)*(\w+)>", line.split(" : ")[-1])[:2],
         *re.search(r"precision = \[(\w+), (\w+)\]", line).groups())
        for line in lines
    ]  # fmt: skip


def open_models():
    toys_in_templates = [
        nd.in_template(make().model, "the {} dog")
        for make in (toys.bidirectional, toys.causal, toys.lstm)
    ]
    scenes = nd.open_model("scenes", precision="float32")
    return [*toys_in_templates, nd.in_template(scenes, "two dogs {} .")]


def score_with(model, place=LAST):
    """Make `(words, params, targets) -> scores`, and what it is given besides words."""
    reader = nd.open_reader(model)
    layer = next(iter(model.layers))
    rows = np.ones((2, model.layers[layer].size), np.float32)
    targets = number_targets(["a", "b"], rows, np.zeros(2, np.float32))
    objective = linear(layer, place)

    def score_all(words, params, targets):
        def score_one(target):
            return make_score(reader.encoder, params, objective, target)(words)

        return jax.vmap(score_one)(targets)

    def score_block(words, params, targets):
        return score_tree(
            reader.encoder, params, objective, targets, (words, words), (words, words % 2)
        )

    return score_all, score_block, (reader.prepared, targets)


@pytest.mark.parametrize("model", open_models(), ids=lambda model: model.name)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_scores_and_their_gradients_are_float32(model, place):
    score_all, score_block, given = score_with(model, place)
    climb = jax.grad(lambda words, *given: jnp.sum(score_all(words, *given)))
    words = len(model.tokenizer.allowed)
    found = [
        *products(score_all, IDS, *given),
        *products(score_all, InTurn(tuple(IDS)), *given),
        *products(climb, jnp.ones((2, words)) / words, *given),
        *products(score_block, IDS, *given),
    ]
    assert set(found) == {EXACT}


def test_halves_are_for_words_that_are_only_ranked():
    score_all, score_block, given = score_with(nd.open_model("scenes", precision="bfloat16"))
    assert HALVES in products(score_all, Rough(tuple(IDS)), *given)
    assert set(products(score_all, IDS, *given)) == {EXACT}
    assert set(products(score_all, InTurn(tuple(IDS)), *given)) == {EXACT}
    assert set(products(score_block, IDS, *given)) == {EXACT}


def test_what_is_not_wrapped_may_be_rounded():
    matrices = jnp.ones((2, 3)), jnp.ones((3, 4))
    assert products(jnp.matmul, *matrices) == [("f32", "f32", "DEFAULT", "DEFAULT")]
    assert products(in_float32(jnp.matmul), *matrices) == [EXACT]
