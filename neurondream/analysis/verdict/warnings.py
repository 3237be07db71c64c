"""What a reader of a card should beware of (host side)."""

from collections.abc import Mapping
from typing import Any

from neurondream.analysis.pieces import name_piece

Card = Mapping[str, Any]


def write_warnings(card: Card) -> list[str]:
    """Say why a dream may not be what its neuron wants most.

    Args:
      card: as `description.describe_neuron` makes it.
    """
    dead = card["off"] or card["standing"] == "reacts to nothing"
    if dead or not disagree(card):
        return []
    agreement = card["agreement"]
    same, tried = agreement["same_activation"], agreement["tried"]
    agree = f"{same} of {tried} searches {'agrees' if same == 1 else 'agree'}"
    rest = "most do not come" if same > 1 else (
        "the other does not come" if tried == 2 else "none of the others comes"
    )
    certificate = card["dream"]["certificate"]
    proven = "" if not (certificate and certificate["certified"]) else (
        f"; but changing any one {name_piece(card['dream']['ngram'])} does not help"
    )
    return [
        f"Only {agree}: {rest} within 1 % of this height, so that there may be a higher one yet"
        f"{proven}."
    ]


def disagree(card: Card) -> bool:
    """Say whether one search alone, or fewer than half of several, arrives at the dream."""
    agreement = card["agreement"]
    if not agreement:
        return False
    same, tried = agreement["same_activation"], agreement["tried"]
    return tried > 1 and (same == 1 or 2 * same < tried)
