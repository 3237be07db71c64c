"""Caption and picture-feature files as plain arrays (host side)."""

import gzip
import json
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError

CAPTIONS_PER_PICTURE = 5  # in the folder layout of the 2018 paper
FOLDER_SPLITS = {"train": "train", "dev": "val", "val": "val", "test": "test"}

_SPLITS = dict.fromkeys(("", "train", "none", "restval"), "train")
_SPLITS |= dict.fromkeys(("dev", "val", "valid", "validation"), "val")
_EXTENSION = re.compile(r"(?<=.)\.[A-Za-z]\w{1,3}$")
_FLICKR8K = re.compile(r"(\d+)_[0-9a-f]{10}")


class Captions(NamedTuple):
    """Captions, the pictures they describe and the split each belongs to."""

    texts: list[str]  # B captions, as written
    images: np.ndarray  # [B] str: key of each caption's picture, '' where it has none
    splits: np.ndarray  # [B] str: 'train', 'val' or 'test'


class Pictures(NamedTuple):
    """Feature vectors of pictures."""

    ids: np.ndarray  # [P] str: picture keys
    features: np.ndarray  # [P, D] float32
    names: tuple[str, ...]  # D coordinate names; '0', '1', ... where the file names none


def picture_key(image_id: str) -> str:
    """Give the one key that a photograph has in all collections.

    The file extension goes. Only numbers keep one, as Flickr's file names are numbers and COCO's
    ids are too: a Flickr8k id (`1000268201_693b08cb0e.jpg`) gives the name that the same
    photograph has in Flickr30k (`1000268201.jpg`).
    """
    stem = _EXTENSION.sub("", image_id)
    flickr8k = _FLICKR8K.fullmatch(stem)
    if flickr8k:
        return f"{flickr8k[1]}.jpg"
    return f"{stem}.jpg" if stem != image_id and stem.isdecimal() else stem


def read_captions(path: str | os.PathLike) -> Captions:
    """Read captions from a TSV, COCO JSON or plain text file, or from a folder.

    - `.tsv`, `.tsv.gz`: a header row with `caption` and, if known, `image_id` and `split`.
    - `.json`: COCO captions; the file's name tells the split.
    - a folder: `train.txt`, five captions a picture, beside `train.npy`; likewise dev, val, test.
    - anything else: plain text, one caption a line, without pictures.

    Args:
      path: of the file or folder.

    Raises:
      InputError: the file is not there or not what it should be, or holds no captions.
    """
    path = _existing(path)
    name = path.name.removesuffix(".gz")
    if path.is_dir():
        stems = _folder_stems(path, ".txt")
        captions = concatenate([_read_folder_split(path, stem) for stem in stems])
    elif name.endswith(".tsv"):
        captions = _read_tsv(path)
    elif name.endswith(".json"):
        captions = _read_json(path)
    else:
        texts = [line for line in _read_lines(path) if line.strip()]
        captions = Captions(texts, np.full(len(texts), ""), np.full(len(texts), "train"))
    if not captions.texts:
        raise InputError(f"{path}: holds no captions; give at least one")
    return captions


def read_pictures(path: str | os.PathLike) -> Pictures:
    """Read picture features from an npz file or from a folder.

    - a file: `ids` [P], `features` [P, D] and, if known, `names` [D].
    - a folder: `train.npy` [P, D], likewise dev, val, test; the keys are `train:0`, `train:1`, ...

    Args:
      path: of the file or folder.

    Raises:
      InputError: the file is not there or not what it should be, or features are not finite.
    """
    path = _existing(path)
    if path.is_dir():
        return _read_folder_pictures(path)
    arrays = _load_arrays(path)
    if "ids" not in arrays:
        raise InputError(f"{path}: no array 'ids'; give one [P] beside 'features' [P, D]")
    keys = _picture_keys(arrays["ids"].astype(str).tolist())
    return _make_pictures(path, keys, arrays["features"], arrays.get("names"))


def concatenate(captions: Sequence[Captions]) -> Captions:
    """Join one or more sets of captions in order.

    Args:
      captions: the sets.

    Raises:
      InputError: there is none.
    """
    if not captions:
        raise InputError("no captions: give at least one file of them")
    return Captions(
        [text for part in captions for text in part.texts],
        np.concatenate([part.images for part in captions]),
        np.concatenate([part.splits for part in captions]),
    )


def _existing(path: str | os.PathLike) -> Path:
    if not os.path.exists(path):
        raise InputError(f"{path}: no such file or folder")
    return Path(path)


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read; give a whole file ({error})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None


def _read_lines(path: Path) -> list[str]:
    # Not str.splitlines: it also breaks at rare Unicode separators, which captions may hold.
    text = _read_text(path).replace("\r\n", "\n").rstrip("\n")
    return text.split("\n") if text else []


def _require_captions(path: Path, texts: Sequence[str], first_line: int) -> None:
    for line, text in enumerate(texts, first_line):
        if not text or text.isspace():
            raise InputError(f"{path}, line {line}: the caption is empty; write one")


def _picture_keys(image_ids: Sequence[str]) -> np.ndarray:
    keys = {image_id: picture_key(image_id) for image_id in set(image_ids)}
    return np.array([keys[image_id] for image_id in image_ids], str)


def _read_tsv(path: Path) -> Captions:
    lines = _read_lines(path)
    header = lines[0].split("\t") if lines else []
    if lines and "caption" not in header:
        raise InputError(f"{path}, line 1: no column 'caption' in the header row {header!r:.100}")
    rows = [line.split("\t") for line in lines[1:]]
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            counts = f"{len(row)} columns where the header row has {len(header)}"
            raise InputError(f"{path}, line {line}: {counts}")
    columns = dict(zip(header, zip(*rows, strict=True), strict=False))
    missing = ("",) * len(rows)
    texts = list(columns.get("caption", ()))
    _require_captions(path, texts, first_line=2)
    images = _picture_keys(columns.get("image_id", missing))
    return Captions(texts, images, _standard_splits(path, columns.get("split", missing)))


def _standard_splits(path: Path, names: Sequence[str]) -> np.ndarray:
    splits = {name: "test" if name.startswith("test") else _SPLITS.get(name) for name in set(names)}
    for line, name in enumerate(names, 2):
        if splits[name] is None:
            known = ", ".join(filter(None, _SPLITS))
            raise InputError(f"{path}, line {line}: unknown split {name!r}; give {known} or test")
    return np.array([splits[name] for name in names], str)


def _read_json(path: Path) -> Captions:
    try:
        content = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from None
    annotations = content.get("annotations") if isinstance(content, dict) else None
    if not isinstance(annotations, list):
        raise InputError(f"{path}: no list 'annotations'; COCO captions hold one")
    texts, image_ids = [], []
    for number, annotation in enumerate(annotations):
        match annotation:
            case {"image_id": int() | str() as image_id, "caption": str() as text} if text.strip():
                texts.append(text)
                image_ids.append(str(image_id))
            case _:
                wanted = "'image_id' beside a 'caption' with words"
                raise InputError(f"{path}, annotation {number}: no {wanted} in {annotation!r:.90}")
    split = next((split for split in ("val", "test") if split in path.name), "train")
    return Captions(texts, _picture_keys(image_ids), np.full(len(texts), split))


def _folder_stems(folder: Path, suffix: str) -> list[str]:
    stems = [stem for stem in FOLDER_SPLITS if (folder / (stem + suffix)).is_file()]
    if not stems:
        raise InputError(f"{folder}: the folder holds no train{suffix}, nor one of dev, val, test")
    return stems


def _folder_keys(stem: str, rows: int) -> np.ndarray:
    return np.array([f"{stem}:{row}" for row in range(rows)], str)


def _read_folder_split(folder: Path, stem: str) -> Captions:
    path, features_path = folder / f"{stem}.txt", _existing(folder / f"{stem}.npy")
    texts = _read_lines(path)
    rows = len(_load_arrays(features_path)["features"])
    if len(texts) != CAPTIONS_PER_PICTURE * rows:
        wanted = f"{CAPTIONS_PER_PICTURE} for each of the {rows} rows of {features_path.name}"
        raise InputError(f"{path}: {len(texts)} lines; give {wanted}")
    _require_captions(path, texts, first_line=1)
    images = np.repeat(_folder_keys(stem, rows), CAPTIONS_PER_PICTURE)
    return Captions(texts, images, np.full(len(texts), FOLDER_SPLITS[stem]))


def _read_folder_pictures(folder: Path) -> Pictures:
    stems = _folder_stems(folder, ".npy")
    parts = [_load_arrays(folder / f"{stem}.npy")["features"] for stem in stems]
    widths = {stem: part.shape[1] for stem, part in zip(stems, parts, strict=True)}
    if len(set(widths.values())) > 1:
        raise InputError(f"{folder}: features of different widths {widths}; give them one width")
    ids = [_folder_keys(stem, len(part)) for stem, part in zip(stems, parts, strict=True)]
    return _make_pictures(folder, np.concatenate(ids), np.concatenate(parts))


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        if path.suffix == ".npy":  # mapped, as captions need only the number of rows
            arrays = {"features": np.lib.format.open_memmap(path, mode="r")}  # never unpickles
        else:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as npz:
                arrays = {name: npz[name] for name in ("ids", "features", "names") if name in npz}
    except Exception as error:  # numpy raises a dozen kinds for damaged files
        wanted = f"a whole npz or npy file without pickled objects ({type(error).__name__})"
        raise InputError(f"{path}: not {wanted}; write it with numpy.savez or save") from None
    if "features" not in arrays:
        raise InputError(f"{path}: no array 'features'; give one [P, D]")
    shape, dtype = arrays["features"].shape, arrays["features"].dtype
    if len(shape) != 2 or 0 in shape or dtype.kind not in "fiub":
        raise InputError(f"{path}: 'features' are {dtype} {shape}; give numbers [P, D]")
    for name, length in zip(("ids", "names"), shape, strict=True):
        array = arrays.get(name)
        if array is not None and (array.shape != (length,) or array.dtype.kind not in "Uiu"):
            given = f"{name!r} are {array.dtype} {array.shape} beside 'features' {shape}"
            raise InputError(f"{path}: {given}; give {length} strings or integers")
    return arrays


def _make_pictures(path: Path, ids: np.ndarray, features: np.ndarray, names=None) -> Pictures:
    first_row: dict[str, int] = {}
    for row, key in enumerate(ids.tolist()):
        if not key:
            raise InputError(f"{path}: the picture id in row {row} is empty; give one")
        if first_row.setdefault(key, row) != row:
            raise InputError(f"{path}: picture {key!r} stands in rows {first_row[key]} and {row}")
    with np.errstate(over="ignore"):  # what overflows float32 is reported as infinite below
        features = np.ascontiguousarray(features, np.float32)
    bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if bad.size:
        given = f"{bad.size} of {len(ids)} rows, first for picture {str(ids[bad[0]])!r}"
        raise InputError(f"{path}: NaN or infinite features in {given}; give finite numbers")
    names = range(features.shape[1]) if names is None else names.tolist()
    return Pictures(ids, features, tuple(map(str, names)))
