"""Clusters of hidden layers, kept in a run's folder."""

from collections.abc import Callable

import numpy as np

from neurondream.analysis.clusters import check_clusters, read_clusters
from neurondream.neurons.draws import hidden_layers
from neurondream.runs.run import Run
from neurondream.sweeps.clusters import cluster_layers, save_clusters

PAPER = 81  # clusters of a layer, as in the paper


def keep_clusters(
    run: Run, clusters: int | None, ngrams: int, progress: Callable | bool | None = None
) -> dict[str, np.ndarray]:
    """Cluster the units of the hidden layers, or read what an earlier process has found.

    Args:
      run: with a corpus and a folder.
      clusters: of each layer; by default 81, or as many as the smallest has units.
      ngrams: of the corpus to cluster on.
      progress: see `progress.start_bar`.

    Returns:
      The cluster of each unit, `int [D]`, by layer.

    Raises:
      InputError: there are fewer units than clusters.
    """
    layers = hidden_layers(run.model, run.reader.readouts)
    units = min(run.model.layers[layer].size for layer in layers)
    number = min(PAPER, units) if clusters is None else clusters
    check_clusters(number, units)
    file = run.folder / f"clusters.{number}.{ngrams}.npz"
    if not file.exists():
        found = cluster_layers(
            run.model, run.reader, layers, run.corpus, clusters=number, ngrams=ngrams,
            seed=run.seed, progress=progress,
        )
        save_clusters(file, found, {"model": run.model.name})
    return read_clusters(file)
