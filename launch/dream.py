"""Find the n-gram that most activates each of many neurons.

    python launch/dream.py --neurons=I.output:kind:dog,T.output:dog --out=runs/dogs

Writes one JSON line a neuron and method to OUT/dreams.jsonl as they come. Killed and started
again, the same command goes on where it was. Several processes share the neurons with
--shard=1/2, --shard=2/2.
"""

import launching
from collections.abc import Sequence

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
    works = [nd.run(run, neurons, method, progress=launching.Progress) for method in methods]
    lines = [line for work in works for line in work]
    show_lines(lines)
    print(f"{len(neurons)} neurons, methods {', '.join(values.method)}: {values.out}")


def show_lines(lines: Sequence[dict]) -> None:
    """Print the dreams of the first neurons beside each other."""
    width = max((len(line["method"]) for line in lines), default=0)
    by_neuron: dict[str, list[dict]] = {}
    for line in lines:
        by_neuron.setdefault(line["label"], []).append(line)
    for label, found in list(by_neuron.items())[:SHOWN]:
        print(label)
        for line in found:
            end = f"  ({line['nats']:.2f} nats a word)" if "nats" in line else ""
            print(f"  {line['method']:{width}} {line['score']:9.4f}  {line['ngram']['text']}{end}")
    if len(by_neuron) > SHOWN:
        print(f"... and {len(by_neuron) - SHOWN} more neurons")


if __name__ == "__main__":
    main()
