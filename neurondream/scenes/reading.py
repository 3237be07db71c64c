"""Read the tables that hold what there is in the made world and how it is called.

A table is a TSV file in `tables/`: a row with the names of the columns, then a row a thing. A list
stands in one cell, its items between commas; `-` stands for nothing.
"""

from collections.abc import Callable
from importlib import resources
from typing import Any, TypeVar

Row = TypeVar("Row")


def read_rows(table: str, make: Callable[..., Row], **readers: Callable[[str], Any]) -> list[Row]:
    """Read the rows of a table.

    Args:
      table: the name of its file, without the ending.
      make: makes a row of the cells, which are given by the names of their columns.
      readers: what reads the cells of a column; those of all other columns are lists.

    Returns:
      The rows, as `make` made them.
    """
    file = resources.files(__package__) / "tables" / f"{table}.tsv"
    columns, *rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    read = [readers.get(column, split_list) for column in columns]
    return [
        make(**{
            column: reader(cell)
            for column, reader, cell in zip(columns, read, row, strict=True)
        })
        for row in rows
    ]  # fmt: skip


def read_table(table: str, make: Callable[..., Row], **readers: Callable[[str], Any]):
    """Read a table whose rows are called by their column `name`, as `read_rows` does.

    Returns:
      The rows by their names, without these.
    """
    return dict(read_rows(table, lambda name, **row: (name, make(**row)), name=str, **readers))


def split_list(cell: str) -> tuple[str, ...]:
    """Read a list."""
    return () if cell == "-" else tuple(cell.split(", "))


def read_word(cell: str) -> str:
    """Read a word, or "" where there is none."""
    return "" if cell == "-" else cell
