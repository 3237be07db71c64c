"""Dreams as cards inside a notebook (host side).

The cards are static: they show where no script may run, as in a notebook that is only read.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from neurondream.analysis.judges import name_judge
from neurondream.analysis.verdict.front import thin_front
from neurondream.errors import InputError

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


def show(dreams: Sequence[Line]) -> Html:
    """Show dreams as cards, one a neuron, its lines beside each other.

    Args:
      dreams: lines of `dream_neurons` or of a run, or cards of `describe`. A line may say besides
        what each piece does, as `drop`: the share that goes without it.

    Raises:
      InputError: something else is given.
    """
    neurons: dict[str, list[Line]] = {}
    for line in dreams:
        if not isinstance(line, Mapping) or "neuron" not in line:
            raise InputError(
                "show takes lines as dream_neurons or a run give them, "
                f"not {type(line).__name__}"
            )
        neurons.setdefault(line["neuron"], []).append(line)
    return Html("".join(_write_card(lines) for lines in neurons.values()))


def _write_card(lines):
    rows, sentences = [], []
    for line in lines:
        if "verdict" in line:
            sentences += [*line["verdict"], *line.get("warnings", [])]
            dream, shaded = line["dream"], line["corpus_words"]
            rows.append((
                dream["method"], dream["ngram"]["pieces"], line["words"]["drop"], dream["score"]
            ))
            first, *others = line["corpus"]["best"]
            rows.append(("corpus", shaded["ngram"]["pieces"], shaded["drop"], first["score"]))
            rows += [("", other["ngram"]["pieces"], None, other["score"]) for other in others[:2]]
            if front := line.get("front"):
                ends = (("natural", front["points"][0]), ("extreme", front["points"][-1]))
                rows += [
                    (f"{end}, {point['nats']:.1f} nats", point["ngram"]["pieces"], point["drop"],
                     point["score"]) for end, point in ends
                ]
        else:
            method = "corpus" if line["method"] == "search" else line["method"]
            rows.append((method, line["ngram"]["pieces"], line.get("drop"), line["score"]))
            points = thin_front(line["front"], line["limit"]) if "front" in line else ()
            if points:
                sentences.append(
                    f"{method} is the highest within {line['limit']:.3g} nats a word, by "
                    f"{name_judge(line['judge'])}."
                )
            rows += [
                (f"{point['nats']:.1f} nats", point["ngram"]["pieces"], None, point["score"])
                for point in points
            ]
    body = "".join(_write_row(*row) for row in rows)
    text = "".join(f"<p style='margin:.3em 0'>{html.escape(each)}</p>" for each in sentences)
    return (
        f"<section style='{_CARD}'><strong>{html.escape(lines[0]['label'])}</strong>{text}"
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
