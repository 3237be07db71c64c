"""Every caption once an epoch, in arrays of few shapes."""

import numpy as np
import pytest

from neurondream.models.vocabulary import BEGIN, END, PADDING
from neurondream.training.batches import LENGTHS, fill_batches, plan_batches
from neurondream.training.data import Split, plan_epoch
from neurondream.training.settings import Settings


def corpus(seed, number=60):
    rng = np.random.default_rng(seed)
    captions = [rng.integers(4, 30, rng.integers(0, 50)).astype(np.int32) for _ in range(number)]
    rows = np.where(rng.random(number) < 0.6, rng.permutation(number), -1).astype(np.int32)
    return captions, rows


def plan_of(captions, rows, size, seed):
    return plan_batches(np.array([len(c) for c in captions]), rows >= 0, size, seed)


@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("seed", [None, (3, 1)])
def test_every_caption_comes_once(size, seed):
    captions, rows = corpus(size)
    plan = plan_of(captions, rows, size, seed)
    assert sorted(np.concatenate(plan)) == list(range(len(captions)))
    for members in plan:
        assert 1 <= len(members) <= size
        assert len(set(rows[members] >= 0)) == 1


@pytest.mark.parametrize("size", [3, 16])
def test_batches_hold_their_captions_padded(size):
    captions, rows = corpus(7)
    plan = plan_of(captions, rows, size, (0,))
    batches = list(fill_batches(plan, captions, rows, size))
    assert len(batches) == len(plan)
    for members, batch in zip(plan, batches, strict=True):
        length = batch.tokens.shape[1] - 1
        assert length in LENGTHS and batch.tokens.shape[0] == size
        assert batch.tokens.dtype == np.int32
        sentences = [[BEGIN, *captions[m], END] for m in members]
        # The least length that holds the longest caption, unless none does.
        fitting = [n for n in LENGTHS if n >= max(map(len, sentences)) - 1]
        assert length == (fitting[0] if fitting else LENGTHS[-1])
        for line in range(size):
            expected = sentences[line][: length + 1] if line < len(members) else []
            padding = [PADDING] * (length + 1 - len(expected))
            assert batch.tokens[line].tolist() == expected + padding
        if rows[members[0]] < 0:
            assert batch.rows is None
        else:
            expected = [*rows[members], *[-1] * (size - len(members))]
            assert batch.rows.tolist() == expected


def test_seeds_decide_the_order():
    captions, rows = corpus(1)
    first, again, other = (
        [m.tolist() for m in plan_of(captions, rows, 4, seed)] for seed in ((5, 0), (5, 0), (5, 1))
    )
    assert first == again and first != other
    for members in plan_of(captions, rows, 4, None):
        assert members.tolist() == sorted(members)


@pytest.mark.parametrize("passes", [1, 3])
def test_an_epoch_shows_pictures_several_times(passes):
    captions, rows = corpus(2)
    split, settings = Split(captions, rows), Settings(batch=7, picture_passes=passes, seed=4)
    plan, both = plan_epoch(split, settings, 1)
    assert len(plan) == len(both)
    counts = np.bincount(np.concatenate(plan), minlength=len(captions))
    assert (counts == np.where(rows >= 0, passes, 1)).all()
    jointly = np.concatenate([members for members, joint in zip(plan, both, strict=True) if joint])
    assert sorted(jointly) == list(range(len(captions)))
    again, other = (plan_epoch(split, settings, epoch)[0] for epoch in (1, 2))
    as_lists = [[members.tolist() for members in each] for each in (plan, again, other)]
    assert as_lists[0] == as_lists[1] != as_lists[2]
