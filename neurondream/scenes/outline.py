"""Choose what to tell of a scene, and the words for each piece of it."""

from typing import NamedTuple

from neurondream.scenes.chance import Draw, lean, pick
from neurondream.scenes.lexicon import ADVERBS, KINDS, SKIES, Phrase
from neurondream.scenes.mention import Mention, mention_figure
from neurondream.scenes.scene import Scene, is_alive
from neurondream.scenes.truth import is_solitary

_BESIDE = ("next to", "near", "beside", "next to", "close to")
_PAST = ("past", "past", "near")


class Outline(NamedTuple):
    """The pieces of one sentence, each but the mentions led by a space or empty.

    `also` says who or what is there besides, `place` where, `sky` when, `watched` who looks on,
    `manner` how it is done and `alone` that nobody else is there.
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


def make_outline(scene: Scene, draw: Draw, richness: float, *, dressed: bool) -> Outline:
    """Choose what to tell of a scene, and in which words.

    Args:
      scene: what to tell of.
      draw: decides what is told.
      richness: the chance that each detail is told.
      dressed: whether the subject's clothes may be told with the subject.

    Returns:
      The pieces of one sentence.
    """
    event, figure, _, relation, other, spot, sky = scene
    solitary = is_solitary(scene)
    lone = solitary and draw() < 0.04
    exact = other is not None and "person" in KINDS[other.kind].parents
    subject = mention_figure(
        draw, figure, richness, agents=event.agents, exact=exact, dressed=dressed, lone=lone
    )
    phrase = lean(draw, event.phrases)
    also = watched = ""
    if other is not None and draw() < 0.35 + 0.6 * richness:
        if relation == "watch":
            watched = _watched(draw, mention_figure(draw, other, 0.5 * richness, dressed=False))
        elif relation == "with" and dressed and other.kind in event.subjects and draw() < 0.6:
            second = mention_figure(draw, other, 0.7 * richness, exact=True)
            both = f"{subject.text} and {second.text}"
            subject = subject._replace(text=both, plural=True, own="their")
        else:
            also = _also(draw, scene, subject, richness)
    thing = _thing(draw, scene, subject, 0.8 * richness) if phrase.has_thing else None
    place = when = manner = alone = ""
    if draw() < (0.55 if thing else 0.75) + 0.4 * richness:
        place = f" {lean(draw, spot.moving if event.moving and draw() < 0.8 else spot.still)}"
    if sky and draw() < 0.3 + 0.5 * richness:
        when = f" {lean(draw, SKIES[sky].phrases)}"
    if solitary and is_alive(figure) and thing is None:
        alone = " alone" if draw() < 0.03 else ""
    if phrase.verb.base in ADVERBS and draw() < 0.1:
        manner = pick(draw, ADVERBS[phrase.verb.base])
    return Outline(scene, subject, phrase, thing, also, place, when, watched, manner, alone)


def _thing(draw, scene, subject, richness):
    thing = scene.thing
    if scene.event.each:
        thing = thing._replace(count=2 if subject.plural else 1)
    another = None
    determiner = " " if scene.event.each and subject.plural else ""
    if thing.kind == scene.subject.kind and thing.count == scene.subject.count == 1:
        another = subject.noun
    elif "owned" in KINDS[thing.kind].traits and subject.own != "its" and draw() < 0.2:
        determiner = subject.own
    return mention_figure(
        draw, thing, richness, determiner=determiner, another=another, dressed=False
    )


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
    determiner, another = "", None
    if other.kind == scene.subject.kind and scene.subject.count == 1:
        another = subject.noun
    elif other.kind == "dog" and subject.own != "its" and draw() < 0.4:
        determiner = subject.own
    text = mention_figure(
        draw, other, 0.6 * richness, determiner=determiner, exact=True, another=another
    ).text
    if relation in ("to", "with", "behind"):
        return f" {relation} {text}"
    if relation == "front":
        if draw() < 0.2 and not (scene.event.moving or is_alive(other)):
            return f" with {text} in the background"
        return f" in front of {text}"
    if relation == "under":
        return f" {lean(draw, ('under', 'under', 'beneath', 'underneath'))} {text}"
    if scene.event.moving and not is_alive(other):
        return f" {pick(draw, _PAST)} {text}"
    return f" {lean(draw, _BESIDE)} {text}"
