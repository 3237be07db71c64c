"""Evaluate a model by the test captions and pictures of one or more collections.

    python launch/evaluate.py --model=scenes --captions=scenes --pictures=scenes

Prints, for every collection, next-word loss in nats, accuracy and perplexity, and how often one
caption finds its picture among all test pictures (recall at 1, 5 and 10, median rank).
"""

import launching
import json
import sys

from absl import flags

from neurondream import training


def define_flags(values: flags.FlagValues) -> None:
    """Define the flags of this script."""
    flags.DEFINE_string("model", "scenes", "A shipped model, or a folder.", flag_values=values)
    flags.DEFINE_list("captions", ["scenes"], "Captions with a test split.", flag_values=values)
    flags.DEFINE_string("pictures", None, "Their vectors. [none: T alone]", flag_values=values)


@launching.script(define_flags)
def main(values: flags.FlagValues) -> None:
    reached = training.evaluate(values.model, values.captions, values.pictures)
    print(json.dumps(reached, indent=1))
    if few := training.say_few(reached):
        print(few, file=sys.stderr)


if __name__ == "__main__":
    main()
