"""What the words of a report mean, of those that are in it (host side)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neurondream.analysis.families import Families, Layer, title_family
from neurondream.analysis.pieces import name_piece

Card = Mapping[str, Any]

# What layers are, by their level in a recurrent model and by their family in a transformer; each
# stands alone, since a report need not have the others.
_LEVELS = {
    "hidden": "a recurrent network's state after what has been read",
    "output": "what is computed from a network's state",
    "read": "what a sparse autoencoder reads",
    "before the threshold": "a sparse autoencoder's features before their threshold",
    "features": "a sparse autoencoder's features",
}
_FAMILIES = {
    "embed": "the vectors of words with their places",
    "resid": "the stream that all blocks read and add to",
    "attn": "what attention adds to the stream of all blocks",
    "mlp": "what an MLP has behind its nonlinearity",
    "mlp_pre": "what an MLP has before its nonlinearity",
    "mlp_gate": "what lets the units of a gated MLP through",
    "mlp_up": "what the gates of a gated MLP are multiplied with",
    "logits": "how likely each token is held to be next",
    "capped": "how likely each token is held to be next, kept within bounds",
    "sentence": "the one vector of a whole text",
}
_METHODS = {
    "search": "the best n-grams of the corpus itself",
    "exhaustive": "the best of all n-grams that there are",
    "best": "swaps from many starts, then every word at every place until nothing helps",
    "swaps": "words that the gradient proposes and the exact activation decides on",
    "gumbel": "an ascent on soft words with noise, annealed to real ones (Poerner et al. 2018)",
    "softmax": "an ascent on soft words, annealed to real ones (Poerner et al. 2018)",
    "logits": "an ascent on the logits of words (Poerner et al. 2018)",
    "embfree": "an ascent on vectors that need be no word's; the nearest words are taken in the "
               "end (Poerner et al. 2018)",
    "faces": "several n-grams of one neuron that differ",
    "fluent": "the highest n-gram within every limit of nats a word",
    "epo": "evolution with gradients, its fluency priced (Thompson et al. 2024)",
    "gcg": "greedy swaps, one a step (Zou et al. 2023)",
    "gbda": "gumbel with fluency in its score (Guo et al. 2021)",
}
_NAMES = 2  # of units that are shown
_SINGLY = 3  # layers of a family that are told of one by one
_LADDER = "-ladder"  # ends the names of `method.laddered`
_ASCENTS = ("gumbel", "softmax", "logits", "embfree", "gbda")


def explain_report(
    families: Families, cards: Sequence[Card], methods: Iterable[str]
) -> dict[str, Any]:
    """Explain the layers, measures and methods of a report.

    Args:
      families: the layers of the model.
      cards: of the neurons.
      methods: that occur.

    Returns:
      `lines`, a few [subject, sentence], and `terms`, what each term means; the terms of layers and
      methods are `layer:NAME` and `method:NAME`.
    """
    if not cards:
        return {"lines": [], "terms": {}}
    layers = explain_layers(families, cards)
    ways = {name: explain_method(name) for name in dict.fromkeys(methods)}
    measures, states = explain_measures(cards, ways), explain_states(cards)
    beware = {key: measures[key] for key in ("hardening",) if key in measures} | states
    subjects = {
        "Layers": describe_families(families, cards),
        "Dream": f"The dream is {measures['dream']}.",
        "Gain": f"The gain is {measures['gain']}. Deviations are {measures['deviations']}.",
        "Methods": _list(f"{name}: {text}" for name, text in ways.items()),
        "Beware": _list(f"{name}: {text}" for name, text in beware.items()),
    }
    return {
        "lines": [[subject, text] for subject, text in subjects.items() if text],
        # A layer or a method may be called like a measure, or like one another.
        "terms": {f"layer:{name}": text for name, text in layers.items()}
        | {f"method:{name}": text for name, text in ways.items()} | measures | states,
    }


def explain_layers(families: Families, cards: Sequence[Card]) -> dict[str, str]:
    """Say what the layers of some neurons are, in the order of the model."""
    present = {card["layer"] for card in cards}
    told: dict[str, str] = {}
    for name, layer in families.layers.items():
        if name in present:
            family = title_family(layer.family, families.titles)
            of = "" if layer.family in _FAMILIES else f", of {family}"
            told[name] = f"{_name_layer(layer) or 'a layer'}{of}; {layer.size:,} units" + (
                _show_names([card for card in cards if card["layer"] == name])
            )
    return told


def _name_layer(layer: Layer) -> str | None:
    return _FAMILIES.get(layer.family) or _LEVELS.get(layer.level)


def _show_names(cards: Sequence[Card]) -> str:
    """Show a few names of units, where they have some."""
    names = [
        card["label"].removeprefix("-").removeprefix(f"{card['layer']}:") for card in cards
        if card["kind"] == "unit" and card["label"] != card["neuron"]
    ]
    shown = ", ".join(list(dict.fromkeys(names))[:_NAMES])
    return f", with names as {shown}" if shown else ""


def describe_families(families: Families, cards: Sequence[Card]) -> str:
    """Say what the layers of some neurons are, those of a family together."""
    present = {card["layer"] for card in cards}
    members: dict[str, list[str]] = {}
    for name, layer in families.layers.items():
        if name in present:
            members.setdefault(layer.family, []).append(name)
    told = []
    for family, names in members.items():
        size, title = families.layers[names[0]].size, families.titles[family]
        if family in _FAMILIES or len(names) > _SINGLY:
            ends = [names[0], "\N{HORIZONTAL ELLIPSIS}", names[-1]] if len(names) > 2 else names
            what = _FAMILIES.get(family, f"layers of {title_family(family, families.titles)}")
            each = " each" if len(names) > 1 else ""
            told.append(f"{' '.join(ends)} ({size:,} units{each}): {what}")
            continue
        listed = ", ".join(
            f"{name} ({families.layers[name].size:,} units"
            f"{_show_names([card for card in cards if card['layer'] == name])})"
            + (f", {what}" if (what := _name_layer(families.layers[name])) else "")
            for name in names
        )
        told.append(listed if title == family else f"{family} is {title}: {listed}")
    return _list(told)


def explain_measures(cards: Sequence[Card], ways: Iterable[str]) -> dict[str, str]:
    """Say what the numbers of a report are, those that are in it."""
    ngram, total = cards[0]["dream"]["ngram"], cards[0]["corpus"]["total"]
    count = len(ngram["ids"])
    piece = name_piece(ngram)
    measures = {
        "dream": f"the n-gram, {count:,} {piece}{'' if count == 1 else 's in a row'}, that makes a "
                 f"neuron most active, as far as was searched; beside it stands the best of "
                 f"{total:,} n-grams of real texts, the corpus",
        "gain": "how far the dream is above the corpus' best n-gram",
        "deviations": "standard deviations of the neuron's activation over the corpus' n-grams, so "
                      "that neurons can be compared",
        "height": "how far an activation is above the neuron's mean over the corpus' n-grams",
        "percentile": "the share of the corpus' n-grams that are lower",
        "agreement": "how many of the methods and seeds arrive within 1 % of the highest",
    }
    if any(read_parts(name) & set(_ASCENTS) for name in ways):
        measures["hardening"] = (
            "what is lost when the soft words of an ascent are replaced by real ones"
        )
    if any(map(_has_certificate, cards)):
        measures["certified"] = (
            "no other word at any one place does better: all were tried, or as many as is said"
        )
    if any(card.get("front") for card in cards):
        measures["nats"] = (
            "how unexpected a word is to a language model, on average; fewer are more natural"
        )
    return measures


def _has_certificate(card: Card) -> bool:
    points = (card.get("front") or {}).get("points", ())
    return any(each.get("certificate") for each in (card["dream"], *points))


def explain_states(cards: Sequence[Card]) -> dict[str, str]:
    """Say what is wrong with neurons that have no dream to speak of, where there are any."""
    states = {}
    if any(card["saturated"] for card in cards):
        states["saturated"] = "many n-grams that have nothing in common bring it as high"
    if any(card["off"] or card["standing"] == "reacts to nothing" for card in cards):
        states["dead"] = "it reacts to nothing, or stays off, in all that was searched"
    return states


def explain_method(name: str) -> str:
    """Say what a method does, by its name."""
    known = [re.split("[:~]", part)[0] for part in name.split("+")]
    first = known[0].removesuffix(_LADDER)
    told = _METHODS.get(first, "a method of one's own")
    if first != known[0]:
        told += ", at several prices of fluency side by side"
    for part in known[1:]:
        told += (
            ", then every word at every place until nothing helps" if part == "polish"
            else f"; from there {_METHODS.get(part, part)}"
        )
    if "~" in name:
        told += ", set off against the other units of the layer"
    return told


def read_parts(name: str) -> set[str]:
    """List the methods that a name is made of."""
    return {part.removesuffix(_LADDER) for part in re.split(r"[+:~]", name)}


def _list(texts: Iterable[str]) -> str:
    text = "; ".join(texts)
    return f"{text}." if text else ""
