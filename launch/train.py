"""Train an Imaginet on captions and pictures.

    python launch/train.py --captions=scenes --pictures=scenes --out=runs/scenes

The exact commands of the shipped models, the time they took and what they reached stand in
data/README.md. Killed and started again, a run goes on where it last saved and ends with the
same parameters.
"""

import launching
import functools
import json

from absl import flags

from neurondream import training
from neurondream.files import make_folder

_SETTINGS = {
    "captions": (flags.DEFINE_list, "Caption files; `scenes` or `scenes:N` are made."),
    "column": (flags.DEFINE_string, "Column that holds them. [by its name]"),
    "format": (flags.DEFINE_string, "What the files are: text, table, ... [by what is in them]"),
    "pictures": (flags.DEFINE_string, "Picture vectors [none: pathway T alone]"),
    "embedding": (flags.DEFINE_integer, "Size of a word vector."),
    "hidden": (flags.DEFINE_integer, "Units of each pathway."),
    "minimum_count": (flags.DEFINE_integer, "Rarer words are <unknown>."),
    "alpha": (flags.DEFINE_float, "Share of T in the loss."),
    "batch": (flags.DEFINE_integer, "Captions a step."),
    "epochs": (flags.DEFINE_integer, "Epochs at most."),
    "patience": (flags.DEFINE_integer, "Epochs without a better validation loss."),
    "learning_rate": (flags.DEFINE_float, "Adam's, falling to 0 as a cosine."),
    "dropout": (flags.DEFINE_float, "Share of entries dropped out."),
    "start": (
        flags.DEFINE_string,
        "Model whose words and pathway T are kept; a new I learns beside them.",
    ),
    "contrast": (
        flags.DEFINE_float,
        "Weight in I of telling the picture from the batch's others; paper: 0.",
    ),
    "update_bias": (
        flags.DEFINE_float,
        "First bias of the update gates; above 0 states last longer; paper: 0.",
    ),
    "precision": (
        flags.DEFINE_string,
        "Of the next-word logits while training: float32 or bfloat16.",
    ),
    "picture_passes": (
        flags.DEFINE_integer,
        "Times an epoch shows the pictures; all but the first train I alone.",
    ),
    "standardize": (
        flags.DEFINE_bool,
        "Shift and scale every picture coordinate to mean 0, deviation 1.",
    ),
    "seed": (flags.DEFINE_integer, "Of parameters, dropout and order."),
}


def define_flags(values: flags.FlagValues) -> None:
    """Define the flags of this script."""
    defaults = training.Settings(captions=["scenes"])._asdict()
    for name, (define, meaning) in _SETTINGS.items():
        define(name, defaults[name], meaning, flag_values=values)
    flags.DEFINE_string(
        "dtype", "float16", "Of the stored weights: float16 or float32.", flag_values=values
    )
    flags.DEFINE_float("save_minutes", 5.0, "Minutes between saved states.", flag_values=values)
    flags.DEFINE_string("out", None, "Folder of the model.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: flags.FlagValues) -> None:
    given = [values[name].serialize() for name in values if values[name].present]
    checkpoint = training.train(
        training.Settings(**{name: values[name].value for name in _SETTINGS}),
        make_folder(values.out),
        command=" ".join(["python launch/train.py", *map(training.without_folders, given)]),
        dtype=values.dtype,
        save_minutes=values.save_minutes,
        progress=launching.Progress,
        report=functools.partial(print, flush=True),
    )
    print(json.dumps({name: checkpoint.about[name] for name in ("validation", "test")}, indent=1))
    print(
        f"Dream: python launch/dream.py --model={values.out} --neurons=T.hidden:"
        f"0-{min(values.hidden, 10) - 1} --captions={','.join(values.captions)} --out=runs/a"
    )


if __name__ == "__main__":
    main()
