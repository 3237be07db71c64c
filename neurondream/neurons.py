"""Neurons as a person writes them: `T.hidden:17`, `T.output:dog`, `-I.output:42` (host side)."""

import difflib
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError

GRAMMAR = (
    "write LAYER:UNIT as in T.hidden:17, T.hidden:0-99, T.output:dog, T.output:word:all, "
    "I.output:all, I.hidden:cluster:3, T.hidden:direction:FILE.npy or FILE.npy#ROW; "
    "a leading - means the negative side"
)
_NUMBERS = re.compile(r"(\d+)(?:-(\d+))?")


class Neuron(NamedTuple):
    """One neuron under its full name, as a direction of one layer."""

    name: str  # as a person could write it
    layer: str
    direction: np.ndarray  # [D]


class Layers(NamedTuple):
    """What a name can refer to."""

    sizes: Mapping[str, int]  # units of each layer
    names: Mapping[str, Sequence[str]]  # names of the units, for layers whose units have one
    clusters: Mapping[str, np.ndarray]  # int [D] cluster of each unit, for clustered layers


def parse_neurons(text: str, layers: Layers) -> list[Neuron]:
    """Read one expression, which may stand for many neurons.

    Raises:
      InputError: a layer, unit, word or cluster that is not there, or another form.
    """
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    layer, colon, unit = rest.partition(":")
    if not colon or not unit:
        raise InputError(f"neuron {text!r}: {GRAMMAR}")
    if layer not in layers.sizes:
        known = ", ".join(layers.sizes)
        raise InputError(f"neuron {text!r}: unknown layer {layer!r}; the model has {known}")
    prefix = f"{'-' if sign < 0 else ''}{layer}:"
    return [
        Neuron(prefix + name, layer, sign * direction)
        for name, direction in _read_units(text, layer, unit, layers)
    ]


def _read_units(text: str, layer: str, unit: str, layers: Layers) -> list[tuple[str, np.ndarray]]:
    size = layers.sizes[layer]
    kind, _, detail = unit.partition(":")
    if kind == "cluster":
        return _read_clusters(text, layer, detail, layers)
    if kind == "direction":
        return _read_directions(text, detail, size)
    numbers = range(size) if unit == "all" else _read_range(text, unit, size, "unit")
    if numbers is not None:
        units = np.eye(size, dtype=np.float32) if len(numbers) > size // 2 else None
        return [
            (str(n), units[n] if units is not None else _one_hot(n, size)) for n in numbers
        ]
    names = list(layers.names.get(layer, ()))
    name = detail if kind == "word" and detail else unit
    if name not in names:
        near = difflib.get_close_matches(name, names, 3, 0.7)
        hint = f"; near: {', '.join(near)}" if near else ""
        what = f"not among the {len(names)} names of {layer}" if names else "not a number"
        raise InputError(f"neuron {text!r}: {name!r} is {what}{hint}; {GRAMMAR}")
    return [(unit, _one_hot(names.index(name), size))]


def _one_hot(number: int, size: int) -> np.ndarray:
    direction = np.zeros(size, np.float32)
    direction[number] = 1
    return direction


def _read_range(text: str, numbers: str, size: int, what: str) -> range | None:
    """Read `17` or `0-99`, None where something else stands."""
    match = _NUMBERS.fullmatch(numbers)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    if not first <= last < size:
        raise InputError(f"neuron {text!r}: {what} {numbers} is out of range 0-{size - 1}")
    return range(first, last + 1)


def _read_clusters(text, layer, detail, layers) -> list[tuple[str, np.ndarray]]:
    if layer not in layers.clusters:
        raise InputError(
            f"neuron {text!r}: the model has no clusters of {layer}; launch/cluster.py makes them "
            "and --clusters=FILE hands them over"
        )
    assignment = layers.clusters[layer]
    number = int(assignment.max()) + 1
    chosen = range(number) if detail == "all" else _read_range(text, detail, number, "cluster")
    if chosen is None:
        raise InputError(f"neuron {text!r}: {detail!r} is not a cluster number; {GRAMMAR}")
    members = [assignment == cluster for cluster in chosen]
    for cluster, belongs in zip(chosen, members, strict=True):
        if not belongs.any():
            raise InputError(f"neuron {text!r}: cluster {cluster} of {layer} has no units")
    return [
        (f"cluster:{cluster}", (belongs / belongs.sum()).astype(np.float32))
        for cluster, belongs in zip(chosen, members, strict=True)
    ]


def _read_directions(text: str, detail: str, size: int) -> list[tuple[str, np.ndarray]]:
    stem, chosen, row = detail.rpartition("#")
    file, chosen = (stem, True) if chosen and row.isdecimal() else (detail, False)
    try:
        rows = np.load(Path(file), allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        # What numpy says of other files is how to unpickle them.
        strange = "not a whole array without pickled objects"
        reason = getattr(error, "strerror", None) or strange
        raise InputError(f"neuron {text!r}: {file!r} is no readable .npy file ({reason})") from None
    rows = np.atleast_2d(rows) if isinstance(rows, np.ndarray) else np.zeros((0, 0))
    numeric = np.issubdtype(rows.dtype, np.floating) or np.issubdtype(rows.dtype, np.integer)
    with np.errstate(over="ignore"):
        finite = numeric and np.all(np.isfinite(rows.astype(np.float32)))
    if not finite or rows.ndim != 2 or rows.shape[1] != size or not len(rows):
        raise InputError(
            f"neuron {text!r}: {file!r} holds {rows.dtype} {list(rows.shape)}; expected finite "
            f"numbers of shape [{size}] or [K, {size}]"
        )
    if chosen and int(row) >= len(rows):
        raise InputError(f"neuron {text!r}: row {row!r} is none of 0-{len(rows) - 1} of {file!r}")
    stem = f"direction:{file}"
    names = [stem] if len(rows) == 1 else [f"{stem}#{k}" for k in range(len(rows))]
    directions = list(zip(names, rows.astype(np.float32), strict=True))
    return [directions[int(row)]] if chosen else directions
