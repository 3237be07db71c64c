"""Deep Dream for text: the n-grams that most activate the neurons of a text model."""

from neurondream.base import Dream, Encoder, Relaxation, Target, Vectors
from neurondream.corpora.ngrams import collect_ngrams
from neurondream.dreaming import dream, make_score, score_tokens
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder
from neurondream.errors import InputError
from neurondream.models.imaginet import load_model, sizes_of
from neurondream.objectives import fold_directions, linear, make_targets
from neurondream.probing.ngram import Probe, other_orders, probe_ngram
from neurondream.relaxations import free_embedding, gumbel_softmax, logits, softmax
from neurondream.report.notebook import describe_dreams, show
from neurondream.searches.ascent import ascent
from neurondream.searches.polish import polish
from neurondream.searches.swaps import swaps
from neurondream.tokens.words import decode_tokens, dreamable_words, encode_caption, tokenize

__all__ = [
    "Dream",
    "Encoder",
    "Imaginet",
    "InputError",
    "Probe",
    "Relaxation",
    "Target",
    "Vectors",
    "ascent",
    "collect_ngrams",
    "decode_tokens",
    "describe_dreams",
    "dream",
    "dreamable_words",
    "encode_caption",
    "fold_directions",
    "free_embedding",
    "gumbel_softmax",
    "imaginet_encoder",
    "linear",
    "load_model",
    "logits",
    "make_score",
    "make_targets",
    "other_orders",
    "polish",
    "probe_ngram",
    "score_tokens",
    "show",
    "sizes_of",
    "softmax",
    "swaps",
    "tokenize",
]
