"""Models of a person's own functions go through everything, and agree with plain re-encoding.

A bidirectional encoder without steps, a causal transformer with a growing cache, an LSTM.
"""

import itertools
import json

import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.runs.folder import read_lines
from neurondream.runs.opened import open_finished
from reports import read_parts

LENGTH = 2
CLOSE = {"rtol": 2e-5, "atol": 2e-5}
FEW = {"restarts": 2, "rounds": 1}
SHORT = {"epochs": 4, "restarts": 1}
METHODS = {
    "search": "search", "exhaustive": "exhaustive", "best": nd.best(**FEW),
    "faces": nd.faces(**FEW), "softmax": nd.softmax(**SHORT), "logits": nd.logits(**SHORT),
    "embfree": nd.embfree(**SHORT),
    "gumbel+polish": nd.make_method("gumbel+polish", **SHORT),
    "search+swaps": nd.make_method("search+swaps", **FEW),
}  # fmt: skip
# Of one source, so that one program serves them; and at another place.
NEURONS = {
    "bidirectional": ("top.logits:verb", "-top.hidden:1", "top.logits:2 - top.hidden:3"),
    "causal": ("top.logits:dog", "-top.hidden:1", "top.logits:2 - top.hidden:3"),
    "lstm": ("word.logits:dog", "-lstm.hidden:1", "word.logits:7 - lstm.hidden:3"),
}  # fmt: skip
ELSEWHERE = {
    "bidirectional": ("mlp.before:3@before.0", "mlp.after:1@max"), "causal": ("mlp.after:1@mean",),
    "lstm": ("lstm.cell:1@0",),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(NEURONS))
def dreamt(request, tmp_path_factory):
    """A run of all methods."""
    toy = toys.TOYS[request.param]()
    corpus = nd.make_corpus(toys.make_texts(), toy.model, length=LENGTH)
    folder = tmp_path_factory.mktemp("own") / request.param
    run = nd.open_run(folder, toy.model, corpus)
    lines = {
        name: list(nd.run(run, NEURONS[request.param], method))
        for name, method in METHODS.items()
    }
    for name in ("search", "best"):
        lines[name] += nd.run(run, ELSEWHERE[request.param], METHODS[name])
    neurons = {
        neuron.name: neuron for neuron in nd.parse_neurons(
            [*NEURONS[request.param], *ELSEWHERE[request.param]], toy.model
        )
    }
    return toy, run, neurons, lines


def test_every_score_is_that_of_its_ids(dreamt):
    toy, _, neurons, lines = dreamt
    for name, found in lines.items():
        assert len(found) >= 3
        for line in found:
            neuron = neurons[line["neuron"]]
            scored = [line, *line.get("best", ()), *line.get("faces", ())]
            for each in scored:
                again = oracles.score_again(toy, neuron, each["ngram"]["ids"])
                np.testing.assert_allclose(each["score"], again, **CLOSE, err_msg=name)


def test_sweeps_find_the_highest_and_no_climb_is_above_it(dreamt):
    toy, run, neurons, lines = dreamt
    every = oracles.every_ngram(toy, LENGTH)
    corpus = run.corpus.ngrams.tokens
    for name, found in lines.items():
        for line in found:
            scores = oracles.score_again(toy, neurons[line["neuron"]], every)
            assert line["score"] <= scores.max() + 1e-4, name
            if name == "exhaustive":
                np.testing.assert_allclose(line["score"], scores.max(), **CLOSE)
                np.testing.assert_allclose(line["mean"], scores.mean(), rtol=1e-4, atol=1e-4)
            if name == "search":
                best = np.sort(oracles.score_again(toy, neurons[line["neuron"]], corpus))[::-1]
                kept = [each["score"] for each in line["best"]]
                np.testing.assert_allclose(kept, best[: len(kept)], **CLOSE)


def test_no_certificate_is_false_beyond_rounding(dreamt):
    toy, _, neurons, lines = dreamt
    certified = [line for found in lines.values() for line in found if "certificate" in line]
    assert len(certified) >= 7
    for line in certified:
        certificate, neuron = line["certificate"], neurons[line["neuron"]]
        others = oracles.score_again(toy, neuron, oracles.substitutes(toy, line["ngram"]["ids"]))
        own = oracles.score_again(toy, neuron, line["ngram"]["ids"])
        assert certificate["certified"] and others.max() <= own + 1e-5 * max(1, abs(own))
        np.testing.assert_allclose(certificate["margin"], own - others.max(), rtol=1e-3, atol=1e-4)
        runner_up = oracles.score_again(toy, neuron, certificate["runner_up"]["ids"])
        np.testing.assert_allclose(runner_up, others.max(), **CLOSE)


@pytest.fixture(scope="module")
def described(dreamt):
    toy, run, neurons, _ = dreamt
    # Faces take most of the time; `dreamt` has those of all three.
    faces = {"faces": None} if toy.model.name != "lstm" else {}
    return toy, run, neurons, nd.describe(run, **faces)


def test_what_probes_read_is_the_plain_encoding(described):
    toy, run, neurons, _ = described
    names = {piece: n for n, piece in enumerate(toy.model.tokenizer.spell(
        range(len(toy.model.tokenizer.allowed))
    ))}
    probes = read_lines(run.folder / "probes.jsonl")
    assert len(probes) == 2 * len(neurons)
    for probe in probes:
        ids, neuron = probe["ngram"]["ids"], neurons[probe["neuron"]]

        def score(ngram, neuron=neuron):
            return float(oracles.score_again(toy, neuron, ngram))

        rest = [ids[:k] + ids[k + 1 :] for k in range(LENGTH)]
        expected = {
            "score": score(ids), "after": [score(ids[:k]) for k in (1, 2)],
            "suffixes": [score(ids[-k:]) for k in (1, 2)], "without": [score(r) for r in rest],
            "neighbours": [None if ids[0] == ids[1] else score(ids[::-1])],
        }
        for field, value in expected.items():
            if None not in np.ravel(value).tolist():
                np.testing.assert_allclose(probe[field], value, **CLOSE, err_msg=field)
        orders = [score(list(order)) for order in set(itertools.permutations(ids))]
        for value in probe["permuted"]:
            assert np.isclose(value, orders, **CLOSE).any()
        for place, found in enumerate(probe["substitutes"]):
            changed = [[*ids[:place], names[piece], *ids[place + 1 :]] for piece, _ in found]
            scores = [value for _, value in found]
            np.testing.assert_allclose(scores, [score(c) for c in changed], **CLOSE)


def test_every_neuron_has_a_card_and_the_page_holds_it(described, tmp_path):
    toy, run, neurons, cards = described
    assert {card["neuron"] for card in cards} == set(neurons)
    for card in cards:
        assert card["family"] in toy.model.families and card["verdict"]
        scores = [
            line["score"] for line in read_lines(run.folder / "dreams.jsonl")
            if line["neuron"] == card["neuron"] and line["method"] != "search"
        ]
        assert card["dream"]["score"] == max(scores)
    nd.write_page(tmp_path / "page.html", run, cards)
    page = read_parts(tmp_path / "page.html")["index"]
    assert all(json.dumps(card["label"])[1:-1].split(" - ")[0] in page for card in cards)
    assert nd.show(cards).text.count("<section") == len(cards)


def test_syntax_compares_any_two_groups(described):
    _, run, neurons, _ = described
    opened = open_finished(run)
    layers = list(dict.fromkeys(neuron.parts[0].layer for neuron in neurons.values()))
    findings = nd.study_syntax(opened, [layers[0], "+".join(layers[1:])])
    (comparison,) = findings["comparisons"]
    assert [group["name"] for group in comparison["groups"]] == [
        layers[0], "+".join(layers[1:])
    ]
    assert findings["neurons"] == sorted(neurons)
