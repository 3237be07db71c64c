"""Ask whether single neurons stand for words, and how many it takes to recover one.

    python launch/textualize.py --model=path/to/model --layer=mlp_pre.2 --out=runs/words

After Baeumel et al. 2023, see `probing.textualize`. Writes textualize.md and .json.
"""

import launching
import json
from pathlib import Path

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
from neurondream.analysis.textualize import write_textualization
from neurondream.files import write_atomically
from neurondream.probing.textualize import study_words
from neurondream.runs.folder import make_folder


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    absl_flags.DEFINE_string("layer", None, "Of the neurons.", required=True, flag_values=values)
    absl_flags.DEFINE_integer("neurons", 64, "Neurons drawn of it.", 2, flag_values=values)
    absl_flags.DEFINE_integer("starts", 3, "Free vectors of each.", 2, flag_values=values)
    absl_flags.DEFINE_integer("words", 100, "Words to recover.", 2, flag_values=values)
    absl_flags.DEFINE_multi_integer(
        "sizes", [1, 2, 4, 8, 16, 32, 64], "Neurons of a word; several: --sizes=1 --sizes=2.", 1,
        flag_values=values,
    )
    absl_flags.DEFINE_integer("seed", 0, "Of draws and starts.", 0, flag_values=values)
    absl_flags.DEFINE_string("out", None, "Folder.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    model = flags.model_of(values)
    result = study_words(
        model, values.layer, neurons=values.neurons, starts=values.starts, words=values.words,
        sizes=tuple(values.sizes), seed=values.seed, progress=launching.Progress,
    )
    make_folder(Path(values.out))
    text = write_textualization(result["single"], result["recovered"])
    write_atomically(Path(values.out) / "textualize.json", json.dumps(result, indent=1).encode())
    write_atomically(Path(values.out) / "textualize.md", f"{text}\n".encode())
    print(f"{text}\n\nTables: {values.out}")


if __name__ == "__main__":
    main()
