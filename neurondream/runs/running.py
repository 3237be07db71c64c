"""Run a method over neurons, and go on where an earlier process was."""

import contextlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from neurondream.corpora.corpus import Corpus
from neurondream.errors import InputError
from neurondream.method import Method
from neurondream.methods import make_method, search
from neurondream.model import Model
from neurondream.models.opening import open_model
from neurondream.neurons.expressions import parse_neurons
from neurondream.neurons.neuron import Neuron, write_neuron
from neurondream.neurons.places import check_places
from neurondream.runs.chunks import chunk_size, kept_chunk
from neurondream.runs.contrast import check_contrast
from neurondream.runs.dreams import dream_chunks
from neurondream.runs.folder import (
    Position,
    append_lines,
    cut_half_line,
    enter_manifest,
    find_dreams,
    read_line,
    read_lines,
)
from neurondream.runs.judges import open_judge
from neurondream.runs.lines import DreamLine
from neurondream.runs.locks import dreams_file, lock_shard
from neurondream.runs.run import Run, enter_method, groups_of, hold_run, problem_of
from neurondream.runs.sweeps import AT_ONCE, KEEP, sweep_chunks

NEURONS = "neurons.jsonl"  # what is behind names that hold a hash


def run(
    run: Run, neurons: str | Sequence[str] | Sequence[Neuron], method: str | Method = "best", *,
    finished: Sequence[DreamLine] = (), progress: Callable | bool | None = None,
    report: Callable[[str], None] | None = None,
) -> Iterator[DreamLine]:
    """Run a method over neurons.

    Args:
      run: from `open_run` or `hold_run`.
      neurons: as a person writes them, or as `parse_neurons` gives them.
      method: its name, or a `Method` with other settings.
      finished: lines that a method may start from, beside those in the run's folder.
      progress: shows how far it is, see `progress.start_bar`.
      report: takes lines for a person before anything is dreamt: how many neurons will be dreamt
        at once, the memory and the time that takes; and others where these become fewer.

    Yields:
      A line for each neuron of the run's shard: those that are there already, then each as it
      comes, safe on disk where the run has a folder.

    Raises:
      InputError: before anything is dreamt, for what cannot be.
    """
    method = make_method(method) if isinstance(method, str) else method
    chosen = as_neurons(neurons, run.model)
    check_places(chosen, run.length)
    groups_of(run, chosen)
    check_contrast(run, chosen, method)
    if method.judge:
        judge = open_judge(run, method.judge)
        if run.folder and judge.sha256:
            enter_manifest(run.folder, {"judges": {judge.name: judge.sha256}})
    problem = problem_of(run)
    if method.ngrams:
        if method.name == "search" and run.corpus is None:
            raise InputError("search goes through a corpus: give one")
        method.ngrams(problem)
        chunk = enter_method(run, method, AT_ONCE)
    else:
        chunk = enter_method(run, method, kept_chunk(run, method) or chunk_size(run, method))
    left = choose_shard(chosen, run.shard)
    return _run_left(run, left, method, chunk, finished, progress, report)


def _run_left(run, neurons, method, chunk, finished, progress, report) -> Iterator[DreamLine]:
    with writing(run) as write:
        before = find_dreams(run.folder) if run.folder else {}
        for neuron in neurons:
            if (neuron.name, method.name) in before:
                yield read_line(before[neuron.name, method.name])
        left = [neuron for neuron in neurons if (neuron.name, method.name) not in before]
        if not left:
            return
        starts = find_starts(left, method, before, finished, run.length)
        if run.folder:
            keep_neurons(run, left)
        if not method.ngrams:
            for lines in dream_chunks(run, left, method, chunk, starts, progress, report, write):
                yield from lines
            return
        for lines in sweep_chunks(run, left, method, progress):
            write(lines)
            yield from lines


def dream_neurons(
    model: str | Model, neurons: str | Sequence[str] | Sequence[Neuron], *, length: int = 5,
    method: str | Method = "best", corpus: Corpus | None = None, seed: int = 0,
    memory: float = 0.5, progress: Callable | bool | None = None,
) -> list[DreamLine]:
    """Dream neurons in memory, without a run folder.

    Args:
      model: its name, its folder or a `Model`.
      neurons: as a person writes them, or as `parse_neurons` gives them.
      length: L words of the n-gram.
      method: its name, or a `Method` with other settings.
      corpus: what `search` goes through.
      seed: of starts and noise.
      memory: GiB that the neurons dreamt at once may take.
      progress: shows how far it is, see `progress.start_bar`.

    Returns:
      A line for each neuron, as a run folder holds them.

    Raises:
      InputError: there is no such neuron or method, or it cannot be run so.
    """
    held = hold_run(open_model(model), corpus, length=length, seed=seed, memory=memory)
    return list(run(held, neurons, method, progress=progress))


def front(
    model: str | Model, neurons: str | Sequence[str] | Sequence[Neuron], *, length: int = 12,
    effort: str = "quick", judge: str = "auto", corpus: Corpus | None = None, seed: int = 0,
    memory: float = 0.5, progress: Callable | bool | None = None,
) -> list[DreamLine]:
    """Find the n-grams of neurons from natural to extreme, in memory.

    Args:
      model: its name, its folder or a `Model`.
      neurons: as a person writes them, or as `parse_neurons` gives them.
      length: L words of the n-grams; that of the corpus where there is one.
      effort: quick or usual.
      judge: whose nats a word are traded for activation, see `runs.judges.open_judge`.
      corpus: with whose best n-grams half of the search begins, whose n-grams stand on the same
        plane, and that `kneser_ney` counts.
      seed: of starts and chance.
      memory: GiB that the neurons dreamt at once may take.
      progress: shows how far it is, see `progress.start_bar`.

    Returns:
      A line for each neuron, with `front`, `judge` and, of a corpus, `windows`.

    Raises:
      InputError: there is no such neuron or judge, or it cannot be run so.
    """
    length = None if corpus else length
    held = hold_run(open_model(model), corpus, length=length, seed=seed, memory=memory)
    settings, found = {"effort": effort, "judge": judge}, []
    if corpus:
        found = list(run(held, neurons, search(), progress=progress))
    method = make_method("search+fluent" if corpus else "fluent", **settings)
    return list(run(held, neurons, method, finished=found, progress=progress))


def as_neurons(neurons: str | Sequence[str] | Sequence[Neuron], model: Model) -> list[Neuron]:
    """Parse what a person has written; neurons stay as they are, each once."""
    if not isinstance(neurons, str) and all(isinstance(each, Neuron) for each in neurons):
        return list({neuron.name: neuron for neuron in neurons}.values())
    return parse_neurons(neurons, model)


def choose_shard(neurons: Sequence[Neuron], shard: tuple[int, int]) -> list[Neuron]:
    """Choose the neurons of a shard, by their names alone, whichever others there are."""
    number, shards = shard
    return [n for n in neurons if zlib.crc32(n.name.encode()) % shards == number - 1]


def find_starts(
    neurons: Sequence[Neuron], method: Method, lines: Mapping[tuple[str, str], Position],
    finished: Sequence[DreamLine], length: int,
) -> dict[str, np.ndarray]:
    """Find what a method that goes on from another's lines starts from.

    Returns:
      The best n-grams that each line has, repeated where it has few, `int32 [M, L]`.

    Raises:
      InputError: a neuron has no line of the other method, or one of another length.
    """
    if not method.starts_from:
        return {}
    given = {(line["neuron"], line["method"]): line for line in finished}
    starts = {}
    for neuron in neurons:
        name = neuron.name, method.starts_from
        if name not in given and name not in lines:
            raise InputError(
                f"{method.name}: {neuron.label} has no n-gram of {method.starts_from} to start "
                f"from; run {method.starts_from} before in the same folder"
            )
        line = given[name] if name in given else read_line(lines[name])
        ids = [each["ngram"]["ids"] for each in line["best"]]
        if {len(each) for each in ids} != {length}:
            raise InputError(
                f"finished: the n-gram of {neuron.label} by {method.starts_from} is none of "
                f"{length} tokens; give lines of this run's length"
            )
        starts[neuron.name] = np.resize(np.array(ids, np.int32), (KEEP, length))
    return starts


def keep_neurons(run: Run, neurons: Sequence[Neuron]) -> None:
    """Write down what is behind names that hold a hash, so that the run is known by itself."""
    path = run.folder / dreams_file(run.shard).replace("dreams", "neurons")
    cut_half_line(path)
    known = {line["neuron"] for line in read_lines(path)}
    append_lines(path, [
        write_neuron(neuron) for neuron in neurons
        if neuron.kind != "unit" and neuron.name not in known
    ])


@contextlib.contextmanager
def writing(run: Run) -> Iterator[Callable]:
    """Be the one who writes a run's shard; gives a function that adds lines to it."""
    if run.folder is None:
        yield lambda lines: None
        return
    path = run.folder / dreams_file(run.shard)
    with lock_shard(run.folder, run.shard):
        cut_half_line(path)
        yield lambda lines: append_lines(path, lines)
