"""An interpolated Kneser-Ney model of texts, to judge how fluent others are (host side).

Kneser & Ney 1995; Chen & Goodman 1999, with one discount a level. An n-gram counts `a`: as often as
it occurs if it has all the words that the model reads, else as many distinct words as stand before
it, else, where nothing ever does, as often as it occurs. Then
`p(w | h) = (max(a(hw) - D, 0) + D types(h) p(w | h without its first word)) / total(h)`, where
`total` and `types` sum and number the counts above 0 of all words after `h`. Before one word
without a context stands the uniform distribution.

`encoders/kneser_ney.py` reads the same model in JAX.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurondream.errors import InputError

FALLBACK = 0.75  # the discount of a level where no n-gram counts 1, or none 2


class KneserNey(NamedTuple):
    """All n-grams of texts up to `order` words as a trie; nothing but arrays.

    Level k holds the `M_k` distinct n-grams of k words as nodes, sorted by the node of their first
    k - 1 words, then by the last word; level 1 has a node for each of the V words. N-grams of what
    texts are read behind are there as contexts, with a count of 0. No level is empty: where all
    texts are shorter than `order`, there are fewer levels.
    """

    # Of levels 1 to order.
    log_probability: tuple[np.ndarray, ...]  # float32 [M_k], of the last word after the others
    counts: tuple[np.ndarray, ...]  # int32 [M_k], occurrences
    continuations: tuple[np.ndarray, ...]  # int32 [M_k], distinct words before it; 0 on the last
    # Of levels 2 to order.
    words: tuple[np.ndarray, ...]  # int32 [M_k], the last word
    suffixes: tuple[np.ndarray, ...]  # int32 [M_k], node of all words but the first, a level below
    # Of levels 1 to order - 1, as contexts.
    starts: tuple[np.ndarray, ...]  # int32 [M_k + 1]; a node's children end where the next's start
    log_backoff: tuple[np.ndarray, ...]  # float32 [M_k]; 0 where nothing follows
    # Of levels 0 to order - 1, as contexts; level 0 is the empty one.
    totals: tuple[np.ndarray, ...]  # int32 [M_k], what all words after it count together
    types: tuple[np.ndarray, ...]  # int32 [M_k], distinct words after it
    discounts: np.ndarray  # float64 [order]


def count_texts(
    texts: Sequence[np.ndarray], vocabulary: int, *, begin: Sequence[int] = (), order: int = 3
) -> KneserNey:
    """Count the n-grams of texts and estimate the model.

    Args:
      texts: token ids of each.
      vocabulary: V.
      begin: tokens that each text is read behind; contexts only, they are not predicted.
      order: the most words of an n-gram.

    Raises:
      InputError: there is no text, or no word in any; the order is below 1; an id is outside the
        vocabulary.
    """
    if order < 1:
        raise InputError(f"order={order}: n-grams have 1 word or more")
    if not len(texts):
        raise InputError("the corpus is empty: give at least one text")
    lengths = np.array([len(text) for text in texts], np.int64)
    if not lengths.any():
        raise InputError("the corpus holds no word: all its texts are empty")
    before = _reachable(begin, order)
    all_lengths = lengths + len(before)
    # How many tokens of the same text, with what it is read behind, stand before each.
    place = np.arange(all_lengths.sum())
    place -= np.repeat(np.cumsum(all_lengths) - all_lengths, all_lengths)
    counted = place >= len(before)
    tokens = np.empty(len(place), np.int64)
    tokens[counted] = np.concatenate(texts)
    tokens[~counted] = np.tile(before, len(texts))
    _check_ids(tokens, vocabulary)

    counts = [np.bincount(tokens[counted], minlength=vocabulary)]
    continuations, words, suffixes, parents = [], [], [], [np.zeros(vocabulary, np.int64)]
    node = tokens  # of the n-gram that ends at each token
    for level in range(1, min(order, int(place.max()) + 1)):
        ends = np.flatnonzero(place >= level)
        # A pair (prefix, next word) is one integer.
        keys, found = np.unique(node[ends - 1] * vocabulary + tokens[ends], return_inverse=True)
        suffix = np.empty(len(keys), np.int64)
        suffix[found] = node[ends]
        node = np.full(len(tokens), -1)
        node[ends] = found
        counts.append(np.bincount(found[counted[ends]], minlength=len(keys)))
        occur = counts[level] > 0
        continuations.append(np.bincount(suffix[occur], minlength=len(counts[level - 1])))
        prefix, word = np.divmod(keys, vocabulary)
        suffixes.append(suffix), parents.append(prefix), words.append(word)
    continuations.append(np.zeros_like(counts[-1]))
    return _estimate(counts, continuations, words, suffixes, parents)


def judge_left_out(
    model: KneserNey, ids: np.ndarray, text: np.ndarray, *, begin: Sequence[int] = ()
) -> np.ndarray:
    """Judge a text by all texts of a model but one: as counted without it, with equal discounts.

    Args:
      model: counted behind `begin`.
      ids: the text to judge, `int [L]`.
      text: one of the counted texts, of which one occurrence is left out; an empty one leaves
        nothing out.
      begin: tokens that both are read behind.

    Returns:
      Log-probabilities `float64 [L]`, in nats.

    Raises:
      InputError: an id is outside the vocabulary, or `text` was not counted.
    """
    before = _reachable(begin, len(model.counts))
    taken, taken_contexts = _find_nodes(model, text, before)
    nodes, contexts = _find_nodes(model, ids, before)
    probability = np.full(len(ids), 1 / len(model.counts[0]))
    changes = []  # from the longest n-grams down, since their end changes what shorter ones count
    gone = np.zeros(0, np.int64)  # suffixes of the n-grams, a level up, that no text has any more
    for level in reversed(range(len(model.counts))):
        whole = max(level - len(before), 0)  # words before it have too few tokens before them
        rows, first, times = np.unique(
            taken[level][whole:], return_index=True, return_counts=True
        )
        counts, continuations = model.counts[level][rows], model.continuations[level][rows]
        left = counts - times
        if np.any(rows < 0) or np.any(left < 0):
            raise InputError("the text to leave out is none of those that were counted")
        lost = np.bincount(np.searchsorted(rows, gone), minlength=len(rows))
        shift = _count(left, continuations - lost) - _count(counts, continuations)
        changes.append((rows, shift, taken_contexts[level][whole:][first], left == 0))
        if level:
            gone = model.suffixes[level - 1][rows[left == 0]]
    for level, (rows, shift, parents, ended) in enumerate(reversed(changes)):
        node, context = nodes[level], contexts[level]
        count = _count(model.counts[level][node], model.continuations[level][node])
        count = np.where(node >= 0, count, 0) + _sum_at(rows, shift, node)
        total = model.totals[level][context] + _sum_at(parents, shift, context)
        types = model.types[level][context] - _sum_at(parents, ended, context)
        total = np.where(context >= 0, total, 0)
        probability = _interpolate(count, total, types, probability, model.discounts[level])
    return np.log(probability)


def _estimate(
    counts: list[np.ndarray], continuations: list[np.ndarray], words: list[np.ndarray],
    suffixes: list[np.ndarray], parents: list[np.ndarray],
) -> KneserNey:
    """Estimate probabilities from counts; fields as the model's, `parents` of levels 1 to order."""
    totals, types, discounts, logs, backoffs, starts = [], [], [], [], [], []
    vocabulary, contexts = len(counts[0]), 1
    lower = np.full(vocabulary, 1 / vocabulary)
    for level, parent in enumerate(parents):
        count = _count(counts[level], continuations[level])
        once, twice = np.sum(count == 1), np.sum(count == 2)
        discount = once / (once + 2 * twice) if once and twice else FALLBACK
        total = np.bincount(parent, weights=count, minlength=contexts)  # exact below 2**53
        follow = np.bincount(parent[count > 0], minlength=contexts)
        if level:
            lower = lower[suffixes[level - 1]]
            starts.append(np.searchsorted(parent, np.arange(contexts + 1)))
            weight = discount * follow / np.maximum(total, 1)
            backoffs.append(np.log(np.where(total > 0, weight, 1)))
        lower = _interpolate(count, total[parent], follow[parent], lower, discount)
        logs.append(np.log(lower))
        totals.append(total), types.append(follow), discounts.append(discount)
        contexts = len(count)

    def narrow(arrays: list[np.ndarray], kind: type = np.int32) -> tuple[np.ndarray, ...]:
        return tuple(array.astype(kind) for array in arrays)

    return KneserNey(
        narrow(logs, np.float32), narrow(counts), narrow(continuations), narrow(words),
        narrow(suffixes), narrow(starts), narrow(backoffs, np.float32), narrow(totals),
        narrow(types), np.array(discounts),
    )


def _count(counts: np.ndarray, continuations: np.ndarray) -> np.ndarray:
    return np.where(continuations > 0, continuations, counts)


def _interpolate(
    count: np.ndarray, total: np.ndarray, types: np.ndarray, lower: np.ndarray, discount: float
) -> np.ndarray:
    """Mix discounted counts with the probability by a shorter context, all `[M]`."""
    mixed = np.maximum(count - discount, 0) + discount * types * lower
    return np.where(total > 0, mixed / np.maximum(total, 1), lower)


def _reachable(begin: Sequence[int], order: int) -> np.ndarray:
    """Keep of what texts are read behind the tokens that an n-gram with a word of theirs holds."""
    begin = np.asarray(begin, np.int64)
    return begin[max(len(begin) - order + 1, 0) :]


def _check_ids(tokens: np.ndarray, vocabulary: int) -> None:
    outside = tokens[(tokens < 0) | (tokens >= vocabulary)]
    if len(outside):
        raise InputError(f"token {outside[0]} is outside the vocabulary of {vocabulary} words")


def _find_nodes(
    model: KneserNey, ids: np.ndarray, before: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Find the n-grams that end at each token of a text, and their contexts; -1 is none.

    Returns:
      By level, from 1: nodes `int [L]` of the level, and of the one below.
    """
    tokens = np.concatenate([before, np.asarray(ids, np.int64)])
    _check_ids(tokens, len(model.counts[0]))
    narrow = tokens.astype(np.int32)  # a wider word to search for would widen all it is sought in
    nodes, contexts = [tokens], [np.zeros(len(tokens), np.int64)]
    for words, starts in zip(model.words, model.starts, strict=True):
        context = np.append(-1, nodes[-1])[:-1]
        node = np.full(len(tokens), -1)
        for place in np.flatnonzero(context >= 0):
            start, end = starts[context[place]], starts[context[place] + 1]
            row = start + np.searchsorted(words[start:end], narrow[place])
            if row < end and words[row] == narrow[place]:
                node[place] = row
        nodes.append(node)
        contexts.append(context)
    skipped = len(before)
    return [node[skipped:] for node in nodes], [context[skipped:] for context in contexts]


def _sum_at(rows: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Sum the values `[U]` that belong to each wanted row `[L]`."""
    distinct, place = np.unique(np.append(rows, -2), return_inverse=True)  # never empty
    sums = np.bincount(place[:-1], weights=values, minlength=len(distinct))
    found = np.minimum(np.searchsorted(distinct, wanted), len(distinct) - 1)
    return np.where(distinct[found] == wanted, sums[found], 0)
