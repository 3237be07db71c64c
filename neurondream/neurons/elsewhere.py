"""Units as other tools write them: `blocks.3.mlp.hook_post:17`, `L3.N17` (host side)."""

import re
from collections.abc import Mapping

from neurondream.model import Layer
from neurondream.neurons.neuron import Neuron

_SITE = re.compile(r"(?:https?://)?(?:www\.)?neuronpedia\.org/")
_UNIT = r"(\d{1,9}(?:-\d{1,9})?|all)"
_PLACE = r"(@.+)?"


def translate_name(text: str, layers: Mapping[str, Layer]) -> str:
    """Write a unit as this library does, if it is written as another tool does."""
    text = _SITE.sub("", text)
    for name, layer in layers.items():
        for template in layer.elsewhere:
            before, _, after = template.partition("{}")
            pattern = re.escape(before) + _UNIT + re.escape(after) + _PLACE
            if match := re.fullmatch(pattern, text):
                return f"{name}:{match[1]}{match[2] or ''}"
    return text


def names_elsewhere(neuron: Neuron, layers: Mapping[str, Layer]) -> list[str]:
    """List how other tools write a neuron: none but single units have other names."""
    if neuron.kind != "unit":
        return []
    (part,) = neuron.parts
    minus = "-" if part.weights[0] < 0 else ""
    templates = layers[part.layer].elsewhere
    return [minus + template.replace("{}", str(part.units[0])) for template in templates]
