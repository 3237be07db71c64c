"""The texts in which neurons are highest at any word, for all neurons in one pass."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from neurondream.base import Array, Encoder, Params, Target
from neurondream.dreaming import split_neurons
from neurondream.objectives import score_words

# Texts are filled up to one of these lengths where they can be, so that few programs serve all;
# longer ones are read in pieces of the longest.
LENGTHS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
WORDS = 4096  # read at once
TOP = 5  # texts that are kept
_AT_ONCE = 64  # of them read again together


class TextBlock(NamedTuple):
    """Some texts or pieces of them, filled up to one length."""

    ids: np.ndarray  # int32 [B, T]
    lengths: np.ndarray  # int32 [B]; 0 fills the block up
    texts: np.ndarray  # int32 [B], which they are
    begins: np.ndarray  # int32 [B], where in its text a piece begins


class Peaks(NamedTuple):
    """The texts in which each of `N` neurons is highest, from high to low, and after which word."""

    scores: Array  # [N, K]
    texts: Array  # int32 [N, K]
    words: Array  # int32 [N, K]


def block_texts(
    texts: Sequence[np.ndarray], filler: int | None, *, longest: int = LENGTHS[-1],
    words: int = WORDS, distinct: bool = True,
) -> Iterator[TextBlock]:
    """Put texts together by their length.

    Args:
      texts: token ids of each; empty ones are left out.
      filler: token that shorter texts are filled up with; with None each length stands alone.
      longest: words of a piece of a longer text, at most the last of `LENGTHS`.
      words: read at once.
      distinct: whether what is the same is read once.
    """
    pieces: dict[Any, tuple[int, int, np.ndarray]] = {}
    for number, text in enumerate(texts):
        for begin in range(0, len(text), longest):
            piece = np.asarray(text[begin : begin + longest], np.int32)
            key = piece.tobytes() if distinct else (number, begin)
            pieces.setdefault(key, (number, begin, piece))
    by_length: dict[int, list[tuple[int, int, np.ndarray]]] = {}
    for entry in pieces.values():
        size = len(entry[2])
        fitting = size if filler is None else next(length for length in LENGTHS if length >= size)
        by_length.setdefault(fitting, []).append(entry)
    for length, entries in sorted(by_length.items()):
        at_once = max(1, words // length)
        for first in range(0, len(entries), at_once):
            some = entries[first : first + at_once]
            block = TextBlock(
                np.full((at_once, length), filler or 0, np.int32),
                *(np.zeros(at_once, np.int32) for _ in range(3)),
            )
            for row, (number, begin, piece) in enumerate(some):
                block.ids[row, : len(piece)] = piece
                block.lengths[row], block.texts[row] = len(piece), number
                block.begins[row] = begin
            yield block


def start_peaks(neurons: int) -> Peaks:
    """Start with nothing read."""
    nowhere = jnp.zeros((neurons, TOP), jnp.int32)
    return Peaks(jnp.full((neurons, TOP), -jnp.inf), nowhere, nowhere)


def compile_peaks(
    encoder: Encoder, layer: str, devices: Sequence[jax.Device] = ()
) -> Callable:
    """Compile `(peaks, params, targets, block) -> peaks, found`, the block's own `[N, B]` last.

    Args:
      encoder: of the model, where it starts.
      layer: that the targets are directions of.
      devices: among which the neurons are shared out in equal parts.
    """

    def read_block(
        peaks: Peaks, params: Params, targets: Target, block: TextBlock
    ) -> tuple[Peaks, Peaks]:
        def read_one(ids: Array) -> Array:
            return encoder.encode(params, encoder.embed(params, ids))[layer]

        values = jax.vmap(read_one)(block.ids)  # [B, T, D]
        real = jnp.arange(block.ids.shape[1])[None] < block.lengths[:, None]

        def find_peak(target: Target, before: Peaks) -> tuple[Peaks, Peaks]:
            scores = score_words(values, target)
            scores = jnp.where(real & jnp.isfinite(scores), scores, -jnp.inf)
            words = block.begins + jnp.argmax(scores, axis=1)
            found = Peaks(jnp.max(scores, axis=1), block.texts, words)
            both = jax.tree.map(lambda *parts: jnp.concatenate(parts), before, found)
            # Of equal ones the first stays.
            order = jax.lax.top_k(both.scores, TOP)[1]
            return jax.tree.map(lambda field: field[order], both), found

        return jax.vmap(find_peak)(targets, peaks)

    split = split_neurons(read_block, (True, False, True, False), devices)
    return jax.jit(split)


def find_peaks(
    read_block: Callable, params: Params, targets: Target, texts: Sequence[np.ndarray],
    filler: int | None, bar, sample: np.ndarray,
) -> tuple[Peaks, Peaks]:
    """Read whole texts for all targets, showing progress.

    Args:
      read_block: from `compile_peaks`.
      params: of the encoder.
      targets: N neurons.
      texts: token ids of each.
      filler: as `block_texts` takes it.
      bar: shows how far it is.
      sample: which texts are kept whatever neurons make of them.

    Returns:
      The highest, and those of the sample `[N, S]`; what is the same, or in pieces, is there once,
      or piece by piece.
    """
    peaks = start_peaks(len(targets.number))
    kept = []
    for block in block_texts(texts, filler):
        peaks, found = jax.block_until_ready(read_block(peaks, params, targets, block))
        rows = np.flatnonzero(np.isin(block.texts, sample) & (block.lengths > 0))
        kept.append(jax.tree.map(lambda field, rows=rows: np.asarray(field)[:, rows], found))
        bar.update(int(np.sum(block.lengths > 0)))
    sampled = jax.tree.map(lambda *fields: np.concatenate(fields, axis=1), *kept)
    return jax.tree.map(np.asarray, peaks), sampled


def piece_of(text: np.ndarray, word: int) -> tuple[np.ndarray, int]:
    """Give the piece of a text that a word was read in, and where it begins."""
    begin = int(word) // LENGTHS[-1] * LENGTHS[-1]
    return np.asarray(text[begin : begin + LENGTHS[-1]], np.int32), begin


def compile_values(encoder: Encoder, layer: str) -> Callable:
    """Compile `(params, targets, ids [M, T]) -> activations [M, T]`, a text for each target."""

    @jax.jit
    def read_all(params: Params, targets: Target, ids: Array) -> Array:
        def read_one(target: Target, text: Array) -> Array:
            return score_words(encoder.encode(params, encoder.embed(params, text))[layer], target)

        return jax.vmap(read_one)(targets, ids)

    return read_all


def read_values(
    read_all: Callable, params: Params, targets: Target, pieces: Sequence[np.ndarray],
    owners: Sequence[int], filler: int | None,
) -> list[np.ndarray]:
    """Read texts again, each for one neuron: its activation after every word.

    Args:
      read_all: from `compile_values`.
      params: of the encoder.
      targets: N neurons.
      pieces: M texts, ids of each.
      owners: the target of each.
      filler: token that shorter texts are filled up with; with None each length stands alone.
    """
    longest = max(map(len, pieces), default=0)
    by_length: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        by_length.setdefault(len(piece) if filler is None else longest, []).append(number)
    values: dict[int, np.ndarray] = {}
    for length, numbers in by_length.items():
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            ids = np.full((_AT_ONCE, length), filler or 0, np.int32)
            own = np.zeros(_AT_ONCE, np.int32)
            for row, number in enumerate(some):
                ids[row, : len(pieces[number])] = pieces[number]
                own[row] = owners[number]
            chosen = jax.tree.map(lambda field, own=own: jnp.asarray(field)[own], targets)
            read = np.asarray(read_all(params, chosen, ids))
            values |= {number: read[row, : len(pieces[number])] for row, number in enumerate(some)}
    return [values[number] for number in range(len(pieces))]
