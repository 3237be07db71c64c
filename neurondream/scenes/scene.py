"""Draw one scene: who does what, where, and next to what."""

from bisect import bisect
from itertools import accumulate
from typing import NamedTuple

from neurondream.scenes.chance import Draw, lean, pick
from neurondream.scenes.lexicon import (
    ACTIONS,
    CLOTHES,
    COUNTS,
    EVENTS,
    KINDS,
    PEOPLE,
    SPOTS,
    Event,
    Spot,
)


class Figure(NamedTuple):
    """`count` figures of one kind and their looks; "" and () where there is nothing to tell."""

    kind: str
    count: int
    age: str
    size: str
    look: str
    make: str
    colours: tuple[str, ...]
    clothes: tuple[tuple[str, tuple[str, ...]], ...]


class Scene(NamedTuple):
    """What a picture shows.

    The `subject` does the event, to the `thing` if there is one; the `other` stands in the
    `relation` to it: beside, behind, front, under, with, watch (looks on) or to (receives).
    """

    event: Event
    subject: Figure
    thing: Figure | None
    relation: str
    other: Figure | None
    spot: Spot
    sky: str


_WEIGHTS = list(accumulate(event.weight for event in EVENTS))


def draw_scene(draw: Draw) -> Scene:
    """Draw a scene: the first use of its draws."""
    event = EVENTS[bisect(_WEIGHTS, draw() * _WEIGHTS[-1])]
    spot = SPOTS[pick(draw, event.spots)]
    clothes = event.clothes or spot.clothes
    kind = pick(draw, event.subjects)
    subject = _figure(draw, kind, _count(draw, kind, event.count), clothes)
    thing = None
    if event.things:
        kind = pick(draw, event.things)
        count = subject.count if event.each else _thing_count(draw, kind, event)
        thing = _figure(draw, kind, count, ())
    relation, other = _company(draw, event, subject, thing, spot, clothes)
    return Scene(event, subject, thing, relation, other, spot, _sky(draw, event, thing, spot))


def is_alive(figure: Figure) -> bool:
    """Tell whether a figure is a person or an animal."""
    parents = KINDS[figure.kind].parents
    return "person" in parents or "animal" in parents


def _count(draw, kind, wanted):
    if wanted == "one":
        return 1
    families = ("more",) if wanted == "more" else (kind, *KINDS[kind].parents, "thing")
    return pick(draw, next(COUNTS[family] for family in families if family in COUNTS))


def _thing_count(draw, kind, event):
    seen = event.actions[0] in ("watch", "feed") and (
        kind == "boat" or "animal" in KINDS[kind].parents
    )
    return _count(draw, kind, "any") if seen else 1


def _figure(draw, name, count, clothes):
    kind = KINDS[name]
    age = size = look = make = ""
    if name in ("man", "woman"):
        chance = draw()
        age = "young" if chance < 0.2 else "old" if chance < 0.35 else ""
    elif (name in ("boy", "girl") or kind.young) and draw() < 0.15:
        age = "young"
    if not age and kind.sizes and draw() < (0.3 if kind.parents else 0.15):
        size = pick(draw, kind.sizes)
    chance = draw()
    crowd = count > 1 and "person" in kind.parents
    if kind.looks and not size and not crowd and chance < 0.25:
        look = pick(draw, kind.looks)
    elif kind.makes and chance < 0.5:
        make = pick(draw, kind.makes)
    colours = lean(draw, kind.colours) if kind.colours and draw() < 0.75 else ()
    worn = ()
    if name == "dog":
        worn = _clothes(draw, name, count, ("collar",)) if draw() < 0.15 else ()
    elif clothes and "person" in kind.parents:
        worn = _clothes(draw, name, count, clothes)
    return Figure(name, count, age, size, look, make, colours, worn)


def _clothes(draw, name, count, options):
    chance = draw()
    wanted = int(chance < 0.8) + int(chance < 0.35)
    if count > 1:
        wanted = min(wanted, int(chance < 0.5))
    body: set[str] = set()
    worn = []
    for _ in range(wanted):
        garment = pick(draw, options)
        item = CLOTHES[garment]
        if name in item.wearers and body.isdisjoint(item.body):
            colours = lean(draw, item.colours) if item.colours and draw() < 0.9 else ()
            body.update(item.body)
            worn.append((garment, colours))
    return tuple(worn)


def _company(draw, event, subject, thing, spot, clothes):
    chance = draw()
    taken = {subject.kind, thing.kind if thing else ""}
    if event.given and chance < 0.4:
        dogs = ("dog",) if thing.kind in ("ball", "frisbee") else ()
        kind = pick(draw, tuple(kind for kind in PEOPLE + dogs if kind != subject.kind))
        return "to", _figure(draw, kind, 1, clothes)
    if event.watched and chance < 0.15:
        kind = pick(draw, tuple(kind for kind in PEOPLE if kind != subject.kind))
        return "watch", _figure(draw, kind, _count(draw, kind, "any"), spot.clothes)
    if chance < 0.4:
        kinds = _near(event, subject, spot)
        if kinds:
            kind = pick(draw, kinds)
            return _meet(draw, subject, thing, kind, clothes)
    elif chance < 0.7:
        kinds = tuple(kind for kind in spot.landmarks if kind not in taken)
        if kinds:
            return _pass(draw, event, subject, thing, pick(draw, kinds))
    return "", None


def _near(event, subject, spot):
    """Kinds that may be found near the subject of an event."""
    if event.company is not None:
        return event.company
    kind = KINDS[subject.kind]
    if "person" in kind.parents:
        return (*PEOPLE, "dog") if spot.skies or spot.place == "room" else PEOPLE
    if subject.kind == "dog":
        return ("dog", "dog", *PEOPLE)
    if subject.kind == "horse":
        return ("horse", "man", "woman")
    return (subject.kind,) if "animal" in kind.parents else ()


def _meet(draw, subject, thing, kind, clothes):
    """Put somebody of a kind with, beside, behind or in front of the subject."""
    if kind == subject.kind and subject.count > 1:
        return "", None
    relation = pick(draw, ("with", "with", "with", "beside", "beside", "behind", "front"))
    sociable = kind == "dog" or "person" in KINDS[kind].parents
    if relation == "with" and not (sociable and kind != subject.kind and is_alive(subject)):
        relation = "beside"
    if relation in ("behind", "front") and _is_furniture(thing):
        relation = "beside"
    return relation, _figure(draw, kind, 1, clothes)


def _pass(draw, event, subject, thing, kind):
    """Put the subject beside, behind, in front of or under a landmark."""
    sides = KINDS[kind].sides
    if kind == "table" and subject.kind in ("dog", "cat") and thing is None:
        sides = ("under", "beside")
    elif kind == "table" or (event.moving and kind != "bridge"):
        sides = tuple(side for side in sides if side != "under")
    if event.moving and kind != "bridge":
        sides = ("beside",)
    if _is_furniture(thing):
        sides = tuple(side for side in sides if side in ("beside", "under"))
    if not sides:
        return "", None
    return pick(draw, sides), _figure(draw, kind, 1, ())


def _sky(draw, event, thing, spot):
    if not spot.skies or draw() > 0.35:
        return ""
    sky = pick(draw, spot.skies)
    if thing and thing.kind == "umbrella":
        return "rain" if draw() < 0.7 else "sun"
    if sky in ("rain", "night") and not any(sky in ACTIONS[each].traits for each in event.actions):
        return ""
    return sky


def _is_furniture(thing):
    """Tell whether a thing has a front and a back of its own: who is on it is only ever beside."""
    return thing is not None and "furniture" in KINDS[thing.kind].traits
