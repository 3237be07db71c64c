"""Files that are nearly text: tables without names, other JSON, markup, half of a character."""

import json

import numpy as np
import pytest

import neurondream as nd
from neurondream.corpora.captions import read_captions, split_of_name
from neurondream.corpora.pictures import read_pictures
from neurondream.runs.folder import append_lines
from refusals import refuse
from test_forms import FEATURES, FLICKR8K, TEXTS, write

WORDS = [["dog", "NOUN", "2"], ["runs", "VERB", "0"], ["home", "ADV", "2"], [".", "PUNCT", "2"]]


@pytest.mark.parametrize("between", ["\t", ",", " ", ";", "|", "#0 ", "#r1\t"])
@pytest.mark.parametrize("first", ["", "path{}title\n"])
def test_pictures_without_names_of_columns_are_no_text(tmp_path, between, first):
    rows = [f"{FLICKR8K[0]}{between}{text}" for text in TEXTS]
    path = write(tmp_path / "a.txt", first.format(between) + "\n".join(rows))
    refuse("looks like a table", read_captions, path)
    assert read_captions(path, form="text").texts[-len(rows):] == rows
    # A text may name pictures.
    read_captions(write(tmp_path / "b.txt", "\n".join([*rows, *TEXTS])))


@pytest.mark.parametrize("header", ["caption", "Text", '"caption"'])
def test_one_column_needs_a_word_from_a_person(tmp_path, header):
    path = write(tmp_path / "a.txt", "\n".join([header, *TEXTS]))
    refuse("its first row is", read_captions, path)
    assert read_captions(path, column=header.strip('"')).texts == list(TEXTS)
    assert read_captions(path, form="text").texts == [header, *TEXTS]


def test_a_text_in_quotes_a_line_is_unquoted(tmp_path):
    content = "\n".join(map(json.dumps, TEXTS))
    for name in ("a.jsonl", "a.txt"):
        assert read_captions(write(tmp_path / name, content)).texts == list(TEXTS)
    refuse("line 1: not a JSON object", read_captions, tmp_path / "a.jsonl", "text")


@pytest.mark.parametrize(("name", "content", "named"), [
    ("a.txt", "{'caption': 'A dog'}\n{'caption': 'A cat'}\n", "not JSON"),
    ("a.txt", "['A dog', 'A cat']", "not JSON"),
    ("a.json", "A dog\nA cat\n", "not JSON"),
    ("a.jsonl", "A dog\nA cat\n", "line 1: not a JSON object"),
    ("a.json", '{"a.jpg": "A dog", "b.jpg": "A cat", "a.jpg": ""}', "'a.jpg' stands there twice"),
    ("a.json", '[{"caption": "A dog", "caption": "A cat"}]', "'caption' stands there twice"),
    ("a.jsonl", '{"text": "A"}\n{"text": "A cat", "text": "A cow"}', "line 2: not a JSON object"),
    ("a.txt", "<!-- captions -->\n<p>A dog", "markup"),
    ("a.txt", "<p class=a>A dog<br>\nruns", "markup"),
    ("a.txt", "A\tdog\t1\nA\tcat\n", "looks like a table"),
    ("a.csv", "caption,Caption\na,b\n", "2 columns are called 'caption'"),
    ("a.txt", "# text = a dog\n" + "\n".join(
        "\t".join([str(number), *word, *"_" * 6]) for number, word in enumerate(WORDS, 1)
    ), "CoNLL"),
])  # fmt: skip
def test_what_is_nearly_text_is_refused_by_name(tmp_path, name, content, named):
    refuse(named, read_captions, write(tmp_path / name, content))


@pytest.mark.parametrize("text", ["<unk> dogs run", "'tis a dog", "\"Stop\" , it says", "#1 dog"])
def test_what_is_text_stays_text(tmp_path, text):
    assert read_captions(write(tmp_path / "a.txt", f"{text}\nA cat\n")).texts == [text, "A cat"]


def test_columns_that_differ_by_case_are_told_apart_by_a_person(tmp_path):
    path = write(tmp_path / "a.csv", "caption,Caption\na,b\n")
    assert read_captions(path, "caption").texts == ["a"]
    assert read_captions(path, "Caption").texts == ["b"]


def test_captions_of_coco_that_are_null_are_counted(tmp_path):
    notes = [{"image_id": 1, "caption": None}, {"image_id": 1, "caption": "A dog"}]
    captions = read_captions(write(tmp_path / "a.json", json.dumps({"annotations": notes})))
    assert captions.texts == ["A dog"] and captions.blank == 1


def test_a_name_with_words_of_several_splits_tells_none():
    assert [split_of_name(f"{name}.txt") for name in (
        "train_val", "val-and-test", "my_test", "dev_valid", "all",
    )] == ["train", "train", "test", "val", "train"]


@pytest.mark.parametrize(("name", "content"), [
    ("a.jsonl", '{"caption": "A dog"}\n{"caption": "half \\ud83d"}'),
    ("a.json", '["A dog", "\\udc00"]'), ("a.json", '{"a": "A dog", "\\ud800": "A cat"}'),
])  # fmt: skip
def test_half_of_a_character_is_refused_with_its_place(tmp_path, name, content):
    refuse("row 2: holds half of a character", read_captions, write(tmp_path / name, content))


def test_half_of_a_character_is_refused_wherever_it_comes_from(tmp_path):
    refuse("text 1 of texts: holds half of a character",
           nd.make_corpus, ["a dog", "a \ud83d"], nd.open_model("scenes"), length=1)
    np.savez(tmp_path / "a.npz", ids=np.array(FLICKR8K), features=FEATURES,
             names=np.array(["a", "b", "\ud800"]))
    refuse("3 'names', 2 of them", read_pictures, tmp_path / "a.npz")
    # A model of one's own may call its units anything.
    append_lines(tmp_path / "lines.jsonl", [{"label": "\ud800\u00e9"}])
    assert json.loads((tmp_path / "lines.jsonl").read_text()) == {"label": "\ud800\u00e9"}
