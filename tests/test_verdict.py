"""Verdicts: numbers that follow from the lines, and sentences that follow from the numbers."""

import json

import numpy as np
import pytest

from neurondream.analysis.verdict import judge_neuron, shares
from neurondream.analysis.wording import write_sentences


def make_lines(score=9.0, best=7.0, mean=1.0):
    search = {
        "neuron": "T.hidden:3", "method": "search", "ngram": "a red dog", "score": best,
        "mean": mean, "deviation": 2.0, "quantiles": {"0.5": 1.0},
        "best": [["a red dog", best], ["on the ball", 2.0]], "counts": [4, 1],
    }
    dreams = [
        {"neuron": "T.hidden:3", "method": "best", "seed": 0, "ngram": "b tennis racket",
         "score": score, "seconds": 0.1, "course": [score],
         "certificate": {"certified": True, "margin": 0.5, "runner_up": "c tennis racket"}},
        {"neuron": "T.hidden:3", "method": "gumbel", "seed": 1, "ngram": "x y z",
         "score": score - 4.0, "seconds": 0.2, "soft": 1.0, "course": [[0, 1.0, 2.0]]},
    ]
    return search, dreams


def make_probe(kind, score=9.0, ngram="b tennis racket", **changed):
    return {
        "neuron": "T.hidden:3", "kind": kind, "ngram": ngram, "tokens": [4, 5, 6], "score": score,
        "percentile": 100.0, "after": [1.0, 4.0, score], "without": [8.6, 5.0, 1.0],
        "suffixes": [4.0, 8.9, score], "neighbours": [6.0, 2.0],
        "permuted": [1.0, 2.0, 3.0, 5.0, 6.0], "typical": [[1.0, 2.0]] * 2 + [None],
        "substitutes": [[["q", 8.0]]] * 3, "context": [9.0, 5.0, 3.0], "perplexity": 20.0,
        "found": {"count": 0, "part": "tennis racket", "part_count": 1200,
                  "nearest": "a tennis racket", "nearest_score": 5.0, "shared": 2},
    } | changed


def judge(score=9.0, best=7.0, mean=1.0, others=(), negative=None, **changed):
    search, dreams = make_lines(score, best, mean)
    return judge_neuron(
        search, dreams, make_probe("dream", score, **changed),
        make_probe("corpus", best, "a red dog"), 1000, others, negative,
    )


def test_heights_are_counted_from_the_corpus_mean():
    card = judge()
    assert card["gain"] == pytest.approx((9 - 7) / 2)
    assert card["ratio"] == pytest.approx((9 - 1) / (7 - 1))
    np.testing.assert_allclose(card["words"]["drop"], [0.05, 0.5, 1.0])
    assert card["order"]["kept"] == pytest.approx((3 - 1) / 8)
    assert card["context"]["median"] == pytest.approx((5 - 1) / 8)
    # The last word alone keeps (4 - 1) / 8, the last two (8.9 - 1) / 8.
    assert (card["words"]["half"], card["words"]["most"]) == (2, 2)


@pytest.mark.parametrize("shift", [-100.0, 3.0])
def test_a_shift_of_all_activations_changes_no_share(shift):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20)
    np.testing.assert_allclose(
        shares(scores, 4.0, 1.0), shares(scores + shift, 4.0 + shift, 1.0 + shift), atol=1e-9
    )


@pytest.mark.parametrize(
    ("score", "standing"),
    [(9.0, "above the corpus"), (7.01, "level with the corpus"), (6.0, "below the corpus")],
)
def test_the_standing_follows_from_the_gain(score, standing):
    card = judge(score)
    assert card["standing"] == standing
    headline = card["verdict"][0]
    assert "Wants “tennis racket” at the end" in headline
    assert ("1 has more, first “a red dog”" in headline) == (standing == "below the corpus")


def test_agreement_counts_searches_not_words():
    assert judge()["agreement"] == {"tried": 2, "same_activation": 1, "same_words": 1}


def test_the_sentences_say_what_the_numbers_say():
    text = " ".join(judge(
        others=[("c d e", 8.0)], negative={"ngram": "n e g", "score": -2.0}
    )["verdict"])
    for part in (
        "33 % further from the average", "+1.00 corpus deviations", "Word order matters:", "25 %",
        "“racket”: 100 % goes without it", "50 % is left", "“tennis racket” (1,200 times)",
        "1 of 2 searches", "falls short by 0.25", "“c d e” (88 %)", "“n e g”",
    ):
        assert part in text
    faint = judge(others=[("c d e", 4.9)])
    assert len(faint["faces"]) == 2 and "“c d e”" not in " ".join(faint["verdict"])
    assert "Word order hardly matters" in " ".join(judge(permuted=[9.0] * 5)["verdict"])
    assert "No single word is needed" in " ".join(judge(without=[9.0] * 3)["verdict"])
    assert "occurs once in the corpus" in " ".join(judge(found={"count": 1})["verdict"])


def test_a_dream_below_the_average_and_a_single_word_are_judged_too():
    card = judge(score=0.5)
    assert card["standing"] == "below the corpus"
    assert len(card["verdict"]) == 2
    search, dreams = make_lines()
    for line in dreams:
        line["ngram"] = "racket"
    single = {
        "tokens": [4], "after": [9.0], "without": None, "suffixes": [9.0], "neighbours": [],
        "permuted": [], "typical": [[1.0]], "substitutes": [[["q", 8.0]]],
    }
    card = judge_neuron(
        search, dreams, make_probe("dream", ngram="racket", **single),
        make_probe("corpus", 7.0, "dog", **single), 10,
    )
    assert card["order"] is None and card["words"]["drop"] is None
    assert write_sentences(card) == card["verdict"]
    json.dumps(card, allow_nan=False)


@pytest.mark.parametrize(
    ("score", "percentile"),
    [(9.0, 100.0), (6.0, 99.9), (1.5, 80.0)],  # exact among the best kept, else of a sample
)
def test_the_percentile_is_exact_near_the_top(score, percentile):
    assert judge(score, percentile=80.0)["percentile"] == pytest.approx(percentile)
