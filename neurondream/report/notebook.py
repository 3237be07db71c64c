"""Dreams as cards inside a notebook (host side).

The cards are static: they show where no script may run, as in a notebook that is only read.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from neurondream.errors import InputError
from neurondream.tokens.words import Vocabulary, decode_tokens

Line = Mapping[str, Any]

_SHADE = "230,159,0"  # orange of Okabe & Ito 2008, seen by the colour-blind too
_CARD = (
    "border:1px solid rgba(128,128,128,.4);border-radius:8px;padding:.6em 1em;margin:.6em 0;"
    "max-width:46em"
)
_CELL = "text-align:left;padding:.15em .8em .15em 0;background:none;vertical-align:top"


class Html(NamedTuple):
    """What a notebook shows in place of its text."""

    text: str

    def _repr_html_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{len(self.text)} characters of HTML: the last expression of a notebook cell>"


def describe_dreams(
    names: Sequence[str], dreams: Any, vocabulary: Vocabulary, method: str = "dream",
    drops: Any = None,
) -> list[dict[str, Any]]:
    """Write dreams down as lines, as a run folder holds them.

    Args:
      names: N neurons.
      dreams: theirs, `Dream` with an axis `[N]`.
      vocabulary: of the model.
      method: how they were found.
      drops: what each word does, e.g. the share of the activation that goes without it, `[N, L]`.

    Raises:
      InputError: there is not one dream for each name.
    """
    if len(names) != len(dreams.tokens):
        raise InputError(
            f"{len(names)} names for {len(dreams.tokens)} dreams: give one name for each dream"
        )
    lines = []
    for row, name in enumerate(names):
        words = decode_tokens(vocabulary, dreams.tokens[row])
        line = {
            "neuron": name, "method": method, "ngram": " ".join(words),
            "score": float(dreams.score[row]),
        }
        if drops is not None:
            line["drop"] = [float(drop) for drop in drops[row]]
        lines.append(line)
    return lines


def show(dreams: Sequence[Line]) -> Html:
    """Show dreams as cards, one a neuron, its lines beside each other.

    Args:
      dreams: lines of `describe_dreams`, of a run's dreams.jsonl, or of its cards.jsonl, which
        `launch/report.py` writes and which hold a verdict besides.

    Raises:
      InputError: something else is given.
    """
    neurons: dict[str, list[Line]] = {}
    for line in dreams:
        if not isinstance(line, Mapping) or "neuron" not in line:
            raise InputError(
                "show takes lines as describe_dreams or a run folder give them, "
                f"not {type(line).__name__}"
            )
        neurons.setdefault(line["neuron"], []).append(line)
    return Html("".join(_write_card(neuron, lines) for neuron, lines in neurons.items()))


def _write_card(neuron, lines):
    rows, sentences = [], []
    for line in lines:
        if "verdict" in line:
            sentences += line["verdict"]
            words = line["dream"]["words"]
            rows.append((line["dream"]["method"], words, line["words"]["drop"],
                         line["dream"]["score"]))
            first, *others = line["corpus"]["best"]
            shaded = line["corpus_words"]
            rows.append(("corpus", shaded["words"], shaded["drop"], first[1]))
            rows += [("", ngram.split(" "), None, score) for ngram, score, _ in others[:2]]
        else:
            method = "corpus" if line["method"] == "search" else line["method"]
            rows.append((method, line["ngram"].split(" "), line.get("drop"), line["score"]))
    body = "".join(_write_row(*row) for row in rows)
    told = "".join(f"<p style='margin:.3em 0'>{html.escape(text)}</p>" for text in sentences)
    return (
        f"<section style='{_CARD}'><strong>{html.escape(neuron)}</strong>{told}"
        f"<table style='border-collapse:collapse;margin:.3em 0'>{body}</table></section>"
    )


def _write_row(method, words, drops, score):
    shaded = " ".join(
        _shade(word, drop) for word, drop in zip(words, drops or [None] * len(words), strict=True)
    )
    return (
        f"<tr style='background:none'><td style='{_CELL}'>{html.escape(method)}</td>"
        f"<td style='{_CELL}'>{score:.3f}</td><td style='{_CELL}'>{shaded}</td></tr>"
    )


def _shade(word, drop):
    text = html.escape(word)
    if drop is None:
        return text
    return (
        f"<span title='{100 * drop:.0f} % goes without it' style='border-radius:3px;padding:0 "
        f".15em;background:rgba({_SHADE},{min(max(drop, 0), 1) * 0.8:.2f})'>{text}</span>"
    )
