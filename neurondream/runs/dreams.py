"""Dream neurons by a method that climbs, chunk by chunk, and write down what came of it."""

import functools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr

from neurondream import dreaming, objectives
from neurondream.base import Array, Place, Target
from neurondream.contrast import contrasted, contrasted_magnitude
from neurondream.costs import estimate_seconds, measure_rates
from neurondream.errors import InputError
from neurondream.fluency import stack_terms
from neurondream.method import Method
from neurondream.model import Reader
from neurondream.neurons.neuron import Neuron, layer_of
from neurondream.progress import format_seconds, start_bar
from neurondream.runs.chunks import (
    count_chunks,
    describe_chunks,
    halve_chunk,
    write_first,
)
from neurondream.runs.contrast import Others, read_others, set_off
from neurondream.runs.description import describe_climb, describe_dream, read_factors
from neurondream.runs.judges import judged_problem, open_judge
from neurondream.runs.lines import DreamLine
from neurondream.runs.planes import complete_fronts, find_limit, take_within
from neurondream.runs.recomputation import score_again
from neurondream.runs.run import Run, groups_of, source_size
from neurondream.searches.spelling import judged, without_faults
from neurondream.targets import Climb, climb_before, make_targets, move_before, source_layer


def dream_chunks(
    run: Run, neurons: Sequence[Neuron], method: Method, chunk: int,
    starts: dict[str, np.ndarray], progress: Callable | bool | None,
    report: Callable[[str], None] | None = None,
    write: Callable[[list[DreamLine]], None] = lambda lines: None,
) -> Iterator[list[DreamLine]]:
    """Dream neurons; yields their lines chunk by chunk, when they are written.

    Args:
      run: whose model dreams.
      neurons: any.
      method: climbs.
      chunk: neurons that a device dreams at once; half as many, and so on, where its memory does
        not hold the first of them.
      starts: n-grams `int32 [M, L]` to start from, by the neuron's name, where the method starts
        from others' lines.
      progress: see `progress.start_bar`.
      report: takes two lines, before the first chunk and whenever they become smaller: on chunks,
        and on how long they will take, counted by the first program where there are several.
      write: keeps the lines of a chunk.
    """
    groups = [len(group) for _, group in climbed_together(run, neurons, method)]
    if report:
        measure_rates()  # while nothing runs beside, nor takes memory
        report(describe_chunks(run, method, chunk, groups))
    with start_bar(progress, len(neurons), method.name) as bar:
        while True:
            chunks = _dream_chunks(run, neurons, method, chunk, starts, bar, report)
            try:
                first = next(filter(None, chunks), None)
            except (MemoryError, RuntimeError) as error:  # of jax
                exhausted = isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
                if not exhausted or not (smaller := halve_chunk(run, method, chunk)):
                    raise
            else:
                smaller = write_first(run, method, chunk, functools.partial(write, first or []))
            if smaller == chunk:
                break
            chunk = smaller
            if report:
                report(describe_chunks(run, method, chunk, groups))
        if first:
            yield first
        for lines in chunks:
            write(lines)
            yield lines


def _dream_chunks(run, neurons, method, chunk, starts, bar, report) -> Iterator[list[DreamLine]]:
    key = jax.random.key(run.seed)
    silent: list[str] = []
    at_once = chunk * len(run.devices)
    groups = climbed_together(run, neurons, method)
    number, compiling = count_chunks(run, chunk, [len(group) for _, group in groups]), None
    for (source, place, before), group in groups:
        others = read_others(run, source, place, group) if method.contrast else None
        for first in range(0, len(group), at_once):
            real = group[first : first + at_once]
            filled = real + real[-1:] * (at_once - len(real))
            targets = climbed = targets_of(run, filled, source)
            if before:
                moved = [move_before(neuron, before) for neuron in filled]
                climbed = targets_of(run, moved, source_of(run, before))
            if others:
                climbed = set_off(run, targets, filled, others, method.contrast)
            begin = None
            if method.starts_from:
                begin = jnp.asarray(np.stack([starts[neuron.name] for neuron in filled]))
            given = key, reader_of(run, method).prepared, climbed, begin
            begun = time.perf_counter()

            def foretell(program, first=compiling is None):
                if report and first:
                    in_all = format_seconds(max(number * estimate_seconds(program), 1))
                    report(f"{method.name}: about {in_all} in all, besides compiling")

            climb, score = compile_climb(run, method, filled, before, given, others, foretell)
            start, before_cpu = time.perf_counter(), time.process_time()
            dreams = jax.block_until_ready(climb(*given))
            seconds = (time.perf_counter() - start) / len(real)
            cpu = (time.process_time() - before_cpu) / len(real)
            if compiling is None:
                compiling = start - begun
                in_all = number * seconds * len(real) + len(groups) * compiling
                bar.set_postfix_str(f"about {format_seconds(max(in_all, 1))} in all")
            found = without_faults(np.asarray(dreams.score))
            dreams, rounding = score_again(score, targets, climbed, dreams, before)
            found &= np.isfinite(dreams.score)
            spoken = np.flatnonzero(found[: len(real)])
            if method.judge:
                dreams, nats = take_within(dreams, find_limit(run, method))
            factors = read_factors(run, real, dreams.tokens)
            lines = [
                describe_dream(
                    run, real[row], method, jax.tree.map(lambda field, r=row: field[r], dreams),
                    float(rounding[row]), seconds,
                ) | describe_climb(before, dreams.score[row]) | factors[row]
                for row in spoken
            ]
            if method.judge:
                lines = [
                    {**line, "nats": float(nats[row]), "cpu": cpu} for line, row in zip(
                        complete_fronts(run, method, lines, targets, spoken, source, place),
                        spoken, strict=True,
                    )
                ]
            yield lines
            silent += [neuron.label for row, neuron in enumerate(real) if row not in spoken]
            bar.update(len(real))
    refuse_silent(silent)


def reader_of(run: Run, method: Method) -> Reader:
    """Give what a method reads n-grams with: with what judges them, where that is a term."""
    return open_judge(run, method.judge).reader if method.judge else run.reader


def targets_of(run: Run, neurons: Sequence[Neuron], source: str) -> Target:
    """Turn neurons that are read off a layer into targets."""
    return make_targets(run.reader.readouts, neurons, source_size(run, source))


def source_of(run: Run, before: Climb) -> str:
    """Name the layer that what is climbed is read off."""
    return source_layer(run.reader.readouts, before.layer)


def refuse_silent(neurons: Sequence[str]) -> None:
    """Refuse neurons for which no finite activation was found, when all others are done.

    Raises:
      InputError: there are some.
    """
    if neurons:
        more = f" and {len(neurons) - 1} more" if len(neurons) > 1 else ""
        raise InputError(
            f"neuron {neurons[0]!r}{more}: no n-gram gives a finite activation and is read as "
            "itself; leave it out, mend the model, or allow any tokens"
        )


def climbed_together(
    run: Run, neurons: Sequence[Neuron], method: Method
) -> list[tuple[tuple[str, Place, Climb | None], list[Neuron]]]:
    """Group neurons that one program dreams: all that are read and climbed alike.

    Contrasted ones go layer by layer, and are climbed as they are reported, as their rivals are.
    """
    groups: dict[tuple, list[Neuron]] = {}
    for (source, place), group in groups_of(run, neurons).items():
        for neuron in group:
            before = None if method.contrast else climb_before(run.model.layers, neuron)
            apart = layer_of(neuron) if method.contrast else None
            groups.setdefault((source, place, before, apart), []).append(neuron)
    return [(key[:3], group) for key, group in groups.items()]


def compile_climb(
    run: Run, method: Method, neurons: Sequence[Neuron], before: Climb | None,
    given: Sequence[Any], others: Others | None = None,
    foretell: Callable[[ClosedJaxpr], None] = lambda program: None,
) -> tuple[Callable, Callable]:
    """Compile a climb and what reads its n-grams again, once for all chunks of a run.

    Args:
      run: keeps them.
      method: climbs.
      neurons: of a chunk, read off one layer at one place.
      before: what is climbed in its stead.
      given: arguments of the climb, of the shapes that all chunks have.
      others: of the layer, where the method is contrasted.
      foretell: takes what the climb is traced to, before it is compiled.

    Returns:
      `(key, params, climbed, starts) -> dreams`, and `(targets, climbed, tokens) -> activations` by
      the plain encoder, with what two scores that are climbed may differ by for rounding alone.
    """
    settings = json.dumps(dict(method.settings), sort_keys=True)
    source, place = source_layer(run.reader.readouts, layer_of(neurons[0])), neurons[0].place
    name = method.name, settings, source, place, before, len(neurons), others and others.layer
    if name not in run.programs:
        problem = judged_problem(run, method)
        if method.judge:
            problem = problem._replace(limit=find_limit(run, method))
        encoder, objective = run.reader.encoder, objectives.linear(source, place)
        climbed, magnitude = objective, objectives.magnitude(source, place)
        if before:
            climbed = objectives.linear(source_of(run, before), place, before.toward)
            magnitude = objectives.magnitude(source_of(run, before), place)
        if others:
            climbed = contrasted(objective, others.units)
            magnitude = contrasted_magnitude(magnitude, others.units)
        def make_search(start: Array | None = None):
            pool = problem.pool if start is None else start
            return judged(method.search(problem._replace(pool=pool)), problem.check)

        search = make_search if method.starts_from else make_search()
        reader = reader_of(run, method)
        if method.judge:
            climbed = stack_terms(climbed, open_judge(run, method.judge).objective)
        climb = dreaming.compile_dreams(reader.encoder, climbed, search, run.devices)

        def score_chunk(params, targets, climbed, tokens):
            size = dreaming.score_tokens(encoder, params, magnitude, climbed, tokens)
            return (
                dreaming.score_tokens(encoder, params, objective, targets, tokens),
                2 * objectives.ROUNDING * size,
            )

        score = jax.jit(dreaming.split_neurons(
            score_chunk, (False, True, True, True), run.devices
        ))
        score = functools.partial(score, run.reader.params)

        def read_again() -> None:
            unknown = np.zeros((len(neurons), run.length), np.int32)
            score(targets_of(run, neurons, source), given[2], unknown)
            read_factors(run, neurons, unknown)

        # Compiled here, so that no neuron's seconds hold it; side by side, as compiling one program
        # leaves a core to the others.
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(read_again)
            traced = climb.trace(*given)
            foretell(traced.jaxpr)
            run.programs[name] = traced.lower().compile(), score, traced.jaxpr
            reading.result()
    else:
        foretell(run.programs[name][-1])
    return run.programs[name][:2]
