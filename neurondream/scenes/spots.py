"""Where a scene may be: each spot, how it is said, what stands there and what people wear there."""

from typing import NamedTuple


class Spot(NamedTuple):
    """One spot of a `place`: phrases for what stays there and what moves there, and its looks.

    `landmarks` are kinds that stand there, `clothes` what people wear there, and `skies` the
    weathers and times of day that are told of it (none inside).
    """

    place: str
    still: tuple[str, ...]
    moving: tuple[str, ...]
    landmarks: tuple[str, ...]
    clothes: tuple[str, ...]
    skies: tuple[str, ...]


CASUAL = "shirt shirt jacket hat pants glasses shorts dress scarf backpack"
INDOORS = "shirt shirt dress pants hat"
SMART = "suit suit dress shirt jacket hat"
BEACH = "shorts hat glasses swimsuit shirt dress"
WINTER = "jacket jacket hat pants scarf"
TRAIL = "jacket hat shorts shirt backpack glasses"
DAY = "sun sun rain night"


def _spot(place, still, moving="", landmarks="", clothes=CASUAL, skies=""):
    phrases = tuple(still.split("; "))
    return Spot(
        place,
        phrases,
        tuple(moving.split("; ")) if moving else phrases,
        tuple(kind.replace("_", " ") for kind in landmarks.split()),
        tuple(clothes.split()),
        tuple(skies.split()),
    )


SPOTS = {
    "beach": _spot(
        "beach",
        "on the beach; at the beach; on a sandy beach; on the sand; on the shore",
        "along the beach; down the beach; along the shore; across the sand; on the beach",
        "umbrella palm_tree boat rock lighthouse castle",
        BEACH,
        "sun sun sunset sunset",
    ),
    "park": _spot(
        "park",
        "in the park; in a park; at the park; at a local park; on the grass in a park",
        "through the park; in the park; through a park; across the park; along a path in the park",
        "tree bench fountain statue bicycle",
        skies="sun sun rain sunset",
    ),
    "street": _spot(
        "street",
        "on the street; on a city street; on the sidewalk; on a busy street; on a street corner;"
        " in the city; on the side of the road",
        "down the street; along the sidewalk; down a city street; across the street;"
        " through the city; down a busy street; along the road",
        "car bus building bicycle motorcycle wall sign truck",
        skies=DAY,
    ),
    "road": _spot(
        "street",
        "on the street; on a city street; on a busy road; on the road; on the highway",
        "down the street; down the road; down a city street; along the highway; through the city;"
        " down a country road; through an intersection",
        "building sign car bus truck motorcycle",
        skies=DAY,
    ),
    "curb": _spot(
        "street",
        "on the street; on the side of the road; along the street; on a city street;"
        " in a parking lot; at the curb; on a quiet street",
        landmarks="building tree house car bicycle motorcycle truck wall sign",
        skies=DAY,
    ),
    "kitchen": _spot(
        "kitchen",
        "in the kitchen; in a kitchen; in a modern kitchen; in a tidy kitchen; inside a kitchen",
        landmarks="refrigerator oven sink window table counter",
        clothes=INDOORS,
    ),
    "home": _spot(
        "room",
        "in the living room; in a living room; at home; inside a house; in an apartment",
        landmarks="window fireplace lamp table couch",
        clothes=INDOORS,
    ),
    "bedroom": _spot(
        "room",
        "in a bedroom; in the bedroom; at home; in a hotel room; in a cozy room",
        landmarks="window lamp",
        clothes=INDOORS,
    ),
    "office": _spot(
        "room",
        "in an office; at home; in a room; in a home office; at the office",
        landmarks="window lamp",
        clothes="shirt suit suit dress",
    ),
    "field": _spot(
        "field",
        "in a field; in a grassy field; in an open field; in the tall grass; in a meadow",
        "across a field; through a field; through a grassy field; through the tall grass;"
        " across a meadow; across an open field",
        "tree fence barn",
        skies="sun sun sunset",
    ),
    "pasture": _spot(
        "field",
        "in a field; in a pasture; in a grassy field; on a farm; in a meadow",
        "across a field; through a pasture; through a grassy field; across a farm",
        "tree fence barn",
        skies="sun sunset",
    ),
    "plain": _spot(
        "field",
        "in the savanna; on a grassy plain; in the tall grass; on the plains; in a grassy field",
        "across the savanna; across a grassy plain; through the tall grass; across the plains",
        "tree",
        skies="sun sunset",
    ),
    "diamond": _spot(
        "field",
        "on a baseball field; on the field; during a baseball game; at a baseball game",
        landmarks="fence",
        clothes="uniform uniform helmet hat",
        skies="sun night",
    ),
    "pitch": _spot(
        "field",
        "on a soccer field; on the field; during a soccer game; on a grassy field; during a match",
        "down a soccer field; across the field; during a soccer game; on a grassy field",
        "fence",
        "uniform uniform shirt shorts",
        "sun rain night",
    ),
    "court": _spot(
        "court",
        "on a tennis court; on the court; during a tennis match",
        landmarks="fence",
        clothes="shirt shorts hat",
        skies="sun",
    ),
    "snow": _spot(
        "snow",
        "in the snow; on a snowy hill; in the deep snow; on the snowy ground; in fresh snow",
        "through the snow; across the snow; through deep snow; over the snowy ground",
        "tree fence snowman",
        WINTER,
        "sun",
    ),
    "slope": _spot(
        "snow",
        "on a snowy slope; on a snowy hill; in the snow; on a steep slope",
        "down a snowy slope; down a snowy hill; down a steep slope; through the snow;"
        " down the slope",
        "tree fence sign",
        "jacket jacket helmet hat pants glasses",
        "sun",
    ),
    "pool": _spot(
        "water",
        "in a pool; in the pool; in an outdoor pool; in the water",
        clothes="swimsuit shorts glasses",
        skies="sun",
    ),
    "poolside": _spot(
        "water",
        "at the pool; at a lake; at a pool; at the lake",
        clothes="swimsuit shorts",
        skies="sun",
    ),
    "lake": _spot(
        "water",
        "in a lake; in the lake; in the water; in a pond; in a calm lake",
        "across a lake; across the water; through the water; in a lake; across a pond",
        "boat rock",
        "swimsuit shorts",
        "sun sunset",
    ),
    "sea": _spot(
        "water",
        "in the ocean; in the sea; in the water; in the waves",
        landmarks="boat rock",
        clothes="swimsuit shorts",
        skies="sun sunset",
    ),
    "waterside": _spot(
        "water",
        "at the lake; at a lake; on a river bank; at the edge of the water; by a river",
        landmarks="tree boat rock",
        skies="sun sunset",
    ),
    "afloat": _spot(
        "water",
        "on the water; on a lake; on the ocean; on a calm lake; on a river",
        "across the water; across a lake; down a river; on the ocean; along the river;"
        " on a calm lake; out to sea",
        "bridge lighthouse boat rock",
        skies="sun sunset sunset night",
    ),
    "harbor": _spot(
        "water",
        "in the harbor; at a dock; at the pier; in a marina; in a harbor",
        landmarks="lighthouse building boat",
        skies="sun sunset night",
    ),
    "river": _spot(
        "water",
        "in a river; in the river; in the shallow water; in the water",
        landmarks="rock",
        clothes="swimsuit shorts",
        skies="sun sunset",
    ),
    "riverbank": _spot(
        "water",
        "at the edge of a river; by a river; at a pond; at the edge of a lake; in a river",
        landmarks="rock tree",
        skies="sun sunset",
    ),
    "above": _spot(
        "water",
        "over the water; above the ocean; over a lake; above the water; over the sea",
        landmarks="boat lighthouse",
        skies="sunset sun",
    ),
    "mountain": _spot(
        "mountain",
        "on a mountain; on top of a mountain; in the mountains; on a mountain trail;"
        " on a rocky mountain; high in the mountains",
        "up a mountain; along a mountain trail; through the mountains; up a rocky trail;"
        " up a steep mountain",
        "rock tent tree",
        TRAIL,
        "sun sunset",
    ),
    "forest": _spot(
        "forest",
        "in the woods; in a forest; in the forest; on a forest trail; in a wooded area",
        "through the woods; through a forest; along a forest trail; down a path in the woods;"
        " through a wooded area",
        "tree log rock",
        TRAIL,
        "sun",
    ),
    "restaurant": _spot(
        "restaurant",
        "in a restaurant; at a restaurant; in a cafe; at an outdoor cafe; in a diner;"
        " inside a restaurant; at a cafe",
        landmarks="window counter table",
        clothes=SMART,
    ),
    "stage": _spot(
        "stage",
        "on stage; on a stage; at a concert; on the stage; at a music festival; in a concert hall",
        landmarks="microphone drum piano",
        clothes="suit suit dress shirt hat glasses",
    ),
    "station": _spot(
        "railway",
        "at the station; at a subway station; on a platform; on the platform; at a busy station",
        "through the station; along the platform; through a subway station; across the platform",
        "bench train sign",
    ),
    "tracks": _spot(
        "railway",
        "on the tracks; on the railroad tracks; on the train tracks",
        "along the tracks; down the tracks; down the train tracks; along the railroad tracks;"
        " into the station; through a station",
        "building tree bridge",
        skies=DAY,
    ),
    "market": _spot(
        "market",
        "at a market; at an outdoor market; in a crowded market; at a farmers market;"
        " in a marketplace; at a busy market",
        "through a market; through a crowded market; through an outdoor market",
        "stall cart stall table",
        skies="sun",
    ),
    "yard": _spot(
        "yard",
        "in the yard; in the backyard; in a backyard; in a garden; on the lawn; in the garden",
        "across the yard; around the yard; across the lawn; through the garden;"
        " around the backyard",
        "tree fence house bench",
        skies="sun",
    ),
    "sky": _spot(
        "sky",
        "in the sky; in a clear sky; in the air; in a cloudy sky; above the clouds",
        "through the sky; through the air; in a clear sky; in a cloudy sky; across the sky;"
        " through the clouds",
        skies="sunset sun",
    ),
    "wind": _spot(
        "sky",
        "in the sky; in the air; in a clear sky; in the wind",
        clothes="shirt",
        skies="sun",
    ),
    "airport": _spot(
        "airport",
        "at the airport; on the runway; on a runway; on the tarmac; at an airport",
        landmarks="truck building fence bus",
        skies="rain night",
    ),
    "zoo": _spot(
        "zoo",
        "at the zoo; in a zoo; in an enclosure; in a zoo enclosure",
        "around a zoo enclosure; at the zoo; around an enclosure; in a zoo",
        "tree fence rock wall",
        skies="sun",
    ),
}

SKIES = {
    "rain": ("in the rain", "on a rainy day", "in the pouring rain"),
    "sun": ("on a sunny day", "in the sun", "in the sunshine", "on a warm sunny day"),
    "night": ("at night", "late at night", "after dark"),
    "sunset": ("at sunset", "at dusk"),
}
