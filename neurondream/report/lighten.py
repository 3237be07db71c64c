"""What of a card the page shows, in as many digits as it shows (host side)."""

import math
from collections.abc import Mapping, Sequence
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
    shades, at a tenth. Where nothing is known of that, as many digits are kept as of numbers that
    stand alone, which end no earlier. What is thinned is numbered or counted before.
    """
    deviation = card["corpus"]["deviation"]
    known = deviation > 0 and math.isfinite(deviation)
    places = max(math.ceil(2 - math.log10(deviation)), 2) if known else None
    kept = {key: value for key, value in card.items() if key not in _OF_CARDS}
    light = _lighten(kept, places)
    for text in light["texts"]:
        text["values"] = [
            _end(value, None if places is None else places - 1) for value in text["values"]
        ]
    for climb in light["methods"]:
        if "course" in climb:
            climb["course"] = thin(number_rounds(climb["course"]), POINTS)
    windows = (light.get("front") or {}).get("windows")
    if windows:
        real = {card["front"]["judge"]: card["front"]["windows"]["nats"]}
        real |= card["front"]["windows"]["others"]
        for point, whole in zip(light["front"]["points"], card["front"]["points"], strict=True):
            nats = {card["front"]["judge"]: whole["nats"], **(whole.get("others") or {})}
            point["fewer"] = {
                judge: _end(count_fewer(value, real.get(judge, ())), 3)
                for judge, value in nats.items()
            }
        light["front"]["windows"] = {
            "scores": thin(windows["scores"], WINDOWS), "nats": thin(windows["nats"], WINDOWS),
            "others": {judge: thin(nats, WINDOWS) for judge, nats in windows["others"].items()},
        }
    return light


def number_rounds(course: list[Any]) -> list[Any]:
    """Write the activations of rounds as [round, activation]; epochs have their numbers."""
    return [
        point if isinstance(point, list) else [number, point]
        for number, point in enumerate(course, 1)
    ]


def count_fewer(nats: float | None, real: Sequence[float | None]) -> float | None:
    """Compute the share of real n-grams that have fewer nats; None where nothing is known."""
    known = [each for each in real if each is not None and math.isfinite(each)]
    if nats is None or not math.isfinite(nats) or not known:
        return None
    return sum(each < nats for each in known) / len(known)


def thin(points: list[Any], most: int) -> list[Any]:
    """Keep at most so many points, evenly, the first and the last among them."""
    if len(points) <= most:
        return points
    return [points[round(at * (len(points) - 1) / (most - 1))] for at in range(most)]


def _lighten(value: Any, places: int | None, listed: bool = False) -> Any:
    if isinstance(value, float):
        if listed or not math.isfinite(value):
            return _end(value, places)
        ends = _end(value, None), _end(value, places)
        return min(ends, key=lambda end: abs(end - value))  # what keeps more
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


def _end(value: float | None, places: int | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    if places is None:
        return shorten(float(f"{value:.{_DIGITS}g}"))
    return shorten(round(float(value), places))
