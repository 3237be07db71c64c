"""N-grams, of a corpus or all there are, in blocks that read a shared prefix once (host side)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError

# Neighbouring n-grams that stay together. Blocks take such runs from all over the corpus, so that
# all share about as much: a block of one neighbourhood alone is very dense or very sparse.
RUN = 64
# N-grams read at once: the states of a thousand stay in a processor's cache; 8,192 ran at half the
# speed.
BLOCK = 1024
CHECKED = 10**7  # n-grams written down and read again, at most


class PrefixBlock(NamedTuple):
    """Some n-grams as a tree, level by level; all blocks of a corpus have the same shapes.

    Level l holds the distinct prefixes of l + 1 words: the last word of each and the row, one
    level up, of the rest. The last level is the n-grams themselves. Rows beyond the real ones
    repeat the last.
    """

    rows: np.ndarray  # int32 [C_L], where the n-grams stand in the corpus or enumeration
    real: np.int32  # n-grams that count
    words: tuple[np.ndarray, ...]  # L times int32 [C_l]
    parents: tuple[np.ndarray, ...]  # L times int32 [C_l]; zeros on the first level


class NgramSource(NamedTuple):
    """N-grams to go through, all of one length."""

    total: int
    blocks: Callable[[], Iterator[PrefixBlock]]
    tokens: Callable[[np.ndarray], np.ndarray]  # rows int [...] -> n-grams int32 [..., L]
    counts: np.ndarray | None = None  # int [M], how often each occurs, for those of a corpus


def corpus_ngrams(
    tokens: np.ndarray, counts: np.ndarray | None = None, block: int = BLOCK
) -> NgramSource:
    """Go through the n-grams of a corpus; sorted ones share their prefixes.

    Args:
      tokens: distinct n-grams `int32 [M, L]`.
      counts: how often each occurs, `int [M]`.
      block: n-grams in a block, at most.

    Raises:
      InputError: there are none.
    """
    if not len(tokens):
        raise InputError("corpus search needs at least one n-gram")
    return NgramSource(
        len(tokens), lambda: share_prefixes(tokens, block), lambda rows: tokens[rows], counts
    )


def all_ngrams(
    allowed: np.ndarray, length: int, block: int = 8 * BLOCK,
    check: Callable[[np.ndarray], np.ndarray] | None = None,
) -> NgramSource:
    """Go through all n-grams of the allowed words.

    Args:
      allowed: `bool [V]`; W words make `W**L` n-grams.
      length: L.
      block: n-grams in a block.
      check: counts faults, `ids [M, L] -> int32 [M]`; n-grams that have one are left out.

    Raises:
      InputError: there are none, or too many to enumerate.
    """
    words = np.flatnonzero(allowed).astype(np.int32)
    if check is not None:
        total = count_ngrams(len(words), length)
        if total > CHECKED:
            raise InputError(
                f"{total} {length}-grams: at most {CHECKED} can be checked for whether they are "
                "read as themselves; allow any tokens, or fewer"
            )
        tokens = enumerated_ngrams(words, length, np.arange(total))
        parts = [tokens[first : first + block] for first in range(0, total, block)]
        return corpus_ngrams(np.concatenate([part[check(part) == 0] for part in parts]))
    return NgramSource(
        count_ngrams(len(words), length),
        lambda: enumerate_prefixes(words, length, block),
        lambda rows: enumerated_ngrams(words, length, rows),
    )


def share_prefixes(tokens: np.ndarray, block: int) -> Iterator[PrefixBlock]:
    """Cut n-grams into blocks of at most `block`; the more they are sorted, the more is shared.

    Args:
      tokens: `int32 [M, L]`.
      block: n-grams in a block, at most.
    """
    number, length = tokens.shape
    runs = np.arange(number) // RUN
    stride = max(1, number // block)  # so many blocks, each from everywhere
    rows = np.lexsort((runs, runs % stride)).astype(np.int32)
    tokens = tokens[rows]
    new = np.ones((number, length), bool)  # whether a row begins a new prefix of l + 1 words
    new[1:] = np.logical_or.accumulate(tokens[1:] != tokens[:-1], axis=1)
    new[:, -1] = True  # equal n-grams, if there are any, stay apart
    begun = np.cumsum(new, axis=0)
    # Levels a little larger than an average block needs, so that the last one is mostly full.
    average = begun[-1] * (block / number)
    capacity = np.minimum(np.ceil(1.1 * average) + length, min(block, number)).astype(int)
    start = 0
    while start < number:
        # The first row of a block begins all its prefixes.
        before = begun[start] - 1
        end = min(
            np.searchsorted(begun[:, level], before[level] + capacity[level], side="right")
            for level in range(length)
        )
        yield _make_block(tokens[start:end], rows[start:end], new[start:end].copy(), capacity)
        start = end


def count_ngrams(words: int, length: int) -> int:
    """Count the n-grams of some words.

    Raises:
      InputError: there are none, or more than an int32 counts.
    """
    if words < 1 or length < 1:
        raise InputError(f"{length}-grams of {words} words: there are none; give 1 or more of both")
    if words**length >= 2**31:
        raise InputError(
            f"{words} words make {words**length} {length}-grams; "
            f"at most {2**31 - 1} can be enumerated"
        )
    return words**length


def enumerate_prefixes(words: np.ndarray, length: int, block: int) -> Iterator[PrefixBlock]:
    """Go through all n-grams of some words in blocks of at most `block`.

    Their rows are those of the lexicographic order; `enumerated_ngrams` turns them into words.

    Args:
      words: W words, `int32 [W]`.
      length: L.
      block: n-grams in a block, at most.

    Raises:
      InputError: there are no n-grams, or more than an int32 counts.
    """
    size = len(words)
    total = count_ngrams(size, length)
    number = min(block, total)
    for start in range(0, total, number):
        real = min(number, total - start)
        rows = np.minimum(np.arange(start, start + number), total - 1)
        # By level: the distinct prefixes of these rows, in order, are consecutive numbers.
        levels = [rows // size ** (length - 1 - level) for level in range(length)]
        sizes = [min(number, 2 + (number - 1) // size ** (length - 1 - n)) for n in range(length)]
        first = [level[0] for level in levels]
        numbers = [np.minimum(f + np.arange(c), level[-1])
                   for f, c, level in zip(first, sizes, levels, strict=True)]
        parents = [np.zeros(sizes[0], np.int32)] + [
            (numbers[level] // size - first[level - 1]).astype(np.int32)
            for level in range(1, length)
        ]
        yield PrefixBlock(
            rows.astype(np.int32), np.int32(real),
            tuple(words[number % size] for number in numbers), tuple(parents),
        )


def enumerated_ngrams(words: np.ndarray, length: int, rows: np.ndarray) -> np.ndarray:
    """Turn rows `[...]` of an enumeration into n-grams `int32 [..., L]`."""
    places = len(words) ** np.arange(length - 1, -1, -1, dtype=np.int64)
    return words[rows[..., None] // places % len(words)]


def _make_block(
    tokens: np.ndarray, rows: np.ndarray, new: np.ndarray, capacity: np.ndarray
) -> PrefixBlock:
    new[0] = True
    prefixes = np.cumsum(new, axis=0, dtype=np.int32) - 1  # row of each n-gram's prefix, by level
    words, parents = [], []
    for level, size in enumerate(capacity):
        first = np.flatnonzero(new[:, level])
        fill = (0, size - len(first))
        words.append(np.pad(tokens[first, level], fill, mode="edge"))
        above = prefixes[first, level - 1] if level else np.zeros(len(first), np.int32)
        parents.append(np.pad(above, fill, mode="edge"))
    fill = (0, capacity[-1] - len(rows))
    real = np.int32(len(rows))
    return PrefixBlock(np.pad(rows, fill, mode="edge"), real, tuple(words), tuple(parents))
