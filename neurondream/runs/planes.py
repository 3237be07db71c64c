"""What lines tell of fronts: nats by all judges, and real n-grams on the same plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurondream import objectives
from neurondream.base import Dream, Place, Target
from neurondream.corpora.corpus import Corpus
from neurondream.corpora.kneser_ney import judge_left_out
from neurondream.method import Method
from neurondream.runs.judges import judge_ngrams, list_judges, open_judge, round_nats
from neurondream.runs.lines import DreamLine, FrontPoint, Scored, Windows
from neurondream.runs.run import Run
from neurondream.searches.spelling import without_faults
from neurondream.sweeps import corpus as corpora

WINDOWS = 256  # real n-grams drawn
SEED = 0  # of their drawing: every run of a corpus has the same
FLUENT = 5.0  # nats a word within which a dream is called fluent where there is no corpus


def take_within(dreams: Dream, limit: float) -> tuple[Dream, np.ndarray]:
    """Take of each front the highest n-gram within a limit, the most fluent where none is.

    Args:
      dreams: of N neurons, as numpy arrays, with their fronts.
      limit: nats a word.

    Returns:
      The dreams, and the nats a word `[N]` of their n-grams.
    """
    tokens, terms, *_ = dreams.info.front
    scores, nats = terms[..., 0], -terms[..., 1]
    real = np.asarray(without_faults(scores))
    within = real & (nats <= limit)
    chosen = np.where(
        within.any(axis=1), np.argmax(np.where(within, scores, -np.inf), axis=1),
        np.argmin(np.where(real, nats, np.inf), axis=1),
    )
    rows = np.arange(len(chosen))
    dreams = Dream(tokens[rows, chosen], scores[rows, chosen], dreams.info)
    return dreams, nats[rows, chosen]


def find_limit(run: Run, method: Method) -> float:
    """Find the nats a word within which n-grams are as fluent as half of the corpus'."""
    if run.corpus is None:
        return FLUENT
    return float(np.median(judge_windows(run, open_judge(run, method.judge).name)))


def complete_fronts(
    run: Run, method: Method, lines: Sequence[DreamLine], targets: Target, rows: Sequence[int],
    source: str, place: Place,
) -> list[DreamLine]:
    """Add to lines what is beside their fronts.

    Args:
      run: whose lines these are.
      method: of fronts.
      lines: with what the search has found.
      targets: of a chunk, as its neurons are reported.
      rows: that of each line among them.
      source: layer that they are read off.
      place: where.
    """
    judge = open_judge(run, method.judge).name
    others = [name for name in list_judges(run) if name != judge]
    limit, windows = find_limit(run, method), {}
    if run.corpus:
        windows = read_windows(run, judge, others, targets, source, place)
    return [
        {**line, "judge": judge, "limit": limit,
         "front": judge_points(run, others, bound_certificates(run, judge, line["front"])),
         **({"windows": windows[row]} if windows else {})}
        for line, row in zip(lines, rows, strict=True)
    ]


def bound_certificates(run: Run, judge: str, points: Sequence[FrontPoint]) -> list[FrontPoint]:
    """Say of certificates within a limit how far rounding alone may move nats."""
    points = list(points)
    for at, point in enumerate(points):
        certificate = point.get("certificate", {})
        if certificate.get("certified") and "limit" in certificate:
            rounding = round_nats(run, judge, np.array([point["ngram"]["ids"]], np.int32))
            bound = {"nats_tolerance": float(rounding[0])}
            points[at] = {**point, "certificate": {**certificate, **bound}}
    return points


def judge_points(
    run: Run, judges: Sequence[str], points: Sequence[Scored]
) -> list[FrontPoint]:
    """Judge the points of a front by other judges."""
    ngrams = np.array([point["ngram"]["ids"] for point in points], np.int32)
    nats = {name: judge_ngrams(run, name, ngrams) for name in judges if len(ngrams)}
    return [
        {**point, "others": {name: float(values[k]) for name, values in nats.items()}}
        for k, point in enumerate(points)
    ]


def read_windows(
    run: Run, judge: str, others: Sequence[str], targets: Target, source: str, place: Place
) -> list[Windows]:
    """Read n-grams of the corpus as every target's neighbours on the plane."""
    name = ("windows", source, place)
    if name not in run.programs:
        run.programs[name] = corpora.compile_scores(
            run.reader.encoder, objectives.linear(source, place)
        )
    scores = corpora.sample_scores(
        run.programs[name], run.reader.prepared, targets, draw_windows(run.corpus), WINDOWS
    )
    nats = {each: judge_windows(run, each) for each in (judge, *others)}

    def keep(values: Sequence[float], known: np.ndarray) -> list[float]:
        return [value for value, there in zip(values, known, strict=True) if there]

    # Those whose activation is no finite number are passed over.
    return [
        {"scores": [float(f"{score:.4g}") for score in row[known]],
         "nats": keep(nats[judge], known),
         "others": {each: keep(nats[each], known) for each in others}}
        for row, known in zip(scores, np.isfinite(scores), strict=True)
    ]


def draw_windows(corpus: Corpus) -> np.ndarray:
    """Draw n-grams `int32 [W, L]` of a corpus as often as they occur."""
    tokens, counts = corpus.ngrams.tokens, corpus.ngrams.counts
    generator = np.random.default_rng(SEED)
    return tokens[generator.choice(len(tokens), WINDOWS, p=counts / counts.sum())]


def judge_windows(run: Run, judge: str) -> list[float]:
    """Compute the nats a word of drawn n-grams, once in a run."""
    name = ("windows", judge)
    if name not in run.programs:
        nats = judge_real(run, judge, draw_windows(run.corpus))
        run.programs[name] = np.round(nats, 3).tolist()
    return run.programs[name]


def judge_real(run: Run, judge: str, ngrams: np.ndarray) -> np.ndarray:
    """Compute nats a word `[M]` of n-grams of the corpus.

    An n-gram model of it leaves a text that holds the n-gram out: it has learned it by heart.
    """
    if judge != "kneser_ney":
        return judge_ngrams(run, judge, ngrams)
    counts, begin = open_judge(run, judge).counts, run.model.start.before

    def judge_one(ngram: np.ndarray, text: np.ndarray) -> float:
        logs = [
            judge_left_out(counts, np.append(before, ngram).astype(int), text, begin=begin)
            for before in run.model.beginnings or ((),)
        ]
        return -float(np.mean([each[-len(ngram) :] for each in logs]))

    return np.array([
        judge_one(ngram, run.corpus.texts[text])
        for ngram, text in zip(ngrams, find_texts(run.corpus, ngrams), strict=True)
    ])


def judge_best(run: Run, lines: Sequence[dict[str, Any]]) -> None:
    """Add nats to the corpus' best n-grams of lines, and the judge: the first that there is."""
    judges = list_judges(run)
    scored = [each for line in lines for each in line["best"]]
    if not judges or not scored:
        return
    ngrams = np.array([each["ngram"]["ids"] for each in scored], np.int32)
    for each, nats in zip(scored, judge_real(run, judges[0], ngrams), strict=True):
        each["nats"] = float(nats)
    for line in lines:
        line["judge"] = judges[0]


def find_texts(corpus: Corpus, ngrams: np.ndarray) -> list[int]:
    """Find the first text of the corpus that holds each n-gram `[M, L]`."""
    wanted = {ngram.tobytes(): -1 for ngram in np.ascontiguousarray(ngrams, np.int32)}
    left = len(wanted)
    for number, text in enumerate(corpus.texts):
        ids = np.ascontiguousarray(text, np.int32)
        for first in range(len(ids) - corpus.length + 1):
            key = ids[first : first + corpus.length].tobytes()
            if wanted.get(key) == -1:
                wanted[key] = number
                left -= 1
        if not left:
            break
    return [wanted[ngram.tobytes()] for ngram in np.ascontiguousarray(ngrams, np.int32)]
