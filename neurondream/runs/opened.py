"""Finished runs, opened again: their dreams, their model and their corpus."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neurondream import scenes
from neurondream.analysis.classes import tag_words
from neurondream.corpora.corpus import Corpus, read_corpus
from neurondream.errors import InputError
from neurondream.model import Model, Start, allow_only
from neurondream.models.opening import open_model
from neurondream.neurons.expressions import parse_neurons
from neurondream.neurons.neuron import Neuron, read_neuron
from neurondream.neurons.places import parse_place, place_name
from neurondream.runs.folder import read_dreams, read_manifest, read_typed
from neurondream.runs.lines import DreamLine, NeuronLine, SweepLine
from neurondream.runs.run import Run, banned_ids, hold_run
from neurondream.tokens.words import tokenize


class Opened(NamedTuple):
    """One run, or several that differ in seed, methods or neurons only."""

    folders: tuple[Path, ...]  # of the runs; what is found out is written into the first
    manifest: Mapping[str, Any]  # of the first run
    run: Run  # its model and corpus
    dreams: list[DreamLine]  # of all runs, without the corpus search
    searches: dict[str, SweepLine]  # the corpus search of each neuron
    neurons: dict[str, Neuron]  # by name


def open_finished(
    folders: str | Path | Run | Sequence[str | Path], captions: Sequence[str] = (),
    model: Model | None = None,
) -> Opened:
    """Read runs and open their model and corpus.

    Args:
      folders: of the runs; or a run that is open still.
      captions: where the corpus is now, if not where the runs found it.
      model: theirs, where it cannot be opened by its name.

    Raises:
      InputError: the runs do not fit together, have no corpus search, or the model or the corpus
        is not the one of the runs.
    """
    run = folders if isinstance(folders, Run) else None
    if run and run.folder is None:
        raise InputError("run: it is in memory alone; open one in a folder")
    if run:
        folders = [run.folder]
    elif isinstance(folders, str | Path):
        folders = [folders]
    if not folders:
        raise InputError("run: give the folder of a finished run")
    folders = [Path(folder) for folder in folders]
    manifest, lines = read_together(folders)
    searches = {line["neuron"]: line for line in lines if line["method"] == "search"}
    dreams = [line for line in lines if line["method"] != "search"]
    bare = next((line["label"] for line in dreams if line["neuron"] not in searches), None)
    if bare or not dreams:
        raise InputError(
            f"{', '.join(map(str, folders))}: no dream and corpus search of "
            f"{bare or 'any neuron'}; run search and another method"
        )
    if run is None or run.corpus is None:
        run = reopen(manifest, folders[0], captions, model or (run and run.model))
    if len(run.corpus.ngrams.tokens) < 2:
        raise InputError(
            f"{folders[0]}: the corpus holds one {run.length}-gram; a description takes 2 or more"
        )
    for line in lines:
        check_ngram(line, run)
    neurons = read_neurons(folders, list(searches), run.model)
    return Opened(tuple(folders), manifest, run, dreams, searches, neurons)


def reopen(
    manifest: Mapping[str, Any], folder: Path, captions: Sequence[str] = (),
    model: Model | None = None,
) -> Run:
    """Open the model and the corpus of a run again, and check that they are the same.

    Raises:
      InputError: they are not, or cannot be found.
    """
    if model is None:
        model = open_model(manifest["model"], **manifest["opened_with"])
        model = read_as(model, manifest["reading"])
    if model.sha256 != manifest["weights_sha256"]:
        raise InputError(
            f"{folder}: the model {manifest['model']!r} has other weights than when it was run"
        )
    names = captions or manifest["corpus"]
    corpus = read_corpus(
        names, model, length=manifest["length"], column=manifest.get("corpus_column"),
        form=manifest.get("corpus_format"),
    )
    if corpus.sha256 != manifest["corpus_sha256"]:
        raise InputError(
            f"{folder}: the run's corpus, {', '.join(manifest['corpus'])}, is not what "
            f"{', '.join(names)} holds now; give it as captions"
        )
    return hold_run(model, corpus, seed=manifest["seed"])._replace(folder=folder)


def read_as(model: Model, reading: Mapping[str, Any]) -> Model:
    """Make a model read texts as a run has read them: in its context, without banned words."""
    allowed = model.tokenizer.allowed.copy()
    allowed[[number for number in reading["banned"] if number < len(allowed)]] = False
    if sorted(reading["banned"]) != banned_ids(model):
        model = allow_only(model, allowed)
    return model._replace(
        start=Start(tuple(reading["before"]), tuple(reading["after"])),
        beginnings=tuple(tuple(beginning) for beginning in reading["beginnings"]),
    )


def read_together(folders: Sequence[Path]) -> tuple[dict[str, Any], list[DreamLine]]:
    """Read runs; returns the first one's manifest and all lines.

    Raises:
      InputError: a folder holds no run with a corpus, or the runs are not alike.
    """
    read = [(read_manifest(folder), read_dreams(folder)) for folder in folders]
    first = read[0][0]
    settings: dict[str, Any] = {}
    for folder, (manifest, lines) in zip(folders, read, strict=True):
        if not lines:
            raise InputError(f"{folder}: holds no dreams yet; let the run that writes there go on")
        for fact in ("model", "weights_sha256", "reading", "length", "corpus", "corpus_sha256"):
            if fact not in manifest:
                raise InputError(f"{folder}: the run has no {fact}; run search on a corpus, too")
            if manifest[fact] != first[fact]:
                raise InputError(
                    f"{folder} is a run with {fact}={manifest[fact]}, {folders[0]} one with "
                    f"{first[fact]}: give runs of one model, length and corpus"
                )
        for method, chosen in manifest["settings"].items():
            if settings.setdefault(method, chosen) != chosen:
                raise InputError(
                    f"{folder}: {method} was run with {chosen}, elsewhere with "
                    f"{settings[method]}: give runs with equal settings"
                )
    lines = [line for _, lines in read for line in lines]
    once = set()
    for line in lines:
        key = line["neuron"], line["method"], line["seed"]
        if line["method"] != "search" and key in once:
            raise InputError(
                f"{', '.join(map(str, folders))}: {line['label']} was dreamt twice by {key[1]} "
                f"with seed {key[2]}; give runs of other seeds, methods or neurons"
            )
        once.add(key)
    return first, lines


def read_neurons(
    folders: Sequence[Path], names: Sequence[str], model: Model
) -> dict[str, Neuron]:
    """Find the neurons of runs by their names.

    Raises:
      InputError: one is neither a unit of the model nor written down in the runs.
    """
    kept = {}
    for path in (each for folder in folders for each in sorted(folder.glob("neurons*.jsonl"))):
        for number, line in enumerate(read_typed(path, NeuronLine, "neuron"), 1):
            if line["neuron"] in names:
                kept[line["neuron"]] = neuron = read_neuron(line)
                check_neuron(neuron, model, f"{path}, line {number}")
    units = [name for name in names if name not in kept]
    neurons = {neuron.name: neuron for neuron in parse_neurons(units, model)} if units else {}
    return {
        name: kept.get(name) or neurons.get(name) or parse_neurons(name, model)[0]
        for name in names
    }


def check_ngram(line: DreamLine, run: Run) -> None:
    """Refuse a line whose n-gram is none of a run's length and model.

    Raises:
      InputError: it is none.
    """
    ids, words = line["ngram"]["ids"], len(run.model.tokenizer.allowed)
    if len(ids) != run.length or not all(0 <= each < words for each in ids):
        raise InputError(
            f"{line['label']} by {line['method']}: its n-gram is none of {run.length} tokens of "
            "the run's model; remove the line"
        )


def check_neuron(neuron: Neuron, model: Model, where: str) -> None:
    """Refuse a neuron that has been written down but is none of a model.

    Raises:
      InputError: it is none.
    """
    for layer, units, weights in neuron.parts:
        size = model.layers[layer].size if layer in model.layers else 0
        if not np.all((units >= 0) & (units < size) & np.isfinite(weights)):
            raise InputError(f"{where}: no units of {layer:.40} with their weights in this model")
    if not neuron.parts or parse_place(place_name(neuron.place), model) != neuron.place:
        raise InputError(f"{where}: no layer, or no place that n-grams have; remove the line")


def best_dreams(lines: Sequence[DreamLine]) -> dict[str, DreamLine]:
    """Pick each neuron's dream of highest activation, whatever the method and seed."""
    best: dict[str, DreamLine] = {}
    for line in lines:
        if line["neuron"] not in best or line["score"] > best[line["neuron"]]["score"]:
            best[line["neuron"]] = line
    return best


def word_classes(model: Model, corpus: Corpus) -> Mapping[str, str]:
    """Give the word class of each piece that a dream may hold.

    Raises:
      InputError: the package that tags words is not installed.
    """
    if corpus.made:
        return scenes.word_classes()
    pieces = model.tokenizer.spell(model.tokenizer.allowed.nonzero()[0])
    return tag_words([tokenize(text) for text in corpus.raw], pieces)
