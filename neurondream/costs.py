"""How long a program will take: what it does, and how fast this device does it.

Work is counted in what a program is traced to, before it is compiled: so many operations of matrix
products, so many numbers that all else moves. Of 38 pairs of model and method on a processor of two
cores the median took as long as is said here, four in five .7 to 1.6 times that, all .5 to 1.9.
"""

import functools
import math
import operator
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal
from jax.interpreters.partial_eval import dce_jaxpr

_TURNS = 2  # of a loop that ends when nothing is better
_CALLED = 3e-6  # seconds that a host takes for a token when it checks how n-grams are spelled


def estimate_seconds(program: ClosedJaxpr) -> float:
    """Estimate the seconds that a program will run for on the default device, once compiled.

    Kernels that wait for one another are not counted: of small ones an accelerator takes longer.

    Args:
      program: what a jitted function is traced to; of one that is split among devices, the part of
        one device counts.
    """
    rates = measure_rates()
    return sum(rates[kind] * amount for kind, amount in count_work(program.jaxpr).items())


def count_work(program: Jaxpr) -> Counter:
    """Count what a program does.

    Returns:
      Operations of matrix products in float32 (`product`) and below (`rough`), `bytes` that these
      read and write, numbers that all else makes (`elements`), those handed to the host (`called`).
    """
    work: Counter = Counter()
    # What nobody reads the compiler leaves out, in loops, too.
    needed, _ = dce_jaxpr(program, [True] * len(program.outvars))
    for equation in needed.eqns:
        work.update(_count_equation(equation))
    return work


def _count_equation(equation: Any) -> dict[str, float]:
    name, given, results = equation.primitive.name, equation.invars, equation.outvars
    inside = [count_work(program) for program in _programs_of(equation)]
    if name == "cond":
        return functools.reduce(operator.or_, inside)  # the most of each
    if inside:
        turns = 1
        if name == "scan":
            turns = equation.params["length"]
        elif name == "while":
            turns = _count_turns(equation.params["cond_jaxpr"].jaxpr)
        return {kind: turns * amount for kind, amount in sum(inside, Counter()).items()}
    written = sum(map(_size, results))
    if name == "dot_general":
        (summed, _), _ = equation.params["dimension_numbers"]
        depth = math.prod(given[0].aval.shape[axis] for axis in summed)
        kind = "product" if given[0].aval.dtype.itemsize >= 4 else "rough"
        moved = sum(_size(each) * each.aval.dtype.itemsize for each in (*given, *results))
        return {kind: 2 * depth * written, "bytes": moved}
    if name == "pure_callback":
        return {"called": sum(map(_size, given))}
    reduced = name.startswith(("reduce", "arg", "cum", "sort", "top_k"))
    return {"elements": _size(given[0]) if reduced else written}


def _count_turns(condition: Jaxpr) -> int:
    """Count the turns that a loop may take.

    What ends after so many turns, or earlier after so many of them in vain, goes on for the second
    number at least.
    """
    limits = [
        int(equation.invars[1].val) for equation in condition.eqns
        if equation.primitive.name == "lt" and isinstance(equation.invars[1], Literal)
        and jnp.issubdtype(equation.invars[1].aval.dtype, jnp.integer)
    ]
    return min(limits, default=_TURNS) if len(limits) > 1 else _TURNS


def _programs_of(equation: Any) -> Iterator[Jaxpr]:
    for value in equation.params.values():
        for each in value if isinstance(value, tuple | list) else [value]:
            if isinstance(each, ClosedJaxpr | Jaxpr):
                yield each.jaxpr if isinstance(each, ClosedJaxpr) else each


def _size(variable: Any) -> int:
    return math.prod(getattr(variable.aval, "shape", ()))


@functools.cache
def measure_rates() -> dict[str, float]:
    """Measure the seconds that the default device takes for each thing that `count_work` counts."""
    width, many = (512, 2**20) if jax.default_backend() == "cpu" else (2048, 2**24)
    # Of numpy: what jax makes of its own accord it compiles, too.
    square, wide = np.ones((width, width), np.float32), np.ones((2 * width, 2 * width), np.float32)
    rough, row, line = square.astype(jnp.bfloat16), wide[:1], np.ones(many, np.float32)
    exact = functools.partial(jnp.matmul, precision="float32")  # as in `encoders/precision.py`
    quick = functools.partial(jnp.matmul, preferred_element_type=jnp.float32)
    return {
        "product": _time(exact, square, square) / (2 * width**3),
        "rough": _time(quick, rough, rough) / (2 * width**3),
        "bytes": _time(exact, row, wide) / (4 * wide.size),
        "elements": _time(lambda values: values + 1, line) / many,
        "called": _CALLED,
    }


def _time(function: Callable, *arguments: np.ndarray) -> float:
    arguments = jax.device_put(arguments)
    compiled = jax.jit(function).lower(*arguments).compile()

    def run() -> float:
        begun = time.perf_counter()
        jax.block_until_ready(compiled(*arguments))
        return time.perf_counter() - begun

    return min(run() for _ in range(8))
