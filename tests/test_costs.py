"""What a program does is counted before it is compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream import costs
from neurondream.costs import count_work, estimate_seconds

A, B = jnp.ones((3, 4)), jnp.ones((4, 5))
ONE = 2 * 3 * 4 * 5  # operations of A @ B


def count(function, *arguments):
    return count_work(jax.jit(function).trace(*arguments).jaxpr.jaxpr)


def multiply(a, b):
    return a @ b


def loop(a, b):
    return jax.lax.fori_loop(0, 7, lambda _, c: jnp.tanh(c) @ b @ b.T, a)


def branch(a, b):
    return jax.lax.cond(a[0, 0] > 0, lambda: (a @ b).sum(), lambda: a.sum())


def go_on(turns, patience=None):
    """A loop of so many turns at most, or one that loses patience."""
    def unfinished(state):
        turn, stale, c = state
        ended = (turn < turns) & jnp.all(c < 9)
        return ended if patience is None else ended & (stale < patience)

    def loop(a, b):
        def turn(state):
            turn, stale, c = state
            return turn + 1, stale + 1, c @ b @ b.T

        return jax.lax.while_loop(unfinished, turn, (0, 0, a))

    return loop


def drop_in_a_loop(a, b):
    """The loop keeps no product, however long it goes on."""
    def turn(c):
        _unread = c @ b
        return c + 1

    return jax.lax.while_loop(lambda c: jnp.all(c < 9), turn, a)


@pytest.mark.parametrize(("function", "products"), [
    (multiply, 1),
    (lambda a, b: (a @ b, (a + 1) @ b)[0], 1),  # the other one is never read
    (jax.vmap(multiply, (0, None)), 1),
    (loop, 14),
    (branch, 1),
    (drop_in_a_loop, 0),
    (go_on(20), 2 * 2),
    (go_on(1000, patience=50), 2 * 50),
    (go_on(30, patience=50), 2 * 30),
    (jax.grad(lambda a, b: jnp.sum(jnp.tanh(a @ b)), (0, 1)), 3),
])
def test_products_are_counted_as_often_as_they_are_done(function, products):
    assert count(function, A, B)["product"] == pytest.approx(products * ONE)


def test_other_work_is_counted_by_its_kind():
    work = count(multiply, A.astype(jnp.bfloat16), B.astype(jnp.bfloat16))
    assert work["rough"] == ONE and not work["product"]
    assert work["bytes"] == 2 * (A.size + B.size + 15)
    assert count(multiply, A, B)["bytes"] == 4 * (A.size + B.size + 15)
    assert count(lambda a: jnp.tanh(a) + 1, A)["elements"] == 2 * A.size
    assert count(jnp.sum, A)["elements"] == A.size

    def ask(a):
        shape = jax.ShapeDtypeStruct((), jnp.float32)
        return jax.pure_callback(lambda values: np.float32(0), shape, a)

    assert count(ask, A)["called"] == A.size
    # Of two branches the most of each kind.
    apart = count(lambda a, b: jax.lax.cond(
        a[0, 0] > 0, lambda: (a @ b).sum(), lambda: jnp.tanh(a.repeat(99)).sum()
    ), A, B)
    assert apart["product"] == ONE and apart["elements"] >= 99 * A.size


def test_seconds_follow_from_work_and_rates(monkeypatch):
    rates = dict.fromkeys(("product", "rough", "bytes", "elements", "called"), 0.0)
    monkeypatch.setattr(costs, "measure_rates", lambda: rates | {"product": 0.5})
    assert estimate_seconds(jax.jit(multiply).trace(A, B).jaxpr) == ONE / 2


def test_every_rate_is_measured():
    rates = costs.measure_rates()
    assert all(0 < rate < 1e-3 for rate in rates.values())
    assert set(rates) == {"product", "rough", "bytes", "elements", "called"}


def test_a_climb_with_patience_is_foretold_for_as_long(monkeypatch):
    """So are the paper's, whose end nobody knows; and a second run with the same programs."""
    counted = []
    monkeypatch.setattr("neurondream.runs.dreams.estimate_seconds", lambda program: (
        counted.append(count_work(program.jaxpr)["product"]) or 1.0
    ))
    toy = toys.TOYS["bidirectional"]()
    run = nd.hold_run(toy.model, length=2)
    (neuron, other, *_) = toys.neurons_of(toy)
    for patience in (None, 5, 10):
        method = nd.gumbel(epochs=20, restarts=1, patience=patience)
        next(nd.run(run, neuron, method, report=lambda line: None))
    whole, five, ten = counted
    assert ten == pytest.approx(2 * five, rel=0.05) and whole == pytest.approx(4 * five, rel=0.05)
    told = []
    next(nd.run(run, f"-{neuron}", method, report=told.append))
    assert len(told) == 2 and counted[3:] == [ten]
    next(nd.run(run, other, method))  # to nobody
    assert len(counted) == 4


@pytest.mark.parametrize(("method", "once", "twice"), [
    (nd.gumbel, {"epochs": 20}, {"epochs": 40}), (nd.swaps, {"rounds": 9}, {"rounds": 19}),
])
def test_a_climb_is_foretold_before_it_runs(method, once, twice, monkeypatch):
    """Twice the turns are twice the time; so are, nearly, twice the chunks."""
    rates = dict.fromkeys(("product", "rough"), 1.0) | dict.fromkeys(("bytes", "elements"), 0.0)
    monkeypatch.setattr(costs, "measure_rates", lambda: rates | {"called": 0.0})
    monkeypatch.setattr("neurondream.runs.dreams.format_seconds", repr)
    toy = toys.TOYS["bidirectional"]()
    (neuron, *_) = toys.neurons_of(toy)
    neurons = [neuron, f"-{neuron}"]

    def foretell(settings, chunk):
        run, told = nd.hold_run(toy.model, length=2)._replace(chunk=chunk), []
        next(nd.run(run, neurons, method(**settings), report=told.append))
        assert len(told) == 2 and told[0].endswith("GiB at once")
        _, seconds = told[1].removesuffix(" in all, besides compiling").split(": about ")
        return float(seconds)

    one = foretell(once, 2)
    assert foretell(twice, 2) == pytest.approx(2 * one, rel=0.05)
    assert one <= foretell(once, 1) < 2 * one
