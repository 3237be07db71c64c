"""How many neurons are dreamt at once, and what a person is told of it before long work."""

import math
from collections.abc import Callable, Sequence

import jax

from neurondream.errors import InputError
from neurondream.memory import device_bytes
from neurondream.method import POLISH_BLOCK, Method
from neurondream.runs.folder import each_dream, read_manifest, write_manifest
from neurondream.runs.judges import judged_problem
from neurondream.runs.locks import lock_manifest
from neurondream.runs.run import GIBIBYTE, Run

# Neurons that an accelerator dreams at once, at most.
AT_ONCE = 128
# A processor fills chunks of 4 up to 16. Of 16 rather than 4, softmax took 38 % less time for a
# neuron, swaps and gumbel 8 %, where a neuron's soft words are many, 20 % where they are few: there
# chunks grow, and little is lost where fewer are asked for. Those that are polished together wait
# for the slowest.
ON_PROCESSOR = 4, 16
# Models that are read whole fill a processor by themselves: one neuron at once of those that have
# more parameters than this takes a tenth longer than four, and a single neuron a quarter of it.
READ_WHOLE = 5_000_000
SOFT_BYTES = 2**26  # of soft words that a chunk of a processor grows to


def neuron_bytes(run: Run, method: Method) -> int:
    """Estimate the memory that one of the neurons dreamt at once takes."""
    each = max(method.memory(judged_problem(run, method)), 1)
    if method.contrast:
        # All units of the layer, of as many n-grams as a polish reads at once.
        each += 4 * POLISH_BLOCK * max(layer.size for layer in run.model.layers.values())
    return each


def chunk_size(run: Run, method: Method) -> int:
    """Choose how many neurons a device dreams at once.

    Bits of a dream depend on the shape of its chunk and on nothing else of what is dreamt beside
    it. So the size follows from settings and memory alone, never from how many neurons are left:
    whoever resumes a run or takes a shard of it finds the same dreams.

    Raises:
      InputError: not one neuron fits.
    """
    each, most = neuron_bytes(run, method), device_bytes(run.devices)
    fewer = "fewer n-grams at once (restarts, samples, islands, slots) or a shorter length"
    if each > most:
        raise InputError(
            f"{method.name}: one neuron takes about {each / GIBIBYTE:.3g} GiB, where there are "
            f"{most / GIBIBYTE:.3g}; give {fewer}"
        )
    if run.chunk:
        return run.chunk
    if each > run.memory * GIBIBYTE:
        enough = math.ceil(100 * each / GIBIBYTE) / 100
        raise InputError(
            f"memory={run.memory:g}: one neuron of {method.name} takes about {enough:g} GiB; give "
            f"as many, {fewer}"
        )
    most = AT_ONCE
    if jax.default_backend() == "cpu":
        few, many = ON_PROCESSOR
        most = few if method.settings.get("polish") else min(max(SOFT_BYTES // each, few), many)
        if run.reader.encoder.steps is None:
            size = sum(leaf.size for leaf in jax.tree.leaves(run.reader.params))
            most = max(1, min(most, READ_WHOLE // max(size, 1)))
    return max(1, min(most, int(run.memory * GIBIBYTE) // each))


def kept_chunk(run: Run, method: Method) -> int | None:
    """Read how many neurons a run dreams at once by a method; None where it has not begun."""
    if run.folder is None:
        return None
    return read_manifest(run.folder).get("chunks", {}).get(method.name)


def halve_chunk(run: Run, method: Method, chunk: int) -> int:
    """Dream half as many neurons at once, where none has been dreamt by the method yet.

    Returns:
      How many these are, as the manifest says from now on: what another shard has made of it, where
      that is fewer already. 0 where it has to stay as it is, since other chunks would make dreams
      of other bits.
    """
    if run.folder is None or chunk == 1:
        return chunk // 2
    with lock_manifest(run.folder):
        manifest = read_manifest(run.folder)
        now = manifest["chunks"][method.name]
        if now < chunk:
            return now
        if any(line["method"] == method.name for _, line in each_dream(run.folder)):
            return 0
        manifest["chunks"][method.name] = now // 2
        write_manifest(run.folder, manifest)
    return now // 2


def write_first(run: Run, method: Method, chunk: int, write: Callable[[], None]) -> int:
    """Write the first lines of a method, unless another shard has halved the chunks meanwhile.

    Both are decided under one lock: whoever would halve chunks sees the lines, or these are not
    written and dreamt anew. Else lines of two chunks, so of other bits, would stand in one run.

    Returns:
      How many neurons are dreamt at once, as the manifest says; lines are written where it is
      `chunk`.
    """
    if run.folder is None:
        write()
        return chunk
    with lock_manifest(run.folder):
        now = kept_chunk(run, method) or chunk
        if now == chunk:
            write()
    return now


def describe_chunks(run: Run, method: Method, chunk: int, groups: Sequence[int]) -> str:
    """Write down how neurons will be dreamt.

    Args:
      run: that dreams them.
      method: by which.
      chunk: neurons that a device dreams at once.
      groups: neurons of each program.
    """
    number, device = count_chunks(run, chunk, groups), jax.default_backend()
    where = device if len(run.devices) == 1 else f"each of {len(run.devices)} {device} devices"
    return (
        f"{method.name}: {sum(groups)} neurons in {number} chunk{'s' * (number > 1)} of {chunk} on "
        f"{where}, about {chunk * neuron_bytes(run, method) / GIBIBYTE:.2g} of {run.memory:g} GiB "
        "at once"
    )


def count_chunks(run: Run, chunk: int, groups: Sequence[int]) -> int:
    """Count the chunks that all devices dream together, the last of each group filled up."""
    return sum(-(-size // (chunk * len(run.devices))) for size in groups)
