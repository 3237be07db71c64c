"""The part of speech of every word of the made world."""

from neurondream.scenes.events import EVENTS
from neurondream.scenes.kinds import AGES, ANYONE, CHILDREN, CLOTHES, COLOURS, KINDS, SHADES, SIZES
from neurondream.scenes.outline import ADVERBS
from neurondream.scenes.verbs import VERBS

# Words that stand in phrases and not in a table of their own.
_WORDS = {
    "noun": """
        leash air water trick picture photo line wave music song story child soccer bat racket meal
        dinner pot conversation camera game sandcastle snowman sand fetch top
        window mouth bowl grass leaves front background edge bank beach shore park path
        street sidewalk corner city side road highway intersection lot parking curb kitchen room
        living house apartment bedroom hotel home office field meadow pasture farm savanna plain
        plains baseball tennis farmers court match snow hill ground slope pool lake pond
        ocean sea waves river harbor dock pier marina mountain mountains trail woods forest area
        restaurant cafe diner stage concert festival hall station subway platform tracks
        railroad train market marketplace yard backyard garden lawn sky clouds wind airport runway
        tarmac zoo enclosure rain day sun sunshine night sunset dusk
        bunch couple pair group crowd glass rubber decker tour fishing dining passenger freight
        steam pepperoni cheese chocolate birthday wedding metal marble brick stone log
        leather wire""",
    "adjective": """
        sandy local busy quiet modern tidy cozy grassy open tall deep snowy fresh steep outdoor calm
        shallow rocky high wooded crowded cloudy clear rainy pouring warm sunny dark ready asleep
        stuffed lone solitary double wooden acoustic electric country bald""",
    "adverb": "together alone next close late about",
    "preposition": """
        in on at of to by with for from into over under beneath underneath behind beside near
        past along across through down up around above during inside after out""",
    "determiner": "a an the another his her its their several many each",
    "pronoun": "who that there other it",
    "conjunction": "and while as",
    "auxiliary": "is are be being can",
    "number": "two three",
    "verb": "wear wears",
    "participle": "dressed seen getting trying wearing",
}


def _tables():
    """Give the words of every table with their class; the forms of nouns come last."""
    for kind, words in _WORDS.items():
        yield kind, words.split()
    for verb in VERBS.values():
        if verb.base.startswith("are "):
            yield "participle", [verb.participle]
        else:
            yield "verb", [verb.base, verb.third]
            yield "participle", [verb.participle, verb.passive]
    yield "adverb", [word for words in ADVERBS.values() for word in words]
    yield "adjective", " ".join(COLOURS.values()).split()
    for table in (SHADES, SIZES, AGES):
        yield "adjective", [word for words in table.values() for word in words]
    nouns = [*ANYONE, *CHILDREN]
    for kind in KINDS.values():
        yield "adjective", kind.looks
        yield "noun", kind.herds
        nouns += kind.nouns + kind.young
    nouns += [noun for garment in CLOTHES.values() for noun in garment.nouns]
    nouns += [noun for event in EVENTS for noun in event.agents]
    yield "noun", [word for noun in nouns for form in noun for word in form.split()]


def _classes():
    classes = {}
    for kind, words in _tables():
        for word in words:
            # The first table wins: "of" within a noun, "read" as the passive of itself.
            classes.setdefault(word, kind)
    classes.pop("", None)
    return classes


CLASSES = _classes()
