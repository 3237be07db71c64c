"""What a line tells of a neuron and of its dream."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Dream
from neurondream.method import Method
from neurondream.neurons.elsewhere import names_elsewhere
from neurondream.neurons.neuron import Neuron, layer_of
from neurondream.neurons.places import place_name
from neurondream.runs.lines import VERSION, DreamLine, Line
from neurondream.runs.run import Run, spell_ngram, spelling_check
from neurondream.targets import Climb


def read_factors(
    run: Run, neurons: Sequence[Neuron], tokens: np.ndarray
) -> list[dict[str, dict[str, float]]]:
    """Read the layers whose product units are, each after its own n-gram `[N, L]`."""
    layer, place = layer_of(neurons[0]), neurons[0].place
    factors, encoder = run.model.layers[layer].factors, run.reader.encoder
    single = place.kind == "word" and all(neuron.kind == "unit" for neuron in neurons)
    if not factors or not single or encoder.contexts is not None:
        return [{} for _ in neurons]
    name = ("factors", factors)
    if name not in run.programs:

        def read(params, ids):
            layers = encoder.encode(params, encoder.embed(params, ids))
            return {factor: layers[factor] for factor in factors}

        run.programs[name] = jax.jit(jax.vmap(read, in_axes=(None, 0)))
    values = jax.tree.map(
        np.asarray, run.programs[name](run.reader.prepared, jnp.asarray(tokens))
    )
    return [
        {"factors": {
            factor: float(values[factor][row, place.number, neuron.parts[0].units[0]])
            for factor in factors
        }}
        for row, neuron in enumerate(neurons)
    ]


def describe_climb(before: Climb | None, score: float) -> dict[str, Any]:
    """Write down what was climbed, where it is not what is reported, and whether that is off."""
    if before is None:
        return {}
    off = {"off": True} if before.toward is None and score <= 0 else {}
    return {"climbed": before.layer, **off}


def describe_neuron(run: Run, neuron: Neuron) -> Line:
    """Write down what every line begins with."""
    elsewhere = names_elsewhere(neuron, run.model.layers)
    return {
        "version": VERSION, "neuron": neuron.name, "label": neuron.label,
        "layer": layer_of(neuron), "kind": neuron.kind, "place": place_name(neuron.place),
        **({"elsewhere": elsewhere} if elsewhere else {}),
    }


def describe_dream(
    run: Run, neuron: Neuron, method: Method, dream: Dream, rounding: float, seconds: float
) -> DreamLine:
    """Write down one neuron's dream; a certificate holds but for rounding."""

    def spell(ids: Array):
        return spell_ngram(run.model, ids)

    way, check = method.describe(dream.info, spell), spelling_check(run)
    for found in (way, *way.get("front", ())):
        certificate = found.get("certificate", {})
        if certificate.get("certified"):
            certificate.setdefault("tolerance", rounding)  # points of a front have their own
            if run.model.tokenizer.checked:
                certificate["spelled"] = True
            if method.contrast:
                certificate["contrast"] = method.contrast
    return {
        **describe_neuron(run, neuron), "method": method.name, "seed": run.seed,
        "ngram": spell(dream.tokens), "score": float(dream.score),
        **way, **({} if check is None else {"reencodes": not check(dream.tokens)}),
        "seconds": seconds,
    }
