"""Whether n-grams, written down as text, are read as the tokens that they are (host side)."""

from collections.abc import Callable, Sequence

import numpy as np

from neurondream.tokens.tokenizer import Tokenizer

TOKENS = ("roundtrip", "words", "any")
_REMEMBERED = 2**20  # n-grams


def restrict_tokens(tokenizer: Tokenizer, tokens: str) -> Tokenizer:
    """Decide which n-grams dreams may be.

    Args:
      tokenizer: of a model.
      tokens: `roundtrip`, n-grams that are read as themselves when they are written down; `words`,
        such of them as are made of tokens that begin a word; `any`.
    """
    if tokens == "words" and tokenizer.begins_word is not None:
        tokenizer = tokenizer._replace(allowed=tokenizer.allowed & tokenizer.begins_word)
    return tokenizer._replace(checked=tokens != "any" and tokenizer.respell is not None)


def make_check(
    tokenizer: Tokenizer, befores: Sequence[Sequence[int]], after: Sequence[int]
) -> Callable[[np.ndarray], np.ndarray] | None:
    """Make what counts the faults of n-grams in their whole contexts.

    Args:
      tokenizer: of the model.
      befores: tokens that n-grams are read behind, special ones among them; one or more contexts.
      after: tokens behind them.

    Returns:
      `ids [..., L] -> int32 [...]`: 0 where the text of an n-gram in every context is read as the
      very same tokens; else about as many as are read otherwise. None where every n-gram is.
    """
    if tokenizer.respell is None:
        return None
    special = set(tokenizer.special.values())
    contexts = [(_behind(before, special), _behind(after[::-1], special)[::-1])
                for before in befores]
    known: dict[bytes, int] = {}

    def count_faults(ids: np.ndarray) -> np.ndarray:
        ids = np.ascontiguousarray(ids, np.int32)
        rows = ids.reshape(-1, ids.shape[-1])
        keys = [row.tobytes() for row in rows]
        new = {key: row.tolist() for key, row in zip(keys, rows, strict=True) if key not in known}
        if len(known) + len(new) > _REMEMBERED:
            known.clear()
            new = {key: row.tolist() for key, row in zip(keys, rows, strict=True)}
        known.update(dict.fromkeys(new, 0))
        for before, behind in contexts:
            texts = [before + row + behind for row in new.values()]
            for key, text, read in zip(new, texts, tokenizer.respell(texts), strict=True):
                known[key] += count_differences(text, read)
        faults = np.array([known[key] for key in keys], np.int32)
        return faults.reshape(ids.shape[:-1])

    return count_faults


def count_differences(tokens: list[int], read: list[int]) -> int:
    """Count the tokens between the first and the last that are read otherwise; 0 if none is."""
    if tokens == read:
        return 0
    same = 0
    most = min(len(tokens), len(read))
    while same < most and tokens[same] == read[same]:
        same += 1
    end = 0
    while end < most - same and tokens[-1 - end] == read[-1 - end]:
        end += 1
    return max(len(tokens) - same - end, 1)


def _behind(tokens: Sequence[int], special: set[int]) -> list[int]:
    """Give the tokens behind the last special one: text reaches no further."""
    text: list[int] = []
    for token in tokens:
        text = [] if int(token) in special else [*text, int(token)]
    return text


def words_of(tokenizer: Tokenizer) -> np.ndarray | None:
    """Tell which allowed tokens begin a word, `bool [V]`; None where it does not matter."""
    if tokenizer.begins_word is None or not tokenizer.checked:
        return None
    words = tokenizer.allowed & tokenizer.begins_word
    return words if words.any() else None
