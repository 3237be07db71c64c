"""Measures of syntax mean what they say, and conclusions follow the numbers."""

import itertools
import math
import zlib
from collections import Counter

import numpy as np
import pytest

from neurondream.analysis.families import read_families
from neurondream.analysis.populations import (
    compare_ranks,
    contrast_groups,
    correct_for_many,
    permuted_differences,
    resample_means,
)
from neurondream.analysis.syntax.bigrams import associate_neighbours, count_bigrams
from neurondream.analysis.syntax.conclusion import conclude, conclude_facts
from neurondream.analysis.syntax.contrasts import compare_syntax, count_classes
from neurondream.analysis.syntax.facts import measure_movements, measure_preferences
from neurondream.analysis.syntax.groups import check_pair, pair_families, parse_group
from neurondream.analysis.syntax.measures import MEASURES, Scale, measure_ngram
from neurondream.analysis.syntax.votes import decide, vote
from neurondream.errors import InputError
from neurondream.report.findings import write_findings

WORDS = ("<pad>", "<begin>", "<end>", "<unknown>", "a", "dog", "runs", "on", "red", "the", "is")
CLASSES = {
    "a": "determiner", "dog": "noun", "runs": "verb", "on": "preposition", "red": "adjective",
    "the": "determiner", "is": "auxiliary",
}  # fmt: skip
CAPTIONS = [
    np.array([WORDS.index(word) for word in text.split()], np.int32)
    for text in ("a dog runs on the red dog", "the dog is red", "a dog is on a <unknown> dog")
]
SPECIAL = range(4)


def make_families(layers, titles=None):
    return read_families({
        "layers": [
            {"name": name, "size": 8, "family": family, "level": level}
            for name, family, level in layers
        ],
        "families": titles or {},
    })


FAMILIES = make_families(
    [("t.mid", "t", "mid"), ("t.out", "t", "out"), ("i.mid", "i", "mid"), ("i.out", "i", "out")],
    {"t": "language", "i": "vision"},
)
(PAIR,) = pair_families(FAMILIES, FAMILIES.layers)


@pytest.fixture(scope="module")
def bigrams():
    return count_bigrams(CAPTIONS, len(WORDS), SPECIAL)


def make_probe(score, ngram, neuron="t.out:1", of="dream", kind="unit"):
    """Probe an n-gram by a plain function of its words."""
    words = ngram.split()
    places = range(len(words))
    orders = list(itertools.permutations(words))[1:]
    exchanged = [[*words[:n], words[n + 1], words[n], *words[n + 2 :]] for n in places[:-1]]

    def substitute(same):
        return [
            [
                score([*words[:place], other, *words[place + 1 :]])
                for other in CLASSES
                if other != word and (CLASSES[other] == CLASSES[word]) == same
            ]
            or None
            for place, word in enumerate(words)
        ]

    return {
        "neuron": neuron, "layer": neuron.removeprefix("-").partition(":")[0], "kind": kind,
        "of": of, "score": score(words),
        "ngram": {
            "ids": [WORDS.index(word) for word in words], "pieces": words, "text": ngram,
        },
        "without": [score(words[:n] + words[n + 1 :]) for n in places] if len(words) > 1 else None,
        "neighbours": [score(each) for each in exchanged],
        "permuted": [score(list(order)) for order in orders],
        "same_class": substitute(True), "other_class": substitute(False),
        "perplexity": 7.0 if len(words) > 1 else None,
    }  # fmt: skip


def measure(probe, bigrams, mean=0.5, deviation=2.0):
    values = measure_ngram(probe, Scale(mean, deviation), CLASSES, bigrams)
    assert len(values) == len(MEASURES)
    return dict(zip([each.name for each in MEASURES], values, strict=True))


def bag(words):
    return sum({"dog": 3.0, "red": 1.0, "a": 0.25}.get(word, 0.0) for word in words)


def in_order(words):
    """Two for each of the right pairs of neighbours."""
    pairs = {("a", "red"), ("red", "dog"), ("dog", "runs")}
    return 2.0 * sum(pair in pairs for pair in itertools.pairwise(words))


# Bigrams


def test_association_of_neighbours_is_its_formula(bigrams):
    pairs = Counter(
        pair for caption in CAPTIONS for pair in itertools.pairwise(caption.tolist())
        if min(pair) > 3
    )
    total = sum(pairs.values())
    for first, second in itertools.product(range(4, len(WORDS)), repeat=2):
        expected = -1.0
        if (first, second) in pairs:
            joint = pairs[first, second] / total
            left = sum(n for pair, n in pairs.items() if pair[0] == first) / total
            right = sum(n for pair, n in pairs.items() if pair[1] == second) / total
            expected = math.log(joint / (left * right)) / -math.log(joint)
        found = associate_neighbours(bigrams, [first, second])
        assert found.tolist() == [pytest.approx(expected)]
        assert -1 <= found[0] <= 1


def test_captions_do_not_run_into_one_another(bigrams):
    ends = [WORDS.index("red"), WORDS.index("a")]  # of the second caption, and the third's first
    assert associate_neighbours(bigrams, ends).tolist() == [-1]
    texts = [np.array([5, 6]), np.zeros(0, int), np.array([5])]
    assert count_bigrams(texts, 11, SPECIAL).counts.sum() == 1


def test_words_that_are_never_apart_have_association_one():
    only = count_bigrams([np.array([5, 6])] * 3, 11)
    assert associate_neighbours(only, [[5, 6], [6, 5]]).tolist() == [[1], [-1]]
    assert associate_neighbours(only, [5]).shape == (0,)


@pytest.mark.parametrize("captions", [[], [np.array([5])], [np.array([5, 3, 6])]])
def test_a_corpus_without_pairs_is_refused(captions):
    with pytest.raises(InputError, match="side by side"):
        count_bigrams(captions, 11, SPECIAL)


# Measures


def test_a_bag_of_words_has_no_order(bigrams):
    found = measure(make_probe(bag, "a red dog runs on"), bigrams)
    for name in ("order", "order, in deviations", "neighbours", "order before the last word"):
        assert found[name] == pytest.approx(0)
    assert found["height"] == pytest.approx((4.25 - 0.5) / 2)


def test_order_is_what_other_orders_lose(bigrams):
    words = ["a", "red", "dog", "runs"]
    found = measure(make_probe(in_order, " ".join(words)), bigrams)
    others = [in_order(order) for order in itertools.permutations(words) if list(order) != words]
    lost = 6 - np.mean(others)
    assert found["order, in deviations"] == pytest.approx(lost / 2)
    assert found["order"] == pytest.approx(lost / 5.5)
    assert found["order, no word twice"] == found["order"]
    # a red dog runs: swaps leave 1, 0 and 1 of the three pairs; the last one moves the last word.
    kept = [in_order(order.split()) for order in
            ("red a dog runs", "a dog red runs", "a red runs dog")]
    assert found["neighbours"] == pytest.approx((6 - np.mean(kept)) / 2)
    assert found["order before the last word"] == pytest.approx((6 - np.mean(kept[:2])) / 5.5)


def test_shares_do_not_depend_on_the_unit_of_the_neuron(bigrams):
    def scaled(words):
        return 10 * in_order(words) + 3

    plain = measure(make_probe(in_order, "a red dog runs on"), bigrams, 0.5, 2.0)
    other = measure(make_probe(scaled, "a red dog runs on"), bigrams, 8.0, 20.0)
    assert other == pytest.approx(plain, nan_ok=True)


def test_the_work_of_words_is_spread_as_leaving_out_shows(bigrams):
    equal = measure(make_probe(lambda words: len(set(words)), "a red dog runs on"), bigrams)
    assert equal["working words"] == pytest.approx(5)
    assert equal["work of the last word"] == pytest.approx(0.2)
    last = measure(make_probe(lambda words: words[-1] == "on", "a red dog runs on"), bigrams)
    assert last["working words"] == pytest.approx(1)
    assert last["work of the last word"] == 1
    idle = measure(make_probe(lambda words: 4.0, "a red dog runs on"), bigrams)
    assert np.isnan([idle["working words"], idle["work of the last word"]]).all()


def test_words_are_counted_by_class(bigrams):
    found = measure(make_probe(bag, "the dog is the dog"), bigrams)
    assert found["repeated words"] == pytest.approx(0.4)
    assert found["function words"] == pytest.approx(0.6)
    assert found["nouns"] == pytest.approx(0.4)
    assert found["verbs"] == found["adjectives"] == 0
    assert np.isnan(found["order, no word twice"])
    assert found["attested bigrams"] == pytest.approx(3 / 4)  # "is the" is in no caption
    assert found["perplexity"] == pytest.approx(math.log(7))
    shares = count_classes([make_probe(bag, "the dog is the dog")], CLASSES, FAMILIES)
    assert {row["class"]: row["share"] for row in shares} == pytest.approx(
        {"determiner": 0.4, "noun": 0.4, "auxiliary": 0.2}
    )
    assert {(row["family"], row["level"], row["ngrams"]) for row in shares} == {
        ("t", "out", "dreams")
    }


def test_a_neuron_that_hears_only_classes_keeps_them(bigrams):
    def classes_only(words):
        return 4.0 * sum(CLASSES[word] == "determiner" for word in words)

    found = measure(make_probe(classes_only, "a dog"), bigrams)
    # "the" keeps all, any other word in place of "a" loses 4; nothing else is of the dog's class.
    assert found["word class, in deviations"] == pytest.approx(4 / 2)
    assert found["word class"] == pytest.approx(4 / 3.5)


def test_one_word_has_no_order_and_no_neighbours(bigrams):
    found = measure(make_probe(bag, "dog"), bigrams)
    assert found["height"] == pytest.approx(1.25)
    assert found["nouns"] == 1
    for name in ("order", "neighbours", "order before the last word", "working words", "bigrams",
                 "word class", "perplexity"):
        assert np.isnan(found[name]), name


def test_no_height_no_share(bigrams):
    found = measure(make_probe(bag, "a red dog"), bigrams, mean=9.0)
    assert np.isnan(found["order"])
    assert found["order, in deviations"] == pytest.approx(0)


# Groups


def test_two_families_are_compared_with_each_other():
    first, second = PAIR
    assert (first.name, first.title, first.phrase) == ("t", "t, language", "the language neurons")
    assert first.layers == ("t.mid", "t.out") and second.layers == ("i.mid", "i.out")
    assert pair_families(FAMILIES, ["t.mid", "t.out"]) == []  # one family alone


def test_more_families_are_each_compared_with_the_rest():
    families = make_families([("e", "embedding", "0"), ("a", "attention", "1"), ("m", "mlp", "1")])
    pairs = pair_families(families, families.layers)
    assert [first.name for first, _ in pairs] == ["embedding", "attention", "mlp"]
    assert [second.layers for _, second in pairs] == [("a", "m"), ("e", "m"), ("e", "a")]
    # A family that has no neurons in the run is no side.
    assert len(pair_families(families, ["a", "m"])) == 1


def test_a_person_names_layers_and_families():
    group = parse_group("i.out+t", FAMILIES)
    assert group.layers == ("t.mid", "t.out", "i.out")
    assert parse_group("t.out", FAMILIES).phrase == "the neurons of t.out"
    assert parse_group("t+i", FAMILIES).phrase == "the language and vision neurons"
    plus = make_families([("a+b", "f", "0"), ("f", "g", "0")])
    assert parse_group("a+b", plus).layers == ("a+b",)
    assert parse_group("f", plus).layers == ("f",)  # the layer, not the family
    with pytest.raises(InputError, match=r"'x' is no layer or family.*t, i.*t\.mid, t\.out"):
        parse_group("t+x", FAMILIES)
    with pytest.raises(InputError, match=r"both hold the layer t\.out"):
        check_pair(parse_group("t", FAMILIES), parse_group("t.out", FAMILIES))


def compare(neurons, groups=PAIR, families=FAMILIES):
    """Compare neurons, each a name and a kind, that all score alike."""
    probes = [make_probe(bag, "a red dog", name, kind=kind) for name, kind in neurons]
    scales = {name: Scale(0.0, 1.0) for name, _ in neurons}
    bigrams = count_bigrams(CAPTIONS, len(WORDS), SPECIAL)
    return compare_syntax(probes, scales, CLASSES, bigrams, groups, families)


def levels_of(rows):
    return {(row["level"], row["clusters"]): row["neurons"] for row in rows
            if row["measure"] == "height"}


def test_levels_that_both_groups_have_are_compared_clusters_apart():
    neurons = [("t.mid:0", "unit"), ("t.mid:cluster:0", "cluster"), ("-t.mid:1", "unit"),
               ("t.out:1", "unit"), ("i.mid:0", "unit"), ("i.mid:cluster:1", "cluster")]
    assert levels_of(compare(neurons)) == {("mid", False): [2, 1], ("mid", True): [1, 1]}
    assert compare(neurons[:4]) == []  # nobody on the other side


def test_groups_that_share_no_level_are_compared_as_wholes():
    pair = parse_group("t.mid", FAMILIES), parse_group("t.out+i.out", FAMILIES)
    neurons = [("t.mid:0", "unit"), ("t.mid:1", "unit"), ("t.out:0", "unit"), ("i.out:0", "unit"),
               ("i.mid:9", "unit")]
    rows = compare(neurons, pair)
    assert levels_of(rows) == {("all", False): [2, 2]}
    assert "(all layers together)" in conclude(rows, pair)[0]


# Statistics


def test_cliffs_delta_is_its_definition():
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 9, 13), generator.integers(2, 11, 8)
    expected = np.mean([np.sign(a - b) for a in first for b in second])
    assert compare_ranks(first, second) == pytest.approx(expected)
    assert compare_ranks(second, first) == pytest.approx(-expected)


def test_holm_is_its_definition():
    p = [0.01, 0.04, np.nan, 0.03, 0.5]
    assert correct_for_many(p).tolist() == pytest.approx(
        [0.04, 0.09, np.nan, 0.09, 0.5], nan_ok=True
    )
    assert correct_for_many([]).shape == (0,)
    assert correct_for_many([0.9, 0.8]).tolist() == [1, 1]


def test_intervals_are_those_of_a_known_mean():
    values = np.random.default_rng(1).normal(3, 2, (400, 1))
    draws = resample_means(values, 0)
    assert draws.mean() == pytest.approx(values.mean(), abs=0.01)
    assert draws.std() == pytest.approx(values.std() / 20, rel=0.05)


def test_missing_values_are_left_out():
    values = np.array([[1.0, np.nan], [1.0, 5.0], [1.0, 5.0], [1.0, np.nan]])
    other = np.array([[0.0, 2.0], [0.0, np.nan], [0.0, 2.0]])
    first, second = contrast_groups(values, other, 0)
    assert first.neurons == (4, 3)
    assert second.neurons == (2, 2)
    assert first.means == (1, 0)
    assert second.means == (5, 2)
    assert second.intervals == ((5, 5), (2, 2))
    assert second.interval == (3, 3)
    nobody = contrast_groups(np.full((3, 1), np.nan), other[:, :1], 0)[0]
    assert nobody.neurons == (0, 3)
    assert np.isnan([nobody.difference, nobody.p, nobody.effect, *nobody.interval]).all()


def test_p_of_a_small_sample_is_the_share_of_all_splits():
    first, second = np.array([[4.0], [7.0], [6.5]]), np.array([[1.0], [5.0], [2.0], [3.0]])
    pooled = np.concatenate([first, second]).ravel()
    gap = first.mean() - second.mean()
    splits = [
        np.mean(pooled[list(chosen)]) - np.mean(np.delete(pooled, chosen))
        for chosen in itertools.combinations(range(7), 3)
    ]
    exact = np.mean(np.abs(splits) >= abs(gap) - 1e-9)
    assert contrast_groups(first, second, 0)[0].p == pytest.approx(exact, abs=0.01)
    assert contrast_groups(first, first, 0)[0].p == 1


def test_p_is_uniform_where_chance_formed_the_groups():
    generator = np.random.default_rng(2)
    # Skewed, and with unequal groups: what a t test would not like.
    values = generator.exponential(size=(60, 300))
    p = np.array([c.p for c in contrast_groups(values[:20], values[20:], 3)])
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.1)
    assert permuted_differences(values[:20], values[20:], 0).shape == (10_000, 300)


# Conclusions


def make_rows(t_score, i_score, t_ngram, i_ngram, bigrams, each=12):
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
    return compare_syntax(probes, scales, CLASSES, bigrams, PAIR, FAMILIES)


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
def claimed(bigrams):
    def classes_in_order(words):
        template = ("determiner", "noun", "auxiliary", "preposition", "determiner")
        kinds = [CLASSES[word] for word in words]
        return 2.0 * sum(pair in set(itertools.pairwise(template))
                         for pair in itertools.pairwise(kinds))

    return make_rows(
        classes_in_order, bag, "the dog is on a", "dog red dog red dog", bigrams
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


def test_equal_groups_are_undecided(bigrams):
    rows = make_rows(in_order, in_order, "a red dog runs on", "a red dog runs on", bigrams)
    assert decide([row for row in rows if row["ngrams"] == "dreams"]) == "undecided"
    assert conclude(rows, PAIR)[0].startswith("No measure tells the language neurons and the ")


def test_what_only_the_text_shows_is_not_called_awareness(bigrams):
    rows = make_rows(lambda words: 4.0, lambda words: 4.0, "the dog is on a",
                     "dog red dog red dog", bigrams)
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
    assert compare([]) == []
    assert conclude([], PAIR)[0].startswith("Nothing to conclude")


def test_single_words_are_compared_by_what_they_have(bigrams):
    probes, scales = [], {}
    for neuron in ("t.out:0", "t.out:1", "i.out:0", "-i.out:1"):
        probes.append(make_probe(bag, "dog", neuron))
        scales[neuron] = Scale(0.0, 1.0)
    rows = compare_syntax(probes, scales, CLASSES, bigrams, PAIR, FAMILIES)
    rows = {row["measure"]: row for row in rows}
    assert rows["order"]["neurons"] == [0, 0]
    assert rows["order"]["first"] is rows["order"]["p"] is rows["order"]["p_holm"] is None
    assert rows["nouns"]["first"] == 1
    assert conclude(list(rows.values()), PAIR)


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


# Planted facts


def test_preferences_are_shares_of_pairs():
    margins = np.array([1.0, -1.0, 0.0, 2.0, 3.0, 3.0])
    rows = measure_preferences(["be"] * 4 + ["have"] * 2, margins, "t")
    assert {row["family"] for row in rows} == {"t"}
    assert [row["fact"] for row in rows] == ["be", "have"]
    assert [row["value"] for row in rows] == [0.5, 1.0]  # a tie is no preference
    assert rows[0]["low"] < 0.5 < rows[0]["high"]
    assert [row["pairs"] for row in rows] == [4, 2]


def test_movements_are_ratios_of_mean_distances():
    distances = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 4.0]])
    (row,) = measure_movements(["be"] * 3, {"t": distances})
    assert row["value"] == pytest.approx(6 / 8)
    assert row["low"] < 0.75 < row["high"]
    (still,) = measure_movements(["be"] * 3, {"i": np.zeros((3, 2))})
    assert np.isfinite([still["value"], still["low"], still["high"]]).all()


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
