"""The methods: one table of functions whose keyword-only arguments are the settings.

The paper's are `search`, `embfree`, `logits`, `softmax` and `gumbel` (Poerner, Roth & Schütze
2018). To add one, write a function that returns a `Method` and give it a line in `METHODS`; where
no name is needed, hand the `Method` itself to whatever runs it.
"""

import inspect
import numbers
import re
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from neurondream.ascents import ASCENTS, embfree, gumbel, logits, softmax
from neurondream.errors import InputError
from neurondream.fronts import epo, fluent, gbda, gcg
from neurondream.method import (
    POLISH,
    Method,
    check_faces,
    check_least,
    climb_bytes,
    contrasted,
    polished,
    soft_at_once,
    started,
)
from neurondream.searches import faces as several
from neurondream.searches import swaps as substitutions
from neurondream.sweeps.prefixes import all_ngrams, corpus_ngrams

EFFORTS = {
    "quick": {"restarts": 2, "rounds": 20, "polish": False},
    "usual": {"restarts": 24, "rounds": 50, "polish": True},
    "thorough": {"restarts": 32, "rounds": 100, "polish": True},
}

# What each setting means, for help and documents.
SETTINGS = {
    "candidates": "words that swaps and fluent try at each place",
    "certificates": "points of a front that polish ends: the extreme, the one as fluent as half of "
                    "real n-grams, others evenly between",
    "children": "n-grams that epo makes of each of its population, gcg of its one",
    "cover": "words that polish tries at each place, those the gradient ranks first; by default "
             "all, but 256 where n-grams are read whole and words are many",
    "decay": "of the temperature, a step; by default what leads from first to last",
    "effort": "what `best` may take: quick, usual (certified) or thorough (certified); fluent has "
              "the first two",
    "epochs": "epochs of an ascent; the n-gram is scored after each",
    "epsilon": "Adam's",
    "faces": "dreams of one neuron that differ; those of fluent are as fluent as half of real "
             "n-grams",
    "islands": "populations of fluent that share nothing but the front",
    "iterations": "of mutation and selection, of epo and gcg",
    "judge": "whose nats a word fronts are of: the model's next words, the masked words, "
             "kneser_ney of the corpus, or a folder; auto is the first there is",
    "learning_rate": "Adam's",
    "patience": "epochs without a better n-gram before an ascent ends",
    "penalties": "least and most that a nat a word costs: in heights for fluent, in activation for "
                 "epo",
    "population": "n-grams of epo, each at a penalty of its own",
    "restart": "iterations after which epo goes on from one n-gram",
    "restarts": "climbs from other starts, the best of which is kept",
    "rounds": "rounds of recombination of swaps and fluent",
    "samples": "noise samples a step of gumbel",
    "slots": "n-grams of an island of fluent, each at a penalty of its own",
    "steps": "optimizer steps in an epoch",
    "sweeps": "sweeps of swaps before the first round",
    "temperature": "first and last of the relaxed words",
    "top": "words of each place that epo and gcg choose from, those the gradient ranks first",
}


def search() -> Method:
    """Score every distinct n-gram of a corpus."""
    return Method("search", {}, ngrams=lambda problem: corpus_ngrams(*problem.ngrams[:2]))


def exhaustive() -> Method:
    """Score every n-gram that there is: the true optimum, where they can be enumerated."""
    return Method("exhaustive", {}, ngrams=lambda problem: all_ngrams(
        problem.allowed, problem.length, check=problem.check
    ))


def swaps(
    *, restarts: int = 8, sweeps: int = 2, rounds: int = 20, candidates: int = 16
) -> Method:
    """Swap the words that the gradient proposes where the exact score agrees."""
    settings = dict(locals())
    check_least(settings)
    return Method(
        "swaps", settings,
        search=lambda problem: substitutions.swaps(
            problem.length, problem.allowed, **settings, first=problem.words,
            parts=problem.parts, at_once=soft_at_once(problem, restarts),
        ),
        describe=substitutions.describe_swaps,
        memory=lambda problem: climb_bytes(
            problem, restarts, hard=max(candidates, (problem.length - 1) ** 2)
        ),
        passes=lambda length: substitutions.count_passes(length, **settings),
    )


def best(
    *, effort: str = "usual", restarts: int | None = None, sweeps: int = 2,
    rounds: int | None = None, candidates: int = 16, cover: int | None = None,
) -> Method:
    """Swap words from many starts; but for the quick effort, polish and certify the end."""
    check_least({"cover": cover})
    if effort not in EFFORTS:
        raise InputError(f"effort={effort!r}: give one of {', '.join(EFFORTS)}")
    usual = EFFORTS[effort]
    method = swaps(
        restarts=usual["restarts"] if restarts is None else restarts, sweeps=sweeps,
        rounds=usual["rounds"] if rounds is None else rounds, candidates=candidates,
    )
    if usual["polish"]:
        method = polished(method, cover=cover)
    covers = {} if cover is None else {"cover": cover}
    return method._replace(name="best", settings={"effort": effort, **method.settings, **covers})


def faces(
    *, faces: int = 3, restarts: int = 2, sweeps: int = 2, rounds: int = 20, candidates: int = 16
) -> Method:
    """Dream several n-grams, each ending otherwise and sharing at most half of the words."""
    check_faces(faces)
    inner = swaps(restarts=restarts, sweeps=sweeps, rounds=rounds, candidates=candidates)
    return inner._replace(
        name="faces", settings={"faces": faces, **inner.settings},
        search=lambda problem: several.faces(inner.search(problem), faces, problem.length),
        describe=several.describe_faces,
        passes=lambda length: faces * inner.passes(length),
    )


METHODS: dict[str, Callable[..., Method]] = {
    "search": search, "exhaustive": exhaustive, "embfree": embfree, "logits": logits,
    "softmax": softmax, "gumbel": gumbel, "swaps": swaps, "best": best, "faces": faces,
    "fluent": fluent, "epo": epo, "gbda": gbda, "gcg": gcg,
}  # fmt: skip


def settings_of(name: str) -> dict[str, Any]:
    """List the settings of a method of the table, or of polish, with their defaults."""
    return {
        setting: parameter.default
        for setting, parameter in inspect.signature(_maker_of(name)).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def hints_of(name: str) -> dict[str, Any]:
    """List what the settings of a method of the table, or of polish, may be."""
    return typing.get_type_hints(_maker_of(name))


def _maker_of(name):
    # Polish follows another method, and has settings like one.
    return polished if name == "polish" else METHODS[name]


class Spelled(NamedTuple):
    """What a method's name says."""

    plain: str  # of the table
    starts: list[str]  # of the table, what it starts from
    restarts: int | None
    contrast: float | None
    polish: bool

    @property
    def parts(self) -> list[str]:
        """What has settings: the method that starts from the others, these, and polish."""
        return [self.plain, *self.starts, *(["polish"] if self.polish else [])]


def make_method(name: str, **settings: Any) -> Method:
    """Make a method by its name.

    Args:
      name: one of `METHODS`; `softmax:8` has 8 restarts, `gumbel+polish` polishes a climb,
        `gumbel+swaps` lets swaps start from what another climb has found, `search+swaps` from the
        corpus' best, `best~0.5` sets a neuron off against others of its layer.
      settings: of the method; of one that starts from another, of both.

    Raises:
      InputError: there is no such method or setting, or methods do not go together so.
    """
    plain, starts, restarts, contrast, polish = spelled = read_name(name)
    if restarts is not None:
        if "restarts" in settings:
            raise InputError(f"restarts={settings['restarts']}: {name} says how many")
        settings |= {"restarts": restarts}
    known = dict.fromkeys(setting for part in spelled.parts for setting in settings_of(part))
    if unknown := sorted(settings.keys() - known.keys()):
        raise InputError(f"{unknown[0]}: no setting of {name}, which has {', '.join(known)}")

    for part in spelled.parts:
        for setting, hint in hints_of(part).items():
            if setting in settings:
                check_kind(setting, settings[setting], hint)

    def make(part: str, *of: Method, **fixed: Any) -> Method:
        given = {key: value for key, value in settings.items() if key in settings_of(part)}
        return _maker_of(part)(*of, **given | fixed)

    method = make(plain)
    if restarts is not None:
        method = method._replace(name=f"{plain}:{restarts}")
    if starts:
        # What swaps start from is one climb, as one of their n-grams starts.
        alone = {"restarts": 1} if len(starts) == 1 and starts[0] in ASCENTS else {}
        method = started(method, make(starts[0], **alone) if len(starts) == 1 else None)
    if contrast is not None:
        method = contrasted(method, contrast)
    return make("polish", method) if polish else method


def check_kind(setting: str, value: Any, hint: Any) -> None:
    """Refuse a setting that is of another kind than a method takes.

    Raises:
      InputError: it is.
    """
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and types.NoneType in kinds:
        return
    kind, what = kinds[0], "a number" if kinds[0] is float else "a whole number"
    if typing.get_origin(kind) is tuple:
        count = len(typing.get_args(kind))
        right = isinstance(value, tuple | list) and len(value) == count and all(
            isinstance(number, numbers.Real) for number in value
        )
        what = f"{count} numbers"
    elif kind is str:
        right, what = isinstance(value, str), "a name"
    else:
        right = isinstance(value, numbers.Integral if kind is int else numbers.Real)
        right = right and (isinstance(value, float) or abs(value) < 2**31)
    if not right:
        raise InputError(f"{setting}={value!r:.60}: give {what}")


_NAME = re.compile(r"(?:(?P<starts>.*)\+)?(?P<plain>[a-z]+)(?::(?P<restarts>\d{1,9}))?"
                   r"(?:~(?P<contrast>\d{0,9}\.?\d{1,9}))?")  # fmt: skip


def read_name(name: str) -> Spelled:
    """Read what a method's name says.

    Raises:
      InputError: there is no such method.
    """
    read = _NAME.fullmatch(name.removesuffix(POLISH))
    starts = read["starts"].split("+") if read and read["starts"] is not None else []
    if read is None or any(part not in METHODS for part in (read["plain"], *starts)):
        raise InputError(
            f"unknown method {name!r}: give one of {', '.join(METHODS)}; softmax:8 has 8 restarts, "
            f"gumbel{POLISH} polishes a climb, gumbel+swaps lets swaps start from another, "
            "best~0.5 sets a neuron off against others"
        )
    restarts, contrast = read["restarts"], read["contrast"]
    return Spelled(
        read["plain"], starts, int(restarts) if restarts else None,
        float(contrast) if contrast else None, name.endswith(POLISH),
    )
