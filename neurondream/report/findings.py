"""Findings on syntax as Markdown for people (host side)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurondream.analysis.classes import CLASSES
from neurondream.analysis.populations import PERMUTATIONS, RESOLUTION
from neurondream.analysis.syntax.contrasts import level_of_row, name_level
from neurondream.analysis.syntax.measures import MEASURES
from neurondream.files import write_atomically
from neurondream.report.table import lay_out

Row = Mapping[str, Any]


def save_findings(folder: Path, findings: Mapping[str, Any]) -> str:
    """Write findings as `syntax.json` and `syntax.md` into a folder; returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = write_findings(findings)
    content = json.dumps(findings, indent=1, allow_nan=False)
    write_atomically(folder / "syntax.json", content.encode())
    write_atomically(folder / "syntax.md", f"{text}\n".encode())
    return text


def write_findings(findings: Mapping[str, Any]) -> str:
    """Lay out the conclusion, the tables of measures and the planted facts.

    Args:
      findings: as `probing.syntax.study_syntax` gives them.
    """
    parts = ["\n".join(f"- {sentence}" for sentence in findings["conclusion"])]
    compared = [each for each in findings["comparisons"] if each["rows"]]
    for comparison in compared:
        first, second = (group["name"] for group in comparison["groups"])
        header = (
            "n-grams", "layer", "measure", "unit", f"{first} [95 %]", f"{second} [95 %]",
            f"{first} - {second} [95 %]", "Cliff's delta", "p", "p (Holm)",
            f"neurons {first}, {second}",
        )  # fmt: skip
        parts.append(lay_out([header, *map(_write_row, comparison["rows"])]))
    if compared:
        meanings = "\n".join(f"- {each.name}: {each.what}" for each in MEASURES)
        parts.append(
            f"{meanings}\n\nA row compares two groups of neurons: means, 95 % bootstrap "
            f"intervals over neurons, the p of {PERMUTATIONS:,} permutations of the neurons (of "
            "the difference in its standard error, so that it holds where one group spreads "
            f"further; none is below {RESOLUTION:.1g}), and that p corrected for all rows (Holm; "
            f"none is below {RESOLUTION:.1g} times the rows). Cliff's delta: how much oftener a "
            "neuron of the first group has more than one of the second than less, from -1 to 1. "
            "The height is the activation above the corpus mean; negative shares of it are gains."
        )
        parts.append(_write_classes(findings["classes"]))
    if findings["facts"]:
        parts.append(_write_facts(findings["facts"], findings["moved"]))
        parts.append(
            "A row is a fact of the made world's grammar. First how often the right next word has "
            "a higher logit than the wrong one (chance 50 %); then how far the wrong form moves "
            "the hidden state of each family, relative to another content word in the right form: "
            "1 where grammar counts as much as meaning, 0 where it does not count."
        )
    return "\n\n".join(parts)


def _write_row(row):
    return (
        row["ngrams"], name_level(level_of_row(row)), row["measure"], row["unit"],
        *(
            _write_interval(row[side], row[f"{side}_low"], row[f"{side}_high"])
            for side in ("first", "second")
        ),
        _write_interval(row["difference"], row["low"], row["high"], "+.2f"),
        "" if row["effect"] is None else f"{row['effect']:+.2f}",
        *(_write_p(row[name]) for name in ("p", "p_holm")),
        "{}, {}".format(*row["neurons"]),
    )  # fmt: skip


def _write_classes(rows: Sequence[Row]) -> str:
    """Lay out the share of each word class, a line for each level of a family."""
    shares: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        key = row["family"], name_level(level_of_row(row)), row["ngrams"]
        shares.setdefault(key, {})[row["class"]] = row["share"]
    present = [name for name in CLASSES if any(name in each for each in shares.values())]
    body = [
        (*key, *(f"{each.get(name, 0):.0%}" for name in present)) for key, each in shares.items()
    ]
    return lay_out([("family", "layer", "n-grams", *present), *body])


def _write_facts(facts: Sequence[Row], moved: Sequence[Row]) -> str:
    by = {(row["fact"], row["family"]): row for row in moved}
    families = list(dict.fromkeys(row["family"] for row in moved))
    header = (
        "planted fact", "pairs", f"{facts[0]['family']} prefers the right next word [95 %]",
        *(f"the wrong form moves {family} [95 %]" for family in families),
    )  # fmt: skip
    rows = [
        (
            row["fact"], str(row["pairs"]),
            _write_interval(row["value"], row["low"], row["high"], ".0%"),
            *(
                _write_interval(moves["value"], moves["low"], moves["high"])
                for moves in (by[row["fact"], family] for family in families)
            ),
        )
        for row in facts
    ]
    return lay_out([header, *rows])


def _write_interval(value, low, high, form=".2f"):
    if value is None:
        return ""
    if low is None:
        return f"{value:{form}}"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def _write_p(p):
    if p is None:
        return ""
    return "< .001" if p < 0.001 else f"{p:.3f}"
