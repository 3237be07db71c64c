"""N-grams against a plain count of windows."""

import collections

import numpy as np
import pytest

from neurondream.corpora.ngrams import collect_ngrams
from neurondream.errors import InputError
from neurondream.models.vocabulary import UNKNOWN


def count_windows(captions, length, allowed):
    counts, unknown = collections.Counter(), 0
    for caption in captions:
        for start in range(len(caption) - length + 1):
            window = tuple(int(w) for w in caption[start : start + length])
            if not all(allowed[word] for word in window):
                unknown += 1
            else:
                counts[window] += 1
    return counts, unknown, sum(len(c) < length for c in captions)


@pytest.mark.parametrize("seed", range(40))
def test_ngrams_are_the_windows_of_captions(seed):
    rng = np.random.default_rng(seed)
    length, words = int(rng.integers(1, 5)), int(rng.choice([8, 10, 3000]))
    captions = [
        rng.integers(UNKNOWN, words, rng.integers(0, 9)).astype(np.int32)
        for _ in range(rng.integers(1, 30))
    ]
    captions.append(np.arange(4, 4 + length, dtype=np.int32))
    # Special words, and some that are banned.
    allowed = (np.arange(words) >= 4) & (rng.random(words) < rng.choice([0.7, 1]))
    allowed[4 : 4 + length] = True
    counts, unknown, short = count_windows(captions, length, allowed)
    found = collect_ngrams(captions, length, allowed)
    assert [tuple(row) for row in found.tokens.tolist()] == sorted(counts)
    assert found.counts.tolist() == [counts[window] for window in sorted(counts)]
    assert (found.unknown, found.short) == (unknown, short)
    assert found.tokens.dtype == found.counts.dtype == np.int32


def test_large_ids_do_not_overflow():
    rng = np.random.default_rng(0)
    captions = [rng.integers(2**30, 2**31 - 2, 12).astype(np.int32) for _ in range(20)]
    allowed = np.broadcast_to(np.array(True), 2**31)  # takes no memory
    counts, _, _ = count_windows(captions, 6, allowed)
    found = collect_ngrams(captions, 6, allowed)
    assert [tuple(row) for row in found.tokens.tolist()] == sorted(counts)


@pytest.mark.parametrize(
    "captions, length, named",
    [
        ([[4, 5]], 0, "length=0"),
        ([[4, 5]], -2, "length=-2"),
        ([], 2, "empty"),
        ([[4, 5], [4]], 3, "2 texts are shorter"),
        ([[4, UNKNOWN, 5]], 2, "2 hold an unknown or banned word"),
        ([[], []], 1, "2 texts are shorter"),
    ],
)
def test_mistakes_are_named_in_one_line(captions, length, named):
    with pytest.raises(InputError) as caught:
        collect_ngrams([np.array(c, np.int32) for c in captions], length, np.arange(9) >= 4)
    assert named in str(caught.value) and "\n" not in str(caught.value)
