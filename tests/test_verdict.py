"""Verdicts: numbers that follow from the lines."""

import json

import numpy as np
import pytest

from neurondream.analysis.families import read_families
from neurondream.analysis.pieces import join_pieces, name_piece
from neurondream.analysis.verdict.card import Card
from neurondream.analysis.verdict.description import (
    choose_faces,
    count_agreement,
    describe_neuron,
    shares,
)
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.errors import InputError
from neurondream.runs.kinds import compile_kind

ABOUT = {
    "version": 2, "neuron": "h.0:3", "label": "h.0:three", "layer": "h.0", "kind": "unit",
    "place": "last",
}  # fmt: skip
FAMILIES = read_families({
    "layers": [{"name": "h.0", "size": 8, "family": "h", "level": "0"}],
    "families": {"h": "hidden"},
})
IDS = {}


def ngram(text):
    pieces = text.split()
    ids = [IDS.setdefault(piece, len(IDS)) for piece in pieces]
    return {"ids": ids, "pieces": pieces, "text": text}


def scored(text, score, **more):
    return {"ngram": ngram(text), "score": score} | more


def make_lines(score=9.0, best=7.0, mean=1.0):
    search = ABOUT | {
        "method": "search", "seed": 0, "ngram": ngram("a red dog"), "score": best, "mean": mean,
        "deviation": 2.0, "quantiles": {"0.5": 1.0},
        "best": [scored("a red dog", best, count=4), scored("on the ball", 2.0, count=1)],
    }
    certificate = {"certified": True, "sweeps": 1, "margin": 0.5,
                   "runner_up": ngram("c tennis racket")}
    dreams = [
        ABOUT | {"method": "best", "seed": 0, "ngram": ngram("b tennis racket"), "score": score,
                 "seconds": 0.1, "course": [score], "certificate": certificate},
        ABOUT | {"method": "gumbel", "seed": 1, "ngram": ngram("x y z"), "score": score - 4.0,
                 "seconds": 0.2, "soft": 1.0, "course": [[0, 1.0, 2.0]]},
    ]
    return search, dreams


def make_probe(of, score=9.0, text="b tennis racket", **changed):
    return ABOUT | {
        "of": of, "ngram": ngram(text), "score": score, "percentile": 100.0,
        "after": [1.0, 4.0, score], "without": [8.6, 5.0, 1.0], "suffixes": [4.0, 8.9, score],
        "neighbours": [6.0, 2.0], "permuted": [1.0, 2.0, 3.0, 5.0, 6.0],
        "typical": [[1.0, 2.0]] * 2 + [None], "substitutes": [[["q", 8.0]]] * 3,
        "context": [9.0, 5.0, 3.0], "perplexity": 20.0,
        "found": {"count": 0, "part": ngram("tennis racket"), "part_count": 1200,
                  "nearest": ngram("a tennis racket"), "nearest_score": 5.0, "shared": 2},
    } | changed


def describe(score=9.0, best=7.0, mean=1.0, faces=(), negative=None, **changed):
    search, dreams = make_lines(score, best, mean)
    return describe_neuron(
        search, dreams, make_probe("dream", score, **changed),
        make_probe("corpus", best, "a red dog"), total=1000, families=FAMILIES, faces=faces,
        negative=negative,
    )


def test_heights_are_counted_from_the_corpus_mean():
    card = describe()
    assert card["gain"] == pytest.approx((9 - 7) / 2)
    assert card["ratio"] == pytest.approx((9 - 1) / (7 - 1))
    np.testing.assert_allclose(card["words"]["drop"], [0.05, 0.5, 1.0])
    assert card["order"]["kept"] == pytest.approx((3 - 1) / 8)
    assert card["context"]["median"] == pytest.approx((5 - 1) / 8)
    # The last word alone keeps (4 - 1) / 8, the last two (8.9 - 1) / 8.
    assert (card["words"]["half"], card["words"]["most"]) == (2, 2)


def test_a_card_holds_what_its_type_says():
    card = describe()
    assert compile_kind(Card)(card) is None and card.keys() <= Card.__annotations__.keys()
    assert {key: card[key] for key in ABOUT} == ABOUT
    assert (card["family"], card["level"]) == ("h", "0")
    assert card["dream"]["ngram"]["pieces"] == ["b", "tennis", "racket"]
    assert card["corpus"]["best"][0]["count"] == 4
    json.dumps(card, allow_nan=False)


def describe_made(label, text, **changed):
    search, dreams = make_lines()
    about = {"label": label}
    dreams[0] |= about | {"ngram": ngram(text)}
    return describe_neuron(
        search | about | changed, dreams[:1], make_probe("dream"), make_probe("corpus", 7.0),
        total=1000, families=FAMILIES, made=True,
    )


@pytest.mark.parametrize(("label", "text", "fits"), [
    ("h.0:is", "red a dog", True), ("h.0:are", "red a dog", False), ("h.0:is", "the the the", None),
    ("-h.0:is", "red a dog", None), ("h.0:three", "red a dog", None),
])  # fmt: skip
def test_a_card_says_whether_the_next_word_may_follow(label, text, fits):
    card = describe_made(label, text)
    assert (card["grammar"] and card["grammar"]["fits"]) is fits
    word, told = label.partition(":")[2], " ".join(card["verdict"])
    assert (f"world “{word}” may follow it." in told) == (fits is True)
    assert (f"world “{word}” may not follow it." in told) == (fits is False)
    assert compile_kind(Card)(card) is None and describe()["grammar"] is None


def test_what_reacts_to_nothing_names_nothing():
    assert describe_made("h.0:kind:dog", "red a dog")["meaning"]["words"] == 1
    still = {"deviation": 0.0, "mean": 9.0, "score": 9.0}
    dead = describe_made("h.0:kind:dog", "red a dog", **still)
    assert dead["standing"] == "reacts to nothing" and dead["meaning"] is None
    assert describe_made("h.0:is", "red a dog", **still)["grammar"] is None


def test_a_layer_that_the_manifest_lacks_is_named():
    search, dreams = make_lines()
    with pytest.raises(InputError, match=r"layer 'h\.9'.*it has h\.0"):
        describe_neuron(
            search | {"layer": "h.9"}, dreams, make_probe("dream"), make_probe("corpus"),
            total=10, families=FAMILIES,
        )
    with pytest.raises(InputError, match="lists no layers"):
        read_families({"version": 2})


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
    card = describe(score)
    assert card["standing"] == standing
    headline = card["verdict"][0]
    assert "Wants “tennis racket” at the end" in headline
    assert ("1 is higher, first “a red dog”" in headline) == (standing == "below the corpus")


def test_agreement_counts_searches_not_words():
    counts = {"tried": 2, "same_activation": 1, "same_ngram": 1}
    assert describe()["agreement"] == counts
    # Who looks for something else has not missed the highest.
    _, dreams = make_lines(9.0, 7.0, 1.0)
    others = [dreams[1] | {"method": "best~1"}, dreams[1] | {"method": "fluent", "front": []}]
    assert count_agreement([*dreams, *others], dreams[0], 8.0) == counts
    assert count_agreement(others, others[0], 8.0) is None


def test_only_what_is_high_is_another_face():
    others = [scored("c d e", 7.5), scored("f g h", 5.0), scored("i j k", 4.9)]
    # Half of the height is at 5; the failed climb of another method, "x y z" at 5, is as high.
    assert [face["ngram"]["text"] for face in describe(faces=others)["faces"]] == [
        "c d e", "f g h", "x y z"]
    # What beats the corpus' best is one, whatever it keeps.
    low = describe(best=2.0, faces=[scored("c d e", 2.5), scored("f g h", 1.5)])
    assert [face["ngram"]["text"] for face in low["faces"]] == ["x y z", "c d e"]


def test_faces_are_apart_by_their_ids():
    others = [scored("b tennis ball", 8.5), scored("c d racket", 8.0), scored("c d e", 7.0),
              scored("c d f", 6.0), scored("g h i", 5.0)]
    chosen = choose_faces(ngram("b tennis racket"), others)
    # The first shares two of three words, the second its end; "c d f" shares two with "c d e".
    assert [face["ngram"]["text"] for face in chosen] == ["c d e", "g h i"]
    # Pieces that are spelled alike are still other tokens.
    alike = {"ids": [900, 901, 902], "pieces": ["b", "tennis", "racket"], "text": "b tennis racket"}
    assert choose_faces(ngram("b tennis racket"), [{"ngram": alike, "score": 1.0}])


def test_a_neuron_that_only_the_dream_moves_wants_it():
    search, dreams = make_lines(best=1.0)
    card = describe_neuron(
        search | {"deviation": 0.0}, dreams, make_probe("dream"),
        make_probe("corpus", 1.0, "a red dog"), total=1000, families=FAMILIES,
    )
    assert card["standing"] == "above the corpus" and card["gain"] is None
    assert "9, where it is 1 after every one of 1,000 real phrases" in card["verdict"][0]
    json.dumps(card, allow_nan=False)


def test_a_dream_below_the_average_and_a_single_word_are_described_too():
    card = describe(score=0.5)
    assert card["standing"] == "below the corpus"
    assert len(card["verdict"]) == 2
    search, dreams = make_lines()
    dreams = [line | {"ngram": ngram("racket")} for line in dreams]
    single = {
        "after": [9.0], "without": None, "suffixes": [9.0], "neighbours": [], "permuted": [],
        "typical": [[1.0]], "substitutes": [[["q", 8.0]]],
    }
    card = describe_neuron(
        search, dreams, make_probe("dream", text="racket", **single),
        make_probe("corpus", 7.0, "dog", **single), total=10, families=FAMILIES,
    )
    assert card["order"] is None and card["words"]["drop"] is None
    assert write_sentences(card) == card["verdict"]
    json.dumps(card, allow_nan=False)


@pytest.mark.parametrize(
    ("score", "percentile"),
    [(9.0, 100.0), (6.0, 99.9), (1.5, 80.0)],  # exact among the best kept, else of a sample
)
def test_the_percentile_is_exact_near_the_top(score, percentile):
    assert describe(score, percentile=80.0)["percentile"] == pytest.approx(percentile)


@pytest.mark.parametrize(
    ("pieces", "text", "part", "name"),
    [
        (["two", "red", "dogs"], "two red dogs", "red dogs", "word"),
        (["two", " red", " dog", "s"], "two red dogs", "red dogs", "token"),
        (["run", "##ning", "dogs"], "running dogs", "##ning dogs", "token"),
    ],
)
def test_parts_are_written_as_the_text_has_them(pieces, text, part, name):
    spelled = {"ids": list(range(len(pieces))), "pieces": pieces, "text": text}
    assert join_pieces(spelled, 1) == part
    assert name_piece(spelled) == name
