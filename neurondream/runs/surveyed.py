"""What a finished survey has kept, and what it tells of a neuron."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neurondream.base import LAST, Place
from neurondream.errors import InputError
from neurondream.files import load_arrays, save_arrays
from neurondream.model import Model, open_reader
from neurondream.neurons.neuron import Neuron
from neurondream.runs.folder import read_manifest
from neurondream.runs.lines import Surveyed
from neurondream.runs.run import describe_model, spell_ngram
from neurondream.sweeps.survey import LEVELS, Kept, Scale, compile_gather
from neurondream.sweeps.tally import Tally

CONTEXTS = "contexts.npz"  # written last
_PAIRS = 1024  # of contexts and units, whose values are read together


class Context(NamedTuple):
    """A text, or a piece of a long one."""

    ids: np.ndarray  # int32 [T]
    where: tuple[int, int, int]  # file, text of it, token of that


class Finished(NamedTuple):
    """A finished survey."""

    folder: Path
    manifest: Mapping[str, Any]
    contexts: dict[int, Context]  # by number
    layers: dict[str, dict[str, np.ndarray]]  # those that have been read


def pack_contexts(contexts: Mapping[int, Context]) -> dict[str, np.ndarray]:
    """Write contexts as arrays."""
    every = contexts.values()
    ids = [context.ids for context in every]
    return {
        "numbers": np.array(list(contexts), np.int64),
        "lengths": np.array([len(each) for each in ids], np.int32),
        "ids": np.concatenate([np.zeros(0, np.int32), *ids]),
        "where": np.array([context.where for context in every], np.int64).reshape(-1, 3),
    }


def unpack_contexts(arrays: Mapping[str, np.ndarray]) -> dict[int, Context]:
    """Read contexts from arrays."""
    ends = np.cumsum(arrays["lengths"])
    return {
        number: Context(ids, tuple(where)) for number, ids, where in zip(
            arrays["numbers"].tolist(), np.split(arrays["ids"], ends[:-1]),
            arrays["where"].tolist(), strict=True,
        )
    }


def write_kept(
    folder: Path, model: Model, layers: Sequence[str], kept: Kept, pool: Mapping[int, Context],
    tally: Tally, counts: np.ndarray, scale: Scale, words: int,
) -> None:
    """Read the kept contexts again, for the values at all tokens, and write a file a layer.

    Args:
      folder: of the survey.
      model: reads them.
      layers: surveyed, N units together.
      kept: contexts of each unit, by number.
      pool: contexts by number.
      tally: of some tokens, at the scale's edges.
      counts: of all tokens, below the scale's tails; all in the last place.
      scale: of the units.
      words: read at once.
    """
    held = [(np.asarray(best.rows), np.isfinite(best.scores)) for best in kept]
    rows = np.concatenate([np.where(there, number, -1) for number, there in held], axis=1)
    # One that was drawn of a level may have come out among the highest.
    for column in range(1, rows.shape[1]):
        rows[(rows[:, :column] == rows[:, column : column + 1]).any(axis=1), column] = -1
    values = read_values(model, layers, pool, rows, words)
    sizes = np.cumsum([model.layers[layer].size for layer in layers])
    for layer, units in zip(layers, np.split(np.arange(sizes[-1]), sizes[:-1]), strict=True):
        save_arrays(folder / f"{layer}.npz", {
            "contexts": rows[units], "values": values[units],
            "edges": np.asarray(scale.edges)[units], "tails": np.asarray(scale.tails)[units],
            "below": counts[units],
            **{f"tally.{name}": value[units] for name, value in tally._asdict().items()},
        })
    save_arrays(folder / CONTEXTS, pack_contexts(pool))


def read_values(
    model: Model, layers: Sequence[str], contexts: Mapping[int, Context], rows: np.ndarray,
    words: int,
) -> np.ndarray:
    """Read the values `[N, C, T]` of units in contexts, `rows` `[N, C]`; 0 where there is none."""
    reader = open_reader(model)
    gather = compile_gather(reader.begin, layers)
    longest = max(len(context.ids) for context in contexts.values())
    values = np.zeros((*rows.shape, longest), np.float32)
    units, columns = np.nonzero(rows >= 0)
    order = np.argsort(rows[units, columns], kind="stable")
    units, columns = units[order], columns[order]
    wanted = rows[units, columns]
    by_length: dict[int, list[int]] = {}
    for place, context in contexts.items():
        length = len(context.ids) if reader.begin.filler is None else longest
        by_length.setdefault(length, []).append(place)
    for length, places in by_length.items():
        at_once = max(1, words // length)
        for begin in range(0, len(places), at_once):
            some = places[begin : begin + at_once]
            ids = np.full((at_once, length), reader.begin.filler or 0, np.int32)
            lengths = np.zeros(at_once, np.int32)
            for row, place in enumerate(some):
                text = contexts[place].ids
                ids[row, : len(text)], lengths[row] = text, len(text)
            pairs = np.flatnonzero(np.isin(wanted, some))
            row_of = {place: row for row, place in enumerate(some)}
            for start in range(0, len(pairs), _PAIRS):
                chosen = pairs[start : start + _PAIRS]
                filled = np.resize(chosen, _PAIRS)
                read = np.asarray(gather(
                    reader.begun, ids, lengths,
                    np.array([row_of[place] for place in wanted[filled].tolist()], np.int32),
                    units[filled].astype(np.int32),
                ))[: len(chosen)]
                values[units[chosen], columns[chosen], :length] = read
    return values


def open_survey(folder: str | Path, model: Model | None = None) -> Finished:
    """Open a finished survey.

    Args:
      folder: of it.
      model: whose neurons it is asked about.

    Raises:
      InputError: the folder holds none, or one that is not finished, or of another model.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if "survey" not in manifest:
        raise InputError(f"{folder}: holds a run, no survey")
    if not (folder / CONTEXTS).exists():
        raise InputError(f"{folder}: the survey is not finished; let it go on")
    survey = Finished(folder, manifest, unpack_contexts(load_arrays(folder / CONTEXTS)), {})
    if model is not None:
        check_survey(survey, model)
    return survey


def check_survey(survey: Finished, model: Model) -> None:
    """Refuse a survey of another model, or one that reads otherwise.

    Raises:
      InputError: it is.
    """
    now = describe_model(model)
    for fact in ("weights_sha256", "vocabulary_sha256"):
        if survey.manifest[fact] != now[fact]:
            raise InputError(f"{survey.folder}: a survey of another model, by its {fact}")
    for fact in ("before", "after"):
        before = survey.manifest["reading"][fact]
        if before != now["reading"][fact]:
            raise InputError(
                f"{survey.folder}: its texts were read with {before} {fact} them, not "
                f"{now['reading'][fact]}"
            )


def highest_of(survey: Finished, neurons: Iterable[Neuron], model: Model) -> dict[str, float]:
    """Find the highest activation in the survey's texts, of those neurons that were surveyed."""
    found = {neuron.name: look_up(survey, neuron, model) for neuron in neurons}
    return {name: told["texts"][0]["score"] for name, told in found.items()
            if told and told["texts"]}


def look_up(survey: Finished, neuron: Neuron, model: Model) -> Surveyed | None:
    """Tell how a unit reacts to the survey's corpus; None where it was not surveyed.

    Only the high side of units is, read after the last word or wherever they are highest.
    """
    part = neuron.parts[0]
    surveyed = survey.manifest["survey"]["layers"]
    high = neuron.kind == "unit" and part.weights[0] > 0
    if not high or part.layer not in surveyed or neuron.place not in (LAST, Place("max", 0)):
        return None
    if part.layer not in survey.layers:
        survey.layers[part.layer] = load_arrays(survey.folder / f"{part.layer}.npz")
    unit = {name: array[part.units[0]] for name, array in survey.layers[part.layer].items()}
    texts = []
    for column, place in enumerate(unit["contexts"].tolist()):
        if place < 0:
            continue
        ids = survey.contexts[place].ids
        values = unit["values"][column, : len(ids)]
        word = int(np.nanargmax(np.where(np.isfinite(values), values, -np.inf)))
        level = column - survey.manifest["survey"]["keep"]
        texts.append({
            "ngram": spell_ngram(model, ids), "word": word, "score": float(values[word]),
            "values": [float(f"{x:.4g}") if np.isfinite(x) else None for x in values],
            "level": None if level < 0 else [LEVELS[level], (*LEVELS, 1.0)[level + 1]],
        })
    count, tokens = int(unit["tally.count"]), int(unit["below"][-1])
    below = [*unit["tally.below"].tolist(), count]
    return {
        "tokens": tokens,
        "mean": float(unit["tally.mean"]),
        "deviation": float(np.sqrt(unit["tally.squares"] / max(count, 1))),
        "texts": sorted(texts, key=lambda text: -text["score"]),
        "edges": [float(f"{edge:.5g}") for edge in unit["edges"]],
        "counts": np.diff(below).tolist(),
        "reached": [
            [float(tail), tokens - below]
            for tail, below in zip(unit["tails"], unit["below"].tolist()[:-1], strict=True)
        ],
    }
