"""Texts as a model reads them, with their distinct n-grams (host side)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from neurondream.corpora.captions import concatenate
from neurondream.corpora.ngrams import Ngrams, collect_ngrams
from neurondream.corpora.texts import check_of_files, made_scenes, open_captions
from neurondream.errors import InputError
from neurondream.files import HALF, hash_arrays, is_writable
from neurondream.model import Model


class Corpus(NamedTuple):
    """What dreams are compared with."""

    names: tuple[str, ...]  # where it came from
    length: int  # L of its n-grams
    raw: Sequence[str]  # the texts as they were
    texts: list[np.ndarray]  # token ids of each
    ngrams: Ngrams
    sha256: str  # of the distinct n-grams and their counts
    made: bool = False  # whether all of it is of the made world, whose grammar is known
    column: str | None = None  # that held the texts, where that had to be said
    form: str | None = None  # of the files, where that had to be said
    blank: int = 0  # texts that were skipped, since they hold nothing


def read_corpus(
    names: str | Sequence[str], model: Model, *, length: int = 5, column: str | None = None,
    form: str | None = None,
) -> Corpus:
    """Read texts, or make them, and collect their n-grams.

    Args:
      names: paths that `corpora.captions` reads; `scenes` or `scenes:N` are made.
      model: whose tokens they are read as.
      length: L.
      column: that holds the texts, where its name does not tell.
      form: of the files, where they do not tell, see `corpora.rows`.

    Raises:
      InputError: there is none, a file is not what it should be, or it holds no n-gram of
        allowed tokens.
    """
    if not names:
        raise InputError("corpus: give the name of one or more")
    names = (names,) if isinstance(names, str) else tuple(names)
    check_of_files(names, column, form)
    read = concatenate([open_captions(name, column, form) for name in names])
    return make_corpus(read.texts, model, length=length, names=names)._replace(
        made=all(made_scenes(name) is not None for name in names), column=column, form=form,
        blank=read.blank,
    )


def make_corpus(
    texts: Sequence[str], model: Model, *, length: int = 5, names: Sequence[str] = ("texts",)
) -> Corpus:
    """Make a corpus of texts that are at hand.

    Args:
      texts: any.
      model: whose tokens they are read as.
      length: L.
      names: what the corpus is called.

    Raises:
      InputError: the length is below 1, there is no n-gram of allowed tokens, or a text holds half
        of a character.
    """
    for number, text in enumerate(texts):
        if not is_writable(text):
            raise InputError(f"text {number} of {', '.join(names)}: holds {HALF}")
    encoded = [model.tokenizer.encode(text) for text in texts]
    ngrams = collect_ngrams(encoded, length, model.tokenizer.allowed)
    digest = hash_arrays(ngrams.tokens, ngrams.counts)
    return Corpus(tuple(names), length, list(texts), encoded, ngrams, digest)


def describe_corpus(corpus: Corpus) -> dict[str, Any]:
    """Write down which corpus was searched."""
    return {
        "corpus": list(corpus.names),
        "corpus_ngrams": len(corpus.ngrams.tokens),
        "corpus_sha256": corpus.sha256,
        "corpus_ngrams_left_out_unknown": corpus.ngrams.unknown,
        "corpus_captions_too_short": corpus.ngrams.short,
        "corpus_captions_blank": corpus.blank,
        "corpus_column": corpus.column,
        "corpus_format": corpus.form,
    }
