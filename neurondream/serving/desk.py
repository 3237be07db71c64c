"""One job at a time, in a thread beside the server, and how far it is."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from neurondream.errors import InputError


class BusyError(InputError):
    """Something else is being done: the message says what, and how far it is."""


class Desk:
    """Takes a job, if none is being done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: dict[str, Any] = {"state": "none"}
        self._stopped = threading.Event()

    def start(
        self, what: str, about: dict[str, Any], total: int,
        work: Callable[[], Iterator[dict[str, Any]]],
    ) -> dict[str, Any]:
        """Start a job.

        Args:
          what: is done, for whoever has to wait.
          about: what is told of it all along.
          total: parts of the work.
          work: gives what has been found after each part.

        Returns:
          What `look` tells.

        Raises:
          BusyError: another is being done.
        """
        with self._lock:
            self.check()
            self._stopped = stopped = threading.Event()
            self._job = job = {
                "state": "running", "what": what, "done": 0, "total": total, "found": None, **about,
            }
        # A daemon: the end of the process does not wait for it.
        threading.Thread(target=_run, args=(job, work, stopped), daemon=True).start()
        return dict(job)

    def check(self) -> None:
        """Refuse where a job is being done.

        Raises:
          BusyError: one is.
        """
        job = self._job
        if job["state"] == "running":
            how_far = f"{job['done']} of {job['total']} climbs are done"
            raise BusyError(f"busy: {job['what']}, {how_far}")

    def look(self) -> dict[str, Any]:
        """Tell what the last job is, how far, and what it has found: `state` running, done, failed
        with its `error`, or none."""
        return dict(self._job)

    def stop(self) -> dict[str, Any]:
        """Let the job end after the part that it is at."""
        self._stopped.set()
        return self.look()


def _run(job: dict[str, Any], work: Callable, stopped: threading.Event) -> None:
    end = {"state": "done"}
    try:
        for found in work():
            job.update(found=found, done=job["done"] + 1)
            if stopped.is_set():
                break
    except InputError as error:
        end = {"state": "failed", "error": str(error)}
    except Exception as error:  # whatever it is, the page is told, and the next job can come
        logging.getLogger(__name__).error("%s: failed", job["what"], exc_info=error)
        end = {"state": "failed", "error": f"something went wrong: {type(error).__name__}"}
    job.update(end)
