"""Deep Dream for text: the n-grams that most activate the neurons of a text model.

Names are loaded when they are first asked for, so that what reads finished runs needs no jax.
"""

import importlib

_ROOMS = {
    # Open a model, name its neurons, read a corpus.
    "models.opening": ("open_model",),
    "models.functions": ("make_model",),
    "models.features": ("with_features",),
    "model": (
        "Layer", "Model", "Reader", "Start", "ban_words", "in_beginnings", "in_template",
        "only_ascii", "open_reader",
    ),
    "tokens.tokenizer": ("Tokenizer",),
    "models.vocabulary": ("SPECIAL_WORDS", "make_vocabulary", "word_tokenizer"),
    "neurons.expressions": ("parse_neurons", "read_neuron_file"),
    "neurons.listing": ("layers",),
    "neurons.draws": ("draw_groups", "every_neuron", "hidden_layers"),
    "neurons.neuron": ("Neuron", "negate_neuron", "subtract_neurons"),
    "neurons.units": ("make_direction",),
    "corpora.corpus": ("Corpus", "make_corpus", "read_corpus"),
    "corpora.beginnings": ("draw_beginnings",),
    # Dream: in memory, or into a run folder.
    "methods": (
        "METHODS", "best", "embfree", "exhaustive", "faces", "gumbel", "logits", "make_method",
        "search", "softmax", "swaps",
    ),
    "fronts": ("epo", "fluent", "gbda", "gcg"),
    "method": ("Method", "Problem", "laddered", "polished", "started"),
    "runs.run": ("Run", "hold_run", "open_run"),
    "runs.running": ("dream_neurons", "front", "run"),
    "runs.survey": ("survey",),
    "runs.surveyed": ("open_survey",),
    # Look closely, describe, show.
    "probing.cards": ("describe",),
    "probing.syntax": ("study_syntax",),
    "runs.opened": ("open_finished",),
    "probing.ngram": ("Probe", "other_orders", "probe_ngram"),
    "report.page": ("write_page",),
    "report.notebook": ("show",),
    # What all of this is made of.
    "base": ("Dream", "Encoder", "Place", "Readout", "Relaxation", "Steps", "Target", "Vectors"),
    "dreaming": ("compile_dreams", "dream", "make_score", "score_tokens"),
    "encoders.context": ("in_context",),
    "encoders.embedding": ("embed_words",),
    "errors": ("InputError",),
    "fluency": ("by_next_word", "by_own_word", "stack_terms"),
    "objectives": ("linear",),
    "relaxations": ("free_embedding", "gumbel_softmax"),
    "searches.ascent": ("ascent",),
    "searches.polish": ("polish",),
    "searches.restarts": ("best_of",),
    "sweeps.clusters": ("cluster_layers", "save_clusters"),
    "targets": ("group_neurons", "make_targets"),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
