"""How other tools name the layers of transformers.

TransformerLens' hooks, and the `L3.N17` of Thompson et al. 2024 for a neuron of an MLP.
"""

_HOOKS = {
    "resid_pre": "blocks.{}.hook_resid_pre", "resid_mid": "blocks.{}.hook_resid_mid",
    "resid_post": "blocks.{}.hook_resid_post", "heads": "blocks.{}.attn.hook_z",
    "attention": "blocks.{}.hook_attn_out", "mlp_out": "blocks.{}.hook_mlp_out",
    "mlp_gate": "blocks.{}.mlp.hook_pre", "mlp_up": "blocks.{}.mlp.hook_pre_linear",
    "mlp_pre": "blocks.{}.mlp.hook_pre", "mlp": "blocks.{}.mlp.hook_post",
}  # fmt: skip
# Where norms stand behind what is added up.
_NORMED = {key: value for key, value in _HOOKS.items() if key != "resid_mid"} | {
    "resid_post": "blocks.{}.hook_normalized_resid_post",
}


def hook_of(layer: str, normed: bool) -> str | None:
    """Name the hook of a layer, if it has one.

    Args:
      layer: as this library calls it.
      normed: whether the residual stream is normed behind each block, as in BERT.
    """
    kind, _, number = layer.partition(".")
    hook = (_NORMED if normed else _HOOKS).get(kind)
    return hook.replace("{}", number) if hook and number else None


def write_elsewhere(layer: str, normed: bool) -> tuple[str, ...]:
    """List how other tools write a unit of a layer, `{}` being its number."""
    kind, _, number = layer.partition(".")
    hook = hook_of(layer, normed)
    neuron = [f"L{number}.N{{}}"] if kind == "mlp" and number else []
    return (*([f"{hook}:{{}}"] if hook else []), *neuron)
