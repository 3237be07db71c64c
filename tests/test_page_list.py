"""The list of neurons in a real Chromium: searched, sorted, and held by the address."""

from browsing import choose, find, heading, open_at, rows, settle, wait
from hostile import CARDS, KITTEN


def test_the_list_stands_in_the_address(page, address):
    open_at(page, address, "#neurons?search=cat&layer=T.hidden&sort=name")
    assert rows(page) == ["T.hidden:2", "T.hidden:10"]
    assert find(page, "#search").get_attribute("value") == "cat"
    choose(page, "sort", "-name")
    assert rows(page) == ["T.hidden:10", "T.hidden:2"]
    find(page, "#search").send_keys("s tw")
    wait(page, lambda: "search=cats+tw" in page.current_url)
    assert rows(page) == ["T.hidden:2"]
    find(page, "#list tbody a").click()
    wait(page, lambda: heading(page) == "T.hidden:2")
    find(page, ".paths a").click()  # leads back to what was searched
    wait(page, lambda: heading(page) == "Neurons")
    assert rows(page) == ["T.hidden:2"]
    page.back(), page.back(), page.back()
    wait(page, lambda: "sort=name" in page.current_url)
    settle(page)
    assert rows(page) == ["T.hidden:2", "T.hidden:10"]
    find(page, ".bar a[href='#neurons']").click()
    wait(page, lambda: len(rows(page)) == 8)
    assert find(page, "#search").get_attribute("value") == ""
    open_at(page, address, "#neurons?layer=none&sort=none&gain=x&page=-3&other=1")
    assert len(rows(page)) == 8


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
    wait(page, lambda: rows(page) == [])  # sentences are unpacked when they are asked for
    find(page, "#search").clear()
    find(page, "#search").send_keys("wants 'sleepy'")
    wait(page, lambda: rows(page) == ["T.output:dog"])
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
