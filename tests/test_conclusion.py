"""Conclusions follow the numbers."""

import itertools
import zlib

import numpy as np
import pytest

from neurondream.analysis.syntax.conclusion import conclude, conclude_facts
from neurondream.analysis.syntax.contrasts import compare_syntax
from neurondream.analysis.syntax.facts import measure_movements, measure_preferences
from neurondream.analysis.syntax.measures import MEASURES, Scale
from neurondream.analysis.syntax.votes import decide, vote
from neurondream.report.findings import write_findings
from syntax_probes import BIGRAMS, CLASSES, FAMILIES, PAIR, bag, in_order, make_probe


def make_rows(t_score, i_score, t_ngram, i_ngram, each=12):
    """Compare populations of neurons that score by plain functions, each with a scale of its own.

    The corpus' n-gram is the same for all.
    """
    generator = np.random.default_rng(0)
    probes, scales = [], {}
    for family, score, ngram in (("t", t_score, t_ngram), ("i", i_score, i_ngram)):
        for number in range(each):
            size, noise = generator.uniform(1, 3), generator.normal(0, 0.05, 200)

            def noisy(words, score=score, size=size, noise=noise):
                return size * (score(words) + noise[zlib.crc32(" ".join(words).encode()) % 200])

            neuron = f"{family}.out:{number}"
            scales[neuron] = Scale(-0.5 * size, size)
            probes += [make_probe(noisy, ngram, neuron), make_probe(noisy, "a red dog is on",
                                                                    neuron, "corpus")]
    return compare_syntax(probes, scales, CLASSES, BIGRAMS, PAIR, FAMILIES)


def outcome(**votes):
    """Make the rows of a level where the named measures are decided, 1 for the first group."""
    rows = []
    for each in MEASURES:
        sign = votes.get(each.name.replace(" ", "_"), 0)
        rows.append({
            "measure": each.name, "unit": each.unit, "claim": each.claim, "level": "out",
            "clusters": False, "ngrams": "dreams", "first": 0.3, "first_low": 0.2,
            "first_high": 0.4, "second": 0.0, "second_low": -0.1, "second_high": 0.1,
            "difference": 0.3 * sign, "low": 0.1, "high": 0.5,
            "effect": 0.8 * sign, "p": 0.0001 if sign else 0.6, "p_holm": 0.004 if sign else 1.0,
            "neurons": [9, 9],
        })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def claimed():
    def classes_in_order(words):
        template = ("determiner", "noun", "auxiliary", "preposition", "determiner")
        kinds = [CLASSES[word] for word in words]
        return 2.0 * sum(pair in set(itertools.pairwise(template))
                         for pair in itertools.pairwise(kinds))

    return make_rows(
        classes_in_order, bag, "the dog is on a", "dog red dog red dog"
    )


def test_a_grammatical_t_and_a_bag_of_words_i_are_the_claim(claimed):
    assert {row["measure"] for row in claimed if row["ngrams"] == "dreams"} == {
        measure.name for measure in MEASURES
    }
    dreams = [row for row in claimed if row["ngrams"] == "dreams"]
    assert decide(dreams) == "for"
    sentences = conclude(claimed, PAIR)
    assert sentences[0].startswith(
        "The language neurons are syntax-aware where the vision neurons are not"
    )
    assert all(row["neurons"] == [12, 12] for row in dreams if row["measure"] == "order")


def test_the_groups_exchanged_are_the_opposite(claimed):
    def exchange(row):
        turned = {"effect": -row["effect"], "difference": -row["difference"]} if row["p"] else {}
        sides = {
            one + end: row[other + end] for end in ("", "_low", "_high")
            for one, other in (("first", "second"), ("second", "first"))
        }
        return row | sides | turned

    rows = [exchange(row) for row in claimed]
    assert decide([row for row in rows if row["ngrams"] == "dreams"]) == "against"
    assert conclude(rows, PAIR[::-1])[0] == conclude(claimed, PAIR)[0]
    assert conclude(rows, PAIR)[0].startswith("The vision neurons are syntax-aware where the lang")


def test_equal_groups_are_undecided():
    rows = make_rows(in_order, in_order, "a red dog runs on", "a red dog runs on")
    assert decide([row for row in rows if row["ngrams"] == "dreams"]) == "undecided"
    assert conclude(rows, PAIR)[0].startswith("No measure tells the language neurons and the ")


def test_what_only_the_text_shows_is_not_called_awareness():
    rows = make_rows(lambda words: 4.0, lambda words: 4.0, "the dog is on a",
                     "dog red dog red dog")
    votes = {row["measure"]: vote(row) for row in rows if row["ngrams"] == "dreams"}
    assert votes["function words"] == votes["repeated words"] == 1
    assert votes["order"] == votes["word class"] == 0
    assert "syntax-aware" not in conclude(rows, PAIR)[0]


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [
        ({}, "undecided"),
        ({"order": 1}, "leaning for"),
        ({"order": -1}, "leaning against"),
        ({"repeated_words": 1}, "leaning against"),  # more repetition in the first
        ({"order": 1, "function_words": -1}, "mixed"),
        ({"order": 1, "word_class": 1, "bigrams": 1, "repeated_words": -1}, "for"),
        ({"order": -1, "word_class": -1, "bigrams": -1, "repeated_words": 1}, "against"),
        ({"height": 1, "nouns": -1, "perplexity": 1, "order,_in_deviations": 1}, "undecided"),
    ],
)
def test_every_outcome_can_be_reached(votes, verdict):
    rows = outcome(**votes)
    assert decide(rows) == verdict
    assert conclude(rows, PAIR)
    heads = {conclude(outcome(**other), PAIR)[0] for other in
             ({}, {"order": 1}, {"order": -1}, {"order": 1, "function_words": -1})}
    assert len(heads) == 4


def test_trifles_and_chance_do_not_vote():
    row = next(row for row in outcome(order=1) if row["measure"] == "order")
    assert vote(row) == 1
    assert vote(row | {"p_holm": 0.06}) == 0
    assert vote(row | {"effect": 0.1}) == 0
    assert vote(row | {"p_holm": None, "p": None}) == 0
    assert vote(row | {"effect": -0.5}) == 0  # the mean of an outlier


def test_a_group_that_heeds_order_is_not_called_blind():
    rows = outcome(order=1, word_class=1, bigrams=1, repeated_words=-1)
    heeds = {"second": 0.21, "second_low": 0.15, "second_high": 0.3}
    rows = [row | heeds if row["measure"] == "order" else row for row in rows]
    head = conclude(rows, PAIR)[0]
    assert "more syntax-aware than the vision neurons, which are not blind" in head
    assert "21%" in head


def test_levels_that_differ_are_told_apart():
    middle = [row | {"level": "mid"} for row in outcome(order=-1)]
    first = conclude(middle + outcome(order=1), PAIR)[0]
    assert first.startswith("It depends on the layer")
    assert first.index("in the mid layer, the vision") < first.index("in the out layer, the lang")


def test_many_levels_are_counted():
    grammar = {"order": 1, "word_class": 1, "bigrams": 1, "repeated_words": -1}
    rows = [
        row | {"level": str(number)}
        for number in range(100) for row in outcome(**(grammar if number > 2 else {}))
    ]
    sentences = conclude(rows, PAIR)
    assert sentences[0] == (
        "It depends on the layer: in 97 of 100 layers, the language neurons are more syntax-aware "
        "than the vision neurons; in 3 of 100 layers (0, 1 and 2), no measure tells the two apart."
    )
    assert sentences[1].startswith("Layer 0, dreams.")


def test_the_corpus_stands_beside_the_dreams():
    dreams = outcome(order=1, function_words=1, repeated_words=-1)
    corpus = [row | {"ngrams": "corpus"} for row in outcome(order=1, function_words=-1, bigrams=1)]
    (sentence,) = [text for text in conclude(dreams + corpus, PAIR) if "corpus' best" in text]
    assert "order as with the dreams" in sentence
    assert "function words the other way round" in sentence
    assert "repeated words told apart by dreams alone" in sentence
    assert "bigrams pointing to t, here alone" in sentence


def test_nothing_to_compare_is_said():
    assert conclude([], PAIR)[0].startswith("Nothing to conclude")


def test_findings_are_laid_out(claimed):
    facts = measure_preferences(["order"] * 3, np.array([1.0, 2.0, -1.0]), "t")
    moved = measure_movements(["order"] * 3, {side: np.ones((3, 2)) for side in "ti"})
    text = write_findings({
        "conclusion": conclude(claimed, PAIR), "facts": facts, "moved": moved,
        "comparisons": [{
            "groups": [group._asdict() for group in PAIR], "rows": claimed,
            "conclusion": conclude(claimed, PAIR),
        }],
        "classes": [{"class": "noun", "ngrams": "dreams", "level": "out", "clusters": True,
                     "family": "t", "share": 0.25}],
    })  # fmt: skip
    assert text.startswith("- The language neurons")
    assert all(f"- {measure.name}: " in text for measure in MEASURES)
    for part in ("67% [21%, 94%]", "25%", "t - i [95 %]", "out clusters"):
        assert part in text
    nothing = ["All neurons are of one family."]
    empty = {"conclusion": nothing, "comparisons": [], "facts": [], "moved": [], "classes": []}
    assert write_findings(empty) == f"- {nothing[0]}"


def test_facts_are_put_in_words():
    facts = measure_preferences(["be"] * 40 + ["have"] * 40, np.repeat([1.0, -1.0], 40), "t")
    generator = np.random.default_rng(0)
    moved = measure_movements(
        ["be"] * 40 + ["have"] * 40,
        {"t": generator.uniform(1, 2, (80, 2)), "i": generator.uniform(1, 2, (80, 2)) * [0.1, 1]},
    )
    knows, moves = conclude_facts(facts, moved)
    assert "in 1 of 2 planted facts" in knows
    assert "'have': 0%" in knows
    assert "in 2 of 2 facts and less in 0" in moves
    assert "the state of t more than that of i" in moves
    alone = [row for row in moved if row["family"] == "t"]
    assert conclude_facts(facts, alone) == [knows]  # nothing to compare with
    assert conclude_facts([], []) == []
