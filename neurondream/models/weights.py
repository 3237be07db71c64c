"""Weights of a Hugging Face folder, in one safetensors file or many (host side)."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open

from neurondream.errors import InputError
from neurondream.files import check_plain, hash_file, read_json, to_float32

ONE, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
HALVES = ("float16", "bfloat16", "float32", "float64")


class Weights:
    """Arrays by name, read when they are asked for."""

    def __init__(self, folder: Path):
        """Find the files of a folder.

        Raises:
          InputError: there are none, one is missing, or one is damaged.
        """
        self.files = weight_files(folder)
        self._of: dict[str, Path] = {}
        for file in self.files:
            try:
                check_plain(file)
                with safe_open(file, framework="flax") as opened:
                    self._of |= dict.fromkeys(opened.keys(), file)
            except (OSError, SafetensorError) as error:
                raise InputError(f"{file}: no safetensors file ({error})") from None

    def __contains__(self, name: str) -> bool:
        """Tell whether there is an array of that name."""
        return name in self._of

    def any_of(self, names: Iterable[str]) -> str | None:
        """Give the first of some names that is there."""
        return next((name for name in names if name in self._of), None)

    def root_of(self, name: str) -> str:
        """Give what stands before a name, as `model.` or what a model around this one is called."""
        roots = (each.removesuffix(name) for each in self._of if f".{each}".endswith(f".{name}"))
        return min(roots, key=len, default="")

    def read(self, name: str) -> np.ndarray:
        """Read one array as float32.

        Raises:
          InputError: it is not there, or holds no floating-point numbers, as quantized ones do.
        """
        if name not in self._of:
            raise InputError(f"{self.files[0].parent}: the weights hold no {name}")
        with safe_open(self._of[name], framework="flax") as opened:
            array = opened.get_tensor(name)
        if array.dtype.name not in HALVES:
            raise InputError(
                f"{self._of[name]}: {name} is {array.dtype.name}; quantized weights are not read, "
                "save the model as float16 or float32"
            )
        return to_float32(np.asarray(array.astype(jnp.float32)), f"{self._of[name]}: {name}")

    def hash(self) -> str:
        """Compute the SHA-256 of all files, or of their hashes where they are many."""
        hashes = [hash_file(file) for file in self.files]
        together = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
        return hashes[0] if len(hashes) == 1 else together


def weight_files(folder: Path) -> list[Path]:
    """List the files that hold a model's weights.

    Raises:
      InputError: there are none, they are of another form, or one that the index names is missing.
    """
    refuse_adapter(folder)
    if (folder / ONE).exists():
        return [folder / ONE]
    if not (folder / INDEX).exists():
        refuse_gguf(folder)
        found = sorted(path.name for path in folder.glob("*.bin"))
        raise InputError(
            f"{folder}: holds {'only ' + found[0] if found else 'no ' + ONE}; save the model with "
            "transformers' save_pretrained(folder, safe_serialization=True)"
        )
    try:
        named = read_json(folder / INDEX)["weight_map"].values()
        files = [folder / Path(name).name for name in sorted(set(named))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / INDEX}: no index of weights ({error})") from None
    if missing := [file.name for file in files if not file.exists()]:
        raise InputError(f"{folder}: {INDEX} names {missing[0]}, which is not there")
    return files


def refuse_adapter(folder: Path) -> None:
    """Refuse a folder that holds what is to be added to the weights of a model elsewhere.

    Raises:
      InputError: it does.
    """
    if any((folder / name).exists() for name in ADAPTER):
        raise InputError(
            f"{folder}: holds an adapter of PEFT, no whole model; merge it with peft's "
            "merge_and_unload(), then save the model and its tokenizer with save_pretrained(folder)"
        )


def refuse_gguf(folder: Path) -> None:
    """Refuse a folder of weights as llama.cpp keeps them.

    Raises:
      InputError: it is one.
    """
    if found := sorted(path.name for path in folder.glob("*.gguf")):
        raise InputError(
            f"{folder}: holds {found[0]}, and GGUF is not read; open model and tokenizer with "
            f"transformers' from_pretrained(folder, gguf_file={found[0]!r}), then save both with "
            "save_pretrained(another)"
        )
