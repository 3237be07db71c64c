"""What of a card the page shows, in as many digits as it shows (host side)."""

import math
from collections.abc import Mapping
from typing import Any

from neurondream.report.packing import shorten

Card = Mapping[str, Any]

# What the page does not show, or shows from elsewhere: of a card, and of anything in it.
_OF_CARDS = {"version", "verdict", "warnings", "saturated", "level", "off", "factors"}
_LEFT_OUT = {"seconds", "soft", "without", "usual", "ids"}
_DIGITS = 5  # of numbers that stand alone
POINTS = 24  # of the course of a climb
WINDOWS = 128  # real n-grams beside a front


def lighten_card(card: Card) -> dict[str, Any]:
    """Leave of a card what the page shows.

    Numbers that are not finite are None. Those in lists, which charts show, end where the page's
    numbers of this neuron end: at a hundredth of its deviation; those of whole texts, which are
    shades, at a tenth.
    """
    deviation = card["corpus"]["deviation"]
    known = deviation > 0 and math.isfinite(deviation)
    places = math.ceil(2 - math.log10(deviation)) if known else 6
    places = min(max(places, 2), 6)
    kept = {key: value for key, value in card.items() if key not in _OF_CARDS}
    light = _lighten(kept, places)
    for text in light["texts"]:
        text["values"] = [_end(value, places - 1) for value in text["values"]]
    for climb in light["methods"]:
        climb |= {"course": thin(climb["course"], POINTS)} if "course" in climb else {}
    windows = (light.get("front") or {}).get("windows")
    if windows:
        light["front"]["windows"] = {
            "scores": thin(windows["scores"], WINDOWS), "nats": thin(windows["nats"], WINDOWS),
            "others": {judge: thin(nats, WINDOWS) for judge, nats in windows["others"].items()},
        }
    return light


def thin(points: list[Any], most: int) -> list[Any]:
    """Keep at most so many points, evenly, the first and the last among them."""
    if len(points) <= most:
        return points
    return [points[round(at * (len(points) - 1) / (most - 1))] for at in range(most)]


def _lighten(value: Any, places: int, listed: bool = False) -> Any:
    if isinstance(value, float):
        if listed or not math.isfinite(value):
            return _end(value, places)
        return shorten(float(f"{value:.{_DIGITS}g}"))
    if isinstance(value, dict):
        light = {
            key: _lighten(item, 3 if key == "drop" else places)  # shares, written as percents
            for key, item in value.items() if key not in _LEFT_OUT
        }
        # The page writes out what is its pieces with blanks between them.
        if "pieces" in light and " ".join(light["pieces"]) == light.get("text"):
            del light["text"]
        return light
    if isinstance(value, (list, tuple)):
        return [_lighten(item, places, True) for item in value]
    return value


def _end(value: float | None, places: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return shorten(round(float(value), places))
