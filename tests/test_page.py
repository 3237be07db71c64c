"""The page, driven in a real Chromium as a reader would: by mouse, keyboard and link."""

import itertools
import json
import math
import os
import re
import shutil
import sys
from importlib import resources
from xml.etree import ElementTree

import pytest

from neurondream.analysis.families import read_families
from neurondream.errors import InputError
from neurondream.report import charts
from neurondream.report.page import write_json, write_page
from neurondream.report.summary import summarize_runs
from neurondream.report.syntax_charts import chart_findings
from neurondream.report.theme import theme
from reports import (
    make_card,
    make_findings,
    make_layers,
    make_manifest,
    make_row,
    write_run,
)

HOSTILE = (
    "<img src=x onerror=\"document.broken=1\">",
    "</script><script>document.broken=1</script>",
    "'\"&amp;<!--",
    "\u2028${document.broken=1}",
    "datum['x']\\",
)
DARK = [{"name": "prefers-color-scheme", "value": "dark"}]
LIGHT = [{"name": "prefers-color-scheme", "value": "light"}]
LAYERS = make_layers(
    ("T.hidden", "T", "hidden"), ("T.output", "T", "output"), ("I.hidden", "I", "hidden"),
    (HOSTILE[0], "I", "output"), titles={"T": "language", "I": HOSTILE[2]},
)
MANIFEST = make_manifest(LAYERS, HOSTILE[1])
KITTEN = f"{HOSTILE[0]}:kitten"
CARDS = [
    make_card(LAYERS, "T.output", 17, ["furry", "brown", "hot", "small", "sleepy"], 1.5,
              label="dog"),
    make_card(LAYERS, "T.hidden", 2, ["two", "cats", "that", "are", "two"], 0.0),
    make_card(LAYERS, "T.hidden", 10, ["cats", "cats", "cats", "on", "cats"], 0.25),
    make_card(LAYERS, HOSTILE[0], 4, ["cat", "cat", "kitten", "paw", "cat"], 4.0, label="kitten"),
    make_card(LAYERS, "I.hidden", 3, ["sea", "sea", "boat", "sea", "sea"], -0.5, sign="-"),
    make_card(LAYERS, "T.output", 9, ["one", "hundred", "per", "cent", "of"], 0.75, label="100%"),
    make_card(LAYERS, "I.hidden", 5, HOSTILE, 2.0, best=" ".join(HOSTILE), label=HOSTILE[1]),
]
# All that a card may lack, and a neuron that the corpus leaves unmoved.
BARE = make_card(LAYERS, "I.hidden", 7, ["lonely"], 0.0) | dict.fromkeys(
    ("words", "corpus_words", "order", "context", "negative", "found", "agreement", "ratio")
) | {"faces": [], "methods": [], "verdict": [], "gain": math.nan, "corpus": {
    "mean": 0.0, "deviation": 0.0, "quantiles": {}, "best": [], "total": 0}}
BARE["dream"] = BARE["dream"] | {"certificate": None}
SYNTAX = make_findings(
    [card["neuron"] for card in (*CARDS, BARE)], LAYERS["families"],
    [{
        "groups": [{"name": "T", "title": "T, language"}, {"name": "I", "title": HOSTILE[2]}],
        "conclusion": ["T minds the order of words.", HOSTILE[3]],
        "rows": [
            make_row(measure, unit, level)
            for measure, unit in (("order", "deviations"), (HOSTILE[1], HOSTILE[0]))
            for level in ("hidden", "output")
        ],
    }],
    [{"fact": "verb agrees", "family": family, "value": 0.75, "low": 0.5, "high": 1.0,
      "chance": 0.5, "pairs": 40} for family in "TI"],
    [{"fact": "verb agrees", "family": family, "value": 2.5, "low": 2.0, "high": 3.0,
      "pairs": 40} for family in "TI"],
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(paths):
        missing = "needs chromium and chromedriver (Debian: apt install chromium-driver)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for argument in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(paths[1]))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("page"), MANIFEST, [*CARDS, BARE])
    (folder / "syntax").mkdir()
    (folder / "syntax" / "syntax.json").write_text(json.dumps(SYNTAX))
    write_page(folder / "report.html", folder, [*CARDS, BARE])
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser, address):
    """Open the page anew; afterwards nothing was complained of and nothing was asked for."""
    resize(browser, 1280)
    prefer(browser, LIGHT)
    visit(browser, address)
    browser.get_log("browser"), browser.get_log("performance")
    yield browser
    complaints = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not complaints
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        message["params"]["request"]["url"] for message in asked
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert all(url.startswith(("file:", "data:", "blob:", "about:")) for url in urls), urls
    assert browser.execute_script("return document.broken") is None


def visit(browser, url):
    browser.get("about:blank")  # a link that differs in its hash alone would not load
    browser.get(url)


def resize(browser, width, height=900):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def prefer(browser, features):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def find(browser, selector):
    return browser.find_element("css selector", selector)


def texts(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector
    )


def wait(browser, condition):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 15, poll_frequency=0.05).until(lambda _: condition())


def press(browser, *keys):
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def rows(browser):
    return texts(browser, "#list tbody a")


def choose(browser, name, value):
    find(browser, f"#{name} option[value='{value}']").click()
    # The driver's click leaves out the `input` that a browser sends before `change`.
    browser.execute_script(
        "byId(arguments[0]).dispatchEvent(new Event('input', {bubbles: true}))", name)


def heading(browser):
    return find(browser, "section:not([hidden]) h1").text


def open_at(browser, address, hash_):
    visit(browser, address + hash_)
    return heading(browser)


def test_overview_tells_and_draws(page):
    tiles = texts(page, "#overview-content .tiles dd")
    assert tiles[0] == "8" and "5 of" not in tiles[1] and tiles[1] == "63%"
    wait(page, lambda: find(page, ".chart canvas"))
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, ".chart svg")) == 5)  # methods, facts, moved, two units
    assert "T minds the order of words." in texts(page, ".lead")
    assert "< .0001" in texts(page, "td")


def test_search_filters_and_sorts(page):
    find(page, "a[href='#neurons']:not(.brand)").click()
    assert len(rows(page)) == 8
    find(page, "#search").send_keys("CATS tWo")
    assert rows(page) == ["T.hidden:2"]
    assert find(page, "#count").text == "1 of 8 neurons"
    find(page, "#search").clear()
    find(page, "#search").send_keys("cat")
    assert rows(page) == [KITTEN, "T.hidden:10", "T.hidden:2"]
    choose(page, "within", "name")
    assert rows(page) == []
    find(page, "#search").clear()
    find(page, "#search").send_keys("kitten")
    assert rows(page) == [KITTEN]
    choose(page, "within", "verdict")
    find(page, "#search").clear()
    find(page, "#search").send_keys("wants 'kitten")
    assert rows(page) == []
    find(page, "#search").clear()
    find(page, "#search").send_keys("wants 'sleepy'")
    assert rows(page) == ["T.output:dog"]
    find(page, "#filters [type=reset]").click()
    wait(page, lambda: len(rows(page)) == 8)
    choose(page, "family", "T")
    choose(page, "layer", "T.hidden")
    choose(page, "sort", "name")
    assert rows(page) == ["T.hidden:2", "T.hidden:10"]  # numbers by value
    choose(page, "standing", "above the corpus")
    assert rows(page) == ["T.hidden:10"]
    find(page, "#filters [type=reset]").click()
    wait(page, lambda: len(rows(page)) == 8)
    find(page, "#gain").send_keys("1.5")
    assert rows(page) == [KITTEN, CARDS[-1]["label"], "T.output:dog"]
    find(page, "[data-sort=gain] button").click()
    assert rows(page)[0] == "T.output:dog"
    assert find(page, "[data-sort=gain]").get_attribute("aria-sort") == "ascending"
    find(page, "#search").send_keys("nobody")
    assert find(page, "#count").text.startswith("No neuron fits")
    assert not find(page, "#list").is_displayed()


def test_neurons_without_a_gain_come_last_either_way(page, address):
    open_at(page, address, "#neurons")
    for order in ("-gain", "gain"):
        choose(page, "sort", order)
        assert rows(page)[-1] == "I.hidden:7"


def test_a_card_opens_from_the_list_and_back_leads_there(page, address):
    open_at(page, address, "#neurons")
    find(page, "#search").send_keys("kitten")
    find(page, "#list .texts").click()  # anywhere in the row
    wait(page, lambda: heading(page) == KITTEN)
    assert page.switch_to.active_element.text == KITTEN
    page.back()
    wait(page, lambda: heading(page) == "Neurons")
    assert rows(page) == [KITTEN]
    assert page.switch_to.active_element.text == KITTEN
    assert KITTEN not in page.title


def test_a_card_opens_by_its_link(page, address):
    assert open_at(page, address, "#neuron=T.output:17") == "T.output:dog"
    assert texts(page, "#view-neuron code") == ["T.output:17"]
    assert open_at(page, address, "#neuron=T.output%3A17") == "T.output:dog"
    # A label is an address, too; here with a bare percent sign.
    assert open_at(page, address, "#neuron=T.output:100%") == "T.output:100%"
    assert open_at(page, address, "#neuron=T.hidden:99") == "No such neuron"
    assert "T.hidden:99" in find(page, "[role=alert]").text
    for card in (*CARDS, BARE):
        link = page.execute_script("return linkTo(arguments[0])", card["neuron"])
        wanted = " ".join(card["label"].split())
        assert " ".join(open_at(page, address, link).split()) == wanted


def test_a_card_shows_its_parts_and_leaves_out_what_is_missing(page, address):
    open_at(page, address, "#neuron=T.output:17")
    card = find(page, "#view-neuron").text
    for told in (
        "wants 'sleepy' at the end", "63%", "a dog on the grass", "gumbel words", "instead",
        "the red ball rolls down", "another face here", "the other side", "certified", "38%",
        "88%", "1 of 2", "2.75",
    ):
        assert told in card, told
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 7)
    drawn = " ".join(texts(page, "#view-neuron .chart svg text"))
    assert "sleepy" in drawn and "corpus mean" in drawn and "hot ⇄ small" in drawn
    open_at(page, address, "#neuron=I.hidden:7")
    assert texts(page, "#view-neuron h2") == ["Dream and corpus"]
    assert not re.search("null|undefined|NaN", find(page, "main").text)


def test_the_scatter_opens_what_is_clicked(page):
    from selenium.webdriver import ActionChains

    canvas = wait(page, lambda: find(page, ".chart canvas"))
    x, y, neuron = page.execute_script("""
        const view = [...drawn.values()].find((state) => state.view).view;
        const [left, top] = view.origin();
        const items = view.scenegraph().root.items[0].items.flatMap((mark) => mark.items);
        const item = items.find((item) => item.datum?.label === arguments[0]);
        const { left: x, top: y } = view.padding();
        return [left + x + item.x, top + y + item.y, item.datum.label];""", KITTEN)
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    size = canvas.size
    ActionChains(page).move_to_element_with_offset(
        canvas, x - size["width"] / 2, y - size["height"] / 2).perform()
    wait(page, lambda: "cat cat kitten paw cat" in find(page, "#tooltip").text)
    ActionChains(page).click().perform()
    wait(page, lambda: heading(page) == neuron)
    assert not find(page, "#tooltip").is_displayed()


def test_the_keyboard_is_enough(page):
    from selenium.webdriver import Keys

    press(page, "/", "sea")
    assert find(page, "#search").get_attribute("value") == "sea"
    press(page, Keys.ARROW_DOWN, Keys.ENTER)
    wait(page, lambda: heading(page) == "-I.hidden:3")
    press(page, Keys.ESCAPE)
    wait(page, lambda: heading(page) == "Neurons")
    assert rows(page) == ["-I.hidden:3"]
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.execute_script(outline) == "solid"
    press(page, Keys.ARROW_UP)
    assert page.switch_to.active_element == find(page, "#search")
    page.execute_script("document.activeElement.blur(); document.body.focus()")
    page.get(page.current_url.split("#")[0])
    press(page, Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the content"
    press(page, Keys.ENTER)
    assert page.switch_to.active_element == find(page, "main")


def test_dark_and_light_by_preference_and_by_switch(page, address):
    def ground():
        colour = page.execute_script(
            "return getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    def line():
        return page.execute_script(
            "return document.querySelector('#view-neuron .chart svg .mark-line path')"
            "?.getAttribute('stroke')")

    open_at(page, address, "#neuron=T.output:17")
    find(page, ".chart").location_once_scrolled_into_view  # noqa: B018
    wait(page, line)
    assert ground() > 700
    light = line()
    prefer(page, DARK)
    wait(page, lambda: ground() < 150)
    wait(page, lambda: line() not in (None, light))
    assert find(page, "#theme").get_attribute("aria-pressed") == "true"
    find(page, "#theme").click()
    wait(page, lambda: ground() > 700 and line() == light)
    assert find(page, "#theme").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("width", [360, 1280])
def test_no_view_is_wider_than_its_window(page, address, width):
    resize(page, width)
    for hash_ in ("#overview", "#neurons", "#neuron=T.output:17",
                  "#neuron=" + CARDS[-1]["neuron"]):
        open_at(page, address, hash_)
        page.execute_script("for (const place of drawn.keys()) draw(place)")
        wait(page, lambda: page.execute_script(
            "return [...drawn.entries()].every(([place, state]) => state.view"
            " || !place.offsetParent)"))
        assert page.execute_script("return document.documentElement.scrollWidth") <= width, hash_


def test_hostile_texts_are_texts(page, address):
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, ".chart svg")) == 5)
    assert HOSTILE[1] in texts(page, "#overview-content dd")
    drawn = texts(page, "#overview-content .chart svg text")
    assert HOSTILE[2] in drawn and f"I, {HOSTILE[2]}" in drawn and HOSTILE[1] in drawn
    assert HOSTILE[0] in texts(page, "#layer option")
    name = CARDS[-1]["label"]
    page.execute_script("location.hash = linkTo(arguments[0])", CARDS[-1]["neuron"])
    wait(page, lambda: texts(page, "#view-neuron h1") == [name])
    assert texts(page, "#view-neuron .dream .word") == list(HOSTILE)
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 7)
    page.execute_script(
        "showTooltip(null, {clientX: 9, clientY: 9}, null, {words: arguments[0]})", HOSTILE[0])
    assert find(page, "#tooltip dd").text == HOSTILE[0]
    assert page.execute_script("return document.images.length") == 0
    assert page.execute_script("return document.scripts.length") == 3


def test_scripts_that_slip_in_do_not_run(page):
    page.execute_script("""
        const script = document.createElement("script");
        script.textContent = "document.broken = 1";
        document.body.append(script);""")
    assert page.execute_script("return document.broken") is None
    page.get_log("browser")  # the refusal is what was wanted


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


def test_every_control_has_a_name_and_every_heading_its_level(page, address):
    for hash_ in ("#overview", "#neurons", "#neuron=T.output:17"):
        open_at(page, address, hash_)
        unnamed = page.execute_script("""
            return [...document.querySelectorAll("input, select, button, a, .chart, table")]
              .filter((e) => e.checkVisibility() && !e.labels?.length && !e.textContent.trim()
                && !e.getAttribute("aria-label")).map((e) => e.outerHTML)""")
        assert not unnamed
        levels = page.execute_script("""
            return [...document.querySelectorAll("h1, h2, h3")]
              .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))""")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def contrast(one, other):
    """The ratio of WCAG 2.2, from hexadecimal colours."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("side", "scheme"), [(1, "light"), (2, "dark")])
def test_contrast_is_enough_in_both_schemes(side, scheme):
    style = (resources.files("neurondream.report") / "page.css").read_text()
    colours = {
        match[1]: match.group(side + 1)
        for match in re.finditer(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", style)
    }
    for ground in ("ground", "surface"):
        for text in ("ink", "muted", "link", "dream"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["edge"], colours[ground]) >= 3
    assert contrast(colours["ink"], colours["shade"]) >= 4.5
    config = theme(scheme)
    for name, drawn in config["style"].items():
        if "color" in drawn:
            enough = 4.5 if name.endswith("text") else 3
            assert contrast(drawn["color"], colours["ground"]) >= enough, name
    for parameter in config["params"]:
        assert contrast(parameter["value"], colours["ground"]) >= 3


def test_json_cannot_end_its_element():
    data = {"words": list(HOSTILE), "numbers": [math.nan, math.inf, 1 / 3, 7]}
    text = write_json(data)
    assert text.isascii() and not set("<>&") & set(text)
    assert json.loads(text) == {"words": list(HOSTILE), "numbers": [None, None, 0.333333, 7]}


def test_charts_are_drawn_for_papers(tmp_path):
    families = read_families(MANIFEST)
    comparison = summarize_runs(write_run(tmp_path / "run", MANIFEST, CARDS)).comparison
    (method,) = charts.methods(comparison, families)
    ((first, *_),) = chart_findings(SYNTAX)["syntax"]
    for name, spec, shown in (
        ("scatter", charts.scatter([*CARDS, BARE], families), "level with the corpus"),
        ("methods", method, f"{HOSTILE[0]} (1)"),
        ("sides", first, HOSTILE[2]),
    ):
        charts.write_svg(tmp_path / f"{name}.svg", spec)
        drawn = ElementTree.parse(tmp_path / f"{name}.svg")
        assert shown in [element.text for element in drawn.iter()]
        assert not [element for element in drawn.iter() if element.tag.endswith(("script", "}a"))]


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'neurondream\[analysis\]'"):
        charts.write_svg(tmp_path / "chart.svg", charts.scatter([], read_families(MANIFEST)))
