"""Probe the n-grams of finished runs: what verdicts and syntax are judged by.

Each neuron's best dream and the corpus' best n-gram have a line in RUN/probes.jsonl. What is there
already is not computed again.
"""

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

import launching
import workbench
from finished import Finished, best_dreams
from neurondream import dreaming, objectives
from neurondream.analysis.classes import number_classes
from neurondream.corpora import occurrence
from neurondream.errors import InputError
from neurondream.neurons import Neuron, parse_neurons
from neurondream.probing import ngram as probing
from neurondream.runs import folder as runs
from neurondream.sweeps.corpus import sample_rows, sample_scores
from neurondream.tokens import words as vocabulary

CHUNK = 16  # n-grams probed at once
SLAB = 512  # n-grams whose percentiles are taken at once
SAMPLE = 20_000  # corpus n-grams that percentiles are taken of
TYPICAL, SAME_CLASS, OTHER_CLASS, PROPOSED = 32, 16, 16, 32  # substitutes at each place
KEPT = 5  # of the best of them, written down
CONTEXTS, LONGEST_CONTEXT = 64, 8

Key = tuple[str, str]  # neuron and kind, "dream" or "corpus"
Line = Mapping[str, Any]


class Item(NamedTuple):
    """An n-gram to probe."""

    neuron: Neuron
    kind: str
    ngram: str
    tokens: np.ndarray  # int32 [L]
    score: float


def open_probes(finished: Finished) -> dict[Key, Line]:
    """Read the probes of runs, and compute those that are not there yet."""
    wanted: dict[Key, Line] = {}
    for neuron, line in best_dreams(finished.lines).items():
        wanted[neuron, "dream"] = line
        wanted[neuron, "corpus"] = finished.search[neuron]
    done = {
        (line["neuron"], line["kind"], *line["tokens"]): line
        for line in runs.resume_lines(finished.folder / "probes.jsonl")
    }
    probes = {
        key: done[*key, *line["tokens"]] for key, line in wanted.items()
        if (*key, *line["tokens"]) in done
    }
    left = [
        Item(neuron, kind, line["ngram"], np.array(line["tokens"], np.int32), line["score"])
        for (name, kind), line in wanted.items()
        if (name, kind) not in probes
        for neuron in parse_neurons(name, finished.bench.layers)
    ]
    report = launching.show_progress(len(wanted), "probes", len(probes))
    for lines in probe_all(finished, left) if left else ():
        runs.append_lines(finished.folder, lines, "probes.jsonl")
        probes |= {(line["neuron"], line["kind"]): line for line in lines}
        report(len(probes))
    return {key: probes[key] for key in wanted}


def probe_all(finished: Finished, items: list[Item]) -> Iterator[list[dict]]:
    """Probe n-grams; yields their lines chunk by chunk."""
    bench, corpus = finished.bench, finished.found
    index = occurrence.index_ngrams(finished.captions, finished.manifest["length"])
    contexts = draw_contexts(finished)
    draw = substitute_drawer(finished)
    sample = corpus.tokens[sample_rows(len(corpus.tokens), SAMPLE, finished.manifest["seed"])]
    for source, group in workbench.group_by_source(bench, [i.neuron for i in items]).items():
        names = {neuron.name for neuron in group}
        members = [item for item in items if item.neuron.name in names]
        objective = objectives.linear(source)
        program = compile_probes(bench, objective, contexts)
        for start in range(0, len(members), SLAB):
            slab = members[start : start + SLAB]
            targets = workbench.aim(bench, [item.neuron for item in slab])
            sampled = sample_scores(bench.plain, bench.folded, objective, targets, sample)
            percentiles = [
                100 * float(np.mean(row < item.score))
                for row, item in zip(sampled, slab, strict=True)
            ]
            found = [occurrence.find_occurrence(index, corpus, item.tokens) for item in slab]
            words = np.stack([draw(item) for item in slab])
            nearest = corpus.tokens[[o.nearest for o in found]]
            tokens = np.stack([item.tokens for item in slab])
            for first in range(0, len(slab), CHUNK):
                # The last chunk is filled up, so that one program serves all.
                rows = np.minimum(np.arange(first, first + CHUNK), len(slab) - 1)
                result = program(
                    bench.folded, jax.tree.map(lambda x, rows=rows: x[rows], targets),
                    tokens[rows], nearest[rows], words[rows],
                )
                result = jax.tree.map(np.asarray, result)
                yield [
                    describe_probe(
                        finished, slab[row], jax.tree.map(lambda x, n=n: x[n], result),
                        words[row], found[row], percentiles[row],
                    )
                    for n, row in enumerate(rows[: len(slab) - first])
                ]


def compile_probes(bench: workbench.Bench, objective, contexts) -> Callable:
    """Compile `(params, targets, tokens, nearest, substitutes) -> ...` for a chunk."""
    allowed = vocabulary.dreamable_words(bench.model.vocabulary)
    proposed = min(PROPOSED, int(allowed.sum()) - 1)
    encoder = bench.plain

    @jax.jit
    def probe_chunk(params, targets, tokens, nearest, substitutes):
        read = jax.vmap(lambda words, number: probing.read_beginning(
            encoder, params, words, number
        ))
        states = read(*contexts)
        orders = probing.other_orders(tokens.shape[1], 0)

        def probe_one(target, tokens, nearest, substitutes):
            score = dreaming.make_score(encoder, params, objective, target)
            return (
                probing.probe_ngram(score, tokens, substitutes, allowed, orders, proposed),
                probing.score_in_context(encoder, params, objective, target, tokens, states),
                probing.next_word_loss(encoder, params, "T.output", tokens),
                score(nearest),
            )

        return jax.vmap(probe_one)(targets, tokens, nearest, substitutes)

    return probe_chunk


def draw_contexts(finished: Finished) -> tuple[np.ndarray, np.ndarray]:
    """Draw beginnings of captions, `int32 [B, P]`, and how many words each has, 1 to P."""
    generator = np.random.default_rng(finished.manifest["seed"])
    words = np.zeros((CONTEXTS, LONGEST_CONTEXT), np.int32)
    lengths = np.zeros(CONTEXTS, np.int32)
    order = generator.permutation(len(finished.captions))
    begun = (known_beginning(finished.captions[n]) for n in itertools.cycle(order))
    if not any(len(known_beginning(caption)) for caption in finished.captions):
        raise InputError("no caption begins with a word that the model knows")
    for row, beginning in enumerate(itertools.islice(filter(len, begun), CONTEXTS)):
        length = generator.integers(len(beginning)) + 1
        words[row, :length], lengths[row] = beginning[:length], length
    return words, lengths


def known_beginning(caption: np.ndarray) -> np.ndarray:
    """Cut a caption before its first unknown word, and to the longest context."""
    unknown = np.flatnonzero(caption < len(vocabulary.SPECIAL_WORDS))
    return caption[: min([LONGEST_CONTEXT, *unknown[:1]])]


def substitute_drawer(finished: Finished) -> Callable[[Item], np.ndarray]:
    """Prepare a function that draws words to put at each place of an n-gram, `int32 [L, C]`.

    Words are drawn as often as they occur: from all, from the class of the word that is there, and
    from other classes. Where there are none to draw from, the word itself stands.
    """
    words = finished.bench.model.vocabulary.words
    counts = np.bincount(np.concatenate(finished.captions), minlength=len(words)).astype(float)
    counts[: len(vocabulary.SPECIAL_WORDS)] = 0
    numbers = number_classes(words, finished.classes)

    def draw(item: Item) -> np.ndarray:
        seed = zlib.crc32(f"{item.neuron.name} {item.kind}".encode())
        generator = np.random.default_rng([finished.manifest["seed"], seed])

        def draw_from(weights, number, word):
            total = np.cumsum(np.where(np.arange(len(words)) == word, 0, weights))
            if not total[-1]:
                return np.full(number, word)
            return np.searchsorted(total, generator.random(number) * total[-1], side="right")

        rows = []
        for word in item.tokens:
            known = numbers[word] >= 0
            same = np.where(known & (numbers == numbers[word]), counts, 0)
            other = np.where(known & (numbers >= 0) & (numbers != numbers[word]), counts, 0)
            rows.append(np.concatenate([
                draw_from(counts, TYPICAL, word),
                draw_from(same, SAME_CLASS, word),
                draw_from(other, OTHER_CLASS, word),
            ]))
        return np.array(rows, np.int32)

    return draw


def describe_probe(
    finished: Finished, item: Item, result, drawn: np.ndarray,
    found: occurrence.Occurrence, percentile: float,
) -> dict[str, Any]:
    """Write down all that was found about one n-gram."""
    probe, context, loss, nearest_score = result
    corpus, length = finished.found, len(item.tokens)
    words = finished.bench.model.vocabulary.words

    def tell(values):
        if np.ndim(values) > 1:
            return [tell(row) for row in values]
        return [float(f"{x:.6g}") for x in values]

    def drawn_scores(first, number):
        chosen = slice(first, first + number)
        return [
            None if np.all(drawn[place, chosen] == item.tokens[place])
            else tell(probe.substitutes[place, chosen])
            for place in range(length)
        ]

    # Where words repeat, another order may be the same n-gram: it tells nothing of order.
    def differ(orders):
        return np.any(item.tokens[orders] != item.tokens, axis=1)

    exchanged = differ(probing.neighbour_orders(length))
    every = np.concatenate([drawn, probe.best_words], axis=1)
    scores = np.concatenate([probe.substitutes, probe.best], axis=1)
    best = []
    for place in range(length):
        tried = {
            words[word]: float(f"{score:.6g}")
            for word, score in zip(every[place], scores[place], strict=True)
            if word != item.tokens[place]
        }
        best.append(sorted(tried.items(), key=lambda pair: -pair[1])[:KEPT])
    start, end = found.part
    return {
        "neuron": item.neuron.name,
        "kind": item.kind,
        "ngram": item.ngram,
        "tokens": item.tokens.tolist(),
        "score": item.score,
        "percentile": percentile,
        "after": tell(probe.after),
        "without": tell(probe.without) if length > 1 else None,
        "suffixes": tell(probe.suffixes),
        "neighbours": [
            x if other else None
            for x, other in zip(tell(probe.neighbours), exchanged, strict=True)
        ],
        "permuted": tell(probe.permuted[differ(probing.other_orders(length, 0))]),
        "typical": drawn_scores(0, TYPICAL),
        "same_class": drawn_scores(TYPICAL, SAME_CLASS),
        "other_class": drawn_scores(TYPICAL + SAME_CLASS, OTHER_CLASS),
        "substitutes": best,
        "context": tell(context),
        "perplexity": float(np.exp(loss)) if length > 1 else None,
        "found": {
            "count": found.count,
            "part": " ".join(words[word] for word in item.tokens[start:end]) or None,
            "part_count": found.part_count,
            "nearest": " ".join(words[word] for word in corpus.tokens[found.nearest]),
            "nearest_score": float(nearest_score),
            "shared": found.shared,
        },
    }
