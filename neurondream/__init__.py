"""Deep Dream for text: the n-grams that most activate the neurons of a text model."""

from neurondream.base import Dream, Encoder, Relaxation, Target, Vectors
from neurondream.checkpoint import load_model, sizes_of
from neurondream.dreaming import dream, make_score, score_tokens
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder
from neurondream.errors import InputError
from neurondream.objectives import fold_directions, linear, make_targets
from neurondream.relaxations import free_embedding, gumbel_softmax, logits, softmax
from neurondream.searches.ascent import ascent
from neurondream.vocabulary import decode_tokens, dreamable_words

__all__ = [
    "Dream",
    "Encoder",
    "Imaginet",
    "InputError",
    "Relaxation",
    "Target",
    "Vectors",
    "ascent",
    "decode_tokens",
    "dream",
    "dreamable_words",
    "fold_directions",
    "free_embedding",
    "gumbel_softmax",
    "imaginet_encoder",
    "linear",
    "load_model",
    "logits",
    "make_score",
    "make_targets",
    "score_tokens",
    "sizes_of",
    "softmax",
]
