"""Words get the class that they mostly have."""

import builtins

import numpy as np
import pytest

from neurondream import scenes
from neurondream.analysis.classes import CLASSES, FUNCTION_CLASSES, number_classes, tag_words
from neurondream.errors import InputError
from neurondream.tokens.words import tokenize


def tagger_or_skip():
    pytest.importorskip("textblob", reason="needs textblob, of the extra `analysis`")


def test_the_tagger_agrees_with_the_grammar_of_the_made_world():
    tagger_or_skip()
    truth = scenes.word_classes()
    captions = [tokenize(text) for text in scenes.generate(5, 200).texts]
    words = sorted({word for caption in captions for word in caption} & set(truth))
    tagged = tag_words(captions, words)
    assert list(tagged) == words
    assert set(tagged.values()) <= set(CLASSES)
    assert np.mean([tagged[word] == truth[word] for word in words]) > 0.85
    closed = [word for word in words if truth[word] in FUNCTION_CLASSES]
    assert np.mean([tagged[word] == truth[word] for word in closed]) > 0.9
    spoken = [w for caption in captions for w in caption if w in truth]
    functional = [[known[w] in FUNCTION_CLASSES for w in spoken] for known in (truth, tagged)]
    assert np.mean(functional[0]) == pytest.approx(np.mean(functional[1]), abs=0.03)


def test_marks_digits_and_words_never_met_get_a_class():
    tagger_or_skip()
    tagged = tag_words([["two", "dogs", "/", "2", "x/y", "."]], [".", "/", "2", "dogs", "of", "is"])
    assert tagged == {
        ".": "punctuation", "/": "punctuation", "2": "number", "dogs": "noun",
        "of": "preposition", "is": "auxiliary",
    }
    assert tag_words([], []) == {}


def test_pieces_are_classified_as_the_words_they_spell():
    tagger_or_skip()
    pieces = [" dog", "\u0120dog", "\u2581Dog", "##dog", "of", " ", "#"]
    tagged = tag_words([["a", "dog"]], pieces)
    assert list(tagged) == pieces
    assert [tagged[piece] for piece in pieces] == [
        *["noun"] * 4, "preposition", "other", "punctuation"
    ]


def test_context_decides_among_open_classes():
    tagger_or_skip()
    captions = [["a", "man", "rides", "a", "horse"], ["the", "girl", "rides", "the", "bus"]]
    assert tag_words(captions, ["rides"]) == {"rides": "verb"}
    assert tag_words([["his", "rides"]], ["rides"]) == {"rides": "noun"}


def test_numbers_of_classes_leave_out_words_without_one():
    numbers = number_classes(("<pad>", "dog", "of", "odd"), {"dog": "noun", "of": "preposition"})
    assert numbers.tolist() == [-1, CLASSES.index("noun"), CLASSES.index("preposition"), -1]


def test_a_missing_tagger_is_said_in_one_line(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("textblob"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match="pip install"):
        tag_words([["dog"]], ["dog"])
