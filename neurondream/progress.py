"""Progress of long work, shown by tqdm or by whatever a person brings with its interface."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tqdm.auto


class Bar(tqdm.auto.tqdm):
    """A bar on a terminal and in a notebook.

    Neither parts done by an earlier process nor the first update, which has waited for the
    compiler, count for the time left.
    """

    monitor_interval = 0  # no thread beside the work
    _first: tuple[float, int] | None = None  # the time and the parts of the first update

    def update(self, n: int = 1) -> bool | None:
        """Count parts that were done."""
        shown = super().update(n)
        if not self.disable:
            self._first = self._first or (self._time(), self.n)
        return shown

    def set_postfix_str(self, s: str = "", refresh: bool = False) -> None:
        """Set what is said besides when the bar is shown next."""
        super().set_postfix_str(s, refresh)

    @property
    def format_dict(self) -> dict[str, Any]:
        """What is shown: the rate is that since the first update, None where there was no other."""
        if self.disable:  # by TQDM_DISABLE: it has no clock
            return super().format_dict
        since, parts = self._first or (0.0, self.n)
        rate = (self.n - parts) / (self._time() - since) if self.n > parts else None
        return {**super().format_dict, "initial": parts, "rate": rate}


class Silent:
    """A bar that shows nothing."""

    def update(self, number: int = 1) -> None:
        """Take note of parts done."""

    def set_postfix_str(self, text: str) -> None:
        """Take note of how it goes."""

    def close(self) -> None:
        """End."""


@contextlib.contextmanager
def start_bar(
    progress: Callable | bool | None, total: int, desc: str, initial: int = 0
) -> Iterator[Any]:
    """Show a bar while work goes on; it is closed however that ends.

    Args:
      progress: True for tqdm's bar on a terminal or in a notebook; or `tqdm.tqdm`, or anything that
        is called and updated like it; None shows nothing.
      total: parts of the work.
      desc: its name.
      initial: parts that are done already.
    """
    make = Bar if progress is True else progress
    bar = make(total=total, desc=desc, initial=initial) if make else Silent()
    try:
        yield bar
    finally:
        bar.close()


def format_seconds(seconds: float) -> str:
    """Write a duration as a person would: `42 s`, `3 min 05 s`, `2 h 11 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
