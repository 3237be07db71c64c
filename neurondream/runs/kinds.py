"""Whether a JSON value is what its type says, part by part (host side)."""

import functools
import types
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import (
    Annotated,
    Any,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

MOST = 2**63  # integers stay below it
# What long lists are of: these are looked through at once.
SIMPLE = {str: {str}, float: {float}, float | None: {float, type(None)}}

# Gives the path of the first part that is of another kind, "" for the value itself; None for none.
Find = Callable[[Any], str | None]


@functools.cache
def compile_kind(kind: Any) -> Find:
    """Compile what finds the first part of a value that is of another kind.

    Args:
      kind: a TypedDict; or what JSON has, `list[...]`, `dict[str, ...]`, tuples of one length,
        unions, `Any`. A float may be an integer; other keys than those of a TypedDict may be there.
        Its fields `Annotated[list[...], "L"]` are as long as one another, and not empty.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        return _compile_fields(kind)
    if origin in (NotRequired, Annotated):
        return compile_kind(inner[0])
    if origin in (types.UnionType, Union):
        finds = [compile_kind(each) for each in inner]
        return lambda value: _find_farthest([find(value) for find in finds])
    if origin is tuple:
        finds = [compile_kind(each) for each in inner]
        return _within(Sequence, lambda value: (
            _find_first(enumerate(value), finds) if len(value) == len(finds) else ""))
    if origin is list:
        find, simple = compile_kind(inner[0]), SIMPLE.get(inner[0], set())
        return _within(Sequence, lambda value: (
            None if simple.issuperset(map(type, value))
            else _find_first(enumerate(value), repeat(find))))
    if origin is dict:
        find = compile_kind(inner[1])
        return _within(dict, lambda value: _find_first(value.items(), repeat(find)))
    if kind in (int, float):
        return _is_integer if kind is int else _is_number
    return _within(object if kind is Any else kind, lambda value: None)


def _compile_fields(kind: Any) -> Find:
    hints = get_type_hints(kind, include_extras=True)
    finds = {name: compile_kind(hint) for name, hint in hints.items()}
    required = kind.__required_keys__
    long = [name for name, hint in hints.items() if get_origin(hint) is Annotated]

    def find_field(value: Any) -> str | None:
        if not isinstance(value, dict):
            return ""
        for name, find in finds.items():
            if name in value:
                inner = find(value[name])
                if inner is not None:
                    return f"{name}.{inner}" if inner else name
            elif name in required:
                return name
        most = max((len(value[name]) for name in long), default=0)
        return next((name for name in long if len(value[name]) < max(most, 1)), None)

    return find_field


def _within(kind: Any, find: Find) -> Find:
    plain = {Sequence: (list, tuple), None: type(None)}.get(kind, kind)
    return lambda value: find(value) if isinstance(value, plain) else ""


def _is_number(value: Any) -> str | None:
    return None if isinstance(value, float) else _is_integer(value)


def _is_integer(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and -MOST <= value < MOST else ""


def _find_first(items: Iterable[tuple[Any, Any]], finds: Iterable[Find]) -> str | None:
    for (name, item), find in zip(items, finds, strict=False):
        inner = find(item)
        if inner is not None:
            return f"{name}.{inner}" if inner else str(name)
    return None


def _find_farthest(found: list[str | None]) -> str | None:
    """Of the alternatives of a union: nothing where one fits, else what came farthest."""
    return None if None in found else max(found, key=lambda path: (len(path), path))
