"""N-grams of lines as a person reads them: pieces are words, or parts of words (host side)."""

from collections.abc import Mapping
from typing import Any

Ngram = Mapping[str, Any]


def join_pieces(ngram: Ngram, start: int, end: int | None = None) -> str:
    """Write some pieces of an n-gram out, as its text has them where that can be told."""
    part = ngram["pieces"][start:end]
    # Pieces that bring their own blanks, as those of byte pair encoding do.
    whole = "".join(ngram["pieces"]).strip() == ngram["text"].strip()
    return "".join(part).strip() if whole and name_piece(ngram) == "token" else " ".join(part)


def name_piece(ngram: Ngram) -> str:
    """Say what a piece of an n-gram is: a word, or a token that need not be one."""
    return "word" if ngram["text"] == " ".join(ngram["pieces"]) else "token"
