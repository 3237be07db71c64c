"""What plain re-encoding of whole texts says of the toys and of Imaginets, in float64."""

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


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain_step(params, state, projected):
    """Take a GRU one word further, reset gate before the recurrent product, gate by gate."""
    recurrent = np.split(np.asarray(params["recurrent"], np.float64), 3, axis=1)
    update, reset, new = np.split(projected, 3, axis=-1)
    z, r = sigmoid(update + state @ recurrent[0]), sigmoid(reset + state @ recurrent[1])
    return z * state + (1 - z) * np.tanh(new + (r * state) @ recurrent[2])


def plain_gru(params, x):
    """Read vectors `[L, E]`, the states `[L, H]`."""
    state, states = np.zeros(len(params["recurrent"])), []
    for projected in plain_project(params, x):
        state = plain_step(params, state, projected)
        states.append(state)
    return np.array(states)


def plain_project(params, x):
    weights, bias = (np.asarray(params[name], np.float64) for name in ("input", "bias"))
    return np.asarray(x, np.float64) @ weights + bias


class PlainImaginet:
    """A pathway of an Imaginet behind its start."""

    def __init__(self, model, layer):
        self.params = model.params[f"{layer[0]}_gru"]
        self.words = plain_project(self.params, model.params["embedding"])
        self.begin = np.zeros(len(self.params["recurrent"]))
        self.begin = self.read(self.begin, model.start.before)
        self.readout = None
        if layer.endswith("output"):
            self.readout = [np.asarray(model.params[f"{layer[0]}_{name}"], float)
                            for name in ("weight", "bias")]

    def read(self, state, words):
        """Read words on from a state; each may be one or many side by side."""
        for word in words:
            state = plain_step(self.params, state, self.words[word])
        return state

    def score(self, part, state):
        """Score states `[..., H]` for weighted units."""
        units, weights = part.units, part.weights.astype(float)
        if self.readout is None:
            return state[..., units] @ weights
        weight, bias = self.readout
        return (state @ weight[:, units] + bias[units]) @ weights

    def substitutes(self, part, ids, words):
        """Score an n-gram with each of the words at each place, `[L, W]`."""
        return np.array([
            self.score(part, self.read(
                np.tile(self.read(self.begin, ids[:place]), (len(words), 1)),
                [words, *ids[place + 1 :]],
            ))
            for place in range(len(ids))
        ])
