"""Tokenizers of Hugging Face folders, by the `tokenizers` package (host side)."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from neurondream.errors import InputError
from neurondream.files import hash_file
from neurondream.tokens.tokenizer import Tokenizer

FILE = "tokenizer.json"
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # of SentencePiece
_BYTE = re.compile("<0x[0-9A-F]{2}>")
_SAMPLE = "a"
_BROKEN = "\N{REPLACEMENT CHARACTER}"


def open_tokenizer(folder: Path, size: int) -> tuple[Tokenizer, tuple[int, ...], tuple[int, ...]]:
    """Open the tokenizer of a folder.

    Args:
      folder: holds `tokenizer.json`.
      size: V, rows of the model's table; there may be more than tokens.

    Returns:
      The tokenizer, and the special tokens that it puts before and after every text.

    Raises:
      InputError: the file or the package is missing, or the file is damaged.
    """
    try:
        import tokenizers
    except ImportError:
        raise InputError(
            f"{folder}: its tokenizer takes pip install 'neurondream[huggingface]'"
        ) from None
    file = folder / FILE
    if not file.exists():
        raise InputError(
            f"{folder}: holds no {FILE}; save one with transformers' "
            "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
        )
    try:
        read = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the package raises no narrower class
        raise InputError(f"{file}: no tokenizer ({error})") from None
    read.no_truncation()
    read.no_padding()
    added = read.get_added_tokens_decoder()
    special = {token.content: key for key, token in added.items() if token.special}
    # Those without a vector, such as Gemma 3's for a picture, are left out of every text.
    written = {*read.get_vocab(with_added_tokens=True).values()} - {*special.values()}
    if (number := max(written, default=-1) + 1) > size:
        raise InputError(f"{file}: {number} tokens, where the model has vectors of {size}")
    special = {name: token for name, token in special.items() if token < size}
    pieces = tuple(spell_piece(read, token, special) for token in range(size))
    allowed = np.array([
        read.id_to_token(token) is not None and token not in added
        and _BROKEN not in read.decode([token])
        for token in range(size)
    ])

    if type(read.model).__name__ == "WordPiece":
        # Rows that no text is read as, such as [unused1].
        whole = [token for token in np.flatnonzero(allowed) if not pieces[token].startswith("##")]
        found = read.encode_batch([pieces[token] for token in whole], add_special_tokens=False)
        allowed[whole] = [
            as_read.ids == [token] for token, as_read in zip(whole, found, strict=True)
        ]

    def encode(text: str) -> np.ndarray:
        ids = np.array(read.encode(text, add_special_tokens=False).ids, np.int32)
        return ids[ids < size]

    def decode(ids: Sequence[int]) -> str:
        return read.decode([int(number) for number in ids], skip_special_tokens=False)

    def respell(texts: Sequence[Sequence[int]]) -> list[list[int]]:
        written = read.decode_batch(list(map(list, texts)), skip_special_tokens=False)
        return [each.ids for each in read.encode_batch_fast(written, add_special_tokens=False)]

    before, after = find_around(read)
    return Tokenizer(
        encode, decode, lambda ids: tuple(pieces[number] for number in ids), allowed, special,
        hash_file(file), respell, np.array([begins_word(read, piece) for piece in pieces]),
        find_unknown(read),
    ), before, after


def spell_piece(read, token: int, special: dict[str, int]) -> str:
    """Write one token so that a person can read it: its own blank before it, bytes as text."""
    raw = read.id_to_token(token)
    if raw is None:
        return f"<{token}>"
    if raw in special or type(read.model).__name__ == "WordPiece":
        return raw
    # A byte that no text is read as: it is none alone, or another token stands for it.
    if _BYTE.fullmatch(raw) and read.encode(read.decode([token])).ids[-1:] != [token]:
        return raw
    # Decoded behind another token, since decoders strip the blank of a text's first one.
    alone, behind = read.decode([token]), read.decode([token, token])
    if behind == alone + alone or not alone:
        return alone or raw.replace(_SPACE, " ")
    return behind[len(alone) :] if behind.startswith(alone) else alone


def begins_word(read, piece: str) -> bool:
    """Tell whether a token begins a word, by how it is written."""
    if type(read.model).__name__ == "WordPiece":
        return not piece.startswith("##")
    return piece.startswith(" ") and not piece.isspace()


def find_unknown(read) -> int | None:
    """Find the token that stands for what the others do not write, as the file says."""
    model = json.loads(read.to_str())["model"]
    name = model.get("unk_token")
    return read.token_to_id(name) if name is not None else model.get("unk_id")


def find_around(read) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Find the special tokens that a tokenizer puts before and after every text."""
    bare = read.encode(_SAMPLE, add_special_tokens=False).ids
    whole = read.encode(_SAMPLE, add_special_tokens=True).ids
    for first in range(len(whole) - len(bare) + 1):
        if whole[first : first + len(bare)] == bare:
            return tuple(whole[:first]), tuple(whole[first + len(bare) :])
    return (), ()
