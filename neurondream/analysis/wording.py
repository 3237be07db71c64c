"""A verdict in sentences that a person reads (host side)."""

from collections.abc import Mapping
from typing import Any

Card = Mapping[str, Any]

LIKED = 0.5  # of the dream's height: what has less is no face worth a sentence


def write_sentences(card: Card) -> list[str]:
    """Tell what a card's numbers say, the headline first.

    Args:
      card: as `verdict.judge_neuron` makes it.
    """
    # Where the dream is no higher than the average, there are no shares to speak of.
    if card["dream"]["score"] <= card["corpus"]["mean"]:
        return [_headline(card), _corpus(card)]
    sentences = [
        _headline(card), _order(card), _words(card), _context(card), _corpus(card),
        _agreement(card), _certificate(card), _faces(card),
    ]
    return [sentence for sentence in sentences if sentence]


def _headline(card):
    words, most = card["dream"]["words"], card["words"]["most"]
    wanted = f"Wants “{' '.join(words[-most:])}”"
    if most < len(words):
        wanted += " at the end"
    corpus = f"{card['corpus']['total']:,} corpus {len(words)}-grams"
    deviations = f"{card['gain']:+.2f} corpus deviations"
    if card["standing"] == "below the corpus":
        best = card["corpus"]["best"][0][0]
        better = sum(score > card["dream"]["score"] for _, score, _ in card["corpus"]["best"])
        if better < len(card["corpus"]["best"]):
            many = "1 has" if better == 1 else f"{better} have"
        else:
            many = f"{better} or more have"
        return f"{wanted}; of {corpus}, {many} more, first “{best}” ({deviations})."
    if card["standing"] == "level with the corpus":
        return f"{wanted}; no more than the best of {corpus} ({deviations})."
    ratio = card["ratio"]
    above = "above" if ratio is None else f"{_percent(ratio - 1)} further from the average than"
    return f"{wanted}: {above} anything in {corpus} ({deviations})."


def _order(card):
    if card["order"] is None:
        return None
    kept = card["order"]["kept"]
    if kept >= 0.9:
        how = "Word order hardly matters"
    elif kept >= 0.5:
        how = "Word order matters somewhat"
    else:
        how = "Word order matters"
    return f"{how}: another order of the same words keeps {_percent(kept)} (median)."


def _words(card):
    drops, words = card["words"]["drop"], card["dream"]["words"]
    if drops is None:
        return None
    most = max(range(len(drops)), key=lambda place: drops[place])
    if drops[most] < 0.05:
        return "No single word is needed: without any one 95 % or more is left."
    gone = _percent(drops[most]) if drops[most] <= 1 else "more than all of it"
    sentence = f"Most depends on “{words[most]}”: {gone} goes without it"
    half, whole = card["words"]["half"], len(words)
    if half < whole:
        last = "the last word alone keeps" if half == 1 else f"the last {half} words alone keep"
        sentence += f"; {last} half or more"
    return f"{sentence}."


def _context(card):
    context = card["context"]
    return (
        f"After real beginnings of captions {_percent(context['median'])} is left "
        f"(median; 10th percentile {_percent(context['low'])})."
    )


def _corpus(card):
    found, words = card["found"], card["dream"]["words"]
    if found["count"]:
        return f"The whole n-gram occurs {_times(found['count'])} in the corpus."
    part = found["part"]
    if len(words) == 1:
        return "The word does not occur in the corpus."
    if part is None or len(part.split(" ")) < 2:
        sentence = "No two of its neighbouring words occur together in the corpus"
    else:
        sentence = (
            f"Its longest part in the corpus is “{part}” ({_times(found['part_count'])})"
        )
    if found["shared"] >= 2:
        sentence += (
            f"; “{found['nearest']}” has {found['shared']} of its words at the same places"
        )
    return f"{sentence}."


def _agreement(card):
    agreement = card["agreement"]
    tried = agreement["tried"]
    if tried < 2:
        return None
    return (
        f"{agreement['same_activation']} of {tried} searches reach the same activation within 1 %, "
        f"{agreement['same_words']} the same words."
    )


def _certificate(card):
    certificate = card["dream"]["certificate"]
    if not certificate or not certificate["certified"]:
        return None
    sentence = "Certified: no other single word does better"
    if "margin" in certificate and card["corpus"]["deviation"] > 0:
        sentence += (
            f"; the next best, “{certificate['runner_up']}”, falls short by "
            f"{certificate['margin'] / card['corpus']['deviation']:.2g} corpus deviations"
        )
    return f"{sentence}."


def _faces(card):
    sentences = []
    liked = [face for face in card["faces"] if face["share"] >= LIKED]
    if liked:
        listed = ", ".join(f"“{face['ngram']}” ({_percent(face['share'])})" for face in liked)
        sentences.append(f"It also likes {listed}.")
    if card["negative"]:
        sentences.append(f"Its negative side wants “{card['negative']['ngram']}”.")
    return " ".join(sentences) or None


def _percent(share):
    # Whole percents, but not 0 for what is there; no minus before a 0.
    number = round(100 * share, 1 if 0 < abs(share) < 0.01 else 0)
    return f"{number + 0:g} %"


def _times(count):
    return "once" if count == 1 else f"{count:,} times"
