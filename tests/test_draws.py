"""Two draws of a layer's units, one to choose settings on and one to report, share none."""

import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
import toys
from neurondream.neurons.draws import DRAWS, TUNED, describe_draw


def make_model(**sizes):
    """Make a model whose layers have so many units; `out` is linear in the others' first."""
    tokenizer, first = toys.make_tokenizer(("<s>", "<unk>"), 11), next(iter(sizes))
    params = {"table": np.ones((13, 2), np.float32)}
    readouts = {}
    if "out" in sizes:
        params |= {"read": np.ones((sizes[first], sizes["out"]), np.float32),
                   "offset": np.zeros(sizes["out"], np.float32)}
        readouts = {"out": (first, "read", "offset")}

    def encode(params, vectors):
        layers = {name: jnp.zeros((len(vectors), size)) for name, size in sizes.items()}
        if "out" in sizes:
            layers["out"] = layers[first] @ params["read"] + params["offset"]
        return layers

    return nd.make_model(
        "layers", encode, params, tokenizer, table=lambda params: params["table"],
        readouts=readouts,
    )


def draw(model, number, which, said=None, layers=()):
    groups = nd.draw_groups(
        model, nd.open_reader(model).readouts, {}, outputs=number, units=number, draw=which,
        report=(said if said is not None else []).append, layers=layers,
    )
    return {
        name: [int(neuron.parts[0].units[0]) for neuron in group] for name, group in groups.items()
    }


@pytest.mark.parametrize("number", [24, 40, 160])
def test_reports_of_many_units_are_as_they_were(number):
    """As all tables have it: the others of 160 that are drawn by the paper's seed."""
    drawn = draw(make_model(first=512, second=512, out=1024), number, "report")
    generator, tuned = (np.random.default_rng(DRAWS[name]) for name in ("report", "tuning"))
    for name, size in (("out", 1024), ("first", 512), ("second", 512)):
        others = np.setdiff1d(np.arange(size), tuned.choice(size, 160, replace=False))
        expected = np.sort(generator.choice(others, number, replace=False))
        assert drawn[name] == expected.tolist()


@pytest.mark.parametrize("size", [2, 3, 24, 114, 160, 172, 319, 320, 512])
@pytest.mark.parametrize("number", [1, 40, 1000])
def test_no_unit_is_in_both_draws(size, number):
    model, said = make_model(first=size, second=64), []
    tuning, report = (draw(model, number, which, said) for which in ("tuning", "report"))
    for name, all_units in (("first", size), ("second", 64)):
        assert not set(tuning[name]) & set(report[name])
        most = min(TUNED, all_units // 2)
        assert len(tuning[name]) == min(number, most)
        assert len(report[name]) == min(number, all_units - most)
    asked = f"first: {number} units are asked for, and the report draw has"
    assert (f"{asked} {size - min(TUNED, size // 2)}" in said) == (len(report["first"]) < number)
    assert bool(said) == any(number > len(each) for each in (*tuning.values(), *report.values()))


@pytest.mark.parametrize("layers", [["first"], ["second"], ["out"], ["second", "first"]])
def test_no_unit_is_in_both_draws_whichever_layers_are_asked_for(layers):
    model = make_model(first=512, second=300, out=1024)
    tuning, report = (draw(model, 1000, which) for which in ("tuning", "report"))
    for name in layers:
        alone = {which: draw(model, 1000, which, layers=layers)[name] for which in DRAWS}
        assert not set(alone["report"]) & set(tuning[name])
        assert (alone["tuning"], alone["report"]) == (tuning[name], report[name])
        some = draw(model, 40, "report", layers=layers)[name]
        assert len(some) == 40 and set(some) <= set(report[name])


def test_a_draw_is_described_with_the_one_that_settings_were_chosen_on():
    assert describe_draw("report", units=4) == {
        "name": "report", "seed": 2018, "units": 4,
        "settings_chosen_on": {"name": "tuning", "seed": 123, "units": TUNED},
    }


def test_fewer_are_of_those_that_settings_are_chosen_on():
    model = make_model(first=512)
    every = set(draw(model, TUNED, "tuning")["first"])
    assert len(every) == TUNED and set(draw(model, 30, "tuning")["first"]) <= every


def test_a_single_unit_is_in_both():
    model = make_model(first=1)
    assert draw(model, 5, "tuning") == draw(model, 5, "report") == {"first": [0]}


def test_all_units_can_be_drawn():
    assert draw(make_model(first=172), 500, "all") == {"first": list(range(172))}
