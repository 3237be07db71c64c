"""What the rows of a comparison decide on the claim that the first group is more aware of syntax.

A measure that the claim is about counts for it or against it if the groups differ after correction
for all rows and the effect is not negligible.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SIGNIFICANT = 0.05
NEGLIGIBLE = 0.147  # Cliff's delta (Romano et al. 2006)

Row = Mapping[str, Any]


def decide(rows: Sequence[Row]) -> str:
    """Decide on the claim by the measures of one level.

    Returns:
      `for`, `against`, `leaning for`, `leaning against`, `mixed` or `undecided`.
    """
    votes = [vote(row) for row in rows if row["claim"]]
    forth, back = votes.count(1), votes.count(-1)
    if forth and back:
        return "mixed"
    if not forth and not back:
        return "undecided"
    side = "for" if forth else "against"
    return side if forth + back > len(votes) / 2 else f"leaning {side}"


def vote(row: Row) -> int:
    """Say whether a measure speaks for the claim (1), against it (-1) or does not decide (0)."""
    if row["p_holm"] is None or row["p_holm"] >= SIGNIFICANT or abs(row["effect"]) < NEGLIGIBLE:
        return 0
    if row["effect"] * row["difference"] <= 0:
        return 0  # the means say one thing, the ranks another
    return row["claim"] if row["difference"] > 0 else -row["claim"]
