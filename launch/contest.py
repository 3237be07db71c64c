"""Let relaxed and discrete searches compete at equal compute, on neurons of every layer.

    python launch/contest.py --model=scenes --lengths=1,2 --out=runs/contest

Every entry, a method at a budget, runs on the same neurons with the same seeds; where all n-grams
can be scored, the true optimum stands beside them. Writes contest.jsonl as it comes, then
contest.md, contest.json and contest.png. Killed and started again, it goes on where it was.

Entries that find fronts, from natural n-grams to extreme ones, are run by name:
"--entries=fluent,epo" --captions=scenes:5000. How high they are within every limit, and what the
captions hold, goes to fronts.md, fronts.json, fronts.png and fronts.svg. In contest.* the highest
n-gram of a front counts.
"""

import launching
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import neurondream as nd
from neurondream.analysis.contest import rank_entries
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.method import Method
from neurondream.neurons.draws import describe_draw
from neurondream.report.figure import draw_contest
from neurondream.report.front_table import save_fronts
from neurondream.report.table import write_standings
from neurondream.runs import folder as folders
from neurondream.runs.chunks import chunk_size
from neurondream.runs.judges import open_judge
from neurondream.runs.locks import lock_file
from neurondream.runs.run import describe_run

FILE = "contest.jsonl"
_ONE = {"restarts": 1, "samples": 4}  # one long ascent in place of several
ENTRIES = {
    **{f"gumbel {e} epochs": ("gumbel", _ONE | {"epochs": e}) for e in (75, 150, 300)},
    **{f"softmax {e} epochs": ("softmax", {"epochs": e}) for e in (75, 150)},
    "gumbel 8 x 75 epochs": ("gumbel", {}),
    "gumbel+polish": ("gumbel+polish", {}),
    "swaps 8 x 0 rounds": ("swaps", {"rounds": 0}),
    "swaps 8 x 20 rounds": ("swaps", {}),
    "gumbel+swaps": ("gumbel+swaps", {}),
    **{f"best {e}": ("best", {"effort": e}) for e in ("quick", "usual", "thorough")},
}
FRONTS = {
    "fluent quick": ("fluent", {"effort": "quick"}),
    "fluent": ("fluent", {}),
    "search+fluent quick": ("search+fluent", {"effort": "quick"}),
    "search+fluent": ("search+fluent", {}),
    "epo": ("epo", {}),
    "epo top 64": ("epo", {"top": 64}),
    "gcg": ("gcg", {}),
    "gbda": ("gbda", {}),
}


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    absl_flags.DEFINE_list("lengths", ["3", "5"], "Words of the n-grams.", flag_values=values)
    absl_flags.DEFINE_integer("seeds", 2, "Runs of every entry.", 1, 1000, flag_values=values)
    absl_flags.DEFINE_integer("targets", 8, "Neurons of each layer.", 1, flag_values=values)
    absl_flags.DEFINE_list(
        "entries", list(ENTRIES), f"Entries by name; fronts: {', '.join(FRONTS)}.",
        flag_values=values,
    )
    flags.define_draw(values)
    flags.define_captions(values, [])
    absl_flags.DEFINE_string(
        "judge", "auto", "Whose nats a word fronts are of.", flag_values=values
    )
    absl_flags.DEFINE_integer(
        "enumerate", 1_000_000, "N-grams that may all be scored.", 0, flag_values=values
    )
    flags.define_memory(values)
    absl_flags.DEFINE_string("out", None, "Folder.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    for name in ("lengths", "entries"):
        if not values[name].value:
            raise InputError(f"{name}: give one or more")
    lengths = [read_length(text) for text in values.lengths]
    methods = {name: read_entry(name, values.judge) for name in values.entries}
    model = flags.model_of(values)
    held = nd.hold_run(model, memory=values.memory)
    groups = nd.draw_groups(
        model, held.reader.readouts, {}, outputs=values.targets, units=values.targets,
        draw=values.draw, layers=values.layers, report=print,
    )
    neurons = [neuron for group in groups.values() for neuron in group]
    runs = open_lengths(held, lengths, values)
    for run, method in itertools.product(runs, methods.values()):  # refused before a search
        if method.judge:
            open_judge(run, method.judge)
        if method.starts_from and not run.corpus:
            raise InputError(f"{method.name}: starts from real n-grams; give --captions")
        chunk_size(run, method)
    out = Path(values.out)
    folders.make_folder(out)
    folders.enter_manifest(out, describe_run(held) | {
        "length": 0, "targets": values.targets, "captions": values.captions,
        "memory": values.memory,
        "draw": describe_draw(values.draw, layers=values.layers),
        "settings": {name: method.settings for name, method in methods.items()},
        **{f"corpus_sha256_{run.length}": run.corpus.sha256 for run in runs if run.corpus},
    })
    with lock_file(out, FILE):
        folders.cut_half_line(out / FILE)
        lines = folders.read_lines(out / FILE)
        for line in run_entries(runs, neurons, methods, values, lines):
            folders.append_lines(out / FILE, [line])
            lines.append(line)
    order = ["exhaustive", "search", *ENTRIES, *FRONTS]
    lines = [take_highest(line) for line in lines if line["length"] in lengths]
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
    tables = "\n\n".join(filter(None, [table, save_fronts(out, lines)]))
    print(f"{tables}\n\nTables, figures and all dreams: {out}")


def open_lengths(held: nd.Run, lengths: Sequence[int], values: FlagValues) -> list[nd.Run]:
    """Make a run of every length, with the captions as n-grams of that length if there are any."""
    return [
        held._replace(length=length, programs={}, corpus=(
            flags.corpus_of(values, held.model, length) if values.captions else None
        )) for length in lengths
    ]


def run_entries(
    runs: Sequence[nd.Run], neurons: Sequence[nd.Neuron], methods: dict[str, Method],
    values: FlagValues, lines: Sequence[dict],
) -> Iterator[dict]:
    """Run what is not done yet; yields lines with their entry, length and passes."""
    done = {(line["entry"], line["length"], line["seed"], line["neuron"]) for line in lines}
    for at_length in runs:
        length, words = at_length.length, int(at_length.model.tokenizer.allowed.sum())
        entries = dict(methods)
        if at_length.corpus and any(method.judge for method in methods.values()):
            entries = {"search": nd.search(), **entries}
        if words**length <= values.enumerate:
            entries = {"exhaustive": nd.exhaustive(), **entries}
        for name, method in entries.items():
            for seed in range(values.seeds if method.search else 1):
                left = [n for n in neurons if (name, length, seed, n.name) not in done]
                run = at_length._replace(seed=seed)
                found = [line for line in lines if line["length"] == length]
                works = nd.run(
                    run, left, method, finished=found, progress=launching.Progress
                ) if left else ()
                for line in works:
                    swept = line.get("certificate", {}).get("sweeps", 0) * words * length
                    passes = method.passes(length)
                    if name == "search":
                        passes = len(run.corpus.ngrams.tokens)
                    optimum = {}
                    if name == "exhaustive":
                        passes, optimum = words**length, {"certificate": {"certified": True}}
                    yield {
                        "entry": name, "length": length, "evaluations": passes + swept,
                        **line, **optimum,
                    }


def take_highest(line: dict) -> dict:
    """Let a front be worth its highest n-gram, as an entry without limits is."""
    if "front" not in line:
        return line
    return line | {key: line["front"][-1][key] for key in ("ngram", "score")}


def read_entry(name: str, judge: str = "auto") -> Method:
    """Make an entry's method.

    Args:
      name: of the entry.
      judge: of fronts.

    Raises:
      InputError: there is no such entry.
    """
    known = ENTRIES | FRONTS
    if name not in known:
        raise InputError(f"entries: unknown entry {name!r}; there are {', '.join(known)}")
    method, settings = known[name]
    return nd.make_method(method, **settings, **({"judge": judge} if name in FRONTS else {}))


def read_length(text: str) -> int:
    """Read a length.

    Raises:
      InputError: it is no whole number above 0.
    """
    if not text.isdecimal() or int(text[:9]) < 1:
        raise InputError(f"lengths: {text!r} is no number of words; give e.g. --lengths=3,5")
    return int(text[:9])


if __name__ == "__main__":
    main()
