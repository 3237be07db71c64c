"""Progress of long work, shown by whatever a person brings (tqdm's interface)."""

from collections.abc import Callable
from typing import Any


class Silent:
    """A bar that shows nothing."""

    def update(self, number: int = 1) -> None:
        """Take note of parts done."""

    def set_postfix_str(self, text: str) -> None:
        """Take note of how it goes."""

    def close(self) -> None:
        """End."""


def start_bar(progress: Callable | None, total: int, desc: str, initial: int = 0) -> Any:
    """Start a bar.

    Args:
      progress: `tqdm.tqdm`, or anything that is called and updated like it; None shows nothing.
      total: parts of the work.
      desc: its name.
      initial: parts that are done already.
    """
    return progress(total=total, desc=desc, initial=initial) if progress else Silent()
