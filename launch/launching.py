"""What every launch script needs: one-line errors and progress with the time left."""

import logging
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import app, flags

from neurondream.errors import InputError


def run_main(main: Callable[[], None]) -> None:
    """Run a script: a user's mistake ends it with one line on stderr and exit status 2."""

    def guarded(arguments: Sequence[str]) -> None:
        # Which accelerators jax has looked for in vain is nothing that a person asked.
        logging.getLogger("jax").setLevel(logging.WARNING)
        if len(arguments) > 1:
            fail(f"unexpected argument {arguments[1]!r}: settings are given as --name=value")
        try:
            main()
        except InputError as error:
            fail(str(error))
        except OSError as error:
            fail(f"{error.filename or 'a file'}: {error.strerror or error}; what was done is kept")
        except KeyboardInterrupt:
            fail("interrupted; what was done is kept, the same command goes on from there")

    def parse(arguments: Sequence[str]) -> Sequence[str]:
        try:
            rest = flags.FLAGS(arguments)
        except flags.Error as error:
            return fail(f"{' '.join(str(error).split())}; --help lists the flags")
        for name, value in flags.FLAGS.flag_values_dict().items():
            # Not a number is neither below nor above a flag's bounds.
            if isinstance(value, float) and not math.isfinite(value):
                return fail(f"--{name}={value}: give a finite number")
        return rest

    app.run(guarded, flags_parser=parse)


def fail(message: str) -> None:
    """End with one line on stderr."""
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    raise SystemExit(2)


def make_folder(name: str) -> Path:
    """Make the folder that a script writes to, before any work is done for it.

    Raises:
      InputError: there is something else, or nothing can be written there.
    """
    folder = Path(name)
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"--out={name}: {place} is a file; give a folder")
    _make_writable(name, folder)
    return folder


def make_folder_of(name: str) -> Path:
    """Make the folder of a file that a script writes, before any work is done for it.

    Raises:
      InputError: there is a folder of that name, or nothing can be written there.
    """
    file = Path(name)
    if file.is_dir():
        raise InputError(f"--out={name} is a folder: give the name of a file")
    for place in file.parents:
        if place.exists() and not place.is_dir():
            raise InputError(f"--out={name}: {place} is a file; give a file in a folder")
    _make_writable(name, file.parent)
    return file


def _make_writable(name: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out={name}: {folder} cannot be made ({error.strerror})") from None
    try:
        # Rights alone do not tell: some folders take no files from anyone.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(
            f"--out={name}: the folder {folder} cannot be written ({error.strerror}); give another"
        ) from None


def show_progress(
    total: int, name: str, before: int = 0, every: float = 10.0
) -> Callable[..., None]:
    """Make a function that reports how far a work of `total` parts is and when it will be done.

    Parts done by an earlier process, `before`, do not count for speed. Lines go to stderr, at
    most one in `every` seconds, and on the last part. The text is asked for only then, so that a
    device is not made to wait for numbers nobody reads.
    """
    start = last = time.monotonic()

    def report(done: int, text: Callable[[], str] = str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < every and done < total:
            return
        last = now
        left = (now - start) / max(done - before, 1) * (total - done)
        print(
            f"{name} {done}/{total} {text()} ({format_seconds(now - start)} passed, "
            f"{format_seconds(left)} left)",
            file=sys.stderr,
            flush=True,
        )

    return report


def format_seconds(seconds: float) -> str:
    """Write a duration as a person would: `42 s`, `3 min 05 s`, `2 h 11 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
