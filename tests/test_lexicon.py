"""The tables of the made world."""

import re
from pathlib import Path

import pytest

from neurondream.scenes import lexicon
from neurondream.scenes.meaning import MEANINGS
from neurondream.scenes.reading import read_table
from worlds import scenes, tokens

TABLES = sorted((Path(lexicon.__file__).parent / "tables").glob("*.tsv"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_tables_are_whole(table):
    header, *rows = [line.split("\t") for line in table.read_text().splitlines()]
    assert len(rows) == len({tuple(row) for row in rows}) > 0
    if header[0] == "name":
        assert len({row[0] for row in rows}) == len(rows)
    for row in rows:
        assert len(row) == len(header), row
        items = [item for cell in row for item in cell.split(", ")]
        assert all(re.fullmatch(r"\S+( \S+)*", item) for item in items), row


def test_what_a_table_names_is_in_another():
    kinds, spots, events = lexicon.KINDS, lexicon.SPOTS.values(), lexicon.EVENTS
    colours = {name for name, entry in lexicon.ADJECTIVES.items() if entry.sort == "colour"}
    sizes = {name for name, entry in lexicon.ADJECTIVES.items() if entry.sort == "size"}
    for kind in kinds.values():
        assert {colour for pair in kind.colours for colour in pair} <= colours, kind
        assert set(kind.sizes) <= sizes, kind
        assert set(kind.sides) <= {"beside", "behind", "front", "under"}, kind
        assert set(kind.traits) <= {"mass", "furniture", "owned", "held"}, kind
        assert set(kind.parents) <= kinds.keys() | {"person", "animal", "vehicle", "food"}, kind
    for garment in lexicon.CLOTHES.values():
        assert {colour for pair in garment.colours for colour in pair} <= colours, garment
        assert set(garment.wearers) <= kinds.keys(), garment
        assert garment.body and garment.worn, garment
    for spot in spots:
        assert set(spot.landmarks) <= kinds.keys(), spot
        assert set(spot.clothes) <= lexicon.CLOTHES.keys(), spot
        assert set(spot.skies) <= lexicon.SKIES.keys(), spot
    for event in events:
        assert {*event.subjects, *event.things, *(event.company or ())} <= kinds.keys(), event
        assert event.spots and set(event.spots) <= lexicon.SPOTS.keys(), event
        assert set(event.clothes) <= lexicon.CLOTHES.keys(), event
        assert event.actions and set(event.actions) <= lexicon.ACTIONS.keys(), event
        assert event.count in ("any", "one", "more"), event
        assert all(not phrase.has_thing or event.things for phrase in event.phrases), event
    for action in lexicon.ACTIONS.values():
        assert set(action.verbs) <= lexicon.VERBS.keys(), action
        assert set(action.traits) <= {"rain", "night", "attempted", "enjoyed", "apart"}, action
    parents = {parent for kind in kinds.values() for parent in kind.parents}
    assert lexicon.COUNTS.keys() <= kinds.keys() | parents | {"thing", "more"}
    assert lexicon.ADVERBS.keys() <= {verb.base for verb in lexicon.VERBS.values()}
    assert all(MEANINGS.values())


def test_every_row_of_the_tables_can_be_met():
    figures = [figure for s in scenes() for figure in (s.subject, s.thing, s.other) if figure]
    worn = {garment for figure in figures for garment, _ in figure.clothes}
    assert {figure.kind for figure in figures} == lexicon.KINDS.keys()
    assert worn == lexicon.CLOTHES.keys()
    assert {scene.sky for scene in scenes()} == {"", *lexicon.SKIES}
    assert {scene.event for scene in scenes()} == set(lexicon.EVENTS)
    assert {scene.spot for scene in scenes()} == set(lexicon.SPOTS.values())
    phrases = [phrase for event in lexicon.EVENTS for phrase in event.phrases]
    assert {phrase.verb for phrase in phrases} == set(lexicon.VERBS.values())
    actions = {action for event in lexicon.EVENTS for action in event.actions}
    assert actions == lexicon.ACTIONS.keys()
    said = {word for caption in tokens() for word in caption}
    assert {word for words in lexicon.ADVERBS.values() for word in words} <= said
    assert read_table("words", lambda sort: sort).keys() <= said
