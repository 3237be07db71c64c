"""One way to find n-grams: what it is, and how one goes on from another."""

import numbers
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from neurondream.base import Array, Search
from neurondream.corpora.ngrams import Ngrams
from neurondream.errors import InputError
from neurondream.searches import front, front_polish, ladder, polish, swaps
from neurondream.searches.pool import best_of_pool
from neurondream.sweeps.prefixes import NgramSource

POLISH = "+polish"
AUTO = "auto"  # the first judge that there is
STARTS = ("search", "embfree", "logits", "softmax", "gumbel")  # what swaps may start from
# A processor's caches hold a thousand states; an accelerator wants all words at once.
POLISH_BLOCK = 1024
POLISH_BYTES = 2**28  # of states of one neuron's words, at most
# Of models that are read whole for every word, polish tries all words up to FEW, else COVER of them
# at each place.
FEW, COVER = 2048, 256
CERTIFICATES = 3  # points of a front that polish ends, each of as many n-grams at once as follow
FRONT_BLOCK = 256
MOST_FACES = 1000
SOFT_BYTES = 2**28  # of soft words of one neuron at once, where more would have to wait


class Problem(NamedTuple):
    """What a method is to find n-grams for, whichever the neuron."""

    length: int  # L
    allowed: np.ndarray  # bool [V], words that a dream may hold
    table: Array  # [V, E], word vectors
    units: int  # H of the layer that is read
    ngrams: Ngrams | None = None  # those of a corpus
    contexts: int = 1  # B that an n-gram is read in
    pool: Array | None = None  # int32 [M, L], what a search that starts from others begins with
    # Counts what of n-grams is not read as itself, `ids [..., L] -> int32 [...]`, on the host; None
    # where all is.
    check: Callable[[np.ndarray], np.ndarray] | None = None
    # Where the parts begin that the encoder reads hard words in; None where it reads them in turn.
    parts: tuple[int, ...] | None = None
    words: np.ndarray | None = None  # bool [V], allowed ones that begin a word, where that matters
    judged: int | None = None  # words whose logits a judge computes at once; None for all V
    limit: float = np.inf  # nats a word within which the n-gram of a front's line is the highest


class Method(NamedTuple):
    """A way to find n-grams, with its settings."""

    name: str  # as it stands in lines and manifests
    settings: Mapping[str, Any]  # all that it was built with, as JSON values
    # Builds what climbs the score of one neuron; None for a method that goes through n-grams.
    search: Callable[[Problem], Search] | None = None
    # The n-grams to go through, for all neurons at once; None for a method that climbs.
    ngrams: Callable[[Problem], NgramSource] | None = None
    # What a line tells of the way, from the search's info and a function from ids to an n-gram.
    describe: Callable[[Any, Callable], dict[str, Any]] = lambda info, spell: {}
    memory: Callable[[Problem], int] = lambda problem: 1  # bytes that a neuron takes
    # Of the encoder, for an n-gram of L words; in parts, whole ones that take as long.
    passes: Callable[[int], int] = lambda length: 0
    starts_from: str | None = None  # the method whose lines it starts from
    contrast: float = 0.0  # corpus deviations given up for one of the others of the layer
    judge: str | None = None  # whose log-probability is a term beside activation, of fronts


def polished(
    method: Method, *, cover: int | None = None, certificates: int | None = None
) -> Method:
    """Let a climb be followed by every word at every place, and end in a certificate.

    Args:
      method: climbs.
      cover: words tried at each place, those that the gradient ranks first. By default all of them
        where words are read in turn or are few, else 256; the certificate says so.
      certificates: points of a front that end so, 3 by default, see `front_polish.polish_front`.

    Raises:
      InputError: the method is no climb, or is polished already; or it has no front to certify.
    """
    done = method.settings.get("polish") or method.name in ("best", "faces")
    if not method.search or done:
        raise InputError(f"{method.name}: cannot be polished; climbs can, as in gumbel{POLISH}")
    check_least({"cover": cover, "certificates": certificates})
    if method.judge:
        return _polished_front(method, cover, certificates or CERTIFICATES)
    if certificates is not None:
        raise InputError(
            f"certificates={certificates}: of fronts, as in fluent{POLISH}; {method.name} has none"
        )

    def build(problem: Problem) -> Search:
        return polish.polish(
            method.search(problem), problem.allowed, block=_polish_block(problem),
            parts=problem.parts, cover=choose_cover(problem, cover),
        )

    return method._replace(
        name=method.name + POLISH, search=build,
        settings={**method.settings, "polish": True} | ({} if cover is None else {"cover": cover}),
        describe=lambda info, spell: polish.describe_polish(info, spell, method.describe),
        memory=lambda p: method.memory(p) + 8 * 4 * p.units * _polish_block(p) * p.contexts,
    )


def _polished_front(method: Method, cover: int | None, certificates: int) -> Method:
    def build(problem: Problem) -> Search:
        return front_polish.polish_front(
            method.search(problem), problem.allowed, limit=problem.limit,
            certificates=certificates, block=FRONT_BLOCK, parts=problem.parts,
            cover=choose_cover(problem, cover),
        )

    def memory(problem: Problem) -> int:
        states = 8 * 4 * problem.units * FRONT_BLOCK * problem.contexts
        return method.memory(problem) + states + logit_bytes(problem, FRONT_BLOCK)

    return method._replace(
        name=method.name + POLISH, search=build, memory=memory,
        settings={**method.settings, "polish": True, "certificates": certificates}
        | ({} if cover is None else {"cover": cover}),
        describe=lambda info, spell: front_polish.describe_certificates(
            info, spell, method.describe
        ),
    )


def contrasted(method: Method, weight: float) -> Method:
    """Let a climb set its neuron off against the others of its layer.

    Args:
      method: climbs.
      weight: corpus deviations of the neuron that are given up for one of the mean of the five
        most excited others.

    Raises:
      InputError: the method is no climb, or the weight is not above 0.
    """
    if not method.search or method.judge:
        raise InputError(f"{method.name}: takes no contrast; climbs do, as in best~0.5")
    if not 0 < weight < np.inf:
        raise InputError(f"{method.name}~{weight:g}: give a number above 0, as in best~0.5")
    return method._replace(
        name=f"{method.name}~{weight:g}", contrast=weight,
        settings={**method.settings, "contrast": weight},
    )


def started(method: Method, start: Method | None) -> Method:
    """Let swaps start from what another method finds, half of a fluent climb from real n-grams.

    Raises:
      InputError: these methods do not go together so.
    """
    name = f"{start.name if start else '?'}+{method.name}"
    fluent = method.name == "fluent" and start is not None and start.name == "search"
    swapped = method.name == "swaps" and start is not None and start.name in STARTS
    if not (fluent or swapped):
        raise InputError(
            f"unknown method {name!r}: swaps may start from {', '.join(STARTS)}, fluent from search"
        )

    def build(problem: Problem) -> Search:
        if fluent:
            return method.search(problem)  # begins with the pool
        first = start.search(problem) if start.search else best_of_pool(problem.pool)
        return swaps.swaps(
            problem.length, problem.allowed, **method.settings, start=first,
            first=problem.words, parts=problem.parts,
            at_once=soft_at_once(problem, method.settings["restarts"]),
        )

    return method._replace(
        name=name, search=build,
        settings={**method.settings, "start": {"method": start.name, **start.settings}},
        memory=lambda problem: max(method.memory(problem), start.memory(problem)),
        passes=lambda length: start.passes(length) + method.passes(length),
        starts_from=None if start.search else start.name,
    )


def laddered(method: Method, judge: str = AUTO) -> Method:
    """Let a climb run at several prices of fluency, side by side: the front of where it ends.

    Args:
      method: climbs.
      judge: whose nats a word are paid for, see `runs.judges.open_judge`.

    Raises:
      InputError: the method is no plain climb.
    """
    if method.name.partition(":")[0] not in (*STARTS[1:], "swaps"):
        raise InputError(f"{method.name}: has no ladder; {', '.join(STARTS[1:])} and swaps have")

    def build(problem: Problem) -> Search:
        words = problem.allowed if problem.words is None else problem.words
        return ladder.ladder(method.search(problem), problem.length, words)

    def memory(problem: Problem) -> int:
        # Logits of words without noise, read behind all beginnings; or of all that price nats.
        behind, climbs = problem.contexts > 1, method.settings["restarts"]
        soft = soft_at_once(problem, climbs) if behind and "samples" not in method.settings else 0
        climbing = ladder.STEPS * (method.memory(problem) + logit_bytes(problem, 5 * soft))
        return max(climbing, logit_bytes(problem, 5 * ladder.DRAWN // 4))

    return method._replace(
        name=f"{method.name}-ladder", search=build, describe=front.describe_front, judge=judge,
        settings={**method.settings, "ladder": list(ladder.PENALTIES), "judge": judge},
        memory=memory,
        passes=lambda length: ladder.STEPS * method.passes(length),
    )


def soft_bytes(problem: Problem, soft: int) -> int:
    """Estimate the memory of the soft n-grams of a step."""
    # Soft words, noise and gradients `[L, V]` of every soft n-gram: nine of them, by the memory
    # that processes took on a vocabulary of 9,733 words.
    return 9 * 4 * soft * problem.length * len(problem.allowed)


def soft_at_once(problem: Problem, number: int, each: int = 1) -> int:
    """Choose how many climbs on soft n-grams run side by side: all, or a part of equal size.

    Args:
      problem: whose vocabulary decides.
      number: of climbs.
      each: soft n-grams of one.
    """
    fitting = max(SOFT_BYTES // soft_bytes(problem, each), 1)
    return max(some for some in range(1, min(number, fitting) + 1) if number % some == 0)


def climb_bytes(problem: Problem, climbs: int, each: int = 1, hard: int = 0) -> int:
    """Estimate the memory of climbs on soft n-grams, and of where all of them end.

    Args:
      problem: whose vocabulary and layer decide.
      climbs: in all, of which as many as fit run side by side.
      each: soft n-grams of one.
      hard: hard ones of one that are scored at once.
    """
    at_once = soft_at_once(problem, climbs, each)
    # However few climb at once, the ends of all are read together: 32 numbers a unit and word, by
    # the memory that a hundred thousand of them took.
    ends = 32 * 4 * climbs * problem.length * problem.units * problem.contexts
    # Behind many beginnings hard ones may take more, most where long ones are rearranged: 8 numbers
    # a unit where words are read in turn, a unit and word where not, by what programs needed.
    words = 0 if problem.contexts == 1 else 1 if problem.parts is None else problem.length
    hard_bytes = 8 * 4 * hard * at_once * words * problem.units * problem.contexts
    return max(soft_bytes(problem, each * at_once), ends, hard_bytes)


def logit_bytes(problem: Problem, hard: int) -> int:
    """Estimate the memory of what a judge computes of n-grams that are scored at once."""
    # Logits of each of their words, which are then normalized.
    words = len(problem.allowed) if problem.judged is None else problem.judged
    return 2 * 4 * hard * problem.length * words * problem.contexts


def choose_cover(problem: Problem, cover: int | None) -> int | None:
    """Choose how many words of each place polish tries; None tries all."""
    if cover is None and problem.parts is not None and np.sum(problem.allowed) > FEW:
        return COVER
    return cover


def _polish_block(problem: Problem) -> int:
    if jax.default_backend() == "cpu":
        return POLISH_BLOCK
    fitting = POLISH_BYTES // (8 * 4 * problem.units * problem.contexts)
    return max(POLISH_BLOCK, min(fitting, len(problem.allowed)))


def check_faces(number: int | None) -> None:
    """Refuse dreams of one neuron that are none, or too many.

    Raises:
      InputError: they are.
    """
    check_least({"faces": number})
    if number is not None and number > MOST_FACES:
        raise InputError(f"faces={number}: give at most {MOST_FACES}")


def check_least(settings: Mapping[str, int | None]) -> None:
    """Refuse settings that are no whole numbers, or below what makes sense.

    Raises:
      InputError: one is.
    """
    for name, value in settings.items():
        least = 0 if name == "rounds" else 1
        if value is not None and not isinstance(value, numbers.Integral):
            raise InputError(f"{name}={value}: give a whole number")
        if value is not None and value < least:
            raise InputError(f"{name}={value}: give {least} or more")
