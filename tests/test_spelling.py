"""Dreams that a person can write: they are read as the tokens that they are, in their context."""

import itertools

import numpy as np
import pytest
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

import neurondream as nd
from neurondream.tokens.spelling import count_differences, make_check
from refusals import refuse
from test_subwords import TEXTS, bert, bytes_of_pairs, folder_of, gpt2  # noqa: F401, fixtures


def every_ngram(model, length):
    words = np.flatnonzero(model.tokenizer.allowed)
    return np.array(list(itertools.product(words, repeat=length)), np.int32)


def is_read_as_itself(model, ids, before="", after=""):
    """Write an n-gram down inside a text and read all of it again."""
    whole = [*model.tokenizer.encode(before), *ids, *model.tokenizer.encode(after)]
    return model.tokenizer.encode(model.tokenizer.decode(whole)).tolist() == whole


def test_differences_are_counted_between_the_first_and_the_last():
    assert count_differences([1, 2, 3], [1, 2, 3]) == 0
    assert count_differences([1, 2, 3, 4], [1, 9, 4]) == 2
    assert count_differences([1, 2, 3, 4], [7, 2, 3, 8]) == 4
    # Repeated tokens are not counted from both ends.
    assert count_differences([5, 5, 5], [5, 5]) == 1 and count_differences([5], [5, 5]) == 1


@pytest.mark.parametrize(("name", "before", "after"), [
    ("gpt2", "", ""), ("gpt2", "the do", "s ran"), ("bert", "", ""), ("bert", "the", ""),
])  # fmt: skip
def test_ngrams_without_faults_are_those_that_come_back(name, before, after, request):
    model = request.getfixturevalue(name)
    read_in = nd.in_template(model, f"{before}{{}}{after}") if before + after else model
    check = make_check(model.tokenizer, [read_in.start.before], read_in.start.after)
    ngrams = every_ngram(model, 2)
    faults = check(ngrams)
    expected = [is_read_as_itself(model, ids, before, after) for ids in ngrams]
    assert (faults == 0).tolist() == expected
    # Whether ##s stands first is all that matters to these pieces of words.
    assert sum(expected) < len(expected) or before == "the"
    assert check(ngrams.reshape(-1, 1, 2)[::-1]).tolist() == faults[::-1, None].tolist()


def likely_pieces():
    """Split as SentencePiece's unigrams do: the likeliest pieces, of all that a text may have."""
    made = tokenizers.Tokenizer(models.Unigram())
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=28, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator(TEXTS, trainer)
    return made


def pairs_of_signs():
    """Split as Llama's does: a blank before every text, bytes for signs that are not known."""
    signs = ["<unk>", "<0x0A>", "<0x61>", "<0xC3>", "\u2581", *"adogrnsthe"]
    merges = [("\u2581", "a"), ("d", "o"), ("do", "g"), ("\u2581", "dog"), ("r", "a"), ("ra", "n")]
    words = [*signs, *("".join(pair) for pair in merges)]
    made = tokenizers.Tokenizer(models.BPE(
        {word: number for number, word in enumerate(words)}, merges, unk_token="<unk>",
        byte_fallback=True, fuse_unk=True,
    ))
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    made.decoder = decoders.Sequence([
        decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0),
    ])
    made.add_special_tokens(["<unk>"])
    return made


@pytest.mark.parametrize("make", [likely_pieces, pairs_of_signs])
def test_other_kinds_of_tokenizers_are_checked_exactly(make, tmp_path):
    model = nd.open_model(folder_of(tmp_path, "gpt2", make()), start="none")
    ngrams = every_ngram(model, 2)
    expected = np.array([is_read_as_itself(model, ids) for ids in ngrams])
    np.testing.assert_array_equal(make_check(model.tokenizer, [()], ())(ngrams) == 0, expected)
    assert 0 < expected.sum() < len(expected)
    for line in nd.dream_neurons(
        model, "resid_post.1:0-2", length=2, method=nd.swaps(restarts=2, rounds=2)
    ):
        assert line["reencodes"] and is_read_as_itself(model, line["ngram"]["ids"])


def test_signs_can_be_told_from_bytes_that_no_text_is_read_as(tmp_path):
    model = nd.open_model(folder_of(tmp_path, "gpt2", pairs_of_signs()))
    pieces = model.tokenizer.spell(range(model.tokenizer.allowed.size))
    assert pieces[1:6] == ("\n", "<0x61>", "<0xC3>", " ", "a")
    assert len(set(pieces)) == len(pieces) and not model.tokenizer.allowed[3]
    (neuron,) = nd.parse_neurons("logits:a", model)
    assert neuron.name == "logits:5"


def test_a_template_is_read_as_it_stands_in_a_text(tmp_path):
    """No blank stands twice: that before a word is its own, and no text begins behind the hole."""
    llama = nd.open_model(folder_of(tmp_path, "gpt2", pairs_of_signs())).tokenizer
    model = nd.open_model(tmp_path / "gpt2", start="none")
    for template, before, after in (
        ("a dog {} ran dog", (" a", " dog"), (" ", "ran", " dog")), ("{}", (), ()),
        ("a{}dog", (" a",), ("dog",)), ("{} ran", (), (" ", "ran")),
    ):
        read = nd.in_template(model, template).start
        assert (llama.spell(read.before), llama.spell(read.after)) == (before, after)


def test_special_tokens_may_stand_in_a_template(bert, gpt2):  # noqa: F811
    model = nd.in_template(bert, "the {} [PAD] on")
    assert model.tokenizer.spell(model.start.after) == ("[PAD]", "on", "[SEP]")
    (neuron,) = nd.parse_neurons("logits:7@[PAD]", model)
    assert neuron.name == "logits:7@after.0"
    refuse("the model does not know 'strange'", nd.in_template, bert, "{} strange")
    model = nd.in_template(gpt2, "the dog<|endoftext|>{}")
    assert model.tokenizer.spell(model.start.before)[-1] == "<|endoftext|>"


def test_a_ban_is_of_a_word_with_its_blank_and_without(gpt2, bert):  # noqa: F811
    def banned(model, *words):
        left = nd.ban_words(model, words).tokenizer.allowed
        return set(model.tokenizer.spell(np.flatnonzero(model.tokenizer.allowed & ~left)))

    assert banned(gpt2, "dog") == {"dog", " dog"} and banned(gpt2, "d", " on") == {"d", " on"}
    assert banned(bert, "dog") == {"dog"} and banned(bert, "##s", "a") == {"##s", "a"}
    for word in ("", "[SEP]", "strange"):
        refuse("not one word", nd.ban_words, bert, [word])


def test_faults_in_any_of_many_contexts_count(gpt2):  # noqa: F811
    befores = [gpt2.tokenizer.encode(text) for text in ("the do", "so on")]
    ngrams = every_ngram(gpt2, 2)
    both = make_check(gpt2.tokenizer, befores, ())(ngrams)
    each = [make_check(gpt2.tokenizer, [before], ())(ngrams) for before in befores]
    assert (both == each[0] + each[1]).all() and (each[0] > 0).any() and (each[1] > 0).any()


@pytest.mark.parametrize(("name", "method"), [
    ("gpt2", nd.make_method("swaps", restarts=2, rounds=2)),
    ("bert", nd.make_method("gumbel", restarts=2, epochs=20)),
    ("gpt2", nd.make_method("faces", restarts=2, rounds=2)),
])  # fmt: skip
def test_every_dream_is_read_as_itself(name, method, request):
    model = request.getfixturevalue(name)
    neurons = "resid_post.1:0-5,-resid_post.1:0-1"
    lines = nd.dream_neurons(model, neurons, length=3, method=method)
    assert len(lines) == 8 and all(line["reencodes"] for line in lines)
    for line in lines:
        assert is_read_as_itself(model, line["ngram"]["ids"])
        for face in line.get("faces", ()):
            assert is_read_as_itself(model, face["ngram"]["ids"])


def test_the_best_of_all_that_are_read_as_themselves_is_found(gpt2):  # noqa: F811
    neurons = "resid_post.1:all,-resid_post.1:all,logits:all,-logits:all"
    polished = nd.make_method("swaps+polish", restarts=4, rounds=2)
    best, true, free = (
        nd.dream_neurons(model, neurons, length=2, method=method)
        for model, method in (
            (gpt2, polished), (gpt2, "exhaustive"),
            (nd.open_model(gpt2.name, tokens="any"), "exhaustive"),
        )
    )
    for found, exact, highest in zip(best, true, free, strict=True):
        assert is_read_as_itself(gpt2, exact["ngram"]["ids"])
        assert found["score"] == pytest.approx(exact["score"], abs=1e-5)
        assert found["certificate"]["certified"] and found["certificate"]["spelled"]
        assert exact["score"] <= highest["score"] + 1e-6
    # What is not read as itself is higher for some.
    assert any(h["score"] > e["score"] + 1e-3 for h, e in zip(free, true, strict=True))


def test_what_an_ascent_leaves_faulty_is_mended(gpt2):  # noqa: F811
    # One epoch of small steps ends where it began, at random.
    method = nd.make_method("softmax", epochs=1, steps=1, learning_rate=1e-6)
    lines = nd.dream_neurons(gpt2, "resid_post.1:all", length=4, method=method)
    mended = [line for line in lines if "mended" in line]
    assert mended and all(line["reencodes"] for line in lines)
    as_they_are = nd.dream_neurons(
        nd.open_model(gpt2.name, tokens="any"), "resid_post.1:all", length=4, method=method
    )
    assert {line["neuron"] for line in as_they_are if not line["reencodes"]} == {
        line["neuron"] for line in mended
    }


def test_dreams_are_read_as_themselves_inside_a_template(gpt2):  # noqa: F811
    model = nd.in_template(gpt2, "the do{}s")
    for line in nd.dream_neurons(model, "resid_post.1:0-3", length=2, method="swaps"):
        assert is_read_as_itself(gpt2, line["ngram"]["ids"], "the do", "s")


def test_dreams_are_of_words_or_of_ascii_where_that_is_asked_for(tmp_path):
    folder = folder_of(tmp_path, "gpt2", bytes_of_pairs())
    words = nd.open_model(folder, tokens="words")
    pieces = words.tokenizer.spell(np.flatnonzero(words.tokenizer.allowed))
    assert pieces and all(piece.startswith(" ") and piece.strip() for piece in pieces)
    assert words.opened_with["tokens"] == "words"
    every = nd.open_model(folder)
    plain = nd.only_ascii(every)
    left_out = every.tokenizer.allowed & ~plain.tokenizer.allowed
    assert [p for p in every.tokenizer.spell(np.flatnonzero(left_out)) if p.isascii()] == []
    refuse("tokens='all'", nd.open_model, folder, tokens="all")


def test_models_of_words_have_nothing_to_check():
    model = nd.open_model("scenes")
    assert model.tokenizer.respell is None and not model.tokenizer.checked
    (line,) = nd.dream_neurons(model, "I.hidden:0", length=2, method=nd.best(effort="quick"))
    assert "reencodes" not in line
