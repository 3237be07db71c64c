"""Other faces and the negative sides of the neurons of finished runs, quickly dreamt.

They stand in `faces.jsonl` of the run; what is there already, by the same settings, is not dreamt
again.
"""

import json
from collections.abc import Callable

from neurondream import methods
from neurondream.method import Method
from neurondream.neurons.neuron import negate_neuron
from neurondream.runs.chunks import chunk_size, neuron_bytes
from neurondream.runs.dreams import dream_chunks
from neurondream.runs.folder import append_lines, cut_half_line, read_typed
from neurondream.runs.lines import DreamLine
from neurondream.runs.locks import lock_file
from neurondream.runs.opened import Opened
from neurondream.runs.run import GIBIBYTE

FILE = "faces.jsonl"
QUICK = {"restarts": 2, "sweeps": 2, "rounds": 20, "candidates": 16}


def dream_faces(
    opened: Opened, faces: Method, progress: Callable | bool | None = None
) -> dict[tuple[str, str], DreamLine]:
    """Read the faces and negative sides of neurons, and dream those that are not there yet.

    Args:
      opened: the runs.
      faces: the method for faces.
      progress: see `progress.start_bar`.

    Returns:
      Lines by the neuron's name and the method's, `faces` or `swaps`; those of swaps are of
      neurons' negative sides.
    """
    neurons = [opened.neurons[name] for name in dict.fromkeys(d["neuron"] for d in opened.dreams)]
    negative = [negate_neuron(neuron) for neuron in neurons]
    swaps = methods.swaps(**QUICK)
    wanted = {
        method.name: json.loads(json.dumps(dict(method.settings))) for method in (faces, swaps)
    }
    path = opened.folders[0] / FILE
    with lock_file(opened.folders[0], FILE):
        cut_half_line(path)
        lines = {
            (line["neuron"], line["method"]): line
            for line in read_typed(path, DreamLine, "dream")
            if line.get("settings") == wanted.get(line["method"])
        }
        for method, sides in ((faces, neurons), (swaps, negative)):
            left = [side for side in sides if (side.name, method.name) not in lines]
            # Beside the run's own dreams, whose chunks stay; one neuron may take what it takes.
            run = opened.run._replace(folder=None)
            least = neuron_bytes(run, method) / GIBIBYTE
            size = chunk_size(run._replace(memory=max(run.memory, least)), method)
            for chunk in dream_chunks(run, left, method, size, {}, progress):
                chunk = [line | {"settings": wanted[method.name]} for line in chunk]
                append_lines(path, chunk)
                lines |= {(line["neuron"], method.name): line for line in chunk}
    return lines
