"""Serve a run's page on this machine alone, to try words of one's own in its cards.

    python launch/serve.py --run=runs/mine

The page of report.py, at the address that is printed, until Ctrl-C: each card reads a text that is
typed and dreams again, of another length, without some words or behind a beginning.
"""

import launching
import contextlib

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_cards(values)
    absl_flags.DEFINE_integer(
        "port", 8000, "Where it listens; 0 takes one that is free.", 0, 65535, flag_values=values
    )


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    from neurondream.serving.server import listen, open_server

    listening = listen(values.port)
    opened, cards = flags.cards_of(values, launching.Progress)
    server = open_server(opened, cards, listening)
    print(f"{len(cards)} neurons: {server.address} (Ctrl-C ends it)", flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # the one way to end it
        server.serve()


if __name__ == "__main__":
    main()
