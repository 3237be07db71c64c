"""Judge a model by the test captions and pictures of one or more corpora.

    python launch/judge.py --model=scenes --captions=scenes --pictures=scenes

Prints, for every corpus, next-word loss in nats, accuracy and perplexity, and how often one
caption finds its picture among all test pictures (recall at 1, 5 and 10, median rank).
"""

import functools
import json

import jax
from absl import flags

import judging
import launching
import sources
from neurondream.corpora import captions, pairing
from neurondream.encoders import imaginet
from neurondream.errors import InputError
from neurondream.models import imaginet as checkpoint
from neurondream.training import steps as training

_MODEL = flags.DEFINE_string("model", "scenes", "A shipped model's name or a model's folder.")
_CAPTIONS = flags.DEFINE_list("captions", ["scenes"], "Captions with a test split.")
_PICTURES = flags.DEFINE_string("pictures", None, "Their picture vectors; none judges T alone.")


def main() -> None:
    model = sources.open_model(_MODEL.value)
    corpora = judging.open_corpora(_CAPTIONS.value)
    pictures = sources.open_pictures(_PICTURES.value) if _PICTURES.value else None
    standard = None
    if pictures:
        pairing.picture_rows(captions.concatenate(list(corpora.values())), pictures)
        if pictures.features.shape[1] != len(model.picture_mean):
            raise InputError(
                f"{_PICTURES.value}: pictures of {pictures.features.shape[1]} coordinates, "
                f"the model has {len(model.picture_mean)}"
            )
        standard = training.standardize(
            pictures.features, model.picture_mean, model.picture_deviation
        )
    encoder = imaginet.imaginet_encoder(imaginet.Imaginet(**checkpoint.sizes_of(model)))
    evaluate = jax.jit(functools.partial(training.evaluate_batch, encoder))
    reached = judging.judge_test(
        evaluate, model.params, model.vocabulary, corpora, pictures, standard
    )
    if not reached:
        raise InputError(
            f"{', '.join(corpora)}: no caption is of a test split; "
            "give captions whose `split` column says test"
        )
    print(json.dumps(reached, indent=1))


if __name__ == "__main__":
    launching.run_main(main)
