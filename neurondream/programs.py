"""Compiled programs kept on disk, so that whoever starts again need not compile."""

import importlib.util
import os
import sys
import tempfile
import warnings
from pathlib import Path


def keep_programs() -> None:
    """Keep compiled programs on disk, so that a process that starts again need not compile.

    What the environment says on it (JAX_COMPILATION_CACHE_DIR and the like) stands. Gumbel
    on nine neurons of `scenes` takes 9.7 s cold and 4.4 s warm on two cores.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = folder / "neurondream" / "programs"
        if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):  # there is no home, or nothing can be written there
        return
    settings = {
        "jax_compilation_cache_dir": str(folder),
        # Sixteen programs of that run; with .1 it was four, and 5.2 s.
        "jax_persistent_cache_min_compile_time_secs": 0.02,
    }
    for name, value in settings.items():
        if name.upper() not in os.environ:
            os.environ[name.upper()] = str(value)
            if "jax" in sys.modules:  # it has read the environment already
                sys.modules["jax"].config.update(name, value)
    # A full disk, a folder of someone else's, an entry cut short: the program is compiled then.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    if not any(map(importlib.util.find_spec, ("jax_plugins", "libtpu"))):
        # XLA finds programs of this very processor foreign if LLVM prefers no gathers on it, logs
        # an error for each and runs them (openxla/xla#44565). Heeded if jax is not loaded yet.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
