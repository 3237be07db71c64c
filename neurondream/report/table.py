"""Comparisons and contests as tables for people (host side)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurondream.analysis.comparison import (
    Comparison,
    compare_groups,
    compare_with,
    list_rows,
)
from neurondream.analysis.contest import Standing
from neurondream.analysis.meaning import measure_grammar, measure_meaning
from neurondream.files import write_atomically
from neurondream.report.figure import draw_comparison
from neurondream.runs.lines import DreamLine

_HEADER = (
    "neurons",
    "method",
    "mean activation",
    "beat the corpus",
    "beat whole texts",
    "gain in corpus deviations [95 %]",
    "lost on hardening",
    "s/neuron",
)


def save_comparison(
    folder: Path, groups: Mapping[str, Sequence[str]], methods: Sequence[Any],
    lines: Sequence[Mapping[str, Any]], seed: int = 0, surveyed: Mapping[str, float] | None = None,
) -> str:
    """Write how methods compare as `table.md`, `comparison.json` and `figure.png`.

    Args:
      folder: to write to.
      groups: names of the neurons of each.
      methods: that have run, corpus search the first.
      lines: their results.
      seed: of the bootstrap.
      surveyed: the highest activation of neurons in a survey.

    Returns:
      The table as Markdown, and below it how far each climb is above gumbel, or the first climb.
    """
    names = [method.name for method in methods]
    comparisons = compare_groups(groups, names, lines, seed, surveyed)
    reference = "gumbel" if "gumbel" in names else names[1]
    differences = compare_with(reference, groups, names[1:], lines, seed)
    table = "\n\n".join(filter(None, [
        write_table(comparisons), write_differences(reference, differences)
    ]))
    write_atomically(folder / "table.md", f"{table}\n".encode())
    content = json.dumps(list_rows(comparisons), indent=1)
    write_atomically(folder / "comparison.json", content.encode())
    draw_comparison(folder / "figure.png", comparisons, names[1:])
    return table


def write_differences(
    reference: str, differences: Mapping[tuple[str, str], tuple[float, float, float]]
) -> str:
    """Lay out how far climbs are above one of them, a row a climb; nothing where there is one."""
    if not differences:
        return ""
    methods, groups = (list(dict.fromkeys(names)) for names in zip(*differences, strict=True))
    cells = {key: f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"
             for key, (mean, low, high) in differences.items()}
    return lay_out([
        (f"above {reference}, corpus deviations [95 %]", *groups),
        *((method, *(cells.get((method, group), "") for group in groups)) for method in methods),
    ])


def save_meanings(
    folder: Path, lines: Sequence[DreamLine], next_word: str | None
) -> str:
    """Write whether dreams of a model of the made world name what its neurons mean, `meaning.md`.

    Args:
      folder: to write to.
      lines: results of all methods, corpus search among them.
      next_word: the layer of the logits of the next word.

    Returns:
      The tables as Markdown; nothing where no neuron's meaning is known.
    """
    tables = []
    if meanings := measure_meaning(lines):
        tables.append(lay_out([
            ("known meanings (dreams)", "method", "a word names it", "all words do",
             "named first [95 %]", "by all seeds' words", "height kept"),
            *((
                f"{row.layer} ({row.dreams})", row.method, f"{row.named:.1%}",
                f"{row.all_named:.1%}", f"{row.first:.1%} [{row.low:.1%}, {row.high:.1%}]",
                f"{row.together:.1%}", f"{row.kept:.1%}",
            ) for row in meanings),
        ]))
    if grammar := measure_grammar(lines, next_word):
        tables.append(lay_out([
            ("nouns, verbs, colours (dreams)", "method", "the word may follow", "no rule tells"),
            *((
                f"{next_word} ({row.dreams + row.silent})", row.method,
                f"{row.right:.1%} of {row.dreams}" if row.dreams else "", str(row.silent),
            ) for row in grammar),
        ]))
    text = "\n\n".join(tables)
    write_atomically(folder / "meaning.md", f"{text}\n".encode())
    return text


def write_examples(
    groups: Mapping[str, Sequence[str]], lines: Sequence[DreamLine], method: str, each: int = 4
) -> str:
    """Say what some neurons of each group want, beside the corpus' best n-gram.

    Args:
      groups: names of the neurons of each.
      lines: results.
      method: whose dreams are shown.
      each: neurons of a group.
    """
    by_key = {(line["neuron"], line["method"]): line for line in reversed(lines)}
    text = []
    for group, members in groups.items():
        text.append(group)
        for name in members[:: max(1, len(members) // each)][:each]:
            shown = {"corpus": by_key.get((name, "search")), method: by_key.get((name, method))}
            found = {title: line for title, line in shown.items() if line}
            text += [f"  {line['label']}" for line in list(found.values())[:1]]
            text += [
                f"    {title:7} {line['score']:8.3f}  {line['ngram']['text']}"
                for title, line in found.items()
            ]
        text.append("")
    return "\n".join(text)


def write_table(comparisons: Mapping[tuple[str, str], Comparison]) -> str:
    """Lay out comparisons by (group of neurons, method) as a Markdown table."""
    return lay_out([_HEADER, *(_write_row(*key, value) for key, value in comparisons.items())])


def write_standings(standings: Mapping[tuple[int, str], Standing]) -> str:
    """Lay out a contest by (length, entry) as a Markdown table."""
    layers = sorted({layer for standing in standings.values() for layer in standing.groups})
    header = (
        "words", "entry", "s/neuron", "encoder passes", "share of best known [95 %]", *layers,
        "within 1 %", "certified",
    )
    rows = [
        (
            str(length), entry, f"{row.seconds:.3f}", f"{row.evaluations:,.0f}",
            f"{row.share:.2%} [{row.share_low:.2%}, {row.share_high:.2%}]",
            *(f"{row.groups[layer]:.2%}" for layer in layers),
            f"{row.near:.0%}", f"{row.certified:.0%}" if row.certified else "",
        )
        for (length, entry), row in standings.items()
    ]
    return lay_out([header, *rows])


def write_survivals(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out what is left of dreams behind unseen beginnings, rows of `contexts.json`."""
    header = (
        "layer (neurons)", "method", "s/neuron", "height, corpus deviations", "kept (median)",
        "after the start alone", "s/neuron", "kept (median)",
        "behind unseen beginnings higher by, deviations [95 %]",
    )
    return lay_out([header, *(
        (
            f"{row['layer']} ({_count(row['neurons'], row['silent'])})", row["method"],
            f"{row['seconds']:.2f}",
            f"{row['height']:.2f}", f"{row['kept']:.1%}", row["start"],
            f"{row['start_seconds']:.2f}", f"{row['other_kept']:.1%}",
            f"{row['gain']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]",
        ) for row in rows
    )])


def lay_out(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of cells, the first being the header, as a Markdown table."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _count(neurons: int, silent: int) -> str:
    return f"{neurons}; {silent} react to nothing" if silent else str(neurons)


def _write_row(group: str, method: str, row: Comparison) -> tuple[str, ...]:
    searched = method == "search"
    interval = f"{row.gain:+.2f} [{row.gain_low:+.2f}, {row.gain_high:+.2f}]"
    return (
        f"{group} ({_count(row.neurons, row.silent)})",
        method,
        f"{row.mean:.4f}",
        "" if searched else f"{row.beats:.1%}",
        "" if searched or np.isnan(row.beats_texts) else f"{row.beats_texts:.1%}",
        "" if searched else interval,
        "" if np.isnan(row.lost) else f"{row.lost:.1%}",
        f"{row.seconds:.2f}",
    )
