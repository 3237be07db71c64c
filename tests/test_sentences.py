"""What a card says in sentences follows from its numbers."""

import pytest

from neurondream.analysis.verdict.description import describe_neuron
from neurondream.analysis.verdict.headline import say_how_far
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.analysis.verdict.warnings import write_warnings
from neurondream.report.rows import make_row
from test_verdict import FAMILIES, describe, make_lines, make_probe, ngram, scored


def test_searches_that_disagree_are_a_warning_and_others_a_sentence():
    card = describe()
    (warning,) = card["warnings"]
    assert warning.endswith("; but changing any one word does not help.")
    assert "1 of 2 searches agrees: the other does not come within 1 %" in warning
    assert not any("searches" in sentence for sentence in card["verdict"])

    def agree(same, tried):
        counts = {"same_activation": same, "tried": tried, "same_ngram": 1}
        told = card | {"agreement": counts}
        said = [text for text in write_sentences(told) if "searches" in text]
        warned = write_warnings(told)
        assert len(said) + len(warned) == 1
        return (said or warned)[0]

    assert agree(2, 2).startswith("All 2 searches arrive at this height")
    assert agree(3, 5).startswith("3 of 5 searches arrive")
    assert agree(2, 5).startswith("Only 2 of 5 searches agree: most do not come within 1 %")
    assert not write_warnings(card | {"agreement": {"same_activation": 1, "tried": 1}})
    assert not write_warnings(card | {"agreement": None})
    assert not any("searches" in told for told in write_sentences(card | {"agreement": None}))
    assert not write_warnings(card | {"off": True})


@pytest.mark.parametrize(("best", "off"), [(-1.0, True), (0.0, True), (2.0, False)])
def test_what_real_text_turns_on_is_not_dead(best, off):
    search, dreams = make_lines(-0.5, best, mean=-3.0)
    dreams = [line | {"off": True} for line in dreams]
    card = describe_neuron(
        search, dreams, make_probe("dream", -0.5), make_probe("corpus", best, "a red dog"),
        total=1000, families=FAMILIES,
    )
    assert card["off"] == off == card["verdict"][0].startswith("Dead")


@pytest.mark.parametrize("deviation", [0.0, 1e-9])
def test_a_neuron_that_no_corpus_moves_has_no_height_in_deviations(deviation):
    card = describe()
    card["corpus"] |= {"deviation": deviation}
    row = make_row(card)
    assert "height" not in row and "corpus" not in row
    assert make_row(describe())["height"] == 4


@pytest.mark.parametrize(("ratio", "words"), [
    (1.02, "a little further"), (1.1, "a tenth further"), (1.5, "half as far again"),
    (1.9, "nearly twice as far"), (2.0, "twice as far"), (2.2, "more than twice as far"),
    (2.97, "nearly three times"), (3.2, "more than three times"), (10.96, "nearly 11 times"),
    (None, "higher than"),
])  # fmt: skip
def test_every_ratio_has_its_words(ratio, words):
    assert say_how_far(ratio).startswith(words)


def test_the_sentences_say_what_the_numbers_say():
    text = " ".join(describe(
        faces=[scored("c d e", 8.0)], negative=scored("n e g", -2.0)
    )["verdict"])
    for part in (
        "a third further above the average than the best of 1,000 real phrases (a small corpus)",
        "Word order matters:", "25 %",
        "“racket”: 100 % goes without it", "50 % is left", "“tennis racket” (1,200 times)",
        "falls short by 0.25", "“c d e” (88 %)", "“n e g”",
    ):
        assert part in text
    faint = describe(faces=[scored("c d e", 4.9)])
    assert "“c d e”" not in " ".join(faint["verdict"])
    assert "Word order hardly matters" in " ".join(describe(permuted=[9.0] * 5)["verdict"])
    assert "No single word is needed" in " ".join(describe(without=[9.0] * 3)["verdict"])
    assert "occurs once in the corpus" in " ".join(describe(found={"count": 1})["verdict"])
    bare = describe(context=[])
    assert bare["context"] is None and "beginnings" not in " ".join(bare["verdict"])


def test_a_saturated_neuron_is_called_so_in_the_headline():
    level = [scored("c d e", 8.99), scored("f g h", 8.95), scored("i j k", 8.93)]
    card = describe(faces=level)
    assert [face["text"] for face in card["saturated"]] == ["c d e", "f g h", "i j k"]
    headline = card["verdict"][0]
    assert headline.startswith("Saturated: “b tennis racket”, but “c d e”, “f g h”, “i j k” and")
    assert "a third further above the average" in headline
    # Lower ones, such as share words with one another, and higher ones do not saturate it.
    for others in ([*level[:2], scored("i j k", 8.8)], [*level[:2], scored("c d k", 8.93)],
                   [*level, scored("l m n", 9.5)]):
        card = describe(faces=others)
        assert not card["saturated"] and card["verdict"][0].startswith("Wants")


@pytest.mark.parametrize(("best", "words"), [
    (8.9, "a little further above the average than the best of"), (5.0, ": twice as far above"),
    (2.9, ": more than four times as far above the average as the best of 60,000 real phrases."),
])  # fmt: skip
def test_how_far_a_dream_is_is_said_as_a_person_would(best, words):
    search, dreams = make_lines(best=best)
    card = describe_neuron(
        search, dreams, make_probe("dream"), make_probe("corpus", best, "a red dog"), total=60_000,
        families=FAMILIES,
    )
    assert words in card["verdict"][0], card["verdict"][0]


def test_whole_texts_are_told_of():
    search, dreams = make_lines()
    text = "one two three four five six seven eight nine"
    search["natural"] = {"text": text, "ngram": ngram(text), "word": 7, "score": 5.0}
    card = describe_neuron(
        search, dreams, make_probe("dream"), make_probe("corpus", 7.0, "a red dog"), total=1000,
        families=FAMILIES,
    )
    assert card["natural"]["share"] == 0.5
    assert (
        "In whole texts it goes up to 50 % of the height of the dream, after “… three four five "
        "six seven eight”."
    ) in card["verdict"]


@pytest.mark.parametrize(("tolerance", "said"), [
    (0.1, "by more than rounding (0.05 corpus deviations); the next best, “c tennis racket”, falls "
          "short by 0.25"),
    (0.6, "a tie with “c tennis racket”"),
])
def test_a_certificate_states_its_tolerance_and_ties(tolerance, said):
    card = describe()
    card["dream"]["certificate"]["tolerance"] = tolerance
    assert any(said in sentence for sentence in write_sentences(card))


def test_sentences_speak_of_tokens_where_pieces_are_no_words():
    pieces = ["a ", "ten", "nis"]
    card = describe()
    spelled = {"ids": [1, 2, 3], "pieces": pieces, "text": "a tennis"}
    card["dream"]["ngram"] = spelled
    text = " ".join(write_sentences(card))
    assert "Wants “tennis” at the end" in text
    assert "Token order" in text and "no other single token" in text
    assert "the last 2 tokens alone keep half" in text


def test_a_survey_is_told_of_as_far_as_it_knows():
    search, dreams = make_lines()

    def tell(**survey):
        card = describe_neuron(
            search, dreams, make_probe("dream"), make_probe("corpus", 8.0, "a red dog"),
            total=1000, families=FAMILIES, survey={"tokens": 5000, "mean": 0.0, **survey},
        )
        return [text for text in card["verdict"] if "surveyed" in text]

    assert tell(texts=[], reached=[]) == []
    (said,) = tell(texts=[{"score": 4.5}], reached=[[4.0, 3]])
    assert said.startswith("None of 5,000 tokens") and "50 % of the dream's height" in said
    (said,) = tell(texts=[{"score": 20.0}], reached=[[4.0, 30], [8.0, 7], [12.0, 2]])
    assert "at most 7 bring it as high" in said
