"""What a model knows of the grammar of the made world, by minimal pairs."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from neurondream import scenes
from neurondream.analysis.syntax.facts import measure_movements, measure_preferences
from neurondream.runs.run import Run
from neurondream.targets import source_layer


def measure_grammar(run: Run) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Ask what the layers know of planted facts.

    Returns:
      How often the right next word is preferred, and how far a wrong form moves the states of each
      family; no rows where the model does not know the words, or predicts none.
    """
    model, readouts = run.model, run.reader.readouts
    pieces = model.tokenizer.spell(np.arange(len(model.tokenizer.allowed)))
    pairs = scenes.plant_facts(pieces)
    if not pairs or model.next_word is None:
        return [], []
    names = [pair.fact for pair in pairs]
    ids = {piece: number for number, piece in enumerate(pieces)}
    logits = read_states(run, [model.next_word], [pair.beginning for pair in pairs])
    logits = logits[model.next_word]
    numbers = np.arange(len(pairs))
    margins = (
        logits[numbers, [ids[pair.right] for pair in pairs]]
        - logits[numbers, [ids[pair.wrong] for pair in pairs]]
    )
    # One layer of states a family.
    states = {}
    for layer, about in model.layers.items():
        states.setdefault(about.family, source_layer(readouts, layer))
    right, wrong, other = (
        read_states(run, list(states.values()), [getattr(pair, form) for pair in pairs])
        for form in ("right_form", "wrong_form", "other_form")
    )
    distances = {
        family: np.stack(
            [np.linalg.norm(form[layer] - right[layer], axis=1) for form in (wrong, other)], axis=1
        )
        for family, layer in states.items()
    }
    family = model.layers[model.next_word].family
    return (
        measure_preferences(names, margins, family),
        measure_movements(names, distances, seed=run.seed),
    )


def read_states(
    run: Run, layers: Sequence[str], texts: Sequence[Sequence[str]]
) -> dict[str, np.ndarray]:
    """Compute activations `[N, D]` after texts of words, read where the model starts."""
    encode = run.model.tokenizer.encode
    encoded = [encode(" ".join(text)) for text in texts]
    results: dict[str, np.ndarray] = {}

    @jax.jit
    def read_all(params, tokens):
        def read(words):
            begin = run.reader.begin
            activations = begin.encode(params, begin.embed(params, words))
            return {layer: activations[layer][-1] for layer in layers}

        return jax.vmap(read)(tokens)

    # Texts of one length are one array: a bidirectional encoder would read padding.
    for length in sorted({len(text) for text in encoded}):
        rows = [row for row, text in enumerate(encoded) if len(text) == length]
        read = read_all(run.reader.begun, np.stack([encoded[row] for row in rows]))
        for layer, values in read.items():
            results.setdefault(layer, np.zeros((len(texts), values.shape[1]), np.float32))
            results[layer][rows] = values
    return results
