"""One writer a file of results, never by accident (host side)."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import filelock

from neurondream.errors import InputError

WHOLE = (1, 1)


def dreams_file(shard: tuple[int, int] = WHOLE) -> str:
    """Name the file that a shard of a run writes its dreams to."""
    number, shards = shard
    return "dreams.jsonl" if shard == WHOLE else f"dreams.{number}-of-{shards}.jsonl"


@contextlib.contextmanager
def lock_shard(folder: Path, shard: tuple[int, int] = WHOLE) -> Iterator[None]:
    """Be the one process that writes a shard of a run, or all of it.

    The lock is the system's: it goes with the process that holds it. Within one process it may be
    taken again. Readers never wait for it.

    Raises:
      InputError: another process writes this shard, or shards of another number.
    """
    own = _lock(folder, dreams_file(shard))
    # So that two first starters do not look past each other.
    with lock_manifest(folder):
        for path in folder.glob(".dreams*.lock"):
            name = path.name.removeprefix(".").removesuffix(".lock")
            if _shards_of(name) == shard[1] and name != dreams_file(shard):
                continue
            other = _lock(folder, name)
            try:
                other.acquire()
            except filelock.Timeout:
                _refuse(folder, shard)
            other.release()
        try:
            own.acquire()
        except filelock.Timeout:
            _refuse(folder, shard)
    try:
        yield
    finally:
        own.release()


@contextlib.contextmanager
def lock_file(folder: Path, name: str) -> Iterator[None]:
    """Be the one process that writes a file of a run's folder.

    Raises:
      InputError: another process writes it.
    """
    lock = _lock(folder, name)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise InputError(
            f"{folder}: another process is writing {name}; wait for it"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def lock_manifest(folder: Path) -> Iterator[None]:
    """Wait until no other process changes the manifest."""
    with _lock(folder, "manifest.json", timeout=60):
        yield


def _lock(folder: Path, name: str, timeout: float = 0) -> filelock.FileLock:
    path = folder.resolve() / f".{name}.lock"
    return filelock.FileLock(path, timeout=timeout, is_singleton=True, thread_local=False)


def _shards_of(name: str) -> int:
    found = re.search(r"-of-(\d+)\.jsonl", name)
    return int(found[1]) if found else 1


def _refuse(folder: Path, shard: tuple[int, int]) -> None:
    what = "this run" if shard == WHOLE else "this shard, or shards of another number"
    raise InputError(
        f"{folder}: another process is writing {what}; wait for it, give another folder, or let "
        "processes share the neurons with shard=1/2 and shard=2/2"
    )
