"""Facts of the made world's grammar as minimal pairs: what comes next, and what cannot.

Pairs as Linzen, Dupoux & Goldberg 2016 and Marvin & Linzen 2018 made them of English. Every right
form begins captions of the world, no wrong form begins one.
"""

from collections.abc import Collection, Iterator
from itertools import chain, permutations
from typing import NamedTuple

from neurondream.scenes.lexicon import (
    ADJECTIVES,
    CHILDREN,
    CLOTHES,
    EVENTS,
    KINDS,
    NUMBERS,
    PEOPLE,
    Words,
)
from neurondream.scenes.mention import with_article

PAIRS = 60  # of one fact, at most
_VERBS_EACH = 3
_NUMBERS = (NUMBERS[2], NUMBERS[3], "several", "many")
_SORTS = ("person", "animal", "vehicle")


class Pair(NamedTuple):
    """One place where the grammar decides."""

    fact: str
    beginning: Words
    right: str  # a word that may come next
    wrong: str  # one that may not
    right_form: Words  # what the fact is about, as it should be
    wrong_form: Words
    other_form: Words  # the right form with another content word: a change of meaning alone


def plant_facts(words: Collection[str]) -> list[Pair]:
    """List minimal pairs, at most 60 a fact.

    Args:
      words: all that the pairs may say.

    Returns:
      The pairs, fact by fact.
    """
    known = set(words)
    facts: dict[str, dict[Pair, None]] = {}
    for pair in _pairs():
        said = {pair.wrong, *pair.right_form, *pair.wrong_form, *pair.other_form, *pair.beginning}
        if said <= known:
            facts.setdefault(pair.fact, {})[pair] = None
    chosen = []
    for pairs in map(list, facts.values()):
        number = min(PAIRS, len(pairs))
        # Evenly spaced: the pairs of one fact come noun by noun.
        chosen += [pairs[step * len(pairs) // number] for step in range(number)]
    return chosen


def _pairs() -> Iterator[Pair]:
    return chain(
        _be(), _verbs(), _wears(), _across_clothes(), _coordinated(), _groups(),
        _numbers(), _articles(), _objects(), _adjectives(),
    )  # fmt: skip


def _next_word(fact, beginning, right, wrong, other_form):
    """Make the pair of two words that could come next."""
    forms = (*beginning, right), (*beginning, wrong)
    return Pair(fact, beginning, right, wrong, *forms, other_form)


def _subjects():
    """Give each kind of subject with its noun and the other kinds of its sort, the next first."""
    sorts = {}
    for name, kind in KINDS.items():
        noun = kind.nouns[0]
        sort = next((parent for parent in kind.parents if parent in _SORTS), None)
        countable = noun.singular != noun.plural and " " not in noun.singular
        if sort and countable and any(name in event.subjects for event in EVENTS):
            sorts.setdefault(sort, []).append((name, noun))
    for members in sorts.values():
        for place, (name, noun) in enumerate(members):
            yield name, noun, members[place + 1 :] + members[:place]


def _twin(others, fits=lambda name: True):
    """Give the noun of the first other kind that fits, or of the first at all."""
    return next((noun for name, noun in others if fits(name)), others[0][1])


def _people():
    """List each person's kind with its noun and the noun of the next."""
    nouns = [KINDS[name].nouns[0] for name in PEOPLE]
    return list(zip(PEOPLE, nouns, nouns[1:] + nouns[:1], strict=True))


def _singular(noun):
    return tuple(with_article(noun.singular).split())


def _agreeing(fact, noun, twin, singular, plural):
    """Make the pairs of a verb that agrees with one, and with several."""
    yield _next_word(fact, _singular(noun), singular, plural, (*_singular(twin), singular))
    two = _NUMBERS[0]
    yield _next_word(fact, (two, noun.plural), plural, singular, (two, twin.plural, plural))


def _be():
    for _, noun, others in _subjects():
        yield from _agreeing("is, are", noun, _twin(others), "is", "are")


def _verbs_of(name):
    """List the verbs that a kind of subject does without a thing."""
    verbs = {
        phrase.verb
        for event in EVENTS
        if name in event.subjects and event.count == "any"
        for phrase in event.phrases
        if not phrase.has_thing and not phrase.verb.is_state
    }
    return sorted(verbs)


def _verbs():
    for name, noun, others in _subjects():
        for verb in _verbs_of(name)[:_VERBS_EACH]:
            twin = _twin(others, lambda other, verb=verb: verb in _verbs_of(other))
            yield from _agreeing("runs, run", noun, twin, verb.third, verb.base)


def _wears():
    nouns = [noun for _, noun, _ in _people()]
    nouns += CHILDREN
    nouns += [noun for event in EVENTS for noun in event.agents if " " not in noun.singular]
    for noun, twin in zip(nouns, nouns[1:] + nouns[:1], strict=True):
        if noun != twin:
            yield from _agreeing("wears, wear", noun, twin, "wears", "wear")


def _across_clothes():
    """One person in clothes whose word is a plural: "a girl in red shorts is"."""
    for name, noun, twin in _people():
        for garment in CLOTHES.values():
            clothing = garment.nouns[0]
            if name in garment.wearers and clothing.singular == clothing.plural:
                for colour in garment.colours:
                    clothes = ("in", *colour, clothing.plural)
                    other = (*_singular(twin), *clothes, "is")
                    beginning = (*_singular(noun), *clothes)
                    yield _next_word("is after clothes", beginning, "is", "are", other)


def _coordinated():
    """Two people, the nearer noun a singular: "a girl and a woman are"."""
    nouns = [noun for _, noun, _ in _people()]
    for first, second in permutations(nouns, 2):
        third = next(noun for noun in nouns if noun not in (first, second))
        beginning, other = [(*_singular(one), "and", *_singular(second)) for one in (first, third)]
        yield _next_word("are after and", beginning, "are", "is", (*other, "are"))


def _groups():
    """Many of a kind, whose group is a singular: "a herd of cows are"."""
    for name, noun, others in _subjects():
        for herd in dict.fromkeys(KINDS[name].herds):
            twin = _twin(others, lambda other, herd=herd: herd in KINDS[other].herds)
            beginning, other = [("a", herd, "of", one.plural) for one in (noun, twin)]
            yield _next_word("are after a group of", beginning, "are", "is", (*other, "are"))


def _numbers():
    fact = "plural after a number"
    for name, noun, others in _subjects():
        article, one = _singular(noun)
        fitting = [other for other in others if _singular(other[1])[0] == article]
        if fitting:
            other = _singular(_twin(fitting))
            yield _next_word(fact, (article,), one, noun.plural, other)
        for number in _NUMBERS:
            other = (number, _twin(others).plural)
            yield _next_word(fact, (number,), noun.plural, one, other)
            for colour in _colours(name)[:2]:
                twin = _twin(others, lambda other, colour=colour: colour in _colours(other))
                other = (number, colour, twin.plural)
                yield _next_word(fact, (number, colour), noun.plural, one, other)


def _colours(name):
    return [colours[0] for colours in KINDS[name].colours if len(colours) == 1]


def _articles():
    """The article must fit the next word: "in an orange shirt", "eating a banana"."""
    said = {
        "in": [name for name, adjective in ADJECTIVES.items() if adjective.sort == "colour"],
        "is holding": ["umbrella", "flower", "baby"],
        "is eating": ["apple", "banana", "sandwich"],
    }
    for _, noun, twin in _people():
        for before, options in said.items():
            start, other = [(*_singular(one), *before.split()) for one in (noun, twin)]
            articles = {option: with_article(option).split()[0] for option in options}
            for right, article in articles.items():
                wrong = next(each for each in options if articles[each] != article)
                yield Pair(
                    "a, an", (*start, article), right, wrong, (*start, article, right),
                    (*start, articles[wrong], right), (*other, article, right),
                )  # fmt: skip


def _objects():
    """Determiner before noun, preposition before determiner: "sitting on a bench"."""
    said = [(event, phrase) for event in EVENTS for phrase in event.phrases]
    # "Climbing up a tree" has a "climbing a tree" beside it, "singing into" a "singing a song".
    direct = {
        phrase.verb
        for _, phrase in said
        if phrase.before.startswith(" a ") or (phrase.has_thing and not phrase.before)
    }
    for name, noun, twin in _people():
        for event, phrase in said:
            if name not in event.subjects or not phrase.has_thing or event.count == "more":
                continue
            thing = KINDS[event.things[0]].nouns[0]
            if " " in thing.singular or thing.singular == thing.plural:
                continue
            if phrase.before and (phrase.verb in direct or phrase.before.count(" ") > 1):
                continue
            doing, other = [(*_singular(one), "is", phrase.verb.participle) for one in (noun, twin)]
            first, second, *rest = (*phrase.before.split(), *_singular(thing))
            yield Pair(
                "preposition before determiner" if rest else "determiner before noun",
                doing, first, second, (*doing, first, second, *rest),
                (*doing, second, first, *rest), (*other, first, second, *rest),
            )  # fmt: skip


def _adjectives():
    """No adjective follows its noun: "a black dog is", not "a dog black"."""
    for name, noun, others in _subjects():
        for colour in _colours(name):
            twin = _twin(others, lambda other, colour=colour: colour in _colours(other))
            described = tuple(with_article(colour).split())
            yield Pair(
                "adjective before noun", _singular(noun), "is", colour,
                (*described, noun.singular), (*_singular(noun), colour),
                (*described, twin.singular),
            )  # fmt: skip
