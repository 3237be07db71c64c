"""What a reader does in a browser."""




DARK = [{"name": "prefers-color-scheme", "value": "dark"}]
LIGHT = [{"name": "prefers-color-scheme", "value": "light"}]


def visit(browser, url):
    browser.get("about:blank")  # a link that differs in its hash alone would not load
    browser.get(url)
    # A slow machine answers before the page has begun.
    wait(browser, lambda: browser.execute_script(
        "return document.readyState == 'complete' && location.href != 'about:blank'"))
    settle(browser)


def settle(browser):
    """Wait until a page of ours has unpacked and shown what its address asks for."""
    wait(browser, lambda: browser.execute_script(
        "return !document.querySelector('main[aria-busy]')"))


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
