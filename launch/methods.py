"""The search methods by the paper's names, and the flags that set them."""

import jax.numpy as jnp
import numpy as np
import optax
from absl import flags

from neurondream import relaxations
from neurondream.base import Search
from neurondream.errors import InputError
from neurondream.searches.ascent import ascent

CLIMBS = ("embfree", "logits", "softmax", "gumbel")
METHODS = ("search", *CLIMBS)

_EPOCHS = flags.DEFINE_integer("epochs", None, "Epochs; the n-gram is judged after each.")
_STEPS = flags.DEFINE_integer("steps", None, "Optimizer steps in an epoch.")
_SAMPLES = flags.DEFINE_integer("samples", None, "Noise samples a step of gumbel.")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Adam's.")
_PATIENCE = flags.DEFINE_integer("patience", None, "Epochs without a better n-gram before the end.")
_TEMPERATURE = flags.DEFINE_list("temperature", None, "First and last temperature of gumbel.")
_PAPER = flags.DEFINE_bool("paper", False, "The settings of the 2018 paper.")

# epochs, steps, samples, learning rate, patience
_OURS = {
    "embfree": (150, 2, 1, 0.03, None),
    "logits": (100, 2, 1, 0.003, None),
    "softmax": (150, 4, 1, 0.3, None),
    "gumbel": (150, 2, 4, 0.3, None),
}
_PAPERS = {
    "embfree": (10_000, 20, 1, 1e-3, 25),
    "logits": (10_000, 200, 1, 1e-3, 100),
    "softmax": (10_000, 200, 1, 1e-3, 100),
    "gumbel": (10_000, 200, 64, 1e-3, 200),
}
_OUR_TEMPERATURE = (2.0, 0.1)  # over the whole ascent
_PAPER_DECAY = 0.99995  # a step, from 2.0 down to 0.1


def check_methods(names: list[str]) -> None:
    """Refuse unknown methods.

    Raises:
      InputError: a name is not one of the five.
    """
    for name in names:
        if name not in METHODS:
            raise InputError(f"unknown method {name!r}: give some of {', '.join(METHODS)}")


def settings_of(method: str) -> dict:
    """Collect what a method is run with, for the manifest and for `make_search`.

    Raises:
      InputError: the temperature is not two positive numbers, or a number is below its least.
    """
    if method == "search":
        return {}
    given = [flag.value for flag in (_EPOCHS, _STEPS, _SAMPLES, _LEARNING_RATE, _PATIENCE)]
    names = ("epochs", "steps", "samples", "learning_rate", "patience")
    defaults = (_PAPERS if _PAPER.value else _OURS)[method]
    settings = {
        name: default if value is None else value
        for name, value, default in zip(names, given, defaults, strict=True)
    }
    if method != "gumbel":
        settings["samples"] = 1
    for name, value in settings.items():
        if value is not None and not value > 0:
            raise InputError(f"--{name}={value}: give a number above 0")
    if method == "gumbel":
        settings["temperature"] = _temperatures()
        settings["decay"] = _PAPER_DECAY if _PAPER.value else None
    return settings


def _temperatures() -> tuple[float, float]:
    if _TEMPERATURE.value is None:
        return _OUR_TEMPERATURE
    try:
        first, last = (float(value) for value in _TEMPERATURE.value)
    except ValueError:
        first = last = 0.0
    if not first >= last > 0:
        raise InputError(
            f"--temperature={','.join(_TEMPERATURE.value)}: give the first and the last one, "
            "as in --temperature=2,0.1"
        )
    return first, last


def make_search(
    method: str, settings: dict, length: int, allowed: np.ndarray, table: np.ndarray
) -> Search:
    """Build a climb from its settings.

    Args:
      method: one of CLIMBS.
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      table: word vectors `[V, E]`, for `embfree`.
    """
    allowed = jnp.asarray(allowed)
    if method == "gumbel":
        first, last = settings["temperature"]
        total = settings["epochs"] * settings["steps"]
        decay = settings["decay"] or (last / first) ** (1 / total)
        temperature = optax.exponential_decay(first, 1, decay, end_value=last)
        relaxation = relaxations.gumbel_softmax(length, allowed, temperature)
    elif method == "softmax":
        relaxation = relaxations.softmax(length, allowed)
    elif method == "logits":
        relaxation = relaxations.logits(length, allowed)
    else:
        relaxation = relaxations.free_embedding(length, allowed, jnp.asarray(table))
    return ascent(
        relaxation,
        optax.adam(settings["learning_rate"]),
        epochs=settings["epochs"],
        steps=settings["steps"],
        samples=settings["samples"],
        patience=settings["patience"],
    )


def bytes_of_step(settings: dict, length: int, vocabulary: int) -> int:
    """Estimate the memory of one neuron's step: soft words, noise and gradients `[S, L, V]`."""
    return 6 * 4 * settings["samples"] * length * vocabulary
