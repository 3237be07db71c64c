"""Swaps, polish, restarts and exhaustive search, by all dreams of a toy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream import relaxations
from neurondream.base import Dream, Rough
from neurondream.dreaming import compile_dreams, make_score, score_tokens
from neurondream.errors import InputError
from neurondream.searches.ascent import ascent
from neurondream.searches.polish import polish
from neurondream.searches.pool import best_of_pool
from neurondream.searches.restarts import best_of
from neurondream.searches.swaps import swaps
from rigs import OBJECTIVE, by_hand, pick, row_of, substitutes

METHODS = ("swaps", "polished swaps", "polished softmax", "best of gumbel")
POLISHED = ("polished swaps", "polished softmax", "polished worst")
KEY = jax.random.key(3)
every_method = pytest.mark.parametrize("method", METHODS)
every_polished = pytest.mark.parametrize("method", POLISHED)


def small_ascent(toy, method):
    allowed = jnp.asarray(toy.allowed)
    if method == "softmax":
        relaxation = relaxations.softmax(3, allowed)
    else:
        relaxation = relaxations.gumbel_softmax(3, allowed, lambda step: 0.5)
    samples = 1 if method == "softmax" else 2
    return ascent(relaxation, optax.adam(0.3), epochs=3, steps=2, samples=samples)


def make_search(toy, rig, method):
    """Build a search small enough to leave something to be found."""
    few = {"restarts": 2, "sweeps": 1, "rounds": 2, "candidates": 3}
    match method:
        case "swaps":
            return swaps(3, toy.allowed, **few)
        case "polished swaps":
            return polish(make_search(toy, rig, "swaps"), toy.allowed, block=3)
        case "polished softmax":
            return polish(small_ascent(toy, "softmax"), toy.allowed)
        case "polished worst":
            return polish(extreme(rig, jnp.argmin), toy.allowed, block=8)
        case "best of gumbel":
            return best_of(small_ascent(toy, "gumbel"), 3)


def extreme(rig, choose):
    """Find the n-gram that `choose` chooses of all scores."""

    def search(key, score):
        del key
        scores = jax.vmap(score)(jnp.asarray(rig.ngrams))
        row = choose(scores)
        return Dream(jnp.asarray(rig.ngrams)[row], scores[row], ())

    return search


@pytest.fixture(scope="module")
def find(toy, rig):
    """Dream by a method, or by a search; each compiled once a shape."""

    @functools.cache
    def compiled(method):
        search = make_search(toy, rig, method) if isinstance(method, str) else method
        return compile_dreams(toy.encoder, OBJECTIVE, search)

    def run(method, targets=rig.targets, key=KEY):
        return jax.tree.map(np.asarray, compiled(method)(key, toy.params, targets))

    return run


@pytest.fixture(scope="module")
def rescore(toy, rig):
    """Score n-grams `[12, L]` again."""

    @jax.jit
    def scores_of(tokens):
        return score_tokens(toy.encoder, toy.params, OBJECTIVE, rig.targets, tokens)

    return scores_of


@every_method
def test_scores_are_those_of_the_tokens(toy, rig, find, rescore, method):
    found = find(method)
    assert found.tokens.shape == (12, 3) and found.tokens.dtype == np.int32
    assert found.score.shape == (12,)
    np.testing.assert_allclose(found.score, rescore(found.tokens), rtol=1e-5, atol=1e-6)
    assert toy.allowed[found.tokens].all()
    np.testing.assert_allclose(found.score, by_hand(rig, found.tokens), rtol=1e-4, atol=1e-5)
    assert np.all(found.score <= rig.scores.max(axis=1) + 1e-5)


@every_method
def test_same_key_same_dream(find, method):
    one, again = find(method), find(method)
    jax.tree.map(np.testing.assert_array_equal, one, again)
    other = find(method, key=jax.random.key(78))
    pairs = zip(jax.tree.leaves(one.info), jax.tree.leaves(other.info), strict=True)
    assert not all(np.array_equal(a, b) for a, b in pairs)


@every_method
def test_company_does_not_change_a_dream(rig, find, method):
    together = find(method)
    if method != "swaps":  # one more program to compile; polished ones tell of them
        size = 1 if method in ("polished swaps", "best of gumbel") else 5
        # The last chunk of five is filled up.
        chunks = np.minimum(np.arange(-(-12 // size) * size), 11).reshape(-1, size)
        found = [find(method, pick(rig.targets, chunk)).tokens for chunk in chunks]
        np.testing.assert_array_equal(np.concatenate(found)[:12], together.tokens)
    rows = np.array([3, 11, 0, 7, 5, *7 * [2]])
    others = find(method, pick(rig.targets, rows))
    np.testing.assert_array_equal(others.tokens, together.tokens[rows])


@every_polished
def test_certificates_hold(rig, find, method):
    found = find(method)
    assert found.info.certified.all()
    for row in range(12):
        others = substitutes(found.tokens[row])
        scores = rig.scores[row][row_of(others)]
        assert scores.max() <= found.score[row] + 1e-5
        np.testing.assert_allclose(
            found.info.margin[row], found.score[row] - scores.max(), rtol=1e-4, atol=1e-5
        )
    runner_up = found.info.runner_up
    assert np.all(np.sum(runner_up != found.tokens, axis=1) == 1)
    np.testing.assert_allclose(
        by_hand(rig, runner_up), found.score - found.info.margin, rtol=1e-4, atol=1e-5
    )


@every_polished
def test_polish_never_lowers_a_score(rig, find, method):
    found = find(method)
    assert np.all(found.score >= found.info.start)
    if method == "polished swaps":
        np.testing.assert_allclose(found.info.start, find("swaps").score, rtol=1e-5, atol=1e-6)
    if method == "polished worst":
        np.testing.assert_allclose(found.info.start, rig.scores.min(axis=1), rtol=1e-4, atol=1e-5)


def sweep_by_hand(scores, tokens):
    """Put the best word at each place, from the last to the first."""
    tokens = tokens.copy()
    for place in (2, 1, 0):
        others = np.tile(tokens, (8, 1))
        others[:, place] = np.arange(4, 12)
        tokens = others[np.argmax(scores[row_of(others)])]
    return tokens


def test_polish_is_coordinate_ascent(toy, rig, find):
    worst = extreme(rig, jnp.argmin)
    once, done = find(polish(worst, toy.allowed, sweeps=1)), find("polished worst")
    for row, scores in enumerate(rig.scores):
        tokens = [rig.ngrams[np.argmin(scores)]]
        while len(tokens) < 2 or not np.array_equal(tokens[-1], tokens[-2]):
            tokens.append(sweep_by_hand(scores, tokens[-1]))
        np.testing.assert_array_equal(once.tokens[row], tokens[1])
        np.testing.assert_array_equal(done.tokens[row], tokens[-1])
        assert done.info.sweeps[row] == len(tokens) - 1  # the last one changes nothing
    # One sweep from the worst n-gram changes something and so certifies nothing.
    assert not once.info.certified.any() and not once.info.margin.any()
    assert np.all(once.info.sweeps == 1) and np.all(once.score > once.info.start)


def test_polish_leaves_the_best_alone(toy, rig, find):
    found = find(polish(extreme(rig, jnp.argmax), toy.allowed, sweeps=1))
    assert found.info.certified.all() and np.all(found.info.margin >= 0)
    np.testing.assert_array_equal(found.tokens, rig.ngrams[rig.scores.argmax(axis=1)])


def test_best_of_keeps_the_best(toy, find):
    search = small_ascent(toy, "gumbel")

    def apart(key, score):
        keys = [jax.random.fold_in(key, number) for number in range(3)]
        return jax.lax.map(lambda key: search(key, score), jnp.stack(keys))

    each, one, three = find(apart), find(best_of(search, 1)), find("best of gumbel")
    assert np.any(each.score[:, 0] < each.score.max(axis=1))
    for restarts, found in ((1, one), (3, three)):
        best = np.arange(12), each.score[:, :restarts].argmax(axis=1)
        np.testing.assert_array_equal(found.tokens, each.tokens[best])
        np.testing.assert_allclose(found.info.hard, each.info.hard[best], rtol=1e-4, atol=1e-5)
    assert np.all(three.score >= one.score - 1e-6)


@pytest.mark.parametrize("make", [
    lambda toy, some: best_of(small_ascent(toy, "gumbel"), 4, some),
    lambda toy, some: swaps(3, toy.allowed, restarts=4, rounds=2, candidates=3, at_once=some),
])
def test_climbs_one_after_another_end_where_those_side_by_side_do(toy, find, make):
    together, some = find(make(toy, None)), find(make(toy, 2))
    np.testing.assert_array_equal(some.tokens, together.tokens)
    np.testing.assert_allclose(some.score, together.score, rtol=1e-4)


def test_the_best_of_a_pool_is_its_best(rig, find):
    rows = np.random.default_rng(0).choice(512, 70, replace=False)
    found = find(best_of_pool(rig.ngrams[rows]))
    np.testing.assert_array_equal(found.tokens, rig.ngrams[rows][rig.scores[:, rows].argmax(1)])
    np.testing.assert_allclose(found.score, by_hand(rig, found.tokens), rtol=1e-4, atol=1e-5)
    with pytest.raises(InputError, match="0 n-grams"):
        best_of_pool(rig.ngrams[:0])


def test_swaps_go_on_from_a_start(toy, rig, find):
    few = {"restarts": 2, "sweeps": 1, "rounds": 0, "candidates": 1}
    best, some = best_of_pool(rig.ngrams), best_of_pool(rig.ngrams[::16])
    alone = find(swaps(3, toy.allowed, **few))
    begun = find(swaps(3, toy.allowed, **few, start=some))
    assert np.all(begun.score >= find(some).score - 1e-6)
    assert np.any(begun.tokens != alone.tokens)
    # Only the first of the n-grams starts there.
    np.testing.assert_array_equal(begun.info.restarts[:, 1], alone.info.restarts[:, 1])
    found = find(swaps(3, toy.allowed, **few, start=best))
    np.testing.assert_array_equal(found.tokens, rig.ngrams[rig.scores.argmax(axis=1)])


def test_swaps_never_end_below_their_start_however_rough_their_ranking(toy, rig):
    start = extreme(rig, jnp.argmax)
    target = pick(rig.targets, 0)

    def score(words):
        exact = make_score(toy.encoder, toy.params, OBJECTIVE, target)(words)
        return -exact if isinstance(words, Rough) else exact

    def misled(first):
        return swaps(3, toy.allowed, restarts=2, sweeps=2, rounds=2, candidates=8, start=first)

    best = rig.scores[0].max()
    assert misled(None)(KEY, score).score < best - 0.1
    kept = misled(start)(KEY, score)
    np.testing.assert_allclose(kept.score, best, rtol=1e-5)
    assert row_of(np.asarray(kept.tokens)) == rig.scores[0].argmax()
    np.testing.assert_allclose(kept.info.course[-1], kept.score)


def test_the_course_of_swaps_ends_at_the_dream(find):
    found = find("swaps")
    assert found.info.course.shape == (12, 3) and found.info.restarts.shape == (12, 2)
    assert np.all(np.diff(found.info.course, axis=1) >= -1e-6)  # rough before the last
    assert np.any(np.diff(found.info.course, axis=1) > 0)
    np.testing.assert_array_equal(found.info.course[:, -1], found.score)
    np.testing.assert_array_equal(found.info.restarts.max(axis=1), found.score)


def test_the_least_swaps(toy, find, rescore):
    found = find(swaps(2, toy.allowed, restarts=1, sweeps=1, rounds=0, candidates=1))
    assert found.tokens.shape == (12, 2) and toy.allowed[found.tokens].all()
    np.testing.assert_allclose(found.score, rescore(found.tokens), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.info.course, found.score[:, None])
    np.testing.assert_array_equal(found.info.restarts, found.score[:, None])


def test_swaps_of_one_word_try_every_word(toy, rig, find, rescore):
    found = find(swaps(1, toy.allowed, restarts=1, sweeps=1, rounds=1, candidates=100))
    every = np.stack([rescore(np.full((12, 1), word)) for word in range(4, 12)], axis=1)
    np.testing.assert_allclose(found.score, every.max(axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.tokens[:, 0], 4 + every.argmax(axis=1))


def test_swaps_reach_the_maximum(toy, rig, find):
    best = rig.scores.max(axis=1)
    found = find(polish(swaps(3, toy.allowed), toy.allowed))
    for score in (found.info.start, found.score):
        assert np.sum(score >= best - 1e-4) >= 11, best - score


@pytest.mark.parametrize(
    "name, value, build",
    [
        *((name, 0, swaps) for name in ("length", "restarts", "sweeps", "candidates")),
        ("rounds", -1, swaps),
        ("sweeps", 0, polish), ("block", 0, polish),
        ("restarts", 0, best_of),
    ],
)
def test_settings_below_their_least_are_refused(toy, name, value, build):
    with pytest.raises(InputError, match=f"{name}={value}"):
        if build is swaps:
            swaps(**{"length": 3, "allowed": toy.allowed, name: value})
        elif build is polish:
            polish(None, toy.allowed, **{name: value})
        else:
            best_of(None, value)
