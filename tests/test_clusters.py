"""Units that fire together end up in one cluster, and files of clusters are checked."""

import itertools

import numpy as np
import pytest

from neurondream.analysis.clusters import cluster_units, read_clusters
from neurondream.errors import InputError


def correlated_units(generator, blocks, noise=0.3, ngrams=400):
    causes = generator.standard_normal((ngrams, max(blocks) + 1))
    return causes[:, blocks] + noise * generator.standard_normal((ngrams, len(blocks)))


def link_by_hand(distances, clusters):
    """Merge the two clusters whose farthest units are nearest, the definition."""
    groups = [[unit] for unit in range(len(distances))]
    while len(groups) > clusters:
        left, right = min(
            itertools.combinations(range(len(groups)), 2),
            key=lambda pair: distances[np.ix_(groups[pair[0]], groups[pair[1]])].max(),
        )
        groups[left] += groups.pop(right)
    groups = sorted(groups, key=min)
    return [next(k for k, g in enumerate(groups) if unit in g) for unit in range(len(distances))]


def test_blocks_of_correlated_units_are_recovered():
    generator = np.random.default_rng(0)
    blocks = [0, 1, 0, 2, 1, 3, 2, 0, 3, 1]
    found = cluster_units(correlated_units(generator, blocks).astype(np.float32), 4)
    assert found.dtype == np.int32
    assert found.tolist() == blocks


def test_the_scale_and_shift_of_a_unit_do_not_matter_but_its_sign_does():
    generator = np.random.default_rng(1)
    blocks = [0, 0, 1, 1, 2, 2]
    activations = correlated_units(generator, blocks)
    scales = np.array([1e-6, 1, 1e6, 3, 0.1, 40])
    assert cluster_units(activations * scales + 7 * scales, 3).tolist() == blocks
    turned = activations * [1, -1, 1, 1, 1, 1]
    assert cluster_units(turned, 4).tolist() == [0, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("clusters", [1, 2, 5, 11, 12])
def test_complete_linkage_is_its_definition(clusters):
    activations = np.random.default_rng(2).standard_normal((30, 12))
    expected = link_by_hand(1 - np.corrcoef(activations.T), clusters)
    assert cluster_units(activations, clusters).tolist() == expected


def test_units_that_never_move_join_no_cluster():
    generator = np.random.default_rng(3)
    activations = generator.standard_normal((50, 6)).astype(np.float32)
    # One that stands still, and one that does but for rounding.
    activations[:, 1] = 0.1
    activations[:, 4] = np.float32(-0.3) * (1 + 1e-7 * generator.normal(size=50))
    for clusters in range(1, 5):
        found = cluster_units(activations, clusters)
        assert np.flatnonzero(found == -1).tolist() == [1, 4]
        assert set(found.tolist()) == {-1, *range(clusters)}
    with pytest.raises(InputError, match="5 clusters of 4 units"):
        cluster_units(activations, 5)


def test_ties_between_distances_lose_no_cluster():
    activations = np.eye(6, dtype=np.float32)
    for clusters in range(1, 7):
        assert len(np.unique(cluster_units(activations, clusters))) == clusters


@pytest.mark.parametrize("clusters", [0, -1, 4])
def test_impossible_numbers_of_clusters_are_refused(clusters):
    with pytest.raises(InputError, match="from 1 to 3"):
        cluster_units(np.eye(3), clusters)


def test_activations_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="finite"), np.errstate(invalid="ignore"):
        cluster_units(np.array([[1.0, np.nan], [2.0, 3.0]]), 1)


def test_a_file_is_read_as_written(tmp_path):
    path = tmp_path / "clusters.npz"
    np.savez(path, about="{}", **{"T.hidden": np.array([0, 1, -1], np.int64)})
    read = read_clusters(path, {"T.hidden": 3, "T.output": 9})
    assert list(read) == ["T.hidden"]
    assert read["T.hidden"].dtype == np.int32
    assert read["T.hidden"].tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "no layer"),
        ({"T.hidden": np.zeros(3)}, "expected integers"),
        ({"T.hidden": np.zeros((3, 1), int)}, "expected integers"),
        ({"T.hidden": np.array([0, 2, 2])}, "without a gap"),
        ({"T.hidden": np.array([0, -2, 0])}, "without a gap"),
        ({"T.hidden": np.zeros(4, int)}, "has 4 units, the model 3"),
        ({"X.hidden": np.zeros(3, int)}, "no such layer"),
        ({"T.hidden": np.array([None, 1, 2])}, "not a whole npz file"),
    ],
)
def test_wrong_arrays_are_named_in_one_line(tmp_path, arrays, message):
    path = tmp_path / "clusters.npz"
    np.savez(path, about="{}", **arrays)
    with pytest.raises(InputError, match=message) as caught:
        read_clusters(path, {"T.hidden": 3})
    assert "\n" not in str(caught.value)


def test_files_of_another_kind_are_named(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_clusters(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no zip")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 cut off")
    np.save(tmp_path / "array.npy", np.zeros(3, int))
    for name in ("text.npz", "cut.npz", "array.npy"):
        with pytest.raises(InputError, match="not a whole npz file"):
            read_clusters(tmp_path / name)
