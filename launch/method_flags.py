"""Flags of methods: which ones run, and every setting that one of them has."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Sequence
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
    define_settings(values, [*names, "polish"])


def define_settings(values: flags.FlagValues, methods: Sequence[str]) -> None:
    """Define the settings of some methods, whose defaults are the methods' own."""
    from neurondream.methods import SETTINGS, hints_of, settings_of

    kinds: dict[str, type] = {}
    defaults: dict[str, dict[str, list[str]]] = {}
    for method in methods:
        hints = hints_of(method)
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
    for setting in given_settings(values, "+".join([*nd.METHODS, "polish"])):
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

    named = read_name(name)
    # Those that swaps share with what they start from stay as they are for swaps.
    return {
        setting: value for part in named.parts for setting, value in PAPER.get(part, {}).items()
        if all(setting not in settings_of(other) for other in named.parts if other != part)
        and (setting != "restarts" or named.restarts is None)
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
