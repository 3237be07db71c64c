"""What a card says of a front, from natural to extreme (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurondream.analysis.verdict.card import Front, Real, Usual
from neurondream.analysis.verdict.description import choose_faces, measure_drops, shares
from neurondream.runs.lines import FrontPoint, Ngram, Windows

POINTS = 12  # of a front on a card

Line = Mapping[str, Any]


def choose_front(dreams: Sequence[Line]) -> Line | None:
    """Choose the line with a front, that of `fluent` first, and certified."""

    def rank(line: Line) -> tuple[bool, bool]:
        ways = line["method"].split("+")
        return "fluent" in ways, "polish" in ways

    return max((line for line in dreams if line.get("front")), key=rank, default=None)


def thin_front(points: Sequence[FrontPoint], limit: float) -> list[FrontPoint]:
    """Keep at most `POINTS` of a front, evenly in nats, and all with a certificate.

    The ends and the limit's stay.
    """
    points = [point for point in points if np.isfinite([point["nats"], point["score"]]).all()]
    if len(points) <= POINTS:
        return points
    nats = np.array([point["nats"] for point in points])
    even = np.linspace(nats[0], nats[-1], POINTS - 1)
    kept = {*np.abs(nats - even[:, None]).argmin(axis=1), max(0, np.sum(nats <= limit) - 1)}
    kept |= {place for place, point in enumerate(points) if "certificate" in point}
    return [points[place] for place in sorted(kept)]


def describe_front(
    line: Line, points: Sequence[FrontPoint], without: Sequence[Sequence[float | None] | None],
    search: Line, real: Sequence[Ngram] = (),
) -> Front:
    """Put a front into a card.

    Args:
      line: that holds it.
      points: those of its points that are shown.
      without: activations of each with one word left out.
      search: the neuron's line of the corpus search.
      real: the n-grams that the line has as its windows.
    """
    faces = line.get("faces", ())
    complete = [
        {**point, "without": left,
         "drop": measure_drops({"without": left, "score": point["score"]}, search["mean"])}
        for point, left in zip(points, without, strict=True)
    ]
    return {
        **{key: line[key] for key in ("method", "seed", "judge", "limit")},
        "points": complete,
        "faces": choose_faces(line["ngram"], faces, len(faces)),
        "windows": name_windows(line["windows"], real) if line.get("windows") else None,
        # Its best are judged by the first judge that there is, which need not be the front's.
        "corpus": [
            each for each in search["best"] if search.get("judge") == line["judge"]
        ],
        "usual": find_usual(line, points, search),
    }


def name_windows(windows: Windows, real: Sequence[Ngram]) -> Real:
    """Add to real n-grams what they are, unless others were drawn when they were read."""
    if len(real) != len(windows["scores"]):
        return {**windows, "texts": [None] * len(windows["scores"]), "repeated": None}
    repeated = [len(ngram["ids"]) - len(set(ngram["ids"])) for ngram in real]
    return {
        **windows, "texts": [ngram["text"] for ngram in real], "repeated": float(np.mean(repeated))
    }


def find_usual(line: Line, points: Sequence[FrontPoint], search: Line) -> Usual | None:
    """Find the highest n-gram that is no less fluent than half of the corpus' n-grams."""
    nats = line["windows"]["nats"] if line.get("windows") else []
    nats = [value for value in nats if np.isfinite(value)]
    height = points[-1]["score"] - search["mean"] if points else 0
    if not nats or height <= 0:
        return None
    most = float(np.median(nats))
    within = [point for point in points if point["nats"] <= most]
    if not within:
        return {"nats": most, "ngram": None, "share": None, "ratio": None}
    best, score = search["score"], within[-1]["score"]
    return {
        "nats": most,
        "ngram": within[-1]["ngram"],
        "share": float(shares([score], points[-1]["score"], search["mean"])[0]),
        "ratio": float(shares([score], best, search["mean"])[0]) if best > search["mean"] else None,
    }
