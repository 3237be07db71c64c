"""Cluster hidden units that fire together on corpus n-grams.

    python launch/cluster.py --model=scenes --captions=scenes --out=clusters.npz

The file holds `T.hidden` and `I.hidden`, the cluster of each unit; `--clusters=FILE` hands it to
the scripts that dream, and `I.hidden:cluster:3` is then the mean of a cluster's units.
"""

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

import hidden_states
import launching
import sources
from neurondream.analysis import clusters
from neurondream.corpora import captions, ngrams
from neurondream.encoders import imaginet
from neurondream.models import imaginet as checkpoint
from neurondream.sweeps.corpus import sample_rows
from neurondream.tokens import words as vocabulary


def define_flags(values: flags.FlagValues) -> None:
    """Define the flags of this script."""
    flags.DEFINE_string(
        "model", "scenes", "A shipped model or the folder of one.", flag_values=values
    )
    flags.DEFINE_list(
        "captions", ["scenes"], "Caption files, comma separated; `scenes` or `scenes:N` are made.",
        flag_values=values,
    )
    flags.DEFINE_integer("length", 5, "Words of an n-gram.", 1, flag_values=values)
    flags.DEFINE_integer("ngrams", 100_000, "Distinct n-grams drawn.", 2, flag_values=values)
    flags.DEFINE_integer("clusters", 81, "Clusters of each pathway.", 1, flag_values=values)
    flags.DEFINE_integer("seed", 0, "Of the draw.", 0, flag_values=values)
    flags.DEFINE_string(
        "out", None, "The .npz file to write.", required=True, flag_values=values
    )


@launching.script(define_flags)
def main(values: flags.FlagValues) -> None:
    out = launching.make_folder_of(values.out)
    model = sources.open_model(values.model)
    sizes = checkpoint.sizes_of(model)
    clusters.check_clusters(values.clusters, sizes["hidden"])

    # 1. N-grams.
    corpus = captions.concatenate([sources.open_captions(name) for name in values.captions])
    encoded = [
        vocabulary.encode_caption(model.vocabulary, vocabulary.tokenize(text))
        for text in corpus.texts
    ]
    found = ngrams.collect_ngrams(encoded, values.length).tokens
    drawn = found[sample_rows(len(found), values.ngrams, values.seed)]
    print(f"{len(drawn)} of {len(found)} distinct {values.length}-grams", flush=True)

    # 2. Their final states.
    encoder = imaginet.imaginet_encoder(imaginet.Imaginet(**sizes))
    states = hidden_states.final_states(encoder, jax.tree.map(jnp.asarray, model.params), drawn)

    # 3. Clusters.
    arrays = {layer: clusters.cluster_units(states[layer], values.clusters) for layer in states}
    for layer, assignment in arrays.items():
        members = np.sort(np.bincount(assignment))[::-1]
        print(
            f"{layer}: {len(members)} clusters of {len(assignment)} units, "
            f"sizes {' '.join(map(str, members))}"
        )
    about = {
        "model": values.model, "captions": values.captions, "length": values.length,
        "ngrams": len(drawn), "clusters": values.clusters, "seed": values.seed,
    }
    hidden_states.save_clusters(out, arrays, about)


if __name__ == "__main__":
    main()
