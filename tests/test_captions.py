"""Caption and picture-feature files are read as written, and mistakes in them are named."""

import gzip
import json

import numpy as np
import pytest

from neurondream.corpora.captions import Captions, concatenate, read_captions
from neurondream.corpora.pairing import picture_rows
from neurondream.corpora.pictures import picture_key, read_pictures
from neurondream.errors import InputError


def write(path, content):
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def make_captions(*rows):
    texts, images, splits = zip(*rows, strict=True)
    return Captions(list(texts), np.array(images, str), np.array(splits, str))


def refuse(function, *arguments, holding):
    """Check that the mistake is told in one line that holds the given words."""
    with pytest.raises(InputError) as caught:
        function(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    for words in holding:
        assert words in message, message


@pytest.mark.parametrize(
    "image_id, key",
    [
        ("1000268201_693b08cb0e.jpg", "1000268201.jpg"),
        ("1000268201_693b08cb0e", "1000268201.jpg"),
        ("1000268201.jpg", "1000268201.jpg"),
        ("12.JPEG", "12.jpg"),
        ("kite.JPEG", "kite"),
        ("391895", "391895"),
        ("COCO_val2014_000000391895.jpg", "391895"),
        ("val2014/COCO_val2014_000000391895.jpg", "391895"),
        ("000000391895.jpg", "391895"),
        ("coco_391895", "391895"),
        ("images/1000268201_693b08cb0e.jpg", "1000268201.jpg"),
        ("train/kite.jpg", "train/kite"),
        ("1000268201_693b08cb0", "1000268201_693b08cb0"),
        ("1000268201_693b08cbxx", "1000268201_693b08cbxx"),
        ("train:0", "train:0"),
        ("version 1.5", "version 1.5"),
        (".jpg", ".jpg"),
        ("", ""),
    ],
)
def test_picture_key(image_id, key):
    assert picture_key(image_id) == key
    assert picture_key(key) == key


@pytest.mark.parametrize("name", ["made.tsv", "made.tsv.gz"])
def test_tsv_as_written(tmp_path, name):
    content = 'caption\tsplit\timage_id\nA "red" Kite .\tdev\t7.jpg\n"Two\u2028dogs\ttest_2016\t\n'
    captions = read_captions(write(tmp_path / name, content))
    assert captions.texts == ['A "red" Kite .', '"Two\u2028dogs']
    assert captions.images.tolist() == ["7.jpg", ""]
    assert captions.splits.tolist() == ["val", "test"]


def test_tsv_path_may_be_a_string(tmp_path):
    assert read_captions(str(write(tmp_path / "made.tsv", "caption\na kite\n"))).texts == ["a kite"]


def test_tsv_with_captions_alone(tmp_path):
    captions = read_captions(write(tmp_path / "made.tsv", "\ufeffcaption\r\na kite\r\ntwo dogs"))
    assert captions.texts == ["a kite", "two dogs"]
    assert captions.images.tolist() == ["", ""]
    assert captions.splits.tolist() == ["train", "train"]


def test_all_split_names(tmp_path):
    names = ["none", "restval", "", "dev", "val", "valid", "validation", "test", "test2017"]
    rows = "".join(f"a kite\t{name}\n" for name in names)
    captions = read_captions(write(tmp_path / "made.tsv", "caption\tsplit\n" + rows))
    assert captions.splits.tolist() == ["train"] * 3 + ["val"] * 4 + ["test"] * 2


@pytest.mark.parametrize(
    "name, split",
    [
        ("captions_train2017.json", "train"),
        ("captions_val2017.json", "val"),
        ("captions_test.json", "test"),
        ("made.json.gz", "train"),
    ],
)
def test_coco_json(tmp_path, name, split):
    content = {
        "images": [{"id": 9, "file_name": "000000000009.jpg"}],
        "annotations": [
            {"image_id": 9, "id": 1, "caption": "A kite."},
            {"image_id": 12, "id": 2, "caption": "Two dogs. "},
        ],
    }
    captions = read_captions(write(tmp_path / name, json.dumps(content)))
    assert captions.texts == ["A kite.", "Two dogs. "]
    assert captions.images.tolist() == ["9", "12"]
    assert captions.splits.tolist() == [split] * 2


@pytest.mark.parametrize("name", ["made.txt", "made.txt.gz", "made"])
def test_plain_text(tmp_path, name):
    captions = read_captions(write(tmp_path / name, "a kite\n\n  \ntwo\tdogs\n"))
    assert captions.texts == ["a kite", "two\tdogs"]
    assert captions.images.tolist() == ["", ""]
    assert captions.splits.tolist() == ["train", "train"]


def write_folder(folder, **rows):
    for stem, count in rows.items():
        np.save(folder / f"{stem}.npy", np.arange(3 * count).reshape(count, 3) + 0.5)
        lines = [f"{stem} picture {row} caption {n}" for row in range(count) for n in range(5)]
        write(folder / f"{stem}.txt", "\n".join(lines) + "\n")
    return folder


def test_folder(tmp_path):
    write_folder(tmp_path, train=2, dev=1)
    captions, pictures = read_captions(tmp_path), read_pictures(tmp_path)
    assert captions.texts[5] == "train picture 1 caption 0"
    assert captions.images.tolist() == ["train:0"] * 5 + ["train:1"] * 5 + ["dev:0"] * 5
    assert captions.splits.tolist() == ["train"] * 10 + ["val"] * 5
    assert pictures.ids.tolist() == ["train:0", "train:1", "dev:0"]
    assert pictures.features.dtype == np.float32
    assert pictures.features[:, 0].tolist() == [0.5, 3.5, 0.5]
    assert pictures.names == ("0", "1", "2")
    assert picture_rows(captions, pictures).tolist() == [0] * 5 + [1] * 5 + [2] * 5


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "uint8"])
def test_npz(tmp_path, dtype):
    features = np.array([[1, 2], [3, 4]], dtype)
    ids = np.array(["1000268201_693b08cb0e.jpg", "b.jpg"])
    pictures = read_pictures(write_npz(tmp_path / "made.npz", ids=ids, features=features, more=ids))
    assert pictures.ids.tolist() == ["1000268201.jpg", "b"]
    assert pictures.features.dtype == np.dtype("float32")
    assert pictures.features.flags.c_contiguous
    assert pictures.features.tolist() == [[1, 2], [3, 4]]
    assert pictures.names == ("0", "1")


def test_npz_with_names_and_integer_ids(tmp_path):
    arrays = {"ids": np.array([9, 12]), "names": np.array(["cat", "dog"])}
    pictures = read_pictures(write_npz(tmp_path / "made.npz", features=np.eye(2), **arrays))
    assert pictures.ids.tolist() == ["9", "12"]
    assert pictures.names == ("cat", "dog")


def test_concatenate():
    first = make_captions(("a kite", "7", "train"))
    second = make_captions(("two dogs", "a longer key", "test"), ("a boat", "", "val"))
    joined = concatenate([first, second])
    assert joined.texts == ["a kite", "two dogs", "a boat"]
    assert joined.images.tolist() == ["7", "a longer key", ""]
    assert joined.splits.tolist() == ["train", "test", "val"]


@pytest.mark.parametrize("read", [read_captions, read_pictures])
def test_no_such_file(tmp_path, read):
    refuse(read, tmp_path / "nowhere.tsv", holding=["nowhere.tsv", "no such file"])


TRUNCATED_GZIP = gzip.compress(b"caption\na kite\n", mtime=0)[:-9]  # the same in every process


@pytest.mark.parametrize(
    "name, content, holding",
    [
        ("made.tsv", "caption\na kite\t7\n", ["line 2", "2 columns", "has 1"]),
        ("made.tsv", "image_id\twords\n7\ta kite\n", ["line 1", "'caption'", "words"]),
        ("made.tsv", "caption\tsplit\na kite\ttrain\nb\tholdout\n", ["row 2", "'holdout'", "val"]),
        ("made.tsv", "caption\n", ["no captions"]),
        ("made.tsv", "", ["no captions"]),
        ("made.txt", "\n \n", ["no captions"]),
        ("made.txt", b"a kite\ncaf\xe9\n", ["line 2", "UTF-8"]),
        ("made.json", '{"annotations": []}', ["no captions"]),
        ("made.json", '{\n"annotations": [}', ["line 2", "not JSON"]),
        ("made.json", '{"images": {}}', ["annotations"]),
        ("made.json", "[]", ["'annotations'"]),
        ("made.json", '{"annotations": [{"image_id": 1}]}', ["annotation 0", "'caption'"]),
        ("made.json", '{"annotations": [{"caption": "a"}]}', ["annotation 0", "'image_id'"]),
        ("made.json", '{"annotations": ["a kite"]}', ["annotation 0", "'a kite'"]),
    ],
)
def test_wrong_captions(tmp_path, name, content, holding):
    refuse(read_captions, write(tmp_path / name, content), holding=[name, *holding])


@pytest.mark.parametrize("content", [b"caption\na kite\n", TRUNCATED_GZIP])
def test_unreadable_gzip(tmp_path, content):
    path = tmp_path / "made.tsv.gz"
    path.write_bytes(content)
    refuse(read_captions, path, holding=["made.tsv.gz"])


IDS = np.array(["a.jpg", "b.jpg", "c.jpg"])
FEATURES = np.ones((3, 2), np.float16)
INFINITE = np.array([[0, 0], [0, np.nan], [-np.inf, 0]])


@pytest.mark.parametrize(
    "arrays, holding",
    [
        ({"features": FEATURES}, ["no array 'ids'"]),
        ({"ids": IDS}, ["no array 'features'"]),
        ({"ids": IDS.astype(object), "features": FEATURES}, ["pickled"]),
        ({"ids": IDS, "features": FEATURES.astype(object)}, ["pickled"]),
        ({"ids": IDS[:2], "features": FEATURES}, ["'ids'", "(2,)", "give 3"]),
        ({"ids": np.ones(3), "features": FEATURES}, ["'ids'", "float64"]),
        ({"ids": IDS, "features": FEATURES[:, 0]}, ["'features'", "(3,)", "[P, D]"]),
        ({"ids": IDS, "features": FEATURES[:, :0]}, ["'features'", "(3, 0)"]),
        ({"ids": IDS, "features": FEATURES.astype(str)}, ["'features'", "<U"]),
        ({"ids": IDS, "features": FEATURES, "names": IDS}, ["'names'", "(3,)", "give 2"]),
        ({"ids": IDS, "features": INFINITE}, ["2 of 3 rows", "'b'"]),
        ({"ids": IDS, "features": np.full((3, 2), 1e300)}, ["3 of 3 rows", "'a'"]),
        ({"ids": IDS[[0, 1, 0]], "features": FEATURES}, ["'a'", "rows 0 and 2"]),
        ({"ids": np.array(["a.jpg", "a.png", "b"]), "features": FEATURES}, ["'a'", "rows 0 and 1"]),
        ({"ids": np.array(["a", "", "b"]), "features": FEATURES}, ["row 1", "empty"]),
    ],
)
def test_wrong_npz(tmp_path, arrays, holding):
    path = write_npz(tmp_path / "made.npz", **arrays)
    refuse(read_pictures, path, holding=["made.npz", *holding])


def test_unreadable_npz(tmp_path):
    path = write_npz(tmp_path / "made.npz", ids=IDS, features=FEATURES)
    whole = path.read_bytes()
    np.save(tmp_path / "made.npy", FEATURES)
    array = (tmp_path / "made.npy").read_bytes()
    flipped = bytearray(whole)
    flipped[200] ^= 0xFF
    for content in (b"", b"not a zip", whole[:-40], whole[:100], bytes(flipped), array):
        path.write_bytes(content)
        refuse(read_pictures, path, holding=["made.npz", "not a whole npz"])


def test_folder_with_missing_lines(tmp_path):
    write_folder(tmp_path, train=2)
    write(tmp_path / "train.txt", "a kite\n" * 9)
    refuse(read_captions, tmp_path, holding=["train.txt", "9 lines", "5 for each of the 2 rows"])


def test_an_empty_line_keeps_its_place_in_a_folder(tmp_path):
    write_folder(tmp_path, train=2)
    lines = ["a kite", "", *["two dogs"] * 3, *["a boat"] * 4, " "]
    write(tmp_path / "train.txt", "\n".join(lines) + "\n")
    captions = read_captions(tmp_path)
    assert captions.texts == ["a kite", *["two dogs"] * 3, *["a boat"] * 4]
    assert captions.images.tolist() == ["train:0"] * 4 + ["train:1"] * 4
    assert captions.blank == 2


def test_folder_without_files(tmp_path):
    refuse(read_captions, tmp_path, holding=[str(tmp_path), "train.txt"])
    refuse(read_pictures, tmp_path, holding=[str(tmp_path), "train.npy"])
    write(tmp_path / "train.txt", "a kite\n" * 5)
    refuse(read_captions, tmp_path, holding=["train.npy", "no such file"])


def test_folder_with_wrong_features(tmp_path):
    write_folder(tmp_path, train=2, test=1)
    np.save(tmp_path / "test.npy", np.ones((1, 4)))
    refuse(read_pictures, tmp_path, holding=[str(tmp_path), "'train': 3", "'test': 4"])
    np.save(tmp_path / "test.npy", np.array([[0, np.nan, 0]]))
    refuse(read_pictures, tmp_path, holding=["1 of 3 rows", "'test:0'"])
    np.save(tmp_path / "test.npy", np.ones(3))
    refuse(read_pictures, tmp_path, holding=["test.npy", "(3,)"])
    np.save(tmp_path / "test.npy", np.array([[{}]]), allow_pickle=True)
    refuse(read_captions, tmp_path, holding=["test.npy", "pickled"])
    whole = (tmp_path / "train.npy").read_bytes()
    for content in (b"", whole[:20], whole[:-8]):
        (tmp_path / "train.npy").write_bytes(content)
        refuse(read_pictures, tmp_path, holding=["train.npy", "not a whole npz"])


