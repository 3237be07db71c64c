"""What a run writes: typed lines with a version (host side).

WORKSPACE.md documents the files that they stand in.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from neurondream.errors import InputError
from neurondream.runs.kinds import compile_kind

VERSION = 2


class Ngram(TypedDict):
    """An n-gram; no reader ever splits its text."""

    ids: Annotated[list[int], "L"]  # of the model's tokens
    pieces: Annotated[list[str], "L"]  # one each
    text: str


class Scored(TypedDict):
    """An n-gram and the activation that it causes."""

    ngram: Ngram
    score: float
    count: NotRequired[int]  # in the corpus
    nats: NotRequired[float]  # a word, by the first judge there is; its own text left out of counts


class Line(TypedDict):
    """What every line begins with."""

    version: int
    neuron: str  # its canonical name
    label: str  # as a person reads it
    layer: str
    kind: str  # "unit", "cluster", "direction" or "difference"
    place: str  # where it is read: "last", "max", ...
    elsewhere: NotRequired[list[str]]  # its names in other tools


class Certificate(TypedDict):
    """What polish proves."""

    certified: bool  # no other word at any one place does better by more than the tolerance
    spelled: NotRequired[bool]  # said of n-grams that are read as themselves, no others were tried
    contrast: NotRequired[float]  # where that is said of the contrasted score, its weight
    sweeps: int
    tolerance: NotRequired[float]  # what two activations may differ by for rounding alone
    margin: NotRequired[float]  # by how much the best of them falls short; a tie within tolerance
    runner_up: NotRequired[Ngram]
    covers: NotRequired[int]  # of words a place, those the gradient ranks first; all if not there
    passed_over: NotRequired[int]  # words whose activation is no finite number: no certificate
    # Of points of a front: nats a word that other n-grams have at most; any if not there.
    limit: NotRequired[float]
    nats_tolerance: NotRequired[float]  # what two of these may differ by for rounding alone


class FrontPoint(Scored):
    """The n-gram of highest activation among those that are as fluent as it is."""

    others: dict[str, float]  # nats a word by other judges, by their names
    certificate: NotRequired[Certificate]


class Windows(TypedDict):
    """Real n-grams drawn from the corpus as they occur, beside a front: W of each."""

    scores: Annotated[list[float | None], "W"]
    nats: Annotated[list[float | None], "W"]  # a word, by the judge of the front
    others: dict[str, list[float | None]]  # by other judges


# [epoch, soft, hard] of ascents, the best of rounds of swaps; of the score that is climbed.
Course = list[float | None] | list[tuple[int, float | None, float | None]]


class DreamLine(Line):
    """The n-gram that a method has found for a neuron."""

    method: str
    seed: int
    ngram: Ngram
    score: float  # recomputed from the ids by the plain encoder
    seconds: float
    soft: NotRequired[float]  # the last activation of soft words
    course: NotRequired[Course]
    temperature: NotRequired[list[tuple[int, float]]]  # [epoch, temperature]
    start: NotRequired[float]  # the activation that polish began with
    certificate: NotRequired[Certificate]
    faces: NotRequired[list[Scored]]  # beside a front, all within its limit
    judge: NotRequired[str]  # that the nats of a front, or of a corpus' best, are by
    front: NotRequired[list[FrontPoint]]  # from natural to extreme, nats and scores both rising
    # Nats a word within which the n-gram of the line is the highest; the most fluent where none is.
    limit: NotRequired[float]
    nats: NotRequired[float]  # of that n-gram
    windows: NotRequired[Windows]
    cpu: NotRequired[float]  # seconds of a processor that a front took, of all its cores
    reencodes: NotRequired[bool]  # whether its text is read as the same tokens, of subwords
    mended: NotRequired[int]  # sweeps that made it so
    climbed: NotRequired[str]  # the layer before the nonlinearity, that was climbed instead
    factors: NotRequired[dict[str, float]]  # what a unit of a gated MLP is the product of
    off: NotRequired[bool]  # behind the nonlinearity nothing is let through
    passed_over: NotRequired[int]  # steps or n-grams tried whose activation is no finite number


class Peak(TypedDict):
    """The word of a whole text after which a neuron is highest."""

    text: str  # as it was
    ngram: Ngram  # all of it, as tokens
    word: int  # which of them
    score: float


class WholeText(TypedDict):
    """A whole text, or the piece of a long one, with the activation after every word."""

    ngram: Ngram
    word: int  # after which it is highest
    score: float
    values: list[float | None]  # None is no finite number


class LevelText(WholeText):
    """One of those in which a neuron is highest, or one drawn of a level below."""

    # Shares of texts between whose highest values this one's lies; None of the very highest.
    level: NotRequired[list[float] | None]


class Histogram(TypedDict):
    """How many of all scores lie in each bin."""

    edges: list[float]  # from the lowest score to the highest, one more than bins
    counts: list[int]


class Surveyed(TypedDict):
    """How a unit reacts to the texts of a survey."""

    tokens: int
    mean: float
    deviation: float
    texts: list[LevelText]  # from high to low
    edges: list[float]  # E, of the histogram
    counts: list[int]  # E, of some tokens between them, and above the last
    reached: list[list[float]]  # thresholds, and how many tokens reach each


class SweepLine(DreamLine):
    """The best n-grams for a neuron among all of a corpus, or all there are."""

    mean: float  # activation, over the distinct n-grams
    deviation: float
    best: list[Scored]  # from high to low
    quantiles: NotRequired[dict[str, float]]
    histogram: NotRequired[Histogram]  # of the n-grams, where they differ
    # Whole texts in which it is highest, from high to low, then one of each level to the middle.
    texts: NotRequired[list[LevelText]]
    natural: NotRequired[Peak]  # in whole texts of a corpus, of what is read after a word


class Found(TypedDict):
    """What a corpus has of an n-gram."""

    count: int
    part: Ngram | None  # its longest part that occurs
    part_count: int
    nearest: Ngram  # the corpus n-gram with most words at the same places
    nearest_score: float | None
    shared: int  # how many they are


class ProbeLine(Line):
    """What one n-gram of a neuron tells beyond its score; activations throughout.

    One that is no finite number is None where a place is meant, else left out.
    """

    of: str  # "dream" or "corpus"
    settings: dict[str, Any]
    ngram: Ngram
    score: float
    percentile: float  # of corpus n-grams below
    after: Annotated[list[float | None], "L"]  # its first 1, 2, ... words
    suffixes: Annotated[list[float | None], "L"]  # its last 1, 2, ... words alone
    without: list[float | None] | None  # one word left out
    neighbours: list[float | None]  # two neighbours exchanged; None where they are the same
    permuted: list[float]  # other orders
    # Other words at each place, drawn as they occur.
    typical: Annotated[list[list[float] | None], "L"]
    same_class: list[list[float] | None]
    other_class: list[list[float] | None]
    substitutes: Annotated[list[list[tuple[str, float]]], "L"]  # the best words at each place
    context: list[float]  # after real beginnings
    perplexity: float | None  # by the model itself, where it predicts the next word
    found: Found


class NeuronPart(TypedDict):
    """Units of one layer with their weights."""

    layer: str
    units: Annotated[list[int], "K"]
    weights: Annotated[list[float], "K"]


class NeuronLine(TypedDict):
    """What is behind a name that holds a hash, or is a difference."""

    neuron: str
    label: str
    kind: str
    place: tuple[str, int]
    parts: list[NeuronPart]


def check_line(line: Mapping[str, Any], where: str) -> None:
    """Refuse what is no result of this version.

    Raises:
      InputError: it is not.
    """
    if line.get("version") != VERSION:
        raise InputError(f"{where}: not of format {VERSION}; remove the line, or dream again")
    check_kind(line, SweepLine if line.get("method") == "search" else DreamLine, where, "dream")


def check_kind(line: Mapping[str, Any], kind: type, where: str, what: str) -> None:
    """Refuse a line that is not of its type.

    Raises:
      InputError: it is not; says where, what it should be, and the first part that is wrong.
    """
    wrong = compile_kind(kind)(line)
    if wrong is not None:
        wrong = wrong.replace("ngram", "n-gram")
        raise InputError(f"{where}: no {what}, it has no {wrong:.100}; remove the line")
