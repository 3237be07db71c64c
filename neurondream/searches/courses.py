"""Courses of climbs as they are written down (host side)."""

from collections.abc import Iterable


def round_course(values: Iterable[float]) -> list[float]:
    """Keep six digits of each number, however small: a line holds dozens."""
    return [float(f"{value:.6g}") for value in values]
