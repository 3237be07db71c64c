"""Dreams against the best n-grams of a corpus, with intervals (host side)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.reaction import reacts

RESAMPLES = 10_000


class Comparison(NamedTuple):
    """How one method does on one group of neurons."""

    neurons: int
    silent: int  # neurons besides, left out, that the corpus does not move
    mean: float  # activation of the hard n-grams
    beats: float  # share of neurons whose dream activates more than the corpus' best n-gram
    beats_texts: float  # than any word of any whole text does; NaN where none was read
    gain: float  # mean gain over the corpus' best, in corpus standard deviations
    gain_low: float  # its 95 % interval, neurons resampled
    gain_high: float
    lost: float  # share of the soft activation that is gone after hardening; NaN without soft words
    seconds: float  # a neuron


def compare_groups(
    groups: Mapping[str, Iterable[str]], methods: Sequence[str],
    lines: Iterable[Mapping[str, Any]], seed: int = 0, surveyed: Mapping[str, float] | None = None,
) -> dict[tuple[str, str], Comparison]:
    """Compare every method with corpus search on every group of neurons.

    Args:
      groups: names of the neurons of each.
      methods: `search` among them, or not.
      lines: results, of all these neurons by `search`; a method that was run on some of them is
        compared on those. Several seeds of a neuron and method are averaged.
      seed: of the bootstrap.
      surveyed: the highest activation of each neuron in whole texts, besides those of the corpus.
    """
    surveyed = surveyed or {}
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        found.setdefault((line["method"], line["neuron"]), []).append(line)
    comparisons = {}
    for group, members in groups.items():
        for method in methods:
            there = [neuron for neuron in members if (method, neuron) in found]
            dreamt = [neuron for neuron in there if reacts(found["search", neuron][0])]

            def average(name, method=method, dreamt=dreamt):
                return np.array([
                    np.mean([line[name] for line in found[method, neuron]]) for neuron in dreamt
                ])

            if not dreamt:
                continue
            highest = [
                _find_highest(found["search", neuron][0], surveyed.get(neuron))
                for neuron in dreamt
            ]
            # What was climbed before a nonlinearity is not what hard words are scored by.
            relaxed = all(
                "soft" in line and "climbed" not in line
                for neuron in dreamt for line in found[method, neuron]
            )
            comparisons[group, method] = compare_scores(
                average("score"),
                average("score", "search"),
                average("deviation", "search"),
                np.array(highest),
                average("soft") if relaxed else None,
                average("seconds"),
                seed,
            )._replace(silent=len(there) - len(dreamt))
    return comparisons


def _find_highest(search: Mapping[str, Any], surveyed: float | None) -> float:
    natural = search.get("natural", {}).get("score")
    return max((each for each in (natural, surveyed) if each is not None), default=np.nan)


def compare_with(
    reference: str, groups: Mapping[str, Iterable[str]], methods: Sequence[str],
    lines: Iterable[Mapping[str, Any]], seed: int = 0,
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Compare every climb with one of them, neuron by neuron.

    Args:
      reference: the name of the one.
      groups: names of the neurons of each.
      methods: climbs.
      lines: results, corpus search among them; several seeds are averaged.
      seed: of the bootstrap.

    Returns:
      By method and group the mean difference, in corpus standard deviations, and its 95 % interval,
      neurons resampled.
    """
    scores: dict[tuple[str, str], list[float]] = {}
    searches = {}
    for line in lines:
        scores.setdefault((line["method"], line["neuron"]), []).append(line["score"])
        if line["method"] == "search":
            searches[line["neuron"]] = line
    differences = {}
    for method in methods:
        for group, members in groups.items():
            above = np.array([
                (np.mean(scores[method, name]) - np.mean(scores[reference, name]))
                / searches[name]["deviation"]
                for name in members
                if {(method, name), (reference, name)} <= scores.keys() and reacts(searches[name])
            ])
            if method != reference and len(above):
                low, high = bootstrap_interval(above, seed)
                differences[method, group] = float(above.mean()), low, high
    return differences


def list_rows(comparisons: Mapping[tuple[str, str], Comparison]) -> list[dict[str, Any]]:
    """List comparisons by group and method as JSON values; what does not apply is None."""
    return [
        {"group": group, "method": method}
        | {name: value if np.isfinite(value) else None for name, value in row._asdict().items()}
        for (group, method), row in comparisons.items()
    ]


def compare_scores(
    scores: np.ndarray,
    corpus_best: np.ndarray,
    deviations: np.ndarray,
    highest: np.ndarray,
    soft: np.ndarray | None,
    seconds: np.ndarray,
    seed: int = 0,
) -> Comparison:
    """Compare a method's dreams with the corpus, neuron by neuron.

    Args:
      scores: activations `[N]` of the method's hard n-grams.
      corpus_best: activations `[N]` of the best corpus n-grams of the same length.
      deviations: standard deviation `[N]` of the activation over corpus n-grams, above 0.
      highest: activation `[N]` at any word of any whole text; NaN where none was read.
      soft: final activations `[N]` of the soft words; None for a method without.
      seconds: `[N]`.
      seed: of the bootstrap.
    """
    gains = (scores - corpus_best) / deviations
    low, high = bootstrap_interval(gains, seed)
    return Comparison(
        len(scores),
        0,
        float(scores.mean()),
        float(np.mean(scores > corpus_best)),
        float("nan") if np.isnan(highest).any() else float(np.mean(scores > highest)),
        float(gains.mean()),
        low,
        high,
        float("nan") if soft is None else float(1 - scores.sum() / soft.sum()),
        float(seconds.mean()),
    )


def bootstrap_interval(
    values: np.ndarray, seed: int, statistic: Callable[..., Any] = np.mean
) -> tuple[float, float]:
    """Compute the 95 % percentile interval of a statistic of `[N]` values (Efron 1979).

    Args:
      values: of neurons.
      seed: of the bootstrap.
      statistic: takes an `axis`, as `np.median`.
    """
    generator = np.random.default_rng(seed)
    means = [
        statistic(generator.choice(values, (100, len(values))), axis=1)
        for _ in range(RESAMPLES // 100)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)
