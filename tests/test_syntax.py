"""Measures of syntax mean what they say."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from neurondream.analysis.syntax.bigrams import associate_neighbours, count_bigrams
from neurondream.analysis.syntax.contrasts import count_classes
from neurondream.analysis.syntax.facts import measure_movements, measure_preferences
from neurondream.analysis.syntax.measures import MEASURES, Scale, measure_ngram
from neurondream.errors import InputError
from syntax_probes import (
    BIGRAMS,
    CAPTIONS,
    CLASSES,
    FAMILIES,
    SPECIAL,
    WORDS,
    bag,
    in_order,
    make_probe,
)


def measure(probe, mean=0.5, deviation=2.0):
    values = measure_ngram(probe, Scale(mean, deviation), CLASSES, BIGRAMS)
    assert len(values) == len(MEASURES)
    return dict(zip([each.name for each in MEASURES], values, strict=True))


# Bigrams


def test_association_of_neighbours_is_its_formula():
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
        found = associate_neighbours(BIGRAMS, [first, second])
        assert found.tolist() == [pytest.approx(expected)]
        assert -1 <= found[0] <= 1


def test_captions_do_not_run_into_one_another():
    ends = [WORDS.index("red"), WORDS.index("a")]  # of the second caption, and the third's first
    assert associate_neighbours(BIGRAMS, ends).tolist() == [-1]
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


def test_a_bag_of_words_has_no_order():
    found = measure(make_probe(bag, "a red dog runs on"))
    for name in ("order", "order, in deviations", "neighbours", "order before the last word"):
        assert found[name] == pytest.approx(0)
    assert found["height"] == pytest.approx((4.25 - 0.5) / 2)


def test_order_is_what_other_orders_lose():
    words = ["a", "red", "dog", "runs"]
    found = measure(make_probe(in_order, " ".join(words)))
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


def test_shares_do_not_depend_on_the_unit_of_the_neuron():
    def scaled(words):
        return 10 * in_order(words) + 3

    plain = measure(make_probe(in_order, "a red dog runs on"), 0.5, 2.0)
    other = measure(make_probe(scaled, "a red dog runs on"), 8.0, 20.0)
    assert other == pytest.approx(plain, nan_ok=True)


def test_the_work_of_words_is_spread_as_leaving_out_shows():
    equal = measure(make_probe(lambda words: len(set(words)), "a red dog runs on"))
    assert equal["working words"] == pytest.approx(5)
    assert equal["work of the last word"] == pytest.approx(0.2)
    last = measure(make_probe(lambda words: words[-1] == "on", "a red dog runs on"))
    assert last["working words"] == pytest.approx(1)
    assert last["work of the last word"] == 1
    idle = measure(make_probe(lambda words: 4.0, "a red dog runs on"))
    assert np.isnan([idle["working words"], idle["work of the last word"]]).all()


def test_words_are_counted_by_class():
    found = measure(make_probe(bag, "the dog is the dog"))
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


def test_a_neuron_that_hears_only_classes_keeps_them():
    def classes_only(words):
        return 4.0 * sum(CLASSES[word] == "determiner" for word in words)

    found = measure(make_probe(classes_only, "a dog"))
    # "the" keeps all, any other word in place of "a" loses 4; nothing else is of the dog's class.
    assert found["word class, in deviations"] == pytest.approx(4 / 2)
    assert found["word class"] == pytest.approx(4 / 3.5)


def test_one_word_has_no_order_and_no_neighbours():
    found = measure(make_probe(bag, "dog"))
    assert found["height"] == pytest.approx(1.25)
    assert found["nouns"] == 1
    for name in ("order", "neighbours", "order before the last word", "working words", "bigrams",
                 "word class", "perplexity"):
        assert np.isnan(found[name]), name


def test_no_height_no_share():
    found = measure(make_probe(bag, "a red dog"), mean=9.0)
    assert np.isnan(found["order"])
    assert found["order, in deviations"] == pytest.approx(0)


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


