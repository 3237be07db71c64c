"""N-grams looked up in a corpus, against plain counting."""

import numpy as np
import pytest

from neurondream.corpora.ngrams import collect_ngrams
from neurondream.corpora.occurrence import count_occurrences, find_occurrence, index_ngrams

ALLOWED = np.arange(100) > 3  # word 3 is the unknown one


@pytest.fixture(scope="module")
def captions():
    generator = np.random.default_rng(0)
    return [generator.integers(3, 9, generator.integers(1, 9)).astype(np.int32) for _ in range(60)]


def count_plainly(captions, ngram):
    return sum(
        caption[start : start + len(ngram)].tolist() == list(ngram)
        for caption in captions for start in range(len(caption) - len(ngram) + 1)
    )


def test_counts_are_those_of_a_plain_loop(captions):
    index = index_ngrams(captions, 4, ALLOWED)
    generator = np.random.default_rng(1)
    counted = []
    for length in (1, 2, 3, 4):
        for _ in range(60):
            ngram = generator.integers(4, 9, length)
            counted.append(count_occurrences(index, ngram))
            assert counted[-1] == count_plainly(captions, ngram.tolist())
        assert count_occurrences(index, np.array([3] * length)) == 0
    assert 0 in counted and max(counted) > 1


def test_the_longest_part_and_the_nearest_ngram_are_found(captions):
    index, corpus = index_ngrams(captions, 4, ALLOWED), collect_ngrams(captions, 4, ALLOWED)
    generator = np.random.default_rng(2)
    for _ in range(60):
        tokens = generator.integers(4, 9, 4)
        found = find_occurrence(index, corpus, tokens)
        assert found.count == count_plainly(captions, tokens.tolist())
        start, end = found.part
        counts = {
            (first, last): count_plainly(captions, tokens[first:last].tolist())
            for first in range(4) for last in range(first + 1, 5)
        }
        longest = max(last - first for (first, last), count in counts.items() if count)
        assert end - start == longest
        assert found.part_count == counts[start, end] == max(
            count for (first, last), count in counts.items() if last - first == longest
        )
        shared = (corpus.tokens == tokens).sum(axis=1)
        assert found.shared == shared.max() == shared[found.nearest]


def test_words_that_never_occur_have_no_part(captions):
    index, corpus = index_ngrams(captions, 4, ALLOWED), collect_ngrams(captions, 4, ALLOWED)
    found = find_occurrence(index, corpus, np.array([90, 91, 92, 93]))
    assert found.count == found.part_count == found.shared == 0
    assert found.part == (0, 0)


def test_a_word_beyond_the_corpus_is_not_taken_for_another_ngram():
    captions = [np.array([4, 5], np.int32), np.array([5, 6], np.int32)]
    index = index_ngrams(captions, 2, ALLOWED)
    assert count_occurrences(index, np.array([4, 5])) == 1
    assert not any(count_occurrences(index, np.array([4, word])) for word in range(6, 40))
