"""Front searches as methods: n-grams from natural to extreme, by what a judge says of them."""

from neurondream.ascents import gumbel
from neurondream.base import Search
from neurondream.errors import InputError
from neurondream.method import (
    AUTO,
    Method,
    Problem,
    check_faces,
    check_least,
    climb_bytes,
    laddered,
    logit_bytes,
    soft_at_once,
)
from neurondream.searches import evolution
from neurondream.searches import fluent as climbing
from neurondream.searches.faces import fluent_faces
from neurondream.searches.front import describe_front

FLUENT = {"quick": {"islands": 1, "rounds": 6}, "usual": {"islands": 2, "rounds": 12}}
MOST_PENALTY = 1e6  # what a fault in spelling costs, 1e30, is multiplied by it in float32


def fluent(
    *, effort: str = "usual", judge: str = AUTO, islands: int | None = None, slots: int = 4,
    rounds: int | None = None, candidates: int = 16,
    penalties: tuple[float, float] = (0.02, 0.4), faces: int | None = None,
) -> Method:
    """Swap words at several prices of fluency at once; the whole front from natural to extreme.

    With faces, several n-grams that differ, all as fluent as half of the corpus' are.
    """
    if effort not in FLUENT:
        raise InputError(f"effort={effort!r}: fluent takes {' or '.join(FLUENT)}")
    given = {"islands": islands, "rounds": rounds}
    settings = {
        **FLUENT[effort], **{name: value for name, value in given.items() if value is not None},
        "slots": slots, "candidates": candidates, "penalties": penalties,
    }
    check_least({name: value for name, value in settings.items() if name != "penalties"})
    check_penalties(penalties)
    check_faces(faces)
    number = settings["islands"] * slots

    def build(problem: Problem) -> Search:
        search = climbing.fluent(
            problem.length, problem.allowed, **settings, first=problem.words, pool=problem.pool,
            parts=problem.parts, at_once=soft_at_once(problem, number),
        )
        if faces is None:
            return search
        return fluent_faces(search, faces, problem.length, problem.limit)

    return _front(
        "fluent", judge,
        {"effort": effort, **settings} | ({} if faces is None else {"faces": faces}), build,
        1, number, 2 * candidates,
        lambda length: (faces or 1) * (64 + number * 2 * (settings["rounds"] + 1) * (
            3 + length * candidates + min(2 * candidates, (length - 1) ** 2)
        )),
    )


def epo(
    *, judge: str = AUTO, population: int = 8, children: int = 32, top: int = 512,
    iterations: int = 300, restart: int = 30, penalties: tuple[float, float] = (0.1, 10.0),
) -> Method:
    """Evolve n-grams at several prices of fluency, as Thompson et al. 2024 do."""
    settings = {name: value for name, value in locals().items() if name != "judge"}
    check_least({name: value for name, value in settings.items() if name != "penalties"})
    check_penalties(penalties)
    return _front(
        "epo", judge, settings,
        lambda problem: evolution.epo(problem.length, problem.allowed, **settings),
        population, 1, population * children,
        lambda length: population * (1 + iterations * (3 + children)),
    )


def gcg(
    *, judge: str = AUTO, children: int = 512, top: int = 256, iterations: int = 250
) -> Method:
    """Climb by the best of many random words that the gradient proposes, as nanoGCG does."""
    settings = {name: value for name, value in locals().items() if name != "judge"}
    check_least(settings)
    return _front(
        "gcg", judge, settings,
        lambda problem: evolution.gcg(problem.length, problem.allowed, **settings),
        1, 1, children, lambda length: 1 + iterations * (3 + children),
    )


def gbda(
    *, judge: str = AUTO, epochs: int = 75, steps: int = 2, samples: int = 2,
    learning_rate: float = 0.3, restarts: int = 1, temperature: tuple[float, float] = (3.0, 0.5),
) -> Method:
    """Let gumbel climb at several prices of soft fluency, as GBDA (Guo et al. 2021) does at one."""
    settings = {name: value for name, value in locals().items() if name != "judge"}
    return laddered(gumbel(**settings), judge)._replace(name="gbda")


def check_penalties(penalties: tuple[float, float]) -> None:
    """Refuse penalties that are no range above 0.

    Raises:
      InputError: they are not.
    """
    least, most = penalties
    if not 0 < least <= most <= MOST_PENALTY:
        raise InputError(
            f"penalties={least:g},{most:g}: give two numbers above 0 and at most "
            f"{MOST_PENALTY:g}, the lesser first"
        )


def _front(name, judge, settings, search, soft, climbs, hard, passes) -> Method:
    def memory(problem: Problem) -> int:
        at_once = soft_at_once(problem, climbs)
        return climb_bytes(problem, climbs, soft, hard) + logit_bytes(problem, hard * at_once)

    return Method(
        name, {**settings, "judge": judge}, search=search, describe=describe_front, memory=memory,
        passes=passes, judge=judge,
    )
