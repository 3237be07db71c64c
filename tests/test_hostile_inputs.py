"""Hostile inputs by the thousand: each is read, or refused in one line, at once and in bounds.

`pytest -s -n 0 tests/test_hostile_inputs.py` says how many there were, surface by surface.
"""

import functools
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import mutations as spoil
import neurondream as nd
import test_forms
import test_subwords
import toys
from bounds import COUNTS, FEWEST, LONG, STRANGE, try_all, try_files
from neurondream.analysis.clusters import read_clusters
from neurondream.corpora.captions import read_captions
from neurondream.corpora.pictures import read_pictures
from neurondream.corpora.streams import read_file
from neurondream.errors import InputError
from neurondream.files import load_array
from neurondream.methods import settings_of
from neurondream.models.dictionaries import read_folder
from neurondream.models.imaginet import Checkpoint, load_checkpoint, save_checkpoint
from neurondream.models.vocabulary import SPECIAL_WORDS, make_vocabulary
from neurondream.report.summary import summarize_runs
from neurondream.runs.folder import read_lines
from neurondream.runs.opened import read_together
from reports import LINE, make_manifest
from scripts import launch


@pytest.fixture(autouse=True)
def tries_some(request):
    """Every test has tried a surface when it ends, so at least FEWEST inputs."""
    before = dict(COUNTS)
    yield
    assert before != COUNTS or request.function is test_there_are_a_thousand


@pytest.mark.parametrize("name", [*test_forms.FORMS, *test_forms.OF_COCO])
def test_captions(name, tmp_path):
    form = {**test_forms.FORMS, **test_forms.OF_COCO}[name]
    (tmp_path / name).write_text(form)
    contents = spoil.spoil_text(form, 30) + spoil.spoil_bytes(form.encode(), 8)
    if name.endswith(".json"):
        contents = spoil.spoil_json(form, 40)
    elif name.endswith(".jsonl"):
        line, *others = form.split("\n")
        contents += [
            each + b"\n" + "\n".join(others).encode() for each in spoil.spoil_json(line, 30)
        ]
    try_files(f"captions {name}", tmp_path, name, contents, lambda f: read_captions(f / name))


def test_texts_of_any_length(tmp_path):
    form = test_forms.FORMS["lines.jsonl"]
    (tmp_path / "a.jsonl").write_text(form)
    try_files("texts", tmp_path, "a.jsonl", spoil.spoil_text(form, 40),
              lambda folder: list(read_file(folder / "a.jsonl")))


PICTURES = {"ids": np.array(test_forms.FLICKR8K), "features": test_forms.FEATURES,
            "names": np.array(["a", "b", "c"])}  # fmt: skip


@pytest.mark.parametrize("arrays", [
    PICTURES, dict(zip(test_forms.FLICKR8K, test_forms.FEATURES, strict=True)),
], ids=["together", "by name"])  # fmt: skip
def test_pictures(arrays, tmp_path):
    (tmp_path / "a.npz").write_bytes(spoil.pack_arrays(arrays))
    ids = [spoil.pack_arrays({**arrays, "ids": np.array(pair)}) for pair in (
        ["a", "a"], ["", "a"], [f"coco_{LONG}", "a"], ["\0", "b"], [1, 1], ["a.jpg", "a.png"],
    )]  # fmt: skip
    try_files(f"pictures {len(arrays)}", tmp_path, "a.npz", ids + spoil.spoil_arrays(arrays),
              lambda folder: read_pictures(folder / "a.npz"))


def test_pictures_as_hdf5(tmp_path):
    test_forms.write_hdf5(tmp_path / "a.h5", ids=PICTURES["ids"].astype("S"),
                          features=PICTURES["features"])
    contents = spoil.spoil_bytes((tmp_path / "a.h5").read_bytes(), 60)
    try_files("HDF5", tmp_path, "a.h5", contents, lambda folder: read_pictures(folder / "a.h5"))


def test_directions_and_clusters(tmp_path):
    direction, clusters = tmp_path / "a.npy", tmp_path / "a.npz"
    np.save(direction, np.ones(3))
    np.savez(clusters, **{"T.hidden": np.zeros(4, int)})
    arrays = [spoil.pack_arrays({"a": each}) for each in spoil.ARRAYS.values()]
    arrays += spoil.spoil_bytes(direction.read_bytes(), 40)
    try_files("directions", tmp_path, "a.npy", arrays,
              lambda folder: load_array(folder / "a.npy", "neuron"))
    contents = spoil.spoil_arrays({"T.hidden": np.zeros(4, int)}, 50)
    try_files("clusters", tmp_path, "a.npz", contents,
              lambda folder: read_clusters(folder / "a.npz", {"T.hidden": 4}))


@pytest.fixture(scope="module")
def imaginet(tmp_path_factory):
    """A model of five words, two units and one coordinate of a picture."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    gru = {"input": np.ones((2, 6)), "recurrent": np.ones((2, 6)), "bias": np.ones(6)}
    params = {"embedding": np.ones((5, 2)), "T_gru": gru, "I_gru": gru,
              "T_weight": np.ones((2, 5)), "T_bias": np.ones(5), "I_weight": np.ones((2, 1)),
              "I_bias": np.ones(1)}  # fmt: skip
    words = make_vocabulary([*SPECIAL_WORDS, "dog"])
    checkpoint = Checkpoint(params, words, ("red",), np.zeros(1), np.ones(1), {})
    save_checkpoint(folder, checkpoint)
    return folder


def test_models_of_this_project(imaginet):
    header = (imaginet / "model.json").read_text()
    try_files("model.json", imaginet, "model.json", spoil.spoil_json(header, 150), nd.open_model)
    weights = (imaginet / "weights.safetensors").read_bytes()
    contents = spoil.spoil_tensors(weights, 120)
    try_files("weights", imaginet, "weights.safetensors", contents, load_checkpoint)


def test_vocabularies():
    words = [*SPECIAL_WORDS, "dog"]
    lists = [(*words, each) for each in STRANGE]
    lists += [(*words[:place], each, *words[place:]) for each in STRANGE[:6] for place in (0, 3, 5)]
    try_all("vocabularies", lists, lambda each: nd.word_tokenizer(make_vocabulary(each)))


@pytest.mark.parametrize("name", ["gpt2", "bert-masked"])
def test_transformers(name, tmp_path):
    made = {"gpt2": test_subwords.bytes_of_pairs, "bert-masked": test_subwords.word_pieces}[name]()
    folder = test_subwords.folder_of(tmp_path, name, made)
    config, tokenizer = ((folder / f).read_text() for f in ("config.json", "tokenizer.json"))
    weights = (folder / "model.safetensors").read_bytes()
    for file, contents in (
        ("config.json", spoil.spoil_json(config, 60)),
        ("tokenizer.json", spoil.spoil_json(tokenizer, 30)),
        ("model.safetensors", spoil.spoil_tensors(weights, 30)),
    ):
        try_files(f"{name} {file}", folder, file, contents, nd.open_model)


@pytest.mark.parametrize("kind", ["standard", "topk", "gated", "sparsify", "gemma-scope"])
def test_sparse_autoencoders(kind, tmp_path):
    folder = Path(shutil.copytree(Path(__file__).parent / "dictionaries" / kind, tmp_path / kind))
    for path in list(folder.iterdir()):
        if path.name == "cfg.json":
            contents = spoil.spoil_json(path.read_text(), 40)
        elif path.name == "params.npz":
            contents = spoil.spoil_arrays(dict(np.load(path)), 60)
        elif path.name in ("sae_weights.safetensors", "sae.safetensors"):
            contents = spoil.spoil_tensors(path.read_bytes(), 40)
        else:
            continue
        try_files(f"{kind} {path.name}", folder, path.name, contents, read_folder)


def test_run_folders(tmp_path):
    layers = {"layers": [{"name": "T.output", "size": 9, "family": "T", "level": "output"}],
              "families": {}}  # fmt: skip
    search = LINE | {"method": "search", "mean": 0.0, "deviation": 1.0, "best": []}
    lines = [json.dumps(line) for line in (search, LINE | {"method": "best"})]
    (tmp_path / "manifest.json").write_text(json.dumps(make_manifest(layers)))
    (tmp_path / "dreams.jsonl").write_text("\n".join(lines) + "\n")
    manifest = spoil.spoil_json((tmp_path / "manifest.json").read_text(), 120)
    try_files("manifests", tmp_path, "manifest.json", manifest,
              lambda f: (read_together([f]), summarize_runs(f)))
    for number, line in enumerate(lines):
        contents = [each + b"\n" + lines[1 - number].encode() + b"\n"
                    for each in spoil.spoil_json(line, 120)]
        try_files(f"lines {number}", tmp_path, "dreams.jsonl", contents,
                  lambda f: (read_together([f]), read_lines(f / "dreams.jsonl")))


def test_runs_that_go_on(tmp_path):
    model, method = toys.lstm().model, nd.swaps(restarts=1, rounds=0)

    def go_on(folder):
        run = nd.open_run(folder, model, length=2)
        return list(nd.run(run, "lstm.hidden:0", method))

    go_on(tmp_path)
    text = (tmp_path / "manifest.json").read_text()
    chunk = json.dumps(json.loads(text)["chunks"], indent=1).replace("\n", "\n ")
    assert chunk in text
    contents = spoil.spoil_json(text, 60)
    # What decides how much is computed at once.
    contents += [text.replace(chunk, f'{{"swaps": {value}}}').encode() for value in spoil.VALUES]
    try_files("a run goes on", tmp_path, "manifest.json", contents, go_on)


@functools.cache
def scenes():
    return nd.open_model("scenes")


def test_neurons():
    draw = random.Random(0)
    parts = ("T.hidden", "T.output", "I.hidden", ":", "-", "@", "max", "mean", "0", "17", "0-9",
             "all", "word", "cluster", "direction", "#", " - ", ",", "dog", "last", "before.0", "'")
    texts = [f"{before}{each}{after}" for each in STRANGE for before, after in (
        ("", ""), ("T.hidden:", ""), ("T.output:word:", ""), ("T.hidden:3@", ""), ("-", ":3"),
        ("T.hidden:direction:", ""), ("I.hidden:cluster:", ""), ("T.hidden:0-", ""),
        ("T.hidden:direction:a.npy#", ""), ("T.hidden:1 - ", ""),
    )]  # fmt: skip
    texts += ["".join(draw.choices(parts, k=draw.randrange(1, 7))) for _ in range(150)]
    try_all("neurons", texts, lambda text: nd.parse_neurons(text, scenes()))


def test_texts_that_models_are_given():
    model = scenes()
    read = (
        lambda text: nd.ban_words(model, [text]), lambda text: nd.in_template(model, text),
        lambda text: nd.in_template(model, f"two {text} {{}}"),
    )
    for number, work in enumerate(read):
        try_all(f"words {number}", STRANGE, work)


def test_methods():
    names = [f"{before}{each}{after}" for each in STRANGE for before, after in (
        ("", ""), ("softmax:", ""), ("best~", ""), ("gumbel+", ""), ("", "+swaps"),
    )]  # fmt: skip
    try_all("methods", names, nd.make_method)
    numbers = (-1, 0, 2**70, 1.5, float("nan"), float("inf"), -1e300, 10**400)
    settings = [
        (name, setting, value) for name in nd.METHODS for setting in settings_of(name)
        for value in (*numbers, "a", (), (1, "a"), None, True, (float("nan"), 1.0))
    ]
    draws = random.Random(0).sample(settings, 200)
    try_all("settings", draws, lambda given: nd.make_method(given[0], **{given[1]: given[2]}))


FLAGS = {
    "dream": ("--neurons=T.hidden:1", "--method=swaps", "--rounds=0", "--length=1"),
    "evaluate": ("--captions=nowhere",), "report": ("--run=nowhere",), "syntax": ("--run=nowhere",),
    "train": ("--captions=nowhere",), "survey": ("--texts=nowhere", "--layers=T.hidden"),
    "cluster": ("--captions=nowhere",),
}  # fmt: skip
NAMES = {
    "dream": ("length", "seed", "memory", "restarts", "shard", "model", "dtype", "start", "method",
              "neurons", "neurons_file", "clusters", "features", "template", "ban", "rounds"),
    "evaluate": ("model", "captions", "pictures"), "report": ("run", "faces"),
    "syntax": ("run",), "train": ("captions", "hidden", "alpha", "epochs", "start", "dropout"),
    "survey": ("texts", "layers", "memory"), "cluster": ("captions", "model", "out"),
}  # fmt: skip


@pytest.mark.parametrize("script", FLAGS)
def test_flags(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw = random.Random(script)
    asked = [f"--{name}={value}" for name in NAMES[script] for value in STRANGE]
    out = [] if script in ("evaluate", "report", "syntax") else ["--out=/dev/null/nowhere"]

    def run(argument):
        ended = launch(script, *FLAGS[script], *out, argument)
        assert ended.status == 2, ended
        last = ended.stderr.removesuffix("\n")
        assert "\n" not in last and len(last) <= 300 and "Traceback" not in last, ended
        assert last.isprintable(), ended
        raise InputError(last)

    try_all(f"flags of {script}", draw.sample(asked, min(45, len(asked))), run)


def test_there_are_a_thousand(request):
    """Each other test of this file tries FEWEST inputs at least, in whichever process it runs."""
    for surface, (values, refused) in COUNTS.items():
        print(f"{surface}: {values} read, {refused} refused")
    print(f"{sum(map(sum, COUNTS.values()))} hostile inputs in this process")
    here = [item for item in request.session.items if item.path == request.path]
    tests = {name for name, test in globals().items() if name[:5] == "test_" and callable(test)}
    if {item.originalname for item in here} != tests:
        pytest.skip("only some tests of this file were chosen")
    assert (len(here) - 1) * FEWEST >= 1000
