"""Captions cut into batches of few shapes (host side)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neurondream.models.vocabulary import BEGIN, END, PADDING

# Few lengths mean few programs to compile; longer captions are cut.
LENGTHS = (8, 12, 16, 24, 40)


class Batch(NamedTuple):
    """Captions of like length, all with a picture or all without."""

    tokens: np.ndarray  # int32 [B, 1 + length]: <begin> words <end>, padded
    rows: np.ndarray | None  # int32 [B] picture of each, -1 on padding captions; None: no pictures


def plan_batches(
    lengths: np.ndarray, paired: np.ndarray, size: int, seed: Sequence[int] | None
) -> list[np.ndarray]:
    """Group captions of like length, all with a picture or all without.

    Args:
      lengths: words `[B]` of each caption.
      paired: `bool [B]`, whether a caption has a picture.
      size: captions in a batch; the last of a group may hold fewer.
      seed: shuffles captions and batches; None keeps the order.

    Returns:
      Positions of the captions of each batch.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    bucket = np.searchsorted(LENGTHS, np.minimum(lengths + 1, LENGTHS[-1]))
    batches = []
    for group in np.unique(2 * bucket + paired):
        members = np.flatnonzero(2 * bucket + paired == group)
        if generator is not None:
            generator.shuffle(members)
        batches += [members[start : start + size] for start in range(0, len(members), size)]
    if generator is not None:
        generator.shuffle(order := np.arange(len(batches)))
        batches = [batches[position] for position in order]
    return batches


def fill_batches(
    plan: Sequence[np.ndarray], captions: Sequence[np.ndarray], rows: np.ndarray, size: int
) -> Iterator[Batch]:
    """Lay the captions of each planned batch out as arrays of few shapes.

    Args:
      plan: positions of the captions of each batch.
      captions: word ids of each caption, without <begin> and <end>.
      rows: `int32 [B]` picture of each caption, -1 for none.
      size: captions in a batch; missing ones are all padding and count for nothing.

    Yields:
      A batch for each of the plan.
    """
    for members in plan:
        longest = max(len(captions[member]) + 1 for member in members)
        length = LENGTHS[np.searchsorted(LENGTHS, min(longest, LENGTHS[-1]))]
        tokens = np.full((size, length + 1), PADDING, np.int32)
        for line, member in enumerate(members):
            sentence = [BEGIN, *captions[member], END][: length + 1]
            tokens[line, : len(sentence)] = sentence
        batch_rows = None
        if rows[members[0]] >= 0:
            batch_rows = np.full(size, -1, np.int32)
            batch_rows[: len(members)] = rows[members]
        yield Batch(tokens, batch_rows)
