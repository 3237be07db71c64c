"""What a certificate says holds in float64, by every word at every place."""

import jax
import numpy as np
import pytest

import neurondream as nd
import oracles
from neurondream import objectives
from neurondream.dreaming import score_tokens
from neurondream.targets import make_targets

EACH = 75  # neurons of each of four layers
LENGTH = 3


@pytest.fixture(scope="module")
def scenes():
    return nd.open_model("scenes")


@pytest.fixture(scope="module")
def dreamt(scenes):
    """Dream 300 random neurons, and polish them."""
    generator = np.random.default_rng(15)
    texts = []
    for layer, about in scenes.layers.items():
        units = generator.choice(about.size, min(EACH, about.size), replace=False)
        signs = generator.choice(["", "-"], len(units))
        texts += [f"{sign}{layer}:{unit}" for sign, unit in zip(signs, units, strict=True)]
    neurons = nd.parse_neurons(texts, scenes)
    method = nd.make_method("swaps+polish", restarts=1, rounds=2)
    return neurons, nd.dream_neurons(scenes, neurons, length=LENGTH, method=method)


def test_no_certificate_of_300_is_false(scenes, dreamt):
    neurons, lines = dreamt
    assert len(lines) >= 290 and all(line["certificate"]["certified"] for line in lines)
    words = np.flatnonzero(scenes.tokenizer.allowed)
    plain = {layer: oracles.PlainImaginet(scenes, layer) for layer in scenes.layers}
    ties, saturated = 0, 0
    for neuron, line in zip(neurons, lines, strict=True):
        ids, certificate, (part,) = line["ngram"]["ids"], line["certificate"], neuron.parts
        scores = plain[part.layer].substitutes(part, ids, words)
        own = plain[part.layer].score(part, plain[part.layer].read(plain[part.layer].begin, ids))
        scores[words == np.array(ids)[:, None]] = -np.inf  # the word that is there already
        best, tolerance = scores.max(), certificate["tolerance"]
        assert best <= own + tolerance, line["label"]
        assert abs(own - line["score"]) <= tolerance / 2
        assert abs(certificate["margin"] - (own - best)) <= tolerance
        if certificate["margin"] > tolerance:
            place, word = np.unravel_index(scores.argmax(), scores.shape)
            assert best < own
            assert [*ids[:place], words[word], *ids[place + 1 :]] == certificate["runner_up"]["ids"]
        ties += certificate["margin"] <= tolerance
        saturated += line["layer"].endswith("hidden") and own > 0.999
        # A tolerance that says nothing would be no certificate.
        assert tolerance < 1e-3 * max(abs(own), 1), line["label"]
    assert 0 < ties < 60 and saturated > 5


@pytest.mark.parametrize("layer", ["T.hidden", "T.output", "I.hidden", "I.output"])
def test_rounding_moves_no_score_further_than_is_said(scenes, layer):
    reader, generator = nd.open_reader(scenes), np.random.default_rng(3)
    unit = int(generator.integers(scenes.layers[layer].size))
    neurons = nd.parse_neurons([f"{layer}:{unit}", f"-{layer}:{unit}"], scenes)
    source = reader.readouts[layer].source if layer in reader.readouts else layer
    targets = make_targets(reader.readouts, neurons, scenes.layers[source].size)
    words, plain = np.flatnonzero(scenes.tokenizer.allowed), oracles.PlainImaginet(scenes, layer)
    ngrams = generator.choice(words, (500, 5)).astype(np.int32)

    @jax.jit
    def score(tokens):
        return [
            score_tokens(reader.encoder, reader.params, make(source), targets, tokens)
            for make in (nd.linear, objectives.magnitude)
        ]

    for ngram in ngrams:
        scores, sizes = map(np.asarray, score(np.stack([ngram, ngram])))
        exact = plain.score(neurons[0].parts[0], plain.read(plain.begin, ngram))
        assert abs(scores[0] - exact) <= objectives.ROUNDING * sizes[0]
        assert scores[1] == -scores[0] and sizes[1] == sizes[0]
