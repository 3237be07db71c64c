"""Imaginet: two recurrent pathways over shared word embeddings.

Chrupała, Kádár & Alishahi 2015 (arXiv:1506.03694); Kádár, Chrupała & Alishahi 2017
(arXiv:1602.08952). The textual pathway T predicts the next word of a caption at every step, the
visual pathway I predicts the picture's feature vector from its last state.
"""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp

from neurondream.base import Activations, Array, Encoder, Params, Readout, Vectors, Words
from neurondream.encoders.gru import init_gru, run_gru
from neurondream.encoders.precision import Matmul


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
    soft_matmul: Matmul = jnp.matmul  # makes vectors of soft words

    def setup(self):
        uniform = nn.initializers.uniform(0.1)
        glorot, zeros = nn.initializers.glorot_uniform(), nn.initializers.zeros
        self.table = self.param(
            "embedding", lambda *a: uniform(*a) - 0.05, (self.vocabulary, self.embedding)
        )
        gru = (init_gru, self.embedding, self.hidden, self.update_bias)
        self.pathways = {
            name: {
                "gru": self.param(f"{name}_gru", *gru),
                "weight": self.param(f"{name}_weight", glorot, (self.hidden, outputs)),
                "bias": self.param(f"{name}_bias", zeros, (outputs,)),
            }
            for name, outputs in (("T", self.vocabulary), ("I", self.picture))
        }

    def embed(self, words: Words) -> Array:
        """Turn hard ids `[L]`, soft words `[L, V]` or free vectors `[L, E]` into `[L, E]`."""
        if isinstance(words, Vectors):
            return words.vectors
        if jnp.issubdtype(words.dtype, jnp.integer):
            return self.table[words]
        return self.soft_matmul(words, self.table)

    def encode(self, x: Array) -> Activations:
        """Compute every layer at every position of embedded words `[L, E]`."""
        activations = {"embedding": x}
        for name, pathway in self.pathways.items():
            states = run_gru(pathway["gru"], x)
            activations[f"{name}.hidden"] = states
            activations[f"{name}.output"] = states @ pathway["weight"] + pathway["bias"]
        return activations

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


def imaginet_encoder(module: Imaginet) -> Encoder:
    """See a module as an encoder: pure functions of its parameters."""

    def apply(method, params, *args):
        return module.apply({"params": params}, *args, method=method)

    return Encoder(
        embed=functools.partial(apply, Imaginet.embed),
        encode=functools.partial(apply, Imaginet.encode),
        readouts=functools.partial(apply, Imaginet.readouts),
    )
