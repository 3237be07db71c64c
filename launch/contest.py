"""Relaxed against discrete searches at equal compute; `launch/bench.py --rows=methods` runs it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from absl import flags

import climbs
import methods
import sweeps
import workbench
from neurondream import neurons
from neurondream.analysis.contest import rank_entries
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.report.figure import draw_contest
from neurondream.report.table import write_standings
from neurondream.runs import folder as runs
from neurondream.tokens import words as vocabulary
from neurondream.tokens.words import SPECIAL_WORDS

_MODEL = flags.DEFINE_string("model", "scenes", "Of `methods`: a shipped model or a folder.")
_LENGTHS = flags.DEFINE_list("lengths", ["3", "5"], "Of `methods`: words of the n-grams.")
_SEEDS = flags.DEFINE_integer("seeds", 2, "Of `methods`: runs of every entry.", 1)
_TARGETS = flags.DEFINE_integer("targets", 8, "Of `methods`: neurons of each layer.", 1)

_ENTRIES = flags.DEFINE_list("entries", None, "Of `methods`: some entries by name; all.")
_ENUMERATE = flags.DEFINE_integer(
    "enumerate", 1_000_000, "Of `methods`: n-grams that may all be scored for the true optimum.", 0
)

LAYERS = ("T.output", "I.output", "T.hidden", "I.hidden")
DRAW_SEED = 123
DRAWN_OF = 1024
_ONE = {"restarts": 1, "samples": 4}  # one long ascent in place of several
# The entries' names, each a method and what of its settings differs from the default; of `best`
# its effort.
ENTRIES = {
    **{f"gumbel {e} epochs": ("gumbel", _ONE | {"epochs": e}) for e in (75, 150, 300)},
    **{f"softmax {e} epochs": ("softmax", {"epochs": e}) for e in (75, 150)},
    "gumbel 8 x 75 epochs": ("gumbel", {}),
    "gumbel+polish": ("gumbel+polish", {}),
    "swaps 8 x 0 rounds": ("swaps", {"rounds": 0}),
    "swaps 8 x 20 rounds": ("swaps", {}),
    "gumbel+swaps": ("gumbel+swaps", {}),
    **{f"best {effort}": ("best", effort) for effort in methods.EFFORTS},
}


def run_contest(out: Path | None) -> None:
    """Run every entry on the same neurons; go on where an earlier process was."""
    if out is None:
        raise InputError("--rows=methods: give --out=FOLDER for its results")
    lengths = [read_length(text) for text in _LENGTHS.value]
    chosen = list(ENTRIES) if _ENTRIES.value is None else _ENTRIES.value
    for name in chosen:
        if name not in ENTRIES:
            raise InputError(f"--entries: unknown entry {name!r}; there are {', '.join(ENTRIES)}")
    bench = workbench.open_bench(_MODEL.value)
    drawn = draw_neurons(bench)
    entries = {name: read_entry(*ENTRIES[name]) for name in chosen}
    settings = {name: setting for name, (_, setting) in entries.items()}
    manifest = workbench.describe(_MODEL.value, bench, 0, 0, settings)
    manifest |= {"targets": _TARGETS.value}
    lines = runs.open_run(out, manifest)
    done = {(line["entry"], line["length"], line["seed"], line["neuron"]) for line in lines}
    words = int(vocabulary.dreamable_words(bench.model.vocabulary).sum())
    for length in lengths:
        if words**length <= _ENUMERATE.value:
            left = [n for n in drawn if ("exhaustive", length, 0, n.name) not in done]
            for chunk in enumerate_all(bench, left, length, words**length):
                runs.append_lines(out, chunk)
                lines += chunk
        for name, (method, settings) in entries.items():
            climb = climbs.build_climb(bench, method, settings, length)
            for seed in range(_SEEDS.value):
                left = [n for n in drawn if (name, length, seed, n.name) not in done]
                for chunk in climb(left, seed) if left else ():
                    chunk = complete(chunk, bench, name, settings, length, seed)
                    runs.append_lines(out, chunk)
                    lines += chunk
    order = ["exhaustive", *ENTRIES]
    lines = [line for line in lines if line["length"] in lengths]
    lines.sort(key=lambda line: (lengths.index(line["length"]), order.index(line["entry"])))
    standings = rank_entries(lines)
    table = write_standings(standings)
    write_atomically(out / "contest.md", f"{table}\n".encode())
    content = [
        {"length": length, "entry": entry} | standing._asdict()
        for (length, entry), standing in standings.items()
    ]
    write_atomically(out / "contest.json", json.dumps(content, indent=1).encode())
    draw_contest(out / "contest.png", standings)
    print(f"{table}\n\nTable, figure and all dreams: {out}")


def read_entry(method: str, changed: dict | str) -> tuple[str, dict]:
    """Read an entry's method and settings."""
    if method == "best":
        return method, methods.effort_settings(changed)
    return method, methods.settings_of(method) | changed


def complete(chunk, bench, name: str, settings: dict, length: int, seed: int) -> list[dict]:
    """Add to result lines what entry they are of and what it spent."""
    about = {"entry": name, "length": length, "seed": seed}
    evaluations = count_evaluations(settings, length)
    return [
        about | line | {"evaluations": evaluations + polish_evaluations(bench, line, length)}
        for line in chunk
    ]


def enumerate_all(bench, left, length: int, evaluations: int) -> Iterator[list[dict]]:
    """Find the true optimum; yields its result lines."""
    about = {"entry": "exhaustive", "length": length, "seed": 0, "evaluations": evaluations}
    for chunk in sweeps.search_all(bench, left, length) if left else ():
        yield [about | line | {"certificate": {"certified": True}} for line in chunk]


def count_evaluations(settings: dict, length: int) -> int:
    """Count encoder passes of a climb before it is polished; a gradient counts for three."""
    if "start" in settings:
        alone = {name: value for name, value in settings.items() if name != "start"}
        return sum(count_evaluations(part, length) for part in (settings["start"], alone))
    if "epochs" in settings:
        steps = settings["epochs"] * settings["steps"] * settings["samples"]
        return settings["restarts"] * (3 * steps + settings["epochs"])
    moved = (length - 1) ** 2 if length > 1 else 0  # rearrangements
    sweep = 3 + length * settings["candidates"] + moved
    return settings["restarts"] * sweep * (settings["sweeps"] + 2 * settings["rounds"])


def polish_evaluations(bench, line: dict, length: int) -> int:
    """Count the words that polish has tried."""
    words = int(vocabulary.dreamable_words(bench.model.vocabulary).sum())
    return line.get("certificate", {}).get("sweeps", 0) * words * length


def read_length(text: str) -> int:
    """Read a length.

    Raises:
      InputError: it is no whole number above 0.
    """
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"--lengths: {text!r} is no number of words; give e.g. --lengths=3,5")
    return int(text)


def draw_neurons(bench) -> Sequence[neurons.Neuron]:
    """Draw neurons of every layer."""
    generator = np.random.default_rng(DRAW_SEED)
    drawn = []
    for layer in LAYERS:
        first = len(SPECIAL_WORDS) if layer == "T.output" else 0
        pool = np.arange(first, min(first + DRAWN_OF, bench.layers.sizes[layer]))
        for unit in np.sort(generator.choice(pool, min(_TARGETS.value, len(pool)), replace=False)):
            named = layer in bench.layers.names
            name = f"word:{bench.layers.names[layer][unit]}" if named else unit
            drawn += neurons.parse_neurons(f"{layer}:{name}", bench.layers)
    return drawn
