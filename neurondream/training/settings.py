"""What a training depends on: the same settings and files give the same parameters."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neurondream.errors import InputError


class Settings(NamedTuple):
    """Settings of a training; sizes and the loss are by default the paper's."""

    captions: Sequence[str] = ("scenes",)  # files; `scenes` or `scenes:N` are made
    column: str | None = None  # that holds the captions, where its name does not tell
    format: str | None = None  # of the caption files, where what is in them does not tell
    pictures: str | None = None  # file of their vectors; None trains T alone
    embedding: int = 1024  # size of a word vector
    hidden: int = 1024  # units of each pathway
    minimum_count: int = 5  # rarer words are <unknown>
    alpha: float = 0.1  # share of T in the loss
    batch: int = 16  # captions a step
    epochs: int = 20  # at most
    patience: int = 10  # epochs without a better validation loss
    learning_rate: float = 1e-3  # Adam's, falling to 0 as a cosine
    dropout: float = 0.0  # share of embedding and hidden entries that is dropped out
    start: str | None = None  # model whose words and pathway T are kept; a new I learns beside them
    contrast: float = 0.0  # weight in I of telling the picture from the batch's others; paper: 0
    update_bias: float = 0.0  # first bias of the update gates; above 0 states last longer; paper: 0
    precision: str = "float32"  # of the next-word logits while training, or bfloat16
    picture_passes: int = 1  # times an epoch shows the pictures; all but the first train I alone
    standardize: bool = True  # every picture coordinate to mean 0 and deviation 1
    seed: int = 0  # of parameters, dropout and order


_COUNTS = ("embedding", "hidden", "minimum_count", "batch", "epochs", "patience", "picture_passes")
_RANGES = {
    **dict.fromkeys(_COUNTS, (1, math.inf)),
    **dict.fromkeys(("learning_rate", "contrast", "seed"), (0, math.inf)),
    "picture_passes": (1, 1000),  # all of an epoch are laid out before it begins
    "alpha": (0, 1),
    "dropout": (0, 0.99),
    "update_bias": (-math.inf, math.inf),
}
PRECISIONS = ("float32", "bfloat16")


def check_settings(settings: Settings) -> None:
    """Refuse settings that no training can have.

    Raises:
      InputError: a number is out of its range, or there are no captions.
    """
    for name, (least, most) in _RANGES.items():
        value = getattr(settings, name)
        if not (math.isfinite(value) and least <= value <= most):
            wanted = f"{least} to {most}" if math.isfinite(most) else f"{least} or more"
            wanted = wanted if math.isfinite(least) else "a finite number"
            raise InputError(f"{name}={value}: give {wanted}")
    if isinstance(settings.captions, str) or not settings.captions:
        raise InputError(f"captions={settings.captions!r}: give a list of one file or more")
    if settings.precision not in PRECISIONS:
        raise InputError(f"precision={settings.precision}: give {' or '.join(PRECISIONS)}")
    if settings.alpha == 0 and not settings.pictures:
        raise InputError(
            "alpha=0 trains pathway I alone, but no training caption has a picture: "
            "give pictures, or an alpha above 0"
        )


def without_folders(value: Any) -> Any:
    """Take the folders out of a setting: a model tells what it was made of, not where.

    Args:
      value: of a setting, or a word of a command: `name=a/one.tsv,a/two.tsv`.
    """
    if isinstance(value, list | tuple):
        return [without_folders(part) for part in value]
    if not isinstance(value, str):
        return value
    name, equals, paths = value.rpartition("=")
    return name + equals + ",".join(Path(path).name for path in paths.split(","))
