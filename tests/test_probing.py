"""Probes of an n-gram against the same activations computed one by one."""

import itertools

import jax
import numpy as np
import pytest

from neurondream.dreaming import make_score
from neurondream.encoders.imaginet import fold_words
from neurondream.model import Start
from neurondream.objectives import linear
from neurondream.probing import ngram as probing
from neurondream.probing.contexts import score_behind

OBJECTIVE = linear("I.hidden")


@pytest.fixture(scope="module")
def probed(toy, rig):
    """One n-gram of four words, probed, and a way to score any n-gram one by one."""
    target = jax.tree.map(lambda field: field[2], rig.targets)
    tokens = np.array([5, 9, 4, 7], np.int32)
    substitutes = np.array([[4, 8, 6]] * 4, np.int32)
    orders = probing.other_orders(4, 0)

    @jax.jit
    def probe(tokens, substitutes):
        score = make_score(toy.encoder, toy.params, OBJECTIVE, target)
        return probing.probe_ngram(score, tokens, substitutes, toy.allowed, orders, 2)

    score_one = jax.jit(make_score(toy.encoder, toy.params, OBJECTIVE, target))
    result = jax.tree.map(np.asarray, probe(tokens, substitutes))

    def score(words):
        return float(score_one(np.array(words, np.int32)))

    return tokens.tolist(), substitutes, result, score


def test_parts_of_an_ngram_have_their_own_scores(probed):
    tokens, _, probe, score = probed
    for n in range(4):
        assert probe.after[n] == pytest.approx(score(tokens[: n + 1]), abs=1e-5)
        assert probe.suffixes[n] == pytest.approx(score(tokens[3 - n :]), abs=1e-5)
        without = tokens[:n] + tokens[n + 1 :]
        assert probe.without[n] == pytest.approx(score(without), abs=1e-5)


def test_other_orders_have_their_own_scores(probed):
    tokens, _, probe, score = probed
    for n in range(3):
        exchanged = list(tokens)
        exchanged[n], exchanged[n + 1] = exchanged[n + 1], exchanged[n]
        assert probe.neighbours[n] == pytest.approx(score(exchanged), abs=1e-5)
    expected = [score(order) for order in itertools.permutations(tokens)][1:]
    np.testing.assert_allclose(sorted(probe.permuted), sorted(expected), atol=1e-5)


def test_substitutes_have_their_own_scores(probed):
    tokens, substitutes, probe, score = probed
    for place in range(4):
        pairs = [
            *zip(substitutes[place], probe.substitutes[place], strict=True),
            *zip(probe.best_words[place], probe.best[place], strict=True),
        ]
        for word, found in pairs:
            other = [word if n == place else token for n, token in enumerate(tokens)]
            assert found == pytest.approx(score(other), abs=1e-5)
    # What is proposed may stand there and is something else.
    assert np.all(probe.best_words >= 4)
    assert not np.any(probe.best_words == np.array(tokens)[:, None])


def test_a_single_word_has_no_parts_and_no_orders(toy, rig):
    target = jax.tree.map(lambda field: field[0], rig.targets)
    score = make_score(toy.encoder, toy.params, OBJECTIVE, target)
    tokens = np.array([6], np.int32)
    probe = probing.probe_ngram(
        score, jax.numpy.asarray(tokens), np.array([[5]], np.int32), toy.allowed,
        probing.other_orders(1, 0), 2,
    )
    assert probe.neighbours.shape == probe.permuted.shape == (0,)
    assert np.isnan(probe.without[0])
    assert probe.after[0] == probe.suffixes[0] == pytest.approx(float(score(tokens)), abs=1e-6)


@pytest.mark.parametrize("length", [2, 5, 8])
def test_orders_are_distinct_and_other_than_the_ngrams_own(length):
    orders = [tuple(order) for order in probing.other_orders(length, 1)]
    assert len(set(orders)) == len(orders) == min(np.prod(range(1, length + 1)) - 1, 120)
    assert tuple(range(length)) not in orders
    assert all(sorted(order) == list(range(length)) for order in orders)


def test_an_ngram_in_context_is_the_end_of_a_longer_one(toy, rig):
    target = jax.tree.map(lambda field: field[1], rig.targets)
    beginnings = [np.array(ids, np.int32) for ids in ([4, 5, 6], [9, 9], [11], [10, 8])]
    tokens = jax.numpy.array([7, 8], jax.numpy.int32)

    @jax.jit
    def score_after(params):
        return score_behind(
            toy.encoder, params, OBJECTIVE, target, tokens, beginnings, Start((5,))
        )

    score = make_score(toy.encoder, toy.params, OBJECTIVE, target)
    for params in (toy.params, fold_words(toy.params)):
        for found, beginning in zip(score_after(params), beginnings, strict=True):
            whole = np.concatenate([[5], beginning, tokens])
            assert float(found) == pytest.approx(float(score(whole)), abs=1e-5)


def test_the_surprise_is_that_of_every_word_but_the_first(toy):
    tokens = np.array([5, 9, 4], np.int32)
    logits = np.asarray(
        toy.encoder.encode(toy.params, toy.encoder.embed(toy.params, tokens))["T.output"], float
    )
    expected = np.mean([
        np.log(np.exp(logits[place]).sum()) - logits[place, tokens[place + 1]]
        for place in range(2)
    ])
    found = probing.next_word_loss(toy.encoder, toy.params, "T.output", tokens)
    assert float(found) == pytest.approx(expected, rel=1e-4)
