"""Any bytes give a value or one line that says what is wrong, within bounds."""

import gzip
import io
import json
import resource
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import neurondream as nd
from neurondream.analysis.clusters import read_clusters
from neurondream.corpora.captions import read_captions
from neurondream.corpora.pictures import read_pictures
from neurondream.corpora.streams import read_file
from neurondream.errors import InputError
from neurondream.files import load_array, load_arrays
from neurondream.models.dictionaries import read_folder
from neurondream.models.huggingface import read_config
from neurondream.models.imaginet import load_checkpoint
from neurondream.models.pooling import read_pooling
from neurondream.models.weights import Weights
from neurondream.runs.folder import read_dreams, read_manifest
from refusals import refuse

MEGABYTES = 200


READERS = {
    "captions.txt": lambda folder: read_captions(folder / "captions.txt"),
    "captions.tsv": lambda folder: read_captions(folder / "captions.tsv"),
    "captions.json.gz": lambda folder: read_captions(folder / "captions.json.gz"),
    "texts.jsonl": lambda folder: list(read_file(folder / "texts.jsonl")),
    "pictures.npz": lambda folder: read_pictures(folder / "pictures.npz"),
    "directions.npy": lambda folder: load_array(folder / "directions.npy", "neuron"),
    "clusters.npz": lambda folder: read_clusters(folder / "clusters.npz"),
    "state.npz": lambda folder: load_arrays(folder / "state.npz"),
    "model.json": load_checkpoint,
    "config.json": read_config,
    "modules.json": read_pooling,
    "model.safetensors": Weights,
    "model.safetensors.index.json": Weights,
    "cfg.json": read_folder,
    "params.npz": read_folder,
    "manifest.json": read_manifest,
    "dreams.jsonl": read_dreams,
}


def pack(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def save(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from([
            "annotations", "images", "image_id", "caption", "sentences", "raw", "filename", "split",
            "text", "model_type", "weight_map", "format", "sizes", "vocabulary", "about", "version",
            "type", "path", "neuron", "method", "ngram", "architecture", "k",
        ]), inner, max_size=5,
    ), max_leaves=12,
)  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
    st.text("\t,|\"'#0a\r\n{}[]\u0300", max_size=200).map(str.encode),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(JSON, max_size=4).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
    st.binary(max_size=200).map(gzip.compress),
    st.lists(st.tuples(st.sampled_from(["ids.npy", "features.npy", "a.npy", "b"]), st.one_of(
        st.binary(max_size=60),
        st.sampled_from([save(np.arange(4)), save(np.ones((2, 3))), save(np.array(["a", "b"]))]),
    )), max_size=3, unique_by=lambda member: member[0]).map(lambda members: pack(*members)),
    st.binary(max_size=40).map(lambda data: len(data).to_bytes(8, "little") + data),
)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_readers_give_a_value_or_say_what_is_wrong(name, tmp_path):
    @settings(
        max_examples=60, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CONTENT)
    @example(b"")
    @example(b"[" * 100_000)
    @example(b'{"a":' * 50_000)
    @example(b'["\\ud800", "\\udc00"]')
    @example(b"9" * 5000)
    @example(b'{"version": ' + b"9" * 5000 + b"}")
    def check(content):
        (tmp_path / name).write_bytes(content)
        try:
            READERS[name](tmp_path)
        except InputError as error:
            assert "\n" not in str(error)

    check()


BOMBS = {
    "captions.txt": gzip.compress(b"\n" * 60_000_000),
    "captions.tsv": gzip.compress(b"caption\n" + b"a dog\n" * 10_000_000),
    "captions.json.gz": gzip.compress(b"[" + b" " * 60_000_000),
    "pictures.npz": pack(("features.npy", bytes(60_000_000))),
    "clusters.npz": pack(("a.npy", bytes(60_000_000))),
    "params.npz": pack(("a.npy", bytes(60_000_000))),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_without_end_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(BOMBS[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refuse("unpacks to", READERS[name], tmp_path)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.one_of(
    st.text(max_size=40), st.text("T.output:hidden-0123456789@maxmean,# ", max_size=40),
    st.just("T.output:" + "9" * 5000),
))
def test_neurons_are_parsed_or_refused(text):
    model = nd.open_model("scenes")
    try:
        nd.parse_neurons(text, model)
    except InputError as error:
        assert "\n" not in str(error)
