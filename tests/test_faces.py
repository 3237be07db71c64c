"""Several faces of a neuron: apart from one another, the first as without them."""

import itertools

import jax
import numpy as np
import pytest

from neurondream.analysis.verdict.description import choose_faces
from neurondream.dreaming import dream
from neurondream.encoders.imaginet import fold_words
from neurondream.errors import InputError
from neurondream.objectives import linear
from neurondream.searches.faces import faces
from neurondream.searches.swaps import swaps


def are_apart(tokens, other):
    """As the rule says, in plain words."""
    shared = sum(token in other for token in tokens)
    return tokens[-1] != other[-1] and 2 * shared <= len(tokens)


def test_each_face_is_the_best_that_is_apart_from_those_before(toy, rig):
    search = faces(swaps(3, toy.allowed, restarts=8, rounds=8, candidates=8), 3, 3)
    params = fold_words(toy.params)
    found = jax.jit(
        lambda key: dream(key, toy.encoder, params, linear("I.hidden"), search, rig.targets)
    )(jax.random.key(0))
    tokens, scores = np.asarray(found.info.tokens), np.asarray(found.info.scores)
    reached = []
    for neuron in range(12):
        earlier = []
        for turn in range(3):
            left = [
                row for row, ngram in enumerate(rig.ngrams)
                if all(are_apart(ngram.tolist(), other) for other in earlier)
            ]
            face = tokens[neuron, turn].tolist()
            assert all(are_apart(face, other) for other in earlier)
            optimum = rig.scores[neuron, left].max()
            assert scores[neuron, turn] <= optimum + 1e-4
            reached.append(scores[neuron, turn] >= optimum - 1e-4)
            earlier.append(face)
    assert np.mean(reached) > 0.9
    np.testing.assert_allclose(found.score, scores.max(axis=1))


def test_there_is_one_face_or_more():
    with pytest.raises(InputError, match="number=0"):
        faces(lambda key, score: None, 0, 3)


def test_chosen_faces_are_apart_and_from_high_to_low():
    def ngram(words):
        # Pieces as a tokenizer with blanks in its words has them: only ids tell tokens apart.
        return {"ids": [ord(word) for word in words], "pieces": [" "] * 3, "text": "one text"}

    others = [("dec", 4.0), ("def", 3.0), ("hai", 2.0), ("abc", 5.0), ("deg", 2.5)]
    others = [{"ngram": ngram(words), "score": score} for words, score in others]
    chosen = choose_faces(ngram("xyc"), others)
    assert chosen == [others[1], others[2]]
    for one, other in itertools.combinations([ngram("xyc"), *(c["ngram"] for c in chosen)], 2):
        assert are_apart(one["ids"], other["ids"])
    assert choose_faces(ngram("xyc"), others, 1) == [others[1]]
