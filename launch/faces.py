"""Dream other faces and the negative sides of the neurons of finished runs, quickly.

Written into RUN/faces.jsonl; what is there already, by the same settings, is not dreamt again.
"""

from collections.abc import Sequence

import climbs
import finished
import methods
from neurondream.neurons import parse_neurons
from neurondream.runs import folder as runs


def open_faces(done: finished.Finished, asked: Sequence[str], settings: dict) -> dict:
    """Read the faces and negative sides of neurons, and dream those that are not there yet."""
    negatives = [other_side(neuron) for neuron in asked]
    quick = methods.effort_settings("quick")
    file = "faces.jsonl"
    found = {
        (line["neuron"], line["method"]): line for line in runs.resume_lines(done.folder / file)
        if line["settings"] == {"faces": settings, "swaps": quick}[line["method"]]
    }
    for method, names, chosen in (("faces", asked, settings), ("swaps", negatives, quick)):
        left = [
            neuron for name in names if (name, method) not in found
            for neuron in parse_neurons(name, done.bench.layers)
        ]
        if not left:
            continue
        climb = climbs.build_climb(done.bench, method, chosen, done.manifest["length"])
        for lines in climb(left, done.manifest["seed"]):
            lines = [line | {"settings": chosen} for line in lines]
            runs.append_lines(done.folder, lines, file)
            found |= {(line["neuron"], method): line for line in lines}
    return found


def other_side(neuron: str) -> str:
    """Name the negative side of a neuron, the positive side of a negative one."""
    return neuron[1:] if neuron.startswith("-") else f"-{neuron}"
