"""Lines of a file of text, and what tells a file from text (host side)."""

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from neurondream.errors import InputError
from neurondream.files import MOST_PACKED

HEAD = 2**20  # characters that tell what a file is
_GZIP = b"\x1f\x8b"
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHERS = {
    b"PAR1": "Parquet", b"PK\x03\x04": "a zip archive", b"%PDF": "a PDF", b"\x89HDF": "HDF5",
    b"\x93NUMPY": "a numpy array", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive", b"SQLite format": "a database", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"7z\xbc\xaf": "a 7z archive",
}  # fmt: skip
_LONGEST = 2**26  # characters: what is longer is no file of lines
_ENOUGH = 2**20  # characters that even the smallest packed file may hold


def is_parquet(path: Path) -> bool:
    """Tell whether a file begins as Parquet does."""
    return path.is_file() and _begin(path).startswith(b"PAR1")


def read_lines(path: Path) -> Iterator[tuple[str, int]]:
    """Read lines as they end, by CR, LF or both, and how many bytes of the file are read.

    What gzip has packed is unpacked, whatever the file's name.

    Raises:
      InputError: the file is not text, as UTF-8 or as UTF-16 with its mark.
    """
    number = size = read = 0
    with _open_text(path) as (text, raw):
        while line := text.readline(_LONGEST):
            number += 1
            size += len(line)
            if number % 1024 == 1 or len(line) > _ENOUGH:
                _check_size(path, size)
                read = raw.tell()  # asks the system
            if len(line) == _LONGEST:
                raise InputError(f"{path}, line {number}: too long; not a file of lines")
            if "\0" in line:
                raise InputError(f"{path}, line {number}: holds NUL; give plain text as UTF-8")
            yield line, read


def read_head(path: Path) -> str:
    """Read the beginning of a file of text.

    Raises:
      InputError: the file is not text.
    """
    with _open_text(path) as (text, _):
        return text.read(HEAD)


def read_text(path: Path) -> str:
    """Read all of a file of text.

    Raises:
      InputError: the file is not text.
    """
    with _open_text(path) as (text, _):
        most = max(_ENOUGH, MOST_PACKED * path.stat().st_size)
        content = text.read(most)
        if text.read(1):
            _check_size(path, most + 1)
        return content


def _check_size(path: Path, characters: int) -> None:
    """Refuse what unpacks to far more than it is."""
    if characters > max(_ENOUGH, MOST_PACKED * path.stat().st_size):
        raise InputError(f"{path}: unpacks to more than {MOST_PACKED} times its size")


@contextlib.contextmanager
def _open_text(path: Path) -> Iterator[tuple[IO[str], IO[bytes]]]:
    if not path.is_file():
        raise InputError(f"{path}: no plain file")
    begin = _begin(path)
    for signature, what in _OTHERS.items():
        if begin.startswith(signature):
            raise InputError(f"{path}: {what}; give a file of text")
    encoding = _MARKS.get(begin[:2], "utf-8-sig")
    try:
        with _open(path) as (data, raw), io.TextIOWrapper(data, encoding) as text:
            yield text, raw
    except UnicodeDecodeError:
        raise InputError(
            f"{path}, line {_find_broken(path, encoding)}: not UTF-8; save the file as UTF-8"
        ) from None


@contextlib.contextmanager
def _open(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == _GZIP or path.suffix == ".gz"
            raw.seek(0)
            with gzip.open(raw) if packed else contextlib.nullcontext(raw) as data:
                yield data, raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read; give a whole file ({error})") from None


def _begin(path: Path) -> bytes:
    with _open(path) as (data, _):
        return data.read(16)


def _find_broken(path: Path, encoding: str) -> int:
    """Find the line that cannot be decoded; the text is decoded in pieces of many lines."""
    if encoding == "utf-16":
        return 1
    with _open(path) as (data, _):
        for number, line in enumerate(data, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
