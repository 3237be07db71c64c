"""Find the n-gram that most activates each of many neurons.

    python launch/dream.py --model=scenes --neurons=I.output:kind:dog,T.output:dog --out=runs/dogs

Writes one JSON line a neuron and method to OUT/dreams.jsonl as they come. Killed and started
again, the same command goes on where it was.
"""

from pathlib import Path

from absl import flags

import launching
import methods
import running
import workbench
from neurondream import neurons
from neurondream.errors import InputError
from neurondream.runs import folder as runs
from neurondream.sweeps import prefixes
from neurondream.tokens import words as vocabulary

_MODEL = flags.DEFINE_string("model", "scenes", "A shipped model's name or a model's folder.")
_NEURONS = flags.DEFINE_list("neurons", None, f"Neurons: {neurons.GRAMMAR}.", required=True)
_METHOD = flags.DEFINE_list("method", ["search", "best"], "Of: " + ", ".join(methods.METHODS))
_CAPTIONS = flags.DEFINE_list("captions", ["scenes"], "Corpus that `search` looks through.")
_CLUSTERS = flags.DEFINE_string("clusters", None, "File that launch/cluster.py has made.")
_LENGTH = flags.DEFINE_integer("length", 5, "Words of the n-gram.", 1)
_SEED = flags.DEFINE_integer("seed", 0, "Of start and noise.", lower_bound=0)
_OUT = flags.DEFINE_string("out", None, "Folder of the run.", required=True)


def main() -> None:
    methods.check_methods(_METHOD.value)
    if not _NEURONS.value:
        raise InputError(f"--neurons: give one or more; {neurons.GRAMMAR}")
    bench = workbench.open_bench(_MODEL.value, _CLUSTERS.value)
    asked = list(
        {n.name: n for text in _NEURONS.value for n in neurons.parse_neurons(text, bench.layers)}
        .values()
    )
    settings = {method: methods.settings_of(method) for method in _METHOD.value}
    manifest = workbench.describe(_MODEL.value, bench, _LENGTH.value, _SEED.value, settings)
    if _CLUSTERS.value:
        manifest["clusters"] = _CLUSTERS.value
    if "exhaustive" in settings:
        words = vocabulary.dreamable_words(bench.model.vocabulary)
        prefixes.count_ngrams(int(words.sum()), _LENGTH.value)
    found = None
    if "search" in settings:
        found = workbench.corpus_ngrams(bench, _CAPTIONS.value, _LENGTH.value)
        manifest |= workbench.describe_corpus(_CAPTIONS.value, found)
    out = Path(_OUT.value)
    lines = runs.open_run(out, manifest)
    running.run_methods(
        out, lines, bench, asked, settings, _LENGTH.value, found, _SEED.value
    )
    show_lines(asked, lines)
    print(f"{len(asked)} neurons, methods {', '.join(_METHOD.value)}: {out / 'dreams.jsonl'}")


def show_lines(asked, lines: list[dict], most: int = 40) -> None:
    """Print the dreams of the first neurons beside each other."""
    width = max(len(line["method"]) for line in lines)
    for neuron in asked[:most]:
        print(neuron.name)
        for line in lines:
            if line["neuron"] == neuron.name:
                print(f"  {line['method']:{width}} {line['score']:9.4f}  {line['ngram']}")
    if len(asked) > most:
        print(f"... and {len(asked) - most} more neurons")


if __name__ == "__main__":
    launching.run_main(main)
