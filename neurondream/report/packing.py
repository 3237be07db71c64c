"""Data inside the page, compressed: text that cannot end its element, unpacked by the script."""

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

CHUNK = 64  # cards that are packed, and unpacked, together


def pack(text: str) -> str:
    """Compress a text and write it in letters and digits."""
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def write_parts(parts: Mapping[str, str]) -> str:
    """Write texts as elements of a page that are not run, named `part-NAME`."""
    return "\n".join(
        f'<script type="text/plain" id="part-{name}">{pack(text)}</script>'
        for name, text in parts.items()
    )


def chunk_items(name: str, items: Sequence[Any]) -> dict[str, str]:
    """Write items, whose numbers are finite, as JSON, `CHUNK` to a part: `NAME-0`, `NAME-1`, ..."""
    return {
        f"{name}-{first // CHUNK}": _write(fold_rows(items[first : first + CHUNK]))
        for first in range(0, len(items), CHUNK)
    }


def fold_rows(value: Any) -> Any:
    """Turn rows into columns, everywhere: what is alike stands together and packs better.

    `{"@rows": 2, "@of": {"a": [1, 2]}}` is `[{"a": 1}, {"a": 2}]`, and `{"@parts": [2, 0], "@of":
    rows}` is two lists, two of the rows and none; a key that a row lacks is null. The script
    unfolds them.
    """
    if isinstance(value, dict):
        return {key: fold_rows(item) for key, item in value.items()}
    if not isinstance(value, (list, tuple)) or not value:
        return value
    if all(isinstance(item, dict) for item in value):
        keys = dict.fromkeys(key for item in value for key in item)
        columns = {key: fold_rows([item.get(key) for item in value]) for key in keys}
        return {"@rows": len(value), "@of": columns}
    if all(isinstance(item, list) for item in value) and any(
        isinstance(inner, dict) for item in value for inner in item
    ):
        inner = [inner for item in value for inner in item]
        return {"@parts": [len(item) for item in value], "@of": fold_rows(inner)}
    return [fold_rows(item) for item in value]


def write_json(data: Any) -> str:
    """Write JSON: ASCII, and no `<`, `>` or `&`, so that it may stand in an HTML element, too.

    Floats keep six digits; NaN and infinity, which JSON lacks, become null.
    """
    return _write(_tidy(data))


def _write(data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _tidy(value: Any) -> Any:
    if isinstance(value, float):
        return shorten(float(f"{value:.6g}")) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tidy(item) for item in value]
    return value


def shorten(value: float) -> float | int:
    """Write a whole number as one: the same to the page, and shorter."""
    return int(value) if value.is_integer() and abs(value) < 1e9 else value
