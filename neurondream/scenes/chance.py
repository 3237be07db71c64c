"""Draws in [0, 1), and choices made with them."""

from collections.abc import Callable
from random import Random
from typing import TypeVar

Draw = Callable[[], float]
Option = TypeVar("Option")


def begin_draws(seed: int, index: int) -> Draw:
    """Begin the draws in [0, 1) of scene number `index` of the world of a seed.

    Every scene has draws of its own, so no scene depends on which others are made.
    """
    return Random(f"{seed}:{index}").random


def pick(draw: Draw, options: tuple[Option, ...]) -> Option:
    """Draw one of the options, each as likely."""
    return options[int(draw() * len(options))]


def lean(draw: Draw, options: tuple[Option, ...]) -> Option:
    """Draw one of the options, the first the likeliest."""
    chance = draw()
    return options[int(chance * chance * len(options))]
