"""Where a neuron is read: places by their names (host side)."""

import re
from collections.abc import Sequence

from neurondream.base import LAST, Place
from neurondream.errors import InputError
from neurondream.model import Model
from neurondream.neurons.neuron import Neuron


def place_name(place: Place) -> str:
    """Write a place as it stands in a name."""
    if place == LAST:
        return "last"
    if place.kind in ("before", "after"):
        return f"{place.kind}.{place.number}"
    return str(place.number) if place.kind == "word" else place.kind


def parse_place(text: str, model: Model) -> Place | None:
    """Read a place: last, max, mean, a number, before.0, after.0 or a token of the start.

    Returns:
      None where it is none of these.
    """
    if text == "last":
        return LAST
    if text in ("max", "mean"):
        return Place(text, 0)
    if re.fullmatch(r"-?\d{1,4}", text):
        return Place("word", int(text))
    around = {"before": model.start.before, "after": model.start.after}
    kind, _, number = text.partition(".")
    if kind in around and number.isdecimal() and int(number[:9]) < len(around[kind]):
        return Place(kind, int(number))
    for kind, ids in around.items():
        for position, piece in enumerate(model.tokenizer.spell(ids) if ids else ()):
            if piece == text:
                return Place(kind, position)
    return None


def check_places(neurons: Sequence[Neuron], length: int) -> None:
    """Refuse places that n-grams of a length do not have.

    Raises:
      InputError: there is one.
    """
    for neuron in neurons:
        kind, number = neuron.place
        if kind == "word" and not -length <= number < length:
            raise InputError(
                f"neuron {neuron.label!r}: an n-gram of length {length} has no word {number}"
            )
