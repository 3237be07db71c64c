"""What the page is made of, without a browser: what it holds, explains and begins with."""

import functools
import json

import numpy as np
import pytest

from hostile import BARE, CARDS, HOSTILE, LAYERS
from neurondream.analysis.families import read_families
from neurondream.analysis.verdict.striking import choose_striking
from neurondream.report.glossary import explain_method, explain_report
from neurondream.report.lighten import POINTS, WINDOWS, lighten_card
from neurondream.report.packing import CHUNK, chunk_items, fold_rows, write_parts
from reports import make_card, make_layers, read_parts, spell


def unfold(value):
    """What the page's script does."""
    if isinstance(value, list):
        return [unfold(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "@digits" in value:
        return read_digits(value["@digits"], value["@wide"], value["@low"], value["@places"])
    if "@same" in value:
        return [unfold(value["@of"]) for _ in range(value["@same"])]
    if "@some" in value:
        inner = iter(unfold(value["@of"]))
        return [next(inner) if there else None for there in value["@some"]]
    if "@parts" in value:
        inner = iter(unfold(value["@of"]))
        return [[next(inner) for _ in range(count)] for count in unfold(value["@parts"])]
    if "@rows" in value:
        columns = {key: unfold(column) for key, column in value["@of"].items()}
        return [{key: columns[key][row] for key in columns} for row in range(value["@rows"])]
    return {key: unfold(item) for key, item in value.items()}


def read_digits(text, wide, low, places):
    count = len(text) // wide
    digits = [text[plane * count : (plane + 1) * count] for plane in range(wide)]
    above = [functools.reduce(lambda n, digit: 64 * n + ord(digit) - 63, each, 0)
             for each in zip(*digits, strict=True)]
    whole = [low + n - 1 if n else None for n in above]
    return [n / 10**places if places and n is not None else n for n in whole]


def without_missing(value):
    if isinstance(value, list):
        return [without_missing(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_missing(item) for key, item in value.items() if item is not None}


def test_columns_are_rows_again():
    every = [*CARDS, BARE]
    assert without_missing(unfold(fold_rows(every))) == without_missing(every)
    for odd in ([], [[]], [{}], [[], [{"a": [[{"b": 1}], []]}]], [{"a": None}, {"b": [None]}]):
        assert without_missing(unfold(fold_rows(odd))) == without_missing(odd)


def test_numbers_are_digits_and_the_same_again():
    draw = np.random.default_rng(0)
    drawn = (99 * draw.normal(size=30)).tolist()
    decimals = [round(each, places) for places in (0, 1, 3) for each in drawn]
    for values, wide in (
        ([float(n % 63) for n in range(99)], 1), (list(range(64)), 2), (decimals, 4),
        ([None if n % 3 else n - 5 for n in range(30)], 1), ([0.5] * 9 + [-0.0, None], 1),
        ([n / 10**7 for n in range(9)], 1),
    ):
        folded = fold_rows(values)
        assert folded["@wide"] == wide and unfold(folded) == values
    for odd in (
        [1e300, *range(9)], [2.0**60] * 9 + [None], [2**70, *range(9)], [1e-9, *range(9)],
        [1 / 3, *range(9)], [True, *range(9)], ["1", *range(9)], [*range(7)],
    ):
        assert fold_rows(odd) == odd
    some = [[[None, 1.5]] * 9, None, [[n, str(n)] for n in range(9)], []] * 2
    assert unfold(fold_rows(some)) == some


def test_parts_hold_everything_once_and_nothing_that_ends_their_element(tmp_path):
    items = [{"n": n, "words": list(HOSTILE)} for n in range(2 * CHUNK + 1)]
    parts = chunk_items("cards", items)
    assert list(parts) == ["cards-0", "cards-1", "cards-2"]
    assert [item for text in parts.values() for item in unfold(json.loads(text))] == items
    elements = write_parts({"index": "".join(HOSTILE)})
    (tmp_path / "page.html").write_text(elements)
    assert read_parts(tmp_path / "page.html") == {"index": "".join(HOSTILE)}
    assert elements.count("<") == 2


def test_a_card_keeps_what_is_shown_in_the_digits_that_are_shown():
    card = make_card(LAYERS, "T.hidden", 1, ["a", "b"], 0.123456789)
    card["corpus"]["deviation"] = 0.02
    card["texts"][0]["values"] = [0.123456] * 5
    card["methods"][0]["course"] = [float(n) for n in range(99)] + [7.0]
    card["dream"]["ngram"] = spell(["a", "b"], joint="")
    light = lighten_card(card)
    assert light["dream"]["score"] == 3.1235  # five digits
    assert light["words"]["after"][-1] == 3.1235  # a hundredth of .02: four places
    assert light["texts"][0]["values"][0] == 0.123  # a tenth: three
    assert light["words"]["drop"][-1] == 0.62
    rounds, values = light["methods"][0]["course"]  # rounds keep their numbers
    assert len(rounds) == len(values) == POINTS and (rounds[-1], values[-1]) == (100, 7)
    assert all(value == at - 1 for at, value in zip(rounds[:-1], values[:-1], strict=True))
    assert light["methods"][1]["course"] == [[0, 5, 9], [0.1, 1, 2.5], [0, 0.5, 2]]
    card["methods"].append(card["methods"][1])
    assert "course" not in lighten_card(card)["methods"][2]  # of each method one is drawn
    assert light["dream"]["ngram"] == {"pieces": ["a", "b"], "text": "ab"}
    assert light["texts"][0]["ngram"].keys() == {"pieces"} and light["texts"][0]["level"] is None
    assert "verdict" not in light and "seconds" not in light["methods"][0]
    assert card["methods"][0]["seconds"] and len(card["methods"][0]["course"]) == 100
    front = CARDS[0]["front"]
    windows = {"scores": [0.5] * 999, "nats": [float(n) for n in range(999)], "others": {},
               "texts": [f"w{n}" for n in range(999)], "repeated": 0.256}
    seen = lighten_card(CARDS[0] | {"front": front | {"windows": windows}})["front"]["windows"]
    assert len(seen["scores"]) == len(seen["nats"]) == WINDOWS
    assert (seen["nats"][0], seen["nats"][-1]) == (0, 998)
    assert seen["texts"] == [f"w{n}" for n in seen["nats"]] and seen["repeated"] == 0.26
    point = front["points"][0] | {"nats": 499.5}
    told = front | {"windows": windows, "points": [point]}
    (light,) = lighten_card(CARDS[0] | {"front": told})["front"]["points"]
    assert light["fewer"][front["judge"]] == 0.5  # of 999, not of those that are drawn
    near = card | {"corpus": card["corpus"] | {"deviation": 99.0}}  # a climb within little of it
    near["methods"] = [near["methods"][0] | {"course": [0.001 * n for n in range(9)]}]
    (light,) = lighten_card(near)["methods"]
    assert light["course"][1] == [round(0.001 * n, 5) for n in range(9)]


@pytest.mark.parametrize("scale", [1e-7, 1e-3, 1.0, 1e5])
def test_digits_follow_the_neuron_whatever_its_scale(scale):
    card = make_card(LAYERS, "T.hidden", 1, ["a", "b"], 0.5)
    card["corpus"]["deviation"] = 0.02 * scale
    card["dream"]["score"] = 1234.5678 * scale
    card["words"]["after"] = [0.123456 * scale, 0.0]
    light = lighten_card(card)
    assert abs(light["dream"]["score"] - 1234.5678 * scale) <= 0.0001 * scale
    assert abs(light["words"]["after"][0] - 0.123456 * scale) <= 0.0001 * scale
    dead = lighten_card(card | {"corpus": card["corpus"] | {"deviation": 0.0}})
    assert dead["words"]["after"] == [float(f"{0.123456 * scale:.5g}"), 0]


def test_six_dreams_are_striking_and_none_is_saturated_or_dead():
    layers = make_layers(*((f"h.{n}", f"h.{n}", "0") for n in range(4)))
    cards = [
        make_card(layers, f"h.{n}", unit, ["red", f"dog{n}{unit}"], 1.0 + n + unit / 10)
        for n in range(4) for unit in range(3)
    ]
    assert choose_striking(cards) == [11, 10, 8, 7, 5, 4]
    cards[11] |= {"saturated": [spell("x")] * 3}
    cards[10] |= {"off": True}
    cards[8] |= {"gain": None}
    cards[7]["natural"]["score"] = cards[7]["dream"]["score"] - 0.1  # whole texts come near
    cards[5]["natural"]["score"] = cards[5]["dream"]["score"] + 0.1  # or higher
    assert choose_striking(cards) == [9, 6, 4, 3, 2, 1]
    cards[3]["dream"] = cards[4]["dream"]  # the same n-gram once
    assert choose_striking(cards) == [9, 6, 4, 2, 1, 7]
    assert choose_striking([BARE]) == []


def test_layers_are_explained_from_the_model_itself():
    layers = make_layers(
        *((f"mlp.{n}", "mlp", f"mlp.{n}") for n in range(5)), ("logits", "logits", "logits"),
        ("lstm.hidden", "lstm", "hidden"), ("lstm.odd", "lstm", "odd"),
        titles={"mlp": "mlp", "logits": "logits", "lstm": "LSTM"},
    )
    families = read_families(layers)
    cards = [make_card(layers, each["name"], 0, ["red", "dog"], 1.0) for each in layers["layers"]]
    told = explain_report(families, cards, ["search", "best", "embfree+polish"])
    lines = dict(told["lines"])
    assert lines["Layers"] == (
        "mlp.0 \N{HORIZONTAL ELLIPSIS} mlp.4 (9 units each): what an MLP has behind its "
        "nonlinearity; logits (9 units): how likely each token is held to be next; lstm is "
        "LSTM: lstm.hidden (9 units), a recurrent network's state after what has been read, "
        "lstm.odd (9 units)."
    )
    assert "2 words in a row" in lines["Dream"] and "1,000 n-grams" in lines["Dream"]
    assert "search: the best n-grams of the corpus" in lines["Methods"]
    assert "gumbel" not in lines["Methods"]
    assert {"layer:mlp.3", "method:best", "hardening", "certified"} <= told["terms"].keys()
    # A layer and a measure, or a layer and a method, of one name are two terms.
    odd = make_layers(("dream", "dream", "0"), ("logits", "logits", "logits"))
    named = [make_card(odd, name, 0, ["red"], 1.0) for name in ("dream", "logits")]
    terms = explain_report(read_families(odd), named, ["logits"])["terms"]
    assert "9 units" in terms["layer:dream"] and "n-gram" in terms["dream"]
    assert "next" in terms["layer:logits"] and "ascent" in terms["method:logits"]
    assert "dead" not in told["terms"] and "nats" not in told["terms"]
    dead = [cards[0] | {"off": True}, cards[1] | {"saturated": [spell("x")]}]
    terms = explain_report(families, dead, ["best"])["terms"]
    assert {"dead", "saturated"} <= terms.keys() and "hardening" not in terms
    assert explain_report(families, [], []) == {"lines": [], "terms": {}}


def test_methods_are_explained_by_what_they_are_made_of():
    assert "noise" in explain_method("gumbel:8")
    told = explain_method("gumbel+swaps+polish")
    assert told.index("noise") < told.index("exact activation") < told.index("until nothing helps")
    assert "other units of the layer" in explain_method("best~0.5")
    assert "noise" in (told := explain_method("gumbel-ladder:8")) and "prices of fluency" in told
    assert explain_method("mine") == "a method of one's own"
