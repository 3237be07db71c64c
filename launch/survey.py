"""Survey how all units of chosen layers react to whole texts, of a corpus of any length.

    python launch/survey.py --model=path/to/model --texts=corpus.jsonl --layers=mlp --out=runs/all

Keeps the contexts in which each is highest, one of each level below, a histogram and counts;
`launch/report.py --survey=runs/all` shows them. Killed and started again, it goes on.
"""

import launching

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import neurondream as nd


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    absl_flags.DEFINE_list(
        "texts", None, "Files and folders, of any form that captions have; plain text has a text "
        "a line.", required=True, flag_values=values,
    )
    absl_flags.DEFINE_string("column", None, "Of the texts. [by its name]", flag_values=values)
    absl_flags.DEFINE_list(
        "layers", ["mlp"], "Layers; mlp stands for that of every block.", flag_values=values
    )
    absl_flags.DEFINE_integer(
        "context_length", 128, "Tokens; longer texts are cut.", 1, 128, flag_values=values
    )
    absl_flags.DEFINE_integer("keep", 10, "Highest contexts kept.", 1, 1000, flag_values=values)
    absl_flags.DEFINE_integer("seed", 0, "Of contexts drawn.", 0, flag_values=values)
    absl_flags.DEFINE_float("memory", 0.5, "GiB for activations.", 0, flag_values=values)
    absl_flags.DEFINE_string("out", None, "Folder of it.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    model = flags.model_of(values)
    read = nd.survey(
        values.out, model, values.texts, layers=values.layers, keep=values.keep,
        context_length=values.context_length, column=values.column, seed=values.seed,
        memory=values.memory, progress=launching.Progress,
    )
    print(f"{read['contexts']} contexts, {read['tokens']} tokens: {values.out}")


if __name__ == "__main__":
    main()
