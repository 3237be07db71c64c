"""A survey: how all units of chosen layers react to whole contexts of a corpus of any length.

`manifest.json` holds what it depends on, `state.npz` how far it is; when all is read,
`contexts.npz` the contexts that are kept and a file a layer what its units do in them.
"""

import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.corpora.streams import Part, list_files, read_parts
from neurondream.errors import InputError
from neurondream.files import load_arrays, save_arrays
from neurondream.model import Model, open_reader
from neurondream.neurons.units import list_layers
from neurondream.progress import start_bar
from neurondream.runs.folder import enter_manifest, make_folder
from neurondream.runs.locks import lock_file
from neurondream.runs.run import GIBIBYTE, check_resources, describe_model
from neurondream.runs.surveyed import CONTEXTS, Context, pack_contexts, unpack_contexts, write_kept
from neurondream.sweeps import survey as sweep
from neurondream.sweeps.corpus import Best
from neurondream.sweeps.tally import Tally, add_tally, start_tally
from neurondream.sweeps.texts import LENGTHS, block_texts

STATE = "state.npz"
SAVED_EVERY = 30.0  # seconds
# Tokens read at once: on a processor what its caches hold (4,096 are a fifth slower).
AT_ONCE, AT_ONCE_ACCELERATED = 2048, 32_768
SAMPLE = 512  # contexts, and twice as many tokens, that set the scale


class State(NamedTuple):
    """How far a survey is; arrays on the host, but for what is kept."""

    done: tuple[int, int]  # file and text that come next
    contexts: int  # read
    scale: sweep.Scale
    kept: sweep.Kept
    tally: Tally  # of some tokens, at the edges
    counts: np.ndarray  # int64 [N, T + 1], of all tokens, below the tails; all in the last place
    pool: dict[int, Context]  # those that units keep, by their numbers


class Survey(NamedTuple):
    """What is to be surveyed."""

    folder: Path
    model: Model
    files: list[Path]
    column: str | None
    layers: list[str]
    keep: int
    context_length: int
    seed: int
    words: int  # read at once
    parts: Callable[[tuple[int, int]], Iterable[Part]]  # of the texts, behind those that are done


def survey(
    folder: str | Path, model: Model, texts: Sequence[str | Path], *, layers: Sequence[str],
    keep: int = 10, context_length: int = LENGTHS[-1], column: str | None = None, seed: int = 0,
    memory: float = 0.5, progress: Callable | bool | None = None,
) -> dict[str, int]:
    """Survey all units of some layers on whole contexts; a survey that was killed goes on.

    Args:
      folder: of the survey, made if it is not there.
      model: reads every context where it starts.
      texts: files and folders, see `corpora.streams`; memory does not grow with them.
      layers: by their names; one without a number stands for that of every block.
      keep: contexts in which a unit is highest.
      context_length: tokens of a context at most; longer texts are cut into several.
      column: of tables that holds the texts.
      seed: of the contexts drawn of each level.
      memory: GiB that the activations read at once may take.
      progress: see `progress.start_bar`.

    Returns:
      How many contexts and tokens were read.

    Raises:
      InputError: a layer, file or setting is not one, or the folder holds another survey.
    """
    for name, value, most in (("keep", keep, 1000), ("context_length", context_length, 128)):
        if not 1 <= value <= most:
            raise InputError(f"{name}={value}: give 1 to {most}")
    check_resources(memory, seed)
    layers = expand_layers(model, layers)
    units = sum(model.layers[layer].size for layer in layers)
    words = int(memory * GIBIBYTE / (4 * 4 * units))
    if words < context_length:
        raise InputError(
            f"memory={memory}: {units} units at {context_length} tokens take "
            f"{context_length * units * 16 / GIBIBYTE:.2g} GiB; give more, or fewer layers"
        )
    files = list_files(texts)
    job = Survey(
        Path(folder), model, files, column, layers, keep, context_length, seed,
        min(words, AT_ONCE if jax.default_backend() == "cpu" else AT_ONCE_ACCELERATED),
        functools.partial(read_parts, files, column),
    )
    make_folder(job.folder)
    enter_manifest(job.folder, describe_survey(job))
    with lock_file(job.folder, STATE):
        state = read_all(job, progress)
        if not (job.folder / CONTEXTS).exists():
            write_kept(
                job.folder, model, job.layers, state.kept, state.pool, state.tally, state.counts,
                state.scale, job.words,
            )
    return {"contexts": state.contexts, "tokens": int(state.counts[:, -1].max(initial=0))}


def expand_layers(model: Model, layers: Sequence[str]) -> list[str]:
    """Name every layer that is asked for, in the model's order.

    Raises:
      InputError: there is none, or one that the model has not.
    """
    for layer in layers:
        if not any(layer in (name, name.rpartition(".")[0]) for name in model.layers):
            raise InputError(
                f"layers={layer}: not among those of the model, {list_layers(model.layers)}"
            )
    chosen = [
        name for name in model.layers if name in layers or name.rpartition(".")[0] in layers
    ]
    if not chosen:
        raise InputError("layers: give one or more")
    return chosen


def describe_survey(job: Survey) -> dict[str, Any]:
    """Write down all that a survey depends on."""

    def begin(path: Path) -> str:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(2**20)).hexdigest()

    return describe_model(job.model) | {"seed": job.seed, "survey": {
        "texts": [
            {"file": path.name, "bytes": path.stat().st_size, "first_mebibyte_sha256": begin(path)}
            for path in job.files
        ],
        "column": job.column, "layers": job.layers, "keep": job.keep, "words": job.words,
        "context_length": job.context_length,
    }}


def read_all(job: Survey, progress: Callable | bool | None) -> State:
    """Read what is left, saving how far it is now and then."""
    reader = open_reader(job.model)
    encoder, params = reader.begin, reader.begun
    if (job.folder / STATE).exists():
        state = load_state(job.folder / STATE)
    else:
        state = start_state(job, encoder, params)
    if state.done[0] == len(job.files):
        return state
    sizes = [path.stat().st_size for path in job.files]
    before = sum(sizes[: state.done[0]])
    read_block = sweep.compile_survey(encoder, job.layers)
    saved, total = time.monotonic(), max(sum(sizes) // 1000, 1)
    with start_bar(progress, total, "survey, kB of texts", before // 1000) as bar:
        for part in job.parts(state.done):
            state = read_part(job, state, part, encoder.filler, read_block, params)
            if time.monotonic() - saved > SAVED_EVERY:
                save_state(job.folder / STATE, state)
                saved = time.monotonic()
            now = sum(sizes[: part.file]) + part.read
            bar.update(now // 1000 - before // 1000)
            before = now
    state = state._replace(done=(len(job.files), 0))
    save_state(job.folder / STATE, state)
    return state


def start_state(job: Survey, encoder, params) -> State:
    """Start with nothing read, on a scale that the first contexts set."""
    read_values = jax.jit(sweep.compile_values(encoder, job.layers))
    peaks: list[np.ndarray] = []
    values: list[np.ndarray] = []
    generator = np.random.default_rng(job.seed)
    for part in job.parts((0, 0)):
        for block in block_part(job, part, encoder.filler):
            real = block.lengths > 0
            read = np.asarray(read_values(params, block.ids, block.lengths))[real]
            peaks.append(np.asarray(sweep.find_peaks(read)))
            flat = read[np.arange(read.shape[1])[None] < block.lengths[real, None]]
            some = generator.choice(len(flat), min(len(flat), 2 * len(read)), replace=False)
            values.append(flat[some])
            if sum(map(len, peaks)) >= SAMPLE:
                break
        break
    if not peaks:
        raise InputError(f"{job.files[0]}: holds no text")
    scale = sweep.find_scale(np.concatenate(peaks), np.concatenate(values))
    units = peaks[0].shape[1]
    return State(
        (0, 0), 0, scale, sweep.start_kept(units, job.keep),
        start_tally(units, scale.edges.shape[1]),
        np.zeros((units, scale.tails.shape[1] + 1), np.int64), {},
    )


def block_part(job: Survey, part: Part, filler: int | None) -> Iterator:
    """Read the texts of a part as tokens, in blocks."""
    ids = [job.model.tokenizer.encode(text) for text in part.texts]
    return block_texts(
        ids, filler, longest=job.context_length, words=job.words, distinct=False
    )


def read_part(job: Survey, state: State, part: Part, filler, read_block, params) -> State:
    """Take in a part: all tokens count, but what is kept or was read before is not kept again."""
    kept, tally, counts, contexts = state.kept, state.tally, state.counts, state.contexts
    generator = np.random.default_rng([job.seed, part.file, part.first])
    seen = {context.ids.tobytes() for context in state.pool.values()}
    read: dict[int, Context] = {}
    for block in block_part(job, part, filler):
        new = np.zeros(len(block.ids), bool)
        for row in np.flatnonzero(block.lengths):
            ids = block.ids[row, : block.lengths[row]]
            if (key := ids.tobytes()) not in seen:
                seen.add(key)
                new[row] = True
                where = (part.file, part.first + int(block.texts[row]), int(block.begins[row]))
                read[contexts + int(row)] = Context(ids.copy(), where)
        numbers = (contexts + np.arange(len(block.ids))).astype(np.int32)
        draws = generator.random(len(block.ids), np.float32)
        kept, more, below = read_block(params, kept, state.scale, block, new, numbers, draws)
        tally, counts = add_tally(tally, more), counts + np.asarray(below)
        contexts += int(np.sum(block.lengths > 0))
    wanted = np.concatenate([
        np.unique(np.asarray(best.rows)[np.isfinite(best.scores)])
        for best in (kept.top, kept.drawn)
    ])
    pool = {
        number: state.pool[number] if number in state.pool else read[number]
        for number in map(int, np.unique(wanted))
    }
    done = (part.file, part.first + len(part.texts))
    return State(done, contexts, state.scale, kept, tally, counts, pool)


def save_state(path: Path, state: State) -> None:
    """Write down how far a survey is, whole or not at all."""
    arrays = {f"scale.{name}": value for name, value in state.scale._asdict().items()}
    for kind, best in state.kept._asdict().items():
        arrays |= {f"{kind}.{name}": np.asarray(value) for name, value in best._asdict().items()}
    arrays |= {f"tally.{name}": value for name, value in state.tally._asdict().items()}
    save_arrays(path, arrays | pack_contexts(state.pool) | {
        "counts": state.counts, "done": np.array([*state.done, state.contexts], np.int64),
    })


def load_state(path: Path) -> State:
    """Read how far a survey is.

    Raises:
      InputError: the file is damaged.
    """
    arrays = load_arrays(path)
    try:
        file, text, contexts = arrays["done"].tolist()
        kept = sweep.Kept(*(
            jax.tree.map(jnp.asarray, _take(arrays, kind, Best)) for kind in sweep.Kept._fields
        ))
        return State(
            (file, text), contexts, _take(arrays, "scale", sweep.Scale), kept,
            _take(arrays, "tally", Tally), arrays["counts"], unpack_contexts(arrays),
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: damaged ({error}); survey into another folder") from None


def _take(arrays: dict[str, np.ndarray], kind: str, build: Callable) -> Any:
    return build(*(arrays[f"{kind}.{name}"] for name in build._fields))
