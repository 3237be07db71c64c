"""Whether an n-gram, or a part of it, occurs in a corpus, and what comes nearest (host side)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.corpora.ngrams import Ngrams


class Index(NamedTuple):
    """All n-grams of a corpus up to a length, as a tree of prefixes."""

    base: int  # above all word ids
    keys: tuple[np.ndarray, ...]  # by length, sorted: row of the prefix * base + last word
    counts: tuple[np.ndarray, ...]  # occurrences of each


class Occurrence(NamedTuple):
    """What a corpus has of an n-gram."""

    count: int  # occurrences of all of it
    part: tuple[int, int]  # first word and end of its longest part that occurs, the most frequent
    part_count: int
    nearest: int  # row of the corpus n-gram with most words at the same places
    shared: int  # how many they are


def index_ngrams(
    captions: Sequence[np.ndarray], length: int, allowed: np.ndarray
) -> Index:
    """Count the n-grams of 1 to `length` allowed words inside texts.

    Args:
      captions: token ids of each text.
      length: L.
      allowed: tokens that an n-gram may hold, `bool [V]`.
    """
    lengths = np.array([len(caption) for caption in captions], np.int64)
    words = np.concatenate(captions).astype(np.int64)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(words))  # to the caption's end
    starts, rank = np.arange(len(words)), np.zeros(len(words), np.int64)
    base = int(words.max()) + 1
    keys, counts = [], []
    for number in range(length):
        goes_on = left[starts] > number
        starts, rank = starts[goes_on], rank[goes_on]
        known = allowed[words[starts + number]]
        starts, rank = starts[known], rank[known]
        found, rank, times = np.unique(
            rank * base + words[starts + number], return_inverse=True, return_counts=True
        )
        keys.append(found)
        counts.append(times)
    return Index(base, tuple(keys), tuple(counts))


def count_occurrences(index: Index, tokens: np.ndarray) -> int:
    """Count how often an n-gram `int32 [l]`, not longer than the index is deep, occurs."""
    if np.max(tokens) >= index.base:
        return 0  # a word that the corpus lacks; its key would be another n-gram's
    row = 0
    for word, keys in zip(tokens, index.keys, strict=False):
        key = row * index.base + int(word)
        row = int(np.searchsorted(keys, key))
        if row == len(keys) or keys[row] != key:
            return 0
    return int(index.counts[len(tokens) - 1][row])


def find_occurrence(index: Index, corpus: Ngrams, tokens: np.ndarray) -> Occurrence:
    """Look an n-gram up in a corpus.

    Args:
      index: of the corpus, at least L deep.
      corpus: its distinct n-grams of L words.
      tokens: `int32 [L]`.
    """
    length = len(tokens)
    part, part_count = (0, 0), 0
    for size in range(length, 0, -1):
        for start in range(length - size + 1):
            count = count_occurrences(index, tokens[start : start + size])
            if count > part_count:
                part, part_count = (start, start + size), count
        if part_count:
            break
    same = np.sum(corpus.tokens == tokens, axis=1)
    shared = int(same.max())
    rows = np.flatnonzero(same == shared)
    nearest = int(rows[np.argmax(corpus.counts[rows])])
    return Occurrence(
        count_occurrences(index, tokens), part, part_count, nearest, shared
    )
