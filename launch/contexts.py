"""Compare dreams behind real beginnings with dreams after the start alone, at equal time.

    python launch/contexts.py --context=4 --out=runs/contexts

Both are read behind 100 other beginnings, which neither search has seen. Writes contexts.md and
contexts.json; killed and started again, it goes on where it was.
"""

import launching
import json
from pathlib import Path

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import method_flags
import neurondream as nd
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.probing.survival import compare_beginnings
from neurondream.report.table import write_survivals
from neurondream.runs.run import enter_draw


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    flags.define_captions(values, ["scenes:5000"])
    method_flags.define_methods(values, ["best", "gumbel"])
    absl_flags.DEFINE_integer("units", 16, "Neurons drawn of each layer.", 2, flag_values=values)
    flags.define_draw(values)
    absl_flags.DEFINE_integer(
        "unseen", 100, "Beginnings that dreams are read behind.", 2, flag_values=values
    )
    absl_flags.DEFINE_integer("longest", 8, "Most words of one.", 1, flag_values=values)
    flags.define_run(values)
    values.set_default("context", 4)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    if not values.context:
        raise InputError("context=0: give 1 or more beginnings")
    methods, out = method_flags.methods_of(values), values.out
    values.out = f"{out}/context"
    behind = flags.run_of(values, [nd.search(), *methods])
    start = nd.open_run(f"{out}/start", flags.model_of(values), behind.corpus,
                        seed=values.seed, memory=values.memory)
    groups = nd.draw_groups(
        start.model, start.reader.readouts, {}, outputs=values.units, units=values.units,
        draw=values.draw, layers=values.layers, report=print,
    )
    enter_draw((behind, start), values.draw, units=values.units, layers=values.layers)
    unseen = nd.draw_beginnings(
        behind.corpus.texts, behind.model.tokenizer.allowed, number=values.unseen,
        longest=values.longest, seed=values.seed + 1, besides=behind.model.beginnings,
    )
    rows = compare_beginnings(behind, start, groups, methods, unseen, launching.Progress)
    table = write_survivals(rows)
    write_atomically(Path(out) / "contexts.md", f"{table}\n".encode())
    write_atomically(Path(out) / "contexts.json", json.dumps(rows, indent=1).encode())
    print(f"{table}\n\nTable and all dreams: {out}")


if __name__ == "__main__":
    main()
