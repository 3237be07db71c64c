"""Cluster the hidden units that fire together on the n-grams of a corpus.

    python launch/cluster.py --model=scenes --captions=scenes --out=clusters.npz

`--clusters=FILE` hands the file to other scripts: `I.hidden:cluster:3` is the mean of a cluster.
"""

import launching

import numpy as np
from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import neurondream as nd


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    flags.define_captions(values)
    absl_flags.DEFINE_integer("length", 5, "Words of an n-gram.", 1, flag_values=values)
    absl_flags.DEFINE_integer("ngrams", 100_000, "N-grams drawn.", 2, 10**7, flag_values=values)
    absl_flags.DEFINE_integer("clusters", 81, "Clusters of each layer.", 1, flag_values=values)
    absl_flags.DEFINE_integer("seed", 0, "Of the draw.", 0, flag_values=values)
    absl_flags.DEFINE_string(
        "out", None, "The .npz file to write.", required=True, flag_values=values
    )


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    out = launching.make_folder_of(values.out)
    model = flags.model_of(values)
    reader = nd.open_reader(model)
    layers = nd.hidden_layers(model, reader.readouts)
    corpus = flags.corpus_of(values, model, values.length)
    clusters = nd.cluster_layers(
        model, reader, layers, corpus, clusters=values.clusters, ngrams=values.ngrams,
        seed=values.seed, progress=launching.Progress,
    )
    nd.save_clusters(out, clusters, {
        "model": values.model, "captions": values.captions, "length": values.length,
        "ngrams": values.ngrams, "clusters": values.clusters, "seed": values.seed,
    })
    for layer, assignment in clusters.items():
        sizes = np.sort(np.bincount(assignment[assignment >= 0]))[::-1]
        print(
            f"{layer}: {len(sizes)} clusters of {len(assignment)} units, "
            f"sizes {' '.join(map(str, sizes))}"
        )


if __name__ == "__main__":
    main()
