"""Real caption and feature files, where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from neurondream.corpora.captions import concatenate, read_captions
from neurondream.corpora.pairing import drop_held_out, picture_rows
from neurondream.corpora.pictures import read_pictures


@pytest.fixture(scope="module")
def data():
    folder = os.environ.get("NEURONDREAM_DATA")
    if not folder:
        pytest.skip("set NEURONDREAM_DATA to the folder of real captions to run this test")
    return Path(folder)


@pytest.mark.parametrize(
    "name, counts",
    [
        ("flickr8k", {"train": 30455, "val": 5000, "test": 5000}),
        ("flickr30k", {"train": 145000, "val": 5070, "test": 5000}),
        ("coco", {"train": 82265}),
    ],
)
def test_real_captions(data, name, counts):
    captions = read_captions(data / f"{name}_captions.tsv.gz")
    splits, found = np.unique(captions.splits, return_counts=True)
    assert dict(zip(splits.tolist(), found.tolist(), strict=True)) == counts
    assert len(captions.texts) == len(captions.images) == sum(counts.values())


def test_every_flickr8k_caption_has_features(data):
    captions = read_captions(data / "flickr8k_captions.tsv.gz")
    pictures = read_pictures(data / "flickr8k_cnn_features.npz")
    assert pictures.features.shape == (8091, 1280)
    rows = picture_rows(captions, pictures)
    assert (rows >= 0).all()
    assert (pictures.ids[rows] == captions.images).all()


def test_no_held_out_flickr8k_picture_in_flickr30k_training(data):
    flickr8k = read_captions(data / "flickr8k_captions.tsv.gz")
    flickr30k = read_captions(data / "flickr30k_captions.tsv.gz")
    training = set(flickr30k.images[flickr30k.splits == "train"].tolist())
    for split, overlap in (("val", 867), ("test", 871)):
        held_out = set(flickr8k.images[flickr8k.splits == split].tolist())
        assert len(held_out & training) == overlap
    left, dropped = drop_held_out(concatenate([flickr8k, flickr30k]))
    assert dropped == len(flickr8k.texts) + len(flickr30k.texts) - len(left.texts)
    of_split = {name: set(left.images[left.splits == name].tolist()) for name in ("train", "val")}
    held_out = set(flickr8k.images[flickr8k.splits != "train"].tolist())
    assert not of_split["train"] & held_out
    assert not of_split["train"] & of_split["val"]
