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
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def write_parts(parts: Mapping[str, str]) -> str:
    """Write texts as elements of a page that are not run, named `part-NAME`."""
    return "\n".join(
        f'<script type="text/plain" id="part-{name}">{pack(text)}</script>'
        for name, text in parts.items()
    )


def chunk_items(name: str, items: Sequence[Any], digits: int = 6) -> dict[str, str]:
    """Write items as JSON, `CHUNK` to a part: `NAME-0`, `NAME-1`, ..."""
    return {
        f"{name}-{first // CHUNK}": write_json(items[first : first + CHUNK], digits)
        for first in range(0, len(items), CHUNK)
    }


def write_json(data: Any, digits: int = 6) -> str:
    """Write JSON: ASCII, and no `<`, `>` or `&`, so that it may stand in an HTML element, too.

    Args:
      data: what is written; NaN and infinity, which JSON lacks, become null.
      digits: that floats keep.
    """
    text = json.dumps(_tidy(data, digits), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _tidy(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return _shorten(value, digits) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _tidy(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item, digits) for item in value]
    return value


def _shorten(value: float, digits: int) -> float | int:
    short = float(f"{value:.{digits}g}")
    # A whole number is the same to the page, and shorter.
    return int(short) if short.is_integer() and abs(short) < 1e9 else short
