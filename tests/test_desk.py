"""One job at a time, told as it goes."""

import threading
import time

import pytest

from neurondream.errors import InputError
from neurondream.serving.desk import BusyError, Desk


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_one_job_at_a_time_tells_how_far_it_is():
    desk, go = Desk(), threading.Semaphore(0)

    def work():
        for part in range(3):
            assert go.acquire(timeout=5)
            yield {"part": part}

    assert desk.look() == {"state": "none"}
    started = desk.start("x:1 is being dreamt", {"neuron": "x:1"}, 3, work)
    assert started["state"] == "running" and started["found"] is None
    go.release()
    until(lambda: desk.look()["done"] == 1)
    assert desk.look()["found"] == {"part": 0} and desk.look()["neuron"] == "x:1"
    with pytest.raises(BusyError, match="busy: x:1 is being dreamt, 1 of 3 climbs are done"):
        desk.start("y:1", {}, 3, work)
    with pytest.raises(BusyError, match="1 of 3"):
        desk.check()
    desk.stop()
    go.release()
    until(lambda: desk.look()["state"] == "done")
    assert desk.look()["done"] == 2


def test_a_job_that_fails_is_told_and_the_next_can_come(caplog):
    desk = Desk()
    for error, told in ((InputError("no n-gram"), "no n-gram"), (KeyError("x"), "wrong: KeyError")):

        def work(error=error):
            raise error

        desk.start("x:1", {}, 1, work)
        until(lambda: desk.look()["state"] == "failed")
        assert told in desk.look()["error"]
    assert len(caplog.records) == 1  # a fault of ours stands in the terminal
