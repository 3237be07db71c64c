"""Planted facts are facts of the made world's captions, and the shipped model knows them."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neurondream.encoders.imaginet import Imaginet, imaginet_encoder
from neurondream.models import imaginet as checkpoint
from neurondream.scenes import generate, plant_facts, word_classes
from neurondream.tokens.words import tokenize
from scripts import launch, refused, succeed

SHIPPED = Path(__file__).parent.parent / "data" / "scenes"


@pytest.fixture(scope="module")
def pairs():
    return plant_facts(set(word_classes()))


@pytest.fixture(scope="module")
def by_fact(pairs):
    groups = defaultdict(list)
    for pair in pairs:
        groups[pair.fact].append(pair)
    return groups


@pytest.fixture(scope="module")
def beginnings():
    captions = [tokenize(text) for text in generate(11, 4000).texts]
    return Counter(tuple(words[:end]) for words in captions for end in range(1, 9))


def test_there_are_some_hundred_pairs_and_always_the_same(pairs, by_fact):
    assert 300 < len(pairs) == len(set(pairs)) < 700
    assert len(by_fact) >= 10
    assert all(10 <= len(group) <= 60 for group in by_fact.values())
    assert plant_facts(list(word_classes())) == pairs


def test_forms_are_minimal(pairs):
    for pair in pairs:
        assert pair.right != pair.wrong
        assert pair.right_form != pair.wrong_form
        assert len(pair.right_form) in (len(pair.wrong_form), len(pair.beginning) + 1)
        assert len(pair.other_form) == len(pair.right_form)
        assert pair.other_form != pair.right_form


def test_order_facts_hold_the_same_words(by_fact):
    for fact in ("determiner before noun", "preposition before determiner"):
        for pair in by_fact[fact]:
            assert sorted(pair.right_form) == sorted(pair.wrong_form)
            assert pair.right_form[: len(pair.beginning) + 1] == (*pair.beginning, pair.right)
            assert pair.wrong_form[: len(pair.beginning) + 1] == (*pair.beginning, pair.wrong)


def test_numbers_are_balanced_so_that_one_answer_for_all_is_at_chance(by_fact):
    for fact in ("is, are", "runs, run", "wears, wear"):
        plural = np.mean([pair.beginning[0] in ("two", "three") for pair in by_fact[fact]])
        assert plural == pytest.approx(0.5, abs=0.1), fact


def test_captions_hold_the_right_forms_and_never_the_wrong_ones(by_fact, beginnings):
    for fact, group in by_fact.items():
        for pair in group:
            assert pair.wrong_form not in beginnings, pair
            assert (*pair.beginning, pair.wrong) not in beginnings, pair
        assert np.mean([pair.right_form in beginnings for pair in group]) > 0.3, fact
        assert np.mean([(*pair.beginning, pair.right) in beginnings for pair in group]) > 0.3, fact


def test_words_that_a_model_does_not_know_are_left_out():
    known = {"a", "two", "dog", "dogs", "cat", "cats", "is", "are"}
    found = plant_facts(known)
    assert {pair.fact for pair in found} == {"is, are", "plural after a number"}
    assert {word for pair in found for word in pair.right_form} <= known
    assert plant_facts([]) == []


def test_the_shipped_model_knows_them(pairs):
    model = checkpoint.load_checkpoint(SHIPPED)
    params = jax.tree.map(jnp.asarray, model.params)
    encoder = imaginet_encoder(Imaginet(**checkpoint.sizes_of(model)))
    ids = model.vocabulary.ids
    known = plant_facts(model.vocabulary.words)
    assert len(known) > 0.9 * len(pairs)
    tokens = np.zeros((len(known), max(len(pair.beginning) for pair in known)), np.int32)
    for row, pair in enumerate(known):
        tokens[row, : len(pair.beginning)] = [ids[word] for word in pair.beginning]
    logits = jax.jit(jax.vmap(
        lambda words: encoder.encode(params, encoder.embed(params, words))["T.output"]
    ))(tokens)  # fmt: skip
    right = defaultdict(list)
    for row, pair in enumerate(known):
        last = np.asarray(logits[row, len(pair.beginning) - 1])
        right[pair.fact].append(last[ids[pair.right]] > last[ids[pair.wrong]])
    assert {fact: np.mean(values) for fact, values in right.items() if np.mean(values) < 0.9} == {}


def test_one_command_concludes(tmp_path):
    out = tmp_path / "run"
    succeed(
        "dream", "--neurons=T.output:dog,T.output:is,T.output:red,I.output:0-2,T.hidden:1",
        "--captions=scenes:50", "--method=search,softmax", "--epochs=6", "--steps=2", "--length=3",
        f"--out={out}",
    )
    said = succeed("syntax", f"--run={out}")
    findings = json.loads((out / "syntax" / "syntax.json").read_text())
    (comparison,) = findings["comparisons"]
    assert [group["name"] for group in comparison["groups"]] == ["T", "I"]
    assert all(sentence in said for sentence in comparison["conclusion"])
    assert (out / "syntax" / "syntax.md").read_text().strip() in said
    rows = comparison["rows"]
    assert {(row["level"], row["ngrams"]) for row in rows} == {
        ("output", "dreams"), ("output", "corpus"),
    }  # I has no hidden unit here
    assert all(row["neurons"][0] <= 3 and row["neurons"][1] <= 3 for row in rows)
    assert all(row["low"] > 0.5 for row in findings["facts"])
    by = {(row["fact"], row["family"]): row["value"] for row in findings["moved"]}
    assert all(by[fact, "T"] > by[fact, "I"] for fact, _ in by)

    refused(launch("syntax", f"--run={tmp_path / 'nothing'}"), "nothing")
    refused(launch("syntax", f"--run={out}", f"--out={out / 'dreams.jsonl'}"), "--out", "folder")
