"""What every method of the table, found by inspection, keeps to."""

import inspect
import json

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.base import LAST, InParts, InTurn, Place
from neurondream.dreaming import dream, make_score, score_tokens
from neurondream.methods import METHODS, settings_of
from neurondream.objectives import linear
from neurondream.runs.run import problem_of
from neurondream.sweeps.corpus import compile_corpus, sweep_ngrams
from neurondream.targets import number_targets

LENGTH = 3
SMALL = {"restarts": 2, "rounds": 1, "epochs": 4, "faces": 2, "effort": "usual"}
PLACES = (LAST, Place("word", 0), Place("max", 0), Place("mean", 0))


@pytest.fixture(autouse=True)
def no_rank_promotion():
    """What computes with [N, L] where [L] is meant is told, not broadcast."""
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module")
def run():
    params = toys.draw_params(0, {"table": (13, 8), "read": (8, 13), "offset": (1, 13)})
    tokenizer = toys.make_tokenizer(("<s>", "<unk>"), 11)

    def encode(params, vectors):
        hidden = jnp.tanh(jnp.cumsum(vectors, axis=0) / 4)
        return {"bag.hidden": hidden, "bag.logits": hidden @ params["read"] + params["offset"]}

    model = nd.make_model(
        "bag", encode, params, tokenizer, table=lambda params: params["table"]
    )
    return nd.hold_run(model, nd.make_corpus(toys.make_texts(), model, length=LENGTH))


def make_small(name):
    known = {
        setting for part in name.split("+") if part in METHODS for setting in settings_of(part)
    }
    return nd.make_method(name, **{key: value for key, value in SMALL.items() if key in known})


def make_targets(count, seed=0):
    rows = np.float32(np.random.default_rng(seed).normal(size=(count, 8)))
    return number_targets([f"{seed}.{n}" for n in range(count)], rows, np.zeros(count, np.float32))


# Those whose scores have two terms are in `test_fronts.py`.
NAMES = [
    name for name in METHODS if make_small(name).search and not make_small(name).judge
]
NAMES += [f"{name}+polish" for name in NAMES if name not in ("best", "faces")]
NAMES += ["gumbel+swaps"]


def test_the_table_is_all_there_is():
    """Every public function of the three modules that returns a method stands in it by its name."""
    from neurondream import ascents, fronts, methods

    makers = {
        name: function for module in (methods, ascents, fronts)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__
        and function.__annotations__.get("return") is nd.Method and not name.startswith("_")
        and name != "make_method"
    }
    assert makers == METHODS


@pytest.mark.parametrize("name", NAMES)
def test_a_climb_keeps_to_what_a_search_is(run, name):
    method, problem = make_small(name), problem_of(run)
    objective, params = linear("bag.hidden"), run.reader.prepared
    search = method.search(problem)

    def climb(key, targets):
        return dream(key, run.reader.encoder, params, objective, search, targets)

    chex.clear_trace_counter()
    traced = jax.jit(chex.assert_max_traces(climb, n=1))
    targets = make_targets(3)
    found = traced(jax.random.key(0), targets)
    chex.assert_shape(found.tokens, (3, LENGTH))
    chex.assert_type(found.tokens, jnp.int32)
    assert problem.allowed[np.asarray(found.tokens)].all()
    again = score_tokens(run.reader.encoder, params, objective, targets, found.tokens)
    np.testing.assert_allclose(found.score, again, rtol=1e-2 if "embfree" in name else 1e-5)
    # Another key, other neurons: the same program; the same key: the same dreams.
    traced(jax.random.key(1), make_targets(3, seed=1))
    chex.assert_trees_all_equal(traced(jax.random.key(0), targets).tokens, found.tokens)
    # Whoever is dreamt beside it.
    order = jnp.array([2, 0, 1])
    others = traced(jax.random.key(0), jax.tree.map(lambda x: x[order], targets))
    chex.assert_trees_all_equal(others.tokens, found.tokens[order])
    # What lines and manifests hold of it is JSON.
    one = jax.tree.map(lambda x: np.asarray(x[0]), found)
    json.dumps(method.describe(one.info, lambda ids: [int(number) for number in ids]))
    json.dumps(dict(method.settings))
    assert method.memory(problem) > 0 and method.passes(LENGTH) >= 0


@pytest.mark.parametrize("name", [name for name in METHODS if make_small(name).ngrams])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kind}.{place.number}")
def test_a_sweep_finds_what_a_sort_finds(run, name, place):
    source = make_small(name).ngrams(problem_of(run))
    objective, params, targets = linear("bag.hidden", place), run.reader.prepared, make_targets(3)
    sweep = compile_corpus(run.reader.encoder, objective)
    *_, (done, found, tally) = sweep_ngrams(sweep, params, targets, source, keep=5)
    assert done == source.total and sweep._cache_size() == 1
    every = source.tokens(np.arange(source.total))
    for row in range(3):
        target = jax.tree.map(lambda x, row=row: x[row], targets)
        score = make_score(run.reader.encoder, params, objective, target)
        scores = np.sort(jax.jit(jax.vmap(score))(every))[::-1]
        np.testing.assert_allclose(found.scores[row], scores[:5], rtol=1e-5)
        np.testing.assert_allclose(tally.mean[row], scores.mean(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kind}.{place.number}")
def test_an_objective_reads_all_kinds_of_words_alike(run, place):
    target = jax.tree.map(lambda x: x[0], make_targets(1))
    score = make_score(run.reader.encoder, run.reader.prepared, linear("bag.hidden", place), target)
    ids = jnp.array([4, 9, 6])
    table = run.reader.encoder.table(run.reader.prepared)
    kinds = (ids, jax.nn.one_hot(ids, 13), nd.Vectors(table[ids]), InTurn(tuple(ids)),
             InParts(ids[:1], ids[1:]))
    values = [float(score(words)) for words in kinds]
    np.testing.assert_allclose(values, values[0], rtol=1e-6)


@pytest.mark.parametrize("wrong", [
    nd.Target(jnp.zeros(2, jnp.uint32), jnp.zeros((3, 8)), jnp.zeros(3)),
    nd.Target(jnp.zeros(3, jnp.uint32), jnp.zeros(8), jnp.zeros(3)),
])  # fmt: skip
def test_targets_of_other_shapes_are_stopped_at_the_door(run, wrong):
    with pytest.raises(AssertionError):
        score_tokens(run.reader.encoder, run.reader.prepared, linear("bag.hidden"), wrong,
                     jnp.zeros((3, 2), jnp.int32))  # fmt: skip
