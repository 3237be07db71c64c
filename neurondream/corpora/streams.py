"""Long corpora read part by part, so that memory does not grow with them (host side)."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from neurondream.corpora.rows import read_rows
from neurondream.errors import InputError

# What is read of a folder; a file that is named may be called anything.
KINDS = (".txt", ".json", ".jsonl", ".ndjson", ".tsv", ".csv", ".parquet", ".token")
PACKED = ".gz"
TEXTS, CHARACTERS = 16_384, 4_000_000  # at most, in a part


class Part(NamedTuple):
    """Some texts of a corpus, one after another."""

    file: int  # of those listed
    first: int  # text of the file
    texts: list[str]
    read: int  # bytes of the file so far


def list_files(names: Sequence[str | Path]) -> list[Path]:
    """List the files of a corpus, in the order of reading.

    Args:
      names: files, and folders of them.

    Raises:
      InputError: one is not there, or a folder holds none.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(
                each for each in path.rglob("*")
                if Path(each.name.lower().removesuffix(PACKED)).suffix in KINDS
            )
            if not inside:
                raise InputError(f"{path}: holds no file of a kind among {', '.join(KINDS)}")
            files += inside
        elif not path.is_file():
            raise InputError(f"{path}: no such file or folder")
        else:
            files.append(path)
    if not files:
        raise InputError("texts: give one file or more")
    return files


def read_parts(
    files: Sequence[Path], column: str | None = None, done: tuple[int, int] = (0, 0)
) -> Iterator[Part]:
    """Read texts part by part; parts are the same wherever reading begins.

    Args:
      files: of any form that `rows.read_rows` knows.
      column: that holds the texts, where its name does not tell.
      done: file and text that the next part begins with.

    Raises:
      InputError: a file is not what its name says, or holds no such column.
    """
    for number in range(done[0], len(files)):
        first = done[1] if number == done[0] else 0
        texts: list[str] = []
        size = 0
        for text, read in read_file(files[number], column, first):
            texts.append(text)
            size += len(text)
            if len(texts) >= TEXTS or size >= CHARACTERS:
                yield Part(number, first, texts, read)
                first, texts, size = first + len(texts), [], 0
        if texts:
            yield Part(number, first, texts, files[number].stat().st_size)


def read_file(
    path: Path, column: str | None = None, skip: int = 0
) -> Iterator[tuple[str, int]]:
    """Read the texts of one file behind the first `skip`, and how many of its bytes are read.

    See `read_parts`; blank texts are left out.
    """
    texts = (
        (text, read) for row, read in read_rows(path, column) for text in row.texts
        if text and not text.isspace()
    )
    yield from itertools.islice(texts, skip, None)
