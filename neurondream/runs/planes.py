"""What lines tell of fronts: nats by all judges, and real n-grams on the same plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurondream import objectives
from neurondream.base import Place, Target
from neurondream.corpora.corpus import Corpus
from neurondream.corpora.kneser_ney import judge_left_out
from neurondream.errors import InputError
from neurondream.method import Method
from neurondream.runs.judges import choose_judge, judge_ngrams, list_judges, open_judge
from neurondream.runs.lines import DreamLine, FrontPoint, Scored, Windows
from neurondream.runs.run import Run
from neurondream.sweeps import corpus as corpora

WINDOWS = 256  # real n-grams drawn
SEED = 0  # of their drawing: every run of a corpus has the same
FLUENT = 5.0  # nats a word within which a dream is called fluent where there is no corpus


def complete_fronts(
    run: Run, method: Method, lines: Sequence[DreamLine], targets: Target, source: str,
    place: Place,
) -> list[DreamLine]:
    """Add what is beside fronts, and take the n-gram within the limit for the line's own.

    Args:
      run: whose lines these are.
      method: of fronts.
      lines: N, with what the search has found.
      targets: the same N neurons as they are reported.
      source: layer that they are read off.
      place: where.
    """
    judge = open_judge(run, method.judge).name
    others = [name for name in list_judges(run) if name != judge]
    windows = read_windows(run, judge, others, targets, source, place) if run.corpus else None
    limit = float(np.median(windows[0]["nats"])) if windows else FLUENT
    complete = []
    for row, line in enumerate(lines):
        points = judge_points(run, others, line["front"])
        within = [point for point in points if point["nats"] <= limit] or points[:1]
        chosen = {key: within[-1][key] for key in ("ngram", "score", "nats")} if within else {}
        beside = {"windows": windows[row]} if windows else {}
        complete.append({
            **line, **chosen, "judge": judge, "limit": limit, "front": points, **beside
        })
    return complete


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
    if "windows" not in run.programs:
        texts, ngrams = draw_windows(run.corpus, run.model.tokenizer.allowed)
        run.programs["windows"] = ngrams, texts
    ngrams, texts = run.programs["windows"]
    name = ("windows", source, place)
    if name not in run.programs:
        run.programs[name] = corpora.compile_scores(
            run.reader.encoder, objectives.linear(source, place)
        )
    scores = corpora.sample_scores(
        run.programs[name], run.reader.prepared, targets, ngrams, WINDOWS
    )
    nats = {
        each: np.round(judge_real(run, each, ngrams, texts), 3).tolist()
        for each in (judge, *others)
    }
    return [
        {"scores": [float(f"{score:.4g}") for score in row], "nats": nats[judge],
         "others": {each: nats[each] for each in others}}
        for row in np.asarray(scores)
    ]


def draw_windows(corpus: Corpus, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw n-grams as they occur.

    Returns:
      Of each the number of its text `[W]`, and its ids `int32 [W, L]`.
    """
    generator = np.random.default_rng(SEED)
    long = np.array([number for number, text in enumerate(corpus.texts)
                     if len(text) >= corpus.length])
    weights = np.array([len(corpus.texts[number]) - corpus.length + 1 for number in long], float)
    texts, ngrams = [], []
    while len(ngrams) < WINDOWS:
        for number in generator.choice(long, WINDOWS, p=weights / weights.sum()):
            text = corpus.texts[number]
            first = generator.integers(0, len(text) - corpus.length + 1)
            ngram = text[first : first + corpus.length]
            if allowed[ngram].all():
                texts.append(number)
                ngrams.append(ngram)
    return np.array(texts[:WINDOWS]), np.array(ngrams[:WINDOWS], np.int32)


def judge_real(run: Run, judge: str, ngrams: np.ndarray, texts: Sequence[int]) -> np.ndarray:
    """Compute nats a word `[M]` of n-grams that stand in texts of the corpus.

    An n-gram model of the corpus leaves the text out of its counts: it has learned it by heart.
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
        judge_one(ngram, run.corpus.texts[text]) for ngram, text in zip(ngrams, texts, strict=True)
    ])


def judge_best(run: Run, lines: Sequence[dict[str, Any]]) -> None:
    """Add nats to the corpus' best n-grams of lines, and the judge: the first that there is."""
    try:
        judge = choose_judge(run)
    except InputError:
        return
    scored = [each for line in lines for each in line["best"]]
    if not scored:
        return
    ngrams = np.array([each["ngram"]["ids"] for each in scored], np.int32)
    texts = find_texts(run.corpus, ngrams) if judge == "kneser_ney" else []
    for each, nats in zip(scored, judge_real(run, judge, ngrams, texts), strict=True):
        each["nats"] = float(nats)
    for line in lines:
        line["judge"] = judge


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
