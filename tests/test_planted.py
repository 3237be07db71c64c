"""Searches against models whose best n-grams are known by construction.

The score adds up what each word brings at its place and, in the bigram models, what each pair of
neighbours brings: there one swap at a time gets stuck. A few forbidden words would bring most.
"""

import functools
import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream import relaxations
from neurondream.base import Dream, Encoder, Steps
from neurondream.dreaming import compile_dreams, make_score
from neurondream.objectives import linear
from neurondream.searches.ascent import ascent
from neurondream.searches.polish import polish
from neurondream.searches.substitution import estimate_substitutes
from neurondream.searches.swaps import swaps
from neurondream.sweeps.corpus import compile_corpus, sweep_ngrams
from neurondream.sweeps.prefixes import all_ngrams
from neurondream.targets import number_targets

LENGTH, VOCABULARY, FORBIDDEN, TARGETS = 4, 40, 4, 12
ALLOWED = np.arange(VOCABULARY) >= FORBIDDEN
OBJECTIVE = linear("sum")


class Planted(NamedTuple):
    """What words bring to `D` sums."""

    places: np.ndarray  # [D, L, V], each word at each place
    pairs: np.ndarray  # [D, V, V], each word after each other


class Read(NamedTuple):
    place: jax.Array
    word: jax.Array
    sums: jax.Array  # [D]


def embed(params, words):
    hard = jnp.issubdtype(words.dtype, jnp.integer)
    return jax.nn.one_hot(words, VOCABULARY) if hard else words


def encode(params, x):
    single = jnp.einsum("lv,dlv->ld", x, params.places)
    pairs = jnp.einsum("lv,dvw,lw->ld", x[:-1], params.pairs, x[1:])
    return {"sum": jnp.cumsum(single.at[1:].add(pairs), axis=0)}


def begin(params, word):
    return Read(jnp.int32(0), word, params.places[:, 0, word])


def advance(params, read, word):
    place = read.place + 1
    more = params.places[:, place, word] + params.pairs[:, read.word, word]
    return Read(place, word, read.sums + more)


def read(params, read):
    return {"sum": read.sums}


STEPS = Steps(begin, advance, read)
# No search asks a score for word vectors.
ENCODER = Encoder(embed, encode, table=None, steps=STEPS, rough=STEPS)


def plant(pairs):
    """Draw a model; `pairs` says how much neighbours bring."""
    generator = np.random.default_rng(7)
    places = generator.normal(size=(TARGETS, LENGTH, VOCABULARY))
    places[..., :FORBIDDEN] += 20
    bonus = pairs * generator.normal(size=(TARGETS, VOCABULARY, VOCABULARY))
    return Planted(places.astype(np.float32), bonus.astype(np.float32))


MODELS = {"additive": plant(0), "bigram": plant(0.5), "strong bigram": plant(1)}
NEURONS = number_targets(
    [f"sum:{unit}" for unit in range(TARGETS)], np.eye(TARGETS, dtype=np.float32),
    np.zeros(TARGETS, np.float32),
)


def add_up(model, tokens):
    """Score n-grams `[D, L]` by hand."""
    rows = np.arange(TARGETS)[:, None]
    single = model.places[rows, np.arange(LENGTH), tokens]
    return single.sum(axis=1) + model.pairs[rows, tokens[:, :-1], tokens[:, 1:]].sum(axis=1)


def solve(model, allowed=ALLOWED):
    """Find each target's best n-gram, word by word (Viterbi 1967)."""
    tokens = np.zeros((TARGETS, LENGTH), int)
    for target, (places, pairs) in enumerate(zip(*model, strict=True)):
        places = np.where(allowed, places, -1e9)
        best, back = places[0], []
        for brought in places[1:]:
            total = best[:, None] + pairs + brought
            back.append(total.argmax(axis=0))
            best = total.max(axis=0)
        word = best.argmax()
        for place in reversed(range(LENGTH)):
            tokens[target, place] = word
            word = back[place - 1][word] if place else word
    return tokens


def random_climb():
    """Swap one word at a time from a random n-gram, until nothing helps."""
    words = jnp.asarray(np.flatnonzero(ALLOWED), jnp.int32)

    def start(key, score):
        tokens = jax.random.choice(key, words, (LENGTH,))
        return Dream(tokens, score(tokens), ())

    return polish(start, ALLOWED, block=16)


def climb(relaxation, samples):
    return ascent(relaxation, optax.adam(0.3), epochs=100, steps=2, samples=samples)


SEARCHES = {
    "gumbel": lambda: climb(relaxations.gumbel_softmax(
        LENGTH, jnp.asarray(ALLOWED), optax.exponential_decay(2.0, 200, 0.05)), 4),
    "softmax": lambda: climb(relaxations.softmax(LENGTH, jnp.asarray(ALLOWED)), 1),
    "random climb": random_climb,
    "polished swaps": lambda: polish(swaps(LENGTH, ALLOWED), ALLOWED, block=16),
    "one swap": lambda: swaps(LENGTH, ALLOWED, restarts=1, sweeps=1, rounds=0, candidates=1),
}


@functools.cache
def compiled(method):
    return compile_dreams(ENCODER, OBJECTIVE, SEARCHES[method]())


@functools.cache
def find(method, model):
    return jax.tree.map(np.asarray, compiled(method)(jax.random.key(0), MODELS[model], NEURONS))


def solved(score, model):
    """Tell which scores are those of the best n-grams."""
    return score >= add_up(MODELS[model], solve(MODELS[model])) - 1e-4


# At most and at least these shares of targets are solved. Six keys gave, of 12 targets,
#   additive: all, by every method
#   bigram: random climb 5-9, gumbel 6-8, softmax 8-9, swaps 11-12
#   strong bigram: random climb 0-4, gumbel 1, softmax 1, swaps 9-11
@pytest.mark.parametrize(
    "method, model, least, most",
    [
        ("random climb", "additive", 1, 1),
        ("one swap", "additive", 1, 1),  # its gradient is exact
        ("gumbel", "additive", 0.75, 1),
        ("softmax", "additive", 0.75, 1),
        ("swaps", "additive", 1, 1),
        ("polished swaps", "additive", 1, 1),
        ("random climb", "bigram", 0.2, 0.85),
        ("gumbel", "bigram", 0.4, 1),
        ("softmax", "bigram", 0.4, 1),
        ("swaps", "bigram", 0.9, 1),
        ("polished swaps", "bigram", 0.9, 1),
        ("random climb", "strong bigram", 0, 0.5),
        ("swaps", "strong bigram", 0.6, 1),
        ("polished swaps", "strong bigram", 0.6, 1),
    ],
)
def test_share_of_targets_solved(method, model, least, most):
    found = find("polished swaps" if method == "swaps" else method, model)
    assert ALLOWED[found.tokens].all()
    np.testing.assert_allclose(
        found.score, add_up(MODELS[model], found.tokens), rtol=1e-5, atol=1e-5
    )
    best = add_up(MODELS[model], solve(MODELS[model]))
    assert np.all(found.score <= best + 1e-4)
    share = solved(found.info.start if method == "swaps" else found.score, model).mean()
    print(f"{method}, {model}: {share:.0%}")
    assert least <= share <= most


def test_a_certificate_is_about_single_swaps():
    found = find("random climb", "bigram")
    assert found.info.certified.all() and not solved(found.score, "bigram").all()


def test_margins_of_an_additive_model_are_known():
    found = find("polished swaps", "additive")
    assert found.info.certified.all()
    places = np.where(ALLOWED, MODELS["additive"].places, -np.inf)
    order = np.argsort(-places, axis=2)
    first, second = (
        np.take_along_axis(places, order[..., rank, None], axis=2)[..., 0] for rank in (0, 1)
    )
    place = np.argmin(first - second, axis=1)  # where the second best word costs least
    rows = np.arange(TARGETS)
    np.testing.assert_allclose(
        found.info.margin, (first - second)[rows, place], rtol=1e-4, atol=1e-5
    )
    runner_up = order[..., 0].copy()
    runner_up[rows, place] = order[rows, place, 1]
    np.testing.assert_array_equal(found.info.runner_up, runner_up)


def test_estimates_of_an_additive_model_are_exact():
    model = MODELS["additive"]
    score = make_score(ENCODER, model, OBJECTIVE, jax.tree.map(lambda x: x[2], NEURONS))
    found = estimate_substitutes(score, jnp.array([5, 9, 30, 9]), VOCABULARY)
    np.testing.assert_allclose(found, model.places[2], rtol=1e-5)


def test_exhaustive_search_solves_any_model():
    allowed = np.isin(np.arange(VOCABULARY), [4, 9, 17, 22, 31, 38])
    ngrams = np.array(list(itertools.product(np.flatnonzero(allowed), repeat=LENGTH)))
    sweep_block = compile_corpus(ENCODER, OBJECTIVE)
    for model in MODELS.values():
        source = all_ngrams(allowed, LENGTH, 500)
        *_, (done, found, _) = sweep_ngrams(sweep_block, model, NEURONS, source, keep=3)
        assert done == len(ngrams)
        best = source.tokens(found.rows[:, 0])
        np.testing.assert_array_equal(best, solve(model, allowed))
        every = [add_up(model, np.tile(ngram, (TARGETS, 1))) for ngram in ngrams]
        np.testing.assert_allclose(
            found.scores, -np.sort(-np.stack(every, axis=1))[:, :3], rtol=1e-5, atol=1e-5
        )
