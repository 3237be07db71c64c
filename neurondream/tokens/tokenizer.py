"""What a model reads a text as: the one interface of all vocabularies (host side)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np


class Tokenizer(NamedTuple):
    """Texts to ids and back."""

    encode: Callable[[str], np.ndarray]  # text -> ids int32 [L], without special tokens
    decode: Callable[[Sequence[int]], str]  # ids -> text
    spell: Callable[[Sequence[int]], tuple[str, ...]]  # ids -> their pieces, one each
    allowed: np.ndarray  # bool [V], what a dream may hold
    special: Mapping[str, int]  # tokens that no text is made of, by name
    sha256: str  # of all that the ids depend on
    # Many texts as ids -> the ids that they are read as when they are written down; None where
    # all texts of allowed tokens are read as themselves, as those of words.
    respell: Callable[[Sequence[Sequence[int]]], list[list[int]]] | None = None
    begins_word: np.ndarray | None = None  # bool [V], tokens that begin one; None if all do
    unknown: int | None = None  # token that stands for what the others do not write
    checked: bool = False  # whether dreams are kept to n-grams that `respell` gives back
