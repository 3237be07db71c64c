"""Tiny transformers with tokenizers of their own, from their folders to their dreams."""

import itertools
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

import neurondream as nd
from neurondream.tokens.subwords import open_tokenizer
from refusals import refuse
from reports import read_parts

TEXTS = ["a dog ran", "the dog sat on a dog", "dogs ran on", "the thé sat", "so on and on"] * 3
FIXTURES = Path(__file__).parent / "families"


def bytes_of_pairs():
    """Split as GPT-2's does: bytes, blanks at the front of words."""
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=30, special_tokens=["<|endoftext|>"], initial_alphabet=[], show_progress=False
    )
    made.train_from_iterator(TEXTS, trainer)
    return made


def word_pieces():
    """Split as BERT's does: parts of words behind ##, [CLS] and [SEP] around every text."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "a", "dog", "##s", "ran", "the",
             "sat", "on", "so", "and"]  # fmt: skip
    made = tokenizers.Tokenizer(
        models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    )
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def folder_of(tmp_path, name, made):
    folder = Path(shutil.copytree(FIXTURES / name, tmp_path / name))
    made.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def gpt2(tmp_path):
    return nd.open_model(folder_of(tmp_path, "gpt2", bytes_of_pairs()))


@pytest.fixture
def bert(tmp_path):
    return nd.open_model(folder_of(tmp_path, "bert-masked", word_pieces()))


def read_whole(model, ids):
    """Read texts `[..., L]` between the start's tokens; layers of their own words."""
    first = len(model.start.before)
    around = [np.broadcast_to(np.array(part, np.int32), (*np.shape(ids)[:-1], len(part)))
              for part in model.start]  # fmt: skip
    texts = np.concatenate([around[0], ids, around[1]], axis=-1).astype(np.int32)
    encode = jax.vmap(lambda text: model.encoder.encode(
        model.params, model.encoder.embed(model.params, text)))
    layers = jax.jit(encode)(texts)
    return {name: np.asarray(x)[:, first : first + ids.shape[-1]] for name, x in layers.items()}


def test_bytes_are_spelled_as_text(gpt2):
    tokenizer = gpt2.tokenizer
    ids = tokenizer.encode("the dog ran")
    assert "".join(tokenizer.spell(ids)) == tokenizer.decode(ids) == "the dog ran"
    assert " dog" in tokenizer.spell(range(32))
    # Halves of a letter are no text; nor is what stands between texts, or rows without a token.
    halves = [number for number, piece in enumerate(tokenizer.spell(range(32)))
              if "\N{REPLACEMENT CHARACTER}" in piece]  # fmt: skip
    assert len(halves) == 2 and not tokenizer.allowed[halves].any()
    assert not tokenizer.allowed[0] and tokenizer.special == {"<|endoftext|>": 0}
    assert not tokenizer.allowed[30:].any() and tokenizer.spell([31]) == ("<31>",)


def test_a_model_without_a_start_of_its_own_begins_where_texts_did(gpt2):
    assert gpt2.start == nd.Start((0,)) and gpt2.next_word == "logits"
    assert nd.open_model(gpt2.name, start="none").start == nd.Start()


def test_pieces_of_words_are_read_between_special_tokens(bert):
    tokenizer = bert.tokenizer
    ids = tokenizer.encode("The dogs sat")
    assert tokenizer.spell(ids) == ("the", "dog", "##s", "sat")
    assert tokenizer.decode(ids) == "the dogs sat"
    assert bert.start == nd.Start((2,), (3,)) and bert.next_word is None
    assert np.flatnonzero(tokenizer.allowed).tolist() == list(range(5, 14))


NEURONS = {
    "gpt2": ("-resid_post.1:2@mean", "logits:7"),
    "bert": ("mlp_out.1:4@max", "logits:7@0"),
}
READ = ("mlp_pre.0:3", "-resid_post.1:2")


@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_dreams_are_the_best_of_every_ngram(name, request):
    model = request.getfixturevalue(name)
    words = np.flatnonzero(model.tokenizer.allowed)
    every = np.array(list(itertools.product(words, repeat=2)), np.int32)
    layers = read_whole(model, every)
    neurons = nd.parse_neurons(list(NEURONS[name]), model)
    lines = nd.dream_neurons(
        model, neurons, length=2, method=nd.make_method("swaps+polish", restarts=8, rounds=6)
    )
    by_name = {neuron.name: neuron for neuron in neurons}
    assert len(lines) == 2
    for line in lines:
        (part,), place = by_name[line["neuron"]].parts, by_name[line["neuron"]].place
        values = part.weights[0] * layers[part.layer][:, :, part.units[0]]
        values = {"word": values[:, place.number], "max": values.max(axis=1),
                  "mean": values.mean(axis=1)}[place.kind]  # fmt: skip
        assert line["score"] == pytest.approx(values.max(), abs=1e-4), line["label"]
        assert line["certificate"]["certified"]


@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_the_corpus_is_read_as_the_dream_is(name, request):
    model = request.getfixturevalue(name)
    corpus = nd.make_corpus(TEXTS[:5], model, length=2)
    lines = nd.dream_neurons(
        model, READ, length=2, corpus=corpus, method="search"
    )
    for line, text in zip(lines, ("mlp_pre.0", "resid_post.1"), strict=True):
        unit, sign = int(line["neuron"].split(":")[1]), -1 if line["neuron"][0] == "-" else 1
        scores = sign * read_whole(model, corpus.ngrams.tokens)[text][:, -1, unit]
        assert line["score"] == pytest.approx(scores.max(), abs=1e-4)
        whole = [sign * read_whole(model, ids[None])[text][0, :, unit] for ids in corpus.texts]
        assert line["natural"]["score"] == pytest.approx(max(map(np.max, whole)), abs=1e-4)


def test_a_run_of_a_transformer_is_described_and_shown(bert, tmp_path):
    corpus = nd.make_corpus(TEXTS[:5], bert, length=2)
    run = nd.open_run(tmp_path / "run", bert, corpus)
    for method in ("search", nd.swaps(restarts=2, rounds=1)):
        list(nd.run(run, "mlp_pre.0:3", method))
    cards = nd.describe(run, faces=None)
    assert [card["label"] for card in cards] == ["mlp_pre.0:3"]
    nd.write_page(tmp_path / "page.html", run, cards)
    assert "mlp_pre.0:3" in read_parts(tmp_path / "page.html")["index"]


def test_a_tokenizer_of_more_tokens_than_the_model_has_is_refused(tmp_path):
    folder = folder_of(tmp_path, "bert", word_pieces())
    made = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.add_tokens([f"extra{number}" for number in range(30)])
    made.save(str(folder / "tokenizer.json"))
    refuse("44 tokens, where the model has vectors of 32", nd.open_model, folder)
    (folder / "tokenizer.json").write_text("{}")
    refuse("no tokenizer", nd.open_model, folder)


def test_special_tokens_without_a_vector_are_left_out_of_texts(tmp_path):
    """Gemma 3's models of text alone have a token for pictures, and no vector of it."""
    folder = folder_of(tmp_path, "bert", word_pieces())
    made = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.add_tokens([f"extra{number}" for number in range(18)])
    made.add_special_tokens(["<picture>"])
    made.save(str(folder / "tokenizer.json"))
    tokenizer = nd.open_model(folder).tokenizer
    assert len(tokenizer.allowed) == 32 and "<picture>" not in tokenizer.special
    assert tokenizer.spell(tokenizer.encode("a <picture> dog")) == ("a", "dog")


def test_the_unknown_token_is_the_one_that_the_file_names(tmp_path):
    words = {"<oops>": 0, "a": 1, "dog": 2}
    for made, text in (
        (models.WordLevel(words, unk_token="<oops>"), "a horse"),
        (models.Unigram([("a", -1.0), ("<oops>", -9.0)], unk_id=1), "x"),
        (models.BPE(), ""),
    ):
        read = tokenizers.Tokenizer(made)
        read.pre_tokenizer = pre_tokenizers.Whitespace()
        read.save(str(tmp_path / "tokenizer.json"))
        tokenizer, _, _ = open_tokenizer(tmp_path, 3)
        found = tokenizer.encode(text).tolist()
        assert tokenizer.unknown == (found[-1] if found else None)
