"""Put in words whether one group of neurons is aware of syntax where another is not (host side).

For the pathways of a captioning model it is the conclusion of Poerner, Roth & Schütze 2018. Every
sentence follows from the rows of `contrasts.compare_syntax`: a measure that the claim is about
counts for it or against it if the groups differ after correction for all rows and the effect is not
negligible.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.analysis.syntax.groups import Group

LEVEL = 0.05
NEGLIGIBLE = 0.147  # Cliff's delta (Romano et al. 2006)
BLIND = 0.05  # of the height: neurons that lose less are called blind

# Measures that are 0 in neurons blind to syntax, as shares of the height.
_SENSITIVITIES = {
    "order": "lose {share} of the height in other orders",
    "order before the last word": "lose {share} when neighbours before the last word are swapped",
    "word class": "keep {share} more with words of the same class than with others",
}
_HEADLINES = {
    "for": "{first} are {more}syntax-aware{than}",
    "for in words": "the n-grams of {first} look more like syntax, but their activation hardly "
    "depends on it",
    "against": "the opposite holds: {second} are the more syntax-aware ones",
    "mixed": "the measures disagree: {forth} of {all} say that {first} are the more syntax-aware "
    "ones, {back} that {second} are",
    "leaning for": "{first} lean to syntax, but half of the measures or more do not tell the two "
    "apart",
    "leaning against": "{second} lean to syntax, but half of the measures or more do not tell the "
    "two apart",
    "undecided": "no measure tells {first} and {second} apart",
}

Row = Mapping[str, Any]


def conclude(rows: Sequence[Row], groups: tuple[Group, Group]) -> list[str]:
    """Conclude from the rows of a comparison: the verdict first, then what points which way.

    Args:
      rows: of `compare_syntax`.
      groups: the first and the second one of it.
    """
    levels = list(dict.fromkeys(_level(row) for row in rows if row["ngrams"] == "dreams"))
    if not levels:
        first, second = (group.phrase for group in groups)
        return [f"Nothing to conclude: there are not dreams of both {first} and {second}."]
    headlines = {level: _headline(_pick(rows, level, "dreams"), groups) for level in levels}
    if len(set(headlines.values())) == 1:
        where = _list([_place(level) for level in levels])
        sentences = [_begin_large(f"{headlines[levels[0]]} ({where}).")]
    else:
        parts = [f"in {_place(level)}, {headlines[level]}" for level in levels]
        verdicts = {decide(_pick(rows, level, "dreams")) for level in levels}
        depends = "it depends on the layer: " if len(verdicts) > 1 else ""
        sentences = [_begin_large(f"{depends}{'; '.join(parts)}.")]
    for level in levels:
        dreams, corpus = (
            {row["measure"]: row for row in _pick(rows, level, ngrams)}
            for ngrams in ("dreams", "corpus")
        )
        name = _begin_large(_place(level).removeprefix("the "))
        sentences.append(f"{name}, dreams. {_list_votes(dreams, groups)}")
        checks = (
            _check_corpus(dreams, corpus, groups), _check_height(dreams, groups),
            _check_repetition(dreams, groups),
        )
        sentences += [f"{name}, {check}" for check in checks if check]
    return sentences


def decide(rows: Sequence[Row]) -> str:
    """Decide on the claim by the measures of one level: a key of the headlines."""
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
    if row["p_holm"] is None or row["p_holm"] >= LEVEL or abs(row["effect"]) < NEGLIGIBLE:
        return 0
    if row["effect"] * row["difference"] <= 0:
        return 0  # the means say one thing, the ranks another
    return row["claim"] if row["difference"] > 0 else -row["claim"]


def conclude_facts(facts: Sequence[Row], moved: Sequence[Row]) -> list[str]:
    """Say what the planted facts show, from the rows of `facts`.

    Args:
      facts: how often the right next word is preferred, one family's.
      moved: how far a wrong form moves the states of each family.
    """
    sentences = []
    if facts:
        above = [row for row in facts if row["low"] > row["chance"]]
        worst = min(facts, key=lambda row: row["value"])
        sentences.append(
            f"{facts[0]['family']} prefers the right next word above chance in {len(above)} of "
            f"{len(facts)} planted facts of grammar ({sum(row['pairs'] for row in facts)} pairs); "
            f"least in '{worst['fact']}': {worst['value']:.0%} "
            f"[{worst['low']:.0%}, {worst['high']:.0%}]."
        )
    by = {(row["fact"], row["family"]): row for row in moved}
    names = list(dict.fromkeys(row["fact"] for row in moved))
    first, *others = dict.fromkeys(row["family"] for row in moved) or [None]
    for other in others:
        pairs = [(by[fact, first], by[fact, other]) for fact in names]
        more = [one["fact"] for one, two in pairs if one["low"] > two["high"]]
        less = [one["fact"] for one, two in pairs if one["high"] < two["low"]]
        means = [sum(pair[side]["value"] for pair in pairs) / len(pairs) for side in (0, 1)]
        sentences.append(
            "Relative to another content word, a breach of grammar moves the state of "
            f"{first} more than that of {other} in {len(more)} of {len(pairs)} facts and less in "
            f"{len(less)}: by {means[0]:.2f} against {means[1]:.2f} of what the content word does, "
            "on average."
        )
    return sentences


def _headline(rows, groups):
    by = {row["measure"]: row for row in rows}
    first, second = (group.phrase for group in groups)
    verdict = decide(rows)
    if verdict == "for" and not any(_shows(by.get(name), "first") for name in _SENSITIVITIES):
        verdict = "for in words"
    shown = [
        text.format(share=f"{by[name]['second']:.0%}")
        for name, text in _SENSITIVITIES.items()
        if _shows(by.get(name), "second")
    ]
    than = f" where {second} are not"
    unknown = "order" not in by or by["order"]["second_low"] is None
    if unknown:
        than = f" than {second}, on whose n-grams the effect of order could not be measured"
    if shown:
        than = f" than {second}, which are not blind to it: they {_list(shown)}"
    votes = [vote(row) for row in rows if row["claim"]]
    return _HEADLINES[verdict].format(
        first=first, second=second, more="more " if shown or unknown else "", than=than,
        forth=votes.count(1), back=votes.count(-1), all=len(votes),
    )  # fmt: skip


def _shows(row, side):
    """Say whether a group is sensitive at all, beyond chance and beyond a trifle."""
    if row is None or row[f"{side}_low"] is None:
        return False
    return row[f"{side}_low"] > 0 and row[side] > BLIND


def _list_votes(dreams, groups):
    claimed = [row for row in dreams.values() if row["claim"]]
    first, second = (group.name for group in groups)
    parts = []
    for name, number in ((f"Pointing to {first}", 1), (f"Pointing to {second}", -1),
                         ("Undecided", 0)):
        those = [_write_row(row, groups) for row in claimed if vote(row) == number]
        if those:
            parts.append(f"{name}: {'; '.join(those)}.")
    return " ".join(parts)


def _check_corpus(dreams, corpus, groups):
    """Say whether what dreams show is so for natural n-grams too."""
    sides = {
        name: (vote(row), vote(corpus[name]))
        for name, row in dreams.items() if row["claim"] and name in corpus
    }  # fmt: skip
    if not sides:
        return ""
    first, second = (group.name for group in groups)
    kinds = {
        "as with the dreams": [n for n, (dream, natural) in sides.items() if dream == natural != 0],
        "the other way round": [n for n, (dream, natural) in sides.items() if dream * natural < 0],
        "told apart by dreams alone": [n for n, (dream, natural) in sides.items()
                                       if dream and not natural],
        f"pointing to {first}, here alone": [n for n, (dream, natural) in sides.items()
                                             if not dream and natural > 0],
        f"pointing to {second}, here alone": [n for n, (dream, natural) in sides.items()
                                              if not dream and natural < 0],
    }  # fmt: skip
    parts = [f"{_list(names)} {what}" for what, names in kinds.items() if names]
    return f"the corpus' best n-grams: {'; '.join(parts) or 'nothing tells the two apart'}."


def _check_height(dreams, groups):
    """Say what order costs in the other unit: a higher dream has more to lose."""
    height, deviations = dreams.get("height"), dreams.get("order, in deviations")
    if not _known(height) or not _known(deviations):
        return ""
    first, second = (group.name for group in groups)
    more = "neither loses more"
    if deviations["p_holm"] < LEVEL:
        more = f"{first if deviations['difference'] > 0 else second} loses more"
    return (
        f"heights: dreams of {first} stand {height['first']:.1f} corpus deviations above the mean, "
        f"those of {second} {height['second']:.1f}; what is lost is therefore compared as a share "
        f"of that. In deviations other orders cost {first} {deviations['first']:.2f} and {second} "
        f"{deviations['second']:.2f} (p {_p(deviations['p_holm'])}): in this unit {more}."
    )


def _check_repetition(dreams, groups):
    """Say whether order matters less only because words repeat."""
    every, distinct = dreams.get("order"), dreams.get("order, no word twice")
    if not _known(every) or not _known(distinct) or not vote(every):
        return ""
    first, second = (group.name for group in groups)
    same = every["difference"] * distinct["difference"] > 0 and distinct["p"] < LEVEL
    numbers = distinct["neurons"]
    return (
        f"repeated words {'do not explain' if same else 'may explain'} the difference in order: "
        f"among dreams of distinct words ({numbers[0]} of {first}, {numbers[1]} of {second}) "
        f"{first} loses {distinct['first']:.0%}, {second} {distinct['second']:.0%} "
        f"(p {_p(distinct['p'])}, uncorrected)."
    )


def _level(row):
    return row["level"], row["clusters"]


def _place(level):
    name, clusters = level
    if name == "all":
        return "all layers together"
    return f"clusters of the {name} layer" if clusters else f"the {name} layer"


def _known(row):
    return row is not None and row["p"] is not None


def _pick(rows, level, ngrams):
    return [row for row in rows if _level(row) == level and row["ngrams"] == ngrams]


def _write_row(row, groups):
    if row["p"] is None:
        return f"{row['measure']} (too few neurons)"
    sides = [
        f"{group.name} {row[side]:.2f} [{row[f'{side}_low']:.2f}, {row[f'{side}_high']:.2f}]"
        for side, group in zip(("first", "second"), groups, strict=True)
    ]
    return (
        f"{row['measure']} ({', '.join(sides)}, delta {row['effect']:+.2f}, "
        f"p {_p(row['p_holm'])})"
    )


def _p(p):
    return "< .001" if p < 0.001 else f"= {p:.3f}"


def _list(names):
    *rest, last = names or ["none"]
    return f"{', '.join(rest)} and {last}" if rest else last


def _begin_large(text):
    return text[:1].upper() + text[1:]
