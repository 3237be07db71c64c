"""Flags that several scripts have, and what they stand for.

`define_model` adds flags to a script's values and `model_of` opens what they name, and so on.
The package is loaded where it is needed: a script that computes nothing needs no jax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from absl import flags

import method_flags
import neurondream as nd
from neurondream.errors import InputError


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
    flags.DEFINE_multi_string(
        "features", [], "Sparse autoencoder to add: FOLDER, or FOLDER@resid_post.3, what it reads.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "climb", "before", ["before", "reported"],
        "Where units behind a nonlinearity are climbed: before it, or there.", flag_values=values,
    )
    flags.DEFINE_enum(
        "dtype", "float32", ["float32", "bfloat16", "float16"],
        "What the weights of a transformer are kept in.", flag_values=values,
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
        values.model, precision=values.precision, start=values.start, tokens=values.tokens,
        climb=values.climb, dtype=values.dtype,
    )
    for each in values.features:
        folder, _, layer = each.rpartition("@") if "@" in each else (each, "", None)
        model = nd.with_features(model, folder, at=layer)
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
    """Define which layers' neurons are drawn: those to choose settings on, others, or any."""
    from neurondream.neurons.draws import DRAWS

    flags.DEFINE_list("layers", [], "Layers whose units are drawn. [all]", flag_values=values)
    flags.DEFINE_enum(
        "draw", "report", list(DRAWS), "Neurons to choose settings on (tuning), others, or any.",
        flag_values=values,
    )


def define_captions(values: flags.FlagValues, default: Sequence[str] = ("scenes",)) -> None:
    """Define what dreams are compared with."""
    flags.DEFINE_list(
        "captions", list(default), "Texts to search, as files; `scenes` or `scenes:N` are made.",
        flag_values=values,
    )
    flags.DEFINE_string("column", None, "Column that holds them. [by its name]", flag_values=values)
    flags.DEFINE_string("format", None, "Of files: text, table, lines, json, tokens or parquet. "
                        "[by what is in them]", flag_values=values)


def corpus_of(values: flags.FlagValues, model: nd.Model, length: int) -> nd.Corpus:
    """Read the corpus that the flags name."""
    return nd.read_corpus(
        values.captions, model, length=length, column=values.column, form=values.format
    )


def define_run(values: flags.FlagValues) -> None:
    """Define what the dreams of a run have in common, and where they go."""
    flags.DEFINE_integer("length", 5, "Words of the n-gram.", 1, flag_values=values)
    flags.DEFINE_integer("seed", 0, "Of starts, noise and samples.", 0, flag_values=values)
    define_memory(values)
    flags.DEFINE_string(
        "shard", None, "Share of the neurons that this process dreams, as in 2/8; `process` takes "
        "that of its number among the processes of many hosts.", flag_values=values,
    )
    flags.DEFINE_integer(
        "context", 0, "Beginnings of the captions that every n-gram is read behind; the mean over "
        "them counts. 0 reads where the model starts.", 0, 2**16, flag_values=values,
    )
    flags.DEFINE_integer(
        "context_length", 4, "Words of each such beginning.", 1, flag_values=values
    )
    flags.DEFINE_string("out", None, "Folder of the run.", required=True, flag_values=values)


def define_memory(values: flags.FlagValues) -> None:
    """Define how much memory dreams may take."""
    flags.DEFINE_float("memory", 0.5, "GiB for neurons dreamt at once.", 1e-3, flag_values=values)


def run_of(values: flags.FlagValues, methods: Iterable[nd.Method]) -> nd.Run:
    """Open the run that the flags name.

    Args:
      values: of `define_model`, `define_captions` and `define_run`.
      methods: that will run; the corpus is read for those that search it or stand beside it.
    """
    # Before anything is put on a device.
    shard = {} if values.shard is None else {"shard": read_shard(values.shard)}
    model, corpus = model_of(values), None
    if "neurons" in values:
        neurons_of(values, model)  # refused before a corpus is read
    if values.context or any(m.name == "search" or m.contrast or m.judge for m in methods):
        corpus = corpus_of(values, model, values.length)
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
    read = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if not read:
        raise InputError(f"shard={text}: give one as in 2/8, or `process`")
    return int(read[1]), int(read[2])


def define_runs(values: flags.FlagValues) -> None:
    """Define which finished runs are read."""
    flags.DEFINE_list(
        "run", None, "Folders of runs that differ in seed, methods or neurons.", required=True,
        flag_values=values,
    )
    flags.DEFINE_list("captions", None, "The runs' corpus, if it has moved.", flag_values=values)


def define_cards(values: flags.FlagValues) -> None:
    """Define which runs' neurons are described, and with what."""
    define_runs(values)
    define_survey(values)
    method_flags.define_settings(values, ["faces"])


def define_survey(values: flags.FlagValues) -> None:
    """Define which survey of whole texts stands beside dreams."""
    flags.DEFINE_string("survey", None, "Folder of survey.py. [none]", flag_values=values)


def cards_of(values: flags.FlagValues, progress: type) -> tuple[Any, list[dict[str, Any]]]:
    """Open the runs that the flags name and describe their neurons."""
    faces = None if values.faces == 0 else method_flags.method_of(values, "faces")
    opened = nd.open_finished(values.run, values.captions or ())
    return opened, nd.describe(opened, faces=faces, survey=values.survey, progress=progress)
