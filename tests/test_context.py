"""Texts around what is read, against plain re-encoding of the whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.base import AFTER, BEFORE, InParts, InTurn, Vectors
from neurondream.corpora.beginnings import draw_beginnings
from neurondream.dreaming import make_score, read_whole, read_words
from neurondream.encoders.context import in_context
from neurondream.errors import InputError
from neurondream.objectives import linear
from neurondream.probing.contexts import score_behind
from neurondream.probing.ngram import next_word_loss
from neurondream.targets import make_targets

every_toy = pytest.mark.parametrize("name", ["bidirectional", "causal", "lstm", "folded"])
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
IDS = np.array([6, 4, 9], np.int32)


def params_of(toy):
    return jax.tree.map(jnp.asarray, toy.model.params)


def check_layers(found, toy, before, after):
    """Compare layers at the n-gram's words and around it; words in turn tell of both at the end."""
    whole = oracles.encode_again(toy, IDS, before, after)
    first, end = len(before), len(before) + len(IDS)
    for layer, values in whole.items():
        np.testing.assert_allclose(np.stack(found[layer]), values[first:end], **CLOSE)
        if len(before):
            np.testing.assert_allclose(found[layer + BEFORE][-1], values[:first], **CLOSE)
        if len(after):
            np.testing.assert_allclose(found[layer + AFTER][-1], values[end:], **CLOSE)


@every_toy
@pytest.mark.parametrize("before, after", [((5, 4), ()), ((), (7,)), ((5,), (7, 6))])
def test_a_text_in_context_is_read_as_a_part_of_the_whole(name, before, after):
    toy = toys.TOYS[name]()
    encoder = in_context(toy.model.encoder, np.array(before), np.array(after))
    params = params_of(toy)
    one_hot = jax.nn.one_hot(IDS, len(toy.model.tokenizer.allowed))
    texts = {"hard": IDS, "soft": one_hot, "free": Vectors(params["table"][IDS])}

    @jax.jit
    def read_all(params, texts):
        prepared = encoder.prepare(params)
        read = {}
        for state, given in (("plain", params), ("prepared", prepared)):
            for kind, words in texts.items():
                read[state, kind] = encoder.encode(given, encoder.embed(given, words))
            parts = InParts(texts["hard"][:2], texts["hard"][2:])
            read[state, "in parts"] = read_whole(encoder, given, parts)
            if encoder.steps:
                read[state, "in turn"] = read_words(encoder.steps, given, tuple(texts["hard"]))
        return read

    found = read_all(params, texts)
    assert len(found) == (10 if encoder.steps else 8)
    for layers in found.values():
        there = {
            f"{layer}{mark}" for layer in toy.model.layers
            for mark, ids in ((BEFORE, before), (AFTER, after)) if ids
        }
        assert there <= layers.keys()
        check_layers(layers, toy, before, after)


def test_nothing_around_is_the_encoder_itself():
    encoder = toys.causal().model.encoder
    assert in_context(encoder, (), ()) is encoder


@every_toy
def test_what_stands_around_is_data(name):
    toy = toys.TOYS[name]()
    befores = np.array([[4, 5], [9, 3], [6, 6]], np.int32)
    params = params_of(toy)
    traces = []

    @jax.jit
    def read(befores):
        def read_one(before):
            traces.append(before)
            encoder = in_context(toy.model.encoder, before, np.array([5]))
            layers = encoder.encode(params, encoder.embed(params, IDS))
            turns = encoder.steps and read_words(encoder.steps, params, tuple(IDS))
            return layers, turns or layers

        return jax.vmap(read_one)(befores)

    found = read(befores)
    assert len(traces) == 1
    for row, before in enumerate(befores):
        for layers in found:
            check_layers(jax.tree.map(lambda x, row=row: x[row], layers), toy, before, (5,))


def test_a_context_in_a_context_is_refused():
    inside = in_context(toys.causal().model.encoder, np.array([4]), ())
    with pytest.raises(InputError, match="in a context already"):
        in_context(inside, np.array([5]), ())
    assert in_context(inside, (), ()) is inside


def test_prepared_parameters_are_their_encoders_own():
    toy = toys.folded()
    reader = nd.open_reader(toy.model)
    assert reader.prepared.params.keys() == reader.folded.keys() > reader.params.keys()
    assert len(reader.prepared.states) == 1
    # Those of another context hold the words before it, too many or too few of them here.
    other = in_context(toy.model.encoder, np.array([4, 5]), ())
    target = make_targets({}, nd.parse_neurons("attention.hidden:0", toy.model), toys.WIDTH)
    target = jax.tree.map(lambda x: x[0], target)
    with pytest.raises(ValueError, match="prepared by another"):
        make_score(other, reader.prepared, linear("attention.hidden"), target)(
            InTurn(tuple(jnp.asarray(IDS)))
        )


@pytest.mark.parametrize("name", ["causal", "bidirectional", "causal-whole"])
def test_layers_that_no_score_reads_are_never_computed(name):
    """The mlp alone has a tanh."""
    toy = toys.TOYS[name]()
    encoder = in_context(toy.model.encoder, np.array([0, 4]), np.array([1]))

    def compiled(layer, place):
        size = toy.model.layers[layer].size
        target = nd.Target(jnp.uint32(0), jnp.ones(size), jnp.float32(0))
        objective = linear(layer, place)

        def score(params, ids):
            return make_score(encoder, params, objective, target)(InTurn(tuple(ids)))

        return jax.jit(score).lower(params_of(toy), IDS).compile().as_text()

    for place in (nd.Place(), nd.Place("before", 0), nd.Place("after", 0)):
        assert "tanh" in compiled("mlp.after", place)
        assert "tanh" not in compiled("attention.hidden", place)


@every_toy
def test_ngrams_behind_beginnings_are_the_ends_of_longer_texts(name):
    toy = toys.TOYS[name]()
    layer = toys.neurons_of(toy)[0]
    neurons = nd.parse_neurons([f"{layer}@{place}" for place in ("last", "mean", "0")], toy.model)
    reader = nd.open_reader(toy.model)
    beginnings = [np.array(ids, np.int32) for ids in ([5], [6, 4], [9], [4, 4, 5], [7, 5])]

    @jax.jit
    def score_all(params, targets):
        return [
            score_behind(
                reader.bare, params, linear(neuron.parts[0].layer, neuron.place),
                jax.tree.map(lambda x, row=row: x[row], targets), jnp.asarray(IDS), beginnings,
                toy.model.start,
            )
            for row, neuron in enumerate(neurons)
        ]

    found = score_all(reader.folded, make_targets(reader.readouts, neurons, toys.WIDTH))
    before, after = toy.model.start
    for neuron, values in zip(neurons, found, strict=True):
        expected = [
            oracles.score_again(toy, neuron, IDS, (*before, *beginning), after)
            for beginning in beginnings
        ]
        np.testing.assert_allclose(values, expected, **CLOSE)


def test_beginnings_are_those_of_texts():
    model = toys.causal().model
    texts = [model.tokenizer.encode(text) for text in [*toys.make_texts(), "strange dog"]]
    drawn = draw_beginnings(texts, model.tokenizer.allowed, number=200, longest=3, seed=0)
    whole = {tuple(text[:n]) for text in texts for n in range(1, 4)}
    assert len(drawn) == 200 and {len(each) for each in drawn} == {1, 2, 3}
    assert {tuple(each) for each in drawn} <= whole
    assert all(model.tokenizer.allowed[each].all() for each in drawn)


@pytest.mark.parametrize("name", ["causal-whole", "lstm", "folded"])
def test_the_surprise_of_words_is_that_of_the_whole_text(name):
    toy = toys.TOYS[name]()
    reader = nd.open_reader(toy.model)
    loss = jax.jit(lambda params: next_word_loss(
        reader.encoder, params, toy.model.next_word, jnp.asarray(IDS)
    ))(reader.prepared)
    first = len(toy.model.start.before)
    logits = oracles.encode_again(toy, IDS)[toy.model.next_word][first : first + 2]
    chosen = logits[[0, 1], IDS[1:]]
    expected = np.mean(np.log(np.exp(logits).sum(axis=-1)) - chosen)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["bidirectional", "causal"])
def test_a_template_stands_around_what_the_model_always_reads(name):
    toy = toys.TOYS[name]()
    model = nd.in_template(toy.model, "the red {} runs dog")
    encode = model.tokenizer.encode
    before, after = toy.model.start
    assert model.start.before == (*before, *encode("the red"))
    assert model.start.after == (*encode("runs dog"), *after)
    neuron = nd.parse_neurons(toys.neurons_of(toy)[1], model)[0]
    line, = nd.dream_neurons(model, [neuron], length=2, method="exhaustive")
    expected = oracles.score_again(
        toy._replace(model=model), neuron, np.array(line["ngram"]["ids"])
    )
    assert line["score"] == pytest.approx(expected, rel=1e-5)
    # A template in a template stands inside it.
    inner = nd.in_template(model, "a {} dog")
    assert inner.start.before == (*model.start.before, *encode("a"))
    assert inner.start.after == (*encode("dog"), *model.start.after)


def test_templates_that_are_none_are_refused_in_one_line():
    model = toys.bidirectional().model
    for template, named in (
        ("no hole", "hole"), ("{} and {}", "hole"), ("a strange {}", "strange"),
    ):
        with pytest.raises(InputError, match=named) as caught:
            nd.in_template(model, template)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bidirectional", "folded"])
def test_banned_words_are_nowhere(name):
    toy = toys.TOYS[name]()
    neurons = toys.neurons_of(toy)[0]
    model = toy.model
    best, = nd.dream_neurons(model, neurons, length=2, method="exhaustive")
    banned = best["ngram"]["pieces"][0]
    model = nd.ban_words(model, [banned] if not banned.startswith("##") else ["dog"])
    corpus = nd.make_corpus(toys.make_texts(), model, length=2)
    allowed = model.tokenizer.allowed
    assert allowed[corpus.ngrams.tokens].all() and allowed.sum() + 1 == (
        toy.model.tokenizer.allowed.sum()
    )
    found, = nd.dream_neurons(model, neurons, length=2, method="exhaustive")
    ngrams = [ids for ids in oracles.every_ngram(toy, 2) if allowed[ids].all()]
    neuron, = nd.parse_neurons(neurons, model)
    expected = max(oracles.score_again(toy, neuron, np.array(ngrams)))
    assert found["score"] == pytest.approx(expected, rel=1e-5) and found["score"] <= best["score"]


def test_bans_that_are_none_are_refused_in_one_line():
    model = toys.bidirectional().model
    for words, named in ((["strange"], "strange"), (["[CLS]"], "CLS"), (["dogs"], "dogs")):
        with pytest.raises(InputError, match=named):
            nd.ban_words(model, words)
    every = [piece for piece in toys.WORDS[:10] if piece != "##s"]
    left = nd.ban_words(model, every)
    assert left.tokenizer.spell(np.flatnonzero(left.tokenizer.allowed)) == ("##s",)
