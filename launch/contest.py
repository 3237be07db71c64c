"""Let relaxed and discrete searches compete at equal compute, on neurons of every layer.

    python launch/contest.py --model=scenes --lengths=1,2 --out=runs/contest

Every entry, a method at a budget, runs on the same neurons with the same seeds; where all n-grams
can be scored, the true optimum stands beside them. Writes contest.jsonl as it comes, then
contest.md, contest.json and contest.png. Killed and started again, it goes on where it was.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags as absl_flags
from absl.flags import FlagValues

import launching
import flags
import neurondream as nd
from neurondream.analysis.contest import rank_entries
from neurondream.errors import InputError
from neurondream.files import write_atomically
from neurondream.method import Method
from neurondream.report.figure import draw_contest
from neurondream.report.table import write_standings
from neurondream.runs import folder as folders
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


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    absl_flags.DEFINE_list("lengths", ["3", "5"], "Words of the n-grams.", flag_values=values)
    absl_flags.DEFINE_integer("seeds", 2, "Runs of every entry.", 1, flag_values=values)
    absl_flags.DEFINE_integer("targets", 8, "Neurons of each layer.", 1, flag_values=values)
    absl_flags.DEFINE_list("entries", list(ENTRIES), "Entries by name.", flag_values=values)
    absl_flags.DEFINE_integer(
        "enumerate", 1_000_000, "N-grams that may all be scored.", 0, flag_values=values
    )
    absl_flags.DEFINE_string("out", None, "Folder.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    lengths = [read_length(text) for text in values.lengths]
    methods = {name: read_entry(name) for name in values.entries}
    model = flags.model_of(values)
    held = nd.hold_run(model)
    neurons = draw_neurons(model, held.reader.readouts, values.targets)
    out = Path(values.out)
    folders.make_folder(out)
    folders.enter_manifest(out, describe_run(held) | {
        "length": 0, "targets": values.targets,
        "settings": {name: method.settings for name, method in methods.items()},
    })
    with lock_file(out, FILE):
        folders.cut_half_line(out / FILE)
        lines = folders.read_lines(out / FILE)
        for line in run_entries(held, neurons, methods, lengths, values, lines):
            folders.append_lines(out / FILE, [line])
            lines.append(line)
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


def run_entries(
    held: nd.Run, neurons: Sequence[nd.Neuron], methods: dict[str, Method],
    lengths: Sequence[int], values: FlagValues, lines: Sequence[dict],
) -> Iterator[dict]:
    """Run what is not done yet; yields lines with their entry, length and passes."""
    done = {(line["entry"], line["length"], line["seed"], line["neuron"]) for line in lines}
    words = int(held.model.tokenizer.allowed.sum())
    for length in lengths:
        at_length = held._replace(length=length, programs={})
        entries = dict(methods)
        if words**length <= values.enumerate:
            entries = {"exhaustive": nd.exhaustive(), **entries}
        for name, method in entries.items():
            for seed in range(values.seeds if method.search else 1):
                left = [n for n in neurons if (name, length, seed, n.name) not in done]
                run = at_length._replace(seed=seed)
                works = nd.run(run, left, method, progress=launching.Progress) if left else ()
                for line in works:
                    swept = line.get("certificate", {}).get("sweeps", 0) * words * length
                    passes = method.passes(length) if method.search else words**length
                    optimum = {} if method.search else {"certificate": {"certified": True}}
                    yield {
                        "entry": name, "length": length, "evaluations": passes + swept,
                        **line, **optimum,
                    }


def read_entry(name: str) -> Method:
    """Make an entry's method.

    Raises:
      InputError: there is no such entry.
    """
    if name not in ENTRIES:
        raise InputError(f"entries: unknown entry {name!r}; there are {', '.join(ENTRIES)}")
    method, settings = ENTRIES[name]
    return nd.make_method(method, **settings)


def read_length(text: str) -> int:
    """Read a length.

    Raises:
      InputError: it is no whole number above 0.
    """
    if not text.isdecimal() or int(text[:9]) < 1:
        raise InputError(f"lengths: {text!r} is no number of words; give e.g. --lengths=3,5")
    return int(text[:9])


def draw_neurons(model: nd.Model, readouts, number: int) -> list[nd.Neuron]:
    """Draw neurons of every layer."""
    groups = nd.draw_groups(model, readouts, {}, outputs=number, units=number)
    return [neuron for group in groups.values() for neuron in group]


if __name__ == "__main__":
    main()
