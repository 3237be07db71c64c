"""Hostile inputs made of good ones: each part of a file replaced by what should not be there."""

import io
import json
import random
import struct
import zipfile

import numpy as np

# As JSON text, since Python writes no numbers without end.
VALUES = (
    "null", "true", "-1", "0", "1.5", "1e400", "NaN", "9" * 5000, str(2**63), str(2**31), '""',
    '"\\ud800"', '"\\u0000"', '"' + "x" * 70_000 + '"', '"../../etc/passwd"', "[]", "{}",
    '["\\udc00"]', '[1, "a", null]', '{"a": null}', "[" * 3000 + "]" * 3000, "[[[]]]",
)  # fmt: skip
ARRAYS = {
    "objects": np.array([{}, None], object), "text": np.array(["a", "\ud800x"[1:]]),
    "nothing": np.zeros((0, 3)), "a number": np.array(3.0), "NaN": np.full((2, 3), np.nan),
    "beyond float32": np.full((2, 3), 1e300), "complex": np.ones((2, 3), complex),
    "records": np.zeros(2, [("a", "f4")]), "dates": np.zeros(2, "M8[D]"),
    "unsigned": np.full((2, 3), 2**64 - 1, np.uint64), "big-endian": np.ones((2, 3), ">f8"),
    "long": np.zeros(70_000, np.int64), "deep": np.zeros((1,) * 30), "bytes": np.array([b"\xff"]),
    "below": np.full(2, -(2**62)), "void": np.zeros(2, "V8"), "halves": np.ones((2, 3), "f2"),
}  # fmt: skip
TEXTS = (
    b"\x00", b"\xff\xfe", b"\xff\xfe\x00", b"\xef\xbb\xbf", b"\r", b"\t\t\t\t", b'"', b'""",', b"|",
    b"\\ud800", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x1b[31m", b"a" * 70_000, b"\n" * 5000,
    b"=1+1", b"#0\t", b"{", b"[/EN#1/", b"<b>", "\u0627\u0644\u0301\u200d".encode(),
)  # fmt: skip


def spoil_json(text, limit=90, seed=0):
    """Give a document with each of its parts replaced or left out, and cut at some places."""
    document = json.loads(text)
    mark = "\u2603"
    every = []
    for path in _paths(document):
        spoiled = _replace(document, path, mark)
        every += [spoiled.replace(f'"{mark}"', value) for value in VALUES]
        if path:
            every.append(_replace(document, path, None, leave_out=True))
    every += [text[: len(text) * part // 16] for part in range(16)]
    every += [text + text, text.replace("{", '{"version": {}, "version": [], ', 1)]
    return [each.encode() for each in _some(every, limit, seed)]


def spoil_text(text, limit=60, seed=0):
    """Give a text with something foreign at its beginning, in its middle and at its end."""
    data = text.encode() if isinstance(text, str) else text
    every = [
        data[: len(data) * part // 4] + foreign + data[len(data) * part // 4 :]
        for foreign in TEXTS for part in (0, 1, 2, 4)
    ]
    return _some(every, limit, seed)


def spoil_bytes(data, limit=40, seed=0):
    """Give bytes cut short, with some of them changed, or with others before them."""
    draw = random.Random(seed)
    every = [data[: len(data) * part // 16] for part in range(16)]
    for place in sorted(draw.sample(range(len(data)), min(len(data), 60))):
        every.append(data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :])
    every += [b"\x00" * 8 + data, data * 2, data[8:], data[::-1]]
    return _some(every, limit, seed)


def spoil_arrays(arrays, limit=60, seed=0):
    """Give npz archives with each array replaced or left out, and with members that are none."""
    every = [pack_arrays({**arrays, name: other}) for name in arrays for other in ARRAYS.values()]
    every += [pack_arrays({k: v for k, v in arrays.items() if k != name}) for name in arrays]
    every += [
        pack_arrays(arrays, {f"{name}.npy": member}) for name in arrays
        for member in (b"", b"no array", _npy((10**12,)), _npy((-1,)), _npy("a"), b"\x93NUMPY\x01")
    ]
    every += [pack_arrays(arrays, {"../../a.npy": b""}), pack_arrays(arrays, {"a/": b"x"})]
    return _some([*every, *spoil_bytes(pack_arrays(arrays), 20)], limit, seed)


def spoil_tensors(data, limit=60, seed=0):
    """Give safetensors whose header says what is not so, and damaged ones."""
    (size,) = struct.unpack("<Q", data[:8])
    header, rest = data[8 : 8 + size].decode(), data[8 + size :]
    known = json.loads(header)
    names = [name for name in known if name != "__metadata__"]
    few = {name: known[name] for name in names[:3]}
    others = {name: known[name] for name in names[3:]}
    every = []
    for text in spoil_json(json.dumps(few), limit, seed):
        joined = text[:-1] + b", " + json.dumps(others)[1:].encode() if others else text
        every.append(struct.pack("<Q", len(joined)) + joined + rest)
    for name in names[:6]:
        for kind in ("F64", "BF16", "F8_E4M3", "F8_E5M2", "I64", "I32", "BOOL", "U8", "F4", "C64"):
            text = json.dumps({**known, name: {**known[name], "dtype": kind}}).encode()
            every.append(struct.pack("<Q", len(text)) + text + rest)
    every += [struct.pack("<Q", number) + data[8:] for number in (0, 1, 2**40, 2**63)]
    return _some([*every, *spoil_bytes(data, 20)], limit, seed)


def pack_arrays(arrays, members=None):
    """Write an npz archive, objects too, and members of any bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in arrays.items():
            if f"{name}.npy" not in (members or {}):
                file = io.BytesIO()
                np.save(file, array, allow_pickle=True)
                archive.writestr(f"{name}.npy", file.getvalue())
        for name, member in (members or {}).items():
            archive.writestr(name, member)
    return content.getvalue()


def _npy(shape):
    """Write the header of an array without its numbers."""
    file = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def _paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in list(keys)[:12]:
            yield from _paths(value[key], (*path, key))


def _replace(document, path, value, leave_out=False):
    if not path:
        return json.dumps(value, ensure_ascii=False)
    copy = json.loads(json.dumps(document))
    *above, last = path
    place = copy
    for key in above:
        place = place[key]
    if leave_out:
        del place[last]
    else:
        place[last] = value
    return json.dumps(copy, ensure_ascii=False)


def _some(every, limit, seed):
    """Draw as many as may be, each once."""
    every = list(dict.fromkeys(every))
    return every if len(every) <= limit else random.Random(seed).sample(every, limit)
