"""Dream every neuron of a model: hidden units, words and picture coordinates.

    python launch/atlas.py --model=scenes --effort=quick --out=runs/atlas

Writes one JSON line a neuron to OUT/dreams.jsonl as they come. Killed and started again, the same
command goes on where it was. `--number=1000` dreams a random thousand, says how long all would
take, and is gone on from without the flag.
"""

import time
from pathlib import Path

import numpy as np
from absl import flags

import launching
import methods
import running
import workbench
from neurondream import neurons
from neurondream.runs import folder as runs
from neurondream.tokens import words as vocabulary

_MODEL = flags.DEFINE_string("model", "scenes", "A shipped model's name or a model's folder.")
_METHOD = flags.DEFINE_string("method", "best", "Of: " + ", ".join(methods.CLIMBS))
_CAPTIONS = flags.DEFINE_list("captions", [], "Corpus to search too; none by default.")
_NUMBER = flags.DEFINE_integer("number", None, "Neurons to dream, drawn at random; all.", 1)
_LENGTH = flags.DEFINE_integer("length", 5, "Words of the n-gram.", 1)
_SEED = flags.DEFINE_integer("seed", 0, "Of starts and of the draw.", lower_bound=0)
_OUT = flags.DEFINE_string("out", None, "Folder of the run.", required=True)


def main() -> None:
    methods.check_methods([_METHOD.value], methods.CLIMBS, bool(_CAPTIONS.value))
    bench = workbench.open_bench(_MODEL.value)
    settings = {_METHOD.value: methods.settings_of(_METHOD.value)}
    manifest = workbench.describe(_MODEL.value, bench, _LENGTH.value, _SEED.value, settings)
    found = None
    if _CAPTIONS.value:
        settings = {"search": {}} | settings
        found = workbench.corpus_ngrams(bench, _CAPTIONS.value, _LENGTH.value)
        manifest |= workbench.describe_corpus(_CAPTIONS.value, found)
    every = list_neurons(bench)
    # One order for all numbers, so that a larger run goes on from a smaller one.
    order = np.random.default_rng(_SEED.value).permutation(len(every))
    asked = [every[n] for n in order[: _NUMBER.value]]
    out = Path(_OUT.value)
    lines = runs.open_run(out, manifest)
    start = time.monotonic()
    running.run_methods(
        out, lines, bench, asked, settings, _LENGTH.value, found, _SEED.value
    )
    passed = time.monotonic() - start
    print(f"{launching.format_seconds(passed)} with compilation: {out / 'dreams.jsonl'}")
    summarize([line for line in lines if line["method"] == _METHOD.value], len(every))


def list_neurons(bench: workbench.Bench) -> list[neurons.Neuron]:
    """List every hidden unit, every word that a dream may hold and every picture coordinate."""
    allowed = vocabulary.dreamable_words(bench.model.vocabulary)
    words = np.flatnonzero(allowed)
    return [
        *neurons.parse_neurons("T.hidden:all", bench.layers),
        *neurons.parse_neurons("I.hidden:all", bench.layers),
        *(
            neuron
            for word in words
            for neuron in neurons.parse_neurons(
                f"T.output:word:{bench.model.vocabulary.words[word]}", bench.layers
            )
        ),
        *neurons.parse_neurons("I.output:all", bench.layers),
    ]


def summarize(lines: list[dict], total: int) -> None:
    """Print the speed and what all neurons would take at it."""
    seconds = np.array([line["seconds"] for line in lines])
    certified = np.mean([line.get("certificate", {}).get("certified", False) for line in lines])
    print(
        f"{len(lines)} of {total} neurons dreamt, {1 / seconds.mean():.2f} a second, "
        f"{certified:.1%} certified; all of them take "
        f"{launching.format_seconds(seconds.mean() * total)}"
    )


if __name__ == "__main__":
    launching.run_main(main)
