"""Put in words whether one group of neurons is aware of syntax where another is not (host side).

Poerner, Roth & Schütze 2018 conclude so of the textual half of a captioning model. Every sentence
follows from the rows of `contrasts.compare_syntax`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.analysis.syntax.contrasts import EVERY, level_of_row, name_level
from neurondream.analysis.syntax.groups import Group
from neurondream.analysis.syntax.votes import SIGNIFICANT, decide, vote

BLIND = 0.05  # of the height: neurons that lose less are called blind

# Measures that are 0 in neurons blind to syntax, as shares of the height.
_SENSITIVITIES = {
    "order": "lose {share} of the height in other orders",
    "order before the last word": "lose {share} when neighbours before the last word are swapped",
    "word class": "keep {share} more with words of the same class than with others",
}
# Of the group that a decision is for and the other one.
_HEADLINES = {
    "for": "{more} are {how}syntax-aware{than}",
    "for in words": "the n-grams of {more} look more like syntax, but their activation hardly "
    "depends on it",
    "mixed": "the measures disagree: {forth} of {all} say that {more} are the more syntax-aware "
    "ones, {back} that {less} are",
    "leaning for": "{more} lean to syntax, but half of the measures or more do not tell the two "
    "apart",
    "undecided": "no measure tells {more} and {less} apart",
}
# The same effects in corpus deviations, whose answer may be another one.
_IN_DEVIATIONS = {
    "order, in deviations": "other orders",
    "word class, in deviations": "words of other classes rather than of the same one",
}
_MANY = 4  # levels: more of them are counted in the first sentence, not told one by one

Row = Mapping[str, Any]


def conclude(rows: Sequence[Row], groups: tuple[Group, Group]) -> list[str]:
    """Conclude from the rows of a comparison: the verdict first, then what points which way.

    Args:
      rows: of `compare_syntax`.
      groups: the first and the second one of it.
    """
    levels = list(dict.fromkeys(level_of_row(row) for row in rows if row["ngrams"] == "dreams"))
    if not levels:
        first, second = (group.phrase for group in groups)
        return [f"Nothing to conclude: there are not dreams of both {first} and {second}."]
    sentences = [_begin_large(f"{_summarize(rows, levels, groups)}.")]
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


def _summarize(rows, levels, groups):
    """Say what is decided at all levels, in one sentence."""
    headlines = {level: _headline(_pick(rows, level, "dreams"), groups) for level in levels}
    if len(set(headlines.values())) == 1 and len(levels) <= _MANY:
        return f"{headlines[levels[0]]} ({_list([_place(level) for level in levels])})"
    decisions = {level: decide(_pick(rows, level, "dreams")) for level in levels}
    depends = "it depends on the layer: " if len(set(decisions.values())) > 1 else ""
    if len(levels) <= _MANY:
        parts = [f"in {_place(level)}, {headlines[level]}" for level in levels]
        return f"{depends}{'; '.join(parts)}"
    parts = []
    for decision, number in Counter(decisions.values()).most_common():
        members = [level for level in levels if decisions[level] == decision]
        where = f" ({_list([name_level(level) for level in members])})" if number <= _MANY else ""
        parts.append(f"in {number} of {len(levels)} layers{where}, {_word(decision, groups)}")
    return f"{depends}{'; '.join(parts)}"


def _word(decision, groups):
    """Say what is decided, without the numbers of a level."""
    more, less = _turn(decision, groups)
    return {
        "for": f"{more.phrase} are more syntax-aware than {less.phrase}",
        "leaning for": f"{more.phrase} lean to syntax",
        "mixed": "the measures disagree",
        "undecided": "no measure tells the two apart",
    }[decision.replace("against", "for")]


def _turn(decision, pair):
    """Put the side first that a decision is for."""
    return pair[::-1] if decision.endswith("against") else pair


def _headline(rows, groups):
    by = {row["measure"]: row for row in rows}
    decision = decide(rows)
    votes = [vote(row) for row in rows if row["claim"]]
    more, less = _turn(decision, groups)
    more_side, less_side = _turn(decision, ("first", "second"))
    shown = [
        text.format(share=f"{by[name][less_side]:.0%}")
        for name, text in _SENSITIVITIES.items()
        if _shows(by.get(name), less_side)
    ]
    than = f" where {less.phrase} are not"
    unknown = "order" not in by or by["order"][f"{less_side}_low"] is None
    if unknown:
        than = f" than {less.phrase}, on whose n-grams the effect of order could not be measured"
    if shown:
        than = f" than {less.phrase}, which are not blind to it: they {_list(shown)}"
    headline = decision.replace("against", "for")
    if headline == "for" and not any(_shows(by.get(name), more_side) for name in _SENSITIVITIES):
        headline = "for in words"
    return _HEADLINES[headline].format(
        more=more.phrase, less=less.phrase, how="more " if shown or unknown else "", than=than,
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
    """Say what order and word class cost in the other unit: a higher dream has more to lose."""
    height = dreams.get("height")
    in_deviations = {
        what: row for name, what in _IN_DEVIATIONS.items() if _known(row := dreams.get(name))
    }
    if not _known(height) or not in_deviations:
        return ""
    first, second = (group.name for group in groups)

    def tell(what, row):
        more = "in this unit neither loses more"
        if row["p_holm"] < SIGNIFICANT:
            more = f"in this unit {first if row['difference'] > 0 else second} loses more"
        return (
            f"{what} cost {first} {row['first']:.2f} and {second} {row['second']:.2f} "
            f"(p {_p(row['p_holm'])}): {more}"
        )

    return (
        f"heights: dreams of {first} stand {height['first']:.1f} corpus deviations above the mean, "
        f"those of {second} {height['second']:.1f}; what is lost is therefore compared as a share "
        f"of that. In deviations {'; '.join(tell(*item) for item in in_deviations.items())}."
    )


def _check_repetition(dreams, groups):
    """Say whether order matters less only because words repeat."""
    every, distinct = dreams.get("order"), dreams.get("order, no word twice")
    if not _known(every) or not _known(distinct) or not vote(every):
        return ""
    first, second = (group.name for group in groups)
    same = every["difference"] * distinct["difference"] > 0 and distinct["p"] < SIGNIFICANT
    numbers = distinct["neurons"]
    return (
        f"repeated words {'do not explain' if same else 'may explain'} the difference in order: "
        f"among dreams of distinct words ({numbers[0]} of {first}, {numbers[1]} of {second}) "
        f"{first} loses {distinct['first']:.0%}, {second} {distinct['second']:.0%} "
        f"(p {_p(distinct['p'])}, uncorrected)."
    )


def _place(level):
    if level == EVERY:
        return "all layers together"
    layer = f"layer {level.name}" if level.name.isdecimal() else f"the {level.name} layer"
    return f"clusters of {layer}" if level.clusters else layer


def _known(row):
    return row is not None and row["p"] is not None


def _pick(rows, level, ngrams):
    return [row for row in rows if level_of_row(row) == level and row["ngrams"] == ngrams]


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
