"""What counts as a word (host side)."""

import functools
import re
import unicodedata

# How texts are split is part of a model: version 1 takes combining marks for no part of a word.
VERSION = 2
_WORD = r"\w+(?:['\u2019-]\w+)*|[^\w\s]"
_PLANES = (range(0x20000), range(0xE0100, 0xE01F0))  # that hold combining marks
_JOINERS = "\u200c\u200d"
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SKINS = "\U0001f3fb-\U0001f3ff"


def tokenize(text: str, version: int = VERSION) -> list[str]:
    """Split a text into lower-case words and punctuation marks.

    Args:
      text: any.
      version: of the way to split. Since 2 the text is normalized (NFC), marks stay with their
        letters, and what is drawn as one sign is one word.
    """
    if version == 1:
        return _pattern(version).findall(text.lower())
    return _pattern(version).findall(unicodedata.normalize("NFC", text.lower()))


@functools.cache
def _pattern(version: int) -> re.Pattern:
    if version == 1:
        return re.compile(_WORD)
    marks = "".join(
        re.escape(chr(code)) for plane in _PLANES for code in plane
        if unicodedata.category(chr(code)).startswith("M")
    )
    word = rf"\w[\w{marks}{_JOINERS}]*"
    emoji = rf"[{_EMOJI}][{_SKINS}{marks}]*"
    return re.compile(
        rf"{word}(?:['\u2019-]{word})*"
        rf"|[\U0001f1e6-\U0001f1ff]{{2}}"  # a flag
        rf"|{emoji}(?:\u200d{emoji})*"
        rf"|[^\w\s][{marks}]*"
    )
