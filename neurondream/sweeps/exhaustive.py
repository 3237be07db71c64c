"""Exhaustive search: all n-grams there are, for all neurons in one pass; the true optimum."""

from collections.abc import Callable, Iterator

import numpy as np

from neurondream.base import Params, Target
from neurondream.sweeps.corpus import CorpusState, check_sweep, sweep_blocks
from neurondream.sweeps.prefixes import count_ngrams, enumerate_prefixes


def sweep_all(
    sweep_block: Callable,
    params: Params,
    targets: Target,
    allowed: np.ndarray,
    length: int,
    *,
    keep: int = 10,
    block: int = 8192,
) -> Iterator[tuple[int, CorpusState]]:
    """Search all n-grams of the allowed words for all targets: `W**L` of them.

    Args:
      sweep_block: from `corpus.compile_corpus`.
      targets: N neurons.
      allowed: words a dream may hold, `bool [V]`.
      length: L.
      keep: best n-grams kept of each neuron.
      block: n-grams scored at once.

    Yields:
      After each block, how many n-grams are done and the state; its rows are those of
      `prefixes.enumerated_ngrams`.

    Raises:
      InputError: a setting is below 1, or there are no or too many n-grams to enumerate.
    """
    check_sweep(keep, block)
    words = np.flatnonzero(allowed).astype(np.int32)
    blocks = enumerate_prefixes(words, length, block)
    keep = min(keep, count_ngrams(len(words), length))
    yield from sweep_blocks(sweep_block, params, targets, blocks, keep)
