"""The page, driven in a real Chromium as a reader would: by mouse, keyboard and link."""

import itertools
import re

import pytest

from browsing import DARK, choose, find, heading, open_at, prefer, press, resize, rows, texts, wait
from hostile import BARE, CARDS, HOSTILE, KITTEN


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
    assert texts(page, ".whole strong") == ["dog"]
    shades = page.execute_script("""
        return [...document.querySelectorAll(".whole .shaded")]
            .map((word) => Number(word.style.getPropertyValue("--share")))""")
    assert shades[1] == max(shades) == 1 and shades[3] == 0 and 0 < shades[2] < 1
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 8)
    drawn = " ".join(texts(page, "#view-neuron .chart svg text"))
    assert "sleepy" in drawn and "corpus mean" in drawn and "hot ⇄ small" in drawn
    open_at(page, address, "#neuron=I.hidden:7")
    assert texts(page, "#view-neuron h2") == ["Dream and corpus"]
    assert not re.search("null|undefined|NaN", find(page, "main").text)


def ringed(page):
    """Where the ring of the plane stands, and where its marks do."""
    return page.execute_script("""
        const state = [...drawn.values()].find((state) => state.spec.datasets?.chosen);
        const at = (name) => state.view.data(name).map((row) => [row.nats, row.value]);
        return [at("chosen"), at("front"), at("windows"), at("corpus")];""")


def test_the_slider_goes_from_natural_to_extreme(page, address):
    from selenium.webdriver import ActionChains, Keys

    open_at(page, address, "#neuron=T.output:17")
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 8)
    shown = "section:has(> .slider) .dream .word"
    slider = find(page, "#fluency")
    assert texts(page, shown) == ["a", "brown", "hot", "small", "sleepy"]  # within the limit
    slider.send_keys(Keys.ARROW_RIGHT)
    assert texts(page, shown) == ["furry", "brown", "hot", "small", "sleepy"]
    said = slider.get_attribute("aria-valuetext")
    assert said == "furry brown hot small sleepy: 4.50, 9.00 nats"
    assert texts(page, "section:has(> .slider) .facts dd") == [
        "9.00, more than 100% of real n-grams", "12.00, more than 100% of real n-grams", "none"]
    wait(page, lambda: ringed(page)[0] == [[9, 4.5]])
    find(page, "#theme").click()  # drawn again, it is still there
    wait(page, lambda: ringed(page)[0] == [[9, 4.5]])
    slider.send_keys(Keys.HOME)
    assert texts(page, shown)[:2] == ["the", "the"]
    assert texts(page, "section:has(> .slider) .facts dd")[-1] == "1 of 5"
    wait(page, lambda: ringed(page)[0] == [[2, 1]])
    assert [len(rows) for rows in ringed(page)] == [1, 3, 4, 2]
    marks = page.find_elements(
        "css selector", "section:has(> .slider) .chart svg [aria-roledescription=point]")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", marks[-2])
    ActionChains(page).move_to_element(marks[-2]).perform()
    wait(page, lambda: "a brown hot small sleepy" in find(page, "#tooltip").text)
    ActionChains(page).click().perform()
    assert texts(page, shown)[0] == "a" and slider.get_attribute("value") == "1"


def test_a_front_without_a_corpus_beside_it_is_shown_too(page, address):
    open_at(page, address, "#neuron=T.output:9")
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 8)
    part = find(page, "section:has(> .slider)").text
    assert "4.00" in part and "real n-grams" not in part
    assert not re.search("null|undefined|NaN|false", find(page, "main").text)
    open_at(page, address, "#neuron=T.hidden:2")
    assert "From natural to extreme" not in texts(page, "#view-neuron h2")


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
    assert texts(page, "#view-neuron .dream .word")[:5] == list(HOSTILE)
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 8)
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


