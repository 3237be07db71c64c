"""What the page knows of every neuron before its card is opened (host side)."""

import math
from collections.abc import Mapping
from typing import Any

from neurondream.analysis.reaction import reacts
from neurondream.analysis.verdict.headline import say_how_far

Card = Mapping[str, Any]

NEAR = 0.01  # corpus deviations: a dream less above whole texts is no higher


def make_row(card: Card) -> dict[str, Any]:
    """Write what the list, the overview and its scatter plot say of a neuron."""
    corpus, dream = card["corpus"], card["dream"]
    best = corpus["best"][0] if corpus["best"] else None
    certificate, natural, meaning = dream["certificate"], card["natural"], card["meaning"]
    beyond = natural and dream["score"] - natural["score"] > NEAR * corpus["deviation"]
    row = {
        **{key: card[key] for key in ("neuron", "label", "layer", "family", "standing", "gain")},
        "dream": dream["ngram"]["text"],
        "best": best and best["ngram"]["text"],
        "height": _height(dream["score"], corpus),
        "corpus": best and _height(best["score"], corpus),
        "state": name_state(card),
        "certified": bool(certificate and certificate["certified"]),
        "beyond": beyond,
        "named": meaning and meaning.get("contrasted", meaning)["first"],
    }
    return {key: value for key, value in row.items() if value is not None}


def name_state(card: Card) -> str | None:
    """Say whether a neuron is dead or saturated."""
    if card["off"] or card["standing"] == "reacts to nothing":
        return "dead"
    return "saturated" if card["saturated"] else None


def show_striking(card: Card) -> dict[str, Any]:
    """Write what the overview shows of a striking dream."""
    words, corpus = card["words"] or {}, card["corpus_words"] or {}
    natural = card["natural"]
    return {
        "neuron": card["neuron"],
        "label": card["label"],
        "dream": {"ngram": card["dream"]["ngram"], "drop": words.get("drop")},
        "best": {"ngram": card["corpus"]["best"][0]["ngram"], "drop": corpus.get("drop")},
        "how": f"{say_how_far(card['ratio'])} the best real phrase",
        "natural": natural and {"ngram": natural["ngram"], "word": natural["word"]},
    }


def _height(score: float, corpus: Mapping[str, Any]) -> float | None:
    best = corpus["best"][0]["score"] if corpus["best"] else corpus["mean"]
    moved = reacts({**corpus, "score": best})
    height = (score - corpus["mean"]) / corpus["deviation"] if moved else math.inf
    return height if math.isfinite(height) else None
