"""Long corpora read part by part, so that memory does not grow with them (host side)."""

import csv
import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from neurondream.errors import InputError

COLUMNS = ("text", "caption", "content")  # the first that is there, where none is asked for
KINDS = (".txt", ".jsonl", ".ndjson", ".tsv", ".csv", ".parquet")
PACKED = ".gz"
TEXTS, CHARACTERS = 16_384, 4_000_000  # at most, in a part
_LONGEST = 2**26  # bytes of a line: what is longer is no file of lines


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
      InputError: one is not there or of no known kind, or a folder holds none.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if _kind(each) in KINDS)
            if not inside:
                raise InputError(f"{path}: holds no file of a kind among {', '.join(KINDS)}")
            files += inside
        elif not path.is_file():
            raise InputError(f"{path}: no such file or folder")
        elif _kind(path) not in KINDS:
            raise InputError(f"{path}: known are {', '.join(KINDS)}, packed as {PACKED} or not")
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
      files: plain text, a text a line; JSON lines; tables with a header row; Parquet.
      column: that holds the texts; by default the first of `COLUMNS` that is there.
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
    read = {
        ".txt": _read_plain, ".jsonl": _read_json, ".ndjson": _read_json, ".parquet": _read_parquet,
    }.get(_kind(path), _read_table)
    texts = ((text, at) for text, at in read(path, column) if text and not text.isspace())
    yield from itertools.islice(texts, skip, None)


def _kind(path: Path) -> str:
    name = path.name.lower().removesuffix(PACKED)
    return Path(name).suffix


def _read_lines(path: Path) -> Iterator[tuple[int, str, int]]:
    """Read lines with their numbers and the bytes that are read, each checked to be text."""
    packed = path.name.lower().endswith(PACKED)
    try:
        with open(path, "rb") as raw, gzip.open(raw) if packed else raw as file:
            number = 0
            while line := file.readline(_LONGEST):
                number += 1
                where = f"{path}, line {number}"
                if len(line) == _LONGEST and line[-1:] != b"\n":
                    raise InputError(f"{where}: longer than {_LONGEST} bytes; no file of lines")
                if b"\0" in line:
                    raise InputError(f"{where}: holds NUL bytes; give plain text as UTF-8")
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    raise InputError(f"{where}: not UTF-8; save the file as UTF-8") from None
                yield number, text, raw.tell()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None


def _read_plain(path: Path, column: str | None) -> Iterator[tuple[str, int]]:
    if column is not None:
        raise InputError(f"column={column}: {path} is plain text and has none")
    for _, line, read in _read_lines(path):
        yield line.strip(), read


def _read_json(path: Path, column: str | None) -> Iterator[tuple[str, int]]:
    for number, line, read in _read_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: not a JSON object")
        column = column or _choose(path, row.keys())
        if not isinstance(row.get(column), str):
            raise InputError(f"{path}, line {number}: {column!r} holds no text")
        yield row[column], read


def _read_table(path: Path, column: str | None) -> Iterator[tuple[str, int]]:
    # Tabs separate without quotes, as caption files have them; commas with.
    tabs = _kind(path) == ".tsv"
    quoting = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if tabs else {"strict": True}
    position = [0]

    def give_lines() -> Iterator[str]:
        for _, line, position[0] in _read_lines(path):
            yield line

    rows = csv.reader(give_lines(), **quoting)
    header: list[str] | None = None
    try:
        for row in rows:
            if header is None:
                header = row
                column = column or _choose(path, header)
                if header.count(column) != 1:
                    raise InputError(
                        f"{path}: {header.count(column)} columns {column!r} in {header!r:.100}"
                    )
                at = header.index(column)
            elif row and len(row) != len(header):
                raise InputError(
                    f"{path}, line {rows.line_num}: {len(row)} columns where the header row has "
                    f"{len(header)}"
                )
            elif row:
                yield row[at], position[0]
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: {error}") from None


def _read_parquet(path: Path, column: str | None) -> Iterator[tuple[str | None, int]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            f"{path}: Parquet takes pip install 'neurondream[parquet]'"
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            column = column or _choose(path, names)
            if column not in names:
                raise InputError(f"{path}: no column {column!r} in {names!r:.100}")
            rows, size = 0, path.stat().st_size
            for batch in file.iter_batches(batch_size=4096, columns=[column]):
                rows += len(batch)
                for text in batch.column(0).to_pylist():
                    if not isinstance(text, str | None):
                        raise InputError(f"{path}: {column!r} holds no texts but {text!r:.50}")
                    yield text, size * rows // file.metadata.num_rows
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: no readable Parquet file ({error})") from None


def _choose(path: Path, names) -> str:
    for name in COLUMNS:
        if name in names:
            return name
    raise InputError(
        f"{path}: no column {', '.join(COLUMNS)} in {list(names)!r:.100}; give its name as column"
    )
