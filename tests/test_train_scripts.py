"""Whole trainings: stopped and resumed, refused, evaluated; and the scripts around them."""

import json
import os
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest

from launch import evaluate as evaluate_script
from launch import train as train_script
from neurondream import training
from neurondream.errors import InputError
from neurondream.models.imaginet import load_checkpoint, load_metadata

ROOT = Path(__file__).parent.parent
NOUNS, VERBS = ("dog", "cat", "bird"), ("runs", "sleeps", "sings", "jumps")
QUICK = {"embedding": 4, "hidden": 4, "minimum_count": 1, "batch": 8, "epochs": 2, "dropout": 0.2}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Captions and pictures small enough to train in no time."""
    folder = tmp_path_factory.mktemp("files")
    generator = np.random.default_rng(0)
    rows, ids, features = [], [], []
    for number in range(48):
        noun, verb = generator.integers(3), generator.integers(4)
        split = ("val", "test", *["train"] * 4)[number % 6]
        rows.append(f"a {NOUNS[noun]} {VERBS[verb]} .\tp{number}\t{split}")
        ids.append(f"p{number}")
        features.append([*np.eye(3)[noun], *np.eye(4)[verb]] + 0.1 * generator.normal(size=7))
    rows += [f"the {noun} {verb}\t\ttrain" for noun in NOUNS for verb in VERBS]
    captions = folder / "captions.tsv"
    captions.write_text("\n".join(["caption\timage_id\tsplit", *rows]) + "\n")
    np.savez(folder / "pictures.npz", ids=np.array(ids), features=np.float32(features))
    return str(captions), str(folder / "pictures.npz")


@pytest.fixture(scope="module")
def quick(files):
    return training.Settings(captions=[files[0]], pictures=files[1], **QUICK)


@pytest.fixture(scope="module")
def whole(quick, tmp_path_factory):
    """A training that was not interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    lines = []
    return folder, training.train(quick, folder, report=lines.append), lines


class Bar:
    """A progress bar like tqdm's that stops the training after some steps."""

    def __init__(self, total, desc, initial=0):
        self.total, self.desc, self.initial, self.done = total, desc, initial, initial
        self.text, self.closed = "", False

    def update(self, n=1):
        self.done += n
        if self.done == self.stop:
            raise KeyboardInterrupt

    def set_postfix_str(self, text):
        self.text = text

    def close(self):
        self.closed = True


def stop_after(steps, bars):
    def progress(**given):
        bars.append(Bar(**given))
        bars[-1].stop = steps
        return bars[-1]

    return progress


def refuse(function, *arguments, holding, **named):
    with pytest.raises(InputError) as caught:
        function(*arguments, **named)
    message = str(caught.value)
    assert "\n" not in message and "--" not in message
    for part in holding:
        assert part in message, message


def test_a_training_resumed_is_one_not_interrupted(quick, whole, tmp_path):
    bars = []
    each = 6  # batches: 4 and a half of captions with a picture, 2 of those without
    for stop in (3, each, each + 1):
        with pytest.raises(KeyboardInterrupt):
            training.train(quick, tmp_path, save_minutes=0, progress=stop_after(stop, bars))
    assert not (tmp_path / "model.json").exists()
    training.train(quick, tmp_path, save_minutes=0, progress=stop_after(None, bars))
    weights = [folder / "weights.safetensors" for folder in (whole[0], tmp_path)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    # The step that a training was stopped in was not saved; it was taken again.
    assert [bar.initial for bar in bars] == [0, 2, each - 1, each]
    assert {(bar.total, bar.desc, bar.closed) for bar in bars} == {
        (2 * each, "training step", True)
    }
    assert bars[0].text.startswith(("T ", "I "))
    # A finished one is only evaluated again.
    again = training.train(quick, tmp_path, progress=stop_after(None, bars))
    assert bars[-1].initial == bars[-1].done == 2 * each
    assert again.about["test"] == whole[1].about["test"]


def test_a_training_tells_what_it_learns_and_what_it_reached(quick, whole):
    folder, checkpoint, lines = whole
    assert "44 training captions, 32 of them with a picture" in lines[0]
    begins = [line.split(":")[0] for line in lines[1:]]
    assert begins == ["epoch 1", "epoch 2", "best by validation"]
    assert "epoch 2 of 2" in lines[-1] or "epoch 1 of 2" in lines[-1]
    about = json.loads((folder / "model.json").read_text())["about"]
    assert about == checkpoint.about
    assert about["settings"]["captions"] == ["captions.tsv"]
    assert about["settings"]["pictures"] == "pictures.npz"
    assert about["test"]["captions.tsv"]["pictures"] == 8
    loaded = load_checkpoint(folder)
    for found, stored in zip(
        jax.tree.leaves(checkpoint.params), jax.tree.leaves(loaded.params), strict=True
    ):
        np.testing.assert_array_equal(found, stored)
    # By its folder or itself, a model reaches the same.
    for model in (folder, checkpoint):
        reached = training.evaluate(model, quick.captions, quick.pictures)
        assert reached == about["test"]
    alone = training.evaluate(folder, quick.captions)["captions.tsv"]
    assert alone["next_word_loss"] == about["test"]["captions.tsv"]["next_word_loss"]
    assert "pictures" not in alone


def test_a_training_stops_when_it_gets_no_better(quick, tmp_path):
    still = quick._replace(learning_rate=0.0, epochs=9, patience=2)
    checkpoint = training.train(still, tmp_path)
    # One epoch, and two that are no better.
    assert checkpoint.about["trained_on"]["epochs"] == 3


def test_a_training_that_diverges_says_what_to_change(quick, tmp_path):
    wild = quick._replace(learning_rate=1e30)
    refuse(training.train, wild, tmp_path, holding=["learning_rate=1e+30", "lower", "folder"])


def test_a_second_stage_keeps_words_and_textual_pathway(quick, whole, tmp_path):
    folder, first, _ = whole  # of weights that half precision holds exactly
    second = quick._replace(start=str(folder), alpha=0.0, contrast=1.0, epochs=1, minimum_count=5)
    checkpoint = training.train(second, tmp_path / "second", dtype="float32")
    assert checkpoint.vocabulary == first.vocabulary
    for name in first.params:
        pairs = zip(
            jax.tree.leaves(first.params[name]), jax.tree.leaves(checkpoint.params[name]),
            strict=True,
        )
        same = [np.array_equal(a, b) for a, b in pairs]
        assert not any(same) if name.startswith("I_") else all(same), name
    assert checkpoint.about["trained_on"]["captions"] == 32
    other = second._replace(hidden=5)
    refuse(training.train, other, tmp_path / "third", holding=["start:", "shape", "hidden"])
    nowhere = second._replace(start="nowhere")
    refuse(training.train, nowhere, tmp_path / "third", holding=["'nowhere'", "scenes"])
    visual = tmp_path / "visual"
    shutil.copytree(folder, visual)
    header = json.loads((visual / "model.json").read_text())
    header["about"]["settings"] |= {"alpha": 0.0, "start": None}
    (visual / "model.json").write_text(json.dumps(header))
    untrained = second._replace(start=str(visual))
    refuse(training.train, untrained, tmp_path / "third", holding=["start=", "T has learned"])


def test_a_training_tells_what_it_cannot_go_on_from(quick, whole, tmp_path):
    for name, value in (("epochs", 3), ("pictures", None), ("seed", 1)):
        other = quick._replace(**{name: value})
        refuse(training.train, other, whole[0], holding=[f"with {name}=", str(value), "folder"])
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    weights = (whole[0] / "weights.safetensors").read_bytes()
    (foreign / "training.safetensors").write_bytes(weights)
    refuse(training.train, quick, foreign, holding=["holds no training"])
    (foreign / "training.safetensors").write_bytes(weights[:-9])
    refuse(training.train, quick, foreign, holding=["not a whole"])
    (foreign / "training.safetensors").unlink()
    (foreign / "model.json").write_text("{}")
    refuse(training.train, quick, foreign, holding=["a model without training.safetensors"])
    # The same file's name with other captions in it.
    changed = tmp_path / "captions.tsv"
    changed.write_text(Path(quick.captions[0]).read_text())
    moved = quick._replace(captions=[str(changed)], epochs=1)
    training.train(moved, tmp_path / "out")
    changed.write_text(changed.read_text().replace("a dog", "dog a"))
    refuse(training.train, moved, tmp_path / "out", holding=["data_sha256"])
    assert load_metadata(tmp_path / "out" / "training.safetensors")["epoch"] == "1"


def test_plain_text_is_set_aside_for_validation(tmp_path):
    captions = tmp_path / "mine.txt"
    captions.write_text("".join(f"a dog runs {number}\n" for number in range(20)))
    settings = training.Settings(captions=[str(captions)], **{**QUICK, "epochs": 1})
    lines = []
    training.train(settings, tmp_path / "model", report=lines.append)
    assert "19 training captions" in lines[0] and "1 of them set aside" in lines[0]
    refuse(
        training.evaluate, tmp_path / "model", settings.captions, holding=["mine.txt", "test split"]
    )


def test_pictures_of_another_kind_cannot_be_evaluated(quick, whole, tmp_path):
    arrays = dict(np.load(quick.pictures))
    np.savez(tmp_path / "wide.npz", ids=arrays["ids"], features=np.ones((48, 9), np.float32))
    wide = str(tmp_path / "wide.npz")
    refuse(
        training.evaluate, whole[0], quick.captions, wide, holding=["wide.npz", "9", "has 7"]
    )


def test_the_scripts_train_and_evaluate(quick, tmp_path, capsys):
    given = [f"--captions={quick.captions[0]}", f"--pictures={quick.pictures}"]
    small = [f"--{name}={value}" for name, value in {**QUICK, "epochs": 1}.items()]
    train_script.main([*given, *small, "--nostandardize", f"--out={tmp_path / 'model'}"])
    printed = capsys.readouterr()
    assert printed.out.startswith("44 training captions")
    reached = json.loads(printed.out[printed.out.index("{\n") : printed.out.rindex("Dream: ")])
    last = printed.out.splitlines()[-1]
    assert last.startswith(f"Dream: python launch/dream.py --model={tmp_path}")
    assert f"--neurons=T.hidden:0-3 --captions={quick.captions[0]} --out=" in last
    assert "training step 6/6" in printed.err
    header = json.loads((tmp_path / "model" / "model.json").read_text())
    about = header["about"]
    assert {name: about[name] for name in ("validation", "test")} == reached
    assert not about["picture_standardized"] and str(tmp_path) not in json.dumps(about)
    assert about["command"].startswith(
        "python launch/train.py --captions=captions.tsv --pictures=pictures.npz --embedding=4"
    )

    evaluate_script.main([f"--model={tmp_path / 'model'}", *given])
    printed = capsys.readouterr()
    assert json.loads(printed.out) == about["test"]
    assert printed.err == "recall says little, captions.tsv has 8 pictures\n"


@pytest.mark.parametrize(
    "script, arguments, parts",
    [
        (train_script, ["--batch=0", "--out=x"], ["train.py: --batch=0", "1 or more"]),
        (train_script, ["--captions=x.tsv", "--alpha=0", "--out=x"], ["--alpha=0"]),
        (train_script, ["--captions=x.tsv", f"--out={__file__}"], ["is a file"]),
        (evaluate_script, ["--model=nowhere"], ["evaluate.py: ", "'nowhere'", "flickr"]),
    ],
)
def test_the_scripts_refuse_in_one_line(script, arguments, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        script.main(arguments)
    assert caught.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    for part in parts:
        assert part in message


def test_the_shipped_scenes_model_reaches_what_its_header_says():
    said = json.loads((ROOT / "data/scenes/model.json").read_text())["about"]["test"]["scenes"]
    found = training.evaluate("scenes", ["scenes:1"], "scenes:1")["scenes:1"]
    for name in ("next_word_loss", "next_word_accuracy", "recall_at_1", "recall_at_10"):
        assert found[name] == pytest.approx(said[name], abs=2e-3), name


def test_the_shipped_flickr_model_beats_a_bag_of_words():
    folder = os.environ.get("NEURONDREAM_DATA")
    if not folder:
        pytest.skip("NEURONDREAM_DATA is not set: the Flickr8k captions and features are not here")
    captions = f"{folder}/flickr8k_captions.tsv.gz"
    pictures = f"{folder}/flickr8k_cnn_features.npz"
    found = training.evaluate("flickr", [captions], pictures)["flickr8k_captions.tsv.gz"]
    assert found["pictures"] == 1000
    # Ridge regression from a bag of words to the features, on the same split.
    assert found["recall_at_1"] > 0.134
    assert found["recall_at_5"] > 0.355
    assert found["recall_at_10"] > 0.488


def test_shipped_weights_are_small_and_name_no_folder():
    for name, limit in (("scenes", 2e6), ("flickr", 30e6)):
        folder = ROOT / "data" / name
        size = sum((folder / file).stat().st_size for file in ("model.json", "weights.safetensors"))
        assert size <= limit
        about = json.loads((folder / "model.json").read_text())["about"]
        assert "/" not in json.dumps(about["settings"])
