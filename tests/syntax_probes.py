"""Probes of plain functions of words, for tests of what measures them."""

import itertools

import numpy as np

from neurondream.analysis.families import read_families
from neurondream.analysis.syntax.bigrams import count_bigrams
from neurondream.analysis.syntax.groups import pair_families

WORDS = ("<pad>", "<begin>", "<end>", "<unknown>", "a", "dog", "runs", "on", "red", "the", "is")
CLASSES = {
    "a": "determiner", "dog": "noun", "runs": "verb", "on": "preposition", "red": "adjective",
    "the": "determiner", "is": "auxiliary",
}  # fmt: skip
CAPTIONS = [
    np.array([WORDS.index(word) for word in text.split()], np.int32)
    for text in ("a dog runs on the red dog", "the dog is red", "a dog is on a <unknown> dog")
]
SPECIAL = range(4)
BIGRAMS = count_bigrams(CAPTIONS, len(WORDS), SPECIAL)


def make_families(layers, titles=None):
    return read_families({
        "layers": [
            {"name": name, "size": 8, "family": family, "level": level}
            for name, family, level in layers
        ],
        "families": titles or {},
    })


FAMILIES = make_families(
    [("t.mid", "t", "mid"), ("t.out", "t", "out"), ("i.mid", "i", "mid"), ("i.out", "i", "out")],
    {"t": "language", "i": "vision"},
)
(PAIR,) = pair_families(FAMILIES, FAMILIES.layers)




def make_probe(score, ngram, neuron="t.out:1", of="dream", kind="unit"):
    """Probe an n-gram by a plain function of its words."""
    words = ngram.split()
    places = range(len(words))
    orders = list(itertools.permutations(words))[1:]
    exchanged = [[*words[:n], words[n + 1], words[n], *words[n + 2 :]] for n in places[:-1]]

    def substitute(same):
        return [
            [
                score([*words[:place], other, *words[place + 1 :]])
                for other in CLASSES
                if other != word and (CLASSES[other] == CLASSES[word]) == same
            ]
            or None
            for place, word in enumerate(words)
        ]

    return {
        "neuron": neuron, "layer": neuron.removeprefix("-").partition(":")[0], "kind": kind,
        "of": of, "score": score(words),
        "ngram": {
            "ids": [WORDS.index(word) for word in words], "pieces": words, "text": ngram,
        },
        "without": [score(words[:n] + words[n + 1 :]) for n in places] if len(words) > 1 else None,
        "neighbours": [score(each) for each in exchanged],
        "permuted": [score(list(order)) for order in orders],
        "same_class": substitute(True), "other_class": substitute(False),
        "perplexity": 7.0 if len(words) > 1 else None,
    }  # fmt: skip


def bag(words):
    return sum({"dog": 3.0, "red": 1.0, "a": 0.25}.get(word, 0.0) for word in words)


def in_order(words):
    """Two for each of the right pairs of neighbours."""
    pairs = {("a", "red"), ("red", "dog"), ("dog", "runs")}
    return 2.0 * sum(pair in pairs for pair in itertools.pairwise(words))
