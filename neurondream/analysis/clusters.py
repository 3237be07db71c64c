"""Units that fire together: clusters of the units of a layer over corpus n-grams (host side).

Poerner, Roth & Schütze 2018 cluster hidden states on 100,000 random corpus n-grams.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurondream.analysis.reaction import ROUNDING
from neurondream.errors import InputError
from neurondream.files import load_arrays


def check_clusters(clusters: int, units: int) -> None:
    """Refuse a number of clusters that the units cannot make.

    Raises:
      InputError: it is below 1 or above the number of units.
    """
    if not 1 <= clusters <= units:
        raise InputError(f"{clusters} clusters of {units} units: give a number from 1 to {units}")


def cluster_units(activations: np.ndarray, clusters: int) -> np.ndarray:
    """Cluster units by complete linkage on the correlation distance between them.

    Args:
      activations: of D units on M n-grams, `[M, D]`.
      clusters: how many to make.

    Returns:
      The cluster of each unit, `int32 [D]`, numbered from 0 by their first unit; -1 for a unit
      that has one activation on all n-grams, which is like no other.

    Raises:
      InputError: the number of clusters is below 1 or above that of the units that react, or an
        activation is not finite.
    """
    # Here and not above: scipy is of the `analysis` extra, and reading clusters does without it.
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if not np.all(np.isfinite(activations)):
        raise InputError("activations to cluster must be finite numbers")
    size = np.abs(activations).max(axis=0)
    reacting = np.flatnonzero(np.ptp(activations, axis=0) > ROUNDING * size)
    units = len(reacting)
    check_clusters(clusters, units)
    assignment = np.full(activations.shape[1], -1, np.int32)
    if units == 1:
        assignment[reacting] = 0
        return assignment
    distances = correlation_distances(activations[:, reacting])
    merges = linkage(squareform(distances, checks=False), "complete")[:, :2].astype(np.int64)
    # The first merges are taken one by one: a cut at a height leaves too few where heights tie.
    members = {unit: [unit] for unit in range(units)}
    for number, (left, right) in enumerate(merges[: units - clusters]):
        members[units + number] = members.pop(left) + members.pop(right)
    for cluster, together in enumerate(sorted(members.values(), key=min)):
        assignment[reacting[together]] = cluster
    return assignment


def correlation_distances(activations: np.ndarray) -> np.ndarray:
    """Compute `1 - correlation` between units, `float64 [D, D]`.

    Args:
      activations: `[M, D]`, no unit constant.
    """
    centered = activations - activations.mean(axis=0, dtype=np.float64).astype(activations.dtype)
    # Scaled before it is squared, so that a unit's scale neither overflows nor vanishes.
    centered /= np.abs(centered).max(axis=0)
    centered /= np.linalg.norm(centered, axis=0)
    distances = 1 - np.clip((centered.T @ centered).astype(np.float64), -1, 1)
    np.fill_diagonal(distances, 0)
    return (distances + distances.T) / 2


def read_clusters(
    path: str | Path, sizes: Mapping[str, int] | None = None
) -> dict[str, np.ndarray]:
    """Read the cluster of each unit of one layer or more from a file.

    Args:
      path: of an `.npz` file.
      sizes: units of each layer of the model that the clusters are for; None checks no length.

    Returns:
      The cluster of each unit, `int32 [D]`, by the name of the layer.

    Raises:
      InputError: there is no such file, or what it holds is not clusters of this model.
    """
    try:
        arrays = load_arrays(Path(path))
    except InputError as error:
        raise InputError(
            f"clusters {error}; give an .npz file with an array for each layer, the cluster of "
            "each of its units"
        ) from None
    arrays.pop("about", None)
    if not arrays:
        raise InputError(f"clusters {str(path)!r}: the file holds no layer")
    return {name: _check_layer(path, name, array, sizes) for name, array in arrays.items()}


def _check_layer(path, name: str, array: np.ndarray, sizes) -> np.ndarray:
    where = f"clusters {str(path)!r}: {name}"
    if array.ndim != 1 or not len(array) or not np.issubdtype(array.dtype, np.integer):
        raise InputError(
            f"{where} is {array.dtype} {list(array.shape)}; expected integers, one for each unit"
        )
    numbers = np.unique(array[array != -1])  # units of -1 are of no cluster
    if not np.array_equal(numbers, np.arange(len(numbers))):
        raise InputError(
            f"{where}: clusters must be numbered 0, 1, 2, ... without a gap, units of none -1"
        )
    if sizes is not None and name not in sizes:
        raise InputError(f"{where}: the model has no such layer; it has {', '.join(sizes)}")
    if sizes is not None and len(array) != sizes[name]:
        raise InputError(
            f"{where} has {len(array)} units, the model {sizes[name]}: "
            "make the clusters with the same model"
        )
    return array.astype(np.int32)
