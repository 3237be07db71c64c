"""Many hostile inputs, tried one after another: each within bounds, all counted."""

import contextlib
import signal
import time
from pathlib import Path

from neurondream.errors import InputError

SECONDS, MEGABYTES = 1.0, 200
FEWEST = 30  # inputs of a surface
LONG = "9" * 5000
STRANGE = ("", " ", "\0", "\ud800", "\udc80", "\n", "\x1b[31m", "x" * 3000, LONG, "-" + LONG,
           "\u0300", "é" * 200, "١٢", "²", "½", "NaN", "inf", "1e400", "-0", "None", "[]", "{}",
           "../..", "/dev/zero", "a:b:c", ",", ";", "'", '"', "%s", "{0}", "$(x)", "@", "#",
           "A - B - C", "--", "+", "~", "0x10", "1_000", "10**12", "1/0", "all",
           "999999999999")  # fmt: skip
COUNTS: dict[str, tuple[int, int]] = {}  # of what was read and of what was refused, by surface


def write_peak():
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def read_peak():
    """Read the most memory that this process has had since then, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextlib.contextmanager
def bounds(what):
    """Whatever is done takes a second of the processor, 200 MB more memory, and never waits."""
    def wake(*_):
        raise AssertionError(f"hangs: {what()}")

    write_peak()
    before, begin = read_peak(), time.process_time()
    old = signal.signal(signal.SIGALRM, wake)
    signal.alarm(30)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
        assert time.process_time() - begin < SECONDS, what()
        assert read_peak() - before < MEGABYTES, what()


def try_all(surface, inputs, read, show=repr):
    """Every input gives a value or an error of one line; both are counted."""
    inputs = list(dict.fromkeys(inputs))
    values = refused = 0
    for each in inputs:
        with bounds(lambda each=each: f"{surface}: {show(each):.300}"):
            try:
                read(each)
                values += 1
            except InputError as error:
                assert str(error) and "\n" not in str(error), error
                refused += 1
            except Exception as error:
                raise AssertionError(f"{surface}: {show(each):.300}") from error
    assert len(inputs) >= FEWEST, f"{surface}: few inputs"
    assert refused, f"{surface}: nothing is refused"
    assert values + refused == len(inputs)
    COUNTS[surface] = values, refused


def try_files(surface, folder, name, contents, read):
    """Put contents in place of a file of a folder that is right but for it, one after another."""
    right = (folder / name).read_bytes()
    read(folder)  # the good one

    def read_one(content):
        (folder / name).write_bytes(content)
        read(folder)

    try_all(surface, contents, read_one)
    (folder / name).write_bytes(right)
