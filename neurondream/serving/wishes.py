"""What a page may ask for: JSON within bounds, checked before anything is done (host side)."""

from typing import Any, NamedTuple

import numpy as np

from neurondream.errors import InputError
from neurondream.files import parse_json
from neurondream.model import Model, allow_only

MOST_BYTES = 2**15
MOST_CHARACTERS = 2000
MOST_WORDS = 16  # of a dream: more take minutes to compile
MOST_BANNED = 50
_KINDS = {str: "a text", int: "a whole number", list: "a list of words"}


class Text(NamedTuple):
    """A text to read."""

    neuron: str
    text: str


class Wish(NamedTuple):
    """Another dream of a neuron."""

    neuron: str
    length: int
    ban: tuple[str, ...]  # words that it may not hold
    beginning: str  # a text that it stands behind; empty for none


def read_text_request(body: bytes) -> Text:
    """Read `{"neuron", "text"}`.

    Raises:
      InputError: it is anything else.
    """
    asked = _read_fields(body, {"neuron": str, "text": str})
    if not asked["text"].strip():
        raise InputError("text: type a word or more")
    return Text(**asked)


def read_wish(body: bytes) -> Wish:
    """Read `{"neuron", "length", "ban", "beginning"}`.

    Raises:
      InputError: it is anything else.
    """
    asked = _read_fields(body, {"neuron": str, "length": int, "ban": list, "beginning": str})
    if not 1 <= asked["length"] <= MOST_WORDS:
        raise InputError(f"length={asked['length']}: give 1 to {MOST_WORDS}")
    ban = asked["ban"]
    if len(ban) > MOST_BANNED or not all(isinstance(word, str) for word in ban):
        raise InputError(f"ban: give at most {MOST_BANNED} words")
    ban = tuple(dict.fromkeys(_check_text("ban", word).strip() for word in ban))
    if "" in ban:
        raise InputError("ban: holds an empty word; leave it out")
    return Wish(asked["neuron"], asked["length"], ban, asked["beginning"].strip())


def _read_fields(body: bytes, kinds: dict[str, type]) -> dict[str, Any]:
    try:
        asked = parse_json(body)
    except ValueError:
        raise InputError("the request is no JSON") from None
    if not isinstance(asked, dict) or asked.keys() != kinds.keys():
        raise InputError(f"the request is not an object of {', '.join(kinds)}")
    for name, kind in kinds.items():
        if type(asked[name]) is not kind:  # true is an int
            raise InputError(f"{name}: give {_KINDS[kind]}")
        if kind is str:
            _check_text(name, asked[name])
    return asked


def _check_text(name: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name} of {len(text)} characters: give at most {MOST_CHARACTERS}")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"{name}: holds half of a character (a lone surrogate); write it anew")
    return text


def apply_wish(model: Model, wish: Wish) -> Model:
    """Make a model that dreams as wished: behind the beginning, without the banned words.

    A beginning stands in place of those that the model reads n-grams behind, and after what it has
    always read.

    Raises:
      InputError: the model does not know a word.
    """
    if wish.ban:
        model = allow_only(model, model.tokenizer.allowed & ~find_words(model, wish.ban))
    if wish.beginning:
        special = set(model.tokenizer.special.values())
        for word in wish.beginning.split():
            if special & set(model.tokenizer.encode(word).tolist()):
                raise InputError(f"beginning {wish.beginning!r}: the model does not know {word!r}")
        before = model.start.before + tuple(model.tokenizer.encode(wish.beginning).tolist())
        model = model._replace(start=model.start._replace(before=before), beginnings=())
    return model


def find_words(model: Model, words: tuple[str, ...]) -> np.ndarray:
    """Find the tokens that are written like words, with or without blanks and capitals.

    Returns:
      Which they are, `bool [V]`.

    Raises:
      InputError: no token is written like one of them.
    """
    tokenizer = model.tokenizer
    pieces = np.array([
        piece.strip().casefold() for piece in tokenizer.spell(range(len(tokenizer.allowed)))
    ])
    found = np.zeros(len(pieces), bool)
    for word in words:
        same = pieces == word.casefold()
        if not (same & tokenizer.allowed).any():
            raise InputError(f"ban {word!r}: not one word of the model, or banned already")
        found |= same
    return found
