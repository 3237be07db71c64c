"""How much memory there is."""

import os
from collections.abc import Sequence

import jax


def device_bytes(devices: Sequence[jax.Device]) -> int:
    """Count the bytes of a device's memory; that of the machine where it has none of its own."""
    stated = (devices[0].memory_stats() or {}).get("bytes_limit") if devices else None
    return stated or machine_bytes()


def machine_bytes() -> int:
    """Count the bytes of the machine's memory, or of what this process may use of it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            limit = file.read().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdecimal() else total
