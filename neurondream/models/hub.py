"""Where Hugging Face's library keeps models, and what their folders say of themselves (host side).

Nothing is ever downloaded.
"""

import os
import re
from pathlib import Path


def find_cached(name: str) -> Path | None:
    """Find the folder of a model in the local cache, if it is there.

    Args:
      name: as `gpt2` or `EleutherAI/pythia-70m`.
    """
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        return None
    model = cache / f"models--{name.replace('/', '--')}"
    try:
        folder = model / "snapshots" / (model / "refs" / "main").read_text().strip()
    except OSError:
        return None
    return folder if (folder / "config.json").exists() else None


def read_licence(folder: Path) -> str | None:
    """Read the licence that stands at the head of a folder's README.md, None if there is none."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    before, _, rest = text.partition("---\n")
    if before:
        return None
    for line in rest.partition("\n---")[0].splitlines():
        key, _, value = line.partition(":")
        if key == "license" and value.strip():
            return value.strip().strip("\"'")
    return None
