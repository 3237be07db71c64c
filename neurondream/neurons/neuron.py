"""What a neuron is: anything linear in layers of a model (host side).

Layer and number are a neuron's name, `T.hidden:17`; what a person may write besides, a word or a
coordinate, is its label. A direction goes by a hash of its row, a cluster by one of all clusters of
its layer, so that one neuron has one name, one seed and one line, however it was written.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from neurondream.base import LAST, Place
from neurondream.errors import InputError

DIFFERENCE = " - "
# How a neuron begins: here, and as other tools write it.
_LAYER = r"-?(?:[A-Za-z_][\w.-]*:|[Ll]\d+\.[Nn]\d|[\w.-]+/[\w.-]+/\d|https?://)"
_MINUS = re.compile(rf"{DIFFERENCE}(?={_LAYER})")
_COMMA = re.compile(rf",(?=\s*\"?{_LAYER})")  # a comma may be the word that is asked for


class Part(NamedTuple):
    """Units of one layer with their weights; all others weigh nothing."""

    layer: str
    units: np.ndarray  # int64 [K]
    weights: np.ndarray  # float32 [K]


class Neuron(NamedTuple):
    """Anything linear in layers of a model, read at one place."""

    name: str  # the same however it was written; a name alone seeds its neuron's search
    label: str  # as a person reads it
    kind: str  # "unit", "cluster", "direction" or "difference"
    parts: tuple[Part, ...]  # summed
    place: Place = LAST


def layer_of(neuron: Neuron) -> str:
    """Name the layer of a neuron; of a difference, that of its first side."""
    return neuron.parts[0].layer


def split_expressions(text: str) -> list[str]:
    """Split at commas that a layer follows, so that a comma can be a unit's name."""
    parts = [part.strip() for part in _COMMA.split(text)]
    # As quoted in a table of comma-separated values.
    quoted = [p[1:-1] if len(p) > 1 and p[0] == p[-1] == '"' else p for p in parts]
    return [part for part in quoted if part]


def split_difference(text: str) -> list[str]:
    """Split a difference `A - B` into its sides; another neuron is its own only side."""
    return _MINUS.split(text)


def subtract_neurons(first: Neuron, second: Neuron) -> Neuron:
    """Make the neuron that is the difference of two.

    Raises:
      InputError: they are the same, are read at different places, or are differences themselves.
    """
    if "difference" in (first.kind, second.kind) or first.name == second.name:
        raise InputError(f"neuron '{first.name} - {second.name}': give two different neurons")
    if first.place != second.place:
        raise InputError(f"neuron '{first.name} - {second.name}': they are read at two places")
    minus = tuple(part._replace(weights=-part.weights) for part in second.parts)
    return Neuron(
        f"{first.name} - {second.name}", f"{first.label} - {second.label}", "difference",
        first.parts + minus, first.place,
    )


def negate_neuron(neuron: Neuron) -> Neuron:
    """Make the other side of a neuron."""
    if neuron.kind == "difference":
        name, label = (
            DIFFERENCE.join(reversed(split_difference(text)))
            for text in (neuron.name, neuron.label)
        )
    else:
        name, label = (
            text[1:] if text.startswith("-") else f"-{text}"
            for text in (neuron.name, neuron.label)
        )
    parts = tuple(part._replace(weights=-part.weights) for part in neuron.parts)
    return neuron._replace(name=name, label=label, parts=parts)


def write_neuron(neuron: Neuron) -> dict[str, Any]:
    """Write a neuron down as JSON values, so that it is known without the files it came from."""
    return {
        "neuron": neuron.name, "label": neuron.label, "kind": neuron.kind,
        "place": list(neuron.place),
        "parts": [
            {"layer": part.layer, "units": part.units.tolist(), "weights": part.weights.tolist()}
            for part in neuron.parts
        ],
    }  # fmt: skip


def read_neuron(line: Mapping[str, Any]) -> Neuron:
    """Read what `write_neuron` has written."""
    parts = tuple(
        Part(p["layer"], np.array(p["units"], np.int64), np.array(p["weights"], np.float32))
        for p in line["parts"]
    )
    return Neuron(line["neuron"], line["label"], line["kind"], parts, Place(*line["place"]))
