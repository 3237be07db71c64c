"""The overview in a real Chromium: what it begins with, tells and explains."""

from browsing import find, heading, open_at, press, resize, texts, visit, wait
from hostile import CARDS, KITTEN


def test_overview_tells_and_draws(page):
    tiles = texts(page, "#overview-content .tiles dd")
    assert tiles[0] == "8" and tiles[1] == "63%"
    page.execute_script("for (const place of drawn.keys()) draw(place)")
    wait(page, lambda: len(texts(page, ".chart svg")) == 5)  # methods, facts, moved, two units
    assert find(page, ".chart canvas")
    assert "T minds the order of words." in texts(page, ".lead")
    assert "< .0001" in texts(page, "td")
    # The table of methods and the hashes wait until they are asked for.
    shown = find(page, "#overview-content").text
    assert "SHA-256" not in shown and "Seconds a neuron" not in shown
    for summary in page.find_elements("css selector", "#overview-content summary"):
        summary.click()
    shown = find(page, "#overview-content").text
    assert "weights (SHA-256)" in shown and "Seconds a neuron" in shown


def test_the_overview_begins_with_striking_dreams(page):
    assert find(page, "#overview-content h2").text == "The most striking dreams"
    assert texts(page, ".striking h3") == [
        KITTEN, CARDS[-1]["label"], "T.output:dog", "T.output:100%", "T.hidden:10"]
    first = find(page, ".striking article").text
    assert "more than twice as far above the average as the best real phrase" in first
    assert texts(page, ".striking article:first-child .dream .word") == [
        "cat", "cat", "kitten", "paw", "cat"]
    assert texts(page, ".striking article:first-child .corpus .word")[:2] == ["a", "dog"]
    find(page, ".striking article:nth-child(3) a").click()
    wait(page, lambda: heading(page) == "T.output:dog")


def test_terms_are_explained_by_mouse_and_keyboard(page, address):
    from selenium.webdriver import ActionChains, Keys

    told = find(page, "section:has(.facts)").text
    for subject in ("Layers", "Dream", "Gain", "Methods", "Beware"):
        assert subject in told, subject
    assert "T.hidden (9 units), a recurrent network's state after what has been read" in told
    assert "T.output (9 units, with names as dog, 100%), what is computed from" in told
    assert "gumbel: an ascent" in told and "hardening" in told
    assert "embfree" not in told and "saturated" not in told  # what is not here is not explained
    gain, elsewhere = find(page, ".tiles [data-term=gain]"), find(page, ".tiles dd")

    def hover():
        # What scrolls takes a tip away; at last nothing has to.
        ActionChains(page).move_to_element(elsewhere).move_to_element(gain).perform()
        return find(page, "#tip").is_displayed()

    wait(page, hover)
    assert find(page, "#tip").text == "How far the dream is above the corpus' best n-gram."
    ActionChains(page).move_to_element(elsewhere).perform()
    assert not find(page, "#tip").is_displayed()
    open_at(page, address, "#neuron=T.output:17")
    page.execute_script("document.querySelector('#view-neuron .tiles [data-term=gain]').focus()")
    assert find(page, "#tip").is_displayed()
    assert page.switch_to.active_element.get_attribute("aria-describedby") == "tip"
    press(page, Keys.ESCAPE)  # takes the tip away, and leads back only then
    assert not find(page, "#tip").is_displayed() and heading(page) == "T.output:dog"
    press(page, Keys.TAB)
    assert find(page, "#tip").text.startswith("Standard deviations of the neuron's activation")


def test_the_scatter_opens_what_is_clicked(page):
    from selenium.webdriver import ActionChains

    page.execute_script("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    canvas = wait(page, lambda: page.find_elements("css selector", ".chart canvas"))[0]
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


def test_no_title_is_cut_where_a_legend_takes_more_lines(page, address):
    """At some of these widths two names stand in a line, at others one."""
    for width in range(600, 681, 10):
        resize(page, width)
        visit(page, address + "#overview")
        place = find(page, ".chart")
        page.execute_script("draw(arguments[0])", place)
        wait(page, lambda place=place: page.execute_script(
            "return Boolean(drawn.get(arguments[0]).view)", place))
        assert page.execute_script("""
            const canvas = arguments[0].querySelector('canvas');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, 2);
            return data.every((value) => value === 0);""", place), width
