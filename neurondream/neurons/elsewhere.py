"""Units as other tools write them: `blocks.3.mlp.hook_post:17`, `L3.N17` (host side).

Neuronpedia names features by the dictionary that they are of, neurons of an MLP by its number
alone, `gpt2-small/3/17`, behind a name for the model that is its own.
"""

import re
from collections.abc import Mapping

from neurondream.model import Layer
from neurondream.neurons.neuron import Neuron

_SITE = re.compile(r"(?:https?://)?(?:www\.)?neuronpedia\.org/")
_UNIT = r"(\d{1,9}(?:-\d{1,9})?|all)"
_PLACE = r"(@.+)?"
_NEURON = re.compile(rf"(?:l(\d+)\.n|[\w.-]+/(\d+)/){_UNIT}{_PLACE}", re.IGNORECASE)


def translate_name(text: str, layers: Mapping[str, Layer]) -> str:
    """Write a unit as this library does, if it is written as another tool does."""
    text = _SITE.sub("", text)
    if match := _NEURON.fullmatch(text):
        text = f"L{match[1] or match[2]}.N{match[3]}{match[4] or ''}"
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
