"""The paper's ascents on soft words (Poerner, Roth & Schütze 2018, section 2) as methods."""

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from neurondream import relaxations
from neurondream.base import Relaxation, Search
from neurondream.errors import InputError
from neurondream.method import Method, Problem, check_least, climb_bytes, soft_at_once
from neurondream.searches import ascent, restarts, spelling


def embfree(
    *, epochs: int = 150, steps: int = 2, learning_rate: float = 0.03,
    patience: int | None = None, restarts: int = 1, epsilon: float = 1e-8,
) -> Method:
    """Climb free vectors in place of words."""
    settings = dict(locals())
    return _ascend("embfree", settings, lambda problem: relaxations.free_embedding(
        problem.length, jnp.asarray(problem.allowed), problem.table
    ))


def logits(
    *, epochs: int = 100, steps: int = 2, learning_rate: float = 0.003,
    patience: int | None = None, restarts: int = 1, epsilon: float = 1e-8,
) -> Method:
    """Climb unconstrained weights on the words."""
    settings = dict(locals())
    return _ascend("logits", settings, lambda problem: relaxations.logits(
        problem.length, jnp.asarray(problem.allowed)
    ))


def softmax(
    *, epochs: int = 150, steps: int = 4, learning_rate: float = 0.3,
    patience: int | None = None, restarts: int = 1, epsilon: float = 1e-8,
    temperature: tuple[float, float] = (5.0, 0.05), decay: float | None = None,
) -> Method:
    """Climb mixtures of words that cool down to words."""
    settings = dict(locals())
    return _ascend("softmax", settings, lambda problem: relaxations.softmax(
        problem.length, jnp.asarray(problem.allowed), temperature_schedule(settings)
    ))


def gumbel(
    *, epochs: int = 75, steps: int = 2, samples: int = 2, learning_rate: float = 0.3,
    patience: int | None = None, restarts: int = 8, epsilon: float = 1e-8,
    temperature: tuple[float, float] = (3.0, 0.5), decay: float | None = None,
) -> Method:
    """Climb mixtures of words with Gumbel noise that cool down to words."""
    settings = dict(locals())
    return _ascend("gumbel", settings, lambda problem: relaxations.gumbel_softmax(
        problem.length, jnp.asarray(problem.allowed), temperature_schedule(settings)
    ))


ASCENTS = ("embfree", "logits", "softmax", "gumbel")

# Adam's epsilon is Keras'; the 2018 code ends after 1,000 epochs if its patience has not before.
_PAPER = {"restarts": 1, "learning_rate": 1e-3, "epsilon": 1e-7, "epochs": 1_000}
PAPER = {
    "embfree": _PAPER | {"steps": 20, "patience": 25},
    "logits": _PAPER | {"steps": 200, "patience": 100},
    "softmax": _PAPER | {"steps": 200, "patience": 100,
                         "temperature": (1.0, 1.0), "decay": 0.99995},
    "gumbel": _PAPER | {"steps": 200, "patience": 200, "samples": 64,
                        "temperature": (2.0, 0.1), "decay": 0.99995},
}  # fmt: skip


def temperature_schedule(settings: Mapping[str, Any]) -> optax.Schedule:
    """Build the temperature by the step.

    Raises:
      InputError: the first and the last are not two falling numbers above 0.
    """
    first, last = settings["temperature"]
    total = settings["epochs"] * settings["steps"]
    decay = settings["decay"] or (last / first) ** (1 / total)
    return optax.exponential_decay(first, 1, decay, end_value=last)


def _ascend(
    name: str, settings: dict[str, Any], relax: Callable[[Problem], Relaxation]
) -> Method:
    _check_ascent(settings)

    def build(problem: Problem) -> Search:
        climb = ascent.ascent(
            relax(problem),
            optax.adam(settings["learning_rate"], eps=settings["epsilon"]),
            **{key: settings[key] for key in ("epochs", "steps", "patience")},
            samples=settings.get("samples", 1),
            # What has noise in it is read in a context drawn by chance, too.
            contexts=problem.contexts if "samples" in settings else 1,
        )
        best = restarts.best_of(climb, settings["restarts"], at_once(problem))
        if problem.check is None:
            return best
        words = problem.allowed if problem.words is None else problem.words
        return spelling.mended(best, problem.allowed, words)

    def describe(info, spell) -> dict[str, Any]:
        if isinstance(info, spelling.MendedInfo):
            return spelling.describe_mended(info, spell, describe)
        course = ascent.describe_ascent(info)
        if "temperature" not in settings:
            return course
        schedule = temperature_schedule(settings)
        return course | {"temperature": [
            [epoch, round(float(schedule(epoch * settings["steps"])), 4)]
            for epoch in np.unique(np.linspace(0, settings["epochs"] - 1, 5).astype(int)).tolist()
        ]}

    def at_once(problem: Problem) -> int:
        return soft_at_once(problem, settings["restarts"], settings.get("samples", 1))

    steps = settings["epochs"] * settings["steps"] * settings.get("samples", 1)
    return Method(
        name, settings, search=build, describe=describe,
        # Beside the soft words the course of each climb, and where it is copied.
        memory=lambda problem: climb_bytes(
            problem, settings["restarts"], settings.get("samples", 1)
        ) + 16 * settings["restarts"] * settings["epochs"],
        # A gradient counts for three.
        passes=lambda length: settings["restarts"] * (3 * steps + settings["epochs"]),
    )


def _check_ascent(settings: Mapping[str, Any]) -> None:
    check_least({
        name: settings.get(name) for name in ("epochs", "steps", "samples", "patience", "restarts")
    })
    for name in ("learning_rate", "epsilon"):
        if not 0 < settings[name] < np.inf:
            raise InputError(f"{name}={settings[name]}: give a number above 0")
    if "temperature" in settings:
        first, last = settings["temperature"]
        if not np.inf > first >= last > 0:
            raise InputError(
                f"temperature={first:g},{last:g}: give the first and the last one, as in 2,0.1"
            )
