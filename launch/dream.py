"""Find the n-gram that most activates each of many neurons.

    python launch/dream.py --neurons=I.output:kind:dog,T.output:dog --out=runs/dogs

Writes one JSON line a neuron and method to OUT/dreams.jsonl as they come. Killed and started
again, the same command goes on where it was. Several processes share the neurons with
--shard=1/2, --shard=2/2.
"""

import launching
import sys
from collections.abc import Iterable

from absl.flags import FlagValues

import flags
import method_flags
import neurondream as nd

SHOWN = 40


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    flags.define_neurons(values)
    flags.define_captions(values)
    method_flags.define_methods(values, ["search", "best"])
    flags.define_run(values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    methods = method_flags.methods_of(values)
    run = flags.run_of(values, methods)
    neurons = flags.neurons_of(values, run.model)
    # All are checked before the first runs.
    works = [nd.run(run, neurons, method, progress=launching.Progress,
                    report=lambda line: print(line, file=sys.stderr)) for method in methods]
    show_lines(line for work in works for line in work)
    print(f"{len(neurons)} neurons, methods {', '.join(values.method)}: {values.out}")


def show_lines(lines: Iterable[dict]) -> None:
    """Print the dreams of the first neurons beside each other; of many no others are kept."""
    by_neuron: dict[str, list[dict]] = {}
    for line in lines:
        found = by_neuron.setdefault(line["label"], [])
        found += [line] * (bool(found) or len(by_neuron) <= SHOWN)
    width = max((len(line["method"]) for found in by_neuron.values() for line in found), default=0)
    for label, found in list(by_neuron.items())[:SHOWN]:
        print(label)
        for line in found:
            end = f"  ({line['nats']:.2f} nats a word)" if "nats" in line else ""
            print(f"  {line['method']:{width}} {line['score']:9.4f}  {line['ngram']['text']}{end}")
    if len(by_neuron) > SHOWN:
        print(f"... and {len(by_neuron) - SHOWN} more neurons")


if __name__ == "__main__":
    main()
