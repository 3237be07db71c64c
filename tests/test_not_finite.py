"""Words whose activation is no finite number, and neurons that never move."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.errors import InputError
from neurondream.runs.folder import read_lines
from neurondream.runs.opened import open_finished

LENGTH = 2
FEW = {"restarts": 2, "rounds": 1}
SHORT = {"epochs": 4, "restarts": 2}
METHODS = {
    "swaps": nd.swaps(**FEW), "best": nd.best(**FEW), "faces": nd.faces(**FEW),
    **{name: nd.make_method(name, **SHORT) for name in (
        "embfree", "logits", "softmax", "gumbel", "gumbel+polish",
    )},
    "best~0.5": nd.make_method("best~0.5", **FEW),
}  # fmt: skip
# What stands in the n-gram that makes no number of the activation.
SPOILT = {"nan": jnp.nan, "infinity": jnp.inf, "minus infinity": -jnp.inf}


def make_spoilt(value):
    """Make a model that gives `value` wherever "red" has been read, and a unit that is dead."""
    tokenizer = toys.make_tokenizer(("<s>", "<unk>"), 11)
    red = int(tokenizer.encode("red")[0])
    params = toys.draw_params(0, {"table": (13, 8)})
    params["flag"] = np.zeros((13, 1), np.float32)
    params["flag"][red] = 1

    def encode(params, vectors):
        hidden = jnp.tanh(jnp.cumsum(vectors[:, :-1], axis=0) / 4)
        red = jnp.cumsum(vectors[:, -1:], axis=0) > 0.5
        return {
            "bag.hidden": jnp.where(red, value, hidden),
            "bag.dead": jnp.full_like(hidden, 0.25), "bag.never": jnp.full_like(hidden, value),
        }

    return nd.make_model(
        "spoilt", encode, params, tokenizer,
        table=lambda params: jnp.concatenate([params["table"], params["flag"]], axis=1),
    )


def make_run(model, tmp_path):
    return nd.open_run(
        tmp_path / "run", model, nd.make_corpus(toys.make_texts(), model, length=LENGTH)
    )


def plain(model, unit, ids):
    """Compute what n-grams without "red" give."""
    vectors = model.params["table"][np.asarray(ids)].astype(float)
    return np.tanh(vectors.sum(axis=-2) / 4)[..., unit]


@pytest.mark.parametrize("kind", SPOILT)
def test_searches_pass_over_what_is_no_number_and_say_so(kind, tmp_path):
    model = make_spoilt(SPOILT[kind])
    run = make_run(model, tmp_path)
    said = {}
    for name, method in METHODS.items():
        for line in nd.run(run, "bag.hidden:0-5", method):
            assert "red" not in line["ngram"]["pieces"]
            expected = plain(model, int(line["neuron"][-1]), line["ngram"]["ids"])
            np.testing.assert_allclose(line["score"], expected, rtol=1e-5)
            said[name] = said.get(name, 0) + line.get("passed_over", 0)
            if "certificate" in line:
                # "red" may stand at either place: nobody knows what it would do.
                assert line["certificate"] == {
                    "certified": False, "sweeps": line["certificate"]["sweeps"], "passed_over": 2
                }, name
    assert said["swaps"] > 0 and said["best"] > 0 and said["best~0.5"] > 0
    text = (run.folder / "dreams.jsonl").read_text()
    assert "NaN" not in text and "Infinity" not in text


def test_fronts_pass_over_what_is_no_number_and_say_so(tmp_path):
    model = make_spoilt(jnp.nan)
    run = make_run(model, tmp_path)
    small = {"judge": "kneser_ney", "rounds": 1, "slots": 2, "islands": 1, "cover": 4}
    for method in (
        nd.make_method("gcg", judge="kneser_ney", iterations=4),
        nd.make_method("fluent+polish", **small),
    ):
        for line in nd.run(run, "bag.hidden:0-1", method):
            assert line["passed_over"] > 0
            windows = line["windows"]
            assert len(windows["scores"]) == len(windows["nats"]) > 0
            for point in line["front"]:
                assert "red" not in point["ngram"]["pieces"]
    text = (run.folder / "dreams.jsonl").read_text()
    assert "NaN" not in text and "Infinity" not in text


@pytest.mark.parametrize("kind", SPOILT)
def test_the_corpus_is_what_can_be_read(kind, tmp_path):
    model = make_spoilt(SPOILT[kind])
    run = make_run(model, tmp_path)
    red = model.tokenizer.encode("red")[0]
    ngrams = run.corpus.ngrams.tokens
    readable = ngrams[(ngrams != red).all(axis=1)]
    assert 0 < len(readable) < len(ngrams)
    for line in nd.run(run, "bag.hidden:0-3", "search"):
        scores = plain(model, int(line["neuron"][-1]), readable)
        assert line["passed_over"] == len(ngrams) - len(readable)
        np.testing.assert_allclose(line["mean"], scores.mean(), rtol=1e-5)
        np.testing.assert_allclose(line["deviation"], scores.std(), rtol=1e-4)
        np.testing.assert_allclose(
            [each["score"] for each in line["best"]], -np.sort(-scores)[:10], rtol=1e-5
        )
        np.testing.assert_allclose(
            line["quantiles"]["0.9"], np.quantile(scores, 0.9), rtol=1e-4
        )


def test_all_of_a_description_is_json(tmp_path):
    model = make_spoilt(jnp.nan)
    run = make_run(model, tmp_path)
    for method in ("search", METHODS["swaps"]):
        list(nd.run(run, "bag.hidden:0-3,bag.dead:0", method))
    cards = nd.describe(run, faces=nd.faces(**FEW))
    for name in ("probes.jsonl", "cards.jsonl", "faces.jsonl"):
        text = (run.folder / name).read_text()
        assert "NaN" not in text and "Infinity" not in text
    nd.study_syntax(open_finished(run), ["bag.hidden", "bag.dead"])
    nd.write_page(tmp_path / "page.html", run, cards)


def test_a_neuron_without_any_number_is_refused_and_the_others_kept(tmp_path):
    run = make_run(make_spoilt(jnp.nan), tmp_path)
    for method in ("search", METHODS["swaps"], METHODS["gumbel"]):
        with pytest.raises(InputError, match=r"'bag\.never:3': no n-gram gives a finite") as caught:
            list(nd.run(run, "bag.hidden:0,bag.never:3,bag.hidden:1", method))
        assert "\n" not in str(caught.value)
    lines = read_lines(run.folder / "dreams.jsonl")
    assert len(lines) == 6 and {line["neuron"] for line in lines} == {
        "bag.hidden:0", "bag.hidden:1"
    }


def test_a_neuron_that_never_moves_is_called_so(tmp_path):
    model = make_spoilt(0.0)
    run = make_run(model, tmp_path)
    zeros = nd.make_direction(model, "bag.hidden", np.zeros(8), "nothing")
    neurons = [*nd.parse_neurons("bag.dead:0,-bag.dead:1,bag.hidden:0-2", model), zeros]
    for method in ("search", METHODS["best"]):
        list(nd.run(run, neurons, method))
    opened = open_finished(run)
    cards = {card["label"]: card for card in nd.describe(run, faces=None)}
    for label in ("bag.dead:0", "-bag.dead:1", "bag.hidden:direction:nothing"):
        card = cards[label]
        assert card["standing"] == "reacts to nothing"
        assert card["gain"] is None and card["percentile"] is None
        (sentence,) = card["verdict"]
        assert sentence.startswith("Dead: it reacts to nothing") and "Wants" not in sentence
    assert cards["bag.hidden:0"]["gain"] is not None
    findings = nd.study_syntax(opened, ["bag.hidden", "bag.dead"])
    rows = findings["comparisons"][0]["rows"]
    assert all(row["neurons"][1] == 0 for row in rows if row["unit"] != "words")
    json.dumps(findings, allow_nan=True)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_a_direction_gains_the_same_at_any_scale(scale):
    model = make_spoilt(0.0)
    corpus = nd.make_corpus(toys.make_texts(), model, length=LENGTH)
    row = np.random.default_rng(1).normal(size=8)
    gains = []
    for factor in (1, scale):
        neuron = nd.make_direction(model, "bag.hidden", row * factor)
        search, dream = (
            nd.dream_neurons(model, [neuron], length=LENGTH, method=method, corpus=corpus)[0]
            for method in ("search", "exhaustive")
        )
        gains.append((dream["score"] - search["score"]) / search["deviation"])
    np.testing.assert_allclose(*gains, rtol=1e-4)
    assert gains[0] > 0


def test_vectors_that_are_no_numbers_are_refused():
    tokenizer = toys.make_tokenizer(("<s>", "<unk>"), 11)
    params = {"table": np.ones((13, 2), np.float32)}
    params["table"][5, 1] = np.nan
    with pytest.raises(InputError, match=f"the vector of '{tokenizer.spell([5])[0]}'"):
        nd.make_model(
            "spoilt", lambda params, vectors: {"bag.hidden": vectors}, params, tokenizer,
            table=lambda params: params["table"],
        )
