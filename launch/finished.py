"""Runs that have dreamt: their lines, their model and their corpus, opened again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import sources
import workbench
from neurondream import files, scenes
from neurondream.analysis import clusters
from neurondream.analysis.classes import tag_words
from neurondream.corpora.ngrams import Ngrams, collect_ngrams
from neurondream.errors import InputError
from neurondream.runs import folder as runs
from neurondream.tokens import words as vocabulary


class Finished(NamedTuple):
    """One run, or several that differ in seed, methods or neurons only."""

    folder: Path  # of the first run; what is found out is written there
    manifest: Mapping[str, Any]  # of the first run
    lines: list[dict[str, Any]]  # all dreams, each with its seed, without the corpus search
    search: dict[str, dict[str, Any]]  # the corpus search of each neuron
    bench: workbench.Bench
    captions: list[np.ndarray]  # word ids of each
    found: Ngrams  # the distinct n-grams of the captions
    classes: Mapping[str, str]  # class of each word
    made: bool  # whether the captions are of the made world


def open_runs(names: Sequence[str], captions: Sequence[str] | None = None) -> Finished:
    """Read runs and open their model and corpus.

    Args:
      names: run folders.
      captions: where the corpus is now, if not where the runs found it.

    Raises:
      InputError: the runs do not fit together, have no corpus search, or the model or the corpus
        is not the one of the runs.
    """
    manifest, lines = read_runs(names)
    folder = Path(names[0])
    search = {line["neuron"]: line for line in lines if line["method"] == "search"}
    dreams = [line for line in lines if line["method"] != "search"]
    bare = next((line["neuron"] for line in dreams if line["neuron"] not in search), None)
    if bare or not dreams:
        raise InputError(
            f"{', '.join(names)}: no dream and corpus search of {bare or 'any neuron'}; "
            "run with --method=search,best"
        )
    bench = workbench.open_bench(manifest["model"], find_clusters(names))
    weights = sources.model_folder(manifest["model"]) / "weights.safetensors"
    if files.hash_file(weights) != manifest["weights_sha256"]:
        raise InputError(
            f"{folder}: the model {manifest['model']!r} has other weights than when it was run"
        )
    given = captions or manifest["corpus"]
    texts = workbench.read_texts(given)
    encoded = workbench.encode_texts(bench, texts)
    found = collect_ngrams(encoded, manifest["length"])
    if files.hash_arrays(found.tokens, found.counts) != manifest["corpus_sha256"]:
        raise InputError(
            f"{folder}: the run's corpus, {', '.join(manifest['corpus'])}, is not what "
            f"{', '.join(given)} holds now; give it with --captions"
        )
    if len(found.tokens) < 2:
        raise InputError(
            f"{folder}: the corpus holds one {manifest['length']}-gram; a verdict takes 2 or more"
        )
    made = all(sources.made_scenes(name) is not None for name in given)
    words = bench.model.vocabulary.words[len(vocabulary.SPECIAL_WORDS) :]
    classes = scenes.word_classes() if made else tag_words(texts, words)
    return Finished(
        folder, manifest, dreams, search, bench, encoded, found, classes, made
    )


def read_runs(names: Sequence[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read runs; returns the first one's manifest and all lines, each with its seed.

    Raises:
      InputError: a folder holds no run with a corpus, or the runs are not alike.
    """
    if not names:
        raise InputError("--run: give the folder of a finished run")
    read = [runs.read_run(Path(name)) for name in names]
    first = read[0][0]
    settings: dict[str, Any] = {}
    for name, (manifest, _) in zip(names, read, strict=True):
        for fact in ("model", "weights_sha256", "length", "corpus", "corpus_sha256"):
            if fact not in manifest:
                raise InputError(
                    f"{name}: the run has no {fact}; run with --method=search,best and --captions"
                )
            if manifest[fact] != first[fact]:
                raise InputError(
                    f"{name} is a run with {fact}={manifest[fact]}, {names[0]} one with "
                    f"{first[fact]}: give runs of one model, length and corpus"
                )
        for method, chosen in manifest["settings"].items():
            if settings.setdefault(method, chosen) != chosen:
                raise InputError(
                    f"{name}: {method} was run with {chosen}, elsewhere with {settings[method]}: "
                    "give runs with equal settings"
                )
    for name, (_, found) in zip(names, read, strict=True):
        check_lines(name, found)
    lines = [line | {"seed": manifest["seed"]} for manifest, lines in read for line in lines]
    once = set()
    for line in lines:
        key = line["neuron"], line["method"], line["seed"]
        if line["method"] != "search" and key in once:
            raise InputError(
                f"{', '.join(names)}: {key[0]} was dreamt twice by {key[1]} with seed {key[2]}; "
                "give runs of other seeds, methods or neurons"
            )
        once.add(key)
    return first, lines


def check_lines(name: str, lines: Sequence[Any]) -> None:
    """Check that lines hold what a verdict reads.

    Raises:
      InputError: one does not.
    """
    every = ("neuron", "method", "ngram", "score", "tokens", "seconds")
    searched = ("mean", "deviation", "quantiles", "best", "counts")
    for number, line in enumerate(lines, 1):
        known = line if isinstance(line, dict) else {}
        wanted = every + searched * (known.get("method") == "search")
        missing = [field for field in wanted if field not in known]
        if missing:
            raise InputError(
                f"{Path(name) / 'dreams.jsonl'}, line {number}: not a dream, it has no "
                f"{missing[0]}; remove the line"
            )


def find_clusters(names: Sequence[str]) -> str | None:
    """Find the file of the clusters that runs have dreamt.

    Raises:
      InputError: they have dreamt different ones under the same names.
    """
    files = {}
    for name in names:
        made = Path(name) / "clusters.npz"
        given = runs.read_run(Path(name))[0].get("clusters")
        file = str(made) if made.exists() else given
        if file:
            assigned = clusters.read_clusters(file)
            files[files.hash_arrays(*(assigned[layer] for layer in sorted(assigned)))] = file
    if len(files) > 1:
        raise InputError(
            f"{', '.join(names)}: their clusters differ ({', '.join(files.values())}); "
            "judge them one by one"
        )
    return next(iter(files.values()), None)


def best_dreams(lines: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Pick each neuron's dream of highest activation, whatever the method and seed."""
    best: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        if line["neuron"] not in best or line["score"] > best[line["neuron"]]["score"]:
            best[line["neuron"]] = line
    return best
