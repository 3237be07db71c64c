"""Files that are whole or not there, and their hashes (host side)."""

import hashlib
import os
from pathlib import Path

import numpy as np


def write_atomically(path: Path, content: bytes) -> None:
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
