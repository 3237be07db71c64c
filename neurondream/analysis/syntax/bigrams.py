"""How well neighbouring words of an n-gram go together in a corpus (host side)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError


class Bigrams(NamedTuple):
    """Pairs of neighbouring words in texts; pairs with a special word are left out."""

    firsts: np.ndarray  # int64 [V], pairs that begin with each word
    seconds: np.ndarray  # int64 [V], pairs that end with it
    pairs: np.ndarray  # int64 [K], the distinct pairs in order: first word * V + second word
    counts: np.ndarray  # int64 [K]


def count_bigrams(
    texts: Sequence[np.ndarray], words: int, special: Sequence[int] = ()
) -> Bigrams:
    """Count words and neighbouring words.

    Args:
      texts: ids of each text.
      words: V.
      special: ids that are no words.

    Raises:
      InputError: no text holds two known words side by side.
    """
    sizes = np.array([len(text) for text in texts], np.int64)
    text = np.repeat(np.arange(len(sizes)), sizes)
    flat = np.concatenate([np.zeros(0, np.int64), *texts]).astype(np.int64)
    known = np.isin(flat, np.array(list(special), np.int64), invert=True)
    inside = known[:-1] & known[1:] & (text[:-1] == text[1:])
    first, second = flat[:-1][inside], flat[1:][inside]
    if not len(first):
        raise InputError("the corpus holds no two known words side by side: give more texts")
    pairs, counts = np.unique(first * words + second, return_counts=True)
    return Bigrams(
        np.bincount(first, minlength=words), np.bincount(second, minlength=words), pairs, counts
    )


def associate_neighbours(bigrams: Bigrams, tokens: np.ndarray) -> np.ndarray:
    """Compute the normalized pointwise mutual information of neighbours (Bouma 2009).

    It is 1 for words that stand only side by side, 0 for independent ones and -1 for a pair that
    the corpus does not hold.

    Args:
      tokens: n-grams `int [..., L]`.

    Returns:
      Of each pair of neighbours, `[..., L - 1]`.
    """
    first, second = (np.asarray(tokens, np.int64)[..., part] for part in _NEIGHBOURS)
    wanted = first * len(bigrams.firsts) + second
    place = np.minimum(np.searchsorted(bigrams.pairs, wanted), len(bigrams.pairs) - 1)
    seen = bigrams.pairs[place] == wanted
    total = bigrams.counts.sum()
    joint = np.where(seen, bigrams.counts[place], 1) / total
    apart = np.where(seen, bigrams.firsts[first] * bigrams.seconds[second], 1) / total / total
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(joint / apart) / -np.log(joint)
    # A corpus of one pair: its words are never apart.
    information = np.where(joint == 1, 1.0, information)
    return np.where(seen, information, -1.0)


_NEIGHBOURS = slice(None, -1), slice(1, None)
