"""Describe every neuron of a run and show it on one page that opens offline.

    python launch/report.py --run=runs/dogs

Writes into the run's folder: probes.jsonl and faces.jsonl as they come, then cards.jsonl, what is
known of each neuron, report.html and its figures as SVG. `--run=A,B` takes runs together that
differ in seed, methods or neurons. Killed and started again, it goes on where it was.
"""

import launching
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from absl.flags import FlagValues

import flags
import neurondream as nd
from neurondream.report.page import write_figures


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_cards(values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    opened, cards = flags.cards_of(values, launching.Progress)
    folder = opened.folders[0]
    page = folder / "report.html"
    nd.write_page(page, opened, cards)
    write_figures(folder, opened, cards)
    show_cards(cards)
    print(f"{len(cards)} neurons: {page}")


def show_cards(cards: Sequence[Mapping[str, Any]], most: int = 10) -> None:
    """Print the headlines of some neurons and how many stand where."""
    for card in cards[:: max(1, len(cards) // most)][:most]:
        print(f"{card['label']}: {card['verdict'][0]}")
    standings = Counter(card["standing"] for card in cards)
    print(", ".join(f"{count} {standing}" for standing, count in sorted(standings.items())))


if __name__ == "__main__":
    main()
