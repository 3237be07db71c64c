"""Imaginets on disk: a folder with `weights.safetensors` and `model.json`.

Arrays and JSON alone: nothing in such a folder can run code.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy
from flax.traverse_util import flatten_dict, unflatten_dict

from neurondream.errors import InputError
from neurondream.files import check_plain, is_writable, read_json, to_float32, write_atomically
from neurondream.models.vocabulary import Vocabulary, hash_vocabulary, make_vocabulary

FORMAT = "neurondream imaginet 1"


class Checkpoint(NamedTuple):
    """A trained Imaginet and what belongs to it."""

    params: dict[str, Any]  # float32 arrays
    vocabulary: Vocabulary
    picture_names: tuple[str, ...]  # P
    picture_mean: np.ndarray  # [P], of the training pictures
    picture_deviation: np.ndarray  # [P]
    about: dict[str, Any]  # what it was trained on, how, and what it reached


def sizes_of(checkpoint: Checkpoint) -> dict[str, int]:
    """Name the sizes of a model, as `Imaginet` takes them."""
    vocabulary, embedding = checkpoint.params["embedding"].shape
    hidden, picture = checkpoint.params["I_weight"].shape
    return {
        "vocabulary": vocabulary,
        "picture": picture,
        "embedding": embedding,
        "hidden": hidden,
    }


def _shapes(vocabulary: int, picture: int, embedding: int, hidden: int) -> dict[str, tuple]:
    gru = {
        "input": (embedding, 3 * hidden),
        "recurrent": (hidden, 3 * hidden),
        "bias": (3 * hidden,),
    }
    shapes = {"embedding": (vocabulary, embedding)}
    for name, outputs in (("T", vocabulary), ("I", picture)):
        shapes |= {f"{name}_gru.{part}": shape for part, shape in gru.items()}
        shapes |= {f"{name}_weight": (hidden, outputs), f"{name}_bias": (outputs,)}
    return shapes | {"picture.mean": (picture,), "picture.deviation": (picture,)}


def save_checkpoint(folder: Path, checkpoint: Checkpoint, dtype: str = "float16") -> None:
    """Write a model, its weights rounded to a type.

    Args:
      folder: of the model; made where there is none.
      checkpoint: the model.
      dtype: `float16` halves the files, `float32` keeps every bit.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = flatten_dict(checkpoint.params, sep=".")
    tensors = {name: np.ascontiguousarray(tensor, dtype) for name, tensor in tensors.items()}
    # A deviation that half precision rounds to zero would be divided by.
    tensors["picture.mean"] = np.ascontiguousarray(checkpoint.picture_mean, np.float32)
    tensors["picture.deviation"] = np.ascontiguousarray(checkpoint.picture_deviation, np.float32)
    header = {
        "format": FORMAT,
        "sizes": sizes_of(checkpoint),
        "about": checkpoint.about,
        "vocabulary_sha256": hash_vocabulary(checkpoint.vocabulary),
        "picture_names": list(checkpoint.picture_names),
        "tokenizer": checkpoint.vocabulary.tokenizer,
        "vocabulary": list(checkpoint.vocabulary.words),
    }
    write_atomically(folder / "weights.safetensors", safetensors.numpy.save(tensors))
    content = json.dumps(header, ensure_ascii=False, indent=1)
    write_atomically(folder / "model.json", content.encode())


def load_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file.

    Raises:
      InputError: there is none, or it is truncated or of another kind.
    """
    try:
        check_plain(path)
        return safetensors.numpy.load(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected weights") from None
    except KeyError as error:
        raise InputError(
            f"{path}: weights of type {error.args[0]} are not read; save float16 or float32"
        ) from None
    except (safetensors.SafetensorError, ValueError, OverflowError) as error:
        raise InputError(
            f"{path}: not a whole safetensors file ({error}); copy or train the model again"
        ) from None


def load_metadata(path: Path) -> dict[str, str]:
    """Read the text that a whole safetensors file carries beside its arrays."""
    with safetensors.safe_open(path, framework="numpy") as file:
        return file.metadata() or {}


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a model and check that its parts belong together.

    Args:
      folder: of the model.

    Returns:
      The model, its weights as float32.

    Raises:
      InputError: a file is missing, truncated, of another kind, or does not match the other.
    """
    folder = Path(folder)
    if not (folder / "model.json").exists() and (folder / "config.json").exists():
        raise InputError(
            f"{folder}: a Hugging Face model; this takes one of the shipped architecture, Imaginet"
        )
    header = load_header(folder / "model.json")
    vocabulary = _read_vocabulary(folder / "model.json", header)
    tensors = load_tensors(folder / "weights.safetensors")
    expected = _shapes(**header["sizes"])
    for name in sorted(expected.keys() | tensors.keys()):
        found = tensors[name].shape if name in tensors else "nothing"
        if found != expected.get(name, "nothing"):
            raise InputError(
                f"{folder}: weights.safetensors holds {found} for {name!r}, "
                f"model.json says {expected.get(name, 'nothing')}; they are of different models"
            )
        tensors[name] = to_float32(tensors[name], f"{folder}: {name!r} of its weights")
    for size, listed in (("vocabulary", vocabulary.words), ("picture", header["picture_names"])):
        if size == "picture" and not listed:
            continue  # a model that has learned from captions alone
        if len(listed) != header["sizes"][size]:
            raise InputError(
                f"{folder}: model.json names {len(listed)} of its {header['sizes'][size]} "
                f"{size} units"
            )
    mean, deviation = tensors.pop("picture.mean"), tensors.pop("picture.deviation")
    if np.any(deviation <= 0):
        raise InputError(f"{folder}: deviations of pictures that are not above 0")
    params = unflatten_dict(tensors, sep=".")
    names = tuple(header["picture_names"])
    return Checkpoint(params, vocabulary, names, mean, deviation, header["about"])


def load_header(path: Path) -> Mapping[str, Any]:
    """Read `model.json`.

    Raises:
      InputError: there is none, or it is of another kind.
    """
    try:
        header = read_json(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); "
            "a model is a folder with model.json and weights.safetensors"
        ) from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InputError(f"{path}: not a model of this project (expected format {FORMAT!r})")
    sizes = header.get("sizes")
    named = {"vocabulary", "picture", "embedding", "hidden"}
    if not isinstance(sizes, dict) or sizes.keys() != named:
        raise InputError(f"{path}: `sizes` is {sizes!r}; expected numbers for {sorted(named)}")
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            raise InputError(f"{path}: the size {name!r} is {size!r}; expected 1 or more")
    for name in ("vocabulary", "picture_names"):
        words = header.get(name)
        if not isinstance(words, list) or not all(
            isinstance(word, str) and is_writable(word) for word in words
        ):
            raise InputError(f"{path}: `{name}` is not a list of words")
    if not isinstance(header.get("about"), dict):
        raise InputError(f"{path}: `about` is not an object")
    return header


def _read_vocabulary(path: Path, header: Mapping[str, Any]) -> Vocabulary:
    try:
        # Models that say nothing were made when there was one version.
        vocabulary = make_vocabulary(header["vocabulary"], header.get("tokenizer", 1))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if hash_vocabulary(vocabulary) != header.get("vocabulary_sha256"):
        raise InputError(
            f"{path}: the vocabulary was changed (its SHA-256 differs from `vocabulary_sha256`); "
            "copy the model again"
        )
    return vocabulary
