"""What a neuron wants in one sentence, and how far above real text that is (host side)."""

import math
from collections.abc import Mapping
from typing import Any

from neurondream.analysis.pieces import join_pieces, name_piece

Card = Mapping[str, Any]

FEW = 5000  # n-grams of a corpus: a best of so few says little
# From so many times as far above the average on, it is as a person would say.
_TIMES = (
    (0.0, "a little further above the average than"),
    (1.08, "a tenth further above the average than"),
    (1.16, "a fifth further above the average than"),
    (1.225, "a quarter further above the average than"),
    (1.29, "a third further above the average than"),
    (1.42, "half as far again above the average as"),
    (1.6, "two thirds further above the average than"),
    (1.7, "three quarters further above the average than"),
    (1.85, "nearly twice as far above the average as"),
    (1.995, "twice as far above the average as"),
    (2.05, "more than twice as far above the average as"),
    (2.45, "about two and a half times as far above the average as"),
    (2.7, "nearly three times as far above the average as"),
)
_MANY = 2.95  # is called nearly three
_NUMBERS = dict(enumerate(("three", "four", "five", "six", "seven", "eight", "nine", "ten"), 3))


def write_headline(card: Card) -> str:
    """Say what the neuron wants, or that it is dead or saturated.

    Args:
      card: as `description.describe_neuron` makes it.
    """
    dream, phrases = card["dream"], count_phrases(card)
    if card["standing"] == "reacts to nothing":
        return (
            f"Dead: it reacts to nothing. Its activation is {dream['score']:.4g} after each of "
            f"{phrases}, and after whatever was searched for."
        )
    best = card["corpus"]["best"]
    if card["off"]:
        return (
            f"Dead, as far as was searched: it stays off, nothing brings it above 0. Highest are "
            f"“{dream['ngram']['text']}” ({dream['score']:.4g}) and, of {phrases}, "
            f"“{best[0]['ngram']['text']}” ({best[0]['score']:.4g})."
        )
    wanted = _wanted(card)
    if card["gain"] is None:
        return (
            f"{wanted}: {dream['score']:.4g}, where it is {card['corpus']['mean']:.4g} after every "
            f"one of {phrases}."
        )
    if card["standing"] == "below the corpus":
        better = sum(entry["score"] > dream["score"] for entry in best)
        many = "1 is" if better == 1 else f"{better} are" if better < len(best) else (
            f"{better} or more are"
        )
        return f"{wanted}; of {phrases}, {many} higher, first “{best[0]['ngram']['text']}”."
    if card["standing"] == "level with the corpus":
        return f"{wanted}; the best of {phrases} is as high."
    return f"{wanted}: {say_how_far(card['ratio'])} the best of {phrases}."


def _wanted(card):
    ngram, most = card["dream"]["ngram"], card["words"]["most"]
    if card["saturated"]:
        listed = ", ".join(f"“{other['text']}”" for other in card["saturated"])
        return f"Saturated: “{ngram['text']}”, but {listed} and others bring it as high"
    length = len(ngram["ids"])
    end = " at the end" if most < length else ""
    return f"Wants “{join_pieces(ngram, length - most)}”{end}"


def count_phrases(card: Card) -> str:
    """Count the n-grams of the corpus as a person calls them; few are called a small corpus."""
    total, ngram = card["corpus"]["total"], card["dream"]["ngram"]
    name = "phrase" if len(ngram["ids"]) > 1 else name_piece(ngram)
    small = " (a small corpus)" if total <= FEW else ""
    return f"{total:,} real {name}{'' if total == 1 else 's'}{small}"


def say_how_far(ratio: float | None) -> str:
    """Say how far above the average a dream is beside the best real n-gram.

    Args:
      ratio: of the heights, 1 or more; None where real text is no higher than the average.
    """
    if ratio is None or not 1 <= ratio < math.inf:
        return "higher than"
    if ratio < _MANY:
        return next(words for least, words in reversed(_TIMES) if ratio >= least)
    whole = int(ratio + 3 - _MANY)
    times = _NUMBERS.get(whole, f"{whole:,}")
    return f"{'nearly' if whole > ratio else 'more than'} {times} times as far above the average as"
