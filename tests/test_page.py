"""The page, driven in a real Chromium as a reader would: by mouse, keyboard and link."""

import itertools
import re

import pytest

from browsing import (
    DARK,
    LIGHT,
    find,
    heading,
    open_at,
    prefer,
    press,
    resize,
    rows,
    texts,
    visit,
    wait,
)
from hostile import BARE, CARDS, HOSTILE


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
        "wants 'sleepy' at the end", "62%", "a dog on the grass",
        "certified", "1 of 2", "agree or not",
    ):
        assert told in card, told
    folds = page.find_elements("css selector", "#view-neuron .fold > summary")
    assert [fold.text for fold in folds] == [
        "Which words do the work", "Order and context", "Other faces and the negative side",
        "Other dreams and n-grams", "Course of the climbs", "In the corpus, and next to the dream"]
    assert "another face here" not in card
    # What is not folded takes three screens of 800 pixels at most.
    page.execute_script("for (const place of drawn.keys()) place.checkVisibility() && draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 2)
    tall = "return document.documentElement.scrollHeight"
    assert page.execute_script(tall) <= 3 * 800
    resize(page, 390, 844)  # of a phone: three of its own
    assert page.execute_script(tall) <= 3 * 844
    resize(page, 1280)
    for fold in folds:
        fold.click()
    card = find(page, "#view-neuron").text
    for told in ("the red ball rolls down", "another face here", "the other side", "38%", "88%",
                 "gumbel words", "instead", "2.75"):
        assert told in card, told
    assert texts(page, ".warning") == ["searches agree or not"]
    assert texts(page, ".whole strong") == ["dog"]
    shades = page.execute_script("""
        return [...document.querySelectorAll(".whole .shaded")]
            .map((word) => Number(word.style.getPropertyValue("--share")))""")
    assert shades[1] == max(shades) == 1 and shades[3] == 0 and 0 < shades[2] < 1
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 9)
    drawn = " ".join(texts(page, "#view-neuron .chart svg text"))
    assert "sleepy" in drawn and "corpus mean" in drawn and "hot ⇄ small" in drawn
    open_at(page, address, "#neuron=I.hidden:7")
    assert texts(page, "#view-neuron h2") == ["Dream and corpus"]
    assert "dead" not in find(page, ".standing").text
    assert not re.search("null|undefined|NaN", find(page, "main").text)


def test_the_keyboard_is_enough(page):
    from selenium.webdriver import Keys

    press(page, "/", "sea")
    assert find(page, "#search").get_attribute("value") == "sea"
    press(page, Keys.ARROW_DOWN, Keys.ENTER)
    wait(page, lambda: heading(page) == "-I.hidden:3")
    press(page, "/")  # to the list as it was searched
    wait(page, lambda: heading(page) == "Neurons")
    assert rows(page) == ["-I.hidden:3"]
    page.back()
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
    page.execute_script("for (const fold of document.querySelectorAll('.fold')) fold.open = true")
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, line)
    assert ground() > 700
    light = line()
    prefer(page, DARK)
    wait(page, lambda: ground() < 150)
    wait(page, lambda: line() not in (None, light))
    button = find(page, "#theme")
    assert button.text == "System"
    button.click()
    wait(page, lambda: ground() > 700 and line() == light)
    assert button.text == "Light" and button.accessible_name == "Colours: light"
    prefer(page, LIGHT)
    button.click()
    wait(page, lambda: ground() < 150)
    visit(page, page.current_url)  # is kept
    assert ground() < 150
    find(page, "#theme").click()
    assert find(page, "#theme").text == "System" and ground() > 700


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
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 9)
    page.execute_script(
        "showTooltip(null, {clientX: 9, clientY: 9}, null, {words: arguments[0]})", HOSTILE[0])
    assert find(page, "#tooltip dd").text == HOSTILE[0]
    assert page.execute_script("return document.images.length") == 0
    # Of the scripts, two run: that of the page and, by its hash in the policy, the library.
    assert page.execute_script("""
        return [...document.scripts].filter((script) => script.type != "text/plain").length""") == 2


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
