"""The dreams that a report begins with (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 6
OF_A_LAYER = 2

Card = Mapping[str, Any]


def choose_striking(cards: Sequence[Card]) -> list[int]:
    """Choose the cards whose dreams gain most over real text, from high to low.

    No saturated or dead neuron is among them, none that is no higher than real text, at most
    `OF_A_LAYER` of a layer and each n-gram once.
    """
    gains = {at: gain for at, card in enumerate(cards) if (gain := gain_over_texts(card))}
    chosen: list[int] = []
    for at in sorted(gains, key=lambda at: -gains[at]):
        layers = [cards[other]["layer"] for other in chosen]
        texts = [cards[other]["dream"]["ngram"]["text"] for other in chosen]
        if (
            layers.count(cards[at]["layer"]) < OF_A_LAYER
            and cards[at]["dream"]["ngram"]["text"] not in texts and len(chosen) < MOST
        ):
            chosen.append(at)
    return chosen


def gain_over_texts(card: Card) -> float | None:
    """Compute by how many corpus deviations a dream is above n-grams and whole texts.

    Returns:
      None where it is above by nothing, or its neuron is saturated or dead.
    """
    if card["gain"] is None or card["off"] or card["saturated"]:
        return None
    gain, natural = card["gain"], card["natural"]
    if natural:
        above = card["dream"]["score"] - natural["score"]
        gain = min(gain, above / card["corpus"]["deviation"])
    return gain if gain > 0 else None
