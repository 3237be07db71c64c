"""Data inside the page, compressed: text that cannot end its element, unpacked by the script."""

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CHUNK = 64  # cards that are packed, and unpacked, together
FEWEST, WIDEST = 8, 4  # numbers that are written as digits, and digits of each


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

    The script unfolds them:

    - `{"@rows": 2, "@of": {"a": [1, 2]}}` is `[{"a": 1}, {"a": 2}]`; what a row lacks is null.
    - `{"@parts": [2, 0], "@of": items}` is two lists, two of the items and none.
    - `{"@some": [1, 0], "@of": items}` is one item and a null.
    - `{"@same": 2, "@of": item}` is the item twice.
    - `{"@digits": text, "@wide": 2, "@low": -5, "@places": 1}` is numbers, see `write_digits`.
    """
    if isinstance(value, dict):
        return {key: fold_rows(item) for key, item in value.items()}
    if not isinstance(value, (list, tuple)) or not value:
        return value
    if len(value) > 1 and all(item == value[0] for item in value):
        return {"@same": len(value), "@of": fold_rows(value[0])}
    there = [item for item in value if item is not None]
    kinds = {type(item) for item in there}
    if kinds <= {int, float}:
        return write_digits(value) if len(value) >= FEWEST else value
    if kinds not in ({dict}, {list}):
        return [fold_rows(item) for item in value]
    if len(there) < len(value):
        return {"@some": [int(item is not None) for item in value], "@of": fold_rows(there)}
    if kinds == {list}:
        inner = [item for each in value for item in each]
        return {"@parts": fold_rows([len(each) for each in value]), "@of": fold_rows(inner)}
    keys = dict.fromkeys(key for item in value for key in item)
    columns = {key: fold_rows([item.get(key) for item in value]) for key in keys}
    return {"@rows": len(value), "@of": columns}


def write_digits(values: Sequence[float | None]) -> Any:
    """Write decimal numbers as a text: all first digits to the base 64, then all second ones, ...

    A digit is a letter from `?` to `~`; the number is above the lowest by one less, 0 is null.
    Numbers that take more than `WIDEST` digits stay what they are.
    """
    numbers = np.array([math.nan if value is None else value for value in values])
    if numbers.dtype == object:  # an integer beyond 64 bits
        return list(values)
    for places in range(16):
        whole = np.round(numbers * 10.0**places)
        if np.nanmax(np.abs(whole)) > 2**53:  # which a float need not hold
            return list(values)
        wide = math.ceil(math.log(np.nanmax(whole) - np.nanmin(whole) + 2, 64))
        if wide > WIDEST:
            return list(values)
        if np.array_equal(whole / 10.0**places, numbers, equal_nan=True):
            break
    low = int(np.nanmin(whole))
    above = np.nan_to_num(whole - low + 1).astype(np.int64)
    digits = above // 64 ** np.arange(wide)[::-1, None] % 64
    text = (digits + ord("?")).astype(np.uint8).tobytes().decode("ascii")
    return {"@digits": text, "@wide": wide, "@low": low, "@places": places}


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
