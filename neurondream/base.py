"""The central types, nothing else.

One idea carries everything: a **score** is a function from words to a scalar. Encoder and
objective build a score; a search climbs it. No search knows what a neuron is; no encoder knows
that it is being searched. Everything is written for one neuron and one n-gram;
`dreaming.dream` holds the only `vmap` over neurons.

Letters: `N` neurons, `S` noise samples, `L` words of the n-gram, `V` vocabulary, `E` embedding,
`H` hidden units, `D` activations of one layer, `P` picture coordinates, `B` captions,
`M` n-grams of a corpus.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Array = jax.Array
Params = Any


class Vectors(NamedTuple):
    """Words given by free embedding vectors, as the `embfree` method reads them."""

    vectors: Array  # [L, E]


class InTurn(NamedTuple):
    """Hard words read one after another: mapped over one, those before it are read once."""

    ids: tuple[Array, ...]  # L scalars


class Rough(InTurn):
    """The same in whatever precision is quicker: a score to rank by, not one to report."""

    __slots__ = ()


class InParts(NamedTuple):
    """Hard words in two parts: mapped over the second alone, the first is read once."""

    before: Array  # int32 [P]
    ids: Array  # int32 [L - P]


class InOne(NamedTuple):
    """Words that are read in one of the contexts that there are, not in all."""

    words: Any  # soft ones
    context: Array  # int32, the number of it


# Hard words are ids `int32 [L]`; soft words are rows `float [L, V]` on, or near, the simplex.
Words = Array | Vectors | InTurn | InParts | InOne


def are_hard(words: Words) -> bool:
    """Tell hard words from soft ones."""
    if isinstance(words, InTurn | InParts | Vectors | InOne):
        return isinstance(words, InTurn | InParts)
    return jnp.issubdtype(words.dtype, jnp.integer)


def join_words(words: Words) -> Words:
    """Write hard words as ids `int32 [L]`, however they are read; others as they are."""
    if isinstance(words, InTurn):
        return jnp.stack(words.ids)
    return jnp.concatenate(words) if isinstance(words, InParts) else words


# Every named layer of an encoder at every position: {'layer': [L, H], ...}, or a tuple of L
# vectors [H] for words read one after another. Beside them a score shows objectives by READOUTS
# how layers follow from others, so that they need not compute all units of one.
Activations = Mapping[str, Any]
READOUTS = "@readouts"
# Of words in two parts the layers at those of the first, which have no axis of what is mapped.
FIRST = "@first"


class Readout(NamedTuple):
    """How a layer follows linearly from another one: `source @ weight + bias`."""

    source: str
    weight: Array  # [H, D]
    bias: Array  # [D]


class Steps(NamedTuple):
    """A text model read word by word, so that n-grams can share what they have in common."""

    begin: Callable[[Params, Array], Any]  # (params, first word) -> state
    advance: Callable[[Params, Any, Array], Any]  # (params, state, next word) -> state
    read: Callable[[Params, Any], Activations]  # (params, state) -> {'layer': [H], ...}


def _no_readouts(params: Params) -> Mapping[str, Readout]:
    del params
    return {}


def _as_they_are(params: Params) -> Params:
    return params


class Encoder(NamedTuple):
    """A text model: pure functions of its parameters, for one text of L tokens."""

    # Vectors [L, E], or a pytree whose leaves all have an axis [L] in front, the same pytree for
    # all kinds of words; a word's own, whatever its position, so that texts can be joined.
    embed: Callable[[Params, Words], Any]
    encode: Callable[[Params, Any], Activations]
    table: Callable[[Params], Array]  # the vectors [V, E] of all words
    # Layers that are linear in another one. A direction in such a layer folds into a direction
    # in its source, so that no search pays for the units it does not read.
    readouts: Callable[[Params], Mapping[str, Readout]] = _no_readouts
    # The same model for hard words, one after another; None where it must read the whole text.
    steps: Steps | None = None
    rough: Steps | None = None  # the same states in a quicker precision, for `Rough` words
    # (params, past, embedded) -> what `encode` gives behind the words read so far, and the past of
    # what follows; None is no past, one of `steps` is a state. What always stands before an n-gram,
    # or is shared by many, then need not be read anew. None where the whole text must be read.
    go_on: Callable[[Params, Any, Any], tuple[Activations, Any]] | None = None
    # What many readings share, computed once: all other functions take its result for parameters.
    prepare: Callable[[Params], Params] = _as_they_are
    # A token that changes no activation at others, so that whole texts can be filled up to one
    # length; any where no word is seen by those before it, as where there are steps.
    filler: int | None = None
    # Where an n-gram is read in many contexts, the axis of the contexts in each leaf of the
    # parameters, as `vmap` takes it; its score is the mean over them, but for words `InOne`.
    contexts: Any = None


class Place(NamedTuple):
    """Which positions of a layer count."""

    # "word": the word `number`; "max", "mean": over the words of the n-gram; "before", "after":
    # the token `number` of what is read around it, special tokens and templates.
    kind: str = "word"
    number: int = -1


LAST = Place()
# The weight of what is never chosen: less than any activation, and noise may be added to it.
NEVER = -1e30
# A layer at the tokens around an n-gram, in the activations of an encoder with a context.
BEFORE, AFTER = "@before", "@after"


class Contrast(NamedTuple):
    """What sets a neuron off against others of its layer."""

    others: Array  # bool [K], those of the layer's units that are not the neuron itself
    price: Array  # scalar, activation given up for one corpus deviation of the others


class Target(NamedTuple):
    """A neuron: an affine functional of one layer. A leading axis `[N]` holds many of them."""

    number: Array  # uint32: names the neuron, whoever shares its batch; seeds its search
    direction: Array  # [D]
    offset: Array  # scalar
    contrast: Contrast | None = None  # for contrasted scores


# What of the activations counts: (activations, words, target) -> scalar.
Objective = Callable[[Activations, Words, Target], Array]

# THE WAIST: words -> scalar; of hard words whose activation is no finite number, -inf.
Score = Callable[[Words], Array]


class Relaxation(NamedTuple):
    """A differentiable stand-in for hard words, parametrized by theta."""

    init: Callable[[Array], Any]  # key -> theta
    relax: Callable[[Array, Any, Array], Words]  # (key, theta, step) -> soft words
    harden: Callable[[Any], Array]  # theta -> ids int32 [L]


class Dream(NamedTuple):
    """The n-gram a search has found. Searches for `N` neurons give every field an axis `[N]`."""

    tokens: Array  # int32 [L]
    score: Array  # activation of those hard tokens, by the plain encoder
    info: Any  # what the search wants to tell of its way


Search = Callable[[Array, Score], Dream]
