"""Caption and feature files in the forms that people have them in: every one is read as what it is.

The forms are those of public collections and of what common tools write; the sentences are made up.
"""

import gzip
import json
import os

import numpy as np
import pytest

import neurondream as nd
from neurondream.corpora.captions import read_captions
from neurondream.corpora.pairing import picture_rows
from neurondream.corpora.pictures import read_pictures
from neurondream.corpora.rows import read_rows
from neurondream.files import load_array, load_arrays
from neurondream.models.dictionaries import read_folder
from neurondream.models.huggingface import read_config
from neurondream.models.imaginet import load_checkpoint
from neurondream.runs.folder import read_manifest
from neurondream.training.data import open_collections
from refusals import refuse

TEXTS = ("A dog, wet, runs .", "The dog rests .", 'A sign says "STOP" .', "Kids on a bench .")
FLICKR8K = ("1000000001_0123456789.jpg", "1000000002_abcdef0123.jpg")
COCO = ("COCO_train2014_000000900000.jpg", "COCO_val2014_000000900001.jpg")
IMAGES = np.repeat(["1000000001.jpg", "1000000002.jpg"], 2)
IDS = np.repeat(["900000", "900001"], 2)


def comma(*cells):
    quoted = ['"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell
              for cell in cells]
    return ",".join(quoted)


def pair(texts=TEXTS):
    return [(FLICKR8K[number // 2], text) for number, text in enumerate(texts)]


KARPATHY = {"dataset": "made", "images": [
    {"sentids": [0, 1], "imgid": number, "split": split, **named, "sentences": [
        {"raw": text, "tokens": text.split(), "imgid": number, "sentid": 0}
        for text in TEXTS[2 * number : 2 * number + 2]
    ]}
    for number, (split, named) in enumerate(zip(
        ("restval", "test"),
        ({"filename": name, "filepath": "train2014", "cocoid": 900_000 + number}
         for number, name in enumerate(COCO)), strict=True,
    ))
]}
FORMS = {
    "Flickr8k.token.txt": "".join(
        f"{name}#{n}\t{text}\n" for n, (name, text) in enumerate(pair())
    ),
    "captions.txt": "image,caption\r\n" + "".join(f"{comma(*row)}\r\n" for row in pair()),
    "results.csv": "image_name| comment_number| comment\n" + "".join(
        f"{name}| {n}| {text}\n" for n, (name, text) in enumerate(pair()[:-1])
    ) + f"{FLICKR8K[1]}| 4   {TEXTS[-1]}\n",  # one bar is lost
    "semicolons.csv": "caption;file_name\n" + "".join(
        f'"{text}";{name}\n'.replace('"STOP"', '""STOP""') for name, text in pair()
    ),
    "pandas.tsv": "image_id\tcaption\r\n" + "".join(
        f"{name}\t{comma(text) if chr(34) in text else text}\r\n" for name, text in pair()
    ),
    "bare.tsv": "caption\timage_id\n" + "".join(f"{text}\t{name}\n" for name, text in pair())
    + "\n",
    "lines.jsonl": "\n".join(json.dumps({"image": n, "caption": t}) for n, t in pair()),
    "metadata.csv": "file_name,caption_0,caption_1\n" + "".join(
        comma(name, *TEXTS[2 * n : 2 * n + 2]) + "\n" for n, name in enumerate(FLICKR8K)
    ),
    "by_picture.json": json.dumps({
        name: TEXTS[2 * n : 2 * n + 2] for n, name in enumerate(FLICKR8K)
    }),
}
OF_COCO = {
    "dataset.json": json.dumps(KARPATHY, indent=0),
    "train_list.json": json.dumps([
        {"caption": text, "image": f"train2014/{COCO[n // 2]}", "image_id": f"coco_{IDS[n]}"}
        for n, text in enumerate(TEXTS)
    ]),
    "val_gt.json": json.dumps([
        {"image": f"val2014/{name}", "caption": TEXTS[2 * n : 2 * n + 2]}
        for n, name in enumerate(COCO)
    ]),
    "captions_val2017.json": json.dumps({
        "images": [{"id": 900_000, "file_name": "000000900000.jpg"}],
        "annotations": [
            {"image_id": int(IDS[n]), "id": n, "caption": text} for n, text in enumerate(TEXTS)
        ] + [{"image_id": 900_001, "id": 9, "caption": "\n"}],
    }, indent=1),
}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_captions_and_pictures_are_read_in_every_form(tmp_path, name, packed):
    content = FORMS[name].encode()
    captions = read_captions(write(tmp_path / name, gzip.compress(content) if packed else content))
    assert captions.texts == list(TEXTS)
    assert captions.images.tolist() == IMAGES.tolist()
    assert set(captions.splits) == {"train"} and captions.blank == 0


@pytest.mark.parametrize("name", OF_COCO)
def test_pictures_of_coco_have_one_key(tmp_path, name):
    captions = read_captions(write(tmp_path / name, OF_COCO[name]))
    assert captions.texts == list(TEXTS)
    assert captions.images.tolist() == IDS.tolist()
    assert captions.splits.tolist() == {
        "dataset.json": ["train"] * 2 + ["test"] * 2, "train_list.json": ["train"] * 4,
    }.get(name, ["val"] * 4)
    assert captions.blank == (name == "captions_val2017.json")


@pytest.mark.parametrize(("name", "split"), [
    ("latest_captions.json", "train"), ("medieval.txt", "train"), ("my_test.txt", "test"),
    ("captions_val2017.json", "val"), ("dev.tsv", "val"), ("contest.jsonl", "train"),
])  # fmt: skip
def test_only_a_whole_word_of_a_name_is_a_split(tmp_path, name, split):
    rows = [json.dumps({"caption": text}) for text in TEXTS]
    content = {"json": json.dumps(TEXTS), "txt": "\n".join(TEXTS), "jsonl": "\n".join(rows),
               "tsv": "caption\n" + "\n".join(TEXTS)}[name.rpartition(".")[2]]
    captions = read_captions(write(tmp_path / name, content))
    assert captions.texts == list(TEXTS) and set(captions.splits) == {split}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_end_as_they_do(tmp_path, end, encoding):
    path = write(tmp_path / "made", end.join(["one dog", "", "zwei\u2028Hunde"]).encode(encoding))
    assert read_captions(path).texts == ["one dog", "zwei\u2028Hunde"]


def test_newlines_within_quotes_belong_to_a_caption(tmp_path):
    path = write(tmp_path / "a.tsv", 'image_id\tcaption\r\n1\t"A dog\r\nruns"\r\n2\tA cat\r\n')
    assert read_captions(path).texts == ["A dog\nruns", "A cat"]


@pytest.mark.parametrize(("name", "content", "named"), [
    ("a.conll", "-DOCSTART- -X- O O\n\nThe DT B-NP O\ndog NN I-NP O\n", "CoNLL"),
    ("a.txt", "The DT B-NP\ndog NN I-NP\nbarks VBZ B-VP\n. . O\n", "CoNLL"),
    ("a.txt", "[/EN#1/people Two kids] sit .\n", "Flickr30k Entities"),
    ("a.txt", "<html>\n<p>A dog</p></html>", "markup"),
    ("a.txt", '<?xml version="1.0"?>\n<a/>', "markup"),
    ("a.txt", "1\tA dog\n2\tA cat\n", "looks like a table"),
    ("a.txt", "A dog\0runs\n", "holds NUL"),
    ("a.txt", "A dog".encode("utf-16-le"), "holds NUL"),
    ("a.txt", b"PK\x03\x04 and so on", "a zip archive"),
    ("a.txt", b"\x89HDF\r\n", "HDF5"),
    ("a.json", '{"texts": {"a": [1]}}', "no captions; known are COCO's"),
    ("a.json", "[1, 2]", "no captions; known are"),
    ("a.json", "[" * 100_000, "nested too deep"),
    ("a.json", '["A dog", 3]', "entry 1: no text but 3"),
    ("a.json", '[{"caption": "a"}, {"text": 4}]', "entry 1: 'text' holds no text but 4"),
    ("a.json", '{"images": [{"filename": "a.jpg", "sentences": [{"raw": 1}]}]}', "image 0: no"),
    ("a.jsonl", '{"caption": "a"}\n{"caption": ["b", 1]}\n', "line 2: 'caption' holds no text"),
    ("a.csv", "caption,Image,caption\na,b,c\n", "line 1: 2 columns are called 'caption'"),
    ("a.token.txt", "a.jpg#0\tA dog\nb.jpg\tA cat\n", "line 2: not of the form name#0"),
    ("a.csv", 'image,caption\nb.jpg,"a "dog" b"\n', "line 2:"),
])  # fmt: skip
def test_what_is_something_else_is_refused_by_name(tmp_path, name, content, named):
    refuse(named, read_captions, write(tmp_path / name, content))


def test_a_column_and_a_form_decide_what_is_doubtful(tmp_path):
    path = write(tmp_path / "a.txt", "number\twords\n1\tA dog\n2\tA cat\n")
    refuse("looks like a table", read_captions, path)
    assert read_captions(path, column="words").texts == ["A dog", "A cat"]
    assert read_captions(path, form="text").texts == ["number\twords", "1\tA dog", "2\tA cat"]
    refuse("column=none", read_captions, write(tmp_path / "b.txt", "A dog\n"), column="none")
    refuse("no column 'none'", read_captions, write(tmp_path / "b.tsv", "caption\na\n"),
           column="none")
    refuse("format=xml: give one of", lambda: list(read_rows(path, form="xml")))
    scenes = nd.open_model("scenes")
    refuse("column=a: scenes:1 is made", nd.read_corpus, "scenes:1", scenes, column="a")
    refuse("format=xml: scenes:1 is made", open_collections, ["scenes:1"], form="xml")
    # Beside a file they are the file's.
    both = open_collections(["scenes:1", str(path)], column="words")
    assert both[path.name].texts == ["A dog", "A cat"]


FEATURES = np.arange(6, dtype=np.float32).reshape(2, 3)


def write_hdf5(path, **arrays):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


@pytest.mark.parametrize("arrays", [
    {"ids": np.array(FLICKR8K), "features": FEATURES[:, None]},
    {"ids": np.array(FLICKR8K, "S"), "features": FEATURES[:, None, None]},
    dict(zip(FLICKR8K, FEATURES, strict=True)),
    dict(zip(FLICKR8K, FEATURES[:, None], strict=True)),
], ids=["[P, 1, D]", "bytes", "by name", "by name, [1, D]"])  # fmt: skip
@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_features_are_read_where_they_are_unmistakable(tmp_path, arrays, kind):
    path = tmp_path / f"features.{kind}"
    if kind == "h5":
        write_hdf5(path, **{
            name: array.astype("S") if array.dtype.kind == "U" else array
            for name, array in arrays.items()
        })
    else:
        np.savez(path, **arrays)
    pictures = read_pictures(path)
    assert pictures.ids.tolist() == IMAGES[::2].tolist()
    np.testing.assert_array_equal(pictures.features, FEATURES)


@pytest.mark.parametrize("ids", [
    np.array(COCO), np.array(["000000900000.jpg", "000000900001.jpg"]),
    np.array([900_000, 900_001]), np.array(["900000", "coco_900001"]),
])  # fmt: skip
@pytest.mark.parametrize("name", OF_COCO)
def test_captions_find_their_pictures_by_id_and_by_name(tmp_path, ids, name):
    np.savez(tmp_path / "features.npz", ids=ids, features=FEATURES)
    captions = read_captions(write(tmp_path / name, OF_COCO[name]))
    pictures = read_pictures(tmp_path / "features.npz")
    assert picture_rows(captions, pictures).tolist() == [0, 0, 1, 1]


def test_pictures_join_by_the_file_names_of_a_collection_like_coco(tmp_path):
    content = {"images": [{"id": 1, "file_name": "kite.png"}, {"id": 2, "file_name": "boat.png"}],
               "annotations": [{"image_id": 2, "caption": "A boat"}]}
    captions = read_captions(write(tmp_path / "a.json", json.dumps(content)))
    np.savez(tmp_path / "a.npz", ids=np.array(["kite.png", "boat.png"]), features=FEATURES)
    assert picture_rows(captions, read_pictures(tmp_path / "a.npz")).tolist() == [1]


def test_what_never_ends_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refuse("no plain file", read_captions, pipe)
    refuse("pipe: not a whole", read_pictures, pipe)
    refuse("no plain file", load_array, pipe, "neuron")
    refuse("no plain file", load_arrays, pipe)
    refuse("no plain file", nd.read_neuron_file, pipe)
    for name in ("config.json", "model.json", "params.npz", "manifest.json"):
        os.mkfifo(tmp_path / name)
    refuse("no plain file", read_config, tmp_path)
    refuse("no plain file", load_checkpoint, tmp_path)
    refuse("no plain file", read_folder, tmp_path)
    refuse("not a run's manifest", read_manifest, tmp_path)


@pytest.mark.parametrize("names", [["a", "a", "b"], ["", "a", "b"], [" ", "a", "b"]])
def test_coordinates_have_names_of_their_own(names, tmp_path):
    np.savez(tmp_path / "a.npz", ids=np.array(FLICKR8K), features=FEATURES, names=np.array(names))
    refuse("3 'names', 2 of them distinct", read_pictures, tmp_path / "a.npz")


def test_doubtful_features_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", ids=np.array(FLICKR8K), features=np.ones((2, 7, 7, 3)))
    refuse("average over the places", read_pictures, tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", a=np.ones(3), b=np.ones(4))
    refuse("no array 'features'", read_pictures, tmp_path / "b.npz")
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["group/a"] = np.ones(3)
    refuse("holds groups", read_pictures, tmp_path / "c.h5")
    write(tmp_path / "d.h5", b"\x89HDF\r\n\x1a\n but no more")
    refuse("d.h5: not a whole", read_pictures, tmp_path / "d.h5")


def test_a_row_of_features_for_each_caption_is_a_picture_for_five(tmp_path):
    write(tmp_path / "train.txt", "\n".join(f"caption {n}" for n in range(10)))
    np.save(tmp_path / "train.npy", np.repeat(FEATURES, 5, axis=0))
    captions, pictures = read_captions(tmp_path), read_pictures(tmp_path)
    np.testing.assert_array_equal(pictures.features, FEATURES)
    assert picture_rows(captions, pictures).tolist() == [0] * 5 + [1] * 5
    np.save(tmp_path / "train.npy", np.arange(30.0).reshape(10, 3))
    refuse("give 5 for each of the 10 rows", read_captions, tmp_path)
