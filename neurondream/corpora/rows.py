"""Texts in whatever form people keep them, recognised by what is in a file (host side)."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neurondream.corpora.documents import read_document
from neurondream.corpora.lines import is_parquet, read_head, read_lines, read_text
from neurondream.corpora.row import Row, choose_fields, make_row
from neurondream.errors import InputError
from neurondream.files import HALF, is_writable, parse_json, parse_once

FORMATS = ("text", "table", "lines", "json", "tokens", "parquet")
_TOKEN = re.compile(r"(\S+)#\d+\t(.*)")  # of Flickr8k and Flickr30k
# CoNLL, and CoNLL-U with its ten columns.
_TAGGED = re.compile(r".*\S[ \t](?:[BIES]-\w+|O)|\d+(?:[-.]\d+)?(?:\t[^\t]*){9}")
_MARKUP = re.compile(
    r"<(?:[?!]|/?(?:html|head|body|p|div|span|br|table|svg)\b|\w+[^<>]*>.*</)", re.I | re.S
)
_PICTURE = re.compile(r'"?\S+\.(?:jpe?g|png|gif|bmp|webp|tiff?)\b', re.I)
_DELIMITERS = "\t,;|"
_JSON_LINES = (".jsonl", ".ndjson")


class Table(NamedTuple):
    """How a table is written."""

    delimiter: str
    header: list[str]
    quoted: bool


def read_rows(
    path: Path, column: str | None = None, form: str | None = None
) -> Iterator[tuple[Row, int]]:
    """Read the rows of a file, and how many of its bytes are read.

    Args:
      path: of a file: plain text (a text a line), a table with a header row (tabs, commas,
        semicolons or bars), JSON lines, JSON of COCO, Karpathy or BLIP, `name#0<tab>caption`,
        Parquet; packed by gzip or not.
      column: that holds the texts, where its name does not tell.
      form: one of `FORMATS`, where the file does not tell.

    Raises:
      InputError: the file is none of these, or is damaged.
    """
    for number, (row, read) in enumerate(_read_form(path, column, form), 1):
        if not all(map(is_writable, (*row.texts, row.image, row.alias))):
            raise InputError(f"{path}, row {number}: holds {HALF}")
        yield row, read


def _read_form(path: Path, column: str | None, form: str | None) -> Iterator[tuple[Row, int]]:
    if form is not None and form not in FORMATS:
        raise InputError(f"format={form}: give one of {', '.join(FORMATS)}")
    if form == "parquet" or (form is None and is_parquet(path)):
        yield from _read_parquet(path, column)
        return
    head = read_head(path)
    form = form or recognise(path, head, column)
    if form == "table":
        yield from _read_table(path, find_table(path, head, column), column)
    elif form == "lines":
        yield from _read_json_lines(path, column)
    elif form == "json":
        yield from read_document(path, read_text(path), column)
    elif form == "tokens":
        yield from _read_tokens(path)
    else:
        if column is not None:
            raise InputError(f"column={column}: {path} is plain text and has none")
        for line, read in read_lines(path):
            yield Row((line.removesuffix("\n"),)), read


def recognise(path: Path, head: str, column: str | None = None) -> str:
    """Tell the form of a file by its beginning.

    Raises:
      InputError: it is of a form that is not read, or of none for sure.
    """
    lines = [line for line in head.split("\n")[:200] if line.strip()]
    first = lines[0] if lines else ""
    begin, name = head.lstrip()[:200], path.name.lower().removesuffix(".gz")
    if "[/EN#" in head[:5000]:
        raise InputError(f"{path}: markup of Flickr30k Entities; give the captions without it")
    if re.match(r"""\{\s*["'}]|\[\s*(?:[]{"'[]|$)""", begin):
        # One object alone is a row if it holds a text.
        row = _read_json(first)
        lined = isinstance(row, dict) and (
            len(lines) > 1 or choose_fields(list(row), column).texts
            or name.endswith(_JSON_LINES)
        )
        return "lines" if lined and not isinstance(row.get("annotations"), list) else "json"
    if begin[:1] == "[" and isinstance(_read_json(head), list):
        return "json"
    if _MARKUP.match(begin):
        raise InputError(f"{path}: markup; give plain text")
    tokens = [line for line in lines[:20] if line[0] != "#"]
    if first.startswith("-DOCSTART-") or (
        len(tokens) > 3 and all(map(_TAGGED.fullmatch, tokens))
    ):
        raise InputError(f"{path}: CoNLL, a token a line; give a text a line")
    if _TOKEN.fullmatch(first):
        return "tokens"
    if name.endswith((".tsv", ".csv")) or find_header(first, column, alone=column is not None):
        return "table"
    if lines and name.endswith((".json", *_JSON_LINES)):
        return "lines" if name.endswith(_JSON_LINES) else "json"
    _refuse_tables(path, lines)
    if first[:1] == '"' and all(isinstance(_read_json(line), str) for line in lines):
        return "lines"
    if column is not None:
        raise InputError(f"column={column}: not in the first row of {path}, {first!r:.80}")
    return "text"


def _refuse_tables(path: Path, lines: Sequence[str]) -> None:
    """Refuse what is a table, though its first row does not say for sure of which columns."""
    if all(map(_PICTURE.match, lines[1:] or lines)) and lines:
        what = "its lines begin with pictures' names and its first row names no column; add one"
    elif len(lines) > 1 and find_header(lines[0], None, alone=True):
        what = f"its first row is {lines[0].strip()!r:.60}; give that as column"
    elif len(lines) > 1 and all("\t" in line for line in lines):
        what = "its first row names no column of texts; give the name of one as column"
    else:
        return
    raise InputError(f"{path}: looks like a table: {what}, or format=text")


def _read_json(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return None


def find_header(line: str, column: str | None, *, alone: bool) -> tuple[str, list[str]] | None:
    """Find the delimiter and the names of a header row; None where it names no column of texts.

    Args:
      line: the row.
      column: that holds the texts.
      alone: whether one column makes a table.
    """
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # a field longer than any name
            continue
        names = [cell.strip() for cell in cells]
        if (alone or len(names) > 1) and choose_fields(names, column).texts:
            return delimiter, names
    return None


def find_table(path: Path, head: str, column: str | None) -> Table:
    """Find out how a table is written.

    Raises:
      InputError: its first row names no column of texts, or one twice.
    """
    lines = [line for line in head.split("\n") if line.strip()]
    if not lines:
        return Table("\t", [], False)
    found = find_header(lines[0], column, alone=True)
    if found and len(found[1]) == 1 and ".csv" in path.suffixes:
        found = ",", found[1]
    if found is None:
        wanted = repr(column) if column else "'caption', 'text' or the like"
        raise InputError(
            f"{path}, line 1: no column {wanted} in the header row {lines[0]!r:.100}; give the "
            "name of the column"
        )
    delimiter, header = found
    names = [name.lower() for name in header] if column is None else header
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}, line 1: {names.count(twice)} columns are called {twice!r}")
    return Table(delimiter, header, delimiter == "," or _is_quoted(path, delimiter, header))


def _is_quoted(path: Path, delimiter: str, header: Sequence[str]) -> bool:
    """Tell whether quotes around fields are no part of them: where there are, and all rows fit."""
    seen = False

    def give_lines() -> Iterator[str]:
        nonlocal seen
        for line, _ in read_lines(path):
            seen = seen or line.startswith('"') or f'{delimiter}"' in line
            yield line

    rows = csv.reader(give_lines(), delimiter=delimiter, strict=True)
    try:
        fit = all(len(row) == len(header) or not "".join(row).strip() for row in rows)
    except csv.Error:
        return False
    return fit and seen


def _read_table(path: Path, table: Table, column: str | None) -> Iterator[tuple[Row, int]]:
    if not table.header:
        return
    fields = choose_fields(table.header, column)
    position = [0]

    def give_lines() -> Iterator[str]:
        for line, position[0] in read_lines(path):
            yield line

    quoting = {"strict": True} if table.quoted else {"quoting": csv.QUOTE_NONE}
    rows = csv.reader(give_lines(), delimiter=table.delimiter, **quoting)
    begun = False
    try:
        for row in rows:
            if not begun or not "".join(row).strip():
                begun = begun or bool("".join(row).strip())
                continue
            if table.delimiter == "|":
                row = _mend([cell.strip() for cell in row], len(table.header))
            if len(row) != len(table.header):
                raise InputError(
                    f"{path}, line {rows.line_num}: {len(row)} columns where the header row has "
                    f"{len(table.header)}"
                )
            yield make_row(dict(zip(table.header, row, strict=True)), fields), position[0]
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: {error}") from None


def _mend(row: list[str], columns: int) -> list[str]:
    """Split the number of a caption from it, where the bar between them is lost."""
    found = re.fullmatch(r"(\d+)\s+(\S.*)", row[-1])
    return [*row[:-1], found[1], found[2]] if found and len(row) == columns - 1 else row


def _read_json_lines(path: Path, column: str | None) -> Iterator[tuple[Row, int]]:
    fields = None
    for number, (line, read) in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = parse_once(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: not a JSON object ({error})") from None
        if isinstance(row, str) and column is None:
            yield Row((row,)), read
            continue
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: not a JSON object")
        if fields is None or not all(name in row for name in fields.texts):
            fields = choose_fields(list(row), column)
        if not fields.texts:
            wanted = repr(column) if column else "'caption', 'text' or the like"
            raise InputError(f"{path}, line {number}: no field {wanted} in {list(row)!r:.100}")
        yield make_row(row, fields, f"{path}, line {number}"), read


def _read_tokens(path: Path) -> Iterator[tuple[Row, int]]:
    for number, (line, read) in enumerate(read_lines(path), 1):
        if line.strip():
            found = _TOKEN.fullmatch(line.removesuffix("\n"))
            if not found:
                raise InputError(f"{path}, line {number}: not of the form name#0<tab>caption")
            yield Row((found[2],), found[1]), read


def _read_parquet(path: Path, column: str | None) -> Iterator[tuple[Row, int]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(f"{path}: Parquet takes pip install 'neurondream[parquet]'") from None
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            fields = choose_fields(names, column)
            if not fields.texts:
                wanted = repr(column) if column else "'caption', 'text' or the like"
                raise InputError(f"{path}: no column {wanted} in {names!r:.100}")
            rows, size = 0, path.stat().st_size
            for batch in file.iter_batches(batch_size=4096, columns=list(fields.every())):
                rows += len(batch)
                for row in batch.to_pylist():
                    made = make_row(row, fields, f"{path}, a row of {column or fields.texts[0]}")
                    yield made, size * rows // file.metadata.num_rows
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: no readable Parquet file ({error})") from None
