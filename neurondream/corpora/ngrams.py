"""All distinct n-grams of a corpus (host side)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError
from neurondream.tokens.words import SPECIAL_WORDS


class Ngrams(NamedTuple):
    """The distinct n-grams inside captions, in lexicographic order of their ids."""

    tokens: np.ndarray  # int32 [M, L]
    counts: np.ndarray  # int32 [M], occurrences of each
    unknown: int  # occurrences left out because they hold an unknown word
    short: int  # captions that are shorter than the n-gram


def collect_ngrams(captions: Sequence[np.ndarray], length: int) -> Ngrams:
    """Collect the n-grams that lie inside captions, without padding or markers.

    Args:
      captions: word ids of each caption.
      length: L.

    Raises:
      InputError: the length is below 1, or no caption holds an n-gram of known words.
    """
    if length < 1:
        raise InputError(f"an n-gram of {length} words: the length must be 1 or more")
    lengths = np.array([len(caption) for caption in captions], np.int64)
    if not len(lengths):
        raise InputError("the corpus is empty: give at least one caption")
    words = np.concatenate(captions)
    first = np.cumsum(lengths) - lengths
    windows = np.maximum(lengths - length + 1, 0)
    # The start of every window: its caption's first word plus 0, 1, 2, ...
    within = np.arange(windows.sum()) - np.repeat(np.cumsum(windows) - windows, windows)
    starts = np.repeat(first, windows) + within
    special = len(SPECIAL_WORDS)
    known = np.ones(len(starts), bool)
    for offset in range(length):
        known &= words[starts + offset] >= special
    starts = starts[known]
    if not len(starts):
        raise InputError(
            f"the corpus holds no {length}-gram of words that the model knows: "
            f"{np.sum(~known)} hold an unknown word, {np.sum(windows == 0)} captions are shorter"
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
