"""Tell a scene in one sentence."""

from typing import NamedTuple

from neurondream.scenes.events import Phrase
from neurondream.scenes.kinds import KINDS
from neurondream.scenes.mention import Mention, clothes_of, mention
from neurondream.scenes.scene import Draw, Scene, lean, pick
from neurondream.scenes.spots import SKIES
from neurondream.scenes.verbs import VERBS

SHORTEST = 5
LONGEST = 22

# How an action may be done, said after a verb alone and before a verb with words of its own.
ADVERBS = {
    "run": ("quickly", "happily"),
    "walk": ("slowly", "quietly"),
    "climb": ("carefully", "slowly"),
    "sit": ("quietly",),
    "stand": ("quietly", "calmly"),
    "lie": ("peacefully", "comfortably"),
    "eat": ("happily", "quietly"),
    "play": ("happily", "excitedly"),
    "read": ("quietly",),
    "cook": ("carefully",),
    "dance": ("gracefully", "happily"),
    "work": ("busily", "quietly"),
    "travel": ("slowly", "quickly"),
    "swim": ("slowly", "quickly"),
    "talk": ("quietly", "excitedly"),
    "fly": ("gracefully", "slowly"),
    "ski": ("quickly", "skillfully"),
    "surf": ("skillfully",),
}
_ATTEMPTED = frozenset("throw catch kick hit jump climb".split())
_ENJOYED = frozenset("run walk ride eat drink play read swim dance surf ski talk".split())
_OWNED = frozenset(
    "guitar bicycle skateboard surfboard phone computer camera book bag umbrella dog".split()
)
_BESIDE = ("next to", "near", "beside", "next to", "close to")
_PAST = ("past", "past", "near")
_HELD = frozenset("ball frisbee kite flower stick snowball newspaper pizza cake".split())


class _Told(NamedTuple):
    """The pieces of one sentence, each but the mentions led by a space or empty.

    `also` says who or what is there besides, `place` where, `sky` when, `watched` who looks on.
    """

    scene: Scene
    subject: Mention
    phrase: Phrase
    thing: Mention | None
    also: str
    place: str
    sky: str
    watched: str
    manner: str
    alone: str


def tell(scene: Scene, draw: Draw) -> str:
    """Tell a scene in one sentence of `SHORTEST` to `LONGEST` words.

    Each call draws anew which details are told, in which words and in which order.
    """
    for richness in (pick(draw, _RICHNESS), 0.5, 0.4, 0.3, 0.2, 0.1, 0.0):
        shape = pick(draw, _SHAPES)
        told = _choose(scene, draw, richness, dressed=shape is not _wearing)
        text = shape(told, draw) or _progressive(told, draw)
        if SHORTEST <= text.count(" ") + 1 <= LONGEST:
            break
    return f"{text[0].upper()}{text[1:]}."


def _choose(scene, draw, richness, dressed):
    """Choose what to tell of a scene, and in which words."""
    event, figure, _, relation, other, spot, sky = scene
    solitary = figure.count == 1 and (other is None or not _lives(other))
    lone = solitary and draw() < 0.04
    subject = mention(
        draw, figure, richness, agents=event.agents, dressed=dressed, lone=lone
    )
    phrase = lean(draw, event.phrases)
    also = watched = ""
    if other is not None and draw() < 0.35 + 0.6 * richness:
        if relation == "watch":
            watched = _watched(draw, mention(draw, other, 0.5 * richness, dressed=False))
        elif relation == "with" and dressed and other.kind in event.subjects and draw() < 0.6:
            second = mention(draw, other, 0.7 * richness)
            subject = Mention(f"{subject.text} and {second.text}", True, "their")
        else:
            also = _also(draw, scene, subject, richness)
    thing = _thing(draw, scene, subject, 0.8 * richness) if phrase.has_thing else None
    place = when = manner = alone = ""
    if draw() < 0.55 + 0.4 * richness:
        place = f" {lean(draw, spot.moving if event.moving and draw() < 0.8 else spot.still)}"
    if sky and draw() < 0.3 + 0.5 * richness:
        when = f" {lean(draw, SKIES[sky])}"
    if solitary and _lives(figure) and not (thing and _lives(scene.thing)):
        alone = " alone" if draw() < 0.03 else ""
    if event.actions[0] in ADVERBS and phrase.verb.base not in _BEING and draw() < 0.1:
        manner = pick(draw, ADVERBS[event.actions[0]])
    return _Told(scene, subject, phrase, thing, also, place, when, watched, manner, alone)


def _lives(figure):
    parents = KINDS[figure.kind].parents
    return "person" in parents or "animal" in parents


def _thing(draw, scene, subject, richness):
    thing = scene.thing
    if scene.event.each:
        thing = thing._replace(count=2 if subject.plural else 1)
    determiner = " " if scene.event.each and subject.plural else ""
    if thing.kind == scene.subject.kind and thing.count == scene.subject.count == 1:
        determiner = "another"
    elif thing.kind in _OWNED and subject.own != "its" and draw() < 0.2:
        determiner = subject.own
    return mention(draw, thing, richness, determiner=determiner, dressed=False)


def _watched(draw, onlooker):
    chance = draw()
    if chance < 0.5:
        return f" while {onlooker.text} {'watch' if onlooker.plural else 'watches'}"
    if chance < 0.8:
        return f" as {onlooker.text} {'look' if onlooker.plural else 'looks'} on"
    return f" watched by {onlooker.text}"


def _also(draw, scene, subject, richness):
    """Say to or with whom, or beside, behind, in front of or under what."""
    other, relation = scene.other, scene.relation
    determiner = ""
    if other.kind == scene.subject.kind and scene.subject.count == 1:
        determiner = "another"
    elif other.kind == "dog" and subject.own != "its" and draw() < 0.4:
        determiner = subject.own
    text = mention(draw, other, 0.6 * richness, determiner=determiner).text
    if relation in ("to", "with", "behind"):
        return f" {relation} {text}"
    if relation == "front":
        return f" with {text} in the background" if draw() < 0.2 else f" in front of {text}"
    if relation == "under":
        return f" {lean(draw, ('under', 'under', 'beneath', 'underneath'))} {text}"
    if scene.event.moving and not _lives(other):
        return f" {pick(draw, _PAST)} {text}"
    return f" {lean(draw, _BESIDE)} {text}"


def _doing(told, form):
    """Put what the subject does into words, the verb in the given form."""
    verb, before, after, has_thing, _ = told.phrase
    rest = f"{before} {told.thing.text}{after}" if has_thing else f"{before}{after}"
    rest = rest.replace("$", told.subject.own) + told.alone
    if not told.manner:
        return f"{getattr(verb, form)}{rest}"
    if rest:
        return f"{told.manner} {getattr(verb, form)}{rest}"
    return f"{getattr(verb, form)} {told.manner}"


def _be(told):
    return "are" if told.subject.plural else "is"


def _tail(told, draw):
    if told.also and told.place and told.scene.relation != "to" and draw() < 0.4:
        return f"{told.place}{told.also}{told.sky}{told.watched}"
    return f"{told.also}{told.place}{told.sky}{told.watched}"


def _progressive(told, draw):
    return f"{told.subject.text} {_be(told)} {_doing(told, 'participle')}{_tail(told, draw)}"


def _simple(told, draw):
    form = "base" if told.subject.plural else "third"
    return f"{told.subject.text} {_doing(told, form)}{_tail(told, draw)}"


def _fragment(told, draw):
    return f"{told.subject.text} {_doing(told, 'participle')}{_tail(told, draw)}"


def _there(told, draw):
    be = "is" if told.subject.text.startswith(("a ", "an ")) else _be(told)
    return f"there {be} {_fragment(told, draw)}"


def _relative(told, draw):
    who = "who" if "person" in KINDS[told.scene.subject.kind].parents else "that"
    doing = _doing(told, "participle")
    return f"{told.subject.text} {who} {_be(told)} {doing}{_tail(told, draw)}"


def _place_first(told, draw):
    first, last = (told.place, told.sky) if draw() < 0.6 else (told.sky, told.place)
    if not first:
        return ""
    doing = _doing(told, "participle")
    rest = f"{told.subject.text} {_be(told)} {doing}{told.also}{last}{told.watched}"
    return f"{first[1:]}, {rest}"


def _place_then_doing(told, draw):
    if told.thing is None or told.phrase.verb.base in _BEING:
        return ""
    place = lean(draw, told.scene.spot.still)
    doing = _doing(told, "participle")
    return f"{told.subject.text} {_be(told)} {place}, {doing}{told.also}{told.watched}"


def _passive(told, draw):
    thing = told.thing
    if not told.phrase.passive or thing.text.startswith(("his ", "her ", "their ", "its ")):
        return ""
    passive = told.phrase.verb.passive
    if draw() < 0.6:
        passive = f"{'are' if thing.plural else 'is'} being {passive}"
    return f"{thing.text} {passive} by {told.subject.text}{told.also}{told.place}{told.sky}"


def _wearing(told, draw):
    figure = told.scene.subject
    if not figure.clothes:
        return ""
    who = told.subject.text
    clothes = clothes_of(draw, figure)
    chance = draw()
    if chance < 0.35:
        wear = "wear" if told.subject.plural else "wears"
        return f"{who} {wear} {clothes} while {_doing(told, 'participle')}{_tail(told, draw)}"
    if chance < 0.6 and told.phrase.verb.base not in _BEING:
        doing = _doing(told, "participle")
        return f"{who} {_be(told)} wearing {clothes} and {doing}{_tail(told, draw)}"
    who = f"{who} {'who' if figure.kind != 'dog' else 'that'} {_be(told)} wearing {clothes}"
    return f"{who} {_doing(told, 'base' if told.subject.plural else 'third')}{_tail(told, draw)}"


def _seen(told, draw):
    return f"{told.subject.text} can be seen {_doing(told, 'participle')}{_tail(told, draw)}"


def _pictured(told, draw):
    return f"{lean(draw, ('a picture of', 'a photo of'))} {_fragment(told, draw)}"


def _still(told, draw):
    """Leave the verb out: a man with a guitar on stage."""
    phrase, thing = told.phrase, told.thing
    place = f" {lean(draw, told.scene.spot.still)}"
    held = ""
    if thing is not None:
        if phrase.before in (" on", " in", " at"):
            held = f"{phrase.before} {thing.text}{phrase.after}"
        elif told.scene.thing.kind in _OWNED or told.scene.thing.kind in _HELD:
            held = f" with {thing.text}"
    also = "" if told.scene.relation == "to" else told.also
    return f"{told.subject.text}{held}{also}{place}{told.sky}"


def _on_it(told, draw):
    """Start from the table: a table with a cake on it."""
    event, thing = told.scene.event, told.thing
    if _lives(told.scene.subject) or thing is None or "sit" not in event.actions:
        return ""
    be = "there is " if draw() < 0.3 else ""
    return f"{be}{thing.text} with {told.subject.text} on it{told.also}{told.place}"


def _attempt(told, draw):
    event = told.scene.event
    if event.actions[0] not in _ATTEMPTED or not _lives(told.scene.subject):
        return ""
    start = pick(draw, ("about to", "trying to", "getting ready to", "about to"))
    told = told._replace(manner="", alone="")
    return f"{told.subject.text} {_be(told)} {start} {_doing(told, 'base')}{_tail(told, draw)}"


def _enjoy(told, draw):
    event, verb = told.scene.event, told.phrase.verb
    person = "person" in KINDS[told.scene.subject.kind].parents
    if not person or event.actions[0] not in _ENJOYED or verb.base == "enjoy":
        return ""
    enjoy = "enjoy" if told.subject.plural else "enjoys"
    told = told._replace(manner="")
    return f"{told.subject.text} {enjoy} {_doing(told, 'participle')}{_tail(told, draw)}"


_RICHNESS = (0.15, 0.35, 0.5, 0.7, 0.9)
_BEING = frozenset(verb.base for verb in VERBS.values() if verb.base.startswith("are "))
_SHAPES = (
    (_progressive,) * 22
    + (_simple,) * 20
    + (_fragment,) * 16
    + (_there,) * 6
    + (_relative,) * 3
    + (_place_first,) * 7
    + (_place_then_doing,) * 4
    + (_passive,) * 9
    + (_wearing,) * 9
    + (_seen,) * 2
    + (_pictured,) * 3
    + (_still,) * 8
    + (_on_it,) * 8
    + (_attempt,) * 6
    + (_enjoy,) * 4
)
