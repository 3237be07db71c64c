"""Facts of the made world's grammar as minimal pairs: what comes next, and what cannot.

Pairs as Linzen, Dupoux & Goldberg 2016 and Marvin & Linzen 2018 made them of English. Every right
form begins captions of the world, no wrong form begins one.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from neurondream.scenes.lexicon import ADJECTIVES, CHILDREN, CLOTHES, EVENTS, KINDS, NUMBERS, PEOPLE
from neurondream.scenes.mention import with_article

Words = tuple[str, ...]

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
    """List the minimal pairs that can be said with the given words, at most 60 a fact."""
    facts: dict[str, dict[Pair, None]] = {}
    for pair in _pairs():
        said = {pair.wrong, *pair.right_form, *pair.wrong_form, *pair.other_form, *pair.beginning}
        if said <= set(words):
            facts.setdefault(pair.fact, {})[pair] = None
    chosen = []
    for pairs in map(list, facts.values()):
        number = min(PAIRS, len(pairs))
        # Evenly spaced: the pairs of one fact come noun by noun.
        chosen += [pairs[step * len(pairs) // number] for step in range(number)]
    return chosen


def _pairs() -> Iterator[Pair]:
    yield from _be()
    yield from _verbs()
    yield from _wears()
    yield from _across_clothes()
    yield from _coordinated()
    yield from _groups()
    yield from _numbers()
    yield from _articles()
    yield from _objects()
    yield from _adjectives()


def _next_word(fact, beginning, right, wrong, other):
    """Make the pair of two words that could come next; `other` is the beginning's twin."""
    return Pair(
        fact, beginning, right, wrong, (*beginning, right), (*beginning, wrong), (*other, right)
    )


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


def _singular(noun):
    return tuple(with_article(noun.singular).split())


def _plural(noun, number=_NUMBERS[0]):
    return (number, noun.plural)


def _agreeing(fact, noun, twin, singular, plural):
    """Make the pairs of a verb that agrees with one, and with several."""
    yield _next_word(fact, _singular(noun), singular, plural, _singular(twin))
    yield _next_word(fact, _plural(noun), plural, singular, _plural(twin))


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
    nouns = [(KINDS[name].nouns[0], name) for name in PEOPLE]
    nouns += [(noun, "child") for noun in CHILDREN]
    nouns += [(noun, "") for event in EVENTS for noun in event.agents if " " not in noun.singular]
    for (noun, _), (twin, _) in zip(nouns, nouns[1:] + nouns[:1], strict=True):
        if noun != twin:
            yield from _agreeing("wears, wear", noun, twin, "wears", "wear")


def _people():
    return [(name, KINDS[name].nouns[0]) for name in PEOPLE]


def _across_clothes():
    """One person in clothes whose word is a plural: "a girl in red shorts is"."""
    people = _people()
    for (name, noun), (_, twin) in zip(people, people[1:] + people[:1], strict=True):
        for garment in CLOTHES.values():
            pair_of = garment.nouns[0]
            if name not in garment.wearers or pair_of.singular != pair_of.plural:
                continue
            for colour in garment.colours:
                clothes = ("in", *colour, pair_of.plural)
                beginnings = [(*_singular(one), *clothes) for one in (noun, twin)]
                yield _next_word("is after clothes", beginnings[0], "is", "are", beginnings[1])


def _coordinated():
    """Two people, the nearer noun a singular: "a girl and a woman are"."""
    people = _people()
    for name, noun in people:
        for other, second in people:
            third = next(each for kind, each in people if kind not in (name, other))
            if name == other:
                continue
            beginnings = [(*_singular(one), "and", *_singular(second)) for one in (noun, third)]
            yield _next_word("are after and", beginnings[0], "are", "is", beginnings[1])


def _groups():
    """Many of a kind, whose group is a singular: "a herd of cows are"."""
    for name, noun, others in _subjects():
        for herd in dict.fromkeys(KINDS[name].herds):
            twin = _twin(others, lambda other, herd=herd: herd in KINDS[other].herds)
            beginnings = [("a", herd, "of", one.plural) for one in (noun, twin)]
            yield _next_word("are after a group of", beginnings[0], "are", "is", beginnings[1])


def _numbers():
    fact = "plural after a number"
    for name, noun, others in _subjects():
        article, one = _singular(noun)
        fitting = [other for other in others if _singular(other[1])[0] == article]
        if fitting:
            twin = _twin(fitting).singular
            yield _told_apart(fact, (article,), one, noun.plural, twin)
        for number in _NUMBERS:
            yield _told_apart(fact, (number,), noun.plural, one, _twin(others).plural)
            for colour in _colours(name)[:2]:
                twin = _twin(others, lambda other, colour=colour: colour in _colours(other))
                yield _told_apart(fact, (number, colour), noun.plural, one, twin.plural)


def _told_apart(fact, beginning, right, wrong, other):
    """Make the pair of two words that could come next; `other` may come as well."""
    return Pair(
        fact, beginning, right, wrong, (*beginning, right), (*beginning, wrong), (*beginning, other)
    )


def _colours(name):
    return [colours[0] for colours in KINDS[name].colours if len(colours) == 1]


def _articles():
    """The article must fit the next word: "in an orange shirt", "eating a banana"."""
    colours = [name for name, entry in ADJECTIVES.items() if entry.sort == "colour"]
    sets = [("in", tuple(colours))]
    things = {kind: KINDS[kind].nouns[0].singular for kind in ("umbrella", "flower", "baby")}
    sets.append(("is holding", tuple(things.values())))
    food = {kind: KINDS[kind].nouns[0].singular for kind in ("apple", "banana", "sandwich")}
    sets.append(("is eating", tuple(food.values())))
    people = _people()
    for (_, noun), (_, twin) in zip(people, people[1:] + people[:1], strict=True):
        for before, options in sets:
            beginnings = [(*_singular(one), *before.split()) for one in (noun, twin)]
            articles = {option: with_article(option).split()[0] for option in options}
            for right in options:
                wrong = next(each for each in options if articles[each] != articles[right])
                yield Pair(
                    "a, an", (*beginnings[0], articles[right]), right, wrong,
                    (*beginnings[0], articles[right], right),
                    (*beginnings[0], articles[wrong], right),
                    (*beginnings[1], articles[right], right),
                )


def _objects():
    """Determiner before noun, preposition before determiner: "sitting on a bench"."""
    people = _people()
    # "Climbing up a tree" has a "climbing a tree" beside it, "singing into" a "singing a song".
    direct = {
        phrase.verb for event in EVENTS for phrase in event.phrases
        if phrase.before.startswith(" a ") or (phrase.has_thing and not phrase.before)
    }  # fmt: skip
    for (name, noun), (_, twin) in zip(people, people[1:] + people[:1], strict=True):
        for event in EVENTS:
            for phrase in event.phrases:
                thing = KINDS[event.things[0]].nouns[0] if event.things else None
                spoken = name in event.subjects and phrase.has_thing and event.count != "more"
                if not spoken or " " in thing.singular or thing.singular == thing.plural:
                    continue
                if phrase.before and (phrase.verb in direct or phrase.before.count(" ") > 1):
                    continue
                doing = [(*_singular(one), "is", phrase.verb.participle) for one in (noun, twin)]
                article, word = with_article(thing.singular).split()
                if phrase.before:
                    (between,) = phrase.before.split()
                    yield Pair(
                        "preposition before determiner", doing[0], between, article,
                        (*doing[0], between, article, word), (*doing[0], article, between, word),
                        (*doing[1], between, article, word),
                    )
                else:
                    yield Pair(
                        "determiner before noun", doing[0], article, word,
                        (*doing[0], article, word), (*doing[0], word, article),
                        (*doing[1], article, word),
                    )


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
            )
