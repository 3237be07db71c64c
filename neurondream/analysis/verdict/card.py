"""What is known of one neuron, as JSON: the card that verdicts are read from and pages show."""

from typing import Annotated, NotRequired, TypedDict

from neurondream.runs.lines import (
    Certificate,
    Course,
    Found,
    FrontPoint,
    Histogram,
    LevelText,
    Line,
    Ngram,
    Peak,
    Scored,
    Surveyed,
    Windows,
)


class Face(Scored):
    """An n-gram that the neuron likes too, apart from its dream."""

    share: float  # of the dream's height


class Natural(Peak):
    """Where in whole texts of the corpus the neuron is highest."""

    share: float  # of the dream's height


class Named(TypedDict):
    """Whether words name what the neuron is known to mean."""

    words: int  # that express it
    first: bool  # whether no other meaning has as many, but for more general ones
    rival: str | None  # the meaning that stands before or beside it


class NamedTogether(Named):
    """Whether the words of several dreams do that are set off against other neurons."""

    of: int  # words
    methods: list[str]


class Meaning(Named):
    """What the neuron is known to mean, and whether the dream names it."""

    name: str
    contrasted: NotRequired[NamedTogether]


class Grammar(TypedDict):
    """Whether the made world's grammar lets the word come that the neuron is the logit of."""

    word: str
    fits: bool  # after the dream


class Best(Scored):
    """The dream of highest activation."""

    method: str
    seed: int | None
    certificate: Certificate | None


class Climb(Scored):
    """The dream of one method and seed."""

    method: str
    seed: NotRequired[int]
    seconds: NotRequired[float]
    soft: NotRequired[float]  # the last activation of soft words
    course: NotRequired[Course]
    temperature: NotRequired[list[list[float]]]  # [epoch, temperature]


class Corpus(TypedDict):
    """What the neuron does on the n-grams of the corpus."""

    mean: float
    deviation: float
    quantiles: dict[str, float]
    total: int  # distinct n-grams
    best: list[Scored]  # from high to low
    histogram: NotRequired[Histogram | None]  # of all of them


class Agreement(TypedDict):
    """How many methods and seeds arrive where the best does."""

    tried: int
    same_activation: int
    same_ngram: int


class Words(TypedDict):
    """Which of the L tokens do the work; shares are of the dream's height."""

    after: list[float | None]  # activation after each token; None is no finite number
    without: list[float | None] | None  # activation with each left out
    drop: list[float | None] | None  # share that goes with each
    typical: list[list[float] | None]  # `SPREAD` quantiles with other tokens in each place
    substitutes: list[list[tuple[str, float]]]  # the best other pieces of each place
    suffixes: list[float | None]  # activation of the last 1, 2, ... L tokens alone
    half: int  # how many last tokens have half of the height
    most: int  # and 90 % of it


class CorpusWords(TypedDict):
    """The same of the corpus' best n-gram."""

    ngram: Ngram
    after: list[float | None]
    drop: list[float | None] | None


class Order(TypedDict):
    """What other orders of the same tokens do."""

    permuted: list[float]  # minimum, `SPREAD` quantiles, maximum
    neighbours: list[float | None]  # with two neighbours exchanged; None where they are the same
    kept: float  # median share of the height


class Context(TypedDict):
    """What is left after the beginnings of real texts."""

    quantiles: list[float]  # `SPREAD`
    median: float  # share of the height
    low: float  # its 10th percentile


class Point(FrontPoint):
    """An n-gram of a front, with what each of its words does."""

    without: list[float | None] | None  # activation with each left out
    drop: list[float | None] | None  # share of its own height that goes with each


class Usual(TypedDict):
    """The highest n-gram found that is no less fluent than half of the corpus' n-grams."""

    nats: float  # a word, that half of the corpus' n-grams take at most
    ngram: Ngram | None  # None where none is
    share: float | None  # of the height of the front's extreme
    ratio: float | None  # of its height to that of the corpus' best


class Real(Windows):
    """Real n-grams beside a front, and what they are; None where that is not known."""

    texts: Annotated[list[str | None], "W"]
    repeated: float | None  # tokens of an n-gram that stood in it before, on average


class Front(TypedDict):
    """The n-grams of highest activation at every fluency, beside real ones."""

    method: str
    seed: int
    judge: str  # that nats are by
    limit: float  # nats a word within which the method's own n-gram is the highest
    points: list[Point]  # from natural to extreme, some of them
    faces: list[Scored]  # others within the limit that differ, from high to low
    windows: Real | None
    corpus: list[Scored]  # the corpus' best n-grams with nats by the same judge
    usual: Usual | None


class Card(Line):
    """All that is known of one neuron.

    Heights are activations above the mean over corpus n-grams, since an activation need not have a
    zero of its own; shares are shares of the dream's height.
    """

    factors: NotRequired[dict[str, float]]  # what a unit of a gated MLP is the product of
    family: str
    level: str
    standing: str  # above, level with or below the corpus; or reacts to nothing
    verdict: list[str]  # sentences, the headline first
    warnings: NotRequired[list[str]]  # why the dream may not be the highest there is
    dream: Best
    gain: float | None  # over the corpus' best, in its standard deviations; of what it moves
    ratio: float | None  # of the dream's height to that of the corpus' best
    percentile: float | None  # of the dream among corpus n-grams
    corpus: Corpus
    natural: Natural | None
    # Whole texts in which it is highest and at lower levels, with the activation at each word.
    texts: list[LevelText]
    survey: NotRequired[Surveyed | None]  # how it reacts to a larger corpus
    meaning: Meaning | None  # of a picture coordinate of the made world
    grammar: NotRequired[Grammar | None]  # of a next word of the made world, where a rule tells
    methods: list[Climb]  # from high to low
    agreement: Agreement | None
    found: Found | None
    words: Words | None
    corpus_words: CorpusWords | None
    order: Order | None
    context: Context | None
    front: NotRequired[Front | None]
    faces: list[Face]  # above the corpus' best, or with half of the dream's height
    off: bool  # whether its nonlinearity lets nothing through, whatever was searched for
    saturated: list[Ngram]  # unlike the dream and one another, but as high; none if it is not
    negative: Scored | None
