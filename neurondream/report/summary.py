"""What a report says of runs as a whole: their facts and their methods compared (host side)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neurondream.analysis.comparison import compare_groups, list_rows
from neurondream.analysis.families import Families, name_population, read_families
from neurondream.runs.folder import read_dreams, read_manifest

Line = Mapping[str, Any]


class Summary(NamedTuple):
    """Runs of one model and corpus."""

    folder: Path  # of the first
    families: Families
    facts: dict[str, str]
    comparison: list[dict[str, Any]]  # rows, one a group of neurons and method


def summarize_runs(run: Any) -> Summary:
    """Read what runs say of themselves.

    Args:
      run: the folder of one, several folders, or an object with `folders` or a `folder`.

    Raises:
      InputError: a folder holds no run.
    """
    folders = list_folders(run)
    manifest = read_manifest(folders[0])
    lines = [line for folder in folders for line in read_dreams(folder)]
    return Summary(
        folders[0], read_families(manifest), list_facts(manifest, lines),
        list_rows(compare_lines(lines)),
    )


def list_folders(run: Any) -> list[Path]:
    """List the folders that are meant."""
    if hasattr(run, "folders"):
        return list(run.folders)
    if hasattr(run, "folder"):
        return [run.folder]
    return [Path(run)] if isinstance(run, str | Path) else [Path(each) for each in run]


def compare_lines(lines: Sequence[Line]) -> dict:
    """Compare the methods that have lines, clusters apart from single neurons."""
    searched = {line["neuron"] for line in lines if line["method"] == "search"}
    groups: dict[str, dict[str, None]] = {}
    for line in lines:
        if line["neuron"] in searched:
            groups.setdefault(name_population(line), {})[line["neuron"]] = None
    tried = [name for name in dict.fromkeys(line["method"] for line in lines) if name != "search"]
    return compare_groups(groups, ["search", *tried], lines)


def list_facts(manifest: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, str]:
    """List what a page says about runs."""
    seeds = sorted({line["seed"] for line in lines})
    methods = dict.fromkeys(line["method"] for line in lines if line["method"] != "search")
    return {
        "model": manifest["model"],
        "corpus": ", ".join(Path(name).name for name in manifest.get("corpus", [])),
        "distinct n-grams of the corpus": f"{manifest.get('corpus_ngrams', 0):,}",
        "left out with unknown words":
            f"{manifest.get('corpus_ngrams_left_out_unknown', 0):,} occurrences",
        "words of an n-gram": str(manifest["length"]),
        "methods": ", ".join(methods),
        "seeds": ", ".join(map(str, seeds)),
        "neurons": f"{len({line['neuron'] for line in lines}):,}",
        "weights (SHA-256)": manifest["weights_sha256"],
        "vocabulary (SHA-256)": manifest["vocabulary_sha256"],
        "corpus (SHA-256)": manifest.get("corpus_sha256", ""),
        **{f"version of {name}": version for name, version in manifest["versions"].items()},
    }
