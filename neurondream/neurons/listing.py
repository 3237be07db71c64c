"""What neurons of a model can be asked for, as a person reads it (host side)."""

from neurondream.model import Layer, Model
from neurondream.neurons.units import fold_blocks


class Listing(str):
    """A text that shows as it is where a value is shown."""

    __slots__ = ()
    __repr__ = str.__str__


def layers(model: Model) -> Listing:
    """List the layers of a model: their units, and how a unit is written here and elsewhere.

    Those of a kind in many blocks are one row.
    """
    rows = [("layer", "units", "a unit is", "elsewhere")]
    for name, members in fold_blocks({name: each.size for name, each in model.layers.items()}):
        layer = model.layers[members[0]]
        rows.append((
            name, str(layer.size), _write_unit(members[0], layer),
            ", ".join(template.replace("{}", "0") for template in layer.elsewhere),
        ))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    table = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
             for row in rows]
    around = [model.tokenizer.decode(list(part)) for part in model.start]
    dreamable = int(model.tokenizer.allowed.sum())
    return Listing("\n".join([
        *table, "",
        f"An n-gram is read as {around[0]!r} … {around[1]!r}, "
        f"of {dreamable:,} of {len(model.tokenizer.allowed):,} tokens.",
    ]))


def _write_unit(name: str, layer: Layer) -> str:
    unit = f"{name}:{layer.names[0] if layer.names else 0}"
    return f"{unit}, climbed as {layer.behind.layer}" if layer.behind else unit
