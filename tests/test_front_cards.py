"""Fronts on cards: which points, what each word of theirs does, and what is said of them."""

import json
import math

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.analysis.verdict.front import POINTS, choose_front, describe_front, thin_front
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.probing.fronts import score_without
from neurondream.probing.ngram import leave_one_out
from neurondream.runs.run import hold_run
from reports import make_card, make_layers, score, with_front
from test_verdict import describe, make_lines

LAYERS = make_layers(("h.0", "h", "0"), titles={"h": "hidden"})
HALF = "As fluent as half of the corpus' n-grams (3 nats a word by the model itself), the highest "


def make_front(*points, windows=(2.0, 3.0, 4.0), judge="model", limit=3.0):
    line = {
        "method": "fluent", "seed": 0, "judge": judge, "limit": limit,
        "front": [
            score(text, value, nats=nats, others={"kneser_ney": 9.0} if judge == "model" else {})
            for text, value, nats in points
        ],
    }
    line |= {"ngram": line["front"][0]["ngram"]} if points else {}
    real = {"scores": [0.0] * len(windows), "nats": list(windows), "others": {}}
    return line | ({"windows": real} if windows else {})


def tell(line, **changed):
    search, _ = make_lines()
    search["best"] = [each | {"nats": 2.5} for each in search["best"]]
    search |= {"judge": "model"} | changed
    points = thin_front(line["front"], line["limit"])
    front = describe_front(line, points, [[1.0, 5.0, None]] * len(points), search)
    card = describe() | {"front": front}
    json.dumps(card, allow_nan=False)
    return front, [each for each in write_sentences(card) if "fluent" in each]


RISE = (("the red cat", 4.0, 2.0), ("a red cat", 5.0, 3.0), ("x racket y", 9.0, 8.0))


def test_how_high_a_fluent_ngram_stands_is_said():
    # Above a mean of 1: 4 of the extreme's 8, and of the 6 of the corpus' best.
    front, sentences = tell(make_front(*RISE))
    assert sentences == [
        f"{HALF}is “a red cat”; its height is 67 % of that of the corpus' best n-gram and 50 % of "
        "that of the extreme “x racket y”."
    ]
    assert front["points"][1]["drop"] == [1.0, 0.0, None]
    assert [each["nats"] for each in front["corpus"]] == [2.5, 2.5]
    assert tell(make_front(*RISE[:2]))[1] == [
        f"{HALF}is “a red cat”; its height is 67 % of that of the corpus' best n-gram."
    ]
    assert tell(make_front(*RISE[:2]), score=0.5)[1] == [f"{HALF}is “a red cat”."]
    assert tell(make_front(*RISE[2:]))[1] == [
        "Nothing that was found is as fluent as half of the corpus' n-grams (3 nats a word by the "
        "model itself); the most fluent, “x racket y”, has 8."
    ]


def test_a_certified_point_is_said_to_be_so_within_its_limit():
    def tell_certified(**certificate):
        line = make_front(*RISE)
        line["front"][1]["certificate"] = {"certified": True, "limit": 3.0} | certificate
        return tell(line)[1]

    end = "; certified: no other single word{} does better within these nats."
    for certificate, covered in (({}, ""), ({"covers": 9}, " of 9 a place")):
        (sentence,) = tell_certified(**certificate)
        assert sentence.endswith(end.format(covered))
    # What is certain of more fluent words alone says nothing here.
    for certificate in ({"certified": False}, {"limit": 2.5}):
        assert "certified" not in tell_certified(**certificate)[0]


def test_nothing_is_said_without_real_ngrams_or_a_front():
    front, sentences = tell(make_front(*RISE, windows=()))
    assert front["windows"] is None and front["usual"] is None and not sentences
    assert tell(make_front(("a b c", 0.5, 2.0)))[1] == []  # no height to take shares of
    assert describe()["front"] is None


def test_ngrams_of_another_judge_are_not_on_the_plane():
    assert not tell(make_front(*RISE, judge="../other"))[0]["corpus"]


def test_points_are_thinned_evenly_and_keep_their_ends():
    points = [
        score("a", float(n), nats=n / 10, others={}) for n in range(60)
    ] + [score("b", 99.0, nats=30.0, others={}), score("c", 100.0, nats=math.inf, others={})]
    kept = [point["nats"] for point in thin_front(points, 3.3)]
    assert len(kept) <= POINTS and kept == sorted(set(kept))
    assert kept[0] == 0 and kept[-1] == 30 and 3.3 in kept
    assert thin_front(points[:POINTS], 0.0) == points[:POINTS]
    certain = {17, 18, 40}
    kept = thin_front([
        point | ({"certificate": {}} if place in certain else {})
        for place, point in enumerate(points)
    ], 3.3)
    assert certain <= {point["score"] for point in kept} and len(kept) <= POINTS + len(certain)


def test_the_front_of_fluent_comes_first():
    lines = [make_front(*RISE) | {"method": method} for method in ("gcg", "fluent", "epo")]
    assert choose_front([{"method": "best"}, *lines])["method"] == "fluent"
    assert choose_front(lines[::2])["method"] == "gcg"
    certified = make_front(*RISE) | {"method": "fluent+polish"}
    assert choose_front([*lines, certified]) is certified
    begun = make_front(*RISE) | {"method": "search+fluent"}
    assert choose_front([lines[0], begun]) is begun
    assert choose_front([{"method": "best"}, make_front()]) is None


@pytest.mark.parametrize("name", ["causal", "bidirectional"])
def test_ngrams_with_a_word_left_out_have_their_own_scores(name):
    toy = toys.TOYS[name]()
    neurons = nd.parse_neurons(toys.neurons_of(toy), toy.model)
    drawn = np.random.default_rng(0).choice(np.flatnonzero(toy.model.tokenizer.allowed), (70, 3))
    several = [neurons[row % len(neurons)] for row in range(70)]
    found = score_without(hold_run(toy.model, length=3), several, drawn.astype(np.int32))
    for neuron in neurons:
        rows = [row for row, each in enumerate(several) if each is neuron]
        again = oracles.score_again(toy, neuron, drawn[rows][:, leave_one_out(3)].reshape(-1, 2))
        np.testing.assert_allclose(found[rows].ravel(), again, rtol=2e-5, atol=2e-5)
    single = score_without(hold_run(toy.model, length=1), several, drawn[:, :1].astype(np.int32))
    assert np.isnan(single).all()


def test_a_described_run_has_its_front(tmp_path):
    toy = toys.TOYS["causal"]()
    run = nd.open_run(tmp_path, toy.model, nd.make_corpus(toys.make_texts(), toy.model, length=3))
    for method in (nd.search(), nd.epo(population=4, iterations=5)):
        lines = list(nd.run(run, ["top.logits:dog", "attention.hidden:3"], method))
    cards = nd.describe(run, faces=None)
    assert len(cards) == 2
    for card, line in zip(cards, lines, strict=True):
        points = card["front"]["points"]
        assert points[-1]["ngram"] == line["front"][-1]["ngram"]
        assert all(len(point["without"]) == len(point["drop"]) == 3 for point in points)
        assert card["front"]["windows"]["nats"] and card["front"]["corpus"]
        assert any("as fluent as" in each.lower() for each in card["verdict"])
    assert "natural, " in nd.show(cards).text


def test_real_ngrams_beside_a_front_are_told_by_their_texts(tmp_path):
    toy = toys.TOYS["causal"]()
    run = nd.open_run(tmp_path, toy.model, nd.make_corpus(toys.make_texts(), toy.model, length=3))
    for method in (nd.search(), nd.epo(population=2, iterations=1)):
        list(nd.run(run, ["attention.hidden:3"], method))
    (card,) = nd.describe(run, faces=None)
    windows = card["front"]["windows"]
    ids = np.array([toy.model.tokenizer.encode(text) for text in windows["texts"]])
    again = oracles.score_again(toy, nd.parse_neurons("attention.hidden:3", toy.model)[0], ids)
    np.testing.assert_allclose(again, windows["scores"], rtol=1e-3, atol=1e-5)
    assert len(set(again.round(4))) > 9
    alike = [sum(word in row[:place] for place, word in enumerate(row)) for row in ids.tolist()]
    assert windows["repeated"] == pytest.approx(np.mean(alike)) and windows["repeated"] > 0


def test_texts_of_real_ngrams_drawn_otherwise_are_not_known():
    windows = tell(make_front(*RISE))[0]["windows"]
    assert windows["texts"] == [None] * 3 and windows["repeated"] is None


def test_a_notebook_shows_both_ends_and_who_judges():
    card = make_card(LAYERS, "h.0", 1, ["furry", "dog"], 1.0)
    assert "natural" not in nd.show([card]).text
    shown = nd.show([with_front(card)]).text
    assert "natural, 2.0 nats" in shown and "extreme, 9.0 nats" in shown
    line = make_front(*RISE) | {"neuron": "h.0:1", "label": "1", "score": 5.0}
    shown = nd.show([line | {"ngram": line["front"][1]["ngram"]}]).text
    assert "fluent is the highest within 3 nats a word, by the model itself." in shown
    assert "8.0 nats" in shown and "x racket y" in shown
