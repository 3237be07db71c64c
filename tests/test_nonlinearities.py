"""Units behind a nonlinearity: climbed before it, reported after it."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.encoders.blocks import ACTIVATIONS, LOWEST
from neurondream.runs.recomputation import STEEPEST
from refusals import refuse
from reports import make_card, make_layers
from test_subwords import bert, read_whole  # noqa: F401, fixture

POLISHED = nd.make_method("swaps+polish", restarts=4, rounds=2)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_is_lowest_where_it_is_said_to_be(name):
    function = jax.vmap(ACTIVATIONS[name])
    values = np.asarray(function(jnp.linspace(-6, 6, 100_001)), np.float64)
    assert float(ACTIVATIONS[name](LOWEST[name])) == pytest.approx(values.min(), abs=1e-7)
    assert np.all(np.diff(values[np.linspace(-6, 6, 100_001) > LOWEST[name]]) >= -1e-7)
    assert np.abs(np.diff(values)).max() / (12 / 100_000) <= STEEPEST


def values_of(model, neuron):
    """Read a neuron after every n-gram of two words, `[M]`, and the n-grams."""
    words = np.flatnonzero(model.tokenizer.allowed)
    every = np.array(list(itertools.product(words, repeat=2)), np.int32)
    (part,) = neuron.parts
    values = part.weights[0] * read_whole(model, every)[part.layer][:, :, part.units[0]]
    return every, values.max(axis=1) if neuron.place.kind == "max" else values[:, -1]


def test_either_side_is_the_best_of_every_ngram(bert):  # noqa: F811
    model = nd.open_model(bert.name, tokens="any")
    neurons = nd.parse_neurons("mlp.1:0-7,-mlp.1:0-7,mlp.1:0-3@max", model)
    lines = nd.dream_neurons(model, neurons, length=2, method=POLISHED)
    by_name = {neuron.name: neuron for neuron in neurons}
    certified = []
    for line in lines:
        every, values = values_of(model, by_name[line["neuron"]])
        at = {tuple(ids): value for ids, value in zip(every.tolist(), values, strict=True)}
        assert line["climbed"] == "mlp_pre.1"
        assert line["score"] == pytest.approx(at[tuple(line["ngram"]["ids"])], abs=1e-5)
        if line["neuron"].startswith("-"):
            # What is nearest to where it is lowest is next to the lowest.
            assert line["score"] >= values.max() - 0.02
            assert not line["certificate"]["certified"]
            continue
        # What nothing turns on is brought nearest to that, though its values fall on the way.
        assert line.get("off", False) == (values.max() <= 0)
        if "off" in line:
            assert line["score"] <= 0 and not line["certificate"]["certified"]
            continue
        assert line["score"] == pytest.approx(values.max(), abs=1e-5)
        if line["certificate"]["certified"]:
            certified.append(line)
            others = [
                value for ids, value in at.items()
                if sum(a != b for a, b in zip(ids, line["ngram"]["ids"], strict=True)) == 1
            ]
            margin = line["score"] - max(others)
            assert line["certificate"]["margin"] == pytest.approx(margin, abs=1e-5)
            assert margin >= -line["certificate"]["tolerance"]
    assert len(certified) >= 8


def test_sums_and_means_are_climbed_as_they_are(bert, tmp_path):  # noqa: F811
    np.save(tmp_path / "row.npy", np.eye(bert.layers["mlp.1"].size, dtype=np.float32)[0])
    model = nd.open_model(bert.name, tokens="any")
    lines = nd.dream_neurons(
        model, f"mlp.1:0@mean,mlp.1:direction:{tmp_path / 'row.npy'}", length=2,
        method=nd.make_method("softmax", epochs=2),
    )
    assert not any("climbed" in line for line in lines)


def test_a_neuron_that_nothing_turns_on_is_called_off():
    words = nd.make_vocabulary((*nd.SPECIAL_WORDS, "a", "dog"))
    table = np.float32([[0], [0], [0], [0], [1], [2]])[: len(words.words)]

    def encode(params, vectors):
        before = vectors @ jnp.ones((1, 2)) - params["shift"]
        return {"before": before, "after": jax.nn.relu(before)}

    params = {"table": table, "shift": np.float32([0.5, 9])}
    model = nd.make_model(
        "small", encode, params, nd.word_tokenizer(words), table=lambda params: params["table"],
        nonlinearities={"after": ("before", 0.0)},
    )
    corpus = nd.make_corpus(["a dog", "dog a"], model, length=1)
    on, off = nd.dream_neurons(model, "after:0-1", length=1, corpus=corpus, method="swaps")
    assert (on["score"], on["ngram"]["text"], "off" in on) == (1.5, "dog", False)
    # Of what stays off, the n-gram that comes nearest to turning it on.
    assert (off["score"], off["ngram"]["text"], off["off"]) == (0, "dog", True)
    refuse(
        "layer 'after'", nd.make_model, "small", lambda params, vectors: {
            "after": vectors, "before": vectors[:, :0]
        }, params, nd.word_tokenizer(words), table=lambda params: params["table"],
        nonlinearities={"after": ("before", 0.0)},
    )


def test_the_headline_says_so():
    listed = make_layers(("mlp.1", "mlp", "1"))
    card = make_card(listed, "mlp.1", 3, ["a", "dog"], 0.5) | {"off": True}
    assert write_sentences(card)[0].startswith("Dead, as far as was searched: it stays off")
