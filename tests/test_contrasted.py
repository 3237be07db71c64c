"""Contrast: neurons set off against the others of their layer, by an oracle in numpy."""

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.contrast import contrasted
from neurondream.dreaming import score_tokens
from neurondream.errors import InputError
from neurondream.objectives import linear
from neurondream.runs.contrast import read_others, set_off
from neurondream.targets import make_targets

NEURONS = ("lstm.hidden:3", "-lstm.hidden:0", "word.logits:5", "lstm.cell:2@max",
           "word.logits:5 - word.logits:7", "lstm.hidden:1@mean")  # fmt: skip
LENGTH, WEIGHT = 2, 0.7


@pytest.fixture(scope="module")
def run():
    model = toys.lstm().model
    return nd.hold_run(model, nd.make_corpus(toys.make_texts(), model, length=LENGTH))


def score_by_hand(run, text):
    """Score all n-grams `[M]`, plainly and contrasted, in float64."""
    toy = toys.lstm()
    (neuron,) = nd.parse_neurons([text], toy.model)
    layer = neuron.parts[0].layer
    unit_texts = [f"{layer}:{unit}" for unit in range(toy.model.layers[layer].size)]
    place = text.partition("@")[2]
    units = nd.parse_neurons([f"{each}@{place}" if place else each for each in unit_texts],
                             toy.model)  # fmt: skip
    ngrams, corpus = oracles.every_ngram(toy, LENGTH), run.corpus.ngrams.tokens
    own = {unit for part in neuron.parts for unit in part.units}
    heights = []
    for unit, each in enumerate(units):
        known = oracles.score_again(toy, each, corpus)
        if unit not in own:
            heights.append((oracles.score_again(toy, each, ngrams) - known.mean()) / known.std())
    largest = np.sort(heights, axis=0)[-5:].mean(axis=0)
    price = WEIGHT * oracles.score_again(toy, neuron, corpus).std()
    plain = oracles.score_again(toy, neuron, ngrams)
    return ngrams, plain, plain - price * largest


@pytest.fixture(scope="module")
def lines(run):
    method = nd.make_method(f"best~{WEIGHT}", rounds=10)
    return {line["label"]: line for line in nd.run(run, NEURONS, method)}


@pytest.mark.parametrize("text", NEURONS)
def test_the_highest_contrast_is_found_and_certified(run, lines, text):
    ngrams, plain, contrasted = score_by_hand(run, text)
    (neuron,) = nd.parse_neurons([text], run.model)
    line = lines[neuron.label]
    row = int(np.flatnonzero((ngrams == line["ngram"]["ids"]).all(axis=1))[0])
    tolerance = line["certificate"]["tolerance"]
    assert contrasted[row] >= contrasted.max() - tolerance
    # What is reported is the activation.
    assert line["score"] == pytest.approx(plain[row], abs=1e-5)
    assert line["certificate"]["certified"] and line["certificate"]["contrast"] == WEIGHT
    others = oracles.substitutes(toys.lstm(), line["ngram"]["ids"])
    rows = [int(np.flatnonzero((ngrams == other).all(axis=1))[0]) for other in others]
    margin = contrasted[row] - contrasted[rows].max()
    assert line["certificate"]["margin"] == pytest.approx(margin, abs=tolerance)


def test_contrast_is_another_wish(run):
    found = [score_by_hand(run, text)[1:] for text in NEURONS]
    assert sum(plain.argmax() != contrasted.argmax() for plain, contrasted in found) >= 2


def test_a_contrasted_run_goes_on_and_is_not_mixed_with_others(run, tmp_path):
    opened = nd.open_run(tmp_path / "run", run.model, run.corpus)
    method = nd.make_method("swaps~0.5", restarts=1, rounds=0)
    first = list(nd.run(opened, NEURONS[:2], method))
    again = nd.open_run(tmp_path / "run", run.model, run.corpus)
    assert list(nd.run(again, NEURONS[:2], method)) == first
    assert {line["method"] for line in first} == {"swaps~0.5"}
    with pytest.raises(InputError, match="contrast"):
        list(nd.run(again, NEURONS[:2], method._replace(settings={**method.settings,
                                                                  "contrast": 0.6})))


def test_what_cannot_be_contrasted_is_refused_before(run):
    with pytest.raises(InputError, match="contrast takes a corpus"):
        nd.dream_neurons(run.model, NEURONS[0], length=LENGTH, method="best~0.5")
    everything = nd.make_direction(run.model, "lstm.hidden", np.ones(toys.WIDTH), "all")
    with pytest.raises(InputError, match="made of all units of"):
        next(nd.run(run, [everything], "best~0.5"))
    for name, message in (
        ("best~0", "above 0"), ("search~1", "takes no contrast"), ("best~x", "unknown method"),
        ("best~", "unknown method"), ("best~0.5:3", "unknown method"), ("best~-1", "unknown"),
    ):
        with pytest.raises(InputError, match=message):
            nd.make_method(name)


def test_names_are_one_for_one_weight():
    assert nd.make_method("best~.50").name == "best~0.5"
    assert nd.make_method("gumbel:2~0.5+polish").name == "gumbel:2~0.5+polish"
    assert nd.make_method("gumbel+swaps~1").name == "gumbel+swaps~1"


def test_without_rivals_the_score_is_plain(run):
    """A layer of which the corpus moves nothing else."""
    neurons = nd.parse_neurons(NEURONS[0], run.model)
    others = read_others(run, "lstm.hidden", neurons[0].place, neurons)
    others = others._replace(alive=np.zeros_like(others.alive))
    targets = make_targets(run.reader.readouts, neurons, toys.WIDTH)
    targets = set_off(run, targets, neurons, others, WEIGHT)
    ids = np.array([[5, 6]], np.int32)
    scores = [
        score_tokens(run.reader.encoder, run.reader.prepared, objective, targets, ids)
        for objective in (linear("lstm.hidden"), contrasted(linear("lstm.hidden"), others.units))
    ]
    assert scores[0] == scores[1]
