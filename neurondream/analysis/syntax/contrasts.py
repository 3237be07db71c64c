"""Whether one group of neurons has more of what is syntax than another (host side).

Poerner, Roth & Schütze 2018 see syntax in the n-grams that neurons trained to predict words prefer,
and none in those of neurons trained to predict what is seen. Here the groups are any two that a
person names.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.families import Families, find_layer
from neurondream.analysis.populations import contrast_groups, correct_for_many
from neurondream.analysis.syntax.bigrams import Bigrams
from neurondream.analysis.syntax.groups import Group
from neurondream.analysis.syntax.measures import MEASURES, Scale, measure_ngram

KINDS = {"dreams": "dream", "corpus": "corpus"}

Line = Mapping[str, Any]


class Level(NamedTuple):
    """Neurons that are compared with one another; clusters are apart, their units may be there."""

    name: str
    clusters: bool


EVERY = Level("all", False)


def compare_syntax(
    probes: Iterable[Line], scales: Mapping[str, Scale], classes: Mapping[str, str],
    bigrams: Bigrams, groups: tuple[Group, Group], families: Families, *, seed: int = 0,
) -> list[dict[str, Any]]:
    """Compare two groups of neurons by every measure, on dreams and on corpus n-grams.

    Neurons are compared at each level that both groups have; where they share none, all neurons of
    one with all of the other.

    Args:
      probes: the lines of all neurons.
      scales: of each neuron, by its name.
      classes: the class of each piece.
      bigrams: of the corpus.
      groups: that share no layer.
      families: the layers of the model.
      seed: of the bootstrap and the permutations.

    Returns:
      A row for each measure, level and kind of n-gram, None for what is not defined: means of
      `first` and `second` with 95 % bootstrap intervals over neurons, their difference, Cliff's
      delta, the permutation test's `p`, and `p_holm`, corrected for all rows.
    """
    measured: dict[tuple[Level, str, int], list[np.ndarray]] = {}
    for probe in probes:
        for side, group in enumerate(groups):
            if probe["layer"] in group.layers:
                values = measure_ngram(probe, scales[probe["neuron"]], classes, bigrams)
                key = level_of(probe, families), probe["of"], side
                measured.setdefault(key, []).append(values)
    levels = list_levels(families)
    sides = [{level for level, _, side in measured if side == wanted} for wanted in (0, 1)]
    shared = [level for level in levels if level in sides[0] & sides[1]]
    if not shared:
        measured, shared = _pool(measured), [EVERY]
    rows = []
    for level in shared:
        for ngrams, kind in KINDS.items():
            values = [measured.get((level, kind, side)) for side in (0, 1)]
            if all(values):
                contrasts = contrast_groups(*(np.array(each) for each in values), seed)
                rows += [
                    _row(measure, level, ngrams, contrast)
                    for measure, contrast in zip(MEASURES, contrasts, strict=True)
                ]
    adjusted = correct_for_many([np.nan if row["p"] is None else row["p"] for row in rows])
    return [row | {"p_holm": _finite(p)} for row, p in zip(rows, adjusted, strict=True)]


def count_classes(
    probes: Iterable[Line], classes: Mapping[str, str], families: Families
) -> list[dict[str, Any]]:
    """Compute the share of each word class in the n-grams of each family and level."""
    counts: dict[tuple[str, Level, str], dict[str, int]] = {}
    for probe in probes:
        key = find_layer(families, probe["layer"]).family, level_of(probe, families), probe["of"]
        of_group = counts.setdefault(key, {})
        for piece in probe["ngram"]["pieces"]:
            name = classes.get(piece, "other")
            of_group[name] = of_group.get(name, 0) + 1
    levels = list_levels(families)
    return [
        {
            "family": family, "level": level.name, "clusters": level.clusters, "ngrams": ngrams,
            "class": name, "share": count / sum(counts[family, level, kind].values()),
        }
        for family in families.titles for level in levels for ngrams, kind in KINDS.items()
        for name, count in sorted(counts.get((family, level, kind), {}).items())
    ]  # fmt: skip


def list_levels(families: Families) -> list[Level]:
    """List all levels in the order of the layers."""
    names = dict.fromkeys(layer.level for layer in families.layers.values())
    return [Level(name, clusters) for name in names for clusters in (False, True)]


def level_of(line: Line, families: Families) -> Level:
    """Look up at which level a line's neuron is compared."""
    return Level(find_layer(families, line["layer"]).level, line["kind"] == "cluster")


def level_of_row(row: Mapping[str, Any]) -> Level:
    """Read at which level a row compares."""
    return Level(row["level"], row["clusters"])


def name_level(level: Level) -> str:
    """Name a level for a table."""
    return f"{level.name} clusters" if level.clusters else level.name


def _pool(measured):
    pooled: dict[tuple[Level, str, int], list[np.ndarray]] = {}
    for (_, kind, side), values in measured.items():
        pooled.setdefault((EVERY, kind, side), []).extend(values)
    return pooled


def _row(measure, level, ngrams, contrast):
    numbers = {}
    for side, mean, (low, high) in zip(
        ("first", "second"), contrast.means, contrast.intervals, strict=True
    ):
        numbers |= {side: mean, f"{side}_low": low, f"{side}_high": high}
    numbers |= {
        "difference": contrast.difference,
        "low": contrast.interval[0], "high": contrast.interval[1],
        "effect": contrast.effect,
        "p": contrast.p,
    }  # fmt: skip
    return {
        "measure": measure.name, "unit": measure.unit, "claim": measure.claim,
        "level": level.name, "clusters": level.clusters, "ngrams": ngrams,
        **{name: _finite(number) for name, number in numbers.items()},
        "effect_size": "Cliff's delta", "neurons": list(contrast.neurons),
    }  # fmt: skip


def _finite(number):
    return float(number) if np.isfinite(number) else None
