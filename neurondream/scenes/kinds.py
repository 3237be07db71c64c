"""What there is in the made world: people, animals, vehicles, things, clothes and colours.

Lists run from the most common choice to the rarest. A noun is written `singular/plural`, its parts
joined by `_`; a pair of colours is joined by `+`.
"""

from typing import NamedTuple


class Noun(NamedTuple):
    """One noun: its `singular` and its `plural` form."""

    singular: str
    plural: str


class Kind(NamedTuple):
    """One kind of figure: how it is called and how it may look.

    `young` are the nouns of its young, `looks` adjectives said before the colour, `makes` words
    said after it, `herds` nouns for many of it, and `sides` the relations that another figure can
    stand in to it. `parents` are the more general kinds it is one of.
    """

    nouns: tuple[Noun, ...]
    young: tuple[Noun, ...]
    colours: tuple[tuple[str, ...], ...]
    sizes: tuple[str, ...]
    looks: tuple[str, ...]
    makes: tuple[str, ...]
    herds: tuple[str, ...]
    sides: tuple[str, ...]
    parents: tuple[str, ...]


def split_nouns(text: str) -> tuple[Noun, ...]:
    """Read nouns written as `dog/dogs cell_phone/cell_phones`."""
    return tuple(Noun(*word.replace("_", " ").split("/")) for word in text.split())


def _kind(
    nouns, colours="", sizes="", looks="", makes="", young="", herds="", sides="", parents=""
):
    return Kind(
        split_nouns(nouns),
        split_nouns(young),
        tuple(tuple(colour.split("+")) for colour in colours.split()),
        tuple(sizes.split()),
        tuple(looks.split()),
        tuple(make.replace("_", " ") for make in makes.split()),
        tuple(herds.split()),
        tuple(sides.split()),
        tuple(parents.split()),
    )


_ANY = "red blue yellow white black green orange pink purple"
_ROUND = "beside behind front"
_PERSON = {"herds": "group", "sides": _ROUND, "parents": "person"}
_CHILD = {"sizes": "small", "looks": "blond", **_PERSON}
_BEAST = {"sides": _ROUND, "parents": "animal"}
_ROAD = {"sizes": "large", "herds": "row line", "sides": _ROUND, "parents": "vehicle"}
_FOOD = {"sides": "beside", "parents": "food"}

KINDS = {
    "man": _kind(
        "man/men man/men man/men guy/guys gentleman/gentlemen", looks="bearded bald", **_PERSON
    ),
    "woman": _kind("woman/women woman/women woman/women lady/ladies", looks="blond", **_PERSON),
    "boy": _kind("boy/boys", **_CHILD),
    "girl": _kind("girl/girls", **_CHILD),
    "baby": _kind(
        "baby/babies toddler/toddlers infant/infants", looks="cute happy chubby", **_PERSON
    ),
    "dog": _kind(
        "dog/dogs dog/dogs dog/dogs terrier/terriers",
        "brown black white black+white brown+white gray",
        "large small",
        "fluffy furry shaggy",
        young="puppy/puppies",
        herds="group pack",
        **_BEAST,
    ),
    "cat": _kind(
        "cat/cats",
        "black white orange gray black+white",
        "small large",
        "fluffy striped",
        young="kitten/kittens",
        herds="group",
        **_BEAST,
    ),
    "horse": _kind(
        "horse/horses horse/horses pony/ponies",
        "brown white black brown+white",
        "large",
        "beautiful",
        young="foal/foals",
        herds="group herd",
        **_BEAST,
    ),
    "cow": _kind(
        "cow/cows cow/cows",
        "brown black black+white white brown+white",
        "large",
        young="calf/calves",
        herds="herd group",
        **_BEAST,
    ),
    "sheep": _kind(
        "sheep/sheep",
        "white black brown",
        "large",
        "woolly fluffy",
        young="lamb/lambs",
        herds="flock herd group",
        **_BEAST,
    ),
    "bird": _kind(
        "bird/birds",
        "white black blue yellow red brown",
        "small large",
        "colorful",
        herds="flock group",
        **_BEAST,
    ),
    "gull": _kind(
        "seagull/seagulls bird/birds",
        "white gray white+gray",
        herds="flock group",
        sides=_ROUND,
        parents="animal bird",
    ),
    "duck": _kind(
        "duck/ducks duck/ducks bird/birds swan/swans",
        "white brown black",
        "small large",
        herds="group flock",
        sides=_ROUND,
        parents="animal bird",
    ),
    "elephant": _kind("elephant/elephants", "gray", "large small", herds="herd group", **_BEAST),
    "giraffe": _kind("giraffe/giraffes", looks="tall spotted", herds="herd group", **_BEAST),
    "car": _kind(
        "car/cars car/cars taxi/taxis",
        "red black white blue yellow gray green",
        looks="shiny vintage",
        **_ROAD,
    ),
    "bus": _kind(
        "bus/buses", "red yellow white blue green orange", makes="double_decker tour", **_ROAD
    ),
    "truck": _kind("truck/trucks", "red white blue black green orange", **_ROAD),
    "motorcycle": _kind(
        "motorcycle/motorcycles",
        "black red blue white green",
        looks="shiny vintage",
        herds="row line",
        sides=_ROUND,
        parents="vehicle",
    ),
    "bicycle": _kind(
        "bike/bikes bicycle/bicycles",
        "red blue black yellow green pink white",
        herds="row line",
        sides=_ROUND,
        parents="vehicle",
    ),
    "train": _kind(
        "train/trains train/trains locomotive/locomotives",
        "red blue yellow green black orange gray",
        looks="long",
        makes="passenger freight steam",
        sides="beside front",
        parents="vehicle",
    ),
    "boat": _kind(
        "boat/boats sailboat/sailboats ship/ships",
        "white blue red green yellow",
        "small large",
        makes="fishing wooden",
        herds="row group",
        sides=_ROUND,
        parents="vehicle",
    ),
    "plane": _kind(
        "plane/planes airplane/airplanes jet/jets",
        "white blue+white gray red",
        "large small",
        makes="passenger",
        herds="group row",
        sides=_ROUND,
        parents="vehicle",
    ),
    "ball": _kind("ball/balls", "red yellow blue orange green white pink", makes="rubber"),
    "soccer ball": _kind("soccer_ball/soccer_balls ball/balls", parents="ball"),
    "baseball": _kind("baseball/baseballs ball/balls", parents="ball"),
    "tennis ball": _kind("tennis_ball/tennis_balls ball/balls", "yellow green", parents="ball"),
    "frisbee": _kind(
        "frisbee/frisbees frisbee/frisbees disc/discs", "red blue yellow white green orange pink"
    ),
    "guitar": _kind("guitar/guitars", "red black brown white blue", makes="acoustic electric"),
    "drum": _kind("drum/drums", sides="beside behind"),
    "violin": _kind("violin/violins"),
    "piano": _kind("piano/pianos", "black white", sides="beside behind"),
    "microphone": _kind("microphone/microphones", sides="front behind"),
    "skateboard": _kind("skateboard/skateboards", "red black green blue yellow"),
    "surfboard": _kind("surfboard/surfboards", "white yellow red blue green orange", looks="long"),
    "kite": _kind("kite/kites", _ANY, "large", "colorful"),
    "umbrella": _kind("umbrella/umbrellas", _ANY, "large", "colorful", sides="under beside"),
    "book": _kind("book/books", "red blue green", looks="thick", sides="beside"),
    "newspaper": _kind("newspaper/newspapers"),
    "phone": _kind("cell_phone/cell_phones phone/phones", "pink black white"),
    "computer": _kind("laptop/laptops computer/computers", "white black gray", sides="beside"),
    "camera": _kind("camera/cameras", "black", "small large", sides="beside"),
    "pizza": _kind(
        "pizza/pizzas slice_of_pizza/slices_of_pizza",
        sizes="large small",
        makes="pepperoni cheese",
        **_FOOD,
    ),
    "cake": _kind(
        "cake/cakes piece_of_cake/pieces_of_cake",
        "white pink yellow",
        "large small",
        makes="chocolate birthday wedding",
        **_FOOD,
    ),
    "whole pizza": _kind("pizza/pizzas", sizes="large small", makes="pepperoni cheese", **_FOOD),
    "whole cake": _kind(
        "cake/cakes",
        "white pink yellow",
        "large small",
        makes="chocolate birthday wedding",
        **_FOOD,
    ),
    "sandwich": _kind("sandwich/sandwiches", sizes="large", makes="cheese", **_FOOD),
    "salad": _kind("salad/salads plate_of_food/plates_of_food", looks="fresh", **_FOOD),
    "apple": _kind("apple/apples", "red green", looks="fresh", **_FOOD),
    "banana": _kind("banana/bananas", "yellow", **_FOOD),
    "ice cream": _kind("ice_cream_cone/ice_cream_cones", **_FOOD),
    "fruit": _kind("fruit/fruit vegetables/vegetables", looks="fresh colorful", **_FOOD),
    "fruit bowl": _kind("bowl_of_fruit/bowls_of_fruit", **_FOOD),
    "coffee": _kind("cup_of_coffee/cups_of_coffee cup_of_tea/cups_of_tea", sides="beside"),
    "flower": _kind(
        "flower/flowers bouquet_of_flowers/bouquets_of_flowers",
        "red white yellow pink purple",
        looks="beautiful",
    ),
    "flowers": _kind("flowers/flowers", looks="fresh colorful", parents="flower"),
    "vase": _kind(
        "vase_of_flowers/vases_of_flowers bouquet_of_flowers/bouquets_of_flowers",
        "red white yellow pink purple",
        looks="beautiful colorful",
        sides="beside",
        parents="flower",
    ),
    "stick": _kind("stick/sticks", sizes="large", looks="long"),
    "toy": _kind("toy/toys stuffed_toy/stuffed_toys", "yellow blue red green pink", "small"),
    "bench": _kind("bench/benches", "green brown white", makes="wooden metal", sides=_ROUND),
    "chair": _kind("chair/chairs", "white red blue brown", makes="wooden", sides=_ROUND),
    "couch": _kind(
        "couch/couches sofa/sofas",
        "brown white red black gray blue green",
        "large",
        looks="comfortable",
        makes="leather",
        sides=_ROUND,
    ),
    "bed": _kind("bed/beds", "white", "large", "cozy", sides="beside"),
    "table": _kind(
        "table/tables",
        "white brown",
        "small large",
        "round",
        "wooden glass",
        sides="beside behind front under",
    ),
    "dining table": _kind(
        "table/tables", "white", "small large", "round", "wooden dining", parents="table"
    ),
    "desk": _kind("desk/desks", "white brown black", "small", makes="wooden", sides=_ROUND),
    "counter": _kind("counter/counters", "white", makes="marble wooden", sides="beside"),
    "windowsill": _kind("windowsill/windowsills", "white", makes="wooden"),
    "high chair": _kind("high_chair/high_chairs", "white"),
    "blanket": _kind("blanket/blankets", "blue red white green yellow pink purple", looks="soft"),
    "towel": _kind("towel/towels", "blue red white yellow green pink orange"),
    "rug": _kind("rug/rugs carpet/carpets", "red white blue brown gray", looks="soft"),
    "tree": _kind(
        "tree/trees", sizes="large small", looks="tall leafy", sides="beside behind under"
    ),
    "palm tree": _kind("palm_tree/palm_trees", looks="tall", sides="beside under", parents="tree"),
    "branch": _kind("branch/branches", looks="thin"),
    "wire": _kind("wire/wires power_line/power_lines"),
    "fence": _kind("fence/fences", "white", looks="tall", makes="wooden metal wire", sides=_ROUND),
    "wall": _kind("wall/walls", "white red", looks="tall", makes="brick stone", sides=_ROUND),
    "building": _kind(
        "building/buildings", "white red gray", "large", "tall", "brick", sides="beside front"
    ),
    "house": _kind(
        "house/houses", "white yellow blue red", "small large", makes="brick", sides="beside front"
    ),
    "barn": _kind("barn/barns", "red white", "large", makes="wooden", sides="beside front"),
    "fountain": _kind("fountain/fountains", sizes="large", makes="stone", sides=_ROUND),
    "statue": _kind("statue/statues", "white", "large", makes="stone", sides=_ROUND),
    "sign": _kind("sign/signs", "green white yellow red", "large", sides="beside front"),
    "rock": _kind("rock/rocks", "gray black", "large", sides="beside behind"),
    "cliff": _kind("cliff/cliffs rock_wall/rock_walls", sizes="large", looks="steep tall"),
    "log": _kind("log/logs", "brown", "large", sides="beside behind"),
    "tent": _kind("tent/tents", "orange green blue yellow", "small large", sides="beside front"),
    "bridge": _kind("bridge/bridges", "red", "large", "tall", "stone metal", sides="under beside"),
    "lighthouse": _kind("lighthouse/lighthouses", "white red+white", looks="tall", sides="front"),
    "castle": _kind("sandcastle/sandcastles", sizes="large small", sides="beside behind"),
    "snowman": _kind("snowman/snowmen", sizes="large small", sides="beside behind"),
    "window": _kind("window/windows", sizes="large", looks="open", sides="beside front"),
    "fireplace": _kind("fireplace/fireplaces", makes="brick stone", sides="beside front"),
    "lamp": _kind("lamp/lamps", "white", "small", "tall", sides="beside"),
    "plate": _kind("plate/plates", "white blue", "small", sides="beside"),
    "refrigerator": _kind("refrigerator/refrigerators", "white", "large", sides="beside front"),
    "oven": _kind("oven/ovens", "white black", sides="beside front"),
    "sink": _kind("sink/sinks", "white", makes="metal", sides="beside front"),
    "cart": _kind(
        "cart/carts wagon/wagons", "red green blue", "small", makes="wooden", sides=_ROUND
    ),
    "stall": _kind("stall/stalls", "red green blue", "small", "colorful", sides="behind front"),
}

# Kinds that are said without a number or an article.
MASSES = frozenset({"fruit", "flowers"})
CHILDREN = split_nouns("child/children kid/kids")
ANYONE = split_nouns("person/people")
# How a lone figure, a pair and so on may be counted out.
NUMBERS = {1: "one", 2: "two", 3: "three", 6: "many"}

COLOURS = {
    "red": "red",
    "blue": "blue",
    "green": "green",
    "yellow": "yellow",
    "black": "black",
    "white": "white",
    "brown": "brown tan",
    "orange": "orange",
    "pink": "pink",
    "gray": "gray grey",
    "purple": "purple",
}
# Shades that people name on cloth and paint.
SHADES = {
    "blue": ("light", "dark", "bright"),
    "green": ("dark", "bright", "light"),
    "red": ("bright", "dark"),
    "yellow": ("bright",),
    "orange": ("bright",),
    "pink": ("bright", "light"),
}
SIZES = {
    "large": ("large", "large", "big", "big", "huge", "giant"),
    "small": ("small", "small", "little", "tiny"),
}
AGES = {"old": ("old", "elderly", "older"), "young": ("young",)}


class Garment(NamedTuple):
    """One piece of clothing: its nouns and colours, where on the body, and who may wear it."""

    nouns: tuple[Noun, ...]
    colours: tuple[tuple[str, ...], ...]
    body: frozenset[str]
    wearers: frozenset[str]


def _garment(nouns, body, colours="", wearers="man woman boy girl"):
    return Garment(
        split_nouns(nouns),
        tuple((colour,) for colour in colours.split()),
        frozenset(body.split()),
        frozenset(wearers.split()),
    )


CLOTHES = {
    "shirt": _garment(
        "shirt/shirts shirt/shirts sweater/sweaters",
        "chest",
        "red blue white black green yellow orange pink gray purple brown",
        "man woman boy girl baby",
    ),
    "jacket": _garment(
        "jacket/jackets coat/coats", "chest", "black red blue brown green yellow orange gray"
    ),
    "hat": _garment(
        "hat/hats hat/hats cap/caps",
        "head",
        "black white red blue green yellow brown pink",
        "man woman boy girl baby",
    ),
    "dress": _garment(
        "dress/dresses dress/dresses",
        "chest legs",
        "red white black blue pink yellow green purple",
        "woman girl",
    ),
    "suit": _garment("suit/suits suit/suits", "chest legs", "black gray blue white", "man"),
    "helmet": _garment("helmet/helmets", "head", "red white black blue yellow orange"),
    "pants": _garment("pants/pants jeans/jeans", "legs", "black blue white brown gray"),
    "shorts": _garment("shorts/shorts", "legs", "black blue red white green orange"),
    "glasses": _garment("sunglasses/sunglasses glasses/glasses", "eyes"),
    "swimsuit": _garment(
        "swimsuit/swimsuits bikini/bikinis", "chest legs", "red blue black pink", "woman girl"
    ),
    "wetsuit": _garment("wetsuit/wetsuits", "chest legs", "black blue"),
    "apron": _garment("apron/aprons", "chest", "white black red blue", "man woman"),
    "scarf": _garment("scarf/scarves", "neck", "red blue green yellow purple", "man woman"),
    "uniform": _garment("uniform/uniforms", "chest legs", "red white blue green black orange"),
    "backpack": _garment("backpack/backpacks", "back", "red blue black green"),
    "pajamas": _garment("pajamas/pajamas", "chest legs", "blue pink white", "boy girl baby"),
    "collar": _garment("collar/collars", "neck", "red blue black green", "dog"),
}
