"""Whether n-grams name what a neuron means, where the made world knows what that is.

A word expresses every meaning among whose words it is. An n-gram names a picture coordinate first
where at least one of its words expresses the coordinate's meaning, no other meaning has more such
words, and only a more general one has as many: whoever says "dog" says "animal", too.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from neurondream.scenes.lexicon import ADJECTIVES, ANYONE, CHILDREN, EVENTS, KINDS, VERBS
from neurondream.scenes.meaning import MEANINGS
from neurondream.scenes.mention import with_article


class Naming(NamedTuple):
    """How an n-gram names a meaning."""

    words: int  # that express it
    rival: str | None  # the meaning with most words, where one stands before it or beside it

    @property
    def first(self) -> bool:
        """Whether it is what the n-gram names first."""
        return self.words > 0 and self.rival is None

    def describe(self) -> dict[str, int | bool | str | None]:
        """Write it down."""
        return {"words": self.words, "first": self.first, "rival": self.rival}


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


def follows(words: Sequence[str], next_word: str) -> bool | None:
    """Judge by the made world's grammar whether a word may come next.

    A verb agrees with the noun before it, a noun with the number or article before it and before
    its colour, and "a" or "an" with the sound after it. Everything else no rule tells.

    Args:
      words: of an n-gram.
      next_word: what a neuron of the next word stands for.

    Returns:
      None where no rule tells.
    """
    *before, last = words
    if next_word in _VERBS and last in _NOUNS:
        # "A girl and a woman are": the nearer noun does not decide.
        return None if "and" in before else _VERBS[next_word] == _NOUNS[last]
    coloured = last in _COLOURS and before
    determiner = before[-1] if coloured else last
    fits = True
    if not coloured and determiner in ("a", "an") and next_word in {*_NOUNS, *_COLOURS}:
        fits = with_article(next_word).startswith(f"{determiner} ")
    elif next_word not in _NOUNS or determiner not in _DETERMINERS:
        return None
    if next_word in _NOUNS and next_word not in _VERBS:
        fits = fits and _NOUNS[next_word] == _DETERMINERS[determiner]
    return fits


def _number(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give the number of words, from (singular, plural); not of those that are both."""
    pairs = list(pairs)
    singular, plural = ({pair[side] for pair in pairs} for side in (0, 1))
    return dict.fromkeys(singular - plural, "one") | dict.fromkeys(plural - singular, "more")


_COUNTED = [
    *(noun for kind in KINDS.values() if "mass" not in kind.traits
      for noun in (*kind.nouns, *kind.young)),
    *(agent for event in EVENTS for agent in event.agents), *CHILDREN, *ANYONE,
]  # fmt: skip
_NOUNS = _number(
    (noun.singular.split()[-1], noun.plural.split()[-1]) for noun in _COUNTED
    if " of " not in noun.singular
)
_VERBS = _number([
    ("is", "are"), ("has", "have"),
    *((verb.third, verb.base) for verb in VERBS.values() if not verb.is_state),
])
_COLOURS = {
    name for name, adjective in ADJECTIVES.items() if adjective.sort == "colour"
}
_DETERMINERS = dict.fromkeys(("a", "an", "another"), "one") | dict.fromkeys(
    ("two", "three", "several", "many"), "more"
)


@functools.cache
def judged_words() -> frozenset[str]:
    """List the next words that some rule tells of."""
    return frozenset({*_VERBS, *_NOUNS, *_COLOURS})
