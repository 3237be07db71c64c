"""A person's own functions as a model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Encoder, Readout, Steps
from neurondream.encoders.embedding import embed_words
from neurondream.errors import InputError
from neurondream.files import hash_arrays
from neurondream.model import Behind, Layer, Model, Start
from neurondream.tokens.tokenizer import Tokenizer


def make_model(
    name: str,
    encode: Callable[[Any, Any], Mapping[str, Any]],
    params: Any,
    tokenizer: Tokenizer,
    *,
    table: Callable[[Any], Any],
    readouts: Mapping[str, tuple[str, str, str]] | None = None,
    steps: Steps | None = None,
    go_on: Callable[[Any, Any, Any], tuple[Mapping[str, Any], Any]] | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    families: Mapping[str, Sequence[str]] | None = None,
    start: Start = Start(),  # noqa: B008, immutable
    next_word: str | None = None,
    filler: int | None = None,
    nonlinearities: Mapping[str, tuple[str, float]] | None = None,
) -> Model:
    """Make a model of plain functions.

    Args:
      name: of the model.
      encode: `(params, vectors [L, E]) -> {layer: [L, D]}`, every layer at every position.
      params: a pytree of arrays.
      tokenizer: of texts.
      table: `params -> [V, E]`, the vectors of all words.
      readouts: layers that are linear in another one, `{layer: (source, weight, bias)}`, the last
        two being keys of `params`; searches then never compute all of them.
      steps: the same model read word by word, where it can be; n-grams then share prefixes.
      go_on: `(params, past, vectors) -> (layers, past)`, the same behind what was read before,
        where it can be; n-grams then share what stands before them. A state of `steps` is a past.
      names: of the units of some layers, `{layer: names}`.
      families: layers that belong together, `{family: layers}`; one of all by default.
      start: tokens that it has always read around a text.
      next_word: the layer whose units are the logits of the next word.
      filler: a token that changes no activation at others where it stands behind a text, so that
        many texts are read at once; any does where no word is seen by those before it.
      nonlinearities: layers that a nonlinearity makes of others, unit by unit, which rises above
        where it is lowest, `{layer: (layer before, where)}`: their units are climbed before it.

    Raises:
      InputError: a layer that is named is not there, or layers and words do not fit.
    """
    width = np.shape(table(params))
    if len(width) != 2 or width[0] != len(tokenizer.allowed):
        raise InputError(
            f"table: {list(width)}; expected the vectors of {len(tokenizer.allowed)} words"
        )
    spoilt = np.flatnonzero(~np.isfinite(np.asarray(table(params), np.float32)).all(axis=1))
    if len(spoilt):
        word = tokenizer.spell(spoilt[:1])[0]
        raise InputError(f"table: the vector of {word!r} holds NaN or infinity; give numbers")
    order = []

    def list_layers(params, vectors):
        layers = encode(params, vectors)
        order.extend(layers)  # as encode gives them: jax sorts what it returns
        return layers

    vectors = jax.ShapeDtypeStruct((3, width[1]), jnp.float32)
    shapes = jax.eval_shape(list_layers, params, vectors)
    sizes = {}
    for layer in order:
        shape = shapes[layer]
        if len(shape.shape) != 2 or shape.shape[0] != 3:
            raise InputError(f"layer {layer!r}: {list(shape.shape)} for 3 words; expected [3, D]")
        sizes[layer] = shape.shape[1]
    families = dict(families or {name: list(sizes)})
    named = {*(names or {}), *(readouts or {}), *filter(None, [next_word])}
    behind = {layer: Behind(*each) for layer, each in (nonlinearities or {}).items()}
    named |= {layer for members in families.values() for layer in members}
    named |= {layer for after, before in behind.items() for layer in (after, before.layer)}
    for layer in sorted(named):
        if layer not in sizes:
            raise InputError(f"layer {layer!r}: encode gives {', '.join(sizes)}")
    for layer, (before, *_) in behind.items():
        if sizes[layer] != sizes[before]:
            raise InputError(
                f"layer {layer!r}: {sizes[layer]} units, where {before!r} has {sizes[before]}"
            )
    family_of = {layer: family for family, members in families.items() for layer in members}
    layers = {
        layer: Layer(
            size, family_of.get(layer, name),
            layer.removeprefix(f"{family_of.get(layer, name)}."), (names or {}).get(layer),
            behind.get(layer),
        )
        for layer, size in sizes.items()
    }

    def read_out(params):
        return {
            layer: Readout(source, params[weight], params[bias])
            for layer, (source, weight, bias) in (readouts or {}).items()
        }

    encoder = Encoder(
        embed=lambda params, words: embed_words(table(params), words),
        encode=encode,
        table=table,
        readouts=read_out,
        steps=steps,
        filler=0 if filler is None and steps is not None else filler,
        go_on=go_on,
    )
    order_of_families = [*families, *(layer.family for layer in layers.values())]
    titles = {family: family for family in order_of_families}
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
    return Model(
        name, encoder, params, tokenizer, layers, titles, start, next_word, hash_arrays(*leaves),
        {},
    )
