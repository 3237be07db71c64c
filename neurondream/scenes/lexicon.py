"""What there is in the made world, what happens in it, and how it is called.

Everything here is read from tables. Lists run from the most common choice to the rarest, which may
be there several times.
"""

from typing import NamedTuple

from neurondream.scenes.reading import read_rows, read_table, read_word, split_list

Words = tuple[str, ...]


class Noun(NamedTuple):
    """One noun: its `singular` and its `plural` form."""

    singular: str
    plural: str


class Kind(NamedTuple):
    """One kind of figure: how it is called and how it may look."""

    nouns: tuple[Noun, ...]
    young: tuple[Noun, ...]  # nouns of its young
    colours: tuple[Words, ...]  # one colour or two
    sizes: Words
    looks: Words  # adjectives said before the colour
    makes: Words  # words said after it
    herds: Words  # nouns for many of it
    sides: Words  # the relations that another figure can stand in to it
    parents: Words  # the more general kinds it is one of
    traits: Words  # mass, furniture, owned (called one's own), held (by who is with it)


class Garment(NamedTuple):
    """One piece of clothing."""

    nouns: tuple[Noun, ...]
    body: Words  # where on the body
    colours: tuple[Words, ...]
    wearers: Words  # the kinds that may wear it
    worn: Words  # what is said before it


class Adjective(NamedTuple):
    """One colour, size or age: how it is said, and the shades that people name of it."""

    sort: str
    words: Words
    shades: Words


class Verb(NamedTuple):
    """One verb: `run`, `runs`, `running`, and `thrown` for a verb that is said in the passive."""

    base: str
    third: str
    participle: str
    passive: str

    @property
    def is_state(self) -> bool:
        """Whether it says what something is, not does: "parked", "seated"."""
        return self.base.startswith("are ")


class Action(NamedTuple):
    """What an event counts as: verbs for it, the forms of nouns for who does it, and its traits.

    It goes on in the `rain`, at `night`; one can be about to do what is `attempted`, and enjoy what
    is `enjoyed`. Who does to a thing what is done `apart` is not simply with it.
    """

    verbs: Words
    doers: Words
    traits: Words


class Phrase(NamedTuple):
    """One way to say an event: its verb and the words `before` and `after` the thing."""

    verb: Verb
    before: str
    after: str
    has_thing: bool
    passive: bool


class Event(NamedTuple):
    """One kind of event."""

    weight: float  # how often it happens
    actions: Words  # what it counts as
    subjects: Words  # the kinds that do it
    phrases: tuple[Phrase, ...]
    spots: Words  # where
    things: Words  # the kinds it is done with or to
    each: bool  # every subject has a thing of its own
    moving: bool  # goes along
    watched: bool  # draws onlookers
    given: bool  # has someone at the other end
    count: str  # of subjects: any, one or more
    agents: tuple[Noun, ...]  # nouns for who does it
    clothes: Words  # what people wear for it, where that differs from the spot
    company: Words | None  # the kinds found nearby, where these are not the usual ones


class Spot(NamedTuple):
    """One spot of a `place`, and what is said of it."""

    place: str
    still: Words  # phrases for what stays there
    moving: Words  # and for what moves there
    landmarks: Words  # the kinds that stand there
    clothes: Words  # what people wear there
    skies: Words  # the weathers and times of day that are told of it: none inside


class Sky(NamedTuple):
    """One weather or time of day."""

    sort: str
    phrases: Words


def _nouns(cell: str) -> tuple[Noun, ...]:
    """Read nouns written as `dog/dogs, cell phone/cell phones`."""
    return tuple(Noun(*noun.split("/")) for noun in split_list(cell))


def _colours(cell: str) -> tuple[Words, ...]:
    """Read colours, a pair of them written as `black+white`."""
    return tuple(tuple(colour.split("+")) for colour in split_list(cell))


def _phrases(cell: str) -> tuple[Phrase, ...]:
    """Read phrases: a verb, `@` for the thing, `$` for the owner's word (his, her, its, their)."""
    return tuple(_phrase(*text.partition(" ")[::2]) for text in split_list(cell))


def _phrase(verb, rest):
    before, thing, after = rest.partition("@")
    passive = rest == "@" and VERBS[verb].passive != ""
    space = " " if before else ""
    return Phrase(VERBS[verb], space + before.rstrip(), after, bool(thing), passive)


def _company(cell: str) -> Words | None:
    return None if cell == "usual" else split_list(cell)


def _is_marked(cell: str) -> bool:
    return cell != "-"


def _spot(moving, still, **cells):
    return Spot(moving=moving or still, still=still, **cells)


def _counts(one, two, three, many):
    return (1,) * one + (2,) * two + (3,) * three + (6,) * many


KINDS = read_table("kinds", Kind, nouns=_nouns, young=_nouns, colours=_colours)
CLOTHES = read_table("clothes", Garment, nouns=_nouns, colours=_colours)
ADJECTIVES = read_table("adjectives", Adjective, sort=str)
VERBS = read_table("verbs", Verb, base=str, third=str, participle=str, passive=read_word)
# How something may be done, by the base of its verb.
ADVERBS = read_table("adverbs", lambda adverbs: adverbs)
ACTIONS = read_table("actions", Action)
EVENTS = read_rows(
    "events",
    Event,
    weight=float,
    phrases=_phrases,
    each=_is_marked,
    moving=_is_marked,
    watched=_is_marked,
    given=_is_marked,
    count=str,
    agents=_nouns,
    company=_company,
)
SPOTS = read_table("spots", _spot, place=str)
SKIES = read_table("skies", Sky, sort=str)
# How many there may be of a kind, or of those that a kind is one of.
COUNTS = read_table("counts", _counts, one=int, two=int, three=int, many=int)

NUMBERS = {1: "one", 2: "two", 3: "three", 6: "many"}
PEOPLE = ("man", "woman", "boy", "girl")
# Nouns of any child, and of anyone.
CHILDREN = (Noun("child", "children"), Noun("kid", "kids"))
ANYONE = (Noun("person", "people"),)
