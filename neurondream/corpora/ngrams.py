"""All distinct n-grams of a corpus (host side)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError

LONGEST = 128  # words: searches for longer ones take hours to compile


def check_length(length: int) -> None:
    """Refuse n-grams of no words, or of more than can be searched.

    Raises:
      InputError: they are.
    """
    if not 1 <= length <= LONGEST:
        raise InputError(f"length={length}: an n-gram has 1 to {LONGEST} words")


class Ngrams(NamedTuple):
    """The distinct n-grams inside texts, in lexicographic order of their ids."""

    tokens: np.ndarray  # int32 [M, L]
    counts: np.ndarray  # int32 [M], occurrences of each
    unknown: int  # occurrences left out because they hold another token
    short: int  # texts that are shorter than the n-gram


def collect_ngrams(
    texts: Sequence[np.ndarray], length: int, allowed: np.ndarray
) -> Ngrams:
    """Collect the n-grams that lie inside texts.

    Args:
      texts: token ids of each.
      length: L.
      allowed: tokens that an n-gram may hold, `bool [V]`.

    Raises:
      InputError: the length is below 1, or no text holds an n-gram of allowed tokens.
    """
    check_length(length)
    lengths = np.array([len(text) for text in texts], np.int64)
    if not len(lengths):
        raise InputError("the corpus is empty: give at least one text")
    words = np.concatenate(texts)
    first = np.cumsum(lengths) - lengths
    windows = np.maximum(lengths - length + 1, 0)
    # The start of every window: its text's first word plus 0, 1, 2, ...
    within = np.arange(windows.sum()) - np.repeat(np.cumsum(windows) - windows, windows)
    starts = np.repeat(first, windows) + within
    known = np.ones(len(starts), bool)
    for offset in range(length):
        known &= allowed[words[starts + offset]]
    starts = starts[known]
    if not len(starts):
        raise InputError(
            f"the corpus holds no {length}-gram of allowed words: "
            f"{np.sum(~known)} hold an unknown or banned word, {np.sum(windows == 0)} texts are "
            "shorter"
        )
    # Number the distinct prefixes, word by word: a pair (prefix, next word) is one integer.
    base = int(words.max()) + 1
    rank = np.zeros(len(starts), np.int64)
    for offset in range(length):
        _, representative, rank, counts = np.unique(
            rank * base + words[starts + offset],
            return_index=True, return_inverse=True, return_counts=True,
        )
    tokens = words[starts[representative][:, None] + np.arange(length)]
    return Ngrams(
        tokens.astype(np.int32),
        counts.astype(np.int32),
        int(np.sum(~known)),
        int(np.sum(windows == 0)),
    )
