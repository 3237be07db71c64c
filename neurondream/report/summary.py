"""What a report says of runs as a whole: their facts and their methods compared (host side)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neurondream.analysis.comparison import compare_groups, list_rows
from neurondream.analysis.families import (
    Families,
    find_layer,
    name_population,
    read_families,
)
from neurondream.analysis.syntax.contrasts import level_of, name_level
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
    families = read_families(manifest)
    return Summary(
        folders[0], families, list_facts(manifest, lines),
        compare_lines(lines, families),
    )


def list_folders(run: Any) -> list[Path]:
    """List the folders that are meant."""
    if hasattr(run, "folders"):
        return list(run.folders)
    if hasattr(run, "folder"):
        return [run.folder]
    return [Path(run)] if isinstance(run, str | Path) else [Path(each) for each in run]


def compare_lines(lines: Sequence[Line], families: Families) -> list[dict[str, Any]]:
    """Compare the methods that have lines, layer by layer, clusters apart from single neurons.

    Returns:
      The rows of `comparison.list_rows`, each with the `layer`, `family` and `level`.
    """
    searched = {line["neuron"] for line in lines if line["method"] == "search"}
    groups: dict[str, dict[str, None]] = {}
    about: dict[str, dict[str, str]] = {}
    for line in lines:
        if line["neuron"] in searched:
            group = name_population(line)
            groups.setdefault(group, {})[line["neuron"]] = None
            about[group] = {
                "layer": line["layer"],
                "family": find_layer(families, line["layer"]).family,
                "level": name_level(level_of(line, families)),
            }
    order = list(families.layers)
    # Clusters have the longer name: they come after the units of their layer.
    groups = dict(sorted(
        groups.items(), key=lambda item: (order.index(about[item[0]]["layer"]), len(item[0]))
    ))
    tried = [name for name in dict.fromkeys(line["method"] for line in lines) if name != "search"]
    rows = list_rows(compare_groups(groups, ["search", *tried], lines))
    return [row | about[row["group"]] for row in rows]


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
        **({"licence of the weights": manifest["licence"]} if manifest.get("licence") else {}),
        "vocabulary (SHA-256)": manifest["vocabulary_sha256"],
        "corpus (SHA-256)": manifest.get("corpus_sha256", ""),
        **{f"version of {name}": version for name, version in manifest["versions"].items()},
    }
