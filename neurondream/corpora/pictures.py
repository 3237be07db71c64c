"""Feature vectors of pictures, and the one key of a picture (host side)."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neurondream.corpora.lines import read_lines
from neurondream.errors import InputError
from neurondream.files import check_packed, check_plain, is_writable

SPLITS_OF_FOLDER = {"train": "train", "dev": "val", "val": "val", "test": "test"}
PER_PICTURE = 5  # equal rows, where a folder has a row of features for each caption

_EXTENSION = re.compile(r"(?<=.)\.[A-Za-z]\w{1,3}$")
_FLICKR8K = re.compile(r"(\d+)_[0-9a-f]{10}")
_COCO = re.compile(r"(?:COCO_[a-z]+\d{4}_)?(0\d{11})|COCO_[a-z]+\d{4}_(\d{12})|coco_(\d{1,18})")
_NAMED = ("ids", "features", "names")


class Pictures(NamedTuple):
    """Feature vectors of pictures."""

    ids: np.ndarray  # [P] str: picture keys
    features: np.ndarray  # [P, D] float32
    names: tuple[str, ...]  # D coordinate names; '0', '1', ... where the file names none


def picture_key(image_id: str) -> str:
    """Give the one key that a photograph has in all collections.

    The file extension goes. Only numbers keep one, as Flickr's file names are numbers and COCO's
    ids are too: a Flickr8k id (`1000268201_693b08cb0e.jpg`) gives the name that the same
    photograph has in Flickr30k (`1000268201.jpg`). A COCO name (`COCO_val2014_000000391895.jpg`,
    `000000391895.jpg`, `coco_391895`) gives the id, in whatever folder it stands.
    """
    name = re.split(r"[\\/]", image_id)[-1]
    if coco := _COCO.fullmatch(_EXTENSION.sub("", name)):
        return str(int(coco[coco.lastindex]))
    stem = _EXTENSION.sub("", image_id)
    if flickr8k := _FLICKR8K.fullmatch(_EXTENSION.sub("", name)):
        return f"{flickr8k[1]}.jpg"
    return f"{stem}.jpg" if stem != image_id and stem.isdecimal() else stem


def read_pictures(path: str | os.PathLike) -> Pictures:
    """Read picture features from a file or a folder.

    - `.npz`: `ids` [P], `features` [P, D] or [P, 1, D] and, if known, `names` [D]; or a vector [D]
      by the name of each picture. `.h5` the same.
    - a folder: `train.npy` [P, D], likewise dev, val, test; the keys are `train:0`, `train:1`, ...
      With five equal rows a picture, beside a `train.txt` of as many captions, each is one picture.

    Args:
      path: of the file or folder.

    Raises:
      InputError: the file is not there or not what it should be, or features are not finite.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if path.is_dir():
        return _read_folder(path)
    arrays = _read_arrays(path)
    if "features" not in arrays:
        arrays = _join_vectors(path, arrays)
    if "ids" not in arrays:
        raise InputError(f"{path}: no array 'ids'; give one [P] beside 'features' [P, D]")
    features = _flatten(path, arrays["features"])
    for name, length in zip(("ids", "names"), features.shape, strict=True):
        array = arrays.get(name)
        if array is not None and (array.shape != (length,) or array.dtype.kind not in "UiuS"):
            given = f"{name!r} are {array.dtype} {array.shape} beside 'features' {features.shape}"
            raise InputError(f"{path}: {given}; give {length} strings or integers")
    names = arrays.get("names")
    ids = _picture_keys(_as_strings(path, arrays["ids"]))
    return _make_pictures(path, ids, features, None if names is None else _as_strings(path, names))


def _as_strings(path: Path, array: np.ndarray) -> list[str]:
    try:
        texts = np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array.astype(str)
    except UnicodeDecodeError:
        raise InputError(f"{path}: names that are not UTF-8") from None
    return texts.tolist()


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an npz or HDF5 file, those that are asked for where they are there."""
    try:
        check_plain(path)
        with path.open("rb") as file:
            if file.read(4) == b"\x89HDF":
                return _read_hdf5(path)
            file.seek(0)
            check_packed(path)
            with np.load(file, allow_pickle=False) as archive:
                there = [name for name in _NAMED if name in archive] or archive.files
                arrays = {name: archive[name] for name in there}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("no arrays")
        return arrays
    except InputError:
        raise
    except Exception as error:  # numpy raises a dozen kinds for damaged files
        wanted = f"a whole npz or npy file without pickled objects ({type(error).__name__})"
        raise InputError(f"{path}: not {wanted}; write it with numpy.savez or save") from None


def _read_hdf5(path: Path) -> dict[str, np.ndarray]:
    try:
        import h5py
    except ImportError:
        raise InputError(f"{path}: HDF5 takes pip install 'neurondream[hdf5]'") from None
    with h5py.File(path) as file:
        sets = {name: item for name, item in file.items() if isinstance(item, h5py.Dataset)}
        if len(sets) < len(file):
            raise InputError(f"{path}: holds groups; give datasets alone")
        there = [name for name in _NAMED if name in sets]
        return {name: np.asarray(sets[name][()]) for name in there or sets}


def _join_vectors(path: Path, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Put vectors by picture together."""
    vectors = [np.squeeze(array) for array in arrays.values()]
    shapes = {vector.shape for vector in vectors}
    if len(shapes) != 1 or vectors[0].ndim != 1 or len(vectors[0]) < 2 or set(_NAMED) & set(arrays):
        raise InputError(
            f"{path}: no array 'features'; give one [P, D] beside 'ids' [P], or a vector [D] by "
            "the name of each picture"
        )
    return {"ids": np.array(list(arrays), str), "features": np.stack(vectors)}


def _flatten(path: Path, features: Any) -> np.ndarray:
    """Make features `[P, D]` of what has places of size 1 besides."""
    shape = features.shape
    if len(shape) > 2 and np.prod(shape[1:-1]) == 1:
        return features.reshape(shape[0], shape[-1])
    if len(shape) != 2 or 0 in shape or features.dtype.kind not in "fiub":
        where = "; average over the places of each picture first" if len(shape) > 2 else ""
        raise InputError(
            f"{path}: 'features' are {features.dtype} {shape}; give numbers [P, D]{where}"
        )
    return features


def folder_stems(folder: Path, suffix: str = ".txt") -> list[str]:
    """List the splits whose files a folder holds.

    Raises:
      InputError: it holds none.
    """
    stems = [stem for stem in SPLITS_OF_FOLDER if (folder / (stem + suffix)).is_file()]
    if not stems:
        raise InputError(f"{folder}: the folder holds no train{suffix}, nor one of dev, val, test")
    return stems


def folder_keys(stem: str, rows: int) -> np.ndarray:
    """Name the pictures of a split."""
    return np.array([f"{stem}:{row}" for row in range(rows)], str)


def read_folder_rows(folder: Path, stem: str, captions: int | None = None) -> np.ndarray:
    """Read the features of a split, one row a picture.

    Args:
      folder: of the splits.
      stem: of the file.
      captions: how many the split has; where there are as many rows, of which five in a row are
        equal, each five are one picture.

    Raises:
      InputError: the file is not there, or no array [P, D].
    """
    path = folder / f"{stem}.npy"
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    try:
        features = np.lib.format.open_memmap(path, mode="r")  # never unpickles
    except Exception as error:  # numpy raises a dozen kinds for damaged files
        wanted = f"a whole npz or npy file without pickled objects ({type(error).__name__})"
        raise InputError(f"{path}: not {wanted}; write it with numpy.savez or save") from None
    features = _flatten(path, features)
    if captions == len(features) and captions % PER_PICTURE == 0:
        fives = features.reshape(-1, PER_PICTURE, features.shape[1])
        if np.array_equal(fives, np.broadcast_to(fives[:, :1], fives.shape)):
            return fives[:, 0]
    return features


def _read_folder(folder: Path) -> Pictures:
    stems = folder_stems(folder, ".npy")
    parts = [read_folder_rows(folder, stem, _count_lines(folder / f"{stem}.txt")) for stem in stems]
    widths = {stem: part.shape[1] for stem, part in zip(stems, parts, strict=True)}
    if len(set(widths.values())) > 1:
        raise InputError(f"{folder}: features of different widths {widths}; give them one width")
    ids = [folder_keys(stem, len(part)) for stem, part in zip(stems, parts, strict=True)]
    return _make_pictures(folder, np.concatenate(ids), np.concatenate(parts))


def _count_lines(path: Path) -> int | None:
    return sum(1 for _ in read_lines(path)) if path.exists() else None


def _picture_keys(image_ids: Sequence[str]) -> np.ndarray:
    return np.array([picture_key(image_id) for image_id in image_ids], str)


def _make_pictures(
    path: Path, ids: np.ndarray, features: np.ndarray, names: Sequence[str] | None = None
) -> Pictures:
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
    names = tuple(map(str, range(features.shape[1])) if names is None else names)
    if (count := len({each for each in names if each.strip() and is_writable(each)})) < len(names):
        raise InputError(f"{path}: {len(names)} 'names', {count} of them distinct and not blank")
    return Pictures(ids, features, names)
