"""Units, clusters and directions of a layer by what a person writes (host side)."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neurondream.base import LAST, Place
from neurondream.errors import InputError
from neurondream.files import hash_arrays, load_array
from neurondream.model import Layer, Model
from neurondream.neurons.neuron import Neuron, Part
from neurondream.neurons.places import place_name

GRAMMAR = (
    "write LAYER:UNIT as in LAYER:17, LAYER:0-99, LAYER:all, LAYER:dog or LAYER:word:7 by name, "
    "LAYER:cluster:3, LAYER:direction:FILE.npy or FILE.npy#ROW; "
    "a leading - means the negative side, A - B a difference, @max, @mean or @0 another place"
)
_NUMBERS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_KINDS = ("word", "cluster", "direction")  # what may stand before a colon
_HASHED = 12  # hex digits: 48 bits keep a million directions apart
_ONE = np.ones(1, np.float32)  # shared: a model may have a quarter of a million logits


class Term(NamedTuple):
    """A neuron without its sign and place."""

    name: str
    label: str
    kind: str
    part: Part


def make_direction(
    model: Model, layer: str, direction: np.ndarray, label: str | None = None,
    place: Place = LAST,
) -> Neuron:
    """Make a neuron of a direction `[D]` of a layer, scaled to length 1.

    Raises:
      InputError: the layer is not there, or the direction is not finite numbers of its size.
    """
    size = find_layer(f"{layer}:direction", layer, model).size
    return make_neuron(_direction_terms(layer, [direction], size, [label], "direction")[0], 1,
                        place)


def make_neuron(term: Term, sign: int, place: Place) -> Neuron:
    minus = "-" if sign < 0 else ""
    at = "" if place == LAST else f"@{place_name(place)}"
    part = term.part if sign > 0 else term.part._replace(weights=-term.part.weights)
    return Neuron(
        f"{minus}{term.name}{at}", f"{minus}{term.label}{at}", term.kind, (part,), place
    )


def find_layer(text: str, layer: str, model: Model) -> Layer:
    """Find a layer of a model.

    Raises:
      InputError: it is not there.
    """
    if layer not in model.layers:
        known = list_layers(model.layers)
        raise InputError(f"neuron {text!r}: unknown layer {layer!r}; the model has {known}")
    return model.layers[layer]


def list_layers(names: Iterable[str]) -> str:
    """Write layers down, those of a kind in many blocks as one: `mlp.0 to 11`."""
    return ", ".join(written for written, _ in fold_blocks(dict.fromkeys(names)))


def fold_blocks(sizes: Mapping[str, int | None]) -> list[tuple[str, list[str]]]:
    """Gather layers of a kind and size in many blocks: as they are written together, and all."""
    kinds: dict[tuple, list[str]] = {}
    for name, size in sizes.items():
        kind, _, number = name.rpartition(".")
        kinds.setdefault((kind, size) if number.isdecimal() else (name,), []).append(name)
    return [
        (each[0] if len(each) == 1 else f"{each[0]} to {each[-1].rpartition('.')[2]}", each)
        for each in kinds.values()
    ]


def number_names(names: Iterable[str] | None) -> dict[str, int]:
    """Number the names of units; of those that stand there twice, the first."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(names or ()):
        numbers.setdefault(name, number)
    return numbers


def parse_units(text, name, unit, layer, clusters, numbers_of) -> list[Term]:
    kind, _, detail = unit.partition(":")
    if kind == "cluster":
        return _cluster_terms(text, name, detail, clusters)
    if kind == "direction":
        return _read_directions(text, name, detail, layer.size)
    numbers = range(layer.size) if unit == "all" else _read_range(text, unit, layer.size, "unit")
    if numbers is None:
        word = detail if kind == "word" and detail else unit
        numbers = [_find_name(text, name, word, numbers_of(name))]
    labels, known = layer.names or (), numbers_of(name)
    # Of units with one name, it is the first one's.
    own = {n for n in numbers if labels and known[labels[n]] == n}
    return [
        Term(f"{name}:{n}", f"{name}:{_as_written(labels[n]) if n in own else n}", "unit",
             Part(name, np.array([n]), _ONE))
        for n in numbers
    ]


def _as_written(word: str) -> str:
    """Write a unit's name so that it reads as nothing else."""
    other = word == "all" or _NUMBERS.fullmatch(word) or word.split(":")[0] in _KINDS
    return f"word:{word}" if other else word


def _find_name(text, name, word, names) -> int:
    if word in names:
        return names[word]
    alike = [each for each in names if each.casefold() == word.casefold()]
    near = alike + difflib.get_close_matches(word, names, 3, 0.7)
    hint = f"; near: {', '.join(dict.fromkeys(near))}" if near else ""
    what = f"not among the {len(names)} names of {name}" if names else "not a number"
    raise InputError(f"neuron {text!r}: {word!r} is {what}{hint}; {GRAMMAR}")


def _read_range(text: str, numbers: str, size: int, what: str) -> range | None:
    """Read `17` or `0-99`, None where something else stands."""
    match = _NUMBERS.fullmatch(numbers)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    if not first <= last < size:
        raise InputError(f"neuron {text!r}: {what} {numbers} is out of range 0-{size - 1}")
    return range(first, last + 1)


def _cluster_terms(text, layer, detail, clusters) -> list[Term]:
    if layer not in clusters:
        raise InputError(
            f"neuron {text!r}: no clusters of {layer} are given; make some and give clusters"
        )
    assignment = np.asarray(clusters[layer], np.int32)
    digest = hash_arrays(assignment)[:_HASHED]
    number = int(assignment.max()) + 1
    detail = detail.removeprefix(f"{digest}:")
    chosen = range(number) if detail == "all" else _read_range(text, detail, number, "cluster")
    if chosen is None:
        raise InputError(f"neuron {text!r}: {detail!r} is no cluster of those given; {GRAMMAR}")
    members = {cluster: np.flatnonzero(assignment == cluster) for cluster in chosen}
    empty = next((cluster for cluster, units in members.items() if not len(units)), None)
    if empty is not None:
        raise InputError(f"neuron {text!r}: cluster {empty} of {layer} has no units")
    return [
        Term(f"{layer}:cluster:{digest}:{cluster}", f"{layer}:cluster:{cluster}", "cluster",
             Part(layer, units, np.full(len(units), 1 / len(units), np.float32)))
        for cluster, units in members.items()
    ]


def _read_directions(text, layer, detail, size) -> list[Term]:
    stem, chosen, row = detail.rpartition("#")
    file, chosen = (stem, True) if chosen and row.isdecimal() else (detail, False)
    rows = np.atleast_2d(load_array(file, f"neuron {text!r}"))
    if chosen and int(row[:9]) >= len(rows):
        raise InputError(f"neuron {text!r}: row {row!r} is none of 0-{len(rows) - 1} of {file!r}")
    name = Path(file).name
    labels = [name if len(rows) == 1 else f"{name}#{k}" for k in range(len(rows))]
    if chosen:
        rows, labels = rows[int(row)][None], labels[int(row) : int(row) + 1]
    return _direction_terms(layer, rows, size, labels, f"neuron {text!r}: {file!r}")


def _direction_terms(layer, rows, size, labels, where) -> list[Term]:
    rows = [np.asarray(row) for row in rows]
    kinds = {row.dtype.kind for row in rows}
    if not rows or not kinds <= set("fiu") or not all(
        row.shape == (size,) and np.all(np.isfinite(row)) for row in rows
    ):
        shape = [len(rows), *(rows[0].shape if len(rows) else ())]
        kind = rows[0].dtype if len(rows) else "nothing"
        raise InputError(
            f"{where} holds {kind} {shape}; expected finite numbers of shape [{size}] or "
            f"[K, {size}]"
        )
    terms = []
    for row, label in zip(map(scale_direction, rows), labels, strict=True):
        name = f"{layer}:direction:{hash_arrays(row)[:_HASHED]}"
        written = f"{layer}:direction:{label}" if label else name
        terms.append(Term(name, written, "direction", Part(layer, np.arange(size), row)))
    return terms


def scale_direction(row: np.ndarray) -> np.ndarray:
    """Scale a direction to length 1, as float32; one of zeros stays as it is."""
    # First to a largest weight of 1, so that squares neither overflow nor vanish.
    row = row.astype(np.float64)
    row /= np.abs(row).max() or 1
    return (row / (np.linalg.norm(row) or 1)).astype(np.float32)
