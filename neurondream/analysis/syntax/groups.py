"""The two groups of neurons that a comparison is of (host side)."""

from collections.abc import Iterable
from typing import NamedTuple

from neurondream.analysis.families import Families, title_family
from neurondream.errors import InputError


class Group(NamedTuple):
    """The neurons of some layers."""

    name: str  # short, as a person writes it
    title: str  # what a chart calls it
    phrase: str  # what a sentence calls it, as in "the language neurons"
    layers: tuple[str, ...]


def parse_group(text: str, families: Families) -> Group:
    """Read a group as a person names it: a layer, a family, or several of them joined by `+`.

    Where a layer and a family have one name, it is the layer's.

    Raises:
      InputError: there is no such layer or family.
    """
    known = {**families.titles, **families.layers}
    # A name may hold a plus of its own.
    names = [text] if text in known else text.split("+")
    for name in names:
        if name not in known:
            raise InputError(
                f"group {text!r}: {name!r} is no layer or family; there are the families "
                f"{', '.join(families.titles)} and the layers {', '.join(families.layers)}"
            )
    chosen = {layer for name in names for layer in _layers_of(name, families)}
    layers = tuple(layer for layer in families.layers if layer in chosen)
    if any(name in families.layers for name in names):
        return Group(text, text, f"the neurons of {_join(names)}", layers)
    titles = [families.titles[name] for name in names]
    title = text if titles == names else f"{text}, {_join(titles)}"
    return Group(text, title, f"the {_join(titles)} neurons", layers)


def check_pair(first: Group, second: Group) -> None:
    """Check that two groups can be compared.

    Raises:
      InputError: they share a layer.
    """
    for layer in first.layers:
        if layer in second.layers:
            raise InputError(
                f"groups {first.name!r} and {second.name!r}: both hold the layer {layer}; give "
                "groups that share none"
            )


def pair_families(families: Families, layers: Iterable[str]) -> list[tuple[Group, Group]]:
    """Pair every family with the rest, the first of two with the second; one alone makes no pair.

    Args:
      families: the layers of the model.
      layers: those that have neurons to compare.
    """
    present = {families.layers[layer].family for layer in layers}
    groups = [parse_family(name, families) for name in families.titles if name in present]
    if len(groups) == 2:
        return [(groups[0], groups[1])]
    pairs = []
    for group in groups if len(groups) > 1 else ():
        rest = tuple(layer for other in groups if other != group for layer in other.layers)
        pairs.append((group, Group("rest", "the rest", "the other neurons", rest)))
    return pairs


def parse_family(name: str, families: Families) -> Group:
    """Make the group of all layers of a family."""
    layers = tuple(
        layer for layer, about in families.layers.items() if about.family == name
    )
    phrase = f"the {families.titles[name]} neurons"
    return Group(name, title_family(name, families.titles), phrase, layers)


def _layers_of(name: str, families: Families) -> list[str]:
    if name in families.layers:
        return [name]
    return [layer for layer, about in families.layers.items() if about.family == name]


def _join(names: list[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
