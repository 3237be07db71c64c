"""Ask whether one group of neurons is aware of syntax where another is not.

    python launch/syntax.py --run=runs/compare

Compares their dreams and the corpus' best n-grams: order of the words, word classes, repetition,
agreement with the corpus (Poerner et al. 2018). Where the corpus is the made world it also asks
what the model knows of that world's grammar. By default each family of layers is compared with the
rest, as T with I; `--groups=T.hidden,I.hidden+I.output` names two groups. `--run=A,B` takes runs
together that differ in seed, methods or neurons. Writes OUT/syntax.json and OUT/syntax.md.
"""


import launching

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import neurondream as nd
from neurondream.files import make_folder
from neurondream.report.findings import save_findings


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_runs(values)
    absl_flags.DEFINE_list(
        "groups", [], "Two groups of layers or families, joined by +. [each family, the rest]",
        flag_values=values,
    )
    absl_flags.DEFINE_string(
        "out", None, "Folder to write to. [syntax/ in the first run]", flag_values=values
    )


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    opened = nd.open_finished(values.run, values.captions or ())
    out = make_folder(values.out) if values.out else opened.folders[0] / "syntax"
    findings = nd.study_syntax(opened, values.groups, progress=launching.Progress)
    print(f"{save_findings(out, findings)}\n\nAlso in {out}")


if __name__ == "__main__":
    main()
