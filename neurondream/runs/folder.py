"""Run folders: a manifest of what is done and one JSON line for every neuron (host side)."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurondream.errors import InputError
from neurondream.files import write_atomically


def open_run(folder: Path, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Start a run, or go on with the same one.

    Args:
      folder: made if it is not there.
      manifest: everything that the results depend on, as JSON values.

    Returns:
      The lines that an earlier, unfinished process has written.

    Raises:
      InputError: the folder holds a run of another manifest, or something else.
    """
    folder = Path(folder)
    manifest = json.loads(json.dumps(manifest))
    written = folder / "manifest.json"
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"{place}: is a file; give a folder for the run")
    if not written.exists():
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder}: holds other files; give a new or empty folder for the run")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be made ({error.strerror}); give another folder for the run"
            ) from None
        write_atomically(written, json.dumps(manifest, indent=1).encode())
        return []
    before = _read_manifest(written)
    differing = _find_difference(before, manifest)
    if differing:
        name, old, new = differing
        raise InputError(
            f"{folder} holds a run with {name}={old}, not {new}: give the same settings to go on "
            "with it, or another folder"
        )
    lines = resume_lines(folder / "dreams.jsonl")
    for number, line in enumerate(lines, 1):
        if not {"neuron", "method"} <= line.keys():
            raise InputError(
                f"{folder / 'dreams.jsonl'}, line {number}: names no neuron and method; "
                "remove the line"
            )
    return lines


def read_run(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read a run's manifest and its lines so far.

    Raises:
      InputError: the folder holds no run, or nothing has been dreamt in it yet.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").exists():
        raise InputError(f"{folder}: holds no run; give the --out folder of a launch script")
    manifest = _read_manifest(folder / "manifest.json")
    lines = read_lines(folder / "dreams.jsonl")
    if not lines:
        raise InputError(f"{folder}: holds no dreams yet; let the run that writes there go on")
    return manifest, lines


def _find_difference(before: Any, now: Any, name: str = "") -> tuple[str, str, str] | None:
    """Find the first value, as deep as may be, that is not the same: its name and both as text."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            inner = f"{name}.{key}" if name else key
            if key not in before or key not in now:
                sides = (json.dumps(x[key]) if key in x else "nothing" for x in (before, now))
                return inner, *sides
            found = _find_difference(before[key], now[key], inner)
            if found:
                return found
        return None
    old, new = json.dumps(before), json.dumps(now)
    # As text, because NaN is not equal to itself.
    return (name, old, new) if old != new else None


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict):
        raise InputError(f"{path}: not a run's manifest; give another folder for the run")
    return manifest


def resume_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON lines file to go on with it: a line that a killed process left half is cut off.

    Raises:
      InputError: a whole line is not a JSON object.
    """
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    return read_lines(path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a JSON lines file that another process may be writing.

    Raises:
      InputError: a whole line is not a JSON object.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    lines = []
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError(f"{path}, line {number}: not a JSON object; remove the line")
        lines.append(found)
    return lines


def append_lines(
    folder: Path, lines: Iterable[Mapping[str, Any]], file: str = "dreams.jsonl"
) -> None:
    """Add results to a run, safely on disk when this returns."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path = Path(folder) / file
    try:
        with open(path, "a", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        # A full disk does not say which file it refused.
        raise OSError(error.errno, error.strerror, str(path)) from None
