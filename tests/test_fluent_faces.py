"""Faces of a front: n-grams that differ, all within its limit, by all n-grams that there are."""

import numpy as np

import neurondream as nd
import oracles
from neurondream.analysis.verdict.front import describe_front
from test_front_certificates import (  # noqa: F401, fixture
    FEW,
    LENGTH,
    bag,
    check_certificates,
    judge_by_hand,
)


def are_apart(tokens, other):
    """As the rule of faces says, in plain words."""
    return tokens[-1] != other[-1] and 2 * sum(token in other for token in tokens) <= len(tokens)


def test_fluent_faces_differ_and_are_within_the_limit(bag):  # noqa: F811
    toy, run = bag
    every = oracles.every_ngram(toy, LENGTH)
    nats, reached = judge_by_hand(toy, every), []
    method = nd.make_method("fluent+polish", **FEW["fluent"] | {"rounds": 3}, faces=3)
    for line in nd.run(run, "bag.hidden:0-3", method):
        (neuron,) = nd.parse_neurons(line["neuron"], toy.model)
        heights, earlier = oracles.score_again(toy, neuron, every), []
        assert check_certificates(toy, line) and 0 < len(line["faces"]) <= 3
        for face in line["faces"]:
            ids = face["ngram"]["ids"]
            left = (nats <= line["limit"]) & np.array(
                [all(are_apart(each, other) for other in earlier) for each in every.tolist()]
            )
            (row,) = np.flatnonzero((every == ids).all(axis=1))
            assert left[row] and abs(face["nats"] - nats[row]) < 1e-4
            assert abs(face["score"] - heights[row]) < 1e-5
            reached.append(face["score"] >= heights[left].max() - 1e-5)
            earlier.append(ids)
    assert np.mean(reached) > 0.7


def test_faces_of_a_card_differ_from_its_ngram():
    def make_ngram(words):
        return {"ids": [ord(word) for word in words], "pieces": list(words), "text": words}

    faces = [{"ngram": make_ngram(words), "score": value, "nats": 2.0}
             for words, value in (("abc", 3.0), ("dec", 2.5), ("dcf", 2.0), ("ghi", 1.0))]
    line = {"ngram": make_ngram("abc"), "method": "fluent", "seed": 0, "judge": "model",
            "limit": 3.0, "faces": faces}
    search = {"mean": 0.0, "best": [], "score": 4.0}
    shown = describe_front(line, [], [], search)["faces"]
    assert shown == faces[2:]
    assert describe_front(line | {"faces": []}, [], [], search)["faces"] == []
