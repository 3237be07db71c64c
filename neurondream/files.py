"""Files that are whole or not there, and their hashes (host side)."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurondream.errors import InputError


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


def load_array(path: str | Path, what: str) -> np.ndarray:
    """Read an `.npy` file.

    Args:
      path: of the file.
      what: it is read for, the beginning of an error.

    Raises:
      InputError: it cannot be read, or holds anything but one plain array.
    """
    try:
        array = np.load(Path(path), allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        # What numpy says of other files is how to unpickle them.
        reason = getattr(error, "strerror", None) or "not a whole array without pickled objects"
        raise InputError(f"{what}: {str(path)!r} is no readable .npy file ({reason})") from None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{what}: {str(path)!r} is no readable .npy file (several arrays)")
    return array


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name as one npz file, whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_atomically(path, content.getbuffer())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an npz file by name.

    Raises:
      InputError: it is damaged, or holds objects.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, AttributeError):
        raise InputError(f"{path}: no whole npz file without pickled objects") from None
