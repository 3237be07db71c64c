"""Groups of neurons that a person names, and how they are compared."""


import pytest

from neurondream.analysis.syntax.conclusion import conclude
from neurondream.analysis.syntax.contrasts import compare_syntax
from neurondream.analysis.syntax.groups import check_pair, pair_families, parse_group
from neurondream.analysis.syntax.measures import Scale
from neurondream.errors import InputError
from syntax_probes import BIGRAMS, CLASSES, FAMILIES, PAIR, bag, make_families, make_probe


def test_two_families_are_compared_with_each_other():
    first, second = PAIR
    assert (first.name, first.title, first.phrase) == ("t", "t, language", "the language neurons")
    assert first.layers == ("t.mid", "t.out") and second.layers == ("i.mid", "i.out")
    assert pair_families(FAMILIES, ["t.mid", "t.out"]) == []  # one family alone


def test_more_families_are_each_compared_with_the_rest():
    families = make_families([("e", "embedding", "0"), ("a", "attention", "1"), ("m", "mlp", "1")])
    pairs = pair_families(families, families.layers)
    assert [first.name for first, _ in pairs] == ["embedding", "attention", "mlp"]
    assert [second.layers for _, second in pairs] == [("a", "m"), ("e", "m"), ("e", "a")]
    # A family that has no neurons in the run is no side.
    assert len(pair_families(families, ["a", "m"])) == 1


def test_a_person_names_layers_and_families():
    group = parse_group("i.out+t", FAMILIES)
    assert group.layers == ("t.mid", "t.out", "i.out")
    assert parse_group("t.out", FAMILIES).phrase == "the neurons of t.out"
    assert parse_group("t+i", FAMILIES).phrase == "the language and vision neurons"
    plus = make_families([("a+b", "f", "0"), ("f", "g", "0")])
    assert parse_group("a+b", plus).layers == ("a+b",)
    assert parse_group("f", plus).layers == ("f",)  # the layer, not the family
    with pytest.raises(InputError, match=r"'x' is no layer or family.*t, i.*t\.mid, t\.out"):
        parse_group("t+x", FAMILIES)
    with pytest.raises(InputError, match=r"both hold the layer t\.out"):
        check_pair(parse_group("t", FAMILIES), parse_group("t.out", FAMILIES))


def compare(neurons, groups=PAIR, families=FAMILIES):
    """Compare neurons, each a name and a kind, that all score alike."""
    probes = [make_probe(bag, "a red dog", name, kind=kind) for name, kind in neurons]
    scales = {name: Scale(0.0, 1.0) for name, _ in neurons}
    return compare_syntax(probes, scales, CLASSES, BIGRAMS, groups, families)


def levels_of(rows):
    return {(row["level"], row["clusters"]): row["neurons"] for row in rows
            if row["measure"] == "height"}


def test_levels_that_both_groups_have_are_compared_clusters_apart():
    neurons = [("t.mid:0", "unit"), ("t.mid:cluster:0", "cluster"), ("-t.mid:1", "unit"),
               ("t.out:1", "unit"), ("i.mid:0", "unit"), ("i.mid:cluster:1", "cluster")]
    assert levels_of(compare(neurons)) == {("mid", False): [2, 1], ("mid", True): [1, 1]}
    assert compare(neurons[:4]) == []  # nobody on the other side
    assert compare([]) == []


def test_groups_that_share_no_level_are_compared_as_wholes():
    pair = parse_group("t.mid", FAMILIES), parse_group("t.out+i.out", FAMILIES)
    neurons = [("t.mid:0", "unit"), ("t.mid:1", "unit"), ("t.out:0", "unit"), ("i.out:0", "unit"),
               ("i.mid:9", "unit")]
    rows = compare(neurons, pair)
    assert levels_of(rows) == {("all", False): [2, 2]}
    assert "(all layers together)" in conclude(rows, pair)[0]


def test_single_words_are_compared_by_what_they_have():
    probes, scales = [], {}
    for neuron in ("t.out:0", "t.out:1", "i.out:0", "-i.out:1"):
        probes.append(make_probe(bag, "dog", neuron))
        scales[neuron] = Scale(0.0, 1.0)
    rows = compare_syntax(probes, scales, CLASSES, BIGRAMS, PAIR, FAMILIES)
    rows = {row["measure"]: row for row in rows}
    assert rows["order"]["neurons"] == [0, 0]
    assert rows["order"]["first"] is rows["order"]["p"] is rows["order"]["p_holm"] is None
    assert rows["nouns"]["first"] == 1
    assert conclude(list(rows.values()), PAIR)
