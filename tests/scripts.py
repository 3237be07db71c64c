"""Launch scripts as a person runs them, in this process."""

import contextlib
import importlib
import io
import json
from pathlib import Path
from typing import NamedTuple


class Ended(NamedTuple):
    """How a script ended and what it said."""

    status: int
    stdout: str
    stderr: str


def launch(name: str, *arguments: str) -> Ended:
    """Run a script with arguments of the command line."""
    main = importlib.import_module(f"launch.{name}").main
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as end:
            status = end.code
    return Ended(status, said.getvalue(), told.getvalue())


def succeed(name: str, *arguments: str) -> str:
    """Run a script that is to end well; what it printed."""
    ended = launch(name, *arguments)
    assert ended.status == 0, ended.stderr
    return ended.stdout


def refused(ended: Ended, *parts: str) -> None:
    """A script has ended with one line, after progress at most, that names all parts."""
    assert ended.status == 2, ended
    *_, last = ended.stderr.strip().splitlines()
    for part in parts:
        assert part in last, last


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_dreams(folder: Path) -> list[dict]:
    return read_lines(folder / "dreams.jsonl")
