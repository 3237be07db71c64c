"""Whether n-grams name what a neuron means, where the made world knows what that is.

A word expresses every meaning among whose words it is. An n-gram names a picture coordinate first
where at least one of its words expresses the coordinate's meaning, no other meaning has more such
words, and only a more general one has as many: whoever says "dog" says "animal", too.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from neurondream.scenes.agreement import Pair
from neurondream.scenes.meaning import MEANINGS


class Naming(NamedTuple):
    """How an n-gram names a meaning."""

    words: int  # that express it
    rival: str | None  # the meaning with most words, where one stands before it or beside it

    @property
    def first(self) -> bool:
        """Whether it is what the n-gram names first."""
        return self.words > 0 and self.rival is None


def has_meaning(name: str) -> bool:
    """Tell whether words express a coordinate: none do a nuisance."""
    return name in MEANINGS


def name_meaning(words: Sequence[str], name: str) -> Naming:
    """Count the words that express a coordinate's meaning, and find what rivals it.

    Args:
      words: of an n-gram.
      name: of a coordinate that has a meaning.
    """
    counts = {
        meaning: sum(word in expressing for word in words)
        for meaning, expressing in MEANINGS.items()
    }
    own = counts.pop(name)
    rivals = {
        meaning: count for meaning, count in counts.items()
        if count > own or (count == own > 0 and not MEANINGS[meaning] >= MEANINGS[name])
    }
    return Naming(own, max(rivals, key=rivals.get) if rivals else None)


def follows(words: Sequence[str], next_word: str, pairs: Iterable[Pair]) -> bool | None:
    """Judge by planted grammar whether a word may come next.

    Args:
      words: of an n-gram.
      next_word: what a neuron of the next word stands for.
      pairs: `plant_facts`; those decide whose beginnings share most last words with the n-gram.

    Returns:
      Whether most of these have the word for right; None where they are even or none is there.
    """
    longest, verdict = 1, 0
    for pair in pairs:
        if next_word not in (pair.right, pair.wrong):
            continue
        shared = _shared_end(words, pair.beginning)
        if shared > longest:
            longest, verdict = shared, 0
        if shared == longest:
            verdict += 1 if next_word == pair.right else -1
    return verdict > 0 if verdict else None


def _shared_end(one: Sequence[str], other: Sequence[str]) -> int:
    shared = 0
    while shared < min(len(one), len(other)) and one[-1 - shared] == other[-1 - shared]:
        shared += 1
    return shared
