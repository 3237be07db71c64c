"""Where in whole texts of a corpus neurons are highest, and what they do at each level below."""

from collections.abc import Callable
from typing import Any

import numpy as np

from neurondream.base import LAST, Place, Target
from neurondream.method import Method
from neurondream.progress import start_bar
from neurondream.runs.run import Run, spell_ngram
from neurondream.sweeps.corpus import sample_rows
from neurondream.sweeps.levels import UPPER, find_levels
from neurondream.sweeps.texts import (
    Peaks,
    compile_peaks,
    compile_values,
    find_peaks,
    piece_of,
    read_values,
)

SAMPLE = 1000  # texts that levels are counted in


def read_texts(
    run: Run, method: Method, layer: str, place: Place, targets: Target, real: int,
    progress: Callable | bool | None,
) -> list[dict[str, Any]]:
    """Find where in the corpus' whole texts each neuron is highest, if that is where it is read.

    Besides the highest there is one text of each level below, down to the middle.

    Returns:
      `natural` and `texts` for each of the first `real` targets, or nothing.
    """
    if method.name != "search" or place not in (LAST, Place("max", 0)):
        return [{} for _ in range(real)]
    name = (method.name, layer, "texts")
    begin, begun = run.reader.begin, run.reader.begun
    if name not in run.programs:
        run.programs[name] = (
            compile_peaks(begin, layer, run.devices), compile_values(begin, layer)
        )
    find, read_all = run.programs[name]
    texts = run.corpus.texts
    first: dict[bytes, int] = {}
    for number, text in enumerate(texts):
        first.setdefault(text.tobytes(), number)
    sample = np.array(list(first.values()))[sample_rows(len(first), SAMPLE, run.seed)]
    with start_bar(progress, len(first), f"search {layer}, whole texts") as bar:
        peaks, sampled = find_peaks(find, begun, targets, texts, begin.filler, bar, sample)
    shown = choose_texts(peaks, sampled, real)
    pieces = [piece_of(texts[text], word) for _, text, word, _, _ in shown]
    values = read_values(
        read_all, begun, targets, [piece for piece, _ in pieces], [n for n, *_ in shown],
        begin.filler,
    )
    told: list[dict[str, Any]] = [{} for _ in range(real)]
    for (n, text, word, score, level), (piece, begins), each in zip(
        shown, pieces, values, strict=True
    ):
        if not told[n]:
            told[n] = {"natural": {
                "text": run.corpus.raw[text], "ngram": spell_ngram(run.model, texts[text]),
                "word": word, "score": score,
            }, "texts": []}
        told[n]["texts"].append({
            "ngram": spell_ngram(run.model, piece), "word": word - begins, "score": score,
            "values": [
                float(f"{value:.4g}") if np.isfinite(value) else None for value in each
            ],
            "level": level,
        })
    return told


def choose_texts(
    peaks: Peaks, sampled: Peaks, real: int
) -> list[tuple[int, int, int, float, list[float] | None]]:
    """List the texts to show of the first `real` neurons, from high to low.

    Returns:
      The neuron of each, the text, the word, its score and the level; None of the highest.
    """
    every = Peaks(*(
        np.concatenate(fields, axis=1)[:real].tolist()
        for fields in zip(peaks, find_levels(sampled), strict=True)
    ))
    levels = [None] * (len(every.scores[0]) - len(UPPER)) + [list(ends) for ends in UPPER]
    shown = []
    for n, found in enumerate(zip(*every, strict=True)):
        below = np.inf
        for score, text, word, level in zip(*found, levels, strict=True):
            # Of few texts, one of a level may be among the highest, or in two levels.
            if np.isfinite(score) and (level is None or score < below):
                shown.append((n, text, word, score, level))
                below = score
    return shown
