"""A verdict in sentences that a person reads (host side)."""

from collections.abc import Mapping
from typing import Any

from neurondream.analysis.judges import name_judge
from neurondream.analysis.pieces import join_pieces, name_piece

Card = Mapping[str, Any]

FEW = 5000  # n-grams of a corpus: a best of so few says little
LIKED = 0.5  # of the dream's height: what has less is no face worth a sentence


def write_sentences(card: Card) -> list[str]:
    """Say what a card's numbers say, the headline first.

    Args:
      card: as `description.describe_neuron` makes it.
    """
    if card["standing"] == "reacts to nothing":
        return [_silence(card)]
    if card["off"]:
        return [_off(card), _corpus(card)]
    # Where the dream is no higher than the average, there are no shares to speak of.
    if card["dream"]["score"] <= card["corpus"]["mean"]:
        return [_headline(card), _corpus(card)]
    sentences = [
        _headline(card), _meaning(card), _factors(card), _natural(card), _survey(card),
        _front(card), _order(card), _words(card), _context(card), _corpus(card),
        _agreement(card), _certificate(card), _faces(card),
    ]
    return [sentence for sentence in sentences if sentence]


def _meaning(card):
    meaning = card["meaning"]
    if not meaning:
        return None
    words, length = meaning["words"], len(card["dream"]["ngram"]["ids"])
    sentence = f"It means {meaning['name']}; words of the dream for that: {words} of {length}"
    if meaning["first"]:
        return f"{sentence}, more than for anything else."
    return f"{sentence}, for {meaning['rival']} no fewer." if meaning["rival"] else f"{sentence}."


def _factors(card):
    factors = card.get("factors")
    if not factors:
        return None
    signs = {True: "above 0", False: "below 0"}
    listed = " and ".join(
        f"{layer} ({value:.3g}, {signs[value > 0]})" for layer, value in factors.items()
    )
    return f"There it is the product of {listed}, the first through its nonlinearity."


def _silence(card):
    return (
        f"Reacts to nothing: its activation is {card['dream']['score']:.4g} after each of "
        f"{_corpus_ngrams(card)}, and after whatever was searched for."
    )


def _off(card):
    return (
        f"Stays off: nothing that was searched for brings it above 0. Highest are "
        f"“{card['dream']['ngram']['text']}” ({card['dream']['score']:.4g}) and, of "
        f"{_corpus_ngrams(card)}, “{card['corpus']['best'][0]['ngram']['text']}” "
        f"({card['corpus']['best'][0]['score']:.4g})."
    )


def _corpus_ngrams(card):
    total = card["corpus"]["total"]
    small = ", a small corpus" if total < FEW else ""
    return f"{total:,} real {len(card['dream']['ngram']['ids'])}-grams{small}"


def _headline(card):
    ngram, most = card["dream"]["ngram"], card["words"]["most"]
    length = len(ngram["ids"])
    wanted = f"Wants “{join_pieces(ngram, length - most)}”"
    if most < length:
        wanted += " at the end"
    if card["saturated"]:
        listed = ", ".join(f"“{other['text']}”" for other in card["saturated"])
        wanted = f"Saturated: “{ngram['text']}”, but {listed} and others bring it as high"
    corpus = _corpus_ngrams(card)
    if card["gain"] is None:
        return (
            f"{wanted}: {card['dream']['score']:.4g}, where it is {card['corpus']['mean']:.4g} "
            f"after every one of {corpus}."
        )
    deviations = f"{card['gain']:+.2f} corpus deviations"
    if card["standing"] == "below the corpus":
        best = card["corpus"]["best"]
        better = sum(entry["score"] > card["dream"]["score"] for entry in best)
        if better < len(best):
            many = "1 has" if better == 1 else f"{better} have"
        else:
            many = f"{better} or more have"
        first = best[0]["ngram"]["text"]
        return f"{wanted}; of {corpus}, {many} more, first “{first}” ({deviations})."
    if card["standing"] == "level with the corpus":
        return f"{wanted}; no more than the best of {corpus} ({deviations})."
    return f"{wanted}: {_how_far(card['ratio'])} the best of {corpus}."


def _how_far(ratio):
    """Say how far above the average a dream is beside the best real n-gram."""
    if ratio is None:
        return "higher than"
    if ratio < 1.05:
        return "a little further above the average than"
    if ratio < 1.9:
        return f"{_percent(ratio - 1)} further above the average than"
    return f"{f'{ratio:.1f}'.removesuffix('.0')} times as far above the average as"


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
    return f"{sentence}; its height is {told}." if told else f"{sentence}."


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
    tried = agreement["tried"]
    if tried < 2:
        return None
    return (
        f"{agreement['same_activation']} of {tried} searches reach the same activation within 1 %, "
        f"{agreement['same_ngram']} the same {_piece(card)}s."
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
    liked = [face for face in card["faces"] if face["share"] >= LIKED]
    if liked:
        listed = ", ".join(
            f"“{face['ngram']['text']}” ({_percent(face['share'])})" for face in liked
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
