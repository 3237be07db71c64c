"""Cluster hidden units that fire together on corpus n-grams.

    python launch/cluster.py --model=scenes --corpus=scenes --out=clusters.npz

The file holds the cluster of each unit of the layers that are not read off another one, as
`T.hidden`; `--clusters=FILE` hands it to the scripts that dream, and `T.hidden:cluster:3` is then
the mean of a cluster's units. Takes half a minute.
"""

import io
import json

import numpy as np
from absl import flags
from flags import define_corpus, define_model, model_of

import launching
import neurondream as nd
from neurondream.analysis.clusters import check_clusters, cluster_units
from neurondream.files import write_atomically


def define_flags(values: flags.FlagValues) -> None:
    """Define the flags of this script."""
    define_model(values)
    define_corpus(values)
    flags.DEFINE_integer("length", 5, "Words of an n-gram.", 1, flag_values=values)
    flags.DEFINE_integer("ngrams", 100_000, "Distinct n-grams drawn.", 2, flag_values=values)
    flags.DEFINE_integer("clusters", 81, "Clusters of each layer.", 1, flag_values=values)
    flags.DEFINE_integer("seed", 0, "Of the draw.", 0, flag_values=values)
    flags.DEFINE_string("out", None, "File to write, .npz.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values: flags.FlagValues) -> None:
    # Here, so that a person who asks for help does not wait for jax.
    from neurondream.sweeps.activations import final_activations
    from neurondream.sweeps.corpus import sample_rows

    out = launching.make_folder_of(values.out)
    model = model_of(values)
    reader = nd.open_reader(model)
    layers = [name for name in model.layers if name not in reader.readouts]
    for layer in layers:
        check_clusters(values.clusters, model.layers[layer].size)
    found = nd.read_corpus(values.corpus, model, length=values.length).ngrams.tokens
    drawn = found[sample_rows(len(found), values.ngrams, values.seed)]
    print(f"{len(drawn)} of {len(found)} distinct {values.length}-grams", flush=True)
    states = final_activations(reader, layers, drawn, launching.Progress)
    clusters = {layer: cluster_units(states[layer], values.clusters) for layer in layers}
    for layer, assignment in clusters.items():
        members = np.sort(np.bincount(assignment))[::-1]
        print(
            f"{layer}: {len(members)} clusters of {len(assignment)} units, "
            f"sizes {' '.join(map(str, members))}"
        )
    about = {
        "model": values.model, "corpus": values.corpus, "length": values.length,
        "ngrams": len(drawn), "clusters": values.clusters, "seed": values.seed,
    }
    content = io.BytesIO()
    np.savez(content, about=json.dumps(about), **clusters)
    write_atomically(out, content.getvalue())


if __name__ == "__main__":
    main()
