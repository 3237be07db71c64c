"""The search methods by their names, and the flags that set them.

The paper's are `search`, `embfree`, `logits`, `softmax` and `gumbel`. `gumbel+swaps` lets swaps
start from what gumbel has found, `search+swaps` from the corpus' best. Any climb may be followed
by `+polish`, which ends in a certificate.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags

from neurondream import relaxations
from neurondream.base import Search
from neurondream.errors import InputError
from neurondream.searches.ascent import ascent
from neurondream.searches.faces import faces
from neurondream.searches.polish import polish
from neurondream.searches.pool import best_of_pool
from neurondream.searches.restarts import best_of
from neurondream.searches.swaps import swaps

ASCENTS = ("embfree", "logits", "softmax", "gumbel")
CLIMBS = (*ASCENTS, "swaps", "best", "faces")
SWEEPS = ("search", "exhaustive")
METHODS = (*SWEEPS, *CLIMBS)
STARTS = ("search", *ASCENTS)
POLISH = "+polish"

_EPOCHS = flags.DEFINE_integer("epochs", None, "Epochs; the n-gram is judged after each.")
_STEPS = flags.DEFINE_integer("steps", None, "Optimizer steps in an epoch.")
_SAMPLES = flags.DEFINE_integer("samples", None, "Noise samples a step of gumbel.")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Adam's.")
_PATIENCE = flags.DEFINE_integer("patience", None, "Epochs without a better n-gram before the end.")
_TEMPERATURE = flags.DEFINE_list("temperature", None, "First and last, of gumbel and softmax.")
_PAPER = flags.DEFINE_bool(
    "paper", False, "The settings of the 2018 paper; its arithmetic with --precision=float32."
)
_RESTARTS = flags.DEFINE_integer("restarts", None, "Climbs from other starts; the best is kept.")
_SWEEPS = flags.DEFINE_integer("sweeps", None, "Sweeps of swaps before the first round.")
_ROUNDS = flags.DEFINE_integer("rounds", None, "Rounds of recombination of swaps.")
_CANDIDATES = flags.DEFINE_integer("candidates", None, "Words that swaps try at each place.")
_EFFORT = flags.DEFINE_enum(
    "effort", "usual", ["quick", "usual", "thorough"],
    "What `best` may take: a tenth of gumbel's time; more, certified; about twice that, certified.",
)

_FACES = flags.DEFINE_integer("faces", 3, "Dreams of a neuron that differ, by `faces`.", 0)

_ASCENT = ("epochs", "steps", "samples", "learning_rate", "patience", "restarts")
_OURS = {
    "embfree": (150, 2, 1, 0.03, None, 1),
    "logits": (100, 2, 1, 0.003, None, 1),
    "softmax": (150, 4, 1, 0.3, None, 1),
    "gumbel": (75, 2, 2, 0.3, None, 8),
}
_PAPERS = {
    "embfree": (10_000, 20, 1, 1e-3, 25, 1),
    "logits": (10_000, 200, 1, 1e-3, 100, 1),
    "softmax": (10_000, 200, 1, 1e-3, 100, 1),
    "gumbel": (10_000, 200, 64, 1e-3, 200, 1),
}
# First and last, over the whole ascent.
_OUR_TEMPERATURES = {"softmax": (5.0, 0.05), "gumbel": (3.0, 0.5)}
_PAPER_TEMPERATURES = {"softmax": (1.0, 1.0), "gumbel": (2.0, 0.1)}
_PAPER_DECAY = 0.99995  # a step
_EPSILON, _PAPER_EPSILON = 1e-8, 1e-7  # Adam's, of optax and of Keras

_SWAPS = ("restarts", "sweeps", "rounds", "candidates")
_OUR_SWAPS = (8, 2, 20, 16)
EFFORTS = {"quick": (2, 2, 20, 16), "usual": (24, 2, 50, 16), "thorough": (32, 2, 100, 16)}


def check_methods(
    names: list[str], known: tuple[str, ...] = METHODS, searched: bool = False
) -> None:
    """Refuse unknown methods.

    Args:
      names: in the order in which they will run.
      known: those that may be asked for.
      searched: whether a search of the corpus goes before.

    Raises:
      InputError: there is none, a name is not a method, one that cannot be polished is to be, or
        one starts from the corpus' best, which is not known by then.
    """
    if not names:
        raise InputError(f"--method: give some of {', '.join(known)}")
    for position, name in enumerate(names):
        start, plain = split_method(name)
        polished = name.endswith(POLISH)
        if (
            plain not in known
            or (polished and plain in (*SWEEPS, "best", "faces"))
            or (start and not (start in STARTS and plain == "swaps"))
        ):
            raise InputError(
                f"unknown method {name!r}: give some of {', '.join(known)}; a climb may be "
                f"polished, as in gumbel{POLISH}, and swaps may go on from another search, as in "
                "gumbel+swaps"
            )
        if start == "search" and not searched and "search" not in names[:position]:
            raise InputError(
                f"{name} starts from the corpus' best n-gram: let a search go before, as in "
                f"--method=search,{name}"
            )


def split_method(name: str) -> tuple[str | None, str]:
    """Split a method's name into what it starts from, if anything, and what it is."""
    start, _, plain = name.removesuffix(POLISH).rpartition("+")
    return start or None, plain


def settings_of(method: str) -> dict:
    """Collect what a method is run with, for the manifest and for `make_search`.

    Raises:
      InputError: the temperature is not two positive numbers, or a number is below its least.
    """
    _check_numbers()
    given = _given_temperatures()
    start, plain = split_method(method)
    if plain in SWEEPS:
        return {}
    if plain in ASCENTS:
        names, defaults = _ASCENT, (_PAPERS if _PAPER.value else _OURS)[plain]
    else:
        names = _SWAPS
        efforts = {"best": _EFFORT.value, "faces": "quick"}
        defaults = EFFORTS[efforts[plain]] if plain in efforts else _OUR_SWAPS
    settings = {
        name: default if flags.FLAGS[name].value is None else flags.FLAGS[name].value
        for name, default in zip(names, defaults, strict=True)
    }
    if plain in ASCENTS:
        settings["samples"] = settings["samples"] if plain == "gumbel" else 1
        settings["epsilon"] = _PAPER_EPSILON if _PAPER.value else _EPSILON
    if plain in _OUR_TEMPERATURES:
        usual = (_PAPER_TEMPERATURES if _PAPER.value else _OUR_TEMPERATURES)[plain]
        settings["temperature"] = given or usual
        settings["decay"] = _PAPER_DECAY if _PAPER.value else None
    settings["polish"] = method.endswith(POLISH)
    if plain == "best":
        settings["polish"] = _is_polished(_EFFORT.value)
    if plain == "faces":
        settings["faces"] = _FACES.value
    if start:
        settings["start"] = _start_of(start)
    return settings


def effort_settings(effort: str) -> dict:
    """List the settings of `best` at an effort; only the quick one ends without a certificate."""
    return dict(zip(_SWAPS, EFFORTS[effort], strict=True)) | {"polish": _is_polished(effort)}


def _is_polished(effort: str) -> bool:
    return effort != "quick"


def _start_of(method: str) -> dict:
    """List the settings of what swaps start from: one climb, as one of their n-grams starts."""
    alone = {"restarts": 1} if method in ASCENTS else {}
    return {"method": method} | settings_of(method) | alone


def _check_numbers() -> None:
    """Refuse numbers that no method takes, whether or not a method of this run reads them."""
    for name in {*_ASCENT, *_SWAPS}:
        given = flags.FLAGS[name].value
        if given is None:
            continue
        if name == "learning_rate" and not given > 0:
            raise InputError(f"--{name}={given}: give a number above 0")
        least = 0 if name == "rounds" else 1
        if name != "learning_rate" and given < least:
            raise InputError(f"--{name}={given}: give {least} or more")


def _given_temperatures() -> tuple[float, float] | None:
    if _TEMPERATURE.value is None:
        return None
    try:
        first, last = (float(value) for value in _TEMPERATURE.value)
    except ValueError:
        first = last = 0.0
    if not np.inf > first >= last > 0:
        raise InputError(
            f"--temperature={','.join(_TEMPERATURE.value)}: give the first and the last one, "
            "as in --temperature=2,0.1"
        )
    return first, last


def make_search(
    method: str, settings: dict, length: int, allowed: np.ndarray, table: np.ndarray,
    pool: np.ndarray | None = None,
) -> Search:
    """Build a climb from its settings.

    Args:
      method: one of CLIMBS, perhaps with a start, perhaps polished.
      length: L.
      allowed: words a dream may hold, `bool [V]`.
      table: word vectors `[V, E]`, for `embfree`.
      pool: n-grams `int32 [M, L]` of the corpus, for climbs that start from its best.
    """
    _, plain = split_method(method)
    if plain in ASCENTS:
        search = _make_ascent(plain, settings, length, jnp.asarray(allowed), table)
    else:
        start = settings.get("start")
        if start and start["method"] == "search":
            first = best_of_pool(pool)
        elif start:
            first = _make_ascent(start["method"], start, length, jnp.asarray(allowed), table)
        else:
            first = None
        search = swaps(length, allowed, **{name: settings[name] for name in _SWAPS}, start=first)
    if plain == "faces":
        search = faces(search, settings["faces"], length)
    if settings["polish"]:
        search = polish(search, allowed, block=polish_block(len(allowed)))
    return search


def polish_block(words: int) -> int:
    """Choose how many words are scored at once.

    A processor's caches hold a thousand states; an accelerator wants all words at once.
    """
    return 1024 if jax.default_backend() == "cpu" else words


def _make_ascent(method, settings, length, allowed, table) -> Search:
    if method == "gumbel":
        relaxation = relaxations.gumbel_softmax(length, allowed, temperature_of(settings))
    elif method == "softmax":
        relaxation = relaxations.softmax(length, allowed, temperature_of(settings))
    elif method == "logits":
        relaxation = relaxations.logits(length, allowed)
    else:
        relaxation = relaxations.free_embedding(length, allowed, jnp.asarray(table))
    search = ascent(
        relaxation,
        optax.adam(settings["learning_rate"], eps=settings["epsilon"]),
        epochs=settings["epochs"],
        steps=settings["steps"],
        samples=settings["samples"],
        patience=settings["patience"],
    )
    return best_of(search, settings["restarts"])


def temperature_of(settings: dict) -> optax.Schedule:
    """Build the temperature of gumbel or softmax by the step."""
    first, last = settings["temperature"]
    total = settings["epochs"] * settings["steps"]
    decay = settings["decay"] or (last / first) ** (1 / total)
    return optax.exponential_decay(first, 1, decay, end_value=last)
