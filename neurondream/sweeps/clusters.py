"""Clusters of units that fire together on the n-grams of a corpus, made and kept in a file."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurondream.analysis.clusters import check_clusters, cluster_units
from neurondream.corpora.corpus import Corpus
from neurondream.files import write_atomically
from neurondream.model import Model, Reader
from neurondream.sweeps.activations import final_activations
from neurondream.sweeps.corpus import sample_rows


def cluster_layers(
    model: Model, reader: Reader, layers: Sequence[str], corpus: Corpus, *, clusters: int,
    ngrams: int, seed: int, progress: Callable | bool | None = None,
) -> dict[str, np.ndarray]:
    """Cluster the units of layers on distinct n-grams drawn from a corpus.

    Args:
      model: whose layers they are.
      reader: of the model.
      layers: to cluster, one by one.
      corpus: read by the model.
      clusters: how many to make of each layer.
      ngrams: distinct n-grams drawn, at most.
      seed: of the draw.
      progress: see `progress.start_bar`.

    Returns:
      The cluster of each unit, `int32 [D]`, by layer.

    Raises:
      InputError: a layer has fewer units than clusters.
    """
    for layer in layers:
        check_clusters(clusters, model.layers[layer].size)
    tokens = corpus.ngrams.tokens
    drawn = tokens[sample_rows(len(tokens), ngrams, seed)]
    states = final_activations(reader, layers, drawn, progress)
    return {layer: cluster_units(states[layer], clusters) for layer in layers}


def save_clusters(
    path: Path, clusters: Mapping[str, np.ndarray], about: Mapping[str, Any]
) -> None:
    """Write the cluster of each unit, `int32 [D]` by layer, and how they were made."""
    content = io.BytesIO()
    np.savez(content, about=json.dumps(about), **clusters)
    write_atomically(path, content.getvalue())
