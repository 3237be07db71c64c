"""Searches against models whose best n-grams are known by construction.

The score adds up what each word brings at its place and, in the second model, what each pair of
neighbours brings: there one swap at a time gets stuck. A few forbidden words would bring most.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neurondream import relaxations
from neurondream.base import Dream, Encoder, Steps
from neurondream.dreaming import compile_dreams, score_tokens
from neurondream.objectives import linear, make_targets
from neurondream.searches.ascent import ascent
from neurondream.searches.polish import polish
from neurondream.searches.swaps import swaps

pytestmark = pytest.mark.usefixtures("quick_compiles")

LENGTH, VOCABULARY, FORBIDDEN, TARGETS = 4, 40, 4, 12
ALLOWED = np.arange(VOCABULARY) >= FORBIDDEN
OBJECTIVE = linear("sum")
WORST = 1e9


class Planted(NamedTuple):
    """What words bring to `D` sums."""

    places: np.ndarray  # [D, L, V]
    pairs: np.ndarray  # [D, V, V]


class Read(NamedTuple):
    place: jax.Array
    word: jax.Array
    sums: jax.Array  # [D]


def planted_encoder():
    """Sum up what words bring, after every word."""

    def embed(params, words):
        hard = jnp.issubdtype(words.dtype, jnp.integer)
        return jax.nn.one_hot(words, VOCABULARY) if hard else words

    def encode(params, x):
        single = jnp.einsum("lv,dlv->ld", x, params.places[:, : len(x)])
        pairs = jnp.einsum("lv,dvw,lw->ld", x[:-1], params.pairs, x[1:])
        return {"sum": jnp.cumsum(single.at[1:].add(pairs), axis=0)}

    def begin(params, word):
        return Read(jnp.int32(0), word, params.places[:, 0, word])

    def advance(params, read, word):
        place = read.place + 1
        more = params.places[:, place, word] + params.pairs[:, read.word, word]
        return Read(place, word, read.sums + more)

    steps = Steps(begin, advance, lambda params, read: {"sum": read.sums})
    return Encoder(embed, encode, steps, lambda params: {})


def plant(pairs):
    """Draw a model; `pairs` says how much neighbours bring."""
    generator = np.random.default_rng(7)
    shape = (TARGETS, LENGTH, VOCABULARY)
    places = generator.normal(size=shape).astype(np.float32)
    places[..., :FORBIDDEN] += 20
    bonus = generator.normal(size=(TARGETS, VOCABULARY, VOCABULARY))
    return Planted(places, (pairs * bonus).astype(np.float32))


MODELS = {"additive": plant(0), "bigram": plant(2)}


def solve(model):
    """Find each target's best n-gram, word by word (Viterbi 1967)."""
    tokens = np.zeros((TARGETS, LENGTH), int)
    for target, (places, pairs) in enumerate(zip(*model, strict=True)):
        places = np.where(ALLOWED, places.astype(np.float64), -WORST)
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
