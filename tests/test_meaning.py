"""Whether dreams name what neurons mean, where the made world knows."""

import pytest

from neurondream import scenes
from neurondream.analysis.meaning import measure_grammar, measure_meaning
from neurondream.analysis.verdict.meaning import describe_meaning
from neurondream.analysis.verdict.sentences import write_sentences
from neurondream.report.rows import make_row
from neurondream.scenes import plant_facts
from neurondream.scenes.naming import follows, has_meaning, name_meaning
from neurondream.tokens.words import tokenize
from reports import make_card, make_layers


@pytest.mark.parametrize(("words", "name", "count", "first"), [
    ("a dog . dogs red", "kind:dog", 2, True),  # animal has as many, and is more general
    ("a dog . dogs red", "kind:animal", 2, False),
    ("a dog . cow red", "kind:animal", 2, True),
    ("a dog . cow red", "kind:dog", 1, False),
    ("dog dog dog dog dog", "kind:dog", 5, True),
    ("red dog red", "kind:dog", 1, False),
    ("red dog", "kind:dog", 1, False),  # two unrelated ones level: neither is first
    ("red dog", "colour:red", 1, False),
    ("sat on mats", "kind:dog", 0, False),
])  # fmt: skip
def test_what_is_named_first(words, name, count, first):
    naming = name_meaning(words.split(), name)
    assert (naming.words, naming.first) == (count, first)
    assert naming.first or not naming.words or naming.rival != name


def test_nuisances_have_no_meaning():
    assert has_meaning("kind:dog") and not has_meaning("nuisance:tilt")


@pytest.mark.parametrize(("words", "next_word", "fits"), [
    ("red a dog", "is", True), ("red a dog", "are", False), ("on two dogs", "are", True),
    ("a girl and a boy", "are", None), ("the the the", "is", None), ("a dog", "purple", None),
    ("holding an", "orange", True), ("holding a", "orange", False), ("with two", "dogs", True),
    ("with two", "dog", False), ("with two red", "dogs", True), ("with two red", "dog", False),
    ("an orange", "dog", True), ("a red", "dogs", False), ("an", "dog", False),
])  # fmt: skip
def test_rules_of_the_grammar(words, next_word, fits):
    assert follows(words.split(), next_word) is fits


def test_no_rule_contradicts_a_planted_fact():
    everything = {word for text in scenes.generate(3, 400).texts for word in tokenize(text)}
    told = 0
    for pair in plant_facts(everything):
        right, wrong = (follows(pair.beginning, word) for word in (pair.right, pair.wrong))
        assert right is not False and wrong is not True, pair
        told += right is True or wrong is False
    assert told > 150


def line(label, method, text, score, mean=0.0, kind="unit"):
    pieces = text.split()
    return {"label": label, "neuron": label, "layer": label.partition(":")[0].lstrip("-"),
            "kind": kind, "method": method, "score": score, "mean": mean, "deviation": 1.0,
            "ngram": {"pieces": pieces, "text": text}}  # fmt: skip


def test_shares_are_of_known_meanings_alone():
    rows = measure_meaning([
        line("I.output:kind:dog", "search", "the dogs", 2, 1),
        line("I.output:kind:dog", "best", "dog dog", 3),
        line("I.output:colour:red", "search", "a man", 2),
        line("I.output:colour:red", "best", "red dog", 4),
        line("-I.output:colour:red", "best", "dog dog", 4),
        line("I.output:nuisance:tilt", "best", "a", 1),
    ])  # fmt: skip
    search, best = rows
    assert (search.dreams, search.named, search.all_named, search.first) == (2, 0.5, 0, 0.5)
    assert (best.dreams, best.named, best.all_named, best.first) == (2, 1, 0.5, 0.5)
    assert search.kept == (1 / 2 + 2 / 4) / 2 and best.kept == 1


def test_coordinates_that_never_move_have_no_height():
    still = [line("I.output:kind:cat", method, "a cat", 1, 1) for method in ("search", "best")]
    for each in still:
        each["deviation"] = 0.0
    assert measure_meaning(still) == []
    dog = [line("I.output:kind:dog", "search", "the dogs", 2, 1),
           line("I.output:kind:dog", "best", "dog dog", 3)]
    assert measure_meaning([*still, *dog]) == measure_meaning(dog)


def test_dreams_of_all_seeds_count_as_one_neuron():
    dog, red = "I.output:kind:dog", "I.output:colour:red"
    texts = {dog: ("dog dog", "red dog"), red: ("dog dog", "dog dog")}
    _, row = measure_meaning([
        *(line(name, "search", "a man", 2, 1) for name in texts),
        *(line(name, "best", text, 3) for name, dreams in texts.items() for text in dreams),
    ])
    assert (row.dreams, row.first, row.together) == (4, 0.25, 0.5)
    # Two neurons, one named half of the time: the interval is of two values, not of four.
    assert (row.low, row.high) == (0, 0.5)


def test_contrasted_dreams_of_one_seed_are_read_together():
    """What one price lets in beside the words for a meaning, another one does not."""
    dog = "I.output:kind:dog"
    dreams = [
        line(dog, "search", "a man", 2, 1), line(dog, "best", "dog red red", 5),
        *({**line(dog, method, text, score), "seed": seed} for seed, method, text, score in (
            (0, "best~1", "dog red man", 4), (0, "best~2", "dog blue car", 3),
            (1, "best~1", "dog red red", 4), (1, "best~2", "man red car", 2),
        )),
    ]  # fmt: skip
    *_, one, other, together = measure_meaning(dreams)
    assert (one.method, other.method) == ("best~1", "best~2")
    assert (one.first, other.first) == (0, 0)
    assert (together.method, together.dreams) == ("best~1 and best~2", 2)
    assert (together.first, together.named, together.all_named) == (0.5, 1, 0)
    # Of the highest dream's height 4 the lower of both keeps 2 and 1.
    assert together.kept == pytest.approx((2 / 4 + 1 / 4) / 2)
    meaning = describe_meaning(dreams[1], dreams[1:4])
    assert not meaning["first"] and meaning["rival"] == "colour:red"
    assert meaning["contrasted"] == {
        "words": 2, "first": True, "rival": None, "of": 6, "methods": ["best~1", "best~2"],
    }
    assert "contrasted" not in describe_meaning(dreams[1], dreams[1:3])


def test_next_words_are_judged_where_a_fact_is_about_them():
    (row,) = measure_grammar([
        line("T.output:is", "best", "on a dog", 1), line("T.output:are", "best", "on a dog", 1),
        line("T.output:is", "best", "the the the", 1), line("T.output:the", "best", "on a", 1),
        line("-T.output:is", "best", "on two dogs", 1),
    ], "T.output")  # fmt: skip
    assert (row.dreams, row.silent, row.right) == (2, 1, 0.5)


def test_the_verdict_tells_it():
    card = make_card(make_layers(("I.output", "I", "output")), "I.output", 0, ["red", "dog"], 0.5)
    card["meaning"] = {"name": "kind:dog", "words": 1, "first": False, "rival": "colour:red"}
    told = "It means kind:dog; words of the dream for that: 1 of 2, for colour:red no fewer."
    assert told in write_sentences(card)
    card["meaning"]["contrasted"] = {
        "words": 3, "first": True, "rival": None, "of": 4, "methods": ["best~1", "best~2"],
    }
    more = "Of those of best~1 and best~2 together: 3 of 4, more than for anything else."
    assert f"{told} {more}" in write_sentences(card)
    assert make_row(card)["named"]
