"""A report's page on this machine, where a person tries words of their own."""

import contextlib
import importlib.util
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from neurondream.errors import InputError
from neurondream.neurons.places import check_places
from neurondream.report.page import build_page
from neurondream.runs.opened import Opened
from neurondream.runs.run import Run
from neurondream.serving.again import CLIMBS, dream_again, hold_wish
from neurondream.serving.desk import Desk
from neurondream.serving.reading import place_among, read_text
from neurondream.serving.wishes import (
    MOST_BANNED,
    MOST_CHARACTERS,
    MOST_WORDS,
    Wish,
    apply_wish,
    read_text_request,
    read_wish,
)

HOST = "127.0.0.1"


class Server(NamedTuple):
    """A page that is served."""

    address: str
    token: str  # that requests have to bring
    serve: Callable[[], None]  # until it is interrupted or stopped
    stop: Callable[[], None]


def open_server(
    opened: Opened, cards: Sequence[Mapping[str, Any]], listening: socket.socket
) -> Server:
    """Make a server of a run's page.

    Args:
      opened: the runs.
      cards: of their neurons, from `probing.cards.describe`.
      listening: from `listen`.
    """
    import uvicorn

    from neurondream.serving.door import make_app

    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(32)
    page = build_page(opened, cards, served={
        "token": token, "characters": MOST_CHARACTERS, "words": MOST_WORDS, "banned": MOST_BANNED,
    })
    server = uvicorn.Server(uvicorn.Config(
        make_app(page, make_answers(opened, cards), port, token), lifespan="off", ws="none",
        http="h11", loop="asyncio", log_config=None, log_level="critical", access_log=False,
        proxy_headers=False, server_header=False, limit_concurrency=32,
    ))

    def stop() -> None:
        # Answers that are on their way are not waited for.
        server.should_exit = server.force_exit = True

    def serve() -> None:
        with after_interrupts(stop):
            server.run([listening])

    server.capture_signals = contextlib.nullcontext
    return Server(f"http://{HOST}:{port}/", token, serve, stop)


@contextlib.contextmanager
def after_interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Let an interrupt stop a work first, and then be what it is elsewhere."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = []

    def catch(number, frame) -> None:
        caught.append(number)
        stop()

    before = signal.signal(signal.SIGINT, catch)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            signal.raise_signal(signal.SIGINT)


def listen(port: int) -> socket.socket:
    """Listen on this machine alone, before there is anything to serve.

    Args:
      port: where; 0 takes one that is free.

    Raises:
      InputError: the port is taken, or the package that serves is not installed.
    """
    if not all(map(importlib.util.find_spec, ("starlette", "uvicorn"))):
        raise InputError("serving takes pip install 'neurondream[serve]'")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or "no port"
        raise InputError(f"port={port}: {reason}; give another, or 0 for any") from None
    return listening


def make_answers(
    opened: Opened, cards: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], Callable[[bytes], Mapping[str, Any]]]:
    """Make what answers the page, by method and path.

    Texts are read one at a time beside a dream, which takes long; of dreams there is one.
    """
    desk, reading = Desk(), threading.Lock()
    dreams = {card["neuron"]: card["dream"]["ngram"] for card in cards}
    kept: dict[Wish, Run] = {}  # the last wish, so that its programs serve another neuron

    def find(name: str):
        if name not in dreams:
            raise InputError(f"neuron {name!r}: not one of this page's")
        return opened.neurons[name]

    def read(body: bytes) -> Mapping[str, Any]:
        asked = read_text_request(body)
        neuron = find(asked.neuron)
        with reading:
            found = read_text(opened.run, neuron, asked.text)
        line = opened.searches[asked.neuron]
        return found | {
            "among": None if found["score"] is None else place_among(line, found["score"])
        }

    def dream(body: bytes) -> Mapping[str, Any]:
        wish = read_wish(body)
        neuron, before = find(wish.neuron), dreams[wish.neuron]
        key = wish._replace(neuron="")
        check_places([neuron], wish.length)
        desk.check()  # before a vocabulary is spelt for nothing
        held = kept.get(key)
        model = held.model if held else apply_wish(opened.run.model, wish)

        def work():
            run = held or hold_wish(model, wish.length, opened.run.seed)
            kept.clear()
            kept[key] = run
            return dream_again(run, neuron, before)

        return desk.start(
            f"{neuron.label} is being dreamt",
            {"neuron": neuron.name, "wish": wish._asdict()}, CLIMBS, work,
        )

    return {
        ("POST", "/texts"): read,
        ("POST", "/dream"): dream,
        ("GET", "/dream"): lambda body: desk.look(),
        ("DELETE", "/dream"): lambda body: desk.stop(),
    }
