"""What plain re-encoding of whole texts says of the toys, in float64."""

import itertools

import numpy as np

import neurondream as nd
from toys import Toy


def widen(params):
    """Take parameters to float64."""
    return {name: np.asarray(leaf, np.float64) for name, leaf in params.items()}


def encode_again(toy: Toy, ids, before=None, after=None):
    """Encode whole texts `[..., T]` in float64, `ids` between the start's tokens by default."""
    before, after = (
        np.array(given if around is None else around, int)
        for around, given in zip((before, after), toy.model.start, strict=True)
    )
    ids = np.asarray(ids)
    around = [np.broadcast_to(x, (*ids.shape[:-1], len(x))) for x in (before, after)]
    text = np.concatenate([around[0], ids, around[1]], axis=-1).astype(int)
    params = widen(toy.model.params)
    return toy.formula(params, params["table"][text], np)


def score_again(toy: Toy, neuron: nd.Neuron, ids, before=None, after=None):
    """Score n-grams `[..., L]` for a neuron by plain re-encoding, `[...]`."""
    if before is None:
        before, after = toy.model.start
    layers = encode_again(toy, ids, before, after)
    values = sum(
        layers[part.layer][..., part.units] @ part.weights.astype(np.float64)
        for part in neuron.parts
    )
    first, length = len(before), np.shape(ids)[-1]
    kind, number = neuron.place
    own = values[..., first : first + length]
    return {
        "word": lambda: own[..., number], "max": lambda: own.max(axis=-1),
        "mean": lambda: own.mean(axis=-1), "before": lambda: values[..., number],
        "after": lambda: values[..., first + length + number],
    }[kind]()  # fmt: skip


def every_ngram(toy: Toy, length: int):
    """List all n-grams of allowed words, `[W**L, L]`."""
    words = np.flatnonzero(toy.model.tokenizer.allowed)
    return np.array(list(itertools.product(words, repeat=length)), np.int32)


def substitutes(toy: Toy, ids):
    """List an n-gram with every other word at every one place, `[L * (W - 1), L]`."""
    words = np.flatnonzero(toy.model.tokenizer.allowed)
    return np.array([
        [*ids[:place], word, *ids[place + 1 :]]
        for place in range(len(ids)) for word in words if word != ids[place]
    ], np.int32)
