"""Beginnings of real texts, drawn (host side)."""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from neurondream.errors import InputError

MOST = 2**16  # every n-gram is read behind each of them


def draw_beginnings(
    texts: Sequence[np.ndarray], allowed: np.ndarray, *, number: int, shortest: int = 1,
    longest: int, seed: int, besides: Iterable[Sequence[int]] = (),
) -> list[np.ndarray]:
    """Draw beginnings of texts, of `shortest` to `longest` tokens each.

    Args:
      texts: token ids of each.
      allowed: tokens that a beginning may hold, `bool [V]`.
      number: of beginnings.
      shortest: least tokens of one.
      longest: most tokens of one.
      seed: of the draw.
      besides: beginnings whose texts are not drawn.

    Raises:
      InputError: no text begins so, or there are to be too many.
    """
    if number > MOST:
        raise InputError(f"number={number}: give at most {MOST} beginnings")
    generator = np.random.default_rng(seed)
    taken = {tuple(beginning) for beginning in besides}
    sizes = {len(beginning) for beginning in taken}

    def known_beginning(text: np.ndarray) -> np.ndarray:
        if any(tuple(text[:size].tolist()) in taken for size in sizes):
            return text[:0]
        unknown = np.flatnonzero(~allowed[text])
        known = text[: min([longest, *unknown[:1]])]
        return known if len(known) >= shortest else known[:0]

    if not any(len(known_beginning(text)) for text in texts):
        what = "a word" if shortest == 1 else f"{shortest} words"
        other = " but those that dreams are read behind" if taken else ""
        raise InputError(f"no text{other} begins with {what} that the model knows")
    order = generator.permutation(len(texts))
    begun = (known_beginning(texts[row]) for row in itertools.cycle(order))
    return [
        beginning[: generator.integers(shortest, len(beginning) + 1)]
        for beginning in itertools.islice(filter(len, begun), number)
    ]
