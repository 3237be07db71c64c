"""Ctrl-C ends a script in one line, at any moment: the first of ours that is imported."""

import atexit
import os
import signal
import sys
import threading


def leave(*_) -> None:
    """End at once, where nothing has begun or an exception was lost on its way."""
    os.write(2, b"interrupted; what was done is kept\n")
    os._exit(130)


def interrupt(*_) -> None:
    """Raise what ends the work; callbacks of compiled code may lose it."""
    timer = threading.Timer(1.5, leave)
    timer.daemon = True
    timer.start()
    atexit.register(lambda: (sys.stdout.flush(), os._exit(130)))  # compiled code may still run
    sys.unraisablehook = lambda _: None  # where it is lost, nothing is said of that
    raise KeyboardInterrupt


if sys.argv[0] == "-m" or os.path.dirname(os.path.abspath(sys.argv[0])) == sys.path[0]:
    signal.signal(signal.SIGINT, leave)
