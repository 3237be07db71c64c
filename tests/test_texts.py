"""The highest activation in whole texts is the highest that plain reading finds."""

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.sweeps.levels import find_levels
from neurondream.sweeps.texts import LENGTHS, TOP, WORDS, Peaks, block_texts

CLOSE = {"rtol": 2e-5, "atol": 2e-5}


@pytest.mark.parametrize("filler", [None, 0, 3])
def test_blocks_hold_every_text_once(filler):
    generator = np.random.default_rng(0)
    texts = [generator.integers(9, size=size) for size in [*range(1, 40), 0, 127, 128, 129, 300]]
    texts += texts[:7]  # said twice
    found = {}
    for block in block_texts(texts, filler):
        assert block.ids.size <= max(WORDS, block.ids.shape[1])
        assert filler is None or block.ids.shape[1] in LENGTHS
        for ids, length, text, begin in zip(*block, strict=True):
            if length:
                assert filler is not None or length == len(ids)
                assert np.all(ids[length:] == filler)
                found[int(text), int(begin)] = ids[:length].tolist()
    whole = {(n, b): text[b : b + 128].tolist() for n, text in enumerate(texts)
             for b in range(0, len(text), 128)}
    assert sorted(found.values()) == sorted(
        [list(piece) for piece in {tuple(piece) for piece in whole.values()}]
    )
    assert all(whole[place] == piece for place, piece in found.items())


@pytest.mark.parametrize("name", ["bidirectional", "causal", "lstm"])
@pytest.mark.parametrize("place", ["", "@max"])
def test_the_natural_maximum_is_that_of_all_words(name, place):
    toy = toys.TOYS[name]()
    texts = toys.make_texts()
    corpus = nd.make_corpus(texts, toy.model, length=2)
    neurons = nd.parse_neurons([text + place for text in toys.neurons_of(toy)[:3]], toy.model)
    lines = nd.dream_neurons(toy.model, neurons, length=2, method="search", corpus=corpus)
    by_name = {neuron.name: neuron for neuron in neurons}
    assert len(lines) == 3
    for line in lines:
        neuron = by_name[line["neuron"]]
        scores = [
            [oracles.score_again(toy, neuron._replace(place=nd.Place("word", word)), ids)
             for word in range(len(ids))]
            for ids in corpus.texts
        ]
        best = max(range(len(texts)), key=lambda row: max(scores[row]))
        natural = line["natural"]
        np.testing.assert_allclose(natural["score"], max(scores[best]), **CLOSE)
        row = texts.index(natural["text"])
        np.testing.assert_allclose(scores[row][natural["word"]], natural["score"], **CLOSE)
        assert natural["ngram"]["ids"] == corpus.texts[row].tolist()
        # The next ones, too, with what is read after every word.
        distinct = {tuple(ids): max(each) for ids, each in zip(corpus.texts, scores, strict=True)}
        highest = sorted(distinct.values(), reverse=True)[:TOP]
        top = [text["score"] for text in line["texts"] if text["level"] is None]
        np.testing.assert_allclose(top, highest, **CLOSE)
        below = [text for text in line["texts"] if text["level"] is not None]
        assert below == line["texts"][len(top) :]
        ranks = np.argsort(np.argsort(list(distinct.values()), kind="stable"), kind="stable")
        for text in below:
            assert text["score"] < min(top)
            rank = ranks[list(distinct).index(tuple(text["ngram"]["ids"]))] / len(distinct)
            low, high = text["level"]
            assert low - 1 / len(distinct) <= rank <= high
        for text in line["texts"]:
            row = [ids.tolist() for ids in corpus.texts].index(text["ngram"]["ids"])
            np.testing.assert_allclose(text["values"], scores[row], rtol=1e-3, atol=1e-3)
            assert text["values"].index(max(text["values"])) == text["word"]


def test_each_level_is_shown_by_the_text_in_its_middle():
    generator = np.random.default_rng(0)
    scores = generator.permuted(np.tile(np.arange(200.0), (3, 1)), axis=1)
    scores[1, scores[1] >= 100] = -np.inf  # no finite number: the levels are of the other half
    scores[2] = -np.inf
    rows = np.broadcast_to(np.arange(200), scores.shape)
    found = find_levels(Peaks(scores, rows, rows), [(0.5, 0.75), (0.9, 1.0)])
    np.testing.assert_array_equal(found.scores, [[125, 190], [62, 95], [-np.inf] * 2])
    np.testing.assert_array_equal(
        np.take_along_axis(scores, found.texts, axis=1)[:2], found.scores[:2]
    )


def test_a_text_as_high_as_those_below_its_level_is_not_of_it():
    scores = np.repeat([0.0, 1.0], [160, 40])[None]
    rows = np.arange(200)[None]
    found = find_levels(Peaks(scores, rows, rows), [(0.5, 0.75), (0.75, 0.9), (0.8, 1.0)])
    np.testing.assert_array_equal(found.scores, [[-np.inf, 1, 1]])


def test_neurons_read_elsewhere_have_none():
    toy = toys.causal()
    corpus = nd.make_corpus(toys.make_texts(), toy.model, length=2)
    texts = "mlp.after:1@mean,mlp.after:1@0,mlp.after:1@before.0"
    for line in nd.dream_neurons(toy.model, texts, length=2, method="search", corpus=corpus):
        assert "natural" not in line


def test_long_texts_are_read_in_pieces():
    toy = toys.lstm()
    words = ["a", "the", "dog", "cat", "ball", "runs"]
    text = " ".join(np.random.default_rng(1).choice(words, 300))
    corpus = nd.make_corpus([text], toy.model, length=2)
    (line,) = nd.dream_neurons(
        toy.model, "lstm.hidden:3", length=2, method="search", corpus=corpus
    )
    natural, ids = line["natural"], corpus.texts[0]
    piece = ids[natural["word"] // 128 * 128 : natural["word"] + 1]
    (neuron,) = nd.parse_neurons("lstm.hidden:3", toy.model)
    np.testing.assert_allclose(natural["score"], oracles.score_again(toy, neuron, piece), **CLOSE)
    assert natural["text"] == text and len(natural["ngram"]["ids"]) == 300
