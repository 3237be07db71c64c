"""The page of small and large runs."""

import json

from browsing import choose, find, rows, texts, visit, wait
from hostile import CARDS, LAYERS, MANIFEST, SYNTAX
from neurondream.report.page import write_page
from reports import make_card, make_layers, make_manifest, write_run


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
    assert page.execute_script("return document.documentElement.scrollHeight") < 3000
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
