"""Training and evaluating Imaginets."""

import importlib

# Read when they are asked for: settings need no jax, so that a script shows its help at once.
_HOMES = {
    "Settings": "settings",
    "evaluate": "evaluation",
    "say_few": "evaluation",
    "train": "loop",
    "without_folders": "settings",
}

__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
