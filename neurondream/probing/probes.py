"""Probes of finished runs: what descriptions and measures of syntax rest on.

Each neuron's best dream and the corpus' best n-gram have a line in `probes.jsonl` of the run. What
is there already, by the same settings, is not computed again.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from neurondream import dreaming, objectives
from neurondream.analysis.classes import number_classes
from neurondream.base import Objective
from neurondream.corpora import occurrence
from neurondream.corpora.beginnings import draw_beginnings
from neurondream.neurons.neuron import Neuron
from neurondream.probing import ngram as probing
from neurondream.probing.contexts import score_behind
from neurondream.probing.lines import describe_probe
from neurondream.probing.substitutes import OTHER_CLASS, SAME_CLASS, TYPICAL, substitute_drawer
from neurondream.progress import start_bar
from neurondream.runs.folder import append_lines, cut_half_line, read_typed
from neurondream.runs.lines import Line, Ngram, ProbeLine
from neurondream.runs.locks import lock_file
from neurondream.runs.opened import Opened, best_dreams, word_classes
from neurondream.runs.run import Run, groups_of, source_size
from neurondream.sweeps.corpus import compile_scores, sample_rows, sample_scores
from neurondream.targets import make_targets

FILE = "probes.jsonl"
CHUNK = 16  # n-grams probed at once
SLAB = 512  # n-grams whose percentiles are taken at once
SAMPLE = 20_000  # corpus n-grams that percentiles are taken of
PROPOSED = 32  # substitutes at each place that the gradient proposes
CONTEXTS, LONGEST_CONTEXT = 64, 8

Key = tuple[str, str]  # neuron, and "dream" or "corpus"


class Item(NamedTuple):
    """An n-gram to probe."""

    neuron: Neuron
    of: str  # "dream" or "corpus"
    ngram: Ngram
    score: float
    about: Line


def probe_run(opened: Opened, progress: Callable | bool | None = None) -> dict[Key, ProbeLine]:
    """Read the probes of runs, and compute those that are not there yet.

    Args:
      opened: the runs.
      progress: see `progress.start_bar`.
    """
    wanted = {
        (neuron, of): line
        for neuron, best in best_dreams(opened.dreams).items()
        for of, line in (("dream", best), ("corpus", opened.searches[neuron]))
    }
    settings = probe_settings(opened.run)
    path = opened.folders[0] / FILE
    with lock_file(opened.folders[0], FILE):
        cut_half_line(path)
        done = {
            (line["neuron"], line["of"], *line["ngram"]["ids"]): line
            for line in read_typed(path, ProbeLine, "probe")
            if line["settings"] == settings and len(line["after"]) == len(line["ngram"]["ids"])
        }
        probes = {
            key: done[*key, *line["ngram"]["ids"]] for key, line in wanted.items()
            if (*key, *line["ngram"]["ids"]) in done
        }
        left = [
            Item(opened.neurons[name], of, line["ngram"], line["score"], about(line))
            for (name, of), line in wanted.items() if (name, of) not in probes
        ]
        with start_bar(progress, len(wanted), "probes", len(probes)) as bar:
            for lines in probe_items(opened.run, left) if left else ():
                append_lines(path, [line | {"settings": settings} for line in lines])
                probes |= {(line["neuron"], line["of"]): line for line in lines}
                bar.update(len(lines))
    return {key: probes[key] for key in wanted}


def about(line: Line) -> Line:
    """Take the beginning that all lines of a neuron share."""
    return {key: line[key] for key in Line.__annotations__ if key in line}


def probe_settings(run: Run) -> dict[str, Any]:
    """List what probes depend on besides the run's manifest, as JSON values."""
    return json.loads(json.dumps({
        "seed": run.seed, "sample": SAMPLE, "contexts": [CONTEXTS, LONGEST_CONTEXT],
        "substitutes": [TYPICAL, SAME_CLASS, OTHER_CLASS, PROPOSED],
    }))


def probe_items(run: Run, items: list[Item]) -> Iterator[list[ProbeLine]]:
    """Probe n-grams; yields their lines chunk by chunk."""
    corpus, allowed = run.corpus, run.model.tokenizer.allowed
    index = occurrence.index_ngrams(corpus.texts, run.length, allowed)
    beginnings = draw_beginnings(
        corpus.texts, allowed, number=CONTEXTS, longest=LONGEST_CONTEXT, seed=run.seed,
        besides=run.model.beginnings,
    )
    pieces = run.model.tokenizer.spell(np.arange(len(allowed)))
    classes = number_classes(pieces, word_classes(run.model, corpus))
    draw = substitute_drawer(corpus.texts, allowed, classes, run.seed)
    ngrams = corpus.ngrams
    sample = ngrams.tokens[sample_rows(len(ngrams.tokens), SAMPLE, run.seed)]
    by_neuron = {item.neuron.name: item.neuron for item in items}
    for (source, place), group in groups_of(run, list(by_neuron.values())).items():
        names = {neuron.name for neuron in group}
        members = [item for item in items if item.neuron.name in names]
        objective = objectives.linear(source, place)
        program = compile_probes(run, objective, beginnings)
        score_all = compile_scores(run.reader.encoder, objective)
        for start in range(0, len(members), SLAB):
            slab = members[start : start + SLAB]
            targets = make_targets(
                run.reader.readouts, [item.neuron for item in slab], source_size(run, source)
            )
            sampled = sample_scores(score_all, run.reader.prepared, targets, sample)
            tokens = np.stack([np.array(item.ngram["ids"], np.int32) for item in slab])
            found = [occurrence.find_occurrence(index, ngrams, each) for each in tokens]
            nearest = ngrams.tokens[[each.nearest for each in found]]
            words = np.stack([
                draw(each, zlib.crc32(f"{item.neuron.name} {item.of}".encode()))
                for each, item in zip(tokens, slab, strict=True)
            ])
            for first in range(0, len(slab), CHUNK):
                # The last chunk is filled up, so that one program serves all.
                rows = np.minimum(np.arange(first, first + CHUNK), len(slab) - 1)
                result = jax.tree.map(np.asarray, program(
                    run.reader.prepared, run.reader.begun, run.reader.folded,
                    jax.tree.map(lambda x, rows=rows: x[rows], targets),
                    tokens[rows], nearest[rows], words[rows],
                ))
                yield [
                    {**slab[row].about, "of": slab[row].of, **describe_probe(
                        run, slab[row].ngram, slab[row].score,
                        jax.tree.map(lambda x, n=n: x[n], result), words[row], found[row],
                        100 * float(np.mean(sampled[row] < slab[row].score)),
                    )}
                    for n, row in enumerate(rows[: len(slab) - first])
                ]


def compile_probes(
    run: Run, objective: Objective, beginnings: list[np.ndarray]
) -> Callable[..., Mapping[str, Any]]:
    """Compile `(prepared, begun, folded, targets, tokens, nearest, substitutes) -> ...`."""
    allowed = run.model.tokenizer.allowed
    proposed = min(PROPOSED, int(allowed.sum()) - 1)
    reader, next_word = run.reader, run.model.next_word

    @jax.jit
    def probe_chunk(prepared, begun, folded, targets, tokens, nearest, substitutes):
        orders = probing.other_orders(tokens.shape[1], 0)

        def probe_one(target, tokens, nearest, substitutes):
            score = dreaming.make_score(reader.encoder, prepared, objective, target)
            loss = None
            if next_word:
                loss = probing.next_word_loss(reader.begin, begun, next_word, tokens)
            return {
                "probe": probing.probe_ngram(
                    score, tokens, substitutes, allowed, orders, proposed
                ),
                "context": score_behind(
                    reader.bare, folded, objective, target, tokens, beginnings, run.model.start
                ),
                "loss": loss,
                "nearest": score(nearest),
            }

        return jax.vmap(probe_one)(targets, tokens, nearest, substitutes)

    return probe_chunk
