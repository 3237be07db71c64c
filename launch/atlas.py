"""Dream every neuron of a model: hidden units, words and whatever else it puts out.

    python launch/atlas.py --model=scenes --effort=quick --out=runs/atlas

Killed and started again, it goes on where it was. `--number=1000` dreams a random thousand, says
how long all would take, and is gone on from without the flag.
"""

import launching
import time
from collections.abc import Sequence

import numpy as np
from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import method_flags
import neurondream as nd
from neurondream.progress import format_seconds


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    flags.define_captions(values, [])
    method_flags.define_methods(values, ["best"])
    absl_flags.DEFINE_integer(
        "number", None, "Neurons to dream, drawn at random. [all]", 1, flag_values=values
    )
    flags.define_run(values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    methods = method_flags.methods_of(values)
    if values.captions:
        methods = [nd.search(), *methods]
    run = flags.run_of(values, methods)
    every = nd.every_neuron(run.model, run.reader.readouts)
    # One order for all numbers, so that a larger run goes on from a smaller one.
    order = np.random.default_rng(values.seed).permutation(len(every))
    neurons = [every[position] for position in order[: values.number]]
    works = [nd.run(run, neurons, method, progress=launching.Progress) for method in methods]
    start = time.monotonic()
    for method, work in zip(methods, works, strict=True):
        lines = list(work)
        if method.search:
            summarize(lines, method.name, len(every))
    passed = format_seconds(time.monotonic() - start)
    print(f"{passed} with compilation: {values.out}")


def summarize(lines: Sequence[dict], method: str, total: int) -> None:
    """Print the speed and what all neurons would take at it."""
    seconds = float(np.mean([line["seconds"] for line in lines]))
    certified = np.mean([line.get("certificate", {}).get("certified", False) for line in lines])
    print(
        f"{len(lines)} of {total} neurons dreamt by {method}, {1 / seconds:.2f} a second, "
        f"{certified:.1%} certified; all of them take {format_seconds(seconds * total)}"
    )


if __name__ == "__main__":
    main()
