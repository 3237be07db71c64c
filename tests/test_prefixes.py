"""Blocks of n-grams as trees, against the n-grams themselves."""

import itertools

import numpy as np
import pytest

from neurondream.errors import InputError
from neurondream.sweeps.prefixes import enumerate_prefixes, enumerated_ngrams, share_prefixes

LENGTHS = (1, 2, 3, 4, 5)
BLOCKS = (1, 2, 7, 64, 100, 5000)


def corpus(kind, length):
    """Draw n-grams of few words, so that prefixes and whole n-grams come more than once."""
    number = {"tiny": 3, "one": 1}.get(kind, 400)
    tokens = np.random.default_rng(length).integers(4, 9, (number, length)).astype(np.int32)
    if kind == "sorted":
        return np.unique(tokens, axis=0)
    if kind == "repeated":
        return tokens[np.lexsort(tokens.T[::-1])]
    return tokens


def unfold(part):
    """Follow a block back from its last level to its n-grams `[C_L, L]`."""
    row, columns = np.arange(len(part.rows)), []
    for words, parents in zip(part.words[::-1], part.parents[::-1], strict=True):
        columns.append(words[row])
        row = parents[row]
    assert not row.any()  # the first level has no parents
    return np.stack(columns[::-1], axis=1)


def check_blocks(parts, block):
    """Check what holds for blocks of any kind."""
    for part in parts:
        sizes = [len(words) for words in part.words]
        assert sizes == [len(words) for words in parts[0].words]
        assert sizes == [len(parents) for parents in part.parents]
        assert len(part.rows) == sizes[-1] == max(sizes) <= block
        assert 1 <= part.real <= sizes[-1]
        assert all(a.dtype == np.int32 for a in (part.rows, *part.words, *part.parents))
        for above, parents in zip([1, *sizes], part.parents, strict=False):
            assert parents.min() >= 0 and parents.max() < above
        assert np.all(part.rows[part.real :] == part.rows[part.real - 1])


def real_rows(parts):
    return np.concatenate([part.rows[: part.real] for part in parts])


@pytest.mark.parametrize("kind", ["sorted", "unsorted", "repeated", "tiny", "one"])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_unfold_to_the_corpus(kind, length, block):
    tokens = corpus(kind, length)
    parts = list(share_prefixes(tokens, block))
    check_blocks(parts, block)
    for part in parts:
        np.testing.assert_array_equal(unfold(part), tokens[part.rows])
    np.testing.assert_array_equal(np.sort(real_rows(parts)), np.arange(len(tokens)))


@pytest.mark.parametrize("length", LENGTHS)
def test_a_sorted_corpus_shares_every_prefix(length):
    tokens = corpus("sorted", length)
    (part,) = share_prefixes(tokens, len(tokens))
    for level, pair in enumerate(zip(part.words, part.parents, strict=True)):
        distinct = np.unique(tokens[:, : level + 1], axis=0)
        assert len(np.unique(np.stack(pair), axis=1).T) == len(distinct)


def test_blocks_are_mostly_full():
    tokens = np.unique(np.random.default_rng(0).integers(0, 30, (5000, 3)), axis=0)
    parts = list(share_prefixes(tokens.astype(np.int32), 512))
    assert len(parts) <= 1.5 * len(tokens) / 512


@pytest.mark.parametrize("size, length", [*itertools.product((1, 2, 3, 4), LENGTHS), (37, 1)])
@pytest.mark.parametrize("block", BLOCKS)
def test_enumeration_goes_through_all_ngrams_in_order(size, length, block):
    words = np.sort(np.random.default_rng(size).permutation(50)[:size]).astype(np.int32)
    every = np.array(list(itertools.product(words, repeat=length)), np.int32)
    parts = list(enumerate_prefixes(words, length, block))
    check_blocks(parts, block)
    np.testing.assert_array_equal(real_rows(parts), np.arange(size**length))
    for part in parts:
        np.testing.assert_array_equal(unfold(part), every[part.rows])
        np.testing.assert_array_equal(enumerated_ngrams(words, length, part.rows), unfold(part))


def test_enumeration_shares_prefixes():
    (part,) = enumerate_prefixes(np.arange(5, dtype=np.int32), 3, 125)
    for level, words in enumerate(part.words):
        assert len(words) <= 5 ** (level + 1) + 1


def test_rows_of_any_shape_turn_into_ngrams():
    rows = np.array([[0, 7], [3, 8]], np.int32)
    found = enumerated_ngrams(np.array([5, 6, 9], np.int32), 2, rows)
    np.testing.assert_array_equal(found, [[[5, 5], [9, 6]], [[6, 5], [9, 9]]])


def test_more_ngrams_than_an_int32_counts_are_refused():
    words = np.arange(46341, dtype=np.int32)  # the square root of 2**31 is 46340.95
    with pytest.raises(InputError, match="46341 words"):
        list(enumerate_prefixes(words, 2, 8))
    with pytest.raises(InputError, match="64-grams"):
        list(enumerate_prefixes(words[:4], 64, 8))
    part = next(enumerate_prefixes(words[:-1], 2, 8))
    np.testing.assert_array_equal(unfold(part), [[0, word] for word in range(8)])
    last = enumerated_ngrams(words[:-1], 2, np.array([46340**2 - 1], np.int32))
    np.testing.assert_array_equal(last, [[46339, 46339]])
