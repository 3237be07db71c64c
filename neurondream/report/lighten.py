"""What of a card the page shows, in as many digits as it shows (host side)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.report.packing import shorten

Card = Mapping[str, Any]

# What the page does not show, or shows from elsewhere: of a card, and of anything in it.
_OF_CARDS = {"version", "verdict", "warnings", "saturated", "level", "off", "factors"}
_LEFT_OUT = {"seconds", "soft", "without", "usual", "ids", "course", "windows"}
_PLACES = {"drop": 2, "nats": 3, "others": 2}  # shares are written as percents
_DIGITS = 5  # of numbers that stand alone
POINTS = 24  # of the course of a climb
WINDOWS = 128  # real n-grams beside a front


def lighten_card(card: Card) -> dict[str, Any]:
    """Leave of a card what the page shows.

    Numbers that are not finite are None. Those in lists, which charts show, end where the page's
    numbers of this neuron end: at a hundredth of its deviation; those of whole texts, which are
    shades, at a tenth, those of a climb and of real n-grams also at a hundredth of their range.
    Where nothing is known of the deviation, as many digits are kept as of numbers that stand alone,
    which end no earlier. What is thinned is numbered or counted before.
    """
    deviation = card["corpus"]["deviation"]
    known = deviation > 0 and math.isfinite(deviation)
    places = max(math.ceil(2 - math.log10(deviation)), 2) if known else None
    kept = {key: value for key, value in card.items() if key not in _OF_CARDS}
    light = _lighten(kept, places)
    shades = None if places is None else places - 1
    for text in (*light["texts"], *(light.get("survey") or {}).get("texts", ())):
        text["values"] = [_end(value, shades) for value in text["values"]]
    drawn = set()
    # They stand from high to low, and the page draws the highest of each method.
    for climb, whole in zip(light["methods"], card["methods"], strict=True):
        course = whole.get("course", ())
        if len(course) > 1 and climb["method"] not in drawn:
            drawn.add(climb["method"])
            climb["course"] = lighten_course(course, shades)
        if "temperature" in climb:
            climb["temperature"] = thin(climb["temperature"], 2)
    if light.get("front"):
        light["front"] |= lighten_front(card["front"], light["front"], places)
    return light


def lighten_course(course: list[Any], places: int | None) -> list[list[float | None]]:
    """Thin the course of a climb: numbers of rounds or epochs, and lists of activations at them."""
    numbers, *activations = zip(*thin(number_rounds(course), POINTS), strict=True)
    return [list(numbers), *(end_chart(values, places) for values in activations)]


def lighten_front(
    front: Mapping[str, Any], light: Mapping[str, Any], places: int | None
) -> dict[str, Any]:
    """Thin what stands beside a front; the corpus' best n-grams are in the card already.

    Args:
      front: of a card.
      light: the same, in fewer digits.
      places: of activations that charts show.
    """
    windows = front["windows"]
    real = {front["judge"]: windows["nats"], **windows["others"]} if windows else {}
    points = [
        {
            **point, "score": _end(whole["score"], places),
            "fewer": {
                judge: _end(count_fewer(value, real.get(judge, ())), 2)
                for judge, value in (
                    (front["judge"], whole["nats"]), *(whole.get("others") or {}).items())
            } if real else None,
        }
        for point, whole in zip(light["points"], front["points"], strict=True)
    ]
    seen = windows and {
        "scores": end_chart(thin(windows["scores"], WINDOWS), places and places - 1),
        "nats": [_end(nats, _PLACES["nats"]) for nats in thin(windows["nats"], WINDOWS)],
        "texts": thin(windows["texts"], WINDOWS), "repeated": _end(windows["repeated"], 2),
    }
    return {"points": points, "windows": seen, "corpus": bool(front["corpus"])}


def end_chart(values: Sequence[float | None], places: int | None) -> list[float | None]:
    """End numbers that a chart shows as points alone: at a hundredth of their range, too."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    wide = max(known) - min(known) if known else 0
    if places is not None and wide > 0:
        places = max(places, math.ceil(2 - math.log10(wide)))
    return [_end(value, places) for value in values]


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
            key: _lighten(item, _PLACES.get(key, places))
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
