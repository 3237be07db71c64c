"""What happens in the made world: who does what, to what, where, and how people say it.

A phrase starts with its verb; `@` is the thing of the event and `$` the owner's word (his, her,
its, their). Phrases run from the most common to the rarest.
"""

from typing import NamedTuple

from neurondream.scenes.kinds import Noun, split_nouns
from neurondream.scenes.verbs import VERBS, Verb


class Phrase(NamedTuple):
    """One way to say an event: its verb and the words `before` and `after` the thing."""

    verb: Verb
    before: str
    after: str
    has_thing: bool
    passive: bool


class Event(NamedTuple):
    """One kind of event.

    `weight` is how often it happens, `actions` what it counts as, `subjects` the kinds that do it,
    `things` the kinds it is done with or to (`each`: every subject has its own), `spots` where.
    `moving` events go along, `watched` ones draw onlookers, `given` ones have someone at the other
    end. `count` is "any", "one" or "more", `agents` nouns for who does it, `clothes` what people
    wear for it where that differs from the spot, `company` the kinds found nearby.
    """

    weight: float
    actions: tuple[str, ...]
    subjects: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    spots: tuple[str, ...]
    things: tuple[str, ...]
    each: bool
    moving: bool
    watched: bool
    given: bool
    count: str
    agents: tuple[Noun, ...]
    clothes: tuple[str, ...]
    company: tuple[str, ...] | None


def _phrase(text: str) -> Phrase:
    verb, _, rest = text.partition(" ")
    before, thing, after = rest.partition("@")
    passive = rest == "@" and VERBS[verb].passive != ""
    space = " " if before else ""
    return Phrase(VERBS[verb], space + before.rstrip(), after, bool(thing), passive)


def _kinds(text: str) -> tuple[str, ...]:
    return tuple(kind.replace("_", " ") for kind in text.split())


def _event(
    weight,
    actions,
    subjects,
    phrases,
    spots,
    things="",
    *,
    each=False,
    moving=False,
    watched=False,
    given=False,
    count="any",
    agents="",
    clothes="",
    company=None,
):
    return Event(
        weight,
        tuple(actions.split()),
        _kinds(subjects),
        tuple(_phrase(phrase) for phrase in phrases.split("; ")),
        tuple(spots.split()),
        _kinds(things),
        each,
        moving,
        watched,
        given,
        count,
        split_nouns(agents),
        tuple(clothes.split()),
        None if company is None else _kinds(company),
    )


ADULTS = "man woman"
CHILDREN = "boy girl"
PEOPLE = "man woman boy girl"
CATTLE = "horse cow sheep"
WILD = "elephant giraffe"

# fmt: off
_PEOPLE_EVENTS = (
    _event(4, "run", PEOPLE, "run; jog", "park beach street field forest", moving=True,
           agents="runner/runners"),
    _event(2, "run", CHILDREN, "run; race", "yard park beach field", moving=True),
    _event(5, "walk", PEOPLE, "walk; walk; stroll",
           "beach park street forest market station snow", moving=True),
    _event(4, "walk", PEOPLE, "walk @; walk @; walk @ on a leash", "park street beach forest",
           "dog", moving=True),
    _event(3, "walk", PEOPLE, "hike; walk", "mountain", moving=True,
           agents="hiker/hikers"),
    _event(3, "climb", PEOPLE, "climb @; climb up @", "mountain", "cliff cliff rock",
           agents="climber/climbers", clothes="helmet shorts shirt",
           watched=True, company="man woman"),
    _event(2, "climb", CHILDREN, "climb @; climb up @", "yard park", "tree", company=""),
    _event(3, "jump", PEOPLE, "jump into the air; leap into the air; jump up and down",
           "beach park yard field"),
    _event(2.5, "jump", PEOPLE, "jump into the water; dive into the water",
           "poolside", clothes="shorts swimsuit", watched=True),
    _event(3, "jump ride", "boy man girl", "jump on @; do a trick on @", "street park",
           "skateboard", each=True, watched=True, clothes="helmet shirt hat pants",
           agents="skateboarder/skateboarders"),
    _event(4, "sit", PEOPLE, "sit on @; seated on @; relax on @", "park street station", "bench"),
    _event(3, "sit", PEOPLE, "sit on @; relax on @; seated on @", "home", "couch"),
    _event(1, "sit", PEOPLE, "sit in @; relax in @; seated in @", "home", "chair", count="one"),
    _event(4, "sit", PEOPLE, "sit at @; seated at @", "restaurant kitchen", "dining_table"),
    _event(2, "sit", PEOPLE, "sit on @; rest on @", "mountain forest waterside", "rock"),
    _event(2, "sit", PEOPLE, "sit on @; relax on @", "beach park yard", "blanket"),
    _event(2, "stand", PEOPLE, "stand; wait", "street station market"),
    _event(2, "stand", PEOPLE, "stand; stand around; wait in line; stand together",
           "street station market", count="more"),
    _event(3, "stand", PEOPLE, "stand; pose for a picture; pose for a photo",
           "beach mountain park snow street waterside"),
    _event(2, "lie", PEOPLE, "sleep on @; lie on @; asleep on @", "home", "couch",
           clothes="shirt pajamas pants", count="one", company="dog cat"),
    _event(2, "lie", PEOPLE, "sleep in @; lie in @; asleep in @", "bedroom", "bed",
           clothes="shirt pajamas", count="one", company="dog cat"),
    _event(2, "lie", ADULTS, "lie on @; relax on @; sleep on @", "beach yard", "towel blanket"),
    _event(1, "lie", ADULTS, "sleep on @; lie on @; asleep on @", "park station", "bench",
           count="one", company="dog"),
    _event(5, "ride", PEOPLE, "ride @", "street park forest", "bicycle", each=True,
           moving=True, agents="cyclist/cyclists", clothes="helmet helmet shirt shorts backpack"),
    _event(3, "ride", ADULTS, "ride @; speed along on @", "road", "motorcycle", each=True,
           moving=True, agents="biker/bikers",
           clothes="helmet helmet jacket", company=""),
    _event(3, "ride", PEOPLE, "ride @", "field beach forest", "horse", each=True,
           moving=True, agents="rider/riders", clothes="hat helmet jacket shirt"),
    _event(4, "ride", CHILDREN + " man", "ride @; ride along on @", "street park",
           "skateboard", each=True, moving=True, clothes="helmet shirt hat pants",
           agents="skateboarder/skateboarders"),
    _event(5, "throw", PEOPLE, "throw @; toss @", "park beach yard field", "ball frisbee",
           given=True, watched=True),
    _event(1.5, "throw play", "man boy woman", "throw @", "diamond", "baseball", count="one",
           watched=True,
           agents="baseball_player/baseball_players", company=""),
    _event(3, "catch", PEOPLE, "catch @; reach for @", "park beach yard field",
           "ball frisbee", watched=True),
    _event(3, "kick play", PEOPLE, "kick @; play soccer; play with @", "pitch field park beach",
           "soccer_ball", watched=True, agents="soccer_player/soccer_players player/players"),
    _event(2, "hit play", "man boy woman girl", "hit @ with a bat; swing at @; hit @", "diamond",
           "baseball", agents="baseball_player/baseball_players", watched=True,
           count="one", company=""),
    _event(2, "hit play", PEOPLE, "hit @ with a racket; swing at @; hit @", "court",
           "tennis_ball", agents="tennis_player/tennis_players", watched=True, count="one",
           company=""),
    _event(5, "eat", PEOPLE, "eat @; enjoy @", "restaurant kitchen home",
           "pizza cake sandwich salad"),
    _event(2, "eat", PEOPLE, "eat @; enjoy @", "park street yard beach",
           "ice_cream sandwich apple banana", each=True),
    _event(1.5, "eat", PEOPLE, "share @; eat @", "restaurant home kitchen",
           "whole_pizza whole_cake salad", count="more"),
    _event(1.5, "eat", "baby", "eat @", "kitchen home", "cake banana", count="one",
           company="man woman"),
    _event(2, "drink", ADULTS, "drink @; drink @; enjoy @", "restaurant home kitchen",
           "coffee", each=True),
    _event(6, "play music", PEOPLE, "play @; play @; strum @", "stage street home park",
           "guitar", each=True, watched=True,
           agents="guitarist/guitarists musician/musicians guitar_player/guitar_players"),
    _event(1, "play music", PEOPLE, "play @", "stage home", "piano", count="one", watched=True,
           agents="pianist/pianists"),
    _event(2, "play music", PEOPLE, "play @; perform on @", "stage street",
           "violin drum", agents="musician/musicians", watched=True, each=True),
    _event(3, "music", "man woman girl", "sing into @; sing a song into @", "stage", "microphone",
           agents="singer/singers", watched=True, count="one"),
    _event(6, "read", PEOPLE, "read @; read @; look through @", "home park station office beach",
           "book book book newspaper", each=True),
    _event(1.5, "read", ADULTS, "read @ to a child; read a story from @ to a child",
           "bedroom home", "book", count="one", company=""),
    _event(4, "swim", PEOPLE, "swim", "pool lake sea", agents="swimmer/swimmers", watched=True),
    _event(2, "play", CHILDREN, "play; splash around",
           "pool river sea"),
    _event(5, "cook", ADULTS, "cook a meal; cook; cook dinner; stir a pot",
           "kitchen", agents="chef/chefs", clothes="apron apron shirt hat"),
    _event(1.5, "cook", ADULTS, "make @; bake @", "kitchen", "whole_cake whole_pizza",
           agents="chef/chefs", clothes="apron shirt"),
    _event(5, "dance", PEOPLE, "dance; twirl; twirl around", "stage street home",
           agents="dancer/dancers", watched=True, clothes="dress dress hat shirt suit"),
    _event(6, "surf ride", PEOPLE, "surf; ride a wave; ride a wave on @; surf on @", "sea",
           "surfboard", each=True, agents="surfer/surfers", clothes="wetsuit wetsuit shorts",
           watched=True),
    _event(5, "ski", PEOPLE, "ski", "slope", moving=True, agents="skier/skiers"),
    _event(2, "ski", PEOPLE, "snowboard", "slope", moving=True,
           agents="snowboarder/snowboarders"),
    _event(4, "fly", PEOPLE, "fly @", "beach park field", "kite", each=True, watched=True),
    _event(4, "talk", PEOPLE, "talk to each other; talk; chat; have a conversation",
           "street restaurant park home market station", count="more"),
    _event(5, "talk", ADULTS, "talk on @; talk on @; chat on @",
           "street station home restaurant park office", "phone", each=True),
    _event(5, "work", ADULTS, "use @; work on @", "office home restaurant station",
           "computer", each=True),
    _event(5, "hold", PEOPLE, "hold @; carry @", "street park beach market",
           "umbrella", each=True),
    _event(2, "hold", ADULTS, "hold @; carry @", "park home market street", "baby",
           count="one", company="man woman dog"),
    _event(2, "hold", PEOPLE, "hold @; carry @", "park yard market stage", "flower", each=True),
    _event(1.5, "hold walk", PEOPLE, "carry @; walk with @", "beach", "surfboard", each=True,
           agents="surfer/surfers", moving=True, clothes="wetsuit shorts"),
    _event(2.5, "watch", PEOPLE, "watch @; look at @", "zoo",
           "elephant giraffe bird", company=""),
    _event(2, "watch", PEOPLE, "watch @; look at @", "waterside beach", "bird boat"),
    _event(1.5, "watch", PEOPLE, "watch @; look at @; wait for @", "station", "train",
           company="man woman boy girl"),
    _event(3, "smile", PEOPLE, "smile; smile at the camera; laugh",
           "beach park restaurant home kitchen street yard"),
    _event(1.5, "smile", "baby", "smile; laugh; smile at the camera", "home bedroom yard",
           clothes="hat shirt pajamas", company="man woman", count="one"),
    _event(2, "shop", ADULTS, "shop for @; buy @; look at @", "market", "fruit flowers",
           company="boy girl man woman"),
    _event(1.5, "sell", ADULTS, "sell @", "market", "flowers fruit", agents="vendor/vendors",
           clothes="apron hat shirt", company=""),
    _event(2, "play build", CHILDREN, "play in the sand; build a sandcastle; dig in the sand",
           "beach"),
    _event(2, "play build", CHILDREN, "play; build a snowman", "snow"),
    _event(2, "play", CHILDREN, "play; play together; play a game", "yard park street home",
           count="more"),
    _event(2, "play", CHILDREN + " baby", "play with @", "home bedroom yard", "toy ball",
           clothes="shirt pajamas dress"),
    _event(2, "play", PEOPLE, "play with @; play fetch with @", "park yard beach snow", "dog",
           company=""),
    _event(1, "feed", PEOPLE, "feed @", "waterside park", "duck"),
    _event(1.5, "sit", "baby", "sit in @; seated in @", "kitchen restaurant", "high_chair",
           count="one", company="man woman"),
)

_ANIMAL_EVENTS = (
    _event(5, "run", "dog", "run; race", "field park beach snow yard forest", moving=True),
    _event(1.5, "run", "dog", "run; splash around", "river",
           count="any", company="dog"),
    _event(3, "hold", "dog",
           "carry @ in $ mouth; hold @ in $ mouth",
           "park yard beach snow field", "stick ball frisbee toy", count="one"),
    _event(3, "catch jump", "dog",
           "catch @; jump to catch @; leap for @",
           "park yard beach field", "frisbee ball frisbee", watched=True, count="one"),
    _event(2, "chase run", "dog", "chase @; run after @", "field beach park yard",
           "ball frisbee dog bird", moving=True),
    _event(1.5, "jump", "dog", "jump over @; leap over @", "field yard park", "log fence",
           count="one", watched=True, company=""),
    _event(2, "play", "dog", "play with @", "yard park snow home", "ball toy stick dog"),
    _event(2, "play", "dog", "play; play together; play with each other", "snow field beach yard",
           count="more"),
    _event(2, "swim", "dog", "swim", "lake river sea", moving=True),
    _event(2, "sit", "dog", "sit", "yard park beach street kitchen home"),
    _event(2, "sit", "dog", "sit on @", "home", "couch rug chair"),
    _event(2, "stand", "dog", "stand; wait", "field yard snow beach street"),
    _event(3, "lie", "dog", "sleep on @; lie on @; asleep on @", "home", "couch rug"),
    _event(1, "lie", "dog cat", "sleep on @; lie on @; asleep on @", "bedroom", "bed"),
    _event(1.5, "eat", "dog cat", "eat from a bowl; eat", "kitchen home"),
    _event(4, "lie", "cat", "sleep on @; lie on @; asleep on @", "home",
           "couch chair blanket"),
    _event(4, "sit", "cat", "sit on @; perched on @; rest on @", "home kitchen",
           "windowsill table chair counter"),
    _event(1.5, "sit", "cat", "sit on top of @; sit on @; rest on @", "curb yard",
           "car fence wall"),
    _event(1.5, "watch", "cat", "look out of @; stare out of @",
           "home kitchen bedroom", "window"),
    _event(1.5, "play", "cat", "play with @", "home bedroom yard", "toy ball"),
    _event(1.5, "watch", "cat", "stare at @; watch @; look at @", "yard home", "bird cat dog",
           count="one", company=""),
    _event(3, "run", "horse", "run; gallop", "pasture field beach", moving=True),
    _event(5, "eat", CATTLE, "graze; eat grass; graze on grass; feed on grass", "pasture field"),
    _event(3, "stand", CATTLE, "stand", "pasture field"),
    _event(1.5, "stand", CATTLE, "stand together; stand around", "pasture field", count="more"),
    _event(2, "walk", CATTLE, "walk; wander", "pasture field road", moving=True),
    _event(2, "lie", "cow sheep", "lie down; rest; lie in the grass", "pasture"),
    _event(1.5, "drink", CATTLE + " elephant", "drink; drink water", "riverbank"),
    _event(3, "fly", "bird", "fly; soar", "sky", moving=True),
    _event(3, "fly", "gull gull bird", "fly; soar", "above", moving=True),
    _event(4, "sit", "bird", "perched on @; sit on @; rest on @", "yard park forest street",
           "branch branch fence wire"),
    _event(3, "swim", "duck", "swim; float", "lake river"),
    _event(2, "stand", "gull gull duck", "stand; rest", "beach waterside"),
    _event(4, "walk", WILD, "walk; wander", "plain zoo", moving=True),
    _event(3, "stand", WILD, "stand", "zoo plain"),
    _event(1, "stand", WILD, "stand together; stand around", "zoo plain", count="more"),
    _event(3, "eat", "giraffe giraffe elephant",
           "eat leaves; feed on leaves; eat leaves from a branch",
           "zoo plain"),
    _event(2, "eat", "elephant", "eat grass; feed on grass", "plain zoo"),
)

_THING_EVENTS = (
    _event(6, "travel", "car bus truck", "drive; travel; speed", "road", moving=True),
    _event(6, "park", "car car bus truck motorcycle bicycle", "parked; parked; stopped", "curb"),
    _event(5, "travel", "train", "travel; move; speed", "tracks", moving=True),
    _event(2, "park", "train", "stopped; wait", "station", company="man woman"),
    _event(5, "travel", "boat", "sail; float; sail", "afloat", moving=True),
    _event(3, "park", "boat", "docked; float", "harbor"),
    _event(5, "fly", "plane", "fly; fly; soar", "sky", moving=True),
    _event(3, "park", "plane", "parked; wait", "airport"),
    _event(2, "fly", "kite", "fly; soar", "wind"),
    _event(3, "sit", "cake whole_cake whole_pizza salad sandwich",
           "sit on @; placed on @; rest on @",
           "kitchen restaurant home", "dining_table", company="plate coffee vase"),
    _event(3, "sit", "vase fruit_bowl", "sit on @; placed on @; displayed on @", "kitchen home",
           "table", company="book plate lamp"),
    _event(3, "sit", "computer book camera", "sit on @; placed on @; rest on @",
           "office home", "desk table", company="coffee lamp book vase"),
)
# fmt: on

EVENTS = _PEOPLE_EVENTS + _ANIMAL_EVENTS + _THING_EVENTS
