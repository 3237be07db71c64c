"""Fronts of fluency and activation as a table for people (host side)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurondream.analysis.fronts import (
    FrontStanding,
    Interval,
    choose_limits,
    compare_fronts,
    entry_of,
    list_standings,
)
from neurondream.files import write_atomically
from neurondream.report.front_figure import draw_fronts
from neurondream.report.table import lay_out

# What others are compared with: the first that is there. Where words are few, 64 a place are fair.
REFERENCES = ("epo top 64", "epo")


def save_fronts(folder: Path, lines: Sequence[Mapping[str, Any]], seed: int = 0) -> str:
    """Write how fronts compare as `fronts.md`, `fronts.json`, `fronts.png` and `fronts.svg`.

    Args:
      folder: to write to.
      lines: results, with fronts or not, of any lengths; those of corpus search among them or not.
      seed: of the bootstrap.

    Returns:
      A table as Markdown for each length and judge; nothing, and nothing is written, where no line
      has a front.
    """
    groups = group_fronts(lines)
    if not groups:
        return ""
    tables, content = [], []
    for (words, judge), members in groups.items():
        entries = list(dict.fromkeys(entry_of(line) for line in members if "front" in line))
        reference = next((name for name in REFERENCES if name in entries), entries[0])
        limits = choose_limits(members)
        standings = compare_fronts(members, reference, limits, seed)
        tables.append(write_fronts(words, judge, reference, standings))
        about = {"length": words, "judge": judge, "reference": reference}
        content += [about | row for row in list_standings(standings)]
    text = "\n\n".join(tables)
    write_atomically(folder / "fronts.md", f"{text}\n".encode())
    write_atomically(folder / "fronts.json", json.dumps(content, indent=1).encode())
    draw_fronts([folder / "fronts.png", folder / "fronts.svg"], groups)
    return text


def group_fronts(
    lines: Sequence[Mapping[str, Any]],
) -> dict[tuple[int, str], list[Mapping[str, Any]]]:
    """Group lines with fronts by length and judge, each beside its corpus searches."""
    groups: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        if "front" in line:
            groups.setdefault((_words_of(line), line["judge"]), []).append(line)
    searches = [line for line in lines if line["method"] == "search"]
    return {
        (words, judge): [*(line for line in searches if _words_of(line) == words), *members]
        for (words, judge), members in groups.items()
    }


def write_fronts(
    words: int, judge: str, reference: str, standings: Mapping[str, FrontStanding]
) -> str:
    """Lay out how the fronts of entries compare, of one length and judge, a row an entry."""
    limits = next(iter(standings.values())).heights
    header = (
        f"{words} word{'s' * (words > 1)}, nats by {judge}", "neurons",
        *(f"{limit}: height / {reference}'s [95 %]" for limit in limits),
        f"more area than {reference} [95 %]", "above the corpus and as fluent [95 %]", "s/neuron",
        "CPU s/neuron",
    )
    return lay_out([header, *(
        (
            entry, f"{row.neurons}" + f", {row.seeds} seeds" * (row.seeds > 1),
            *(_write_height(height) for height in row.heights.values()),
            _write_interval(row.larger, ".1%"), _write_interval(row.in_distribution, ".1%"),
            f"{row.seconds:.2f}", "" if np.isnan(row.cpu) else f"{row.cpu:.2f}",
        ) for entry, row in standings.items()
    )])


def _write_height(height) -> str:
    counted = {"left out": height.left_out, "have none": height.empty}
    said = [f"{number} {what}" for what, number in counted.items() if number]
    return _write_interval(height.ratio, ".3f") + f" ({', '.join(said)})" * bool(said)


def _write_interval(interval: Interval, form: str) -> str:
    if np.isnan(interval.value):
        return ""
    return "{:{f}} [{:{f}}, {:{f}}]".format(*interval, f=form)


def _words_of(line: Mapping[str, Any]) -> int:
    return len(line["ngram"]["ids"])
