"""The question of syntax, asked of finished runs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurondream.analysis.families import read_families
from neurondream.analysis.reaction import reacts
from neurondream.analysis.syntax.bigrams import count_bigrams
from neurondream.analysis.syntax.conclusion import conclude, conclude_facts
from neurondream.analysis.syntax.contrasts import compare_syntax, count_classes
from neurondream.analysis.syntax.groups import check_pair, pair_families, parse_group
from neurondream.analysis.syntax.measures import Scale
from neurondream.errors import InputError
from neurondream.probing.grammar import measure_grammar
from neurondream.probing.probes import probe_run
from neurondream.runs.opened import Opened, word_classes


def study_syntax(
    opened: Opened, groups: Sequence[str] = (), *, progress: Callable | bool | None = None
) -> dict[str, Any]:
    """Compare groups of neurons by what in their n-grams is syntax.

    Args:
      opened: the runs.
      groups: two, each a family, a layer or several joined by `+`; by default each family with
        the rest, two families with each other.
      progress: see `progress.start_bar`.

    Returns:
      The findings as JSON values: `neurons`, `comparisons` (each with its two `groups`, its
      `rows` and its `conclusion`), `facts` and `moved` of the made world's grammar, `classes`,
      and the `conclusion` from all.

    Raises:
      InputError: there are not two groups, or they share a layer.
    """
    families = read_families(opened.manifest)
    if groups:
        if len(groups) != 2:
            raise InputError(f"groups={','.join(groups)}: give two, as in T,I")
        first, second = (parse_group(text, families) for text in groups)
        check_pair(first, second)
        pairs = [(first, second)]
    else:
        pairs = pair_families(families, [line["layer"] for line in opened.dreams])
    # Of a neuron that real text does not move there is no height to lose.
    probes = [
        line for line in probe_run(opened, progress).values()
        if reacts(opened.searches[line["neuron"]])
    ]
    run, allowed = opened.run, opened.run.model.tokenizer.allowed
    bigrams = count_bigrams(run.corpus.texts, len(allowed), np.flatnonzero(~allowed))
    classes = word_classes(run.model, run.corpus)
    scales = {
        neuron: Scale(line["mean"], line["deviation"]) for neuron, line in opened.searches.items()
    }
    comparisons = []
    for pair in pairs:
        rows = compare_syntax(probes, scales, classes, bigrams, pair, families, seed=run.seed)
        comparisons.append({
            "groups": [{"name": group.name, "title": group.title} for group in pair],
            "rows": rows,
            "conclusion": conclude(rows, pair),
        })
    facts, moved = measure_grammar(run) if run.corpus.made else ([], [])
    conclusion = [text for each in comparisons for text in each["conclusion"]]
    if not pairs:
        conclusion = ["All neurons are of one family: name two groups to compare."]
    return {
        "neurons": sorted({line["neuron"] for line in opened.dreams}),
        "comparisons": comparisons,
        "facts": facts,
        "moved": moved,
        "classes": count_classes(probes, classes, families),
        "families": dict(families.titles),
        "conclusion": conclusion + conclude_facts(facts, moved),
    }
