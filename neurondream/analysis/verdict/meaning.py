"""What a card says of a neuron of the made world, of which it is known what it means."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurondream.analysis.meaning import (
    is_contrasted,
    may_follow,
    meaning_of,
    name_by,
    next_word_of,
    words_of,
)
from neurondream.analysis.verdict.card import Grammar, Meaning

Line = Mapping[str, Any]


def describe_meaning(best: Line, dreams: Sequence[Line]) -> Meaning | None:
    """Say whether a dream names what its neuron is known to mean, if that is known.

    Args:
      best: the dream.
      dreams: all of the neuron, of which those that are set off against others are read as one.
    """
    name = meaning_of(best)
    if name is None:
        return None
    contrasted = [line for line in dreams if is_contrasted(line)]
    together = {}
    if len(contrasted) > 1:
        methods = list(dict.fromkeys(line["method"] for line in contrasted))
        together["contrasted"] = {
            **name_by(*contrasted).describe(), "of": len(words_of(*contrasted)), "methods": methods,
        }
    return {"name": name, **name_by(best).describe(), **together}


def describe_grammar(best: Line) -> Grammar | None:
    """Say whether the next word that a neuron is the logit of may follow its dream."""
    fits = may_follow(best)
    return None if fits is None else {"word": next_word_of(best), "fits": fits}
