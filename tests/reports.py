"""Cards and run folders made of plain numbers, for tests of what shows them."""

import base64
import gzip
import json
import re

import numpy as np

from neurondream.analysis.families import read_families

IDS: dict[str, int] = {}
NGRAM = {"ids": [1], "pieces": ["x"], "text": "x"}
LINE = {
    "version": 2, "neuron": "T.output:1", "label": "T.output:café\u2028", "layer": "T.output",
    "kind": "unit", "place": "last", "method": "x", "seed": 0, "ngram": NGRAM, "score": 0.1,
    "seconds": 1.0,
}  # fmt: skip


def read_parts(page):
    """Unpack all that a page holds, by name."""
    return {
        name: gzip.decompress(base64.b64decode(packed)).decode() for name, packed in re.findall(
            r'<script type="text/plain" id="part-([\w-]+)">([\w+/=]*)</script>',
            page.read_text(encoding="utf-8"),
        )
    }


def spell(pieces, joint=" "):
    """Write an n-gram as lines hold it; a text is split into words here and nowhere else."""
    pieces = pieces.split() if isinstance(pieces, str) else list(pieces)
    ids = [IDS.setdefault(piece, len(IDS)) for piece in pieces]
    return {"ids": ids, "pieces": pieces, "text": joint.join(pieces)}


def score(text, value, **more):
    return {"ngram": spell(text), "score": value} | more


def make_layers(*layers, titles=None):
    """List layers as a manifest does, each given as name, family and level."""
    return {
        "layers": [
            {"name": name, "size": 9, "family": family, "level": level}
            for name, family, level in layers
        ],
        "families": titles or {},
    }


def make_manifest(listed, model="toy"):
    digest = "0" * 64
    return listed | {
        "version": 2, "model": model, "weights_sha256": digest, "vocabulary_sha256": digest,
        "reading": {"before": [], "after": [], "banned": []}, "length": 5, "seed": 0,
        "precision": "float32", "chunks": {}, "corpus": ["texts.tsv"], "corpus_ngrams": 1000,
        "corpus_sha256": digest, "corpus_ngrams_left_out_unknown": 0, "settings": {},
        "versions": {"neurondream": "0.2"},
    }


def make_card(listed, layer, unit, dream, gain, best="a dog on the grass", label=None, sign=""):
    """One card with every part, from numbers that need no model."""
    about = read_families(listed).layers[layer]
    count = len(dream)
    ramp = [float(step) for step in np.linspace(0.5, 3 + gain, count)]
    standing = "above" if gain > 0 else "below" if gain < 0 else "level with"
    name = f"{sign}{layer}:{unit}"
    corpus = spell(best)
    return {
        "version": 2, "neuron": name, "label": f"{sign}{layer}:{label}" if label else name,
        "layer": layer, "kind": "unit", "place": "last", "family": about.family,
        "level": about.level, "standing": f"{standing} the corpus",
        "verdict": [f"wants '{dream[-1]}' at the end", "word order matters"],
        "warnings": ["searches agree or not"],
        "dream": {"ngram": spell(dream), "score": 3 + gain, "method": "best", "seed": 0,
                  "certificate": {"certified": True, "sweeps": 2, "margin": 0.25,
                                  "runner_up": spell("a b c")}},
        "gain": gain, "ratio": 1 + gain / 3, "percentile": 99.5,
        "corpus": {"mean": 0.0, "deviation": 1.0, "quantiles": {"0.5": 0.0}, "total": 1000,
                   "histogram": {"edges": [-2.0, 0.0, 1.0, 2.0, 3.0], "counts": [1, 70, 9, 1]},
                   "best": [{"ngram": corpus, "score": 3.0, "count": 7},
                            score("the red ball rolls down", 2.5, count=1)]},
        "texts": [{
            "ngram": spell("a dog on the grass"), "word": 1, "score": 2.0,
            "values": [0.1, 2.0, 1.0, -0.5, 0.2], "level": None,
        }],
        "natural": {"text": "A dog on the grass.", "ngram": spell("a dog on the grass"), "word": 1,
                    "score": 2.0, "share": 2 / (3 + gain)}, "saturated": [], "off": False,
        "methods": [
            {"method": "best", "seed": 0, "ngram": spell(dream), "score": 3 + gain,
             "seconds": 0.1, "course": [1.0, 2.0, 3 + gain]},
            {"method": "gumbel", "seed": 1, "ngram": spell("gumbel words"), "score": 2.0,
             "seconds": 0.2, "soft": 2.5, "course": [[0, 0.1, 0.0], [5, 1.0, 0.5], [9, 2.5, 2.0]]},
        ],
        "agreement": {"tried": 2, "same_activation": 1, "same_ngram": 1},
        "found": {"count": 0, "part": spell(dream[-1:]), "part_count": 3, "nearest": corpus,
                  "nearest_score": 3.0, "shared": 1},
        "words": {"after": ramp, "without": ramp, "drop": [0.1] * (count - 1) + [0.625],
                  "typical": [[0.1, 0.5, 1.0, 1.5, 2.0]] * count,
                  "substitutes": [[["instead", 1.5]]] * count, "suffixes": ramp,
                  "half": 1, "most": 2},
        "corpus_words": {"ngram": corpus, "after": ramp[:1] * len(corpus["pieces"]),
                         "drop": [0.2] * len(corpus["pieces"])},
        "order": {"permuted": [0.0, 0.2, 0.5, 1.0, 1.5, 1.8, 2.0],
                  "neighbours": ramp[:-1], "kept": 0.375},
        "context": {"quantiles": [0.1, 0.5, 1.0, 1.5, 2.0], "median": 0.875, "low": 0.5},
        "meaning": None,
        "faces": [score("another face here", 2.75, share=0.9)],
        "negative": score("the other side", -2.0),
    }


def with_front(card, windows=True):
    """Add a front whose extreme is the card's dream, from natural words to it."""
    dream = card["dream"]
    pieces = dream["ngram"]["pieces"]
    points = [
        {"ngram": spell(words), "score": value, "nats": nats, "others": {"kneser_ney": nats + 3.0},
         "without": [0.5] * len(words), "drop": [0.25] * (len(words) - 1) + [0.75]}
        for words, value, nats in (
            (["the"] * 2 + pieces[2:], 1.0, 2.0), (["a", *pieces[1:]], 2.0, 4.0),
            (pieces, dream["score"], 9.0),
        )
    ]
    about = {"certified": True, "sweeps": 2, "tolerance": 1e-5, "margin": 0.25}
    points[1]["certificate"] = about | {
        "limit": 4.0, "nats_tolerance": 1e-4, "runner_up": spell([*pieces[:-1], "other"])
    }
    points[2]["certificate"] = {"certified": False, "sweeps": 1, "passed_over": 2}
    real = {"scores": [-1.0, 0.0, 0.5, 0.25], "nats": [3.0, 3.5, 4.5, 7.0],
            "others": {"kneser_ney": [4.0, 5.0, 6.0, 8.0]},
            "texts": ["on a boat", "a boat on a boat", None, " ".join(pieces)], "repeated": 0.75}
    usual = {"nats": 4.0, "ngram": points[1]["ngram"], "share": 0.5, "ratio": 2 / 3}
    front = {
        "method": "fluent", "seed": 0, "judge": "model", "limit": 4.0, "points": points,
        "faces": [score("quite another", 1.5, nats=3.25)],
        "windows": real if windows else None, "usual": usual if windows else None,
        "corpus": [best | {"nats": 5.0} for best in card["corpus"]["best"]],
    }
    return card | {"corpus": card["corpus"] | {"best": front["corpus"]}, "front": front}


def write_run(folder, manifest, cards):
    """Write the manifest and the dreams of cards into a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    lines = []
    for card in cards:
        about = {key: card[key] for key in ("version", "neuron", "label", "layer", "kind", "place")}
        lines += [about | line for line in card["methods"]]
        if card["corpus"]["best"]:
            lines.append(about | {
                **{key: card["corpus"][key] for key in ("mean", "deviation", "quantiles", "best")},
                **{key: card["corpus"]["best"][0][key] for key in ("ngram", "score")},
                "method": "search", "seed": 0, "seconds": 0.01,
            })
    (folder / "dreams.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def make_row(measure, unit, level, ngrams="dreams", **more):
    """One row of a comparison, the first group ahead."""
    return {
        "measure": measure, "unit": unit, "claim": 1, "level": level, "clusters": False,
        "ngrams": ngrams, "first": 2.0, "first_low": 1.5, "first_high": 2.5, "second": 1.0,
        "second_low": 0.5, "second_high": 1.5, "difference": 1.0, "low": 0.5, "high": 1.5,
        "effect": 0.75, "p": 0.00001, "p_holm": 0.00001, "neurons": [4, 3],
    } | more


def make_findings(neurons, families, comparisons, facts=(), moved=()):
    return {
        "neurons": sorted(neurons), "families": families, "comparisons": comparisons,
        "facts": list(facts), "moved": list(moved), "classes": [],
        "conclusion": [text for each in comparisons for text in each["conclusion"]],
    }
