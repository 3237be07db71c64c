"""A row of texts: what of its fields they are, and of which picture (host side)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from neurondream.errors import InputError

TEXTS = ("caption", "text", "captions", "content", "comment", "sentence", "raw")
IMAGES = ("image_id", "image", "file_name", "filename", "image_name", "img", "cocoid", "key")
SPLIT = "split"
_NUMBERED = re.compile(r"(?:caption|text|comment|sentence)[_ -]?\d+")


class Row(NamedTuple):
    """Texts that belong together."""

    texts: tuple[str, ...]  # as they are written, blank ones too
    image: str = ""  # of which they are
    split: str | None = None  # None where it is not said
    alias: str = ""  # what the picture is called besides


class Fields(NamedTuple):
    """Which fields hold what."""

    texts: tuple[str, ...]
    image: str | None
    alias: str | None
    split: str | None

    def every(self) -> Iterator[str]:
        """Name all fields that are read."""
        yield from self.texts
        yield from filter(None, (self.image, self.alias, self.split))


def choose_fields(names: Sequence[str], column: str | None = None) -> Fields:
    """Choose what the fields of a row are by their names; no texts where none says so.

    Args:
      names: of all fields.
      column: that holds the texts.
    """
    by_name = {name.lower(): name for name in reversed(names)}
    if column is not None:
        texts = (column,) if column in names else ()
    elif first := next((by_name[name] for name in TEXTS if name in by_name), None):
        texts = (first,)
    else:
        texts = tuple(name for name in names if _NUMBERED.fullmatch(name.lower()))
    images = [by_name[name] for name in IMAGES if name in by_name and by_name[name] not in texts]
    image, alias, *_ = [*images, None, None]
    return Fields(texts, image, alias, by_name.get(SPLIT))


def make_row(values: Mapping[str, Any], fields: Fields, where: str = "a row") -> Row:
    """Make a row of what its fields hold; a field may hold several texts.

    Raises:
      InputError: one that should hold texts does not.
    """
    texts: list[str] = []
    for name in fields.texts:
        value = values[name]
        several = value if isinstance(value, list) else [value]
        if not all(text is None or isinstance(text, str) for text in several):
            raise InputError(f"{where}: {name!r} holds no text but {value!r:.60}")
        texts += [text or "" for text in several]

    def read(name: str | None) -> str:
        value = values.get(name) if name else None
        return "" if value is None or isinstance(value, dict | list | bytes) else str(value)

    split = read(fields.split) if fields.split else None
    return Row(tuple(texts), read(fields.image), split, read(fields.alias))
