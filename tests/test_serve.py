"""A served page: nobody else may ask, one dream at a time, and a person who tries words."""

import contextlib
import functools
import http.client
import importlib
import json
import os
import signal
import socket
import threading

import numpy as np
import pytest

import neurondream as nd
import toys
from browsing import LIGHT, find, open_at, prefer, resize, texts, wait
from neurondream.report.page import build_page, write_page
from neurondream.runs.folder import read_manifest
from neurondream.runs.opened import Opened
from neurondream.serving import again, server, wishes
from neurondream.serving.reading import place_among, read_text
from reports import make_card
from scripts import launch, refused
from test_desk import until
from test_serving import BAN, BEGINNING, GOOD, NEURON


def test_an_interrupt_stops_the_server_first(request):
    # Programs in the background of a shell begin with interrupts ignored.
    request.addfinalizer(functools.partial(
        signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler)
    ))
    stopped, before = [], signal.default_int_handler
    with pytest.raises(KeyboardInterrupt), server.after_interrupts(lambda: stopped.append(1)):
        os.kill(os.getpid(), signal.SIGINT)
        until(lambda: stopped)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A run of a toy, with a card whose dream is the corpus' best n-gram."""
    model = toys.causal().model._replace(next_word=None)  # nobody judges how fluent it is
    corpus = nd.make_corpus(toys.make_texts(), model, length=2)
    run = nd.open_run(tmp_path_factory.mktemp("serve") / "run", model, corpus)
    (neuron,) = nd.parse_neurons(NEURON, model)
    (line,) = nd.run(run, [neuron], "search")
    manifest = read_manifest(run.folder)
    card = make_card(manifest, "top.logits", 3, ["x"] * 2, 1.0)
    card |= {
        "dream": card["dream"] | {"ngram": line["ngram"], "score": line["score"]},
        "corpus": {key: line[key] for key in ("mean", "deviation", "quantiles", "best")}
        | {"total": len(corpus.ngrams.tokens)},
    }
    found = Opened((run.folder,), manifest, run, [line], {NEURON: line}, {NEURON: neuron})
    return found, [card]


@pytest.fixture(scope="module")
def served(opened):
    made = server.open_server(*opened, server.listen(0))
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


def ask(made, method, path, body=None, **headers):
    port = int(made.address.rpartition(":")[2].strip("/"))
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    usual = {"Origin": made.address.strip("/"), "X-Token": made.token,
             "Content-Type": "application/json"}  # fmt: skip
    sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(line):
        line.request(method, path, body, {n: v for n, v in sent.items() if v is not None})
        answer = line.getresponse()
        content = answer.read().decode()
    if path == "/" and answer.status == 200:
        return answer.status, content, answer.headers
    return answer.status, json.loads(content), answer.headers


def test_the_page_alone_asks_its_own_origin(opened, served, tmp_path):
    status, page, headers = ask(served, "GET", "/", Origin=None, X_Token=None)
    assert status == 200
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    write_page(tmp_path / "report.html", *opened)
    written = (tmp_path / "report.html").read_text()
    policies = [text.partition('Policy" content="')[2].partition('"')[0].split("; ")
                for text in (written, page)]  # fmt: skip
    assert [part.split()[0] for part in policies[0]] == [
        "default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"
    ]
    assert policies[0][0] == "default-src 'none'" and policies[0][3:] == [
        "img-src data:", "base-uri 'none'", "form-action 'none'"
    ]
    assert policies[1] == [*policies[0], "connect-src 'self'"]
    assert build_page(*opened) == written


@pytest.mark.parametrize(("headers", "status", "told"), [
    ({"Host": "evil.example"}, 403, "alone"), ({"Host": "127.0.0.1"}, 403, "alone"),
    ({"Host": "localhost:1"}, 403, "alone"),
    ({"Origin": "http://evil.example"}, 403, "its own page"), ({"Origin": None}, 403, "own page"),
    ({"Origin": "null"}, 403, "own page"), ({"X_Token": "guess"}, 403, "earlier start"),
    ({"X_Token": None}, 403, "earlier start"), ({"Content_Type": "text/plain"}, 415, "send JSON"),
])  # fmt: skip
def test_no_other_page_may_ask(served, headers, status, told):
    asked = {"neuron": NEURON, "text": "dog"}
    found, answer, _ = ask(served, "POST", "/texts", asked, **headers)
    assert found == status and told in answer["error"]
    if "Host" in headers or headers.get("Origin"):
        assert ask(served, "GET", "/", **headers)[0] == 403
        assert ask(served, "GET", "/dream", **headers)[0] == 403


def test_nobody_else_learns_what_is_there(served):
    for method, path in (("GET", "/nothing"), ("PUT", "/texts"), ("HEAD", "/")):
        assert ask_status(served, method, path, Host="evil.example") == 403
        assert ask_status(served, method, path, Origin="http://evil.example") == 403


def ask_status(made, method, path, **headers):
    line = http.client.HTTPConnection("127.0.0.1", int(made.address.rpartition(":")[2][:-1]))
    with contextlib.closing(line):
        line.request(method, path, headers={"Origin": made.address.strip("/")} | headers)
        return line.getresponse().status


def test_requests_are_bounded_and_mistakes_are_lines(served):
    big = b" " * (wishes.MOST_BYTES + 1)
    assert ask(served, "POST", "/texts", big)[:2] == (
        413, {"error": "a request has at most 32768 bytes"})
    for path, body, told in (
        ("/texts", b"{", "no JSON"), ("/texts", {"neuron": "x" * 999, "text": "a"}, "neuron 'x"),
        ("/texts", {"neuron": NEURON, "text": "dog " * 200}, "200 tokens"),
        ("/dream", GOOD | {"neuron": NEURON, "ban": ["elephant"]}, "ban 'elephant'"),
    ):
        status, answer, _ = ask(served, "POST", path, body)
        assert status == 400 and told in answer["error"] and len(answer["error"]) <= 300
    assert ask(served, "GET", "/nothing")[:2] == (404, {"error": "Not Found"})
    assert ask(served, "PUT", "/texts")[0] == 405


def test_a_text_is_read_over_http(opened, served):
    asked = {"neuron": NEURON, "text": "the red dog"}
    status, answer, _ = ask(served, "POST", "/texts", asked, Host="localhost:" + (
        served.address.strip("/").rpartition(":")[2]))  # fmt: skip
    found, _ = opened
    reading = read_text(found.run, found.neurons[NEURON], "the red dog")
    among = place_among(found.searches[NEURON], reading["score"])
    assert status == 200 and answer == json.loads(json.dumps(reading | {"among": among}))


def test_a_neuron_is_dreamt_again_over_http(opened, served, monkeypatch):
    """Through all that a click goes through, with what a run may take as it is."""
    for place in (again, server):
        monkeypatch.setattr(place, "CLIMBS", 1)
    asked = {"neuron": NEURON, "length": 2, "ban": list(BAN), "beginning": BEGINNING}
    status, job, _ = ask(served, "POST", "/dream", asked)
    assert status == 200 and job["state"] == "running", job
    until(lambda: ask(served, "GET", "/dream")[1]["state"] != "running", seconds=90)
    job = ask(served, "GET", "/dream")[1]
    assert job["state"] == "done" and job["done"] == 1, job
    assert len(job["found"]["dream"]["ngram"]["ids"]) == 2
    assert not set(BAN) & set(job["found"]["dream"]["ngram"]["pieces"])


def test_a_port_that_is_taken_is_told_before_work(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(launch("serve", f"--run={tmp_path}", f"--port={port}"),
                f"--port={port}: Address already in use; give another, or 0 for any")  # fmt: skip


def test_a_person_tries_words_in_the_page(browser, served, opened, monkeypatch):
    monkeypatch.setattr(again, "CLIMBS", 2)
    monkeypatch.setattr(server, "CLIMBS", 2)
    resize(browser, 390)
    prefer(browser, LIGHT)
    browser.get_log("browser")
    open_at(browser, served.address, f"#neuron={NEURON}")
    assert browser.execute_script("return DATA.served.token") == served.token
    find(browser, "#own-text").send_keys("the dog see a cat\n")
    wait(browser, lambda: texts(browser, "#own-reading .word"))
    assert texts(browser, "#own-reading .word") == ["the", "dog", "see", "a", "cat"]
    found, (card, *_) = opened
    reading = read_text(found.run, found.neurons[NEURON], "the dog see a cat")
    mean = card["corpus"]["mean"]
    shares = browser.execute_script("""
        return [...document.querySelectorAll("#own-reading li")]
            .map((item) => Number(item.style.getPropertyValue("--share")))""")
    expected = (np.array(reading["values"]) - mean) / (card["dream"]["score"] - mean)
    np.testing.assert_allclose(shares, expected.clip(0, 1), atol=1e-4)
    assert texts(browser, "#own-reading strong") == [reading["ngram"]["pieces"][reading["word"]]]
    assert "Highest after" in find(browser, "#own-reading").text
    find(browser, "#own-ban").send_keys(", ".join(BAN))
    find(browser, "#own-beginning").send_keys(BEGINNING)
    find(browser, "#own-length").clear()
    find(browser, "#own-length").send_keys("2\n")
    # To compile takes long where other programs run.
    until(lambda: find(browser, "#own-state").text.startswith("Best of 2 climbs"), seconds=90)
    assert "without dog, cat, after “a red”" in find(browser, "#own-state").text
    new, old = browser.execute_script("""
        return [...document.querySelectorAll("#own-dreamt ol")].map((list) =>
            [...list.querySelectorAll(".word")].map((word) => word.textContent))""")
    assert len(new) == 2 and not set(BAN) & set(new) and old == card["dream"]["ngram"]["pieces"]
    assert find(browser, "#own-dream").is_enabled()
    assert not find(browser, "#own-stop").is_displayed()
    find(browser, "#own-ban").send_keys(", elephant\n")
    wait(browser, lambda: find(browser, "#own-state").text.startswith("Ban 'elephant'"))
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    # The refusal is all that the console was told.
    (said,) = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert "400" in said["message"]


def test_a_server_that_is_busy_is_asked_again(browser, served):
    open_at(browser, served.address, f"#neuron={NEURON}")
    find(browser, "#own-text")
    told = browser.execute_async_script("""
        const [done] = arguments, real = window.fetch;
        let asked = 0;
        window.fetch = async (...call) => ++asked > 2 ? real(...call)
            : new Response("Service Unavailable", { status: 503 });
        ask("GET", "/dream").catch((error) => {
            dreaming = null;
            follow();
            setTimeout(() => {
                clearTimeout(asking);
                done([error.message, asked, dreaming.state]);
            }, 3000);
        });""")
    assert told[0] == "The server answers 503; try again"
    assert told[1] == 3 and told[2] in ("none", "done")


def test_an_interrupt_ends_it_without_a_word(monkeypatch):
    script = importlib.import_module("launch.serve")

    def serve():
        raise KeyboardInterrupt

    def open_server(opened, cards, listening):
        listening.close()
        return server.Server("http://127.0.0.1:1/", "t", serve, None)

    monkeypatch.setattr(script.flags, "cards_of", lambda *_: (None, []))
    monkeypatch.setattr(server, "open_server", open_server)
    ended = launch("serve", "--run=x", "--port=0", "--survey=y")
    assert (ended.status, ended.stderr) == (0, "") and "127.0.0.1:1/" in ended.stdout


def test_the_file_on_disk_offers_nothing_to_try(browser, opened, tmp_path):
    write_page(tmp_path / "report.html", *opened)
    open_at(browser, (tmp_path / "report.html").as_uri(), f"#neuron={NEURON}")
    assert texts(browser, "#view-neuron h2") and not texts(browser, ".try")
    assert browser.execute_script("return DATA.served") is None
