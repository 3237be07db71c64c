"""A run: a model, a corpus and settings that dreams of many neurons share."""

import functools
import hashlib
import importlib.metadata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Place
from neurondream.corpora.corpus import Corpus, describe_corpus
from neurondream.corpora.ngrams import check_length
from neurondream.errors import InputError
from neurondream.method import Method, Problem
from neurondream.model import Model, Reader, open_reader
from neurondream.models.opening import open_model
from neurondream.neurons.draws import describe_draw
from neurondream.neurons.neuron import Neuron
from neurondream.runs.folder import enter_manifest, make_folder
from neurondream.runs.lines import VERSION, Ngram
from neurondream.runs.locks import WHOLE, lock_shard
from neurondream.searches.substitution import parts_of
from neurondream.targets import group_neurons, source_layer
from neurondream.tokens.spelling import make_check, words_of

GIBIBYTE = 2**30
MOST_MEMORY = 2**20  # GiB
MOST_SEEDS = 1000


class Run(NamedTuple):
    """What the dreams of a run have in common; in memory alone where there is no folder."""

    folder: Path | None
    model: Model
    reader: Reader
    corpus: Corpus | None
    length: int
    seed: int
    memory: float  # GiB that the neurons dreamt at once may take
    shard: tuple[int, int]  # number from 1, of so many
    devices: Sequence[jax.Device]
    programs: dict[Any, Callable]  # what has been compiled
    chunk: int | None = None  # neurons dreamt at once, where this does not follow from memory


def hold_run(
    model: Model, corpus: Corpus | None = None, *, length: int | None = None, seed: int = 0,
    memory: float = 0.5,
) -> Run:
    """Begin a run in memory.

    Args:
      model: to dream of.
      corpus: to compare with.
      length: L; that of the corpus, or 5.
      seed: of starts, noise and samples.
      memory: GiB that the neurons dreamt at once may take.

    Raises:
      InputError: the length is below 1 or not that of the corpus, or that is none.
    """
    if not isinstance(corpus, Corpus | None):
        raise InputError(
            f"corpus: give what read_corpus or make_corpus returns, not {type(corpus).__name__}"
        )
    if length is None:
        length = corpus.length if corpus else 5
    check_length(length)
    if corpus and corpus.length != length:
        raise InputError(f"length={length}: the corpus was read as {corpus.length}-grams")
    check_resources(memory, seed)
    return Run(
        None, model, open_reader(model), corpus, length, seed, memory, WHOLE,
        jax.local_devices(), {},
    )


def check_resources(memory: float, seed: int) -> None:
    """Refuse GiB and seeds that cannot be.

    Raises:
      InputError: they are.
    """
    if not 0 < memory <= MOST_MEMORY:
        raise InputError(f"memory={memory}: give GiB, above 0 and at most {MOST_MEMORY}")
    if not 0 <= seed < 2**32:
        raise InputError(f"seed={seed}: give 0 to {2**32 - 1}")


def open_run(
    folder: str | Path, model: str | Path | Model, corpus: Corpus | None = None, *,
    length: int | None = None, seed: int = 0, memory: float = 0.5,
    shard: tuple[int, int] = WHOLE,
) -> Run:
    """Begin a run in a folder, or go on with the same one.

    Args:
      folder: made if it is not there.
      model: to dream of.
      corpus: to compare with.
      length: L; that of the corpus, or 5.
      seed: of starts, noise and samples.
      memory: GiB that the neurons dreamt at once may take. It decides, with a method's settings,
        how many these are; a run that is gone on with keeps its number.
      shard: `(2, 8)` writes the second of eight shares of the neurons, so that eight processes
        may dream at once.

    Raises:
      InputError: the folder holds a run of another model, corpus or settings, or something else,
        or another process is writing there.
    """
    folder = Path(folder)
    number, shards = shard
    if not 1 <= number <= shards:
        raise InputError(f"shard={number}/{shards}: give 1/{shards} to {shards}/{shards}")
    run = hold_run(open_model(model), corpus, length=length, seed=seed, memory=memory)
    make_folder(folder)
    run = run._replace(folder=folder, shard=shard)
    enter_manifest(folder, describe_run(run))
    with lock_shard(folder, shard):  # refused now, not after a first chunk
        pass
    return run


def open_seeds(run: Run, seeds: int) -> list[Run]:
    """Open runs with the next seeds beside one, in folders of their own inside its folder.

    Args:
      run: the first of them.
      seeds: how many there are with it.

    Returns:
      All; they share what has been opened and compiled.

    Raises:
      InputError: these are too many, or a folder holds another run.
    """
    if seeds > MOST_SEEDS:
        raise InputError(f"seeds={seeds}: give at most {MOST_SEEDS}")
    runs = [run]
    for seed in range(run.seed + 1, run.seed + seeds):
        folder = run.folder / f"seed-{seed}"
        make_folder(folder)
        runs.append(run._replace(folder=folder, seed=seed))
        enter_manifest(folder, describe_run(runs[-1]))
    return runs


def enter_draw(runs: Sequence[Run], draw: str, **drawn: Any) -> None:
    """Write into the manifests of runs how their neurons were drawn, see `draws.describe_draw`."""
    for run in runs:
        enter_manifest(run.folder, {"draw": describe_draw(draw, **drawn)})


def describe_run(run: Run) -> dict[str, Any]:
    """Write down all that the dreams of a run depend on, but for the methods' settings."""
    facts = describe_model(run.model) | {"length": run.length, "seed": run.seed}
    return facts | (describe_corpus(run.corpus) if run.corpus else {})


def describe_model(model: Model) -> dict[str, Any]:
    """Write down a model, how it reads, and what reads it."""
    return {
        "version": VERSION,
        "model": model.name,
        "opened_with": dict(model.opened_with),
        "weights_sha256": model.sha256,
        **({} if model.licence is None else {"licence": model.licence}),
        "vocabulary_sha256": model.tokenizer.sha256,
        "layers": [
            {"name": name, "size": layer.size, "family": layer.family, "level": layer.level}
            for name, layer in model.layers.items()
        ],
        "families": dict(model.families),
        "reading": {
            "before": list(model.start.before), "after": list(model.start.after),
            "beginnings": [list(beginning) for beginning in model.beginnings],
            "banned": banned_ids(model),
        },
        "versions": {
            name: importlib.metadata.version(name) for name in ("neurondream", "jax", "optax")
        },
        "code_sha256": hash_code(),
    }


@functools.cache
def hash_code() -> str:
    """Compute the SHA-256 of the package's code: a run is of one state of it."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def banned_ids(model: Model) -> list[int]:
    """List the tokens that no dream may hold, special ones left out."""
    banned = set(np.flatnonzero(~model.tokenizer.allowed).tolist())
    return sorted(banned - set(model.tokenizer.special.values()))


def problem_of(run: Run) -> Problem:
    """Lay out what a method needs to know of a run."""
    model, reader = run.model, run.reader
    sources = {source_layer(reader.readouts, layer) for layer in model.layers}
    tokenizer = model.tokenizer
    return Problem(
        run.length, tokenizer.allowed, jnp.asarray(reader.encoder.table(reader.params)),
        max(model.layers[source].size for source in sources if source in model.layers),
        run.corpus.ngrams if run.corpus else None, contexts=max(len(model.beginnings), 1),
        check=spelling_check(run) if tokenizer.checked else None,
        words=words_of(tokenizer), parts=parts_of(reader.encoder, run.length),
    )


def spelling_check(run: Run) -> Callable[[np.ndarray], np.ndarray] | None:
    """Make what counts the tokens of n-grams that are not read as themselves, once in a run."""
    if run.model.tokenizer.respell is None:
        return None
    if "spelling" not in run.programs:
        model = run.model
        befores = [(*model.start.before, *before) for before in model.beginnings or ((),)]
        run.programs["spelling"] = make_check(model.tokenizer, befores, model.start.after)
    return run.programs["spelling"]


def groups_of(
    run: Run, neurons: Sequence[Neuron]
) -> dict[tuple[str, Place], list[Neuron]]:
    """Group neurons by what they are read off, as `targets.group_neurons`."""
    return group_neurons(run.reader.readouts, neurons)


def source_size(run: Run, source: str) -> int:
    """Count the units of a layer that targets are read off."""
    if source in run.model.layers:
        return run.model.layers[source].size
    readouts = run.reader.readouts.values()
    return next(len(each.weight) for each in readouts if each.source == source)


def enter_method(run: Run, method: Method, chunk: int) -> int:
    """Write a method's settings into the manifest where it first runs.

    Returns:
      How many neurons are dreamt at once: `chunk`, or what the run began with.

    Raises:
      InputError: the run has other settings of the method.
    """
    if run.folder is None:
        return chunk
    name = method.name
    manifest = enter_manifest(
        run.folder, {"settings": {name: method.settings}, "chunks": {name: chunk}}
    )
    return manifest["chunks"][name]


def spell_ngram(model: Model, ids: Sequence[int] | np.ndarray) -> Ngram:
    """Write an n-gram down as JSON values."""
    ids = [int(number) for number in ids]
    tokenizer = model.tokenizer
    return {"ids": ids, "pieces": list(tokenizer.spell(ids)), "text": tokenizer.decode(ids)}
