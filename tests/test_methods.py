"""The table of methods: its settings, the paper's, and one that a person adds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.ascents import PAPER, temperature_schedule
from neurondream.errors import InputError
from neurondream.methods import EFFORTS, METHODS, SETTINGS, settings_of
from neurondream.searches.swaps import SwapsInfo, describe_swaps

PUBLISHED = {
    "embfree": {"steps": 20, "patience": 25},
    "logits": {"steps": 200, "patience": 100},
    "softmax": {"steps": 200, "patience": 100},
    "gumbel": {"steps": 200, "patience": 200, "samples": 64},
}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_settings_with_their_meaning(name):
    settings = settings_of(name)
    assert settings.keys() <= SETTINGS.keys()
    method = nd.make_method(name)
    assert method.name == name
    # None stands for what follows from others: the effort's.
    assert {key: value for key, value in method.settings.items() if settings.get(key) is not None
            and key in settings} == {k: v for k, v in settings.items() if v is not None}
    assert bool(method.search) != bool(method.ngrams)
    with pytest.raises(TypeError, match="positional"):
        METHODS[name](3)


@pytest.mark.parametrize("name", PAPER)
def test_paper_settings(name):
    settings = nd.make_method(name, **PAPER[name]).settings
    every = {"learning_rate": 1e-3, "epsilon": 1e-7, "restarts": 1, "epochs": 1_000}
    expected = PUBLISHED[name] | every
    assert {key: settings[key] for key in expected} == expected
    assert nd.make_method(name).settings != settings


def test_paper_temperatures():
    gumbel, softmax = (
        temperature_schedule(nd.make_method(name, **PAPER[name]).settings)
        for name in ("gumbel", "softmax")
    )
    for step in (0, 1, 1000, 59_912):
        np.testing.assert_allclose(gumbel(step), 2 * 0.99995**step, rtol=1e-4)
    assert float(gumbel(59_900)) > 0.1
    for step in (59_920, 2_000_000):
        np.testing.assert_allclose(gumbel(step), 0.1)
    for step in (0, 5_000, 2_000_000):
        assert float(softmax(step)) == 1


def test_epsilon_reaches_the_optimizer():
    def score(words):
        hard = jnp.issubdtype(words.dtype, jnp.integer)
        return (jax.nn.one_hot(words, 9) if hard else words)[:, 5].sum()

    problem = nd.Problem(2, np.ones(9, bool), jnp.eye(9), 9)
    for epsilon, reached in ((1e-8, True), (1e9, False)):
        search = nd.softmax(epochs=20, epsilon=epsilon).search(problem)
        assert (search(jax.random.key(0), score).score == 2) == reached


def test_efforts_are_settings_of_swaps():
    for effort, usual in EFFORTS.items():
        settings = nd.best(effort=effort).settings
        assert (settings["restarts"], settings["rounds"]) == (usual["restarts"], usual["rounds"])
        assert settings.get("polish", False) == usual["polish"]
        assert nd.best(effort=effort, restarts=3).settings["restarts"] == 3


def test_names_put_methods_together():
    polished = nd.make_method("gumbel+polish", epochs=3)
    assert polished.settings == nd.gumbel(epochs=3).settings | {"polish": True}
    started = nd.make_method("softmax+swaps", epochs=3, rounds=2)
    assert started.settings == nd.swaps(rounds=2).settings | {
        "start": {"method": "softmax", **nd.softmax(epochs=3).settings}
    }
    assert nd.make_method("search+swaps").starts_from == "search"
    assert nd.make_method("gumbel+swaps").settings["start"]["restarts"] == 1


@pytest.mark.parametrize("name, settings, named", [
    ("magic", {}, "unknown method 'magic': give one of search, exhaustive"),
    ("gumbel+best", {}, "unknown method 'gumbel+best': swaps may start from"),
    ("swaps+gumbel+swaps", {}, "swaps may start from"),
    ("search+polish", {}, "search: cannot be polished"),
    ("best+polish", {}, "best: cannot be polished"),
    ("swaps", {"epochs": 3}, "epochs: no setting of swaps, which has restarts"),
    ("gumbel", {"epochs": 0}, "epochs=0: give 1 or more"),
    ("gumbel", {"learning_rate": -1.0}, "learning_rate=-1.0: give a number above 0"),
    ("softmax", {"temperature": (1.0, 2.0)}, "temperature=1,2: give the first and the last"),
    ("swaps", {"rounds": -1}, "rounds=-1: give 0 or more"),
    ("best", {"effort": "huge"}, "effort='huge': give one of quick, usual, thorough"),
    ("faces", {"faces": 0}, "faces=0: give 1 or more"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(name, settings, named):
    with pytest.raises(InputError) as caught:
        nd.make_method(name, **settings)
    assert named in str(caught.value) and "\n" not in str(caught.value)


def anneal(*, steps: int = 300, restarts: int = 2):
    """Change a word at random and keep the change if it does better, or by luck."""

    def build(problem):
        allowed = jnp.flatnonzero(problem.allowed)

        def search(key, score):
            def step(carry, key):
                tokens, value, best, highest = carry
                place, word, luck = jax.random.split(key, 3)
                changed = tokens.at[jax.random.randint(place, (), 0, problem.length)].set(
                    jax.random.choice(word, allowed)
                )
                reached = score(changed)
                keep = reached > value + jnp.log(jax.random.uniform(luck)) / 10
                tokens, value = (
                    jnp.where(keep, new, old)
                    for new, old in ((changed, tokens), (reached, value))
                )
                best = jnp.where(value > highest, tokens, best)
                return (tokens, value, best, jnp.maximum(value, highest)), None

            begin, walk = jax.random.split(key)
            tokens = jax.random.choice(begin, allowed, (problem.length,)).astype(jnp.int32)
            value = score(tokens)
            (_, _, best, highest), _ = jax.lax.scan(
                step, (tokens, value, tokens, value), jax.random.split(walk, steps * restarts)
            )
            return nd.Dream(best, highest, {"tried": jnp.int32(steps * restarts)})

        return search

    return nd.Method(
        "anneal", {"steps": steps, "restarts": restarts}, search=build,
        describe=lambda info, spell: {"tried": int(info["tried"])},
    )


def test_one_entry_adds_a_method(monkeypatch, tmp_path):
    """By name, polished, with its settings in the manifest and its own words in the lines."""
    monkeypatch.setitem(METHODS, "anneal", anneal)
    model = toys.causal().model
    names = toys.neurons_of(toys.causal())[:3]
    run = nd.open_run(tmp_path / "run", model, length=2)
    exact = list(nd.run(run, names, "exhaustive"))
    found = list(nd.run(run, names, nd.make_method("anneal", steps=400)))
    for line, best in zip(found, exact, strict=True):
        assert line["tried"] == 800
        assert line["score"] <= best["score"] + 1e-5
    polished = list(nd.run(run, names, "anneal+polish"))
    for line, best in zip(polished, exact, strict=True):
        assert line["score"] == pytest.approx(best["score"], rel=1e-5, abs=1e-5)
        assert line["certificate"]["certified"] and line["tried"] == 600
    # Without an entry, too.
    monkeypatch.delitem(METHODS, "anneal")
    (again,) = nd.dream_neurons(model, names[0], length=2, method=anneal(steps=400))
    assert again["ngram"] == found[0]["ngram"]


def test_courses_keep_six_digits_of_the_smallest_activation():
    """At four decimals those of a neuron that moves by millionths were all nothing."""
    course = jnp.array([-jnp.inf, 1.23456789e-6, 2.5, 12345.678])
    told = describe_swaps(SwapsInfo(course, course, jnp.int32(0)), None)
    assert told == {"course": pytest.approx([1.23457e-6, 2.5, 12345.7], rel=1e-6)}
    assert 2.5 in told["course"] and len(f"{told['course'][0]}") <= 11


@pytest.mark.parametrize(
    "name", ["embfree", "logits", "softmax", "softmax:8", "gumbel", "swaps", "best", "fluent"]
)
def test_many_words_fit_the_usual_memory(name):
    """Those of Gemma; what does not fit side by side is climbed one after another."""
    problem = nd.Problem(
        12 if name == "fluent" else 5, np.ones(2**18, bool), None, 2304, parts=(0, 2), judged=4096
    )
    assert nd.make_method(name).memory(problem) <= 2**29
