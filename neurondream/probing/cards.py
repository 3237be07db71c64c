"""Descriptions of all neurons of finished runs, one card each."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from neurondream import methods
from neurondream.analysis.families import read_families
from neurondream.analysis.verdict.card import Card
from neurondream.analysis.verdict.description import describe_neuron
from neurondream.files import write_atomically
from neurondream.method import Method
from neurondream.neurons.neuron import negate_neuron
from neurondream.probing.faces import dream_faces
from neurondream.probing.fronts import probe_fronts
from neurondream.probing.probes import probe_run
from neurondream.runs.lines import DreamLine
from neurondream.runs.opened import Opened, open_finished
from neurondream.runs.run import Run
from neurondream.runs.surveyed import look_up, open_survey

FILE = "cards.jsonl"
DEFAULT_FACES = methods.faces()


def describe(
    run: Run | Opened | str | Path | Sequence[str | Path], *,
    faces: Method | None = DEFAULT_FACES, survey: str | Path | None = None,
    progress: Callable | bool | None = None,
) -> list[Card]:
    """Describe every neuron of runs against their corpus, in `cards.jsonl` of the first, too.

    Args:
      run: with a corpus search and one dream or more of each neuron; its folder; or several that
        differ in seed, methods or neurons.
      faces: how other faces are dreamt; None leaves them and the negative sides out.
      survey: folder of a finished survey of the same model, to show real texts from.
      progress: see `progress.start_bar`.

    Raises:
      InputError: the runs do not fit together, there is nothing to describe, or the survey is of
        another model.
    """
    opened = run if isinstance(run, Opened) else open_finished(run)
    surveyed = open_survey(survey, opened.run.model) if survey else None
    probes = probe_run(opened, progress)
    others = dream_faces(opened, faces, progress) if faces else {}
    dreams: dict[str, list[DreamLine]] = {}
    for line in opened.dreams:
        dreams.setdefault(line["neuron"], []).append(line)
    fronts = probe_fronts(opened, dreams)
    families = read_families(opened.manifest)
    cards = []
    for name, lines in dreams.items():
        negative = negate_neuron(opened.neurons[name]).name
        cards.append(describe_neuron(
            opened.searches[name], lines, probes[name, "dream"], probes[name, "corpus"],
            total=len(opened.run.corpus.ngrams.tokens), families=families,
            faces=others[name, "faces"]["faces"] if faces else (),
            negative=others.get((negative, "swaps")), made=opened.run.corpus.made,
            survey=look_up(surveyed, opened.neurons[name], opened.run.model) if surveyed else None,
            front=fronts.get(name),
        ))
    text = "".join(json.dumps(card, ensure_ascii=False) + "\n" for card in cards)
    write_atomically(opened.folders[0] / FILE, text.encode())
    return cards
