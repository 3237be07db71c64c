"""The layers of a run's model, in families and levels, as its manifest lists them (host side)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from neurondream.errors import InputError


class Layer(NamedTuple):
    """Units that belong together."""

    size: int
    family: str  # one colour, one side of a comparison
    level: str  # what the layer is within its family: compared with the same level elsewhere


class Families(NamedTuple):
    """All layers of a model, in the order in which they are shown."""

    layers: Mapping[str, Layer]  # by name
    titles: Mapping[str, str]  # what a person calls each family


def read_families(manifest: Mapping[str, Any]) -> Families:
    """Read the layers that a run's manifest lists.

    Args:
      manifest: with `layers`, each of a name, size, family and level, and `families`, their titles.

    Raises:
      InputError: it lists no layers.
    """
    listed = manifest.get("layers")
    if not listed:
        raise InputError("the manifest lists no layers: it is of an older version, dream again")
    layers = {
        layer["name"]: Layer(layer["size"], layer["family"], layer["level"]) for layer in listed
    }
    titles = dict(manifest.get("families", {}))
    # A family without a title is called by its name, after those that have one.
    return Families(layers, titles | {
        layer.family: layer.family for layer in layers.values() if layer.family not in titles
    })


def find_layer(families: Families, name: str) -> Layer:
    """Look a layer up.

    Raises:
      InputError: there is none of this name.
    """
    if name not in families.layers:
        raise InputError(
            f"layer {name!r}: the run's model has no such layer; it has "
            f"{', '.join(families.layers)}"
        )
    return families.layers[name]


def title_family(name: str, titles: Mapping[str, str]) -> str:
    """Write a family's name with what a person calls it."""
    title = titles[name]
    return name if name == title else f"{name}, {title}"


def name_population(line: Mapping[str, Any]) -> str:
    """Name the neurons that a line's is counted among: those of its layer, clusters apart.

    The units of a cluster may stand in a sample besides it.
    """
    return f"{line['layer']} clusters" if line["kind"] == "cluster" else line["layer"]
