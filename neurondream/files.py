"""Files that are whole or not there, and their hashes (host side)."""

import collections
import errno
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurondream.errors import InputError

# What is packed unpacks to as many times its size at most, and what is small anyway.
MOST_PACKED, SMALL = 50, 2**24
HALF = "half of a character (a lone surrogate); write it anew"


def make_folder(name: str | Path) -> Path:
    """Make a folder that can be written, before any work is done for it.

    Raises:
      InputError: there is something else, or nothing can be written there.
    """
    if not str(name).strip():
        raise InputError("out is empty: give a folder")
    folder = Path(name)
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"out={folder}: {place} is a file; give a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Rights alone do not tell: some folders take no files from anyone.
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:  # a name that no file can have
        reason = getattr(error, "strerror", None) or "no name of a folder"
        raise InputError(
            f"out={folder}: cannot be made or written ({reason}); give another folder"
        ) from None
    return folder


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write a file so that a killed process leaves the old one or the new one, whole."""
    scratch = path.with_name(path.name + ".part")
    try:
        with open(scratch, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        # A full disk does not say which file it refused.
        raise OSError(error.errno, error.strerror, str(path)) from None


def hash_file(path: Path) -> str:
    """Compute the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_arrays(*arrays: np.ndarray) -> str:
    """Compute the SHA-256 of arrays' contents."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def check_plain(path: Path) -> None:
    """Refuse what is no plain file: a folder, a pipe that may never end, a name that none can have.

    Raises:
      OSError: it is.
    """
    if not path.is_file():
        number = errno.EINVAL if path.exists() else errno.ENOENT
        reason = "no plain file" if path.exists() else os.strerror(number)
        raise OSError(number, reason, str(path))


def read_json(path: Path) -> Any:
    """Read a file of JSON.

    Raises:
      OSError: it is no plain file, or cannot be read.
      ValueError: it is damaged, or nested too deep.
    """
    check_plain(path)
    return parse_json(path.read_text(encoding="utf-8"))


def parse_json(
    text: str | bytes, build: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """Parse JSON.

    Args:
      text: of it.
      build: makes an object of its names and values; a dictionary by default.

    Raises:
      ValueError: it is damaged, or nested too deep.
    """
    try:
        return json.loads(text, object_pairs_hook=build)
    except RecursionError:
        raise ValueError("nested too deep") from None


def parse_once(text: str | bytes) -> Any:
    """Parse JSON of which no object holds a name twice, as all but its last value would be lost.

    Raises:
      ValueError: one does; or see `parse_json`.
    """
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            (twice, _), *_ = collections.Counter(name for name, _ in pairs).most_common(1)
            raise ValueError(f"{twice!r:.60} stands there twice")
        return made

    return parse_json(text, build)


def is_writable(text: str) -> bool:
    """Tell whether a text can be written in UTF-8, as one with half a surrogate pair cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def check_packed(path: Path) -> None:
    """Refuse a zip archive, such as an npz, that unpacks to far more than it is.

    Raises:
      InputError: it does.
      BadZipFile: it is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > max(SMALL, MOST_PACKED * path.stat().st_size):
        raise InputError(f"{path}: unpacks to {size} bytes, more than {MOST_PACKED} times its size")


def load_array(path: str | Path, what: str) -> np.ndarray:
    """Read an `.npy` file.

    Args:
      path: of the file.
      what: it is read for, the beginning of an error.

    Raises:
      InputError: it cannot be read, or holds anything but one plain array.
    """
    try:
        check_plain(Path(path))
        array = np.load(Path(path), allow_pickle=False)
    except Exception as error:  # numpy raises a dozen kinds for damaged files
        # What numpy says of other files is how to unpickle them.
        reason = getattr(error, "strerror", None) or "not a whole array without pickled objects"
        raise InputError(f"{what}: {str(path)!r} is no readable .npy file ({reason})") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{what}: {str(path)!r} is no readable .npy file (several arrays)")
    return array


def to_float32(array: np.ndarray, what: str) -> np.ndarray:
    """Round numbers to float32.

    Raises:
      InputError: some are NaN or infinite, in float32 at the latest; or they are no numbers.
    """
    if array.dtype.kind not in "fiub":
        raise InputError(f"{what}: no numbers but {array.dtype}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.all(np.isfinite(array)):
        raise InputError(f"{what}: holds NaN, infinity or numbers beyond float32")
    return array


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name as one npz file, whole or not at all."""
    # Not compressed: what is mostly zeros would be refused as it unpacks to far more than it is.
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_atomically(path, content.getbuffer())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an npz file by name.

    Raises:
      InputError: it is damaged, or holds objects.
    """
    try:
        check_plain(path)
        check_packed(path)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("no arrays")
        return arrays
    except InputError:  # a ValueError
        raise
    except Exception as error:  # numpy raises a dozen kinds for damaged files
        reason = getattr(error, "strerror", None) or "not a whole npz file without pickled objects"
        raise InputError(f"{path}: {reason}") from None
