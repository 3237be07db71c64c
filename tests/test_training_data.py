"""What a training reads: its settings, its captions, each once, and their pictures."""

import numpy as np
import pytest

from neurondream import training
from neurondream.errors import InputError
from neurondream.training.data import open_collections, open_data
from neurondream.training.settings import check_settings


@pytest.fixture
def quick(tmp_path):
    """Settings of twelve captions and pictures."""
    splits = ["val", *["train"] * 11]
    rows = [f"a dog runs\tp{number}\t{split}" for number, split in enumerate(splits)]
    (tmp_path / "captions.tsv").write_text("\n".join(["caption\timage_id\tsplit", *rows]) + "\n")
    features = np.random.default_rng(0).normal(3, 2, (12, 7)).astype(np.float32)
    ids = np.array([f"p{number}" for number in range(12)])
    np.savez(tmp_path / "pictures.npz", ids=ids, features=features)
    return training.Settings(
        captions=[str(tmp_path / "captions.tsv")],
        pictures=str(tmp_path / "pictures.npz"),
        minimum_count=1,
    )


def refuse(function, *arguments, holding):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    message = str(caught.value)
    assert "\n" not in message and "--" not in message
    for part in holding:
        assert part in message, message


@pytest.mark.parametrize(
    "changes, holding",
    [
        ({"batch": 0}, ["batch=0", "1 or more"]),
        ({"picture_passes": 0}, ["picture_passes=0"]),
        ({"picture_passes": 10**9}, ["picture_passes=1000000000", "1 to 1000"]),
        ({"seed": -1}, ["seed=-1", "0 or more"]),
        ({"alpha": 1.5}, ["alpha=1.5", "0 to 1"]),
        ({"dropout": 1.0}, ["dropout=1.0", "0.99"]),
        ({"learning_rate": float("nan")}, ["learning_rate=nan"]),
        ({"update_bias": float("inf")}, ["update_bias=inf", "finite"]),
        ({"precision": "half"}, ["precision=half", "bfloat16"]),
        ({"captions": "scenes"}, ["captions='scenes'", "list"]),
        ({"captions": []}, ["captions=[]"]),
        ({"alpha": 0, "pictures": None}, ["alpha=0", "give pictures"]),
    ],
)
def test_settings_that_no_training_has(quick, changes, holding):
    check_settings(quick)
    refuse(check_settings, quick._replace(**changes), holding=holding)


def test_captions_and_pictures_that_cannot_be_learned_from(quick, tmp_path):
    pictures = tmp_path / "other.npz"
    np.savez(pictures, ids=np.array(["q"]), features=np.ones((1, 7), np.float32))
    refuse(open_data, quick._replace(pictures=str(pictures)), holding=["'p0'", "'q'"])
    np.savez(pictures, ids=np.array(["p0"]), features=np.ones((1, 7), np.float32))
    refuse(
        open_data, quick._replace(pictures=str(pictures)),
        holding=["other.npz", "no training caption", "none"],
    )
    refuse(open_data, quick._replace(minimum_count=99), holding=["99 times"])


def test_a_caption_repeated_by_collections_is_learned_once(tmp_path):
    for folder, extra in (("one", "a cat\tp9.jpg\ttrain"), ("two", "a dog\t\ttrain")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.tsv").write_text(
            "caption\timage_id\tsplit\nA dog\tp1.jpg\ttrain\na dog\tp2.jpg\ttrain\n"
            f"a dog\t\ttrain\na bird\tp2.jpg\tval\n{extra}\n"
        )
    names = [str(tmp_path / folder / "mine.tsv") for folder in ("one", "two", "one")]
    # Two files of one name are known by their paths.
    assert list(open_collections(names)) == names[:2]
    assert list(open_collections(names[:1])) == ["mine.tsv"]
    data = open_data(training.Settings(captions=names, minimum_count=1))
    # Of p1 one, of p9 one, without a picture three; those of p2 are held out.
    assert (len(data.train.captions), data.dropped) == (5, 2)
    assert data.pictures is None and data.mean.tolist() == [0] and data.deviation.tolist() == [1]


def test_standardized_or_as_they_are(quick):
    data = open_data(quick)
    shown = data.pictures.features[np.unique(data.train.rows[data.train.rows >= 0])]
    np.testing.assert_allclose(shown.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(shown.std(axis=0), 1, rtol=1e-4)
    plain = open_data(quick._replace(standardize=False))
    np.testing.assert_array_equal(plain.pictures.features, np.load(quick.pictures)["features"])


@pytest.mark.parametrize(
    "value, found",
    [
        ("a/b.tsv", "b.tsv"),
        (["a/b.tsv", "c"], ["b.tsv", "c"]),
        ("--captions=a/one.tsv,b/two.tsv", "--captions=one.tsv,two.tsv"),
        ("--alpha=0.1", "--alpha=0.1"),
        (3, 3),
        (None, None),
    ],
)
def test_a_model_tells_files_but_no_folders(value, found):
    assert training.without_folders(value) == found
