"""Methods at their budgets: how near the best known activation, for what time (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurondream.analysis.comparison import bootstrap_interval

NEAR = 0.01


class Standing(NamedTuple):
    """How one entry, a method at a budget, does at one length."""

    share: float  # mean of activation / best known activation, over neurons and seeds
    share_low: float  # its 95 % interval, neurons resampled
    share_high: float
    groups: dict[str, float]  # the same for each layer
    near: float  # share of dreams within 1 % of the best known
    certified: float  # share of dreams that no single word improves
    seconds: float  # a neuron
    evaluations: float  # encoder passes a neuron; a gradient counts for three


def rank_entries(lines: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], Standing]:
    """Rank every entry at every length by the best that any entry has reached.

    Args:
      lines: results with `entry`, `length`, `seed`, `neuron`, `layer`, `score`, `seconds`,
        `evaluations` and, if polished, `certificate`. Units behind a nonlinearity that no climb
        brings above 0 are left out, where there are others: their heights are next to nothing.
    """
    climbed = {line["neuron"] for line in lines if "climbed" in line}
    off = climbed - {line["neuron"] for line in lines if "climbed" in line and not line.get("off")}
    lines = [line for line in lines if line["neuron"] not in off] or lines
    best: dict[tuple[int, str], float] = {}
    for line in lines:
        key = line["length"], line["neuron"]
        best[key] = max(best.get(key, -np.inf), line["score"])
    entries: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        entries.setdefault((line["length"], line["entry"]), []).append(line)
    return {key: _rank(members, best) for key, members in entries.items()}


def _rank(lines, best) -> Standing:
    shares: dict[str, list[float]] = {}
    layer_of = {line["neuron"]: line["layer"] for line in lines}
    for line in lines:
        known = best[line["length"], line["neuron"]]
        # A gap in proportion to the size of the best, whichever its sign.
        share = 1 - (known - line["score"]) / max(abs(known), 1e-12)
        shares.setdefault(line["neuron"], []).append(share)
    by_neuron = {neuron: float(np.mean(values)) for neuron, values in shares.items()}
    layers: dict[str, list[float]] = {}
    for neuron, share in by_neuron.items():
        layers.setdefault(layer_of[neuron], []).append(share)
    low, high = bootstrap_interval(np.array(list(by_neuron.values())), 0)
    every = np.concatenate([np.array(values) for values in shares.values()])
    return Standing(
        float(np.mean(list(by_neuron.values()))), low, high,
        {layer: float(np.mean(values)) for layer, values in layers.items()},
        float(np.mean(every >= 1 - NEAR)),
        float(np.mean([line.get("certificate", {}).get("certified", False) for line in lines])),
        float(np.mean([line["seconds"] for line in lines])),
        float(np.mean([line["evaluations"] for line in lines])),
    )
