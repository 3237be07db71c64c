"""The front on a card: its plane, its slider, and what is certain, by mouse and by keyboard."""

import re

from browsing import find, open_at, texts, wait


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
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 9)
    shown = "section:has(> .columns .slider) .dream .word"
    slider = find(page, "#fluency")
    assert texts(page, shown) == ["a", "brown", "hot", "small", "sleepy"]  # within the limit
    slider.send_keys(Keys.ARROW_RIGHT)
    assert texts(page, shown) == ["furry", "brown", "hot", "small", "sleepy"]
    said = slider.get_attribute("aria-valuetext")
    assert said == "furry brown hot small sleepy: 4.50, 9.00 nats"
    assert texts(page, "section:has(> .columns .slider) .facts dd") == [
        "9.00; 100% of real n-grams have fewer", "12.00; 100% of real n-grams have fewer",
        "none; in real n-grams 0.75 on average"]
    wait(page, lambda: ringed(page)[0] == [[9, 4.5]])
    page.execute_script("chooseScheme('dark')")  # drawn again, it is still there
    wait(page, lambda: ringed(page)[0] == [[9, 4.5]])
    slider.send_keys(Keys.HOME)
    assert texts(page, shown)[:2] == ["the", "the"]
    assert texts(page, "section:has(> .columns .slider) .facts dd")[1:] == [
        "5.00; 75% of real n-grams have as many or more",
        "1 of 5; in real n-grams 0.75 on average"]
    wait(page, lambda: ringed(page)[0] == [[2, 1]])
    assert [len(rows) for rows in ringed(page)] == [1, 3, 4, 2]
    marks = page.find_elements(
        "css selector", "section:has(> .columns .slider) .chart svg [aria-roledescription=point]")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", marks[-2])
    ActionChains(page).move_to_element(marks[-2]).perform()
    wait(page, lambda: "a brown hot small sleepy" in find(page, "#tooltip").text)
    ActionChains(page).click().perform()
    assert texts(page, shown)[0] == "a" and slider.get_attribute("value") == "1"


def test_the_keyboard_reaches_every_mark_of_the_plane(page, address):
    from selenium.webdriver import Keys

    open_at(page, address, "#neuron=T.output:17")
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 9)
    plane = find(page, "section:has(> .columns .slider) .chart")

    def told():
        tooltip = find(page, "#tooltip")
        return texts(page, "#tooltip dd") if tooltip.is_displayed() else None

    def said():
        return plane.get_attribute("aria-valuetext")

    page.execute_script("document.querySelector('section:has(> .columns .slider) h2').focus()")
    stops = page.execute_script(
        "return document.querySelectorAll('section:has(> .columns .slider) .chart [tabindex]')"
        ".length")
    assert stops == 0 and plane.get_attribute("tabindex") == "0"  # one for all marks
    plane.send_keys(Keys.HOME)
    assert said() == "the the hot small sleepy: 1.00, 2.00 nats"
    assert told() == ["the the hot small sleepy", "1.00", "2.00"]
    plane.send_keys(Keys.ARROW_RIGHT)
    assert said() == "on a boat: \u22121.00, 3.00 nats"
    assert told() == ["on a boat", "\u22121.00", "3.00"]
    # Every mark once: four real n-grams, two of the corpus' best, three of the front.
    every = [said()]
    for key in (Keys.ARROW_LEFT, *8 * [Keys.ARROW_RIGHT]):
        plane.send_keys(key)
        every.append(said())
    assert len(set(every)) == 9 == int(plane.get_attribute("aria-valuemax"))
    assert plane.get_attribute("aria-valuenow") == "9"
    plane.send_keys(Keys.HOME)
    assert any(text.endswith("certified") for text in every)
    assert any(text.startswith("a real n-gram: ") for text in every)  # where it is not known
    plane.send_keys(*9 * [Keys.ARROW_UP])
    assert said() == "furry brown hot small sleepy: 4.50, 9.00 nats"
    # The ring is around the mark, and what is told stands beside it.
    reached = page.execute_script("""
        const state = [...drawn.values()].find((state) => state.spec.datasets?.reached);
        return state.view.data("reached").map((row) => [row.nats, row.value]);""")
    assert reached == [[9, 4.5]]
    mark = page.find_elements(
        "css selector", "section:has(> .columns .slider) .chart svg [aria-roledescription=point]"
    )[-1].rect
    tooltip = find(page, "#tooltip").rect
    assert abs(mark["x"] + mark["width"] / 2 + 12 - tooltip["x"]) < 2
    assert find(page, "#fluency").get_attribute("value") == "1"
    plane.send_keys(Keys.ENTER)
    assert find(page, "#fluency").get_attribute("value") == "2"
    plane.send_keys(Keys.TAB)
    assert told() is None and page.switch_to.active_element == find(page, "#fluency")


def test_certified_points_are_marked_and_told(page, address):
    from selenium.webdriver import Keys

    open_at(page, address, "#neuron=T.output:17")
    part = "section:has(> .columns .slider)"
    assert "Diamonds are certified" in find(page, f"{part} .note").text
    certificate = ("Certified: no other single word is higher within 4.00 nats; the next best, "
                   "“furry brown hot small other”, is 0.25 lower.")
    assert certificate in texts(page, f"{part} .columns p")
    assert texts(page, f"{part} > ul li") == ["“quite another” (1.50, 3.25 nats)"]
    slider = find(page, "#fluency")
    assert slider.get_attribute("aria-valuetext").endswith("certified")
    assert page.execute_script(
        "return [...byId('fluency').list.options].map(({ value }) => value)") == ["1"]
    slider.send_keys(Keys.END)
    assert "Not certified: 2 other words have no finite activation." in texts(
        page, f"{part} .columns p")
    slider.send_keys(Keys.HOME)
    assert "ertified" not in " ".join(texts(page, f"{part} .columns p"))


def test_a_front_without_a_corpus_beside_it_is_shown_too(page, address):
    open_at(page, address, "#neuron=T.output:9")
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, "#view-neuron .chart svg")) == 9)
    part = find(page, "section:has(> .columns .slider)").text
    assert "4.00" in part and "real n-grams" not in part
    assert not re.search("null|undefined|NaN|false", find(page, "main").text)
    open_at(page, address, "#neuron=T.hidden:2")
    assert "From natural to extreme" not in texts(page, "#view-neuron h2")
