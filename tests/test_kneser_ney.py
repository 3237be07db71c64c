"""The Kneser-Ney model against its formulas, written down with dictionaries."""

import collections
import itertools

import jax
import numpy as np
import pytest

from neurondream.corpora.kneser_ney import count_texts, judge_left_out
from neurondream.encoders.kneser_ney import log_probabilities
from neurondream.errors import InputError

WORDS = 7
BEGINS = {
    "none": (), "never inside": (6,), "a word": (2,), "repeated": (2, 2), "long": (6, 1, 0, 3, 1),
}
EMPTY = np.zeros(0, np.int32)


class Plain:
    """Counts in dictionaries, by n-gram."""

    def __init__(self, texts, begin, order, discounts=None):
        self.order = order
        occurrences, left = collections.Counter(), collections.defaultdict(set)
        for text in texts:
            read = (*begin, *text)
            for end in range(len(begin) + 1, len(read) + 1):
                for start in range(max(end - order, 0), end):
                    occurrences[read[start:end]] += 1
                    if end - start < order and start:
                        left[read[start:end]].add(read[start - 1])
        self.after = collections.defaultdict(dict)  # context -> word -> what it counts
        for ngram, times in occurrences.items():
            self.after[ngram[:-1]][ngram[-1]] = len(left[ngram]) or times
        self.discounts = discounts or [self.discount(size) for size in range(order)]

    def discount(self, size):
        counts = [n for h, words in self.after.items() if len(h) == size for n in words.values()]
        once, twice = counts.count(1), counts.count(2)
        return once / (once + 2 * twice) if once and twice else 0.75

    def probability(self, context, word):
        words, discount = self.after.get(context, {}), self.discounts[len(context)]
        lower = self.probability(context[1:], word) if context else 1 / WORDS
        if not words:
            return lower
        seen = max(words.get(word, 0) - discount, 0)
        return (seen + discount * len(words) * lower) / sum(words.values())

    def judge(self, ids, begin):
        read = (*begin, *ids)
        return np.log([
            self.probability(read[max(end - self.order + 1, 0) : end], read[end])
            for end in range(len(begin), len(read))
        ])


def draw_texts(rng, number, longest=8):
    weights = 1 / np.arange(1, WORDS) ** rng.choice([0.3, 1.5])  # the last word is never drawn
    return [
        rng.choice(WORDS - 1, rng.integers(0, longest), p=weights / weights.sum()).astype(np.int32)
        for _ in range(number)
    ]


def plainly(texts):
    return [tuple(text.tolist()) for text in texts]


def draw_corpus(seed):
    rng = np.random.default_rng(seed)
    texts = [*draw_texts(rng, rng.integers(1, 25)), np.array([1, 2, 1, 2, 1], np.int32)]
    return rng, texts, BEGINS[rng.choice(list(BEGINS))], int(rng.integers(1, 5))


# Read by hand: behind 0, 0.25 / 2 for the pair and 0.75 * 2 / 2 times the word's own; of its own,
# 1 has two words before it, 0 occurs twice, behind none, and D is 2 / (2 + 2 * 2).
def test_one_probability_by_hand():
    texts = [np.array(text, np.int32) for text in ([0, 1], [0, 2], [3, 1])]
    judged = judge_left_out(count_texts(texts, 5, order=2), np.array([0, 1]), EMPTY)
    alone = {word: ((n - 1 / 3) + 4 / 3 / 5) / 6 for word, n in {0: 2, 1: 2}.items()}
    np.testing.assert_allclose(np.exp(judged), [alone[0], 0.125 + 0.75 * alone[1]])


@pytest.mark.parametrize("seed", range(60))
def test_texts_are_judged_by_the_formulas(seed):
    rng, texts, begin, order = draw_corpus(seed)
    model, plain = count_texts(texts, WORDS, begin=begin, order=order), Plain(
        plainly(texts), begin, order
    )
    assert model.discounts.tolist() == plain.discounts[: len(model.discounts)]
    others = [rng.integers(0, WORDS, 9), np.zeros(0, int)]  # words that no text holds, too
    for ids in (*draw_texts(rng, 5), *others):
        judged = judge_left_out(model, ids, EMPTY, begin=begin)
        np.testing.assert_allclose(judged, plain.judge(ids.tolist(), begin), atol=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_a_text_left_out_is_as_never_counted(seed):
    rng, texts, begin, order = draw_corpus(seed)
    texts += [texts[row] for row in rng.integers(0, len(texts), rng.integers(0, 4))]  # twice
    model = count_texts(texts, WORDS, begin=begin, order=order)
    discounts = Plain(plainly(texts), begin, order).discounts
    for row in rng.integers(0, len(texts), 5):
        others = plainly(texts[:row] + texts[row + 1 :])
        plain = Plain(others, begin, order, discounts)
        for ids in (texts[row], texts[row - 1], rng.integers(0, WORDS, 9)):
            judged = judge_left_out(model, ids, texts[row], begin=begin)
            np.testing.assert_allclose(judged, plain.judge(ids.tolist(), begin), atol=1e-12)


def test_without_its_only_text_all_words_are_alike():
    text = np.array([0, 1, 0, 1, 1], np.int32)
    model = count_texts([text], WORDS, begin=(6,), order=3)
    np.testing.assert_allclose(judge_left_out(model, text, text, begin=(6,)), -np.log(WORDS))


@pytest.mark.parametrize("begin", BEGINS.values(), ids=BEGINS)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_in_jax_as_by_the_formulas(order, begin):
    rng = np.random.default_rng(order)
    texts = draw_texts(rng, 30)
    model, plain = count_texts(texts, WORDS, begin=begin, order=order), Plain(
        plainly(texts), begin, order
    )
    for field in model:
        assert all(a.dtype in (np.int32, np.float32) for a in field if isinstance(field, tuple))
    ids = rng.integers(0, WORDS, (40, 6)).astype(np.int32)
    read = np.concatenate([np.tile(np.array(begin, np.int32), (40, 1)), ids], axis=1)
    with jax.numpy_rank_promotion("raise"):
        judge = jax.jit(jax.vmap(log_probabilities, in_axes=(None, 0)))
        judged = np.asarray(judge(model, read))
    assert judged.dtype == np.float32 and judged.shape == read.shape
    expected = np.array([plain.judge(row, begin) for row in ids.tolist()])
    np.testing.assert_allclose(judged[:, len(begin) :], expected, atol=1e-5)
    assert np.all(np.isfinite(judged))
    first = np.array([plain.judge(row[:1], ()) for row in read.tolist()])
    np.testing.assert_allclose(judged[:, :1], first, atol=1e-5)
    one = jax.jit(log_probabilities)
    for row in range(3):
        np.testing.assert_array_equal(one(model, read[row]), judged[row])


def test_probabilities_of_all_words_sum_to_one():
    rng = np.random.default_rng(0)
    texts = draw_texts(rng, 12, longest=5)
    model = count_texts(texts, WORDS, begin=(6,), order=3)
    # All contexts of two words, seen or not, and all words behind them.
    ngrams = np.array(list(itertools.product(range(WORDS), repeat=3)), np.int32)
    logs = jax.jit(jax.vmap(log_probabilities, in_axes=(None, 0)))(model, ngrams)
    probabilities = np.exp(np.asarray(logs, np.float64)).reshape(-1, WORDS, 3)
    assert np.all(probabilities > 0)
    np.testing.assert_allclose(probabilities[:, :, 2].sum(axis=1), 1, atol=1e-5)
    pairs = probabilities.reshape(WORDS, WORDS, WORDS, 3)[:, :, 0, 1]
    np.testing.assert_allclose(pairs.sum(axis=1), 1, atol=1e-5)
    seen = {pair for text in plainly(texts) for pair in itertools.pairwise(text[:-1])}
    assert 0 < len(seen) < WORDS**2


def test_searches_go_through_long_ranges():
    # Behind 0 stands every second word; ranges of one child, of many and of none are searched.
    texts = [np.array([0, word], np.int32) for word in range(1, 100, 2)]
    model = count_texts(texts, 101, order=2)
    ids = np.array([[0, word] for word in range(101)], np.int32)
    judged = np.asarray(jax.vmap(log_probabilities, in_axes=(None, 0))(model, ids))[:, 1]
    expected = [judge_left_out(model, row, EMPTY)[1] for row in ids]
    np.testing.assert_allclose(judged, expected, atol=1e-5)
    assert judged[1:100:2].min() > judged[2:100:2].max()


@pytest.mark.parametrize(
    "texts, settings, named",
    [
        ([], {}, "empty"),
        ([[], []], {}, "no word"),
        ([[1, 2]], {"order": 0}, "order=0"),
        ([[1, 7]], {}, "token 7"),
        ([[1, -1]], {}, "token -1"),
        ([[1, 2]], {"begin": (9,)}, "token 9"),
    ],
)
def test_mistakes_are_named_in_one_line(texts, settings, named):
    with pytest.raises(InputError) as caught:
        count_texts([np.array(text, np.int32) for text in texts], WORDS, **settings)
    assert named in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("begin", [(), (6,)])
@pytest.mark.parametrize(
    "ids, text, named",
    [
        ([1, 7], [1, 2], "token 7"),
        ([1], [2, 2], "none of those"),
        ([1], [2, 1], "none of those"),
        ([1], [5], "none of those"),
    ],
)
def test_what_was_not_counted_is_not_left_out(ids, text, named, begin):
    model = count_texts([np.array(t, np.int32) for t in ([1, 2], [1])], WORDS, begin=begin)
    with pytest.raises(InputError) as caught:
        judge_left_out(model, np.array(ids), np.array(text), begin=begin)
    assert named in str(caught.value) and "\n" not in str(caught.value)
