"""Words, their ids, and which of them may be dreamt."""

import collections
import unicodedata

import numpy as np
import pytest

import neurondream as nd
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


@pytest.mark.parametrize("text, words", [
    ("कुत्ता दौड़ता है।", ["कुत्ता", "दौड़ता", "है", "।"]),
    ("क्‍षमा", ["क्‍षमा"]),
    ("หมาวิ่งเร็ว", ["หมาวิ่งเร็ว"]),
    ("Cafe\u0301 nai\u0308ve", ["café", "naïve"]),
    ("x\u0323\u0302y", ["x\u0323\u0302y"]),
    ("السَّلامُ عليكم", ["السَّلامُ", "عليكم"]),
    ("שָׁלוֹם", ["שָׁלוֹם"]),
    ("a dog 👍🏽!", ["a", "dog", "👍🏽", "!"]),
    ("👩‍👩‍👧 ❤️ 🇩🇪🇫🇷", ["👩‍👩‍👧", "❤️", "🇩🇪", "🇫🇷"]),
    ("1️⃣ dog", ["1️⃣", "dog"]),
    ("İstanbul", ["i̇stanbul"]),
    ("狗跑", ["狗跑"]),
])
def test_marks_stay_with_their_letters(text, words):
    expected = [unicodedata.normalize("NFC", word) for word in words]
    assert tokenize(text) == expected
    # What is composed and what is not are one.
    assert tokenize(unicodedata.normalize("NFD", text)) == expected


def test_models_made_before_split_as_they_did():
    shipped = nd.open_model("scenes").tokenizer
    assert shipped.encode("the dog's ball").tolist() == shipped.encode("The DOG'S ball").tolist()
    old = make_vocabulary((*SPECIAL_WORDS, "nai", "\u0308", "ve", "naïve"), tokenizer=1)
    new = make_vocabulary(old.words)
    text = "nai\u0308ve"
    assert word_tokenizer(old).spell(word_tokenizer(old).encode(text)) == ("nai", "\u0308", "ve")
    assert word_tokenizer(new).spell(word_tokenizer(new).encode(text)) == ("naïve",)
    assert hash_vocabulary(old) != hash_vocabulary(new)
    with pytest.raises(InputError, match="version 9"):
        make_vocabulary(old.words, tokenizer=9)
