"""N-grams read behind many beginnings are worth the mean over them, by plain re-encoding."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.base import InOne, InTurn, Rough
from neurondream.dreaming import make_score
from neurondream.errors import InputError
from neurondream.runs.folder import read_manifest
from neurondream.runs.opened import open_finished, read_as
from neurondream.sweeps.corpus import score_tree
from neurondream.sweeps.prefixes import corpus_ngrams
from neurondream.targets import make_targets

BEGINNINGS = ((4, 5), (6, 4), (9, 7))
CLOSE = {"rtol": 2e-5, "atol": 2e-5}
FEW = {"restarts": 2, "rounds": 1}
PLACES = ("", "@max")


def behind(toy, neuron, ids):
    """Score n-grams behind each beginning by plain re-encoding; their mean."""
    return np.mean(behind_each(toy, neuron, ids), axis=0)


def behind_each(toy, neuron, ids):
    before, after = toy.model.start
    return [
        oracles.score_again(toy, neuron, ids, (*before, *beginning), after)
        for beginning in BEGINNINGS
    ]


@pytest.mark.parametrize("name", ["bidirectional", "causal", "folded", "lstm", "lstm-whole"])
@pytest.mark.parametrize("place", PLACES)
def test_every_kind_of_words_is_worth_the_mean(name, place):
    toy = toys.TOYS[name]()
    model = nd.in_beginnings(toy.model, BEGINNINGS)
    reader = nd.open_reader(model)
    first = toys.neurons_of(toy)[0]
    (neuron,) = nd.parse_neurons(first + place, model)
    layer = neuron.parts[0].layer
    targets = make_targets(reader.readouts, [neuron], toys.WIDTH)
    ids = np.array([8, 6, 5], np.int32)
    ngrams = np.unique(np.array([[8, 6, 5], [8, 6, 4], [4, 4, 9]], np.int32), axis=0)
    block = next(corpus_ngrams(ngrams).blocks())

    @jax.jit
    def score_all(params, block):
        target = jax.tree.map(lambda x: x[0], targets)
        objective = nd.linear(layer, neuron.place)
        score = make_score(reader.encoder, params, objective, target)
        one_hot = jax.nn.one_hot(ids, len(model.tokenizer.allowed))
        table = reader.encoder.table(params)
        found = {"hard": score(jnp.asarray(ids)), "soft": score(one_hot),
                 "free": score(nd.Vectors(table[ids])), "in turn": score(InTurn(tuple(ids)))}
        tree = score_tree(
            reader.encoder, params, objective, targets, block.words, block.parents
        )
        each = [score(InOne(one_hot, jnp.int32(number))) for number in range(len(BEGINNINGS))]
        return found, tree, score(Rough(tuple(ids))), each

    for params in (reader.params, reader.prepared):
        found, tree, rough, each = score_all(params, block)
        for kind, value in found.items():
            np.testing.assert_allclose(value, behind(toy, neuron, ids), **CLOSE, err_msg=kind)
        np.testing.assert_allclose(
            tree[0, : len(ngrams)], behind(toy, neuron, ngrams[block.rows[: len(ngrams)]]), **CLOSE
        )
        np.testing.assert_allclose(rough, behind(toy, neuron, ids), atol=0.2)
        np.testing.assert_allclose(each, behind_each(toy, neuron, ids), **CLOSE)


@pytest.fixture(scope="module", params=["bidirectional", "lstm"])
def dreamt(request, tmp_path_factory):
    toy = toys.TOYS[request.param]()
    model = nd.in_beginnings(toy.model, BEGINNINGS)
    corpus = nd.make_corpus(toys.make_texts(), model, length=2)
    run = nd.open_run(tmp_path_factory.mktemp("behind") / "run", model, corpus)
    texts = toys.neurons_of(toy)
    methods = ("search", "exhaustive", nd.best(**FEW), nd.gumbel(epochs=4, restarts=1))
    lines = [line for method in methods for line in nd.run(run, texts, method)]
    return toy, run, nd.parse_neurons(texts, model), lines


def test_a_run_is_of_one_reading(dreamt):
    toy, run, neurons, lines = dreamt
    words = np.flatnonzero(toy.model.tokenizer.allowed)
    every = np.array(list(itertools.product(words, repeat=2)), np.int32)
    for neuron in neurons:
        scores, corpus = behind(toy, neuron, every), behind(toy, neuron, run.corpus.ngrams.tokens)
        found = {line["method"]: line for line in lines if line["neuron"] == neuron.name}
        np.testing.assert_allclose(found["exhaustive"]["score"], scores.max(), **CLOSE)
        np.testing.assert_allclose(found["search"]["score"], corpus.max(), **CLOSE)
        np.testing.assert_allclose(found["search"]["mean"], corpus.mean(), rtol=1e-4, atol=1e-4)
        for method in ("best", "gumbel"):
            again = behind(toy, neuron, found[method]["ngram"]["ids"])
            np.testing.assert_allclose(found[method]["score"], again, **CLOSE)
        assert found["best"]["certificate"]["certified"]


def test_the_manifest_says_which_and_a_finished_run_is_read_so(dreamt):
    toy, run, _, _ = dreamt
    reading = read_manifest(run.folder)["reading"]
    assert reading["beginnings"] == [list(beginning) for beginning in BEGINNINGS]
    assert read_as(toy.model, reading).beginnings == BEGINNINGS
    opened = open_finished(run)
    cards = nd.describe(opened, faces=None)
    assert len(cards) == len(opened.searches) and all(card["context"] for card in cards)


def test_another_reading_is_another_run(dreamt):
    toy, run, _, _ = dreamt
    with pytest.raises(InputError, match="reading"):
        nd.open_run(run.folder, toy.model, run.corpus)


@pytest.mark.parametrize("wrong", [(), ((),), ((4,), (4, 5))])
def test_beginnings_of_different_lengths_are_refused(wrong):
    with pytest.raises(InputError, match="one length"):
        nd.in_beginnings(toys.causal().model, wrong)
