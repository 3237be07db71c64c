"""Sentence embeddings are those of plain numpy, whatever fills a text up."""

import json

import numpy as np
import pytest

from neurondream.encoders.pooling import Pooling, pool_tokens
from neurondream.models.pooling import read_pooling

MEAN = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize(("kind", "plain"), [
    ("mean", lambda x: x.mean(axis=0)), ("max", lambda x: x.max(axis=0)), ("cls", lambda x: x[0]),
])  # fmt: skip
def test_only_tokens_that_are_there_count(kind, plain, normalized):
    vectors = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    expected = plain(vectors[:4])
    if normalized:
        expected = expected / np.linalg.norm(expected)
    pooled = pool_tokens(Pooling(kind, normalized), vectors, np.arange(7) < 4)
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


@pytest.mark.parametrize(("modules", "config", "expected"), [
    (["Transformer", "Pooling", "Normalize"], MEAN, Pooling("mean", True)),
    (["Transformer", "Pooling"], {"pooling_mode_cls_token": True}, Pooling("cls", False)),
    (["Transformer", "Pooling"], {"pooling_mode": "max"}, Pooling("max", False)),
    (["Transformer", "Pooling", "Dense"], MEAN, None),
    (["Transformer"], MEAN, None),
    (["Transformer", "Pooling"], {**MEAN, "pooling_mode_cls_token": True}, None),
    (["Transformer", "Pooling"], {**MEAN, "pooling_mode_weightedmean_tokens": True}, None),
    (["Transformer", "Pooling"], [], None),
])  # fmt: skip
def test_what_is_known_is_read_and_nothing_else(tmp_path, modules, config, expected):
    assert read_pooling(tmp_path) is None
    (tmp_path / "modules.json").write_text(json.dumps([
        {"type": f"sentence_transformers.models.{kind}", "path": f"{number}"}
        for number, kind in enumerate(modules)
    ]))
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "config.json").write_text(json.dumps(config))
    assert read_pooling(tmp_path) == expected
