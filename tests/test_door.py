"""The server's door without a socket: the usual port, who leaves, and faults of ours."""

import asyncio
import json

import pytest

from neurondream.serving import door


def answer_of(app, method, path, message=None, sent=None, **headers):
    sent = [] if sent is None else sent

    async def receive():
        return message or {"type": "http.request", "body": b"", "more_body": False}

    async def send(part):
        sent.append(part)

    asyncio.run(app({
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(name.replace("_", "-").encode(), value) for name, value in headers.items()],
    }, receive, send))
    return sent


@pytest.mark.parametrize(("host", "status"), [
    (b"127.0.0.1", 200), (b"localhost", 200), (b"127.0.0.1:80", 403), (b"evil.example", 403),
])  # fmt: skip
def test_the_usual_port_is_left_out_as_browsers_do(host, status):
    app = door.make_app("page", {}, 80, "t")
    assert answer_of(app, "GET", "/", host=host)[0]["status"] == status


def test_who_leaves_is_no_fault(caplog):
    app = door.make_app("", {("POST", "/x"): lambda body: {}}, 8000, "t")
    headers = {"host": b"127.0.0.1:8000", "origin": b"http://127.0.0.1:8000", "x_token": b"t",
               "content_type": b"application/json"}  # fmt: skip
    answer_of(app, "POST", "/x", {"type": "http.disconnect"}, **headers)
    assert not caplog.records


def test_a_fault_of_ours_is_a_line_too(caplog):
    def break_down(body):
        raise ZeroDivisionError("secret")

    app, sent = door.make_app("", {("GET", "/x"): break_down}, 80, "t"), []
    with pytest.raises(ZeroDivisionError):  # which the server is told, and keeps to itself
        answer_of(app, "GET", "/x", sent=sent, host=b"127.0.0.1", x_token=b"t")
    assert sent[0]["status"] == 500 and b"secret" not in sent[1]["body"]
    assert "ZeroDivisionError" in json.loads(sent[1]["body"])["error"] and caplog.records
