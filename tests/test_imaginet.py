"""The encoder against plain numpy, and all ways of writing words against each other."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neurondream.base import Place, Readout, Vectors
from neurondream.dreaming import read_words
from neurondream.encoders.context import read_states
from neurondream.encoders.gru import init_gru, project, run_gru
from neurondream.encoders.imaginet import Imaginet, fold_words, imaginet_encoder, init_imaginet
from neurondream.encoders.precision import bfloat16_matmul
from neurondream.neurons.neuron import Neuron, Part
from neurondream.objectives import linear
from neurondream.targets import fold_part, make_targets, source_layer
from oracles import plain_gru


@pytest.mark.parametrize("inputs, hidden, length", [(3, 5, 7), (6, 2, 1), (4, 4, 12)])
def test_gru_is_the_reset_before_form(inputs, hidden, length):
    rng = np.random.default_rng(inputs)
    params = {
        "input": rng.normal(size=(inputs, 3 * hidden)),
        "recurrent": rng.normal(size=(hidden, 3 * hidden)),
        "bias": rng.normal(size=3 * hidden),
    }
    x = rng.normal(size=(length, inputs))
    params = jax.tree.map(jnp.float32, params)
    states = run_gru(params, project(params, jnp.float32(x)))
    np.testing.assert_allclose(states, plain_gru(params, x), rtol=1e-4, atol=1e-5)


def test_gru_starts_with_orthogonal_recurrence_and_no_bias():
    params = init_gru(jax.random.key(0), 3, 5)
    assert params["input"].shape == (3, 15)
    blocks = np.split(np.asarray(params["recurrent"]), 3, axis=1)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, np.eye(5), atol=1e-5)
    assert not np.allclose(blocks[0], blocks[1])
    assert not params["bias"].any()


@pytest.mark.parametrize("ids", [[4], [7, 4, 11], [0, 1, 2, 3, 5, 5, 8]])
def test_hard_soft_and_free_words_are_the_same_words(toy, ids):
    ids = jnp.array(ids, jnp.int32)
    forms = (ids, jax.nn.one_hot(ids, 12), Vectors(toy.params["embedding"][ids]))
    results = [toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, f)) for f in forms]
    assert set(results[0]) == {"embedding", "T.hidden", "T.output", "I.hidden", "I.output"}
    for other in results[1:]:
        for name, layer in results[0].items():
            np.testing.assert_allclose(other[name], layer, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("ids", [[4], [7, 4, 11], [0, 1, 2, 3, 5, 5, 8]])
def test_reading_word_by_word_is_reading_at_once(toy, ids):
    """In every form that hard words have: with and without folded tables, at once and in turn."""
    ids = jnp.array(ids, jnp.int32)
    plain = toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, ids))
    folded = fold_words(toy.params)
    at_once = toy.encoder.encode(folded, toy.encoder.embed(folded, ids))
    for name, layer in plain.items():
        np.testing.assert_allclose(at_once[name], layer, rtol=1e-5, atol=1e-5, err_msg=name)
        for params in (toy.params, folded):
            in_turn = jnp.stack(read_words(toy.encoder.steps, params, tuple(ids))[name])
            np.testing.assert_allclose(in_turn, layer, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("first", [1, 2])
def test_reading_goes_on_from_a_state(toy, first):
    ids = jnp.array([7, 4, 11, 5], jnp.int32)
    whole = toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, ids))
    steps = toy.encoder.steps
    state = read_states(steps, toy.params, ids[:first])[-1]
    read = lambda past, ids: toy.encoder.go_on(  # noqa: E731
        toy.params, past, toy.encoder.embed(toy.params, ids)
    )
    begun, past = read(None, ids[:first])
    for name, layer in whole.items():
        np.testing.assert_allclose(begun[name], layer[:first], rtol=1e-5, atol=1e-5)
        for state in (past, read_states(steps, toy.params, ids[:first])[-1]):
            behind, _ = read(state, ids[first:])
            np.testing.assert_allclose(behind[name], layer[first:], rtol=1e-5, atol=1e-5)


def test_encoder_is_both_pathways_over_shared_embeddings(toy):
    ids = np.array([5, 9, 4, 6])
    params = jax.tree.map(lambda p: np.asarray(p, np.float64), toy.params)
    x = params["embedding"][ids]
    found = toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, jnp.array(ids)))
    np.testing.assert_allclose(found["embedding"], x, rtol=1e-6)
    for name in "TI":
        states = plain_gru(params[f"{name}_gru"], x)
        np.testing.assert_allclose(found[f"{name}.hidden"], states, rtol=1e-4, atol=1e-5)
        output = states @ params[f"{name}_weight"] + params[f"{name}_bias"]
        np.testing.assert_allclose(found[f"{name}.output"], output, rtol=1e-4, atol=1e-4)


def test_later_words_do_not_change_earlier_states(toy):
    run = lambda ids: toy.encoder.encode(  # noqa: E731
        toy.params, toy.encoder.embed(toy.params, jnp.array(ids))
    )
    short, long = run([4, 5, 6]), run([4, 5, 6, 7, 8])
    for name in short:
        np.testing.assert_allclose(long[name][:3], short[name], rtol=1e-5, atol=1e-6)


def test_readouts_reproduce_outputs_and_fold_directions(toy):
    activations = toy.encoder.encode(
        toy.params, toy.encoder.embed(toy.params, jnp.array([4, 8, 6]))
    )
    readouts = {
        layer: Readout(source, np.asarray(weight), np.asarray(bias))
        for layer, (source, weight, bias) in toy.encoder.readouts(toy.params).items()
    }
    assert set(readouts) == {"T.output", "I.output"}
    rng = np.random.default_rng(0)
    for layer, readout in readouts.items():
        output = activations[readout.source] @ readout.weight + readout.bias
        np.testing.assert_allclose(output, activations[layer], rtol=1e-4, atol=1e-5)
        size = output.shape[1]
        # A whole direction, some units, one unit, and two of these together.
        parts = [
            Part(layer, units, rng.normal(size=len(units)).astype(np.float32))
            for units in (np.arange(size), np.array([3, 0]), np.array([2]))
        ]
        source = source_layer(readouts, layer)
        parts = [(part,) for part in parts]
        parts.append((parts[0][0], Part(source, np.array([1]), np.float32([-2]))))
        neurons = [Neuron(f"n{row}", "", "", each) for row, each in enumerate(parts)]
        targets = make_targets(readouts, neurons, 6)
        objective = linear(source, Place("word", 1))
        for row, each in enumerate(parts):
            target = jax.tree.map(lambda field, row=row: field[row], targets)
            expected = sum(activations[p.layer][1, p.units] @ p.weights for p in each)
            np.testing.assert_allclose(
                objective(activations, None, target), expected, rtol=1e-4, atol=1e-4
            )
    some = Part("T.hidden", np.array([4, 1]), np.float32([2, -3]))
    direction, offset = fold_part(readouts, some, 6)
    np.testing.assert_array_equal(direction, [0, -3, 0, 0, 2, 0])
    assert not offset and source_layer(readouts, "T.hidden") == "T.hidden"


def test_sizes_are_the_papers_by_default():
    module = Imaginet(vocabulary=7, picture=3)
    shapes = jax.eval_shape(functools.partial(init_imaginet, module), jax.random.key(0))
    assert shapes["embedding"].shape == (7, 1024)
    for name, outputs in (("T", 7), ("I", 3)):
        assert shapes[f"{name}_gru"]["input"].shape == (1024, 3072)
        assert shapes[f"{name}_gru"]["recurrent"].shape == (1024, 3072)
        assert shapes[f"{name}_weight"].shape == (1024, outputs)
        assert shapes[f"{name}_bias"].shape == (outputs,)


def distance(a, b):
    return np.linalg.norm(np.asarray(a) - np.asarray(b)) / np.linalg.norm(np.asarray(b))


@pytest.mark.parametrize("lead", [(), (5,), (3, 4)])
def test_half_precision_product_and_gradients_are_close(lead):
    rng = np.random.default_rng(len(lead))
    a, b, c = (jnp.float32(rng.normal(size=s)) for s in ((*lead, 33), (33, 9), (*lead, 9)))
    half = bfloat16_matmul(a, b)
    assert half.dtype == jnp.float32 and half.shape == c.shape
    assert 0 < distance(half, a @ b) < 1e-2
    found, right = (
        jax.grad(lambda a, b, m=m: jnp.sum(m(a, b) * c), argnums=(0, 1))(a, b)
        for m in (bfloat16_matmul, jnp.matmul)
    )
    assert distance(found[0], right[0]) < 1e-2
    assert distance(found[1], right[1]) < 1e-5


def test_half_precision_encoder_is_close(toy):
    half = imaginet_encoder(toy.module.clone(rough_matmul=bfloat16_matmul))
    soft = jax.nn.softmax(jax.random.normal(jax.random.key(3), (3, 12)))

    def last(encoder, soft):
        hidden = encoder.encode(toy.params, encoder.embed(toy.params, soft))["I.hidden"]
        return jnp.sum(hidden[-1] * jnp.arange(1.0, 7.0))

    assert abs(last(half, soft) - last(toy.encoder, soft)) < 0.2
    gradients = [jax.grad(last, argnums=1)(e, soft) for e in (half, toy.encoder)]
    assert distance(*gradients) < 0.05


def test_only_rough_words_are_rounded(toy):
    half = imaginet_encoder(toy.module.clone(rough_matmul=bfloat16_matmul))
    ids = tuple(jnp.int32([3, 1, 4]))
    exact, same, rough = (
        read_words(steps, toy.params, ids)["T.hidden"][-1]
        for steps in (toy.encoder.steps, half.steps, half.rough)
    )
    assert jnp.array_equal(exact, same)
    assert 0 < distance(rough, exact) < 0.05
    assert toy.encoder.rough is toy.encoder.steps
