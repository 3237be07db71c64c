"""All units of chosen layers on whole contexts, in one pass that keeps little.

Of each unit: the contexts in which it is highest, one drawn of each level below, how many tokens
reach thresholds, and a histogram.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, Params
from neurondream.sweeps.corpus import Best, keep_best, start_best
from neurondream.sweeps.tally import Tally, count_below, tally_block
from neurondream.sweeps.texts import TextBlock

# Levels lie between these shares of the highest values of contexts; the top ones are kept anyway.
LEVELS = (0.0, 0.5, 0.75, 0.9, 0.97, 0.99)
BINS = 48
# Thresholds of the tail: from the 99th percentile of a sample to its maximum, and as far again.
_TAILS = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3])
_SPARE = 4  # one token in as many, or a few more, is counted for the histogram


class Scale(NamedTuple):
    """Where the values of `N` units lie, as a first sample has it; from low to high."""

    levels: Array  # [N, Q], lower ends, of the highest value of a context
    tails: Array  # [N, T]
    edges: Array  # [N, E]


class Kept(NamedTuple):
    """Contexts of each of `N` units."""

    top: Best  # [N, K]; rows are numbers of contexts
    drawn: Best  # [N, Q], one of each level; scores are what they were drawn by, [0, 1)


def compile_values(encoder: Encoder, layers: Sequence[str]) -> Callable:
    """Build `(params, ids [B, T], lengths [B]) -> values [B, T, N]`.

    NaN is where there is no token, and where no finite number is.
    """

    def read_values(params: Params, ids: Array, lengths: Array) -> Array:
        def read_one(text: Array) -> Array:
            read = encoder.encode(params, encoder.embed(params, text))
            return jnp.concatenate([read[layer] for layer in layers], axis=-1)

        values = jax.vmap(read_one)(ids)
        real = jnp.arange(ids.shape[1])[None] < lengths[:, None]
        return jnp.where(real[..., None] & jnp.isfinite(values), values, jnp.nan)

    return read_values


def start_kept(units: int, keep: int) -> Kept:
    """Start with nothing read."""
    return Kept(start_best(units, keep), start_best(units, len(LEVELS)))


def find_peaks(values: Array) -> Array:
    """Give the highest value in each context, `[B, T, N] -> [B, N]`."""
    return jnp.max(jnp.where(jnp.isnan(values), -jnp.inf, values), axis=1)


def compile_survey(encoder: Encoder, layers: Sequence[str]) -> Callable:
    """Compile `(params, kept, scale, block, new, numbers, draws) -> kept, tally, counts`.

    Of the block's contexts, `new` `bool [B]` are those that may be kept, `numbers` `int32 [B]` what
    they are called, `draws` what decides which of a level is kept, uniform `[B]`. The tally is of
    one token in a few, at the edges of the histogram; counts `int32 [N, T + 1]` are of all tokens,
    below the tails, and in the last place all.
    """
    read_values = compile_values(encoder, layers)

    def read_block(
        params: Params, kept: Kept, scale: Scale, block: TextBlock, new: Array, numbers: Array,
        draws: Array,
    ) -> tuple[Kept, Tally, Array]:
        values = read_values(params, block.ids, block.lengths)
        peaks = jnp.where(new, find_peaks(values).T, -jnp.inf)  # [N, B]
        top = keep_best(kept.top, peaks, numbers)
        above = jnp.pad(scale.levels[:, 1:], ((0, 0), (0, 1)), constant_values=jnp.inf)
        held = [
            draw_level(peaks, low, high, draws)
            for low, high in zip(scale.levels.T, above.T, strict=True)
        ]
        best, at = (jnp.stack(each, axis=1) for each in zip(*held, strict=True))
        better = best > kept.drawn.scores
        drawn = Best(
            jnp.where(better, best, kept.drawn.scores),
            jnp.where(better, numbers[at], kept.drawn.rows),
        )
        flat = values.reshape(-1, values.shape[-1])
        some = flat[:: spacing(values.shape[1])]
        most = jnp.finfo(flat.dtype).max
        ends = jnp.pad(scale.tails, ((0, 0), (0, 1)), constant_values=most)
        return Kept(top, drawn), tally_block(some.T, scale.edges), count_below(flat.T, ends)

    return jax.jit(read_block, donate_argnums=1)


def spacing(length: int) -> int:
    """Choose a spacing that comes to every place of contexts of one length alike."""
    return next(step for step in range(_SPARE, _SPARE + length + 1) if math.gcd(step, length) == 1)


def draw_level(peaks: Array, low: Array, high: Array, draws: Array) -> tuple[Array, Array]:
    """Draw a context of a level for each unit, of those above its lower end.

    All that are as high as one another, such as 0 of a unit that is off, are of one level.

    Args:
      peaks: of contexts, `[N, B]`.
      low, high: ends of the level, `[N]`.
      draws: what decides, `[B]`.

    Returns:
      What they were drawn by, -inf where there is none, and which they are, `[N]`.
    """
    inside = jnp.isfinite(peaks) & (peaks > low[:, None]) & (peaks <= high[:, None])
    lots = jnp.where(inside, draws, -jnp.inf)
    return jnp.max(lots, axis=1), jnp.argmax(lots, axis=1)


def find_scale(peaks: np.ndarray, values: np.ndarray) -> Scale:
    """Find where values lie by a first sample.

    Args:
      peaks: the highest values of contexts, `[C, N]`.
      values: at tokens, `[M, N]`.
    """
    peaks, values = (_drop_infinite(each) for each in (peaks, values))
    levels = np.quantile(peaks, LEVELS, axis=0).T
    levels[:, 0] = -np.inf
    low, high = values.min(axis=0), np.maximum(values.max(axis=0), peaks.max(axis=0))
    often = np.quantile(values, 0.99, axis=0)
    tails = often[:, None] + (high - often)[:, None] * _TAILS
    reach = high + (high - low) / 3
    edges = low[:, None] + (reach - low)[:, None] * np.linspace(0, 1, BINS + 1)
    return Scale(*(np.asarray(each, np.float32) for each in (levels, tails, edges)))


def _drop_infinite(values: np.ndarray) -> np.ndarray:
    """Put a column's smallest finite number, or 0, where there is no finite one."""
    finite = np.isfinite(values)
    least = np.min(np.where(finite, values, np.inf), axis=0)
    return np.where(finite, values, np.where(np.isfinite(least), least, 0))


def compile_gather(encoder: Encoder, layers: Sequence[str]) -> Callable:
    """Compile `(params, ids [B, T], lengths [B], rows [P], units [P]) -> values [P, T]`."""
    read_values = compile_values(encoder, layers)

    @jax.jit
    def gather(params: Params, ids: Array, lengths: Array, rows: Array, units: Array) -> Array:
        return read_values(params, ids, lengths)[rows, :, units]

    return gather
