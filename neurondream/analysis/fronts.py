"""Fronts against one another: heights within limits, areas under staircases (host side)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.comparison import bootstrap_interval
from neurondream.analysis.reaction import is_above
from neurondream.errors import InputError

NEAR = 1e-5  # nats a word by which two programs may differ
MOST = 10.0  # nats a word up to which the area under a staircase counts
LIMITS = {"any nats": np.inf, "7 nats": 7.0, "5 nats": 5.0, "4 nats": 4.0}
REAL = {"90 % of real n-grams": 0.9, "half of real n-grams": 0.5}


class Interval(NamedTuple):
    """A number and its 95 % interval, neurons resampled; NaN where nothing is known."""

    value: float
    low: float
    high: float


class Height(NamedTuple):
    """How high an entry's fronts are within a limit, as a multiple of the reference's."""

    ratio: Interval  # median over neurons, of seeds averaged
    neurons: int  # that it is of
    left_out: int  # neurons besides, where the reference has no activation above 0
    empty: int  # neurons of the ratio with no n-gram within the limit, which counts as 0


class FrontStanding(NamedTuple):
    """How the fronts of one entry, a method with its settings, do."""

    neurons: int
    seeds: int
    heights: dict[str, Height]  # by the name of the limit
    larger: Interval  # share of neurons whose area is larger than the reference's; NaN of its own
    # Share of neurons with an n-gram above the corpus' best one that is as fluent as that.
    in_distribution: Interval
    seconds: float  # a neuron
    cpu: float  # a neuron, of all cores; NaN where it was not taken


def activation_within(line: Mapping[str, Any], limit: float) -> float:
    """Find the highest activation of a front at a limit of nats a word; NaN where there is none."""
    return float(climb_staircase(line, np.array([limit]))[0])


def climb_staircase(line: Mapping[str, Any], limits: np.ndarray) -> np.ndarray:
    """Find the highest activation of a front within each limit.

    Args:
      line: with a `front`.
      limits: nats a word `[X]`.

    Returns:
      Activations `[X]`, NaN where the front has nothing.
    """
    nats, scores = _points_of(line)
    heights = np.where(nats <= limits[:, None], scores, -np.inf)
    highest = np.max(heights, axis=1, initial=-np.inf)
    return np.where(np.isfinite(highest), highest, np.nan)


def hypervolume(line: Mapping[str, Any], floor: float, most: float = MOST) -> float:
    """Compute the area between the staircase of a front and a floor.

    Args:
      line: with a `front`.
      floor: activation below which nothing counts.
      most: nats a word up to which it counts, from 0 on.
    """
    nats, _ = _points_of(line)
    edges = np.clip(np.sort(np.append(nats, most)), 0, most)
    heights = np.nan_to_num(climb_staircase(line, edges[:-1]) - floor, nan=0.0)
    return float(np.sum(np.diff(edges) * np.maximum(heights, 0)))


def find_floor(
    fronts: Sequence[Mapping[str, Any]], search: Mapping[str, Any] | None = None
) -> float:
    """Find the lowest activation of the corpus, else what is known of it, else that of fronts.

    Args:
      fronts: lines of one neuron.
      search: the line of its corpus search, whose histogram begins with the lowest of all.
    """
    search = search or {}
    if "histogram" in search:
        return search["histogram"]["edges"][0]
    known = list(search.get("quantiles", {}).values())
    known += [score for line in fronts for score in line.get("windows", {}).get("scores", ())]
    known = known or [point["score"] for line in fronts for point in line["front"]]
    values = np.array(known, float)
    return float(np.min(values[np.isfinite(values)], initial=np.inf))


def real_quantiles(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Compute what real n-grams have in nats a word, by the names of `REAL`; nothing without any.

    Args:
      lines: of one length and judge.
    """
    nats = [line["windows"]["nats"] for line in lines if "windows" in line]
    values = np.concatenate([np.zeros(0), *(np.array(each, float) for each in nats)])
    values = values[np.isfinite(values)]
    return {name: float(np.quantile(values, share)) for name, share in REAL.items() if len(values)}


def choose_limits(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Choose nats a word to compare at: `LIMITS`, of an n-gram model those of real n-grams.

    Args:
      lines: of one length and judge.
    """
    counted = {line["judge"] for line in lines if "front" in line} == {"kneser_ney"}
    real = real_quantiles(lines) if counted else {}
    named = {f"{name} ({nats:.1f} nats)": nats for name, nats in real.items()}
    return {"any nats": np.inf, **named} if real else dict(LIMITS)


def entry_of(line: Mapping[str, Any]) -> str:
    """Name what a line is an entry of: itself, or its method."""
    return line.get("entry", line["method"])


def compare_fronts(
    lines: Sequence[Mapping[str, Any]], reference: str, limits: Mapping[str, float], seed: int = 0
) -> dict[str, FrontStanding]:
    """Compare the fronts of every entry with those of one of them, neuron by neuron.

    Several seeds of a neuron are averaged first; one with nothing within a limit is 0 there.

    Args:
      lines: results of one length and judge, those of corpus search among them or not.
      reference: the name of the one.
      limits: nats a word by their names, see `choose_limits`.
      seed: of the bootstrap.

    Raises:
      InputError: there are no fronts of the reference.
    """
    searches = {line["neuron"]: line for line in lines if line["method"] == "search"}
    entries: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    of_neuron: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        if "front" in line:
            entries.setdefault(entry_of(line), {}).setdefault(line["neuron"], []).append(line)
            of_neuron.setdefault(line["neuron"], []).append(line)
    if reference not in entries:
        raise InputError(f"reference={reference!r}: has no fronts; give one of {list(entries)}")
    nats = np.array(list(limits.values()), float)
    measured = {
        (entry, neuron): _measure(
            members, nats, find_floor(of_neuron[neuron], searches.get(neuron)),
            searches.get(neuron),
        )
        for entry, neurons in entries.items() for neuron, members in neurons.items()
    }
    standings = {}
    for entry, neurons in entries.items():
        # A neuron that the reference was not run on is left out, too.
        rows = [measured[entry, neuron] for neuron in neurons]
        others = [measured.get((reference, neuron)) for neuron in neurons]
        larger = [row.area > other.area for row, other in zip(rows, others, strict=True) if other]
        every = [line for members in neurons.values() for line in members]
        standings[entry] = FrontStanding(
            len(neurons), max(map(len, neurons.values())),
            {name: _compare_heights(
                np.array([row.heights[k] for row in rows]),
                np.array([other.heights[k] if other else np.nan for other in others]), seed,
            ) for k, name in enumerate(limits)},
            resample(np.array(larger if entry != reference else [], float), np.mean, seed),
            resample(np.array([row.better for row in rows if row.better is not None]),
                     np.mean, seed),
            float(np.mean([line["seconds"] for line in every])),
            float(np.mean([line.get("cpu", np.nan) for line in every])),
        )
    return standings


def resample(values: np.ndarray, statistic: Callable[..., Any], seed: int) -> Interval:
    """Compute a statistic of `[N]` values with its 95 % percentile interval (Efron 1979).

    Args:
      values: of neurons.
      statistic: takes an `axis`, as `np.median`.
      seed: of the bootstrap.
    """
    if not len(values):
        return Interval(np.nan, np.nan, np.nan)
    return Interval(float(statistic(values)), *bootstrap_interval(values, seed, statistic))


def list_standings(standings: Mapping[str, FrontStanding]) -> list[dict[str, Any]]:
    """List standings by entry as JSON values; what does not apply is None."""
    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return {name: plain(field) for name, field in value._asdict().items()}
        if isinstance(value, dict):
            return {name: plain(field) for name, field in value.items()}
        return value if np.isfinite(value) else None

    return [{"entry": entry, **plain(standing)} for entry, standing in standings.items()]


class _Measured(NamedTuple):
    """The fronts of an entry for one neuron, its seeds averaged."""

    heights: np.ndarray  # [K], NaN where no seed has anything
    area: float
    better: float | None  # share of seeds with a better n-gram as fluent as the corpus' best


def _measure(lines, nats: np.ndarray, floor: float, search) -> _Measured:
    found = np.stack([climb_staircase(line, nats) for line in lines])
    heights = np.where(np.isnan(found).all(axis=0), np.nan, np.nan_to_num(found).mean(axis=0))
    best = search["best"][0] if search else {}
    better = None
    # Nats by another judge are of another kind.
    if "nats" in best and all(search["judge"] == line["judge"] for line in lines):
        # A front may begin with the corpus' best one, computed by another program.
        limit = best["nats"] + NEAR
        better = np.mean([
            is_above(activation_within(line, limit), best["score"]) for line in lines
        ])
    return _Measured(heights, float(np.mean([hypervolume(line, floor) for line in lines])), better)


def _compare_heights(own: np.ndarray, other: np.ndarray, seed: int) -> Height:
    counted = np.isfinite(other) & (other > 0)
    ratios = np.nan_to_num(own[counted]) / other[counted]
    return Height(
        resample(ratios, np.median, seed), int(counted.sum()), int((~counted).sum()),
        int(np.isnan(own[counted]).sum()),
    )


def _points_of(line: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Read nats and activations of a front, each `[P]`."""
    points = [(point["nats"], point["score"]) for point in line["front"]]
    return tuple(np.array(points, float).reshape(-1, 2).T)
