"""Reading starts where a model started when it learned."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import neurondream as nd
from neurondream.errors import InputError
from neurondream.models.opening import STARTS
from neurondream.models.vocabulary import BEGIN
from neurondream.probing.ngram import next_word_loss
from neurondream.runs.run import describe_run, hold_run

LAYERS = ("T.hidden", "T.output", "I.hidden", "I.output")


@pytest.fixture(scope="module")
def readers():
    return {start: nd.open_reader(nd.open_model("scenes", start=start)) for start in STARTS}


def test_an_ngram_is_read_behind_the_begin_token(readers):
    ids = np.array([9, 30, 4, 200], np.int32)
    bare = readers["none"]
    for start, before in (("model", [BEGIN]), ("none", [])):
        reader = readers[start]
        found = reader.encoder.encode(
            reader.prepared, reader.encoder.embed(reader.prepared, jnp.asarray(ids))
        )
        whole = bare.bare.encode(
            bare.params, bare.bare.embed(bare.params, jnp.asarray([*before, *ids], jnp.int32))
        )
        for layer in LAYERS:
            np.testing.assert_allclose(
                found[layer], whole[layer][len(before) :], rtol=1e-5, atol=1e-5
            )


def test_captions_surprise_less_where_the_model_starts(readers):
    """What it has learned holds behind `<begin>`: nothing else decides which start is right."""
    model = nd.open_model("scenes")
    captions = nd.read_corpus("scenes:20", model).texts
    beginnings = np.stack([text[:6] for text in captions if len(text) >= 6])
    losses = {}
    for start, reader in readers.items():
        loss = jax.jit(jax.vmap(
            lambda ids, reader=reader: next_word_loss(
                reader.encoder, reader.prepared, model.next_word, ids
            )
        ))
        losses[start] = float(jnp.mean(loss(beginnings)))
    assert losses["model"] < 0.9 * losses["none"], losses


def test_a_run_says_where_reading_starts():
    for start, before in (("model", [BEGIN]), ("none", [])):
        facts = describe_run(hold_run(nd.open_model("scenes", start=start)))
        assert facts["reading"]["before"] == before
        assert facts["opened_with"]["start"] == start


def test_another_start_is_refused():
    with pytest.raises(InputError, match=r"^start='begin': give model or none$"):
        nd.open_model("scenes", start="begin")
