"""Tell a scene in one sentence."""

from neurondream.scenes.chance import Draw, lean, pick
from neurondream.scenes.lexicon import ACTIONS, KINDS
from neurondream.scenes.mention import clothes_of
from neurondream.scenes.outline import make_outline
from neurondream.scenes.scene import Scene, is_alive

SHORTEST = 5
LONGEST = 22


def tell(scene: Scene, draw: Draw) -> str:
    """Tell a scene in one sentence.

    Args:
      scene: what to tell of.
      draw: decides which details are told, in which words and in which order.

    Returns:
      A sentence of `SHORTEST` to `LONGEST` words.
    """
    for richness in (pick(draw, _RICHNESS), 0.5, 0.4, 0.3, 0.2, 0.1, 0.0):
        shape = pick(draw, _SHAPES)
        told = make_outline(scene, draw, richness, dressed=shape not in _PLAIN)
        text = shape(told, draw) or _progressive(told, draw)
        if SHORTEST <= text.count(" ") + 1 <= LONGEST:
            break
    return f"{text[0].upper()}{text[1:]}."


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
    # "Hiking up a mountain near a man", not "hiking near a man up a mountain".
    swapped = told.scene.event.moving or (told.scene.relation != "to" and draw() < 0.4)
    if swapped:
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
    one = told.subject.text.startswith(("a ", "an ")) and "a couple of" not in told.subject.text
    be = "is" if one else _be(told)
    return f"there {be} {_fragment(told, draw)}"


def _relative(told, draw):
    who = "who" if "person" in KINDS[told.scene.subject.kind].parents else "that"
    doing = _doing(told, "participle")
    return f"{told.subject.text} {who} {_be(told)} {doing}{_tail(told, draw)}"


def _place_first(told, draw):
    first, last = f" {lean(draw, told.scene.spot.still)}", told.sky
    if told.sky and draw() < 0.4:
        first, last = told.sky, told.place
    doing = _doing(told, "participle")
    rest = f"{told.subject.text} {_be(told)} {doing}{told.also}{last}{told.watched}"
    return f"{first[1:]}, {rest}"


def _place_then_doing(told, draw):
    if told.thing is None or told.phrase.verb.is_state:
        return ""
    place = lean(draw, told.scene.spot.still)
    doing = _doing(told, "participle")
    return f"{told.subject.text} {_be(told)} {place}, {doing}{told.also}{told.watched}"


def _passive(told, draw):
    thing = told.thing
    if not told.phrase.passive or (told.scene.event.each and thing.plural):
        return ""
    if thing.text.startswith(("his ", "her ", "their ", "its ")):
        return ""
    passive = told.phrase.verb.passive
    if draw() < 0.75:
        passive = f"{'are' if thing.plural else 'is'} being {passive}"
    to = told.also if told.scene.relation == "to" else ""
    return f"{thing.text} {passive} by {told.subject.text}{to}{told.place}{told.sky}"


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
    if chance < 0.6 and not told.phrase.verb.is_state:
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
        actions = told.scene.event.actions
        on = phrase.before in (" on", " in") and "music" not in actions
        if on or (phrase.before == " at" and "sit" in actions):
            held = f"{phrase.before} {thing.text}{phrase.after}"
        elif _is_held(told.scene):
            held = f" with {thing.text}"
    also = "" if told.scene.relation in ("to", "with") or told.scene.event.moving else told.also
    return f"{told.subject.text}{held}{also}{place}{told.sky}"


def _is_held(scene):
    apart = any("apart" in ACTIONS[action].traits for action in scene.event.actions)
    return "held" in KINDS[scene.thing.kind].traits and not apart


def _on_it(told, draw):
    """Start from the table: a table with a cake on it."""
    event, thing = told.scene.event, told.thing
    if is_alive(told.scene.subject) or thing is None or "sit" not in event.actions:
        return ""
    be = "there is " if draw() < 0.3 else ""
    return f"{be}{thing.text} with {told.subject.text} on it{told.also}{told.place}"


def _attempt(told, draw):
    event = told.scene.event
    if "attempted" not in ACTIONS[event.actions[0]].traits or not is_alive(told.scene.subject):
        return ""
    start = pick(draw, ("about to", "trying to", "getting ready to", "about to"))
    told = told._replace(manner="", alone="")
    return f"{told.subject.text} {_be(told)} {start} {_doing(told, 'base')}{_tail(told, draw)}"


def _enjoy(told, draw):
    event, verb = told.scene.event, told.phrase.verb
    person = "person" in KINDS[told.scene.subject.kind].parents
    enjoyed = "enjoyed" in ACTIONS[event.actions[0]].traits
    if not person or not enjoyed or verb.base == "enjoy":
        return ""
    enjoy = "enjoy" if told.subject.plural else "enjoys"
    told = told._replace(manner="")
    return f"{told.subject.text} {enjoy} {_doing(told, 'participle')}{_tail(told, draw)}"


_PLAIN = (_wearing, _relative)
_RICHNESS = (0.15, 0.35, 0.5, 0.7, 0.9)
# How often each shape is drawn.
_SHAPES = tuple(
    shape
    for shape, weight in {
        _progressive: 22, _simple: 20, _fragment: 16, _there: 6, _relative: 3, _place_first: 7,
        _place_then_doing: 4, _passive: 9, _wearing: 9, _seen: 2, _pictured: 3, _still: 8,
        _on_it: 8, _attempt: 6, _enjoy: 4,
    }.items()
    for _ in range(weight)
)  # fmt: skip
