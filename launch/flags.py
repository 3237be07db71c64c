"""Flags that several scripts have, and what they stand for.

`define_model` adds flags to a script's values and `model_of` opens what they name, and so on.
The package is loaded where it is needed: a script that computes nothing needs no jax.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from absl import flags

import neurondream as nd
from neurondream.errors import InputError

_DEFINE: dict[type, Callable] = {
    bool: flags.DEFINE_bool,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
    tuple: flags.DEFINE_list,
}


def define_model(values: flags.FlagValues) -> None:
    """Define what model is opened, and how it reads."""
    flags.DEFINE_string(
        "model", "scenes", "A shipped model's name or a model's folder.", flag_values=values
    )
    flags.DEFINE_enum(
        "precision", "bfloat16", ["float32", "bfloat16"],
        "Of products while climbing; the scores of dreams and all certificates are float32.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "start", "model", ["model", "none"],
        "Where reading starts: as in training, or from nothing (as in 2018).", flag_values=values,
    )
    flags.DEFINE_enum(
        "tokens", "roundtrip", ["roundtrip", "words", "any"],
        "What dreams of subwords may be: read as themselves in writing; of words; any.",
        flag_values=values,
    )
    flags.DEFINE_bool("ascii", False, "Whether dreams hold ASCII alone.", flag_values=values)
    flags.DEFINE_list("ban", [], "Words that no dream may hold.", flag_values=values)
    flags.DEFINE_string(
        "template", None, "Text with a hole that every n-gram stands in, as in 'two dogs {} .'",
        flag_values=values,
    )


def model_of(values: flags.FlagValues) -> nd.Model:
    """Open the model that the flags name."""
    model = nd.open_model(
        values.model, precision=values.precision, start=values.start, tokens=values.tokens
    )
    if values.ascii:
        model = nd.only_ascii(model)
    if values.template is not None:
        model = nd.in_template(model, values.template)
    return nd.ban_words(model, values.ban) if values.ban else model


def define_neurons(values: flags.FlagValues) -> None:
    """Define which neurons are dreamt."""
    from neurondream.neurons.units import GRAMMAR

    flags.DEFINE_multi_string("neurons", [], f"Neurons: {GRAMMAR}", flag_values=values)
    flags.DEFINE_string("neurons_file", None, "File of neurons, one a line.", flag_values=values)
    flags.DEFINE_string("clusters", None, "File that cluster.py has made.", flag_values=values)


def neurons_of(values: flags.FlagValues, model: nd.Model) -> list[nd.Neuron]:
    """Read the neurons that the flags name, each once."""
    from neurondream.analysis.clusters import read_clusters

    texts = list(values.neurons)
    if values.neurons_file:
        texts += nd.read_neuron_file(values.neurons_file)
    sizes = {name: layer.size for name, layer in model.layers.items()}
    clusters = read_clusters(values.clusters, sizes) if values.clusters else None
    return nd.parse_neurons(texts, model, clusters)


def define_draw(values: flags.FlagValues) -> None:
    """Define which of two draws of neurons is taken."""
    from neurondream.neurons.draws import DRAWS

    flags.DEFINE_enum(
        "draw", "report", list(DRAWS), "Neurons that settings were chosen on (tuning), or others.",
        flag_values=values,
    )


def define_captions(values: flags.FlagValues, default: Sequence[str] = ("scenes",)) -> None:
    """Define what dreams are compared with."""
    flags.DEFINE_list(
        "captions", list(default), "Texts to search, as files; `scenes` or `scenes:N` are made.",
        flag_values=values,
    )


def define_run(values: flags.FlagValues) -> None:
    """Define what the dreams of a run have in common, and where they go."""
    flags.DEFINE_integer("length", 5, "Words of the n-gram.", 1, flag_values=values)
    flags.DEFINE_integer("seed", 0, "Of starts, noise and samples.", 0, flag_values=values)
    flags.DEFINE_float(
        "memory", 0.5, "GiB that the neurons dreamt at once may take.", 1e-3, flag_values=values
    )
    flags.DEFINE_string(
        "shard", None, "Share of the neurons that this process dreams, as in 2/8; `process` takes "
        "that of its number among the processes of many hosts.", flag_values=values,
    )
    flags.DEFINE_integer(
        "context", 0, "Beginnings of the captions that every n-gram is read behind; the mean over "
        "them counts. 0 reads where the model starts.", 0, flag_values=values,
    )
    flags.DEFINE_integer(
        "context_length", 4, "Words of each such beginning.", 1, flag_values=values
    )
    flags.DEFINE_string("out", None, "Folder of the run.", required=True, flag_values=values)


def run_of(values: flags.FlagValues, methods: Iterable[nd.Method]) -> nd.Run:
    """Open the run that the flags name.

    Args:
      values: of `define_model`, `define_captions` and `define_run`.
      methods: that will run; the corpus is read for those that search it.
    """
    # Before anything is put on a device.
    shard = {} if values.shard is None else {"shard": read_shard(values.shard)}
    model, corpus = model_of(values), None
    if values.context or any(method.name == "search" or method.contrast for method in methods):
        corpus = nd.read_corpus(values.captions, model, length=values.length)
    if values.context:
        if values.template is not None:
            raise InputError("context: leave out template; n-grams stand behind one or the other")
        model = nd.in_beginnings(model, nd.draw_beginnings(
            corpus.texts, model.tokenizer.allowed, number=values.context, seed=values.seed,
            shortest=values.context_length, longest=values.context_length,
        ))
    return nd.open_run(
        values.out, model, corpus, length=values.length, seed=values.seed, memory=values.memory,
        **shard,
    )


def read_shard(text: str) -> tuple[int, int]:
    """Read a share, `2/8` or `process`, as its number and how many there are.

    Raises:
      InputError: it is neither, or this is no process of several.
    """
    if text == "process":
        import jax

        try:
            if not jax.distributed.is_initialized():
                jax.distributed.initialize()
        except (ValueError, RuntimeError) as error:
            raise InputError(f"shard=process: {error}; give one as in 2/8") from None
        return jax.process_index() + 1, jax.process_count()
    number, slash, shards = text.partition("/")
    if not (slash and number.isdecimal() and shards.isdecimal()):
        raise InputError(f"shard={text}: give one as in 2/8, or `process`")
    return int(number), int(shards)


def define_runs(values: flags.FlagValues) -> None:
    """Define which finished runs are read."""
    flags.DEFINE_list(
        "run", None, "Folders of runs that differ in seed, methods or neurons.", required=True,
        flag_values=values,
    )
    flags.DEFINE_list("captions", None, "The runs' corpus, if it has moved.", flag_values=values)


def define_methods(values: flags.FlagValues, default: Sequence[str]) -> None:
    """Define which methods run, and every setting that one of them has."""
    names = list(nd.METHODS)
    flags.DEFINE_list(
        "method", list(default),
        f"Of {', '.join(names)}; softmax:8 has 8 restarts; gumbel+polish and gumbel+swaps go on "
        "from gumbel; best~0.5 gives up activation for what leaves the rest of the layer calm.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "paper", False, "Settings of the 2018 paper; its arithmetic with --precision=float32.",
        flag_values=values,
    )
    define_settings(values, names)


def define_settings(values: flags.FlagValues, methods: Sequence[str]) -> None:
    """Define the settings of some methods, whose defaults are the methods' own."""
    from neurondream.methods import SETTINGS, settings_of

    kinds: dict[str, type] = {}
    defaults: dict[str, dict[str, list[str]]] = {}
    for method in methods:
        hints = typing.get_type_hints(nd.METHODS[method])
        for name, default in settings_of(method).items():
            kinds.setdefault(name, _plain_type(hints[name]))
            defaults.setdefault(name, {}).setdefault(_write_value(default), []).append(method)
    for name, kind in kinds.items():
        meaning = SETTINGS.get(name, "")
        known = [
            value if len(defaults[name]) == 1 else f"{value} {' '.join(of)}"
            for value, of in defaults[name].items()
        ]
        _DEFINE[kind](
            name, None, f"{meaning[:1].upper()}{meaning[1:]}. [{', '.join(known)}]",
            flag_values=values,
        )


def methods_of(values: flags.FlagValues) -> list[nd.Method]:
    """Make the methods that the flags name, in their order.

    Raises:
      InputError: there is no such method, or a setting is given that none of them has.
    """
    names = list(dict.fromkeys(values.method))
    if not names:
        raise InputError(f"method: give some of {', '.join(nd.METHODS)}")
    methods = [method_of(values, name, values.paper) for name in names]
    read = {setting for name in names for setting in given_settings(values, name)}
    for setting in given_settings(values, "+".join(nd.METHODS)):
        if setting not in read:
            raise InputError(f"{setting}: no setting of {', '.join(names)}")
    return methods


def method_of(values: flags.FlagValues, name: str, paper: bool = False) -> nd.Method:
    """Make one method by its name, with the settings that were given."""
    preset = _paper_settings(name) if paper else {}
    return nd.make_method(name, **preset | given_settings(values, name))


def given_settings(values: flags.FlagValues, name: str) -> dict[str, Any]:
    """Collect the settings of a method, and of what it starts from, that were given as flags.

    Raises:
      InputError: one is not as many numbers as it should be.
    """
    from neurondream.methods import read_name, settings_of

    given = {}
    for part in reversed(read_name(name).parts):
        for setting, default in settings_of(part).items():
            value = values[setting].value if setting in values else None
            if value is not None:
                numbers = isinstance(default, tuple)
                given[setting] = _read_numbers(setting, value, default) if numbers else value
    return given


def _paper_settings(name: str) -> dict[str, Any]:
    """List the 2018 paper's settings of a method and of what it starts from."""
    from neurondream.ascents import PAPER
    from neurondream.methods import read_name, settings_of

    parts = read_name(name).parts
    # Those that swaps share with what they start from stay as they are for swaps.
    return {
        setting: value for part in parts for setting, value in PAPER.get(part, {}).items()
        if all(setting not in settings_of(other) for other in parts if other != part)
    }


def _plain_type(hint: Any) -> type:
    """Find what a setting is where it is not None."""
    if isinstance(hint, types.UnionType):
        hint = next(kind for kind in typing.get_args(hint) if kind is not type(None))
    return typing.get_origin(hint) or hint


def _write_value(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_write_value, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _read_numbers(
    setting: str, texts: Sequence[str], default: tuple[float, ...]
) -> tuple[float, ...]:
    try:
        numbers = tuple(float(text) for text in texts)
    except ValueError:
        numbers = ()
    if len(numbers) != len(default):
        raise InputError(
            f"{setting}={','.join(texts)}: give {len(default)} numbers, as in "
            f"{_write_value(default)}"
        )
    return numbers
