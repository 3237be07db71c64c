"""Where a neuron is read, against plain re-encoding of the whole text."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import oracles
import toys
from neurondream.base import InTurn
from neurondream.dreaming import make_score
from neurondream.errors import InputError
from neurondream.neurons.places import place_name
from neurondream.objectives import linear
from neurondream.sweeps.corpus import score_tree
from neurondream.sweeps.prefixes import corpus_ngrams
from neurondream.targets import group_neurons, make_targets

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
WORDS = ("last", "max", "mean", "0", "1", "2", "-1", "-2", "-3")
# What each toy's start and the template around it are called.
AROUND = {
    "bidirectional": {
        "before.0": ("before", 0), "before.1": ("before", 1), "after.0": ("after", 0),
        "after.2": ("after", 2), "[CLS]": ("before", 0), "red": ("before", 1),
        "[SEP]": ("after", 2), "ball": ("after", 0),
    },
    "causal": {"before.0": ("before", 0), "<s>": ("before", 0), "red": ("before", 1),
               "after.1": ("after", 1), "ball": ("after", 0)},
    "lstm": {"before.0": ("before", 0), "red": ("before", 0), "dog": ("after", 1)},
}  # fmt: skip
PLACES = [(name, place) for name, around in AROUND.items() for place in (*WORDS, *around)]


def in_template(name):
    toy = toys.TOYS[name]()
    return toy._replace(model=nd.in_template(toy.model, "red {} ball dog"))


@pytest.mark.parametrize("name, text", PLACES)
def test_places_have_one_name(name, text):
    toy = in_template(name)
    layer = toys.neurons_of(toy)[0]
    neuron, = nd.parse_neurons(f"{layer}@{text}", toy.model)
    kind, number = AROUND[name].get(text, (text if text in ("max", "mean") else "word", None))
    if number is None:
        number = {"last": -1, "max": 0, "mean": 0}.get(text) if not text[-1:].isdigit() else (
            int(text)
        )
    assert neuron.place == (kind, number)
    written = place_name(neuron.place)
    canonical = layer if text in ("last", "-1") else f"{layer}@{written}"
    assert neuron.name == neuron.label == canonical
    assert nd.parse_neurons(neuron.name, toy.model) == [neuron]
    again, = nd.parse_neurons(f"-{canonical}", toy.model)
    assert again.name == f"-{canonical}" and again.place == neuron.place


@pytest.mark.parametrize("name", ["bidirectional", "causal", "lstm"])
def test_every_place_is_that_of_the_whole_text(name):
    toy = in_template(name)
    places = ("last", "max", "mean", "0", "-2", *dict.fromkeys(
        f"{kind}.{number}" for kind, number in AROUND[name].values()
    ))
    # To each place a neuron: of every kind, and of every layer that others are linear in.
    names = [
        f"{part}@{place}".replace(" - ", f"@{place} - ")
        for part, place in zip(itertools.cycle(toys.neurons_of(toy)), places, strict=False)
    ]
    neurons = nd.parse_neurons(names, toy.model)
    reader = nd.open_reader(toy.model)
    # With words of their own and words in common, some of them twice.
    ngrams = np.unique(
        np.random.default_rng(0).choice(np.arange(4, 8), (12, 3)).astype(np.int32), axis=0
    )
    block = next(corpus_ngrams(ngrams, block=8).blocks())
    real = block.rows[: block.real]
    groups = group_neurons(reader.readouts, neurons)

    @jax.jit
    def score_all(params, targets, block):
        found = []
        for group, each in zip(groups, targets, strict=True):
            objective = linear(*group)
            score = make_score(
                reader.encoder, params, objective, jax.tree.map(lambda x: x[0], each)
            )
            found.append({
                "whole": jax.vmap(score)(ngrams),
                "in turn": jax.vmap(lambda ids, score=score: score(InTurn(tuple(ids))))(ngrams),
                "tree": score_tree(
                    reader.encoder, params, objective, each, block.words, block.parents
                )[0, : len(real)],
            })
        return found

    targets = [
        make_targets(reader.readouts, group, toy.model.layers[source].size)
        for (source, _), group in groups.items()
    ]
    found = score_all(reader.prepared, targets, block)
    for (neuron,), scores in zip(groups.values(), found, strict=True):
        expected = oracles.score_again(toy, neuron, ngrams)
        for kind, values in scores.items():
            chosen = expected[real] if kind == "tree" else expected
            np.testing.assert_allclose(values, chosen, **CLOSE, err_msg=f"{neuron.name} {kind}")


def test_a_shorter_text_is_read_at_its_nearest_word():
    """Variations of an n-gram have fewer words than the place was given for."""
    toy = toys.causal()
    params = jax.tree.map(jnp.asarray, toy.model.params)
    target = nd.Target(jnp.uint32(0), jnp.ones(toys.WIDTH), jnp.float32(0))

    @jax.jit
    def score_at(words):
        objectives = [linear("top.hidden", nd.Place("word", n)) for n in (3, 1, -3, 0)]
        return [
            make_score(toy.model.encoder, params, objective, target)(words)
            for objective in objectives
        ]

    for words in (jnp.array([5, 6]), InTurn((jnp.int32(5), jnp.int32(6)))):
        beyond, last, before, first = score_at(words)
        assert beyond == last and before == first


@pytest.mark.parametrize("place, named", [
    ("3", "no word 3"), ("-4", "no word -4"), ("before.1", "no place"), ("after.0", "no place"),
    ("first", "no place 'first'; give last, max, mean, a number, <s>"), ("<unk>", "no place"),
    ("99999", "no place"), ("", "no place"),
])  # fmt: skip
def test_places_that_are_not_there_are_refused_in_one_line(place, named):
    with pytest.raises(InputError) as caught:
        nd.dream_neurons(toys.causal().model, f"top.hidden:0@{place}", length=3)
    assert named in str(caught.value) and "\n" not in str(caught.value)


def test_places_of_a_difference_are_one():
    model = toys.causal().model
    first, second = "top.hidden:0@max", "top.hidden:1@max"
    written, = nd.parse_neurons(f"{first} - {second}", model)
    made = nd.subtract_neurons(*nd.parse_neurons([first, second], model))
    assert written.name == made.name == f"{first} - {second}"
    assert written.place == made.place == nd.Place("max", 0)
    with pytest.raises(InputError, match="one place"):
        nd.parse_neurons("top.hidden:0@max - top.hidden:1", model)


def test_an_objective_knows_its_places():
    with pytest.raises(InputError, match="place 'first': there are word, max, mean"):
        linear("top.hidden", nd.Place("first", 0))


def test_the_gradient_is_that_of_the_place():
    """Of soft words, by differences of the float64 oracle."""
    toy = in_template("bidirectional")
    generator = np.random.default_rng(1)
    words = len(toy.model.tokenizer.allowed)
    soft = generator.dirichlet(np.ones(words), 2)
    step = generator.normal(size=soft.shape)
    params = oracles.widen(toy.model.params)
    before, after = (params["table"][list(ids)] for ids in toy.model.start)
    reader = nd.open_reader(toy.model)
    direction = generator.normal(size=toys.WIDTH)
    target = nd.Target(jnp.uint32(0), jnp.asarray(direction, jnp.float32), jnp.float32(0))
    picks = {
        "word": lambda own: own[len(before) + 1], "before": lambda own: own[1],
        "after": lambda own: own[len(before) + 2],
        "mean": lambda own: own[len(before) : len(before) + 2].mean(axis=0),
        "max": lambda own: own[len(before) : len(before) + 2].max(axis=0),
    }  # fmt: skip
    for kind, number in (("word", 1), ("before", 1), ("after", 0), ("mean", 0), ("max", 0)):

        def score(soft, kind=kind):
            vectors = np.concatenate([before, soft @ params["table"], after])
            return picks[kind](toy.formula(params, vectors, np)["top.hidden"] @ direction)

        objective = linear("top.hidden", nd.Place(kind, number))
        found = jax.jit(jax.grad(make_score(reader.encoder, reader.params, objective, target)))(
            jnp.asarray(soft, jnp.float32)
        )
        expected = (score(soft + 1e-6 * step) - score(soft - 1e-6 * step)) / 2e-6
        assert np.sum(found * step) == pytest.approx(expected, rel=1e-3), kind


def test_all_places_are_read_off_one_program_each():
    toy = in_template("causal")
    texts = ("top.hidden:0@max", "top.logits:1@max", "top.hidden:1", "attention.hidden:0@max")
    reader = nd.open_reader(toy.model)
    groups = group_neurons(reader.readouts, nd.parse_neurons(texts, toy.model))
    assert [(layer, place.kind) for layer, place in groups] == [
        ("top.hidden", "max"), ("top.hidden", "word"), ("attention.hidden", "max"),
    ]
    assert list(map(len, groups.values())) == [2, 1, 1]
    assert sum(1 for _ in itertools.chain(*groups.values())) == len(texts)
