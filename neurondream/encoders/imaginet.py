"""Imaginet: two recurrent pathways over shared word embeddings.

Chrupała, Kádár & Alishahi 2015 (arXiv:1506.03694); Kádár, Chrupała & Alishahi 2017
(arXiv:1602.08952). The textual pathway T predicts the next word of a caption at every step, the
visual pathway I predicts the picture's feature vector from its last state.
"""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from neurondream.base import (
    Activations,
    Array,
    Encoder,
    Params,
    Readout,
    Steps,
    Words,
    are_hard,
)
from neurondream.encoders.embedding import embed_words
from neurondream.encoders.gru import advance_gru, begin_gru, init_gru, project, recur, run_gru
from neurondream.encoders.precision import Matmul

PATHWAYS = ("T", "I")


class Embedded(NamedTuple):
    """Words on their way into the pathways."""

    vectors: Array  # [L, E]
    projected: dict[str, Array]  # the same in each pathway's gate space, [L, 3H]


class Reading(NamedTuple):
    """A pathway after some words."""

    state: Array  # [H]
    recurrent: Array  # [2H], what the next gates take from it


class Imaginet(nn.Module):
    """The parameters of both pathways; the paper's sizes are the defaults.

    Layers: `embedding [L, E]`; `T.hidden [L, H]`, `T.output [L, V]` (logits of the next word);
    `I.hidden [L, H]`, `I.output [L, P]` (picture coordinates).
    """

    vocabulary: int
    picture: int
    embedding: int = 1024
    hidden: int = 1024
    update_bias: float = 0.0  # of a new model's update gates
    # Makes vectors of soft words, and the recurrence of hard ones that a search only ranks.
    rough_matmul: Matmul = jnp.matmul

    def setup(self):
        uniform = nn.initializers.uniform(0.1)
        glorot, zeros = nn.initializers.glorot_uniform(), nn.initializers.zeros
        self.table = self.draw_once(
            "embedding", lambda *a: uniform(*a) - 0.05, (self.vocabulary, self.embedding)
        )
        gru = (init_gru, self.embedding, self.hidden, self.update_bias)
        self.pathways = {
            name: {
                "gru": self.draw_once(f"{name}_gru", *gru),
                "weight": self.draw_once(f"{name}_weight", glorot, (self.hidden, outputs)),
                "bias": self.draw_once(f"{name}_bias", zeros, (outputs,)),
            }
            for name, outputs in zip(PATHWAYS, (self.vocabulary, self.picture), strict=True)
        }

    def draw_once(self, name: str, draw: Callable, *settings):
        """Take a parameter that is there as it is, else draw it."""
        # `param` would trace the drawing in every call, to compare shapes: a fifth of all tracing.
        if self.has_variable("params", name):
            return self.get_variable("params", name)
        return self.param(name, draw, *settings)

    def embed(self, words: Words) -> Embedded:
        """Take hard ids `[L]`, soft words `[L, V]` or free vectors `[L, E]` to the pathways."""
        if are_hard(words):
            return self.look_up(words)
        return self.project(embed_words(self.table, words, self.rough_matmul))

    def folded(self) -> bool:
        """Whether the parameters come from `fold_words`."""
        return self.has_variable("params", "T_words")

    def project(self, x: Array) -> Embedded:
        """Take word vectors `[..., E]` to the pathways."""
        return Embedded(x, {n: project(p["gru"], x) for n, p in self.pathways.items()})

    def look_up(self, ids: Array) -> Embedded:
        """Take hard words to the pathways, by the tables of `fold_words` where there are any."""
        if not self.folded():
            return self.project(self.table[ids])
        return Embedded(
            self.table[ids],
            {name: self.get_variable("params", f"{name}_words")[ids] for name in PATHWAYS},
        )

    def encode(self, x: Array | Embedded) -> Activations:
        """Compute every layer at every position of embedded words, vectors `[L, E]` or more."""
        return self.go_on(None, x)[0]

    def go_on(self, before, x: Array | Embedded):
        """Do so behind words that `begin` and `advance` have read, or behind none."""
        words = x if isinstance(x, Embedded) else self.project(x)
        states = {
            name: run_gru(p["gru"], words.projected[name], before and before[1][name].state)
            for name, p in self.pathways.items()
        }
        ends = {name: self.reading(jnp.matmul, name, rows[-1]) for name, rows in states.items()}
        return self.name_layers(words.vectors, states), (words.vectors[-1], ends)

    def name_layers(self, x: Array, states: Mapping[str, Array]) -> dict[str, Array]:
        """Compute the layers from word vectors `[..., E]` and states `[..., H]`."""
        layers = {"embedding": x}
        for name, pathway in self.pathways.items():
            layers[f"{name}.hidden"] = states[name]
            layers[f"{name}.output"] = states[name] @ pathway["weight"] + pathway["bias"]
        return layers

    def begin(self, matmul: Matmul, word: Array) -> tuple[Array, dict[str, Reading]]:
        """Read a first hard word."""
        x = self.look_up(word)
        return x.vectors, {
            name: self.reading(matmul, name, begin_gru(pathway["gru"], x.projected[name]))
            for name, pathway in self.pathways.items()
        }

    def advance(self, matmul: Matmul, before, word: Array) -> tuple[Array, dict[str, Reading]]:
        """Read one more hard word."""
        x = self.look_up(word)
        return x.vectors, {
            name: self.reading(
                matmul, name,
                advance_gru(pathway["gru"], *before[1][name], x.projected[name], matmul),
            )
            for name, pathway in self.pathways.items()
        }

    def reading(self, matmul: Matmul, name: str, state: Array) -> Reading:
        """Prepare a state for whatever word comes next."""
        return Reading(state, recur(self.pathways[name]["gru"], state, matmul))

    def read(self, after) -> dict[str, Array]:
        """Compute every layer after the words read so far."""
        return self.name_layers(after[0], {name: r.state for name, r in after[1].items()})

    def readouts(self) -> dict[str, Readout]:
        """Name the layers that are linear in another one."""
        return {
            f"{name}.output": Readout(f"{name}.hidden", pathway["weight"], pathway["bias"])
            for name, pathway in self.pathways.items()
        }

    def __call__(self, x: Array) -> Activations:
        return self.encode(x)


def init_imaginet(module: Imaginet, key: Array) -> Params:
    """Draw the parameters of a module."""
    return jax.jit(module.init)(key, jnp.zeros((1, module.embedding)))["params"]


def fold_words(params: Params) -> Params:
    """Add each word's vector in each pathway's gate space, `T_words` and `I_words` `[V, 3H]`.

    Hard words then skip half of their products (at E = H); soft words are read as before.
    """
    tables = {f"{n}_words": project(params[f"{n}_gru"], params["embedding"]) for n in PATHWAYS}
    return {**params, **tables}


def imaginet_encoder(module: Imaginet) -> Encoder:
    """See a module as an encoder: pure functions of its parameters."""

    def apply(method, params, *args):
        # Loaded parameters are numpy arrays, which a traced word cannot index.
        params = jax.tree.map(jnp.asarray, params)
        return module.apply({"params": params}, *args, method=method)

    def embed(params, words):
        return apply(Imaginet.embed, params, jax.tree.map(jnp.asarray, words))

    # Searches read words hundreds of times in one program: traced once, for each shape.
    read = jax.jit(functools.partial(apply, Imaginet.read))

    def make_steps(matmul):
        begin, advance = (
            jax.jit(lambda params, *args, m=method: apply(m, params, matmul, *args))
            for method in (Imaginet.begin, Imaginet.advance)
        )
        return Steps(begin, advance, read)

    steps = make_steps(jnp.matmul)
    return Encoder(
        embed=embed,
        encode=functools.partial(apply, Imaginet.encode),
        table=lambda params: jnp.asarray(params["embedding"]),
        readouts=functools.partial(apply, Imaginet.readouts),
        steps=steps,
        filler=0,
        rough=steps if module.rough_matmul is jnp.matmul else make_steps(module.rough_matmul),
        go_on=functools.partial(apply, Imaginet.go_on),
        prepare=fold_words,
    )
