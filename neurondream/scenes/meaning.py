"""What the coordinates of a picture mean, and the words that express each of them."""

from neurondream.scenes.events import EVENTS
from neurondream.scenes.kinds import AGES, ANYONE, CHILDREN, CLOTHES, COLOURS, KINDS, SIZES
from neurondream.scenes.verbs import VERBS

_KINDS = (
    "person man woman boy girl baby animal dog cat horse cow sheep bird elephant giraffe"
    " car bus train boat plane bicycle ball frisbee guitar skateboard surfboard kite umbrella"
    " book phone computer food flower table tree"
)
_COLOURS = "red blue green yellow black white brown orange pink gray"
_CLOTHES = "shirt jacket hat dress suit helmet shorts glasses"
# Verbs, written by their base, then nouns for who does it.
_ACTIONS = {
    "run": "run jog gallop / runner runners",
    "walk": "walk stroll hike wander / hiker hikers",
    "jump": "jump leap dive",
    "sit": "sit seated perched",
    "stand": "stand pose",
    "lie": "lie sleep asleep",
    "ride": "ride / cyclist cyclists rider riders biker bikers",
    "throw": "throw toss",
    "catch": "catch",
    "eat": "eat graze",
    "play": "play strum / player players",
    "music": "strum sing / guitarist guitarists musician musicians singer singers",
    "read": "read",
    "swim": "swim / swimmer swimmers",
    "cook": "cook bake stir / chef chefs",
    "dance": "dance twirl / dancer dancers",
    "surf": "surf",
    "ski": "ski snowboard / skier skiers snowboarder snowboarders",
    "fly": "fly soar",
    "talk": "talk chat",
    "hold": "hold carry",
    "watch": "watch",
    "travel": "drive travel sail",
}
_PLACES = {
    "beach": "beach sand sandy shore",
    "park": "park",
    "street": "street sidewalk road highway city",
    "kitchen": "kitchen",
    "room": "room bedroom living home apartment office",
    "field": "field meadow pasture grassy farm",
    "snow": "snow snowy slope",
    "water": "water lake ocean sea river pool pond",
    "mountain": "mountain mountains rocky",
    "forest": "woods forest wooded",
    "restaurant": "restaurant cafe diner",
    "stage": "stage concert",
    "railway": "station platform tracks subway railroad",
    "market": "market marketplace",
    "yard": "yard backyard garden lawn",
}
_OTHERS = {
    "number:two": "two couple pair",
    "number:three": "three",
    "number:many": "many several group bunch herd flock crowd pack row",
    "relation:beside": "beside next near close past",
    "relation:behind": "behind",
    "relation:front": "front background",
    "relation:under": "under beneath underneath",
    "weather:rain": "rain rainy",
    "weather:sun": "sun sunny sunshine",
    "time:night": "night",
    "time:sunset": "sunset dusk",
}
# Parts of nouns that do not tell which noun it is.
_VAGUE = frozenset(
    {"of", "bottle", "bowl", "cup", "cups", "piece", "pieces", "plate", "plates"}
) | {
    "slice",
    "slices",
}


def _forms(nouns):
    return {word for noun in nouns for form in noun for word in form.split()}


def _kind_words(name):
    words = set()
    for kind, entry in KINDS.items():
        if name in (kind, *entry.parents):
            words |= _forms(entry.nouns) | _forms(entry.young)
    if name == "person":
        words |= _forms(ANYONE) | _forms(CHILDREN)
        agents = (noun for event in EVENTS if "man" in event.subjects for noun in event.agents)
        words |= {form.split()[-1] for noun in agents for form in noun}
    return words - _VAGUE


def _action_words(text):
    verbs, _, people = text.partition("/")
    words = set(people.split())
    for verb in verbs.split():
        words |= {verb} if VERBS[verb].base.startswith("are ") else set(VERBS[verb])
    return words - {""}


def _meanings():
    yield from ((f"kind:{name}", _kind_words(name)) for name in _KINDS.split())
    yield from ((f"colour:{name}", COLOURS[name].split()) for name in _COLOURS.split())
    yield from ((f"clothing:{name}", _forms(CLOTHES[name].nouns)) for name in _CLOTHES.split())
    yield from ((f"size:{name}", words) for name, words in SIZES.items())
    yield from ((f"age:{name}", words) for name, words in AGES.items())
    yield from ((f"action:{name}", _action_words(text)) for name, text in _ACTIONS.items())
    yield from ((f"place:{name}", text.split()) for name, text in _PLACES.items())
    yield from ((name, text.split()) for name, text in _OTHERS.items())


MEANINGS = {name: frozenset(words) for name, words in _meanings()}
