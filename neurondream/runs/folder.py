"""Run folders: a manifest of what is done and one JSON line for every result (host side).

`manifest.json` holds all that results depend on; the settings of a method enter it when it first
runs. `dreams.jsonl`, or `dreams.2-of-8.jsonl` of a shard, holds a line for each neuron and method.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neurondream import files
from neurondream.errors import InputError
from neurondream.files import parse_json, read_json, write_atomically
from neurondream.runs.lines import VERSION, Line, check_kind, check_line
from neurondream.runs.locks import lock_manifest

MANIFEST = "manifest.json"
# What stands in a manifest, where it stands there.
_KINDS = {
    **dict.fromkeys(("model", "weights_sha256", "vocabulary_sha256", "corpus_sha256"), str),
    **dict.fromkeys(("opened_with", "families", "reading", "settings", "chunks", "versions"), dict),
    **dict.fromkeys(("layers", "corpus"), list), **dict.fromkeys(("length", "seed"), int),
}  # fmt: skip
_MOST_AT_ONCE = 2**20  # neurons, by any method
_BLOCK = 2**16  # bytes read at once


class Position(NamedTuple):
    """Where a line stands."""

    path: Path
    begin: int  # in bytes


def make_folder(folder: Path) -> None:
    """Make the folder of a new run.

    Raises:
      InputError: it holds something else, or cannot be made.
    """
    # Listed once: another process may be beginning the same run.
    there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if not any(n.startswith(MANIFEST) for n in there) and not all(n[0] == "." for n in there):
        raise InputError(f"{folder}: holds other files; give a new or empty folder for the run")
    files.make_folder(folder)


def enter_manifest(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Begin a manifest, or check that facts are those of the run that is there.

    Facts that it does not hold yet are added: the corpus when it is first searched, a method's
    settings when it first runs.

    Returns:
      The whole manifest.

    Raises:
      InputError: the folder holds a run with other facts, or of another version.
    """
    facts = json.loads(json.dumps(facts))
    with lock_manifest(folder):
        before = read_manifest(folder) if (folder / MANIFEST).exists() else {}
        differing = find_difference(before, facts)
        if differing:
            name, old, new = differing
            if name == "code_sha256":
                raise InputError(
                    f"{folder} holds a run of another state of this package's code: go on with "
                    "that, or give another folder"
                )
            raise InputError(
                f"{folder} holds a run with {name}={old}, not {new}: give the same settings to go "
                "on with it, or another folder"
            )
        manifest = merge_facts(before, facts)
        if manifest != before:
            write_manifest(folder, manifest)
    return manifest


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a whole manifest in place of the one that is there."""
    write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def merge_facts(before: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add methods to `settings` and `chunks`, and whatever else is new."""
    merged = {**facts, **before}
    for name in ("settings", "chunks"):
        merged[name] = {**facts.get(name, {}), **before.get(name, {})}
    return merged


def find_difference(
    before: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[str, str, str] | None:
    """Find the first fact that is not the same: its name and both values as text."""
    for name in sorted(before.keys() & facts.keys() - {"settings", "chunks"}):
        if difference := _compare(before[name], facts[name], name):
            return difference
    settings = before.get("settings", {}), facts.get("settings", {})
    for method in sorted(settings[0].keys() & settings[1].keys()):
        differing = _compare(*(each[method] for each in settings), f"settings.{method}")
        if differing:
            return differing
    return None


def _compare(before: Any, now: Any, name: str) -> tuple[str, str, str] | None:
    """Find the first value, as deep as may be, that is not the same: its name and both as text."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            inner = f"{name}.{key}"
            if key not in before or key not in now:
                sides = (json.dumps(x[key]) if key in x else "nothing" for x in (before, now))
                return inner, *sides
            difference = _compare(before[key], now[key], inner)
            if difference:
                return difference
        return None
    old, new = json.dumps(before), json.dumps(now)
    # As text, because NaN is not equal to itself.
    return (name, old, new) if old != new else None


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read a run's manifest.

    Raises:
      InputError: the folder holds no run, or one of another version.
    """
    path = Path(folder) / MANIFEST
    if not path.exists():
        raise InputError(f"{folder}: holds no run; give the folder of one")
    try:
        manifest = read_json(path)
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict):
        raise InputError(f"{path}: not a run's manifest; give another folder for the run")
    if manifest.get("version") != VERSION:
        raise InputError(
            f"{folder}: a run of format {manifest.get('version', 1)}, this version reads format "
            f"{VERSION}; dream again into another folder"
        )
    if wrong := _find_wrong(manifest):
        raise InputError(f"{path}: its {wrong} is that of no run; dream into another folder")
    return manifest


def _find_wrong(manifest: Mapping[str, Any]) -> str | None:
    """Find the first fact of a manifest that is of another kind than a run writes."""
    for name, kind in _KINDS.items():
        if not isinstance(manifest.get(name, kind()), kind):
            return name
    for name, number in manifest.get("chunks", {}).items():
        if type(number) is not int or not 1 <= number <= _MOST_AT_ONCE:
            return f"chunks of {name:.40}"
    for name, settings in manifest.get("settings", {}).items():
        if not isinstance(settings, dict):
            return f"settings of {name:.40}"
    texts = all(isinstance(name, str) for name in manifest.get("corpus", ()))
    layers = all(
        isinstance(layer, dict) and isinstance(layer.get("size"), int)
        and all(isinstance(layer.get(name), str) for name in ("name", "family", "level"))
        for layer in manifest.get("layers", ())
    )
    titles = all(isinstance(title, str) for title in manifest.get("families", {}).values())
    return None if texts and layers and titles else "corpus, layers or families"


def read_dreams(folder: str | Path) -> list[Line]:
    """Read the dreams of a run so far, those of all its shards.

    Raises:
      InputError: a whole line is no result.
    """
    return [line for _, line in each_dream(folder)]


def each_dream(folder: str | Path) -> Iterator[tuple[Position, Line]]:
    """Go through the dreams of a run so far, one after another, and where they stand.

    Raises:
      InputError: a whole line is no result.
    """
    for path in sorted(Path(folder).glob("dreams*.jsonl")):
        for number, (begin, line) in enumerate(each_line(path), 1):
            check_line(line, f"{path}, line {number}")
            yield Position(path, begin), line


def find_dreams(folder: str | Path) -> dict[tuple[str, str], Position]:
    """Find where the line of each neuron and method stands: all lines may be more than memory."""
    return {(line["neuron"], line["method"]): where for where, line in each_dream(folder)}


def read_line(where: Position) -> dict[str, Any]:
    """Read one line."""
    with open(where.path, "rb") as file:
        file.seek(where.begin)
        return parse_json(file.readline())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a JSON lines file that another process may be writing.

    Raises:
      InputError: a whole line is not a JSON object.
    """
    return [line for _, line in each_line(path)] if path.exists() else []


def read_typed(path: Path, kind: type, what: str) -> list[dict[str, Any]]:
    """Read the whole lines of a JSON lines file, each of a type.

    Args:
      path: of the file.
      kind: a TypedDict of `runs.lines`.
      what: a line is, for an error.

    Raises:
      InputError: one is not.
    """
    lines = read_lines(path)
    for number, line in enumerate(lines, 1):
        check_kind(line, kind, f"{path}, line {number}", what)
    return lines


def each_line(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Go through the whole lines of a JSON lines file and where they begin, in bytes."""
    begin = 0
    with open(path, "rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            try:
                line = parse_json(text)
            except ValueError:
                line = None
            if not isinstance(line, dict):
                raise InputError(f"{path}, line {number}: not a JSON object; remove the line")
            yield begin, line
            begin += len(text)


def cut_half_line(path: Path) -> None:
    """Cut off a line that a killed process has left half; only a file's own writer may."""
    if not path.exists():
        return
    size = end = path.stat().st_size
    with open(path, "rb") as file:
        while end:
            begin = max(end - _BLOCK, 0)
            file.seek(begin)
            if whole := file.read(end - begin).rfind(b"\n") + 1:
                end = begin + whole
                break
            end = begin
    if end < size:
        os.truncate(path, end)


def append_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add results to a file, safely on disk when this returns."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    try:
        # What UTF-8 cannot hold, as half of a character in a name, stands there as JSON's escape.
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # A full disk does not say which file it refused.
        raise OSError(error.errno, error.strerror, str(path)) from None
