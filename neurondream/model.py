"""What a person opens: a text model with its tokenizer, its layers and where reading starts."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Encoder, Readout
from neurondream.encoders.context import in_context, in_contexts, read_before
from neurondream.encoders.precision import in_float32
from neurondream.errors import InputError
from neurondream.tokens.tokenizer import Tokenizer


class Behind(NamedTuple):
    """A nonlinearity between two layers, unit by unit."""

    layer: str  # the same units before it
    lowest: float  # before it, where it is lowest; of a flat low side its upper end
    rises: bool = True  # whether what is higher before it is never lower behind it, where it is on


class Layer(NamedTuple):
    """Units that a person can name."""

    size: int  # D
    family: str  # layers that belong together: one colour, one side of a comparison
    level: str  # what the layer is within its family: compared with the same level elsewhere
    names: Sequence[str] | None = None  # of the units
    # What it comes out of, if that rises on the high side and is next to flat on the low one.
    behind: Behind | None = None
    factors: tuple[str, ...] = ()  # layers whose units it is the product of, but for nonlinearities
    elsewhere: tuple[str, ...] = ()  # how other tools write its units, `{}` being a number


class Start(NamedTuple):
    """Tokens that the model has always read around a text."""

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


class Model(NamedTuple):
    """A text model, ready to dream."""

    name: str
    encoder: Encoder
    params: Any
    tokenizer: Tokenizer
    layers: Mapping[str, Layer]  # in the order in which they are shown
    families: Mapping[str, str]  # what a person calls each family, in order
    start: Start
    next_word: str | None  # the layer whose units are the logits of the next word, if there is one
    sha256: str  # of the weights
    opened_with: Mapping[str, Any]  # settings that dreams depend on, as JSON values
    # Real beginnings, of one length, behind each of which n-grams are read; none reads them where
    # the model starts.
    beginnings: tuple[tuple[int, ...], ...] = ()
    licence: str | None = None  # of the weights, where it is stated


class Reader(NamedTuple):
    """A model as it reads n-grams: after its start, in float32, ready for many of them."""

    encoder: Encoder  # in the model's context, or in many
    params: Any  # on the device
    prepared: Any  # the same, with what many readings share
    begin: Encoder  # where the model starts, whatever beginnings there are
    begun: Any  # prepared for that
    bare: Encoder  # without a context
    folded: Any  # prepared for that
    readouts: Mapping[str, Readout]  # numpy arrays


def open_reader(model: Model) -> Reader:
    """Make a model ready to read n-grams where it starts."""
    before, after = (np.array(ids, np.int32) for ids in model.start)
    bare = jax.tree.map(in_float32, model.encoder._replace(filler=None))
    bare = bare._replace(filler=model.encoder.filler)
    begin = in_context(bare, before, after)
    params = jax.tree.map(jnp.asarray, model.params)
    readouts = {
        layer: Readout(source, np.asarray(weight), np.asarray(bias))
        for layer, (source, weight, bias) in bare.readouts(params).items()
    }
    folded = jax.jit(bare.prepare)(params)
    begun = folded if begin is bare else jax.jit(begin.prepare)(params)
    if not model.beginnings:
        return Reader(begin, params, begun, begin, begun, bare, folded, readouts)
    befores = np.array([[*before, *beginning] for beginning in model.beginnings], np.int32)
    encoder = in_contexts(bare, befores, after)
    read = jax.jit(functools.partial(read_before, bare))
    return Reader(
        encoder, read(params, befores), read(folded, befores), begin, begun, bare, folded, readouts
    )


def ban_words(model: Model, words: Sequence[str]) -> Model:
    """Make a model whose dreams hold none of some words, nor do its corpora's n-grams.

    Args:
      model: any.
      words: as tokens are spelled; one without a blank stands for that with a blank before it, too.

    Raises:
      InputError: a word is not one token of the model, or none is left.
    """
    allowed, known = model.tokenizer.allowed.copy(), np.flatnonzero(model.tokenizer.allowed)
    pieces = np.array(model.tokenizer.spell(known), object)
    for word in words:
        banned = known[(pieces == word) | (pieces == f" {word}")] if word else ()
        if not len(banned):
            raise InputError(f"ban {word!r}: not one word of the model")
        allowed[banned] = False
    return allow_only(model, allowed)


def only_ascii(model: Model) -> Model:
    """Make a model whose dreams are written in ASCII characters alone.

    Raises:
      InputError: no token is.
    """
    pieces = model.tokenizer.spell(range(len(model.tokenizer.allowed)))
    plain = np.array([piece.isascii() for piece in pieces])
    return allow_only(model, model.tokenizer.allowed & plain)


def allow_only(model: Model, allowed: np.ndarray) -> Model:
    """Make a model whose dreams hold only allowed tokens `bool [V]`.

    Raises:
      InputError: none is left.
    """
    if not np.any(allowed):
        raise InputError("ban: no word is left to dream of")
    return model._replace(tokenizer=model.tokenizer._replace(allowed=allowed))


def climb_as_reported(model: Model) -> Model:
    """Make a model whose units behind a nonlinearity are climbed there, not before it.

    For comparison: where they are off there is next to no slope.
    """
    layers = {name: layer._replace(behind=None) for name, layer in model.layers.items()}
    return model._replace(
        layers=layers, opened_with={**model.opened_with, "climb": "reported"}
    )


def in_beginnings(model: Model, beginnings: Sequence[Sequence[int] | np.ndarray]) -> Model:
    """Make a model that reads every n-gram behind each of many beginnings.

    What it tells of an n-gram is the mean over them, so that a dream survives in real text.

    Args:
      model: any.
      beginnings: ids of B texts' first tokens, as many of each.

    Raises:
      InputError: there is none, or they are not of one length of 1 or more.
    """
    lengths = sorted({len(beginning) for beginning in beginnings})
    if len(lengths) != 1 or not lengths[0]:
        raise InputError(f"beginnings of {lengths} tokens: give some of one length, 1 or more")
    kept = tuple(tuple(int(number) for number in beginning) for beginning in beginnings)
    return model._replace(beginnings=kept)


def in_template(model: Model, template: str) -> Model:
    """Make a model that reads every n-gram inside a text.

    Args:
      model: any.
      template: a text with one hole `{}`; one that ends with it is a fixed beginning. What stands
        after the hole matters where a neuron is read there, as in `T.output:dog@after.0`, or where
        the encoder reads both ways. Special tokens may stand in it: `logits:dog@[MASK]` is read at
        that of `{} [MASK]`. A blank before the hole belongs to the n-gram where tokens hold blanks.

    Raises:
      InputError: there is not one hole, or a word is not the model's.
    """
    sides = template.split("{}")
    if len(sides) != 2:
        raise InputError(f"template {template!r}: write one hole, as in 'two dogs {{}} .'")
    before = tuple(model.tokenizer.encode(sides[0].rstrip(" ")).tolist())
    after = _encode_behind(model.tokenizer, sides[1])
    unwritten = {
        token for name, token in model.tokenizer.special.items() if name not in template
    }
    if unwritten & {*before, *after}:
        unknown = " ".join(
            word for side in sides for word in side.split()
            if unwritten & set(model.tokenizer.encode(word).tolist())
        )
        raise InputError(f"template {template!r}: the model does not know {unknown!r}")
    start = Start(model.start.before + before, after + model.start.after)
    return model._replace(start=start)


def _encode_behind(tokenizer: Tokenizer, text: str) -> tuple[int, ...]:
    """Encode what stands behind other text: tokenizers put a blank before a text's first word."""
    first, whole = (tokenizer.encode(each).tolist() for each in ("a", f"a{text}"))
    behind = whole[: len(first)] == first
    return tuple(whole[len(first) :] if behind else tokenizer.encode(text).tolist())
