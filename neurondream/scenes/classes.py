"""The part of speech of every word of the made world."""

from collections.abc import Iterable, Iterator

from neurondream.scenes.lexicon import (
    ADJECTIVES,
    ADVERBS,
    ANYONE,
    CHILDREN,
    CLOTHES,
    EVENTS,
    KINDS,
    VERBS,
)
from neurondream.scenes.meaning import forms_of
from neurondream.scenes.reading import read_rows


def _tables() -> Iterator[tuple[str, Iterable[str]]]:
    """Give the words of every table with their class; the forms of nouns come last."""
    # Words that stand in phrases and not in a table of their own.
    yield from read_rows("words", lambda name, sort: (sort, [name]), name=str, sort=str)
    for verb in VERBS.values():
        if verb.is_state:
            yield "participle", [verb.participle]
        else:
            yield "verb", [verb.base, verb.third]
            yield "participle", [verb.participle, verb.passive]
    yield from (("adverb", words) for words in ADVERBS.values())
    yield from (("adjective", adjective.words) for adjective in ADJECTIVES.values())
    yield from (("adjective", adjective.shades) for adjective in ADJECTIVES.values())
    nouns = [*ANYONE, *CHILDREN]
    for kind in KINDS.values():
        yield "adjective", kind.looks
        yield "noun", kind.herds
        nouns += kind.nouns + kind.young
    nouns += [noun for garment in CLOTHES.values() for noun in garment.nouns]
    nouns += [noun for event in EVENTS for noun in event.agents]
    yield "noun", forms_of(nouns)


def _classes() -> dict[str, str]:
    classes: dict[str, str] = {}
    for sort, words in _tables():
        for word in words:
            # The first table wins: "of" within a noun, "read" as the passive of itself.
            classes.setdefault(word, sort)
    classes.pop("", None)
    return classes


CLASSES = _classes()
