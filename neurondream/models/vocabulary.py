"""The words of a model that reads whole words, and their ids (host side)."""

import collections
import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError
from neurondream.files import is_writable
from neurondream.tokens.tokenizer import Tokenizer
from neurondream.tokens.words import VERSION, tokenize

PADDING, BEGIN, END, UNKNOWN = range(4)
SPECIAL_WORDS = ("<pad>", "<begin>", "<end>", "<unknown>")


class Vocabulary(NamedTuple):
    """All words of a model, special words first, then from frequent to rare."""

    words: tuple[str, ...]  # V words
    ids: dict[str, int]  # their positions in `words`
    tokenizer: int = VERSION  # of `tokenize`, that texts are split by


def make_vocabulary(words: Sequence[str], tokenizer: int = VERSION) -> Vocabulary:
    """Build a vocabulary from its words in order.

    Args:
      words: V distinct words, the special words first.
      tokenizer: version of `tokenize`, that texts are split by.

    Raises:
      InputError: special words are not first, or a word stands there twice.
    """
    words = tuple(words)
    first = words[: len(SPECIAL_WORDS)]
    if first != SPECIAL_WORDS:
        raise InputError(
            f"a vocabulary begins with {' '.join(SPECIAL_WORDS)}, "
            f"this one with {ascii(' '.join(first))[1:-1] or 'nothing'}"
        )
    for word in words:
        # A hash of the words joins them line by line.
        if not word.strip() or "\n" in word or not is_writable(word):
            raise InputError(f"the vocabulary holds {word!r:.60}, which is no word")
    ids = {word: number for number, word in enumerate(words)}
    if len(ids) != len(words):
        twice = next(word for word, count in collections.Counter(words).items() if count > 1)
        raise InputError(f"the vocabulary holds the word {twice!r} twice; words must be distinct")
    if tokenizer not in range(1, VERSION + 1):
        raise InputError(f"tokenizer version {tokenizer!r}: this package knows 1 to {VERSION}")
    return Vocabulary(words, ids, tokenizer)


def count_words(captions: Iterable[Sequence[str]], minimum_count: int) -> Vocabulary:
    """Collect the words that occur often enough, ties in alphabetical order.

    Args:
      captions: B tokenized captions.
      minimum_count: rarer words become `<unknown>`.

    Raises:
      InputError: no word is that frequent.
    """
    counts = collections.Counter(word for caption in captions for word in caption)
    frequent = [word for word, count in counts.items() if count >= minimum_count]
    if not frequent:
        raise InputError(
            f"no word occurs {minimum_count} times or more in the captions: "
            "give more captions or a smaller minimum count"
        )
    return make_vocabulary(SPECIAL_WORDS + tuple(sorted(frequent, key=lambda w: (-counts[w], w))))


def encode_caption(vocabulary: Vocabulary, caption: Sequence[str]) -> np.ndarray:
    """Look up the ids `int32 [L]` of a tokenized caption, `<unknown>` for foreign words."""
    return np.array([vocabulary.ids.get(word, UNKNOWN) for word in caption], np.int32)


def word_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Read texts as lower-case words and punctuation marks."""
    words = vocabulary.words
    return Tokenizer(
        encode=lambda text: encode_caption(vocabulary, tokenize(text, vocabulary.tokenizer)),
        decode=lambda ids: " ".join(words[number] for number in ids),
        spell=lambda ids: tuple(words[number] for number in ids),
        allowed=np.arange(len(words)) >= len(SPECIAL_WORDS),
        special={word: number for number, word in enumerate(SPECIAL_WORDS)},
        sha256=hash_vocabulary(vocabulary),
        unknown=UNKNOWN,
    )


def hash_vocabulary(vocabulary: Vocabulary) -> str:
    """Name a vocabulary by the SHA-256 of its words and of how texts are split into them."""
    version = f"\n\ntokenizer {vocabulary.tokenizer}" if vocabulary.tokenizer > 1 else ""
    return hashlib.sha256(("\n".join(vocabulary.words) + version).encode()).hexdigest()
