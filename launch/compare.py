"""Compare ways to find a neuron's n-gram, as the 2018 paper does (Poerner et al. 2018).

    python launch/compare.py --out=runs/compare

Takes the shipped model of the made world and a corpus made on the spot. The command for real
captions and what it found stand in the README. Writes dreams.jsonl as they come, then table.md,
comparison.json and figure.png. Killed and started again, it goes on where it was.
"""

import json
from pathlib import Path

import numpy as np
from absl import flags

import hidden_states
import launching
import methods
import running
import workbench
from neurondream import neurons
from neurondream.analysis import clusters
from neurondream.analysis.comparison import compare_groups, list_rows
from neurondream.files import write_atomically
from neurondream.report.figure import draw_comparison
from neurondream.report.table import write_table
from neurondream.runs import folder as runs
from neurondream.sweeps.corpus import sample_rows
from neurondream.tokens.words import SPECIAL_WORDS

_MODEL = flags.DEFINE_string("model", "scenes", "A shipped model's name or a model's folder.")
_CAPTIONS = flags.DEFINE_list("captions", ["scenes:5000"], "Corpus to search and to beat.")
_METHOD = flags.DEFINE_list(
    "method", [*methods.ASCENTS, "swaps"], "Climbs: " + ", ".join(methods.CLIMBS)
)
_OUTPUTS = flags.DEFINE_integer("outputs", 160, "Output units drawn of each pathway.", 1)
_UNITS = flags.DEFINE_integer("units", 160, "Single hidden units drawn of each pathway.", 1)
_CLUSTERS = flags.DEFINE_integer(
    "clusters", None, "Clusters of hidden units of each pathway; the paper's 81 where that many.", 1
)
_CLUSTER_NGRAMS = flags.DEFINE_integer("cluster_ngrams", 100_000, "N-grams to cluster on.", 2)
_LENGTH = flags.DEFINE_integer("length", 5, "Words of the n-gram.", 1)
_SEED = flags.DEFINE_integer("seed", 0, "Of start, noise and resampling.", lower_bound=0)
_OUT = flags.DEFINE_string("out", None, "Folder of the run.", required=True)

DRAWN_OF = 1024  # the paper draws output units among the first 1,024
DRAW_SEED = 123
PAPER_CLUSTERS = 81


def main() -> None:
    names = [method for method in _METHOD.value if method != "search"]
    methods.check_methods(names, methods.CLIMBS, searched=True)
    bench = workbench.open_bench(_MODEL.value)
    number = count_clusters(bench)
    found = workbench.corpus_ngrams(bench, _CAPTIONS.value, _LENGTH.value)
    settings = {method: methods.settings_of(method) for method in names}
    manifest = workbench.describe(_MODEL.value, bench, _LENGTH.value, _SEED.value, settings)
    manifest |= workbench.describe_corpus(_CAPTIONS.value, found)
    manifest["drawn"] = [_OUTPUTS.value, _UNITS.value, number, _CLUSTER_NGRAMS.value]
    out = Path(_OUT.value)
    lines = runs.open_run(out, manifest)
    bench = with_clusters(bench, number, out / "clusters.npz", found.tokens)
    groups = draw_neurons(bench)
    asked = [neuron for group in groups.values() for neuron in group]
    print(
        f"{len(found.tokens)} distinct {_LENGTH.value}-grams ({found.unknown} left out with "
        f"unknown words), {len(asked)} neurons, methods search, {', '.join(names)}",
        flush=True,
    )
    running.run_methods(
        out, lines, bench, asked, {"search": {}} | settings, _LENGTH.value, found, _SEED.value
    )
    members = {group: [neuron.name for neuron in these] for group, these in groups.items()}
    comparisons = compare_groups(members, ("search", *names), lines, _SEED.value)
    table = write_table(comparisons)
    write_atomically(out / "table.md", f"{table}\n".encode())
    content = json.dumps(list_rows(comparisons), indent=1)
    write_atomically(out / "comparison.json", content.encode())
    draw_comparison(out / "figure.png", comparisons, names)
    show_examples(groups, lines, "gumbel" if "gumbel" in names else names[-1])
    print(f"\n{table}\n\nTable, figure and all dreams: {out}")


def count_clusters(bench: workbench.Bench) -> int:
    """Say how many clusters to make.

    Raises:
      InputError: there are fewer hidden units than clusters asked for.
    """
    units = bench.layers.sizes["T.hidden"]
    number = min(PAPER_CLUSTERS, units) if _CLUSTERS.value is None else _CLUSTERS.value
    clusters.check_clusters(number, units)
    return number


def with_clusters(
    bench: workbench.Bench, number: int, file: Path, tokens: np.ndarray
) -> workbench.Bench:
    """Cluster the hidden units of both pathways, or read the clusters of an earlier process."""
    if not file.exists():
        drawn = sample_rows(len(tokens), _CLUSTER_NGRAMS.value, _SEED.value)
        states = hidden_states.final_states(bench.plain, bench.params, tokens[drawn])
        made = {layer: clusters.cluster_units(x, number) for layer, x in states.items()}
        hidden_states.save_clusters(file, made, {"model": _MODEL.value})
    return bench._replace(layers=bench.layers._replace(clusters=clusters.read_clusters(file)))


def draw_neurons(bench: workbench.Bench) -> dict[str, list[neurons.Neuron]]:
    """Draw the paper's groups of neurons: output units, clusters and hidden units."""
    generator = np.random.default_rng(DRAW_SEED)
    groups = {}
    for layer in ("T.output", "I.output"):
        first = len(SPECIAL_WORDS) if layer == "T.output" else 0
        pool = np.arange(first, min(first + DRAWN_OF, bench.layers.sizes[layer]))
        drawn = np.sort(generator.choice(pool, min(_OUTPUTS.value, len(pool)), replace=False))
        groups[layer] = [
            neuron
            for unit in drawn
            for neuron in neurons.parse_neurons(name_unit(bench, layer, unit), bench.layers)
        ]
    for layer in ("T.hidden", "I.hidden"):
        expression = f"{layer}:cluster:all"
        groups[f"{layer} clusters"] = neurons.parse_neurons(expression, bench.layers)
        size = bench.layers.sizes[layer]
        drawn = np.sort(generator.choice(size, min(_UNITS.value, size), replace=False))
        groups[f"{layer} units"] = [
            neuron
            for unit in drawn
            for neuron in neurons.parse_neurons(f"{layer}:{unit}", bench.layers)
        ]
    return groups


def name_unit(bench: workbench.Bench, layer: str, unit: int) -> str:
    """Name an output unit by its word or coordinate name."""
    return f"{layer}:word:{bench.layers.names[layer][unit]}"


def show_examples(groups, lines, method: str, each: int = 4) -> None:
    """Print what some neurons of each group want, beside the corpus' best n-gram."""
    by_key = {(line["neuron"], line["method"]): line for line in lines}
    for group, members in groups.items():
        print(f"\n{group}")
        for neuron in members[:: max(1, len(members) // each)][:each]:
            dreamt, best = by_key[neuron.name, method], by_key[neuron.name, "search"]
            print(f"  {neuron.name}")
            print(f"    {method:7} {dreamt['score']:8.3f}  {dreamt['ngram']}")
            print(f"    corpus  {best['score']:8.3f}  {best['ngram']}")


if __name__ == "__main__":
    launching.run_main(main)
