"""Time what a person waits for, each next to its rival in the same run.

    python launch/bench.py --out=bench.json

`step` is a gumbel step of the 2018 paper (64 samples, its sizes), `corpus` a search of made-world
5-grams by a model of the size of `flickr`, `corpus_paper` of the paper's; weights are random.
`survey` reads whole texts for all MLP neurons of `--model` beside reading them for nothing.
"""

import launching
import functools
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags as absl_flags
from absl.flags import FlagValues

import neurondream as nd
from neurondream import dreaming, files, relaxations
from neurondream.base import Encoder, Search, Target
from neurondream.corpora import texts
from neurondream.corpora.streams import Part
from neurondream.encoders.imaginet import Imaginet, imaginet_encoder, init_imaginet
from neurondream.encoders.precision import bfloat16_matmul, in_float32
from neurondream.errors import InputError
from neurondream.models.vocabulary import BEGIN
from neurondream.runs import survey as surveys
from neurondream.searches.ascent import ascent
from neurondream.sweeps import corpus
from neurondream.sweeps.prefixes import corpus_ngrams
from neurondream.sweeps.survey import compile_survey
from neurondream.targets import number_targets

LENGTH = 5
BLOCK = 1024
KEEP, THRESHOLDS = 10, 81  # of a corpus search: 28 around quantiles, 53 edges of a histogram
PAPER = {"vocabulary": 27_409, "picture": 1, "embedding": 1024, "hidden": 1024}
FLICKR = {"vocabulary": 9_733, "picture": 1, "embedding": 512, "hidden": 512}
SAMPLES = 64
AT_ONCE = (1, 2, 4)  # neurons; 2 fit into half a GiB, the default of --memory
STEPS = 5  # timed in one go; an ascent's few hard scores are lost among them
SECONDS_2018 = 0.66  # a step of the code of 2018, timed elsewhere: not in this run
OBJECTIVE = nd.linear("T.hidden")


ROWS = ("step", "corpus", "corpus_paper", "survey", "compile", "import")


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    absl_flags.DEFINE_list("rows", list(ROWS), "What to time.", flag_values=values)
    absl_flags.DEFINE_string("model", "scenes", "Of the survey.", flag_values=values)
    absl_flags.DEFINE_string("out", None, "JSON file to write the rows to.", flag_values=values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    rows = dict(zip(ROWS, (
        time_step, functools.partial(time_corpus, FLICKR), functools.partial(time_corpus, PAPER),
        functools.partial(time_survey, values.model), time_compile, time_import,
    ), strict=True))
    for name in values.rows:
        if name not in rows:
            raise InputError(f"rows: unknown row {name!r}; there are {', '.join(rows)}")
    # `compile` times compiling, not what a program kept from an earlier run saves.
    jax.config.update("jax_enable_compilation_cache", False)
    results = {
        "device": jax.devices()[0].device_kind, "machine": platform.machine(),
        "jax": jax.__version__, "python": platform.python_version(),
    }
    for name in values.rows:
        results[name] = {key: float(f"{value:.4g}") for key, value in rows[name]().items()}
        for key, value in results[name].items():
            print(f"{name:12} {key:42} {value:,.4g}", flush=True)
    if values.out:
        out = launching.make_folder_of(values.out)
        files.write_atomically(out, (json.dumps(results, indent=1) + "\n").encode())


def time_step() -> dict[str, float]:
    """Time a gumbel step of the paper for each neuron, and a plain matrix product beside it."""
    square = jnp.ones((4096, 4096))
    product = jax.jit(in_float32(jnp.matmul))
    plain = 2 * 4096**3 / 1e9 / median_seconds(lambda: product(square, square))
    row = {"plain_float32_matmul_gflops": plain}
    gflop = step_gflop(**PAPER)
    params = init_imaginet(Imaginet(**PAPER), jax.random.key(0))
    search = gumbel(PAPER["vocabulary"], STEPS, SAMPLES)
    for name, matmul in (("float32", jnp.matmul), ("bfloat16", bfloat16_matmul)):
        encoder = make_encoder(**PAPER, rough_matmul=matmul)
        run = dreaming.compile_dreams(encoder, OBJECTIVE, search)
        for number in AT_ONCE:
            targets = draw_targets(number, PAPER["hidden"])
            steps = functools.partial(run, jax.random.key(1), params, targets)
            seconds = median_seconds(steps) / STEPS / number
            row |= {
                f"{name}_{number}_at_once_seconds": seconds,
                f"{name}_{number}_at_once_gflops": gflop / seconds,
                f"{name}_{number}_at_once_share_of_plain": gflop / seconds / plain,
                f"{name}_{number}_at_once_share_of_2018_seconds": seconds / SECONDS_2018,
            }
    return row


def make_encoder(**settings) -> Encoder:
    """Make the encoder of an Imaginet as readers have it, behind a begin token."""
    encoder = jax.tree.map(in_float32, imaginet_encoder(Imaginet(**settings)))
    return nd.in_context(encoder, np.array([BEGIN], np.int32), np.zeros(0, np.int32))


def step_gflop(vocabulary: int, picture: int, embedding: int, hidden: int) -> float:
    """Count the products of a step: soft words times table and one pathway, there and back."""
    del picture
    rows = SAMPLES * LENGTH
    words = 2 * rows * vocabulary * embedding
    pathway = 2 * rows * 3 * hidden * (embedding + hidden)
    return 2 * (words + pathway) / 1e9


def time_corpus(sizes: Mapping[str, int]) -> dict[str, float]:
    """Time a corpus search for one neuron and for a thousand, with shared prefixes and without.

    The n-grams are those of the made world, so that they share what captions share.
    """
    model = nd.open_model("scenes")
    tokens = nd.read_corpus("scenes:6000", model, length=LENGTH).ngrams.tokens
    row = {"ngrams": len(tokens)}
    encoder = make_encoder(**sizes)
    params = init_imaginet(Imaginet(**sizes), jax.random.key(0))
    shared = corpus.compile_corpus(encoder, OBJECTIVE)
    folded = jax.jit(encoder.prepare)(params)

    @functools.partial(jax.jit, donate_argnums=0)
    def plain(state, params, targets, thresholds, rows, real):
        block = jnp.asarray(tokens)[rows]
        scores = corpus.score_block(encoder, params, OBJECTIVE, targets, block)
        return corpus.take_in(state, scores, rows, real, thresholds)

    def search_plain(targets, tokens, thresholds):
        best = corpus.start_best(len(targets.number), KEEP)
        for start in range(0, len(tokens), BLOCK):
            rows = np.arange(start, start + BLOCK, dtype=np.int32) % len(tokens)
            real = np.int32(min(BLOCK, len(tokens) - start))
            best, _ = jax.block_until_ready(plain(best, params, targets, thresholds, rows, real))

    def search_shared(targets, tokens, thresholds):
        source = corpus_ngrams(tokens)
        for _ in corpus.sweep_ngrams(
            shared, folded, targets, source, keep=KEEP, thresholds=thresholds
        ):
            pass  # waited for: what is counted is added up here

    for number in (1, 1000):
        targets = draw_targets(number, sizes["hidden"])
        thresholds = np.zeros((number, THRESHOLDS), np.float32)
        for name, search, part in (("plain", search_plain, 8), ("shared", search_shared, 1)):
            some = tokens[: len(tokens) // part]
            search(targets, some, thresholds)  # compiles
            start = time.perf_counter()
            search(targets, some, thresholds)
            rate = len(some) / (time.perf_counter() - start)
            row[f"{name}_targets_{number}_ngrams_per_second"] = rate
        row[f"shared_over_plain_targets_{number}"] = (
            row[f"shared_targets_{number}_ngrams_per_second"]
            / row[f"plain_targets_{number}_ngrams_per_second"]
        )
    for name in ("plain", "shared"):
        row[f"{name}_seconds_1000_over_1"] = (
            row[f"{name}_targets_1_ngrams_per_second"]
            / row[f"{name}_targets_1000_ngrams_per_second"]
        )
    return row


def time_compile() -> dict[str, float]:
    """Time the compilation of dreams and of a corpus block."""
    encoder = make_encoder(**FLICKR)
    params = jax.jit(encoder.prepare)(init_imaginet(Imaginet(**FLICKR), jax.random.key(0)))
    problem = nd.Problem(
        LENGTH, np.arange(FLICKR["vocabulary"]) >= 4, encoder.table(params), FLICKR["hidden"]
    )
    row = {}
    for method, number in ((nd.gumbel(), 16), (nd.best(), 1)):
        dreams = dreaming.compile_dreams(encoder, OBJECTIVE, method.search(problem))
        targets = draw_targets(number, FLICKR["hidden"])
        seconds = compile_seconds(dreams, jax.random.key(0), params, targets)
        row[f"{method.name}_seconds"] = seconds
    block = next(corpus_ngrams(np.zeros((BLOCK, LENGTH), np.int32)).blocks())
    sweep = corpus.compile_corpus(encoder, OBJECTIVE)
    targets = draw_targets(16, FLICKR["hidden"])
    row["corpus_seconds"] = compile_seconds(
        sweep, corpus.start_best(16, KEEP), params, targets,
        np.zeros((16, THRESHOLDS), np.float32), block,
    )
    return row


def time_import() -> dict[str, float]:
    """Time imports in fresh interpreters."""
    return {
        f"{name}_seconds": statistics.median(import_seconds(name) for _ in range(3))
        for name in ("neurondream", "jax")
    }


def import_seconds(name: str) -> float:
    """Time one import in a fresh interpreter, without the interpreter's own start."""
    code = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def gumbel(vocabulary: int, steps: int, samples: int) -> Search:
    """Build one epoch of the paper's search."""
    temperature = optax.exponential_decay(2.0, 1, 0.99995, end_value=0.1)
    relaxation = relaxations.gumbel_softmax(LENGTH, jnp.arange(vocabulary) >= 4, temperature)
    return ascent(relaxation, optax.adam(1e-3), epochs=1, steps=steps, samples=samples)


def draw_targets(number: int, units: int) -> Target:
    """Draw random directions."""
    directions = np.random.default_rng(number).standard_normal((number, units), np.float32)
    names = [str(n) for n in range(number)]
    return number_targets(names, directions, np.zeros(number, np.float32))


def time_survey(name: str) -> dict[str, float]:
    """Time a survey of all MLP neurons, or hidden units, and the bare model on the same texts.

    Texts are captions of the made world, one alone and ten in a row.
    """
    model = nd.open_model(name)
    reader = nd.open_reader(model)
    layers = [layer for layer in model.layers if layer.startswith("mlp.")]
    layers = layers or nd.hidden_layers(model, reader.readouts)
    row = {"units": sum(model.layers[layer].size for layer in layers)}
    captions = texts.open_captions("scenes:1000").texts

    @jax.jit
    def read_bare(params, ids):
        read = jax.vmap(lambda text: reader.begin.encode(params, reader.begin.embed(params, text)))
        return jnp.sum(read(ids)[layers[-1]])

    for each in (1, 10):
        joined = [" ".join(captions[k : k + each]) for k in range(0, 400 * each, each)]
        part = Part(0, 0, joined, 0)
        job = surveys.Survey(Path(), model, [], None, layers, KEEP, 128, 0, surveys.AT_ONCE,
                             lambda _, part=part: [part])
        state = surveys.start_state(job, reader.begin, reader.begun)
        read_block = compile_survey(reader.begin, layers)

        def read_all(state=state, job=job, part=part, read_block=read_block):
            kept = jax.tree.map(jnp.copy, state.kept)  # taken over
            return surveys.read_part(
                job, state._replace(kept=kept), part, reader.begin.filler, read_block, reader.begun
            ).kept

        blocks = list(surveys.block_part(job, part, reader.begin.filler))
        tokens = sum(int(block.lengths.sum()) for block in blocks)
        bare = median_seconds(lambda blocks=blocks: [
            read_bare(reader.begun, block.ids).block_until_ready() for block in blocks
        ])
        seconds = median_seconds(read_all)
        row |= {f"{each}_captions_tokens_a_second": tokens / seconds,
                f"{each}_captions_share_of_bare": bare / seconds}
    return row


def median_seconds(work: Callable, repeats: int = 5) -> float:
    """Time a work whose program is compiled by one run before."""
    jax.block_until_ready(work())
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(work())
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def compile_seconds(function: Callable, *arguments) -> float:
    """Time tracing and compilation."""
    start = time.perf_counter()
    function.lower(*arguments).compile()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
