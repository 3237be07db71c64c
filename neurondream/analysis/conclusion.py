"""Put in words whether the language pathway is aware of syntax where the visual one is not.

The claim is the conclusion of Poerner, Roth & Schütze 2018. Every sentence follows from the rows of
`syntax.compare_pathways`: a measure that the claim is about counts for it or against it if the
pathways differ after correction for all rows and the effect is not negligible.
"""

from collections.abc import Mapping, Sequence
from typing import Any

LEVEL = 0.05
NEGLIGIBLE = 0.147  # Cliff's delta (Romano et al. 2006)
BLIND = 0.05  # of the height: a pathway that loses less is called blind

# Measures that are 0 in a pathway blind to syntax, as shares of the height.
_SENSITIVITIES = {
    "order": "loses {share} of the height in other orders",
    "order before the last word": "loses {share} when neighbours before the last word are swapped",
    "word class": "keeps {share} more with words of the same class than with others",
}
_HEADLINES = {
    "for": "the language pathway is {more}syntax-aware{than}",
    "for in words": "the n-grams of the language pathway look more like syntax, but its activation "
    "hardly depends on it",
    "against": "the opposite of the paper's conclusion holds: the visual pathway is the more "
    "syntax-aware one",
    "mixed": "the measures disagree: {forth} of {all} say that the language pathway is the more "
    "syntax-aware one, {back} that the visual one is",
    "leaning for": "the language pathway leans to syntax, but half of the measures or more do "
    "not tell the two apart",
    "leaning against": "the visual pathway leans to syntax, but half of the measures or more do "
    "not tell the two apart",
    "undecided": "no measure tells the two pathways apart",
}

Row = Mapping[str, Any]


def conclude(rows: Sequence[Row]) -> list[str]:
    """Conclude from the rows of a comparison: the verdict first, then what points which way."""
    layers = list(dict.fromkeys(row["layer"] for row in rows if row["ngrams"] == "dreams"))
    if not layers:
        return ["Nothing to conclude: no layer has dreams of neurons of both pathways."]
    headlines = {layer: _headline(_pick(rows, layer, "dreams")) for layer in layers}
    if len(set(headlines.values())) == 1:
        where = _list([_place(layer) for layer in layers])
        sentences = [_begin_large(f"{headlines[layers[0]]} ({where}).")]
    else:
        parts = [f"in {_place(layer)}, {headlines[layer]}" for layer in layers]
        verdicts = {judge(_pick(rows, layer, "dreams")) for layer in layers}
        depends = "it depends on the layer: " if len(verdicts) > 1 else ""
        sentences = [_begin_large(f"{depends}{'; '.join(parts)}.")]
    for layer in layers:
        dreams, corpus = (
            {row["measure"]: row for row in _pick(rows, layer, ngrams)}
            for ngrams in ("dreams", "corpus")
        )
        name = _begin_large(_place(layer).removeprefix("the "))
        sentences.append(f"{name}, dreams. {_tell_votes(dreams)}")
        checks = (_check_corpus(dreams, corpus), _check_height(dreams), _check_repetition(dreams))
        sentences += [f"{name}, {check}" for check in checks if check]
    return sentences


def judge(rows: Sequence[Row]) -> str:
    """Judge the claim by the measures of one layer: a key of the headlines."""
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
    """Say what the planted facts show, from the rows of `facts`: T must know them, I need not."""
    sentences = []
    if facts:
        above = [row for row in facts if row["low"] > row["chance"]]
        worst = min(facts, key=lambda row: row["value"])
        sentences.append(
            f"T prefers the right next word above chance in {len(above)} of {len(facts)} planted "
            f"facts of grammar ({sum(row['pairs'] for row in facts)} pairs); least in "
            f"'{worst['fact']}': {worst['value']:.0%} [{worst['low']:.0%}, {worst['high']:.0%}]."
        )
    by = {(row["fact"], row["pathway"]): row for row in moved}
    pairs = [(by[fact, "T"], by[fact, "I"]) for fact in dict.fromkeys(row["fact"] for row in moved)]
    if pairs:
        more = [t["fact"] for t, i in pairs if t["low"] > i["high"]]
        less = [t["fact"] for t, i in pairs if t["high"] < i["low"]]
        t_mean = sum(t["value"] for t, _ in pairs) / len(pairs)
        i_mean = sum(i["value"] for _, i in pairs) / len(pairs)
        sentences.append(
            "Relative to another content word, a breach of grammar moves the state of T more than "
            f"that of I in {len(more)} of {len(pairs)} facts and less in {len(less)}: by "
            f"{t_mean:.2f} against {i_mean:.2f} of what the content word does, on average."
        )
    return sentences


def _headline(rows):
    by = {row["measure"]: row for row in rows}
    verdict = judge(rows)
    if verdict == "for" and not any(_shows(by.get(name), "T") for name in _SENSITIVITIES):
        verdict = "for in words"
    shown = [
        text.format(share=f"{by[name]['I']:.0%}")
        for name, text in _SENSITIVITIES.items()
        if _shows(by.get(name), "I")
    ]
    than = " where the visual one is not"
    unknown = "order" not in by or by["order"]["I_low"] is None
    if unknown:
        than = " than the visual one, on whose n-grams the effect of order could not be measured"
    if shown:
        than = f" than the visual one, which is not blind to it: it {_list(shown)}"
    votes = [vote(row) for row in rows if row["claim"]]
    return _HEADLINES[verdict].format(
        more="more " if shown or unknown else "", than=than, forth=votes.count(1),
        back=votes.count(-1), all=len(votes),
    )  # fmt: skip


def _shows(row, pathway):
    """Say whether a pathway is sensitive at all, beyond chance and beyond a trifle."""
    if row is None or row[f"{pathway}_low"] is None:
        return False
    return row[f"{pathway}_low"] > 0 and row[pathway] > BLIND


def _tell_votes(dreams):
    claimed = [row for row in dreams.values() if row["claim"]]
    parts = []
    for name, number in (("Pointing to T", 1), ("Pointing to I", -1), ("Undecided", 0)):
        those = [_tell(row) for row in claimed if vote(row) == number]
        if those:
            parts.append(f"{name}: {'; '.join(those)}.")
    return " ".join(parts)


def _check_corpus(dreams, corpus):
    """Say whether what dreams show is so for natural n-grams too."""
    sides = {
        name: (vote(row), vote(corpus[name]))
        for name, row in dreams.items() if row["claim"] and name in corpus
    }  # fmt: skip
    if not sides:
        return ""
    told = {
        "as with the dreams": [n for n, (dream, natural) in sides.items() if dream == natural != 0],
        "the other way round": [n for n, (dream, natural) in sides.items() if dream * natural < 0],
        "told apart by dreams alone": [n for n, (dream, natural) in sides.items()
                                       if dream and not natural],
        "pointing to T, here alone": [n for n, (dream, natural) in sides.items()
                                      if not dream and natural > 0],
        "pointing to I, here alone": [n for n, (dream, natural) in sides.items()
                                          if not dream and natural < 0],
    }  # fmt: skip
    parts = [f"{_list(names)} {what}" for what, names in told.items() if names]
    return f"the corpus' best n-grams: {'; '.join(parts) or 'nothing tells the pathways apart'}."


def _check_height(dreams):
    """Say what order costs in the other unit: a higher dream has more to lose."""
    height, deviations = dreams.get("height"), dreams.get("order, in deviations")
    if not _known(height) or not _known(deviations):
        return ""
    more = "neither loses more"
    if deviations["p_holm"] < LEVEL:
        more = f"{'T' if deviations['difference'] > 0 else 'I'} loses more"
    return (
        f"heights: dreams of T stand {height['T']:.1f} corpus deviations above the mean, those of "
        f"I {height['I']:.1f}; what is lost is therefore compared as a share of that. In "
        f"deviations other orders cost T {deviations['T']:.2f} and I {deviations['I']:.2f} "
        f"(p {_p(deviations['p_holm'])}): in this unit {more}."
    )


def _check_repetition(dreams):
    """Say whether order matters less only because words repeat."""
    every, distinct = dreams.get("order"), dreams.get("order, no word twice")
    if not _known(every) or not _known(distinct) or not vote(every):
        return ""
    same = every["difference"] * distinct["difference"] > 0 and distinct["p"] < LEVEL
    t_number, i_number = distinct["neurons"]
    return (
        f"repeated words {'do not explain' if same else 'may explain'} the difference in order: "
        f"among dreams of distinct words ({t_number} of T, {i_number} of I) T loses "
        f"{distinct['T']:.0%}, I {distinct['I']:.0%} (p {_p(distinct['p'])}, uncorrected)."
    )


def _place(layer):
    name = layer.removesuffix(" clusters")
    return f"clusters of the {name} layer" if name != layer else f"the {layer} layer"


def _known(row):
    return row is not None and row["p"] is not None


def _pick(rows, layer, ngrams):
    return [row for row in rows if row["layer"] == layer and row["ngrams"] == ngrams]


def _tell(row):
    if row["p"] is None:
        return f"{row['measure']} (too few neurons)"
    return (
        f"{row['measure']} (T {row['T']:.2f} [{row['T_low']:.2f}, {row['T_high']:.2f}], "
        f"I {row['I']:.2f} [{row['I_low']:.2f}, {row['I_high']:.2f}], "
        f"delta {row['effect']:+.2f}, p {_p(row['p_holm'])})"
    )


def _p(p):
    return "< .001" if p < 0.001 else f"= {p:.3f}"


def _list(names):
    *rest, last = names or ["none"]
    return f"{', '.join(rest)} and {last}" if rest else last


def _begin_large(text):
    return text[:1].upper() + text[1:]
