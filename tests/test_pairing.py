"""Captions find their pictures, held-out ones are kept out, and numbers are not mistaken."""

import numpy as np
import pytest

from neurondream.corpora.captions import Captions
from neurondream.corpora.pairing import (
    check_paired,
    drop_held_out,
    join_collections,
    picture_rows,
    set_aside,
)
from neurondream.corpora.pictures import Pictures
from neurondream.errors import InputError


def make_captions(*rows):
    texts, images, splits = zip(*rows, strict=True)
    return Captions(list(texts), np.array(images, str), np.array(splits, str))


def make_pictures(*keys):
    return Pictures(np.array(keys, str), np.zeros((len(keys), 2), np.float32), ("0", "1"))


def refuse(function, *arguments, holding):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    for words in holding:
        assert words in message, message


def test_drop_held_out():
    captions = make_captions(
        ("stays in training", "1", "train"),
        ("also in val", "2", "train"),
        ("also in test", "3", "train"),
        ("no picture", "", "train"),
        ("stays in val", "2", "val"),
        ("val, also in test", "3", "val"),
        ("no picture in val", "", "val"),
        ("stays in test", "3", "test"),
        ("no picture in test", "", "test"),
    )
    left, dropped = drop_held_out(captions)
    assert dropped == 3
    kept = [0, 3, 4, 6, 7, 8]
    assert left.texts == [captions.texts[row] for row in kept]
    assert left.images.tolist() == captions.images[kept].tolist()
    assert left.splits.tolist() == captions.splits[kept].tolist()
    assert drop_held_out(left)[1] == 0


def test_picture_rows():
    captions = make_captions(("a", "x", "train"), ("b", "", "train"), ("c", "y", "val"))
    rows = picture_rows(captions, make_pictures("y", "x", "z"))
    assert rows.dtype == np.int32
    assert rows.tolist() == [1, -1, 0]
    for pictures in (None, make_pictures("z")):
        rows = picture_rows(captions, pictures)
        assert rows.dtype == np.int32 and rows.tolist() == [-1] * 3


def test_features_of_other_pictures():
    captions = make_captions(("a", "", "train"), ("b", "x", "train"))
    holding = ["none of the 2 captions", "'x'", "'y'"]
    refuse(check_paired, captions, make_pictures("y"), holding=holding)
    refuse(check_paired, make_captions(("a", "", "train")), make_pictures("y"), holding=["none,"])
    check_paired(captions, make_pictures("y", "x"))


@pytest.mark.parametrize("key", ["65567", "train:0"])
def test_numbers_of_two_collections_are_not_taken_for_one_picture(key):
    first = make_captions(("a boat", "9", "train"), ("a kite", key, "train"))
    second = make_captions(("two dogs", key, "test"))
    collections = {"one.tsv": first, "other.tsv": second}
    refuse(join_collections, collections, holding=["one.tsv", "other.tsv", repr(key), "image_id"])
    third = make_captions(("two dogs", "10", "test"), ("a dog", "", "train"))
    joined = join_collections({"one.tsv": first, "other.tsv": third})
    assert joined.texts == first.texts + third.texts


def test_file_names_are_of_one_picture_in_all_collections():
    one = make_captions(("a kite", "1000268201.jpg", "train"), ("a cat", "65567", "train"))
    other = make_captions(("two dogs", "1000268201.jpg", "test"), ("a red hat", "65567.jpg", "val"))
    joined = join_collections({"one": one, "other": other})
    left, dropped = drop_held_out(joined)
    assert dropped == 1
    assert left.texts == ["a cat", "two dogs", "a red hat"]


def test_a_validation_split_is_drawn_where_there_is_none():
    rows = [(f"caption {n % 5} of {n // 5}", f"p{n // 5}", "train") for n in range(200)]
    rows += [(f"no picture {n // 2}", "", "train") for n in range(40)]
    rows += [("a test", "q", "test")]
    captions = make_captions(*rows)
    drawn, number = set_aside(captions, seed=3)
    chosen = drawn.splits == "val"
    assert drawn.texts == captions.texts and number == chosen.sum()
    assert (drawn.splits[~chosen] == captions.splits[~chosen]).all()
    groups = [image or text for text, image, _ in rows]
    taken = {group for group, val in zip(groups, chosen, strict=True) if val}
    assert len(taken) == 3  # a twentieth of 40 pictures and 20 texts
    assert not taken & {group for group, val in zip(groups, chosen, strict=True) if not val}
    assert (set_aside(captions, seed=3)[0].splits == drawn.splits).all()
    assert (set_aside(captions, seed=4)[0].splits != drawn.splits).any()
    # Where there is one, it stays.
    assert set_aside(drawn, seed=4) == (drawn, 0)


def test_one_picture_is_too_few_to_draw_from():
    one = make_captions(("a kite", "p", "train"), ("a red kite", "p", "train"))
    refuse(set_aside, one, 0, holding=["1 training", "two or more"])
