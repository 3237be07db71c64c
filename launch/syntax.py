"""Ask whether the language pathway T is aware of syntax where the visual one I is not.

    python launch/syntax.py --run=runs/compare

Compares the dreams and the corpus' best n-grams of T's neurons with those of I's: order of the
words, word classes, repetition, agreement with the corpus (Poerner et al. 2018). Where the corpus
is the made world it also asks what the model knows of that world's grammar. `--run=A,B` takes runs
together that differ in seed, methods or neurons. Writes OUT/syntax.json and OUT/syntax.md.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import flags

import finished
import launching
import probes
import workbench
from neurondream import scenes
from neurondream.analysis.bigrams import count_bigrams
from neurondream.analysis.conclusion import conclude, conclude_facts
from neurondream.analysis.facts import judge_movements, judge_preferences
from neurondream.analysis.syntax import Scale, compare_pathways, count_classes
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.report.findings import write_findings
from neurondream.tokens import words as vocabulary

_RUN = flags.DEFINE_list("run", None, "Folders of finished runs.", required=True)
_CAPTIONS = flags.DEFINE_list("captions", None, "The runs' corpus, if it has moved.")
_OUT = flags.DEFINE_string("out", None, "Folder to write to; syntax/ in the first run if not given")


def main() -> None:
    out = Path(_OUT.value or Path(_RUN.value[0]) / "syntax")
    if out.exists() and not out.is_dir():
        raise InputError(f"--out={out}: is a file; give a folder")
    done = finished.open_runs(_RUN.value, _CAPTIONS.value)
    probed = probes.open_probes(done).values()
    bigrams = count_bigrams(done.captions, len(done.bench.model.vocabulary.words))
    scales = {
        neuron: Scale(line["mean"], line["deviation"]) for neuron, line in done.search.items()
    }
    rows = compare_pathways(probed, scales, done.classes, bigrams, done.manifest["seed"])
    facts, moved = judge_grammar(done.bench, done.manifest["seed"]) if done.made else ([], [])
    findings = {
        "neurons": sorted({line["neuron"] for line in done.lines}),
        "conclusion": conclude(rows) + conclude_facts(facts, moved),
        "rows": rows,
        "facts": facts,
        "moved": moved,
        "classes": count_classes(probed, done.classes),
    }
    out.mkdir(parents=True, exist_ok=True)
    text = write_findings(findings)
    write_atomically(out / "syntax.json", json.dumps(findings, indent=1, allow_nan=False).encode())
    write_atomically(out / "syntax.md", f"{text}\n".encode())
    print(f"{text}\n\nAlso in {out}")


def judge_grammar(bench: workbench.Bench, seed: int) -> tuple[list[dict], list[dict]]:
    """Ask what the pathways know of the made world's grammar; two lists of rows of `facts`."""
    pairs = scenes.plant_facts(bench.model.vocabulary.words)
    if not pairs:
        return [], []
    names = [pair.fact for pair in pairs]
    after = read_forms(bench, [pair.beginning for pair in pairs])["T.hidden"]
    readout = bench.readouts["T.output"]
    logits = after @ np.asarray(readout.weight) + np.asarray(readout.bias)
    ids = bench.model.vocabulary.ids
    numbers = np.arange(len(pairs))
    margins = (
        logits[numbers, [ids[pair.right] for pair in pairs]]
        - logits[numbers, [ids[pair.wrong] for pair in pairs]]
    )
    right, wrong, other = (
        read_forms(bench, [getattr(pair, form) for pair in pairs])
        for form in ("right_form", "wrong_form", "other_form")
    )
    distances = {
        layer[0]: np.stack(
            [np.linalg.norm(form[layer] - right[layer], axis=1) for form in (wrong, other)], axis=1
        )
        for layer in ("T.hidden", "I.hidden")
    }
    return judge_preferences(names, margins), judge_movements(names, distances, seed)


def read_forms(bench: workbench.Bench, forms: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Compute the hidden states `[N, H]` after texts, read from the zero state as dreams are."""
    tokens = np.zeros((len(forms), max(map(len, forms))), np.int32)
    for row, form in enumerate(forms):
        tokens[row, : len(form)] = vocabulary.encode_caption(bench.model.vocabulary, form)
    last = np.array([len(form) - 1 for form in forms])

    @jax.jit
    def read_all(params, tokens, last):
        def read(words, place):
            layers = bench.plain.encode(params, bench.plain.embed(params, words))
            return {layer: layers[layer][place] for layer in ("T.hidden", "I.hidden")}

        return jax.vmap(read)(tokens, last)

    return jax.tree.map(np.asarray, read_all(bench.folded, tokens, last))


if __name__ == "__main__":
    launching.run_main(main)
