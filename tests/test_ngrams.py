"""N-grams against a plain count of windows."""

import collections

import numpy as np
import pytest

from neurondream.corpora.ngrams import collect_ngrams
from neurondream.errors import InputError
from neurondream.tokens.words import UNKNOWN


def count_windows(captions, length):
    counts, unknown = collections.Counter(), 0
    for caption in captions:
        for start in range(len(caption) - length + 1):
            window = tuple(int(w) for w in caption[start : start + length])
            if min(window) < 4:
                unknown += 1
            else:
                counts[window] += 1
    return counts, unknown, sum(len(c) < length for c in captions)


@pytest.mark.parametrize("seed", range(40))
def test_ngrams_are_the_windows_of_captions(seed):
    rng = np.random.default_rng(seed)
    length, words = int(rng.integers(1, 5)), int(rng.choice([5, 8, 3000]))
    captions = [
        rng.integers(UNKNOWN, words, rng.integers(0, 9)).astype(np.int32)
        for _ in range(rng.integers(1, 30))
    ]
    captions.append(np.arange(4, 4 + length, dtype=np.int32))
    counts, unknown, short = count_windows(captions, length)
    found = collect_ngrams(captions, length)
    assert [tuple(row) for row in found.tokens.tolist()] == sorted(counts)
    assert found.counts.tolist() == [counts[window] for window in sorted(counts)]
    assert (found.unknown, found.short) == (unknown, short)
    assert found.tokens.dtype == found.counts.dtype == np.int32


def test_large_ids_do_not_overflow():
    rng = np.random.default_rng(0)
    captions = [rng.integers(2**30, 2**31 - 2, 12).astype(np.int32) for _ in range(20)]
    counts, _, _ = count_windows(captions, 6)
    found = collect_ngrams(captions, 6)
    assert [tuple(row) for row in found.tokens.tolist()] == sorted(counts)


@pytest.mark.parametrize(
    "captions, length, named",
    [
        ([[4, 5]], 0, "0 words"),
        ([[4, 5]], -2, "-2 words"),
        ([], 2, "empty"),
        ([[4, 5], [4]], 3, "2 captions are shorter"),
        ([[4, UNKNOWN, 5]], 2, "2 hold an unknown word"),
        ([[], []], 1, "2 captions are shorter"),
    ],
)
def test_mistakes_are_named_in_one_line(captions, length, named):
    with pytest.raises(InputError) as caught:
        collect_ngrams([np.array(c, np.int32) for c in captions], length)
    assert named in str(caught.value) and "\n" not in str(caught.value)
