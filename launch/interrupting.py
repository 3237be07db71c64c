"""Ctrl-C ends a script in one line, at any moment: the first of ours that is imported."""

import atexit
import os
import signal
import sys
import threading
import time


def leave(*_) -> None:
    """End at once, where nothing has begun or an exception was lost on its way."""
    os.write(2, b"interrupted; what was done is kept\n")
    os._exit(130)


def interrupt(*_) -> None:
    """Raise what ends the work."""
    atexit.register(lambda: (sys.stdout.flush(), os._exit(130)))  # compiled code may still run
    sys.unraisablehook = lambda _: None  # callbacks of compiled code may lose it: nothing is said
    raise KeyboardInterrupt


def watch() -> None:
    """Let an interrupt raise; leave where that ends nothing, as compiled code that runs on."""
    hear, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGINT, interrupt)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)

    def wait() -> None:
        os.read(hear, 1)  # no other signal has a handler
        time.sleep(1.5)
        leave()

    threading.Thread(target=wait, daemon=True).start()


if sys.argv[0] == "-m" or os.path.dirname(os.path.abspath(sys.argv[0])) == sys.path[0]:
    signal.signal(signal.SIGINT, leave)
