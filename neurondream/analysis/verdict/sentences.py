"""A verdict in sentences that a person reads (host side)."""

import math
from collections.abc import Mapping
from typing import Any

from neurondream.analysis.judges import name_judge
from neurondream.analysis.pieces import join_pieces, name_piece
from neurondream.analysis.verdict.headline import write_headline
from neurondream.analysis.verdict.warnings import disagree

Card = Mapping[str, Any]


def write_sentences(card: Card) -> list[str]:
    """Say what a card's numbers say, the headline first.

    Args:
      card: as `description.describe_neuron` makes it.
    """
    headline = write_headline(card)
    if card["standing"] == "reacts to nothing":
        return [headline]
    # Where the dream is no higher than the average, there are no shares to speak of.
    if card["off"] or card["dream"]["score"] <= card["corpus"]["mean"]:
        return [headline, _corpus(card)]
    sentences = [
        headline, _meaning(card), _grammar(card), _factors(card), _natural(card), _survey(card),
        _front(card), _order(card), _words(card), _context(card), _corpus(card),
        _agreement(card), _certificate(card), _faces(card),
    ]
    return [sentence for sentence in sentences if sentence]


def _meaning(card):
    meaning = card["meaning"]
    if not meaning:
        return None
    length, together = len(card["dream"]["ngram"]["ids"]), meaning.get("contrasted")
    sentence = f"It means {meaning['name']}; words of the dream for that: {_named(meaning, length)}"
    if together:
        methods = " and ".join(together["methods"])
        sentence += f" Of those of {methods} together: {_named(together, together['of'])}"
    return sentence


def _named(named, of):
    told = f"{named['words']} of {of}"
    if named["first"]:
        return f"{told}, more than for anything else."
    return f"{told}, for {named['rival']} no fewer." if named["rival"] else f"{told}."


def _grammar(card):
    grammar = card.get("grammar")
    if not grammar:
        return None
    may = "may" if grammar["fits"] else "may not"
    return f"By the grammar of the made world “{grammar['word']}” {may} follow it."


def _factors(card):
    factors = card.get("factors")
    if not factors:
        return None
    signs = {True: "above 0", False: "below 0"}
    listed = " and ".join(
        f"{layer} ({value:.3g}, {signs[value > 0]})" for layer, value in factors.items()
    )
    return f"There it is the product of {listed}, the first through its nonlinearity."


def _natural(card):
    natural = card["natural"]
    if natural is None:
        return None
    word = natural["word"]
    # What has been read when it is highest, as far back as an n-gram goes and as much again.
    first = max(0, word + 1 - 2 * len(card["dream"]["ngram"]["ids"]))
    seen = join_pieces(natural["ngram"], first, word + 1)
    return (
        f"In whole texts it goes up to {_percent(natural['share'])} of the height of the dream, "
        f"after “{'… ' * (first > 0)}{seen}”."
    )


def _survey(card):
    survey = card.get("survey")
    if not survey or not survey["texts"]:  # none where no activation is a finite number
        return None
    score, highest = card["dream"]["score"], survey["texts"][0]["score"]
    tokens = f"{survey['tokens']:,} tokens of whole texts"
    if highest < score:
        reached = f"None of {tokens} that were surveyed brings it as high: {highest:.4g} at most"
        if highest <= survey["mean"]:
            return f"{reached}."
        share = (highest - survey["mean"]) / (score - survey["mean"])
        return f"{reached}, {_percent(share)} of the dream's height above their average."
    below = [count for threshold, count in survey["reached"] if threshold <= score]
    most = f"at most {below[-1]:,}" if below else "many"
    return f"Of {tokens} that were surveyed, {most} bring it as high as the dream or higher."


def _front(card):
    front = card.get("front")
    usual = front and front["usual"]
    if not usual:
        return None
    real = (
        f"half of the corpus' n-grams ({usual['nats']:.3g} nats a {_piece(card)} by "
        f"{name_judge(front['judge'])})"
    )
    first, last = front["points"][0], front["points"][-1]
    if usual["ngram"] is None:
        nearest = f"the most fluent, “{first['ngram']['text']}”, has {first['nats']:.3g}"
        return f"Nothing that was found is as fluent as {real}; {nearest}."
    heights = [(usual["ratio"], "the corpus' best n-gram")]
    if usual["share"] < 1:
        heights.append((usual["share"], f"the extreme “{last['ngram']['text']}”"))
    told = " and ".join(f"{_percent(n)} of that of {what}" for n, what in heights if n is not None)
    sentence = f"As fluent as {real}, the highest is “{usual['ngram']['text']}”"
    sentence += f"; its height is {told}" * bool(told)
    point = next(each for each in front["points"] if each["ngram"] == usual["ngram"])
    certificate = point.get("certificate", {})
    # Certificates say their limit in four digits.
    if certificate.get("certified") and certificate.get("limit", math.inf) > usual["nats"] - 1e-4:
        covered = f" of {certificate['covers']} a place" if "covers" in certificate else ""
        piece = _piece(card)
        sentence += f"; certified: no other single {piece}{covered} does better within these nats"
    return f"{sentence}."


def _order(card):
    if card["order"] is None:
        return None
    kept, piece = card["order"]["kept"], _piece(card)
    if kept >= 0.9:
        how = f"{piece.capitalize()} order hardly matters"
    elif kept >= 0.5:
        how = f"{piece.capitalize()} order matters somewhat"
    else:
        how = f"{piece.capitalize()} order matters"
    return f"{how}: another order of the same {piece}s keeps {_percent(kept)} (median)."


def _words(card):
    drops, pieces = card["words"]["drop"], card["dream"]["ngram"]["pieces"]
    if drops is None or None in drops:
        return None
    piece = _piece(card)
    most = max(range(len(drops)), key=lambda place: drops[place])
    if drops[most] < 0.05:
        return f"No single {piece} is needed: without any one 95 % or more is left."
    gone = _percent(drops[most]) if drops[most] <= 1 else "more than all of it"
    sentence = f"Most depends on “{pieces[most].strip()}”: {gone} goes without it"
    half, whole = card["words"]["half"], len(pieces)
    if half < whole:
        last = f"the last {piece} alone keeps" if half == 1 else (
            f"the last {half} {piece}s alone keep"
        )
        sentence += f"; {last} half or more"
    return f"{sentence}."


def _context(card):
    context = card["context"]
    if context is None:
        return None
    return (
        f"After the beginnings of real texts {_percent(context['median'])} is left "
        f"(median; 10th percentile {_percent(context['low'])})."
    )


def _corpus(card):
    found, piece = card["found"], _piece(card)
    if found["count"]:
        return f"The whole n-gram occurs {_times(found['count'])} in the corpus."
    if len(card["dream"]["ngram"]["ids"]) == 1:
        return f"The {piece} does not occur in the corpus."
    part = found["part"]
    if part is None or len(part["ids"]) < 2:
        sentence = f"No two of its neighbouring {piece}s occur together in the corpus"
    else:
        sentence = (
            f"Its longest part in the corpus is “{part['text']}” ({_times(found['part_count'])})"
        )
    if found["shared"] >= 2:
        sentence += (
            f"; “{found['nearest']['text']}” has {found['shared']} of its {piece}s at the same "
            "places"
        )
    return f"{sentence}."


def _agreement(card):
    agreement = card["agreement"]
    if not agreement or agreement["tried"] < 2 or disagree(card):
        return None
    tried, same = agreement["tried"], agreement["same_activation"]
    how = f"All {tried} searches arrive" if same == tried else f"{same} of {tried} searches arrive"
    return (
        f"{how} at this height, within 1 % of it, {agreement['same_ngram']} of them at the same "
        f"{_piece(card)}s."
    )


def _certificate(card):
    certificate = card["dream"]["certificate"]
    if not certificate or not certificate["certified"]:
        return None
    deviation = card["corpus"]["deviation"]
    sentence = f"Certified: no other single {_piece(card)} does better"
    if "spelled" in certificate:
        sentence += " and is read as itself in writing"
    if "covers" in certificate:
        sentence += f", of the {certificate['covers']} a place that the gradient ranks first"
    if "contrast" in certificate:
        sentence += f" set off against the layer's other units (weight {certificate['contrast']:g})"
    tolerance = certificate.get("tolerance", 0.0)
    if tolerance and deviation > 0:
        sentence += f" by more than rounding ({tolerance / deviation:.1g} corpus deviations)"
    if "margin" in certificate and deviation > 0:
        runner_up = certificate["runner_up"]["text"]
        if certificate["margin"] <= tolerance:
            sentence += f"; a tie with “{runner_up}”"
        else:
            sentence += (
                f"; the next best, “{runner_up}”, falls short by "
                f"{certificate['margin'] / deviation:.2g} corpus deviations"
            )
    return f"{sentence}."


def _faces(card):
    sentences = []
    if card["faces"]:
        listed = ", ".join(
            f"“{face['ngram']['text']}” ({_percent(face['share'])})" for face in card["faces"]
        )
        sentences.append(f"It also likes {listed}.")
    if card["negative"]:
        sentences.append(f"Its negative side wants “{card['negative']['ngram']['text']}”.")
    return " ".join(sentences) or None


def _piece(card):
    return name_piece(card["dream"]["ngram"])


def _percent(share):
    # Whole percents, but not 0 for what is there; no minus before a 0.
    number = round(100 * share, 1 if 0 < abs(share) < 0.01 else 0)
    return f"{number + 0:g} %"


def _times(count):
    return "once" if count == 1 else f"{count:,} times"
