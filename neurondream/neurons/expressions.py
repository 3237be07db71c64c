"""Neurons as a person writes them: `T.hidden:17`, `T.output:dog`, `-I.output:4@max` (host side)."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from neurondream.base import LAST, Place
from neurondream.errors import InputError
from neurondream.files import check_plain
from neurondream.model import Model
from neurondream.neurons.elsewhere import translate_name
from neurondream.neurons.neuron import Neuron, split_difference, split_expressions, subtract_neurons
from neurondream.neurons.places import parse_place
from neurondream.neurons.units import (
    GRAMMAR,
    Term,
    find_layer,
    make_neuron,
    number_names,
    parse_units,
)


def parse_neurons(
    text: str | Sequence[str], model: Model,
    clusters: Mapping[str, np.ndarray] | None = None,
) -> list[Neuron]:
    """Read neurons as a person writes them, each once.

    Args:
      text: expressions, each of which may stand for many neurons; commas separate them.
      model: whose layers are named.
      clusters: the cluster of each unit, `int [D]`, by the name of the layer.

    Raises:
      InputError: there is none; a layer, unit, word, cluster or place is not there; or the form
        is another one.
    """
    texts = [text] if isinstance(text, str) else list(text)
    expressions = [part for each in texts for part in split_expressions(each)]
    if not expressions:
        raise InputError(f"neurons: give one or more; {GRAMMAR}")
    neurons: dict[str, Neuron] = {}
    # Once for all expressions: of 150,000 words each is to be found at once.
    numbers_of = functools.cache(lambda layer: number_names(model.layers[layer].names))
    for expression in expressions:
        for neuron in parse_expression(expression, model, clusters or {}, numbers_of):
            neurons.setdefault(neuron.name, neuron)
    return list(neurons.values())


def read_neuron_file(path: str | Path) -> list[str]:
    """Read expressions from a file, one or more a line; lines that begin with # say nothing.

    Raises:
      InputError: the file cannot be read.
    """
    try:
        check_plain(Path(path))
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"neurons_file={path}: cannot be read ({reason})") from None
    return [line for line in lines if line.strip() and not line.startswith("#")]


def parse_expression(
    text: str, model: Model, clusters: Mapping[str, np.ndarray],
    numbers_of: Callable[[str], Mapping[str, int]],
) -> list[Neuron]:
    """Read one expression: a neuron, a range of them, or the difference of two."""
    sides = split_difference(text)
    if len(sides) == 1:
        sign, terms, place = _parse_side(text, text, model, clusters, numbers_of)
        return [make_neuron(term, sign, place) for term in terms]
    if len(sides) > 2 or any(side.startswith("-") for side in sides):
        raise InputError(f"neuron {text!r}: a difference is of two neurons, A - B")
    (_, first, place), (_, second, other) = (
        _parse_side(text, side, model, clusters, numbers_of) for side in sides
    )
    if len(first) != 1 or len(second) != 1:
        raise InputError(f"neuron {text!r}: a difference is of two single neurons")
    if place != other:
        raise InputError(f"neuron {text!r}: both sides of a difference are read at one place")
    return [subtract_neurons(*(make_neuron(side[0], 1, place) for side in (first, second)))]


def _parse_side(text, side, model, clusters, numbers_of) -> tuple[int, list[Term], Place]:
    sign, rest = (-1, side[1:]) if side.startswith("-") else (1, side)
    name, colon, unit = translate_name(rest, model.layers).partition(":")
    if not colon or not unit:
        raise InputError(f"neuron {text!r}: {GRAMMAR}")
    layer = find_layer(text, name, model)
    place = LAST
    stem, at, where = unit.rpartition("@")
    # A word may hold the sign itself.
    if at and stem and unit.removeprefix("word:") not in numbers_of(name):
        found = parse_place(where, model)
        if found is None:
            tokens = model.tokenizer.spell(model.start.before + model.start.after)
            known = ["last", "max", "mean", "a number", *tokens]
            raise InputError(f"neuron {text!r}: no place {where!r}; give {', '.join(known)}")
        unit, place = stem, found
    return sign, parse_units(text, name, unit, layer, clusters, numbers_of), place
