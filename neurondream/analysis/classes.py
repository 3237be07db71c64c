"""One word class for each piece of a tokenizer, by a part-of-speech tagger (host side).

The tagger knows English; pieces that are parts of words are classified as if they were words.
"""

import collections
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from neurondream.errors import InputError

CLASSES = (
    "noun", "verb", "participle", "adjective", "adverb", "preposition", "determiner", "pronoun",
    "conjunction", "auxiliary", "number", "punctuation", "other",
)  # fmt: skip
FUNCTION_CLASSES = ("determiner", "preposition", "pronoun", "conjunction", "auxiliary")

TEXTS = 10_000

# Tags of the Penn Treebank (Marcus, Santorini & Marcinkiewicz 1993); all others are "other".
_TAGS = {
    "noun": "NN NNS NNP NNPS",
    "verb": "VB VBD VBP VBZ",
    "participle": "VBG VBN",
    "adjective": "JJ JJR JJS",
    "adverb": "RB RBR RBS WRB",
    "preposition": "IN TO RP",
    "determiner": "DT PDT PRP$ WP$",
    "pronoun": "PRP WP WDT EX",
    "conjunction": "CC",
    "auxiliary": "MD",
    "number": "CD",
}
_CLASS_OF_TAG = {tag: kind for kind, tags in _TAGS.items() for tag in tags.split()}

# Before a word or a part of one: blanks, and what byte pair encoding, SentencePiece and WordPiece
# write. A mark alone is the word.
_MARKS = " \N{LATIN CAPITAL LETTER G WITH DOT ABOVE}\N{LOWER ONE EIGHTH BLOCK}#"

_OPEN = ("noun", "verb", "participle", "adjective", "adverb")

# What the tag set does not tell apart: forms of "be" from verbs, "while" from prepositions.
_CLOSED = {
    "auxiliary": "am is are was were be been being isn't aren't wasn't weren't",
    "conjunction": "and but or nor while as because if although though unless whether than",
    "determiner": "several many few",
    "preposition": "past",
    "pronoun": "that",
}
_CLASS_OF_WORD = {word: kind for kind, words in _CLOSED.items() for word in words.split()}


def tag_words(texts: Sequence[Sequence[str]], pieces: Iterable[str]) -> dict[str, str]:
    """Give each piece the class that its word has most often in texts, or alone if it is in none.

    The tagger is that of the pattern library (De Smedt & Daelemans 2012) as TextBlob ships it,
    with its contextual rules (Brill 1992) for the open classes.

    Args:
      texts: their words in lower case; of more than 10,000, an evenly spaced sample is read.
      pieces: to classify; blanks, capitals and the marks of subword tokenizers do not count.

    Raises:
      InputError: TextBlob is not installed.
    """
    try:
        from textblob.en import lexicon
        from textblob.en.taggers import PatternTagger
    except ImportError:
        raise InputError(
            "word classes need the package textblob: pip install 'neurondream[analysis]'"
        ) from None
    tagger = PatternTagger()

    def classify(text):
        alone = tagger.tag(" ".join(text), tokenize=False)
        # A word that the tagger cuts in two would shift all that follow it.
        if len(alone) != len(text):
            return ()
        within = lexicon.context.apply([[word, tag] for word, tag in alone])
        return [
            (word, _choose(word, tag, rather))
            for word, (_, tag), (_, rather) in zip(text, alone, within, strict=True)
        ]

    seen = collections.defaultdict(collections.Counter)
    for text in texts[:: -(-len(texts) // TEXTS) or 1]:
        for word, kind in classify(text):
            seen[word][kind] += 1
    classes = {}
    for piece in pieces:
        word = piece.strip(_MARKS).lower() or piece
        if word not in seen:
            seen[word].update(kind for _, kind in classify([word]))
        classes[piece] = max(seen[word], key=seen[word].get, default="other")
    return classes


def number_classes(words: Sequence[str], classes: Mapping[str, str]) -> np.ndarray:
    """Look up the class of every word as its place in `CLASSES`, `int8 [V]`; -1 without one."""
    numbers = {kind: number for number, kind in enumerate(CLASSES)}
    return np.array([numbers.get(classes.get(word), -1) for word in words], np.int8)


def _choose(word, tag, rather):
    """Choose the class of a word by its tag in the lexicon and the one that its context asks for.

    The rules for newspaper text make pronouns of participles; only open classes are left to them.
    """
    if not any(letter.isalnum() for letter in word):
        return "punctuation"
    if word.isdecimal():
        return "number"
    kind, contextual = (_CLASS_OF_TAG.get(each, "other") for each in (tag, rather))
    both_open = kind in _OPEN and contextual in _OPEN
    return _CLASS_OF_WORD.get(word) or (contextual if both_open else kind)
