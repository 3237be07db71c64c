"""Three toys of a person's own functions: a bidirectional encoder, a causal transformer whose
state is a cache that grows, an LSTM; with what plain re-encoding of the whole text says.

Their formulas take the module they compute with, so that numpy in float64 is the oracle.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

import neurondream as nd
from neurondream.encoders.embedding import embed_words

WIDTH, POSITIONS, NAMES = 8, 24, ("noun", "verb", "colour", "other", "none")
WORDS = ("a", "the", "dog", "cat", "ball", "runs", "see", "red", "on", "##s", ".")


class Toy(NamedTuple):
    model: nd.Model
    formula: Callable[..., Any]  # (params, vectors [..., T, E], np) -> {layer: [..., T, D]}


class Cache(NamedTuple):
    """A causal transformer after some words."""

    keys: Any  # [t, W]
    values: Any  # [t, W]
    hidden: Any  # [W], after the last word


class Memory(NamedTuple):
    """An LSTM after some words."""

    hidden: Any
    cell: Any


def make_tokenizer(special, last):
    """Split at spaces, and the `s` of a plural off; `special[-1]` is for what is not known."""
    pieces = (*special, *WORDS[:last])
    ids = {piece: number for number, piece in enumerate(pieces)}

    def split(word):
        if word in ids and word not in special:
            return [ids[word]]
        stem = word.removesuffix("s")
        if stem != word and stem in ids and "##s" in ids:
            return [ids[stem], ids["##s"]]
        return [ids[special[-1]]]

    return nd.Tokenizer(
        encode=lambda text: np.array(
            [number for word in text.split() for number in split(word)], np.int32
        ),
        decode=lambda numbers: " ".join(pieces[n] for n in numbers).replace(" ##", ""),
        spell=lambda numbers: tuple(pieces[n] for n in numbers),
        allowed=np.arange(len(pieces)) >= len(special),
        special={piece: number for number, piece in enumerate(special)},
        sha256="of " + " ".join(pieces),
        unknown=ids[special[-1]],
    )


def draw_params(seed, shapes):
    """Draw numbers large enough to saturate, biases and norms among them."""
    generator = np.random.default_rng(seed)
    return {
        name: (generator.normal(size=shape) * (1.5 if len(shape) == 1 else 3 / np.sqrt(shape[0])))
        .astype(np.float32)
        for name, shape in shapes.items()
    }


def normalize(x, scale, bias, np):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5) * scale + bias


def softmax(x, np):
    weights = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True)


def attend(params, queries, keys, values, np, seen=True):
    scores = queries @ np.swapaxes(keys, -1, -2) / WIDTH**0.5
    return softmax(np.where(seen, scores, -1e9), np) @ values @ params["mix"]


def finish(params, hidden, np):
    """Compute the layers above attention at any positions."""
    before = normalize(hidden, params["scale"], params["shift"], np) @ params["up"] + params["rise"]
    after = before / 2 * (1 + np.tanh(0.79788456 * (before + 0.044715 * before**3)))  # GELU
    final = normalize(
        hidden + np.maximum(after, -0.1) @ params["down"], params["scale2"], params["shift2"], np
    )
    return {
        "attention.hidden": hidden, "mlp.before": before, "mlp.after": after, "top.hidden": final,
        "top.logits": final @ params["read"] + params["offset"],
    }  # fmt: skip


def encode_transformer(params, vectors, np=jnp, *, causal):
    length = vectors.shape[-2]
    x = vectors + params["positions"][:length]
    queries, keys, values = (x @ params[name] for name in ("query", "key", "value"))
    places = np.arange(length)
    seen = places <= places[:, None] if causal else True
    return finish(params, x + attend(params, queries, keys, values, np, seen), np)


def read_next(params, cache, word):
    """Read one more word behind a cache of keys and values, which grows by a row."""
    x = jnp.asarray(params["table"])[word] + params["positions"][len(cache.keys)]
    keys = jnp.concatenate([cache.keys, (x @ params["key"])[None]])
    values = jnp.concatenate([cache.values, (x @ params["value"])[None]])
    mixed = attend(params, (x @ params["query"])[None], keys, values, jnp)[0]
    return Cache(keys, values, x + mixed)


def read_first(params, word):
    nothing = jnp.zeros((0, WIDTH))
    return read_next(params, Cache(nothing, nothing, None), word)


CACHED = nd.Steps(read_first, read_next, lambda params, cache: finish(params, cache.hidden, jnp))


def remember(params, memory, x, np):
    gates = x @ params["input"] + memory.hidden @ params["recurrent"] + params["bias"]
    forget, enter, show = (1 / (1 + np.exp(-g)) for g in np.split(gates, 4, axis=-1)[:3])
    cell = forget * memory.cell + enter * np.tanh(gates[..., 3 * WIDTH :])
    return Memory(show * np.tanh(cell), cell)


def name_memory(params, memory):
    logits = memory.hidden @ params["read"] + params["offset"]
    return {"lstm.hidden": memory.hidden, "lstm.cell": memory.cell, "word.logits": logits}


def encode_lstm(params, vectors, np=jnp):
    return go_on_lstm(params, None, vectors, np)[0]


def go_on_lstm(params, memory, vectors, np=jnp):
    nothing = np.zeros((*vectors.shape[:-2], WIDTH), vectors.dtype)
    memory, positions = memory or Memory(nothing, nothing), []
    for place in range(vectors.shape[-2]):
        memory = remember(params, memory, vectors[..., place, :], np)
        positions.append(name_memory(params, memory))
    layers = {name: np.stack([p[name] for p in positions], axis=-2) for name in positions[0]}
    return layers, memory


def begin_lstm(params, word):
    return advance_lstm(params, Memory(jnp.zeros(WIDTH), jnp.zeros(WIDTH)), word)


def advance_lstm(params, memory, word):
    return remember(params, memory, jnp.asarray(params["table"])[word], jnp)


REMEMBERED = nd.Steps(begin_lstm, advance_lstm, name_memory)

SQUARE = (WIDTH, WIDTH)
ATTENTION = {
    "positions": (POSITIONS, WIDTH), "query": SQUARE, "key": SQUARE, "value": SQUARE,
    "mix": SQUARE, "scale": (WIDTH,), "shift": (WIDTH,), "up": (WIDTH, 10), "rise": (10,),
    "down": (10, WIDTH), "scale2": (WIDTH,), "shift2": (WIDTH,),
}  # fmt: skip
FAMILIES = {
    "attention": ["attention.hidden"], "mlp": ["mlp.before", "mlp.after"],
    "top": ["top.hidden", "top.logits"],
}  # fmt: skip
GELU = {"mlp.after": ("mlp.before", -0.752461)}


@functools.cache
def bidirectional() -> Toy:
    """Make an encoder that reads `[CLS] ... [SEP]` whole, with five classes on top."""
    tokenizer = make_tokenizer(("[CLS]", "[SEP]", "[UNK]"), 10)
    words = len(tokenizer.allowed)
    formula = functools.partial(encode_transformer, causal=False)
    params = draw_params(1, {
        "table": (words, WIDTH), **ATTENTION, "read": (WIDTH, len(NAMES)), "offset": (len(NAMES),),
    })
    return Toy(nd.make_model(
        "bidirectional", formula, params, tokenizer, table=lambda params: params["table"],
        readouts={"top.logits": ("top.hidden", "read", "offset")}, names={"top.logits": NAMES},
        families=FAMILIES, start=nd.Start((0,), (1,)), nonlinearities=GELU), formula)


@functools.cache
def causal() -> Toy:
    """Make a language model that reads `<s> ...` word by word, keeping keys and values."""
    tokenizer = make_tokenizer(("<s>", "<unk>"), 11)
    words = len(tokenizer.allowed)
    formula = functools.partial(encode_transformer, causal=True)
    params = draw_params(2, {
        "table": (words, WIDTH), **ATTENTION, "read": (WIDTH, words), "offset": (words,),
    })
    return Toy(nd.make_model(
        "causal", formula, params, tokenizer, table=lambda params: params["table"],
        readouts={"top.logits": ("top.hidden", "read", "offset")},
        names={"top.logits": tokenizer.spell(range(words))}, steps=CACHED, families=FAMILIES,
        start=nd.Start((0,)), next_word="top.logits", nonlinearities=GELU,
    ), formula)


@functools.cache
def lstm() -> Toy:
    """Make a recurrent language model that starts with nothing."""
    vocabulary = nd.make_vocabulary(nd.SPECIAL_WORDS + WORDS[:9])
    words = len(vocabulary.words)
    params = draw_params(3, {
        "table": (words, WIDTH), "input": (WIDTH, 4 * WIDTH), "recurrent": (WIDTH, 4 * WIDTH),
        "bias": (4 * WIDTH,), "read": (WIDTH, words), "offset": (words,),
    })
    return Toy(nd.make_model(
        "lstm", encode_lstm, params, nd.word_tokenizer(vocabulary),
        table=lambda params: params["table"],
        readouts={"word.logits": ("lstm.hidden", "read", "offset")},
        names={"word.logits": vocabulary.words}, steps=REMEMBERED, go_on=go_on_lstm,
        families={"lstm": ["lstm.hidden", "lstm.cell"], "word": ["word.logits"]},
        next_word="word.logits",
    ), encode_lstm)


class Projected(NamedTuple):  # words as the folded transformer takes them, one row a word
    vectors: Any
    keys: Any  # without their positions


@functools.cache
def folded() -> Toy:
    """Make the causal transformer by hand: keys of all words made once, and rough steps."""
    model, formula = causal()

    def look_up(params, words):
        vectors = embed_words(params["table"], words)
        hard = isinstance(words, jnp.ndarray) and jnp.issubdtype(words.dtype, jnp.integer)
        known = "word_keys" in params and hard
        return Projected(
            vectors, params["word_keys"][words] if known else vectors @ params["key"]
        )

    def encode(params, words):
        length = len(words.vectors)
        around = params["positions"][:length]
        x, keys = words.vectors + around, words.keys + around @ params["key"]
        seen = jnp.arange(length) <= jnp.arange(length)[:, None]
        values = x @ params["value"]
        return finish(
            params, x + attend(params, x @ params["query"], keys, values, jnp, seen), jnp
        )

    def blur(read):
        return lambda params, *rest: read(
            {**params, "mix": jnp.asarray(params["mix"], jnp.bfloat16).astype(jnp.float32)}, *rest
        )

    encoder = model.encoder._replace(
        embed=look_up, encode=encode, rough=nd.Steps(*map(blur, CACHED)),
        prepare=lambda params: {**params, "word_keys": params["table"] @ params["key"]},
    )
    return Toy(model._replace(name="folded", encoder=encoder), formula)


def whole(toy: Toy) -> Toy:
    """Leave the steps out, so that every text is read whole."""
    encoder = toy.model.encoder._replace(steps=None, rough=None)
    return toy._replace(model=toy.model._replace(name=f"{toy.model.name}-whole", encoder=encoder))


# By name, so that a test's own is read in its report.
TOYS = {
    "bidirectional": bidirectional, "causal": causal, "lstm": lstm, "folded": folded,
    "causal-whole": lambda: whole(causal()), "lstm-whole": lambda: whole(lstm()),
}  # fmt: skip
# What neurons are asked for: hidden ones, flat ones, logits, signs, places, a difference.
NEURONS = {
    "transformer": ("attention.hidden:3", "mlp.before:2", "-top.logits:1",
                    "top.logits:3 - top.hidden:2"),
    "lstm": ("lstm.hidden:3", "lstm.cell:2", "-word.logits:5", "word.logits:7 - lstm.hidden:2"),
}  # fmt: skip


def neurons_of(toy: Toy) -> tuple[str, ...]:
    return NEURONS["lstm" if "lstm.cell" in toy.model.layers else "transformer"]


def make_texts(number: int = 40, seed: int = 0) -> list[str]:
    """Draw texts that all toys can read, some of them the beginnings of others."""
    generator = np.random.default_rng(seed)
    words = [word for word in WORDS[:9] if not word.startswith("##")]
    texts = [" ".join(generator.choice(words, generator.integers(2, 7))) for _ in range(number)]
    return texts + [f"{text} dog" for text in texts[::4]]
