"""Long corpora are read as they are, in parts that do not depend on where reading begins."""

import gzip
import json

import pytest

from neurondream.corpora import streams
from neurondream.corpora.streams import list_files, read_parts
from refusals import refuse

TEXTS = ["A dog.", "two  dogs\u2028run", 'he said "a, b"', "naïve café", "x\ty"]
TSV = [text for text in TEXTS if "\t" not in text]


def write_parquet(path, texts):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"number": range(len(texts)), "text": texts})
    parquet.write_table(table, path, row_group_size=2)


@pytest.fixture
def corpus(tmp_path):
    """The same texts in every form, in a folder with what is none."""
    folder = tmp_path / "corpus"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("\ufeff" + "\n\n".join(TEXTS) + "\n", encoding="utf-8")
    rows = [json.dumps({"id": 1, "text": text}) for text in TEXTS]
    with gzip.open(folder / "b.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(rows))
    table = "caption\tn\n" + "".join(f"{text}\t1\n" for text in TSV)
    (folder / "c.tsv").write_text(table, encoding="utf-8")
    (folder / "d.csv").write_text(
        'n,content\n' + "".join('1,"{}"\n'.format(t.replace('"', '""')) for t in TEXTS) + "1, \n",
        encoding="utf-8",
    )
    write_parquet(folder / "inner" / "e.parquet", [*TEXTS[:2], None, *TEXTS[2:], " "])
    (folder / "README.md").write_text("no texts")
    return folder


def read_all(files, **more):
    return [text for part in read_parts(files, **more) for text in part.texts]


def test_every_kind_gives_its_texts(corpus):
    files = list_files([corpus])
    assert [file.name for file in files] == [
        "a.txt", "b.jsonl.gz", "c.tsv", "d.csv", "e.parquet",
    ]
    for file in files:
        assert read_all([file]) == (TSV if file.suffix == ".tsv" else TEXTS), file
    assert read_all(files[2:4], column="n") == ["1"] * (len(TSV) + len(TEXTS) + 1)


def test_parts_are_the_same_wherever_reading_begins(corpus, monkeypatch):
    monkeypatch.setattr(streams, "TEXTS", 3)
    monkeypatch.setattr(streams, "CHARACTERS", 25)
    files = list_files([corpus])
    whole = list(read_parts(files))
    assert max(len(part.texts) for part in whole) == 3 and len(whole) > len(files)
    for number, part in enumerate(whole):
        done = (part.file, part.first + len(part.texts))
        assert list(read_parts(files, done=done)) == whole[number + 1 :]
        assert 0 < part.read <= files[part.file].stat().st_size
    assert [part.read for part in whole if part.file == 0][-1] == files[0].stat().st_size


@pytest.mark.parametrize("name, content, message", [
    ("a.txt", b"one\ntw\0o\n", "line 2: holds NUL"),
    ("a.txt", b"one\n\xff\n", "line 2: not UTF-8"),
    ("a.txt.gz", b"no gzip", "cannot be read"),
    ("a.txt.gz", gzip.compress(b"text\n" * 99, mtime=0)[:-9], "cannot be read"),
    ("a.jsonl", b'{"text": "a"}\n[1]\n', "line 2: not a JSON object"),
    ("a.jsonl", b'{"text": "a"}\n{"text": 3}\n', "line 2: 'text' holds no text"),
    ("a.jsonl", b'{"body": "a"}\n', "line 1: no field 'caption', 'text' or the like in ['body']"),
    ("a.jsonl", b"[" * 100_000, "nested too deep"),
    ("a.tsv", b"text\tn\none\n", "line 2: 1 columns where the header row has 2"),
    ("a.tsv", b"text\ttext\none\ttwo\n", "line 1: 2 columns are called 'text'"),
    ("a.csv", b'text\n"one\n', "line 2: unexpected end of data"),
    ("a.parquet", b"PAR1 no", "no readable Parquet"),
    ("a.bin", b"PK\x03\x04text", "a zip archive"),
])
def test_what_is_no_text_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    refuse(message, lambda: read_all(list_files([tmp_path / name])))


def test_what_is_not_there_is_refused(tmp_path, corpus):
    refuse("give one file", list_files, [])
    refuse("no such file", list_files, [tmp_path / "x.txt"])
    refuse("column=text", read_all, [corpus / "a.txt"], column="text")
    refuse("no column 'body'", read_all, [corpus / "inner" / "e.parquet"], column="body")
    (tmp_path / "empty").mkdir()
    refuse("holds no file", list_files, [tmp_path / "empty"])
