"""The page of small and large runs."""

import json
import re

import numpy as np

from browsing import choose, find, open_at, rows, texts, visit, wait
from hostile import CARDS, LAYERS, MANIFEST, SYNTAX
from neurondream.report.lighten import lighten_card
from neurondream.report.packing import CHUNK
from neurondream.report.page import write_page
from reports import make_card, make_layers, make_manifest, spell, write_run


def test_three_thousand_neurons_render_a_page_of_rows(browser, page, tmp_path):
    words = ("red", "dog", "runs", "cat", "sea")
    cards = [
        make_card(LAYERS, "T.hidden", i, [words[i % 5], words[i // 5 % 5], "on"], i / 1000)
        for i in range(3000)
    ]
    write_page(tmp_path / "big.html", write_run(tmp_path, MANIFEST, cards), cards)
    visit(page, (tmp_path / "big.html").as_uri() + "#neurons")
    assert len(rows(page)) == 50 and rows(page)[0] == "T.hidden:2999"
    find(page, "#next").click()
    assert rows(page)[0] == "T.hidden:2949"
    choose(page, "within", "dream")
    find(page, "#search").send_keys("red dog")
    assert find(page, "#count").text == "240 of 3,000 neurons"
    assert len(rows(page)) == 50
    elements = page.execute_script("return document.querySelectorAll('*').length")
    assert elements < 1500
    choose(page, "within", "all")
    find(page, "#search").send_keys(" T.hidden:2005")
    assert rows(page) == ["T.hidden:2005"]


def test_a_hundred_layers_are_families_first(browser, page, tmp_path):
    listed = make_layers(
        *((f"h.{n}.{family}", family, str(n)) for n in range(50) for family in ("attn", "mlp")),
        titles={"attn": "attention", "mlp": "MLP"},
    )
    cards = [
        make_card(listed, layer["name"], 0, ["red", "dog"], 0.5) for layer in listed["layers"]
    ]
    write_page(tmp_path / "deep.html", write_run(tmp_path, make_manifest(listed), cards), cards)
    visit(page, (tmp_path / "deep.html").as_uri())
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, ".chart svg")) == 2)  # a profile of each method
    assert "attn, attention" in texts(page, "#overview-content .chart svg text")
    visible = page.execute_script(
        "return [...document.querySelectorAll('#overview-content tbody tr')]"
        ".filter((row) => row.checkVisibility()).length")
    assert visible == 2
    assert page.execute_script("return document.documentElement.scrollHeight") < 3100
    groups = page.execute_script(
        "return [...document.querySelectorAll('#layer optgroup')]"
        ".map((group) => [group.label, group.children.length])")
    assert groups == [["attn, attention", 50], ["mlp, MLP", 50]]
    find(page, "a[href='#neurons']:not(.brand)").click()
    choose(page, "layer", "h.49.mlp")
    assert rows(page) == ["h.49.mlp:0"]


def test_findings_of_other_neurons_are_not_on_the_page(browser, page, tmp_path):
    folder = write_run(tmp_path, MANIFEST, CARDS)
    (folder / "syntax").mkdir()
    (folder / "syntax" / "syntax.json").write_text(json.dumps(SYNTAX))
    write_page(folder / "report.html", str(folder), CARDS)
    visit(page, (folder / "report.html").as_uri())
    assert "T minds the order of words." not in find(page, "main").text
    assert "of other neurons" in find(page, "#overview-content").text


def make_full_card(draw, unit):
    """One card as a run of three methods on captions gives it, of random words and numbers."""
    def words(count):
        # A few words are frequent and most are rare, as in captions.
        return [f"w{int(n)}" for n in np.minimum(draw.zipf(1.3, count), 9000)]

    def numbers(count):
        return (3 * draw.normal(size=count)).tolist()

    dream = words(5)
    card = make_card(LAYERS, "T.hidden", unit, dream, float(draw.normal()), " ".join(words(5)))
    wholes = [words(12) for _ in range(10)]
    texts = [
        {"ngram": spell(whole), "word": 3, "score": 3.0, "values": numbers(12),
         "level": [0.5, 0.75] if at > 4 else None} for at, whole in enumerate(wholes)
    ]
    best = [{"ngram": spell(words(5)), "score": score, "count": 1, "nats": abs(nats)}
            for score, nats in zip(numbers(10), numbers(10), strict=True)]
    climbs = [
        {"method": method, "seed": 0, "ngram": spell(words(5)), "score": 1.0, "seconds": 0.123,
         "course": course}
        for method, course in (
            ("best", numbers(20)),
            ("gumbel", [[epoch, *numbers(2)] for epoch in range(75)]))
    ]
    parts = card["words"] | {
        name: numbers(5) for name in ("after", "without", "drop", "suffixes")
    } | {
        "typical": [numbers(5) for _ in dream],
        "substitutes": [[[*words(1), *numbers(1)] for _ in range(5)] for _ in dream],
    }
    counts = draw.integers(2000, size=40).tolist()
    # Those of a front share words with one another; real n-grams are as fluent for every neuron.
    points = [
        {"ngram": spell([*dream[:at % 5], *words(1), *dream[at % 5 + 1 :]]), "score": score,
         "nats": nats, "others": {"kneser_ney": nats + 1}, "without": numbers(5),
         "drop": draw.random(5).tolist()}
        for at, (score, nats) in enumerate(zip(
            numbers(12), (np.arange(12) + draw.random(12)).tolist(), strict=True))
    ]
    nats = np.random.default_rng(0).gamma(9, 0.5, 256).round(3).tolist()
    real = [" ".join(f"w{n}" for n in row) for row in np.random.default_rng(0).integers(
        9000, size=(256, 5))]
    front = {
        "method": "fluent", "seed": 0, "judge": "model", "limit": 4.5, "points": points,
        "windows": {"scores": numbers(256), "nats": nats, "others": {"kneser_ney": nats},
                    "texts": real, "repeated": 0.25},
        "corpus": best, "usual": None, "faces": [],
    }
    return card | {
        "front": front,
        "texts": texts, "words": parts, "methods": climbs,
        "corpus": card["corpus"] | {
            "best": best, "histogram": {"edges": numbers(41), "counts": counts}},
        "verdict": [" ".join(["in whole texts it goes up to", *words(9)]) for _ in range(8)],
    }


def test_five_thousand_neurons_fit_and_open_at_once(browser, page, tmp_path):
    draw = np.random.default_rng(0)
    # What is packed together is all different; of packs there are two kinds, to save the time.
    some = [make_full_card(draw, unit) for unit in range(2 * CHUNK)]
    cards = [
        some[unit % len(some)] | dict.fromkeys(("neuron", "label"), f"T.hidden:{unit}")
        for unit in range(5000)
    ]
    folder = write_run(tmp_path, MANIFEST, some)
    write_page(tmp_path / "big.html", folder, cards)
    whole = (tmp_path / "big.html").stat().st_size
    assert whole < 12e6
    # 756 neurons need twelve packs; that they share the index in full makes it a bound.
    assert whole - sum(
        len(packed) for number, packed in re.findall(
            r'id="part-[a-z]+-(\d+)">([\w+/=]*)<', (tmp_path / "big.html").read_text())
        if int(number) * CHUNK >= 756
    ) < 3e6

    def shown_after():
        visit(page, (tmp_path / "big.html").as_uri())
        return page.execute_script("return performance.getEntriesByName('shown')[0].startTime")

    assert min(shown_after() for _ in range(3)) < 1000  # milliseconds
    assert page.execute_script("return document.querySelectorAll('.striking article').length") == 2
    assert open_at(page, (tmp_path / "big.html").as_uri(), "#neuron=T.hidden:4999") == (
        "T.hidden:4999")
    told = texts(page, "#view-neuron .dream .word")
    assert told[:5] == cards[4999]["dream"]["ngram"]["pieces"]
    seen = page.execute_script("return loadCard(4999)")
    light = lighten_card(cards[4999])
    for read in (
        lambda card: [text["values"] for text in card["texts"]],
        lambda card: [climb["course"] for climb in card["methods"]],
        lambda card: [card["front"][key] for key in ("windows", "corpus", "limit")],
        lambda card: [card["words"][key] for key in ("typical", "substitutes")],
    ):
        assert json.loads(json.dumps(read(light))) == read(seen)
