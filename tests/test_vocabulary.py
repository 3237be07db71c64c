"""Words, their ids, and which of them may be dreamt."""

import collections

import numpy as np
import pytest

from neurondream.errors import InputError
from neurondream.models.vocabulary import (
    SPECIAL_WORDS,
    UNKNOWN,
    count_words,
    encode_caption,
    hash_vocabulary,
    make_vocabulary,
    word_tokenizer,
)
from neurondream.tokens.words import tokenize


@pytest.mark.parametrize(
    "text, words",
    [
        ("A dog RUNS.", ["a", "dog", "runs", "."]),
        ("the dog's t-shirt, red!", ["the", "dog's", "t-shirt", ",", "red", "!"]),
        ("Ça  va\t?\n", ["ça", "va", "?"]),
        ("-- 'tis", ["-", "-", "'", "tis"]),
        ("", []),
    ],
)
def test_tokenize(text, words):
    assert tokenize(text) == words


@pytest.mark.parametrize("minimum", [1, 2, 5])
def test_words_are_counted_and_ordered(minimum):
    rng = np.random.default_rng(minimum)
    names = [f"w{n}" for n in range(20)]
    captions = [
        [names[w] for w in rng.zipf(1.6, rng.integers(0, 9)) % 20] for _ in range(40)
    ]
    counts = collections.Counter(w for caption in captions for w in caption)
    words = count_words(captions, minimum).words
    assert words[:4] == SPECIAL_WORDS
    assert set(words[4:]) == {w for w, n in counts.items() if n >= minimum}
    order = [(-counts[w], w) for w in words[4:]]
    assert order == sorted(order)


def test_encode_and_decode():
    vocabulary = make_vocabulary((*SPECIAL_WORDS, "a", "dog"))
    ids = encode_caption(vocabulary, ["a", "foreign", "dog"])
    assert ids.dtype == np.int32 and ids.tolist() == [4, UNKNOWN, 5]
    assert encode_caption(vocabulary, []).shape == (0,)
    tokenizer = word_tokenizer(vocabulary)
    np.testing.assert_array_equal(tokenizer.encode("A foreign dog"), ids)
    assert tokenizer.encode("A foreign dog").dtype == np.int32
    assert tokenizer.spell(ids) == ("a", "<unknown>", "dog")
    assert tokenizer.decode(ids) == "a <unknown> dog"
    marked = zip(vocabulary.words, tokenizer.allowed, strict=True)
    assert [word for word, allowed in marked if allowed] == ["a", "dog"]
    assert {vocabulary.words[n]: n for n in tokenizer.special.values()} == tokenizer.special
    assert set(tokenizer.special.values()) == set(np.flatnonzero(~tokenizer.allowed))
    assert tokenizer.sha256 == hash_vocabulary(vocabulary)


def test_hash_tells_vocabularies_apart():
    one, two = (make_vocabulary((*SPECIAL_WORDS, *w)) for w in (("a", "b"), ("b", "a")))
    assert hash_vocabulary(one) == hash_vocabulary(make_vocabulary(one.words))
    assert hash_vocabulary(one) != hash_vocabulary(two)


@pytest.mark.parametrize(
    "build, named",
    [
        (lambda: make_vocabulary(["a", "dog"]), "a dog"),
        (lambda: make_vocabulary([]), "nothing"),
        (lambda: make_vocabulary([*SPECIAL_WORDS, "a", "dog", "dog"]), "'dog'"),
        (lambda: count_words([["a", "dog"], ["dog"]], 3), "3 times"),
        (lambda: count_words([], 1), "1 times"),
    ],
)
def test_mistakes_are_named_in_one_line(build, named):
    with pytest.raises(InputError) as caught:
        build()
    assert named in str(caught.value) and "\n" not in str(caught.value)
