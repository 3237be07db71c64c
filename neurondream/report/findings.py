"""Findings on syntax as Markdown for people (host side)."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.analysis.classes import CLASSES
from neurondream.analysis.syntax import MEASURES
from neurondream.report.table import lay_out

_HEADER = (
    "n-grams", "layer", "measure", "unit", "T [95 %]", "I [95 %]", "T - I [95 %]",
    "Cliff's delta", "p", "p (Holm)", "neurons T, I",
)  # fmt: skip

Row = Mapping[str, Any]


def write_findings(findings: Mapping[str, Any]) -> str:
    """Lay out the conclusion, the table of measures and the planted facts.

    Args:
      findings: `conclusion`, `rows`, `facts` and `moved`, as launch/syntax.py writes them.
    """
    parts = ["\n".join(f"- {sentence}" for sentence in findings["conclusion"])]
    if findings["rows"]:
        parts.append(lay_out([_HEADER, *map(_write_row, findings["rows"])]))
        meanings = "\n".join(f"- {each.name}: {each.what}" for each in MEASURES)
        parts.append(
            f"{meanings}\n\nA row compares neurons of T with neurons of I: means, 95 % bootstrap "
            "intervals over neurons, the p of 10,000 permutations of the neurons, and that p "
            "corrected for all rows (Holm). Cliff's delta: how much oftener a neuron of T has more "
            "than one of I than less, from -1 to 1. The height is the activation above the corpus "
            "mean; negative shares of it are gains."
        )
        parts.append(_write_classes(findings["classes"]))
    if findings["facts"]:
        parts.append(_write_facts(findings["facts"], findings["moved"]))
        parts.append(
            "A row is a fact of the made world's grammar. First how often T gives the right next "
            "word a higher logit than the wrong one (chance 50 %); then how far the wrong form "
            "moves the hidden state of each pathway, relative to another content word in the right "
            "form: 1 where grammar counts as much as meaning, 0 where it does not count."
        )
    return "\n\n".join(parts)


def _write_row(row):
    return (
        row["ngrams"], row["layer"], row["measure"], row["unit"],
        _write_interval(row["T"], row["T_low"], row["T_high"]),
        _write_interval(row["I"], row["I_low"], row["I_high"]),
        _write_interval(row["difference"], row["low"], row["high"], "+.2f"),
        "" if row["effect"] is None else f"{row['effect']:+.2f}",
        *(_write_p(row[name]) for name in ("p", "p_holm")),
        "{}, {}".format(*row["neurons"]),
    )  # fmt: skip


def _write_classes(rows: Sequence[Row]) -> str:
    """Lay out the share of each word class."""
    columns = list(dict.fromkeys((row["ngrams"], row["layer"], row["pathway"]) for row in rows))
    shares = {
        (row["class"], row["ngrams"], row["layer"], row["pathway"]): row["share"] for row in rows
    }
    header = (
        "word class",
        *(f"{pathway} {layer}, {ngrams}" for ngrams, layer, pathway in columns),
    )
    body = [
        (name, *(f"{shares.get((name, *column), 0):.0%}" for column in columns))
        for name in CLASSES
        if any((name, *column) in shares for column in columns)
    ]
    return lay_out([header, *body])


def _write_facts(facts: Sequence[Row], moved: Sequence[Row]) -> str:
    by = {(row["fact"], row["pathway"]): row for row in moved}
    header = (
        "planted fact", "pairs", "T prefers the right next word [95 %]",
        "the wrong form moves T [95 %]", "the wrong form moves I [95 %]",
    )  # fmt: skip
    rows = [
        (
            row["fact"], str(row["pairs"]),
            _write_interval(row["value"], row["low"], row["high"], ".0%"),
            *(
                _write_interval(moves["value"], moves["low"], moves["high"])
                for moves in (by[row["fact"], "T"], by[row["fact"], "I"])
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
