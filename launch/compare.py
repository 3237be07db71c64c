"""Compare ways to find a neuron's n-gram, as the 2018 paper does (Poerner et al. 2018).

    python launch/compare.py --out=runs/compare

Takes the shipped model of the made world and a corpus made on the spot; about ten minutes
on two cores. Writes dreams.jsonl as they come, then table.md, comparison.json and figure.png; of
fronts also fronts.md, .json, .png and .svg, of the made world meaning.md. Resumes when killed.
"""

import launching

from absl import flags as absl_flags
from absl.flags import FlagValues

import flags
import method_flags
import neurondream as nd
from neurondream.errors import InputError
from neurondream.report.front_table import save_fronts
from neurondream.report.table import save_comparison, save_meanings, write_examples
from neurondream.runs.clusters import keep_clusters
from neurondream.runs.run import enter_draw, open_seeds
from neurondream.runs.surveyed import highest_of


def define_flags(values: FlagValues) -> None:
    """Define the flags of this script."""
    flags.define_model(values)
    flags.define_captions(values, ["scenes:5000"])
    method_flags.define_methods(values, ["embfree", "logits", "softmax", "gumbel", "swaps"])
    absl_flags.DEFINE_integer(
        "outputs", 160, "Units drawn of each output layer.", 1, 2**20, flag_values=values
    )
    absl_flags.DEFINE_integer(
        "units", 160, "Units drawn of each hidden layer, and clusters.", 1, 2**20,
        flag_values=values,
    )
    flags.define_draw(values)
    absl_flags.DEFINE_integer(
        "seeds", 1, "Runs of every method, from --seed on.", 1, 1000, flag_values=values
    )
    absl_flags.DEFINE_integer(
        "clusters", None, "Clusters of each hidden layer; none with --layers. [81, where it has as "
        "many units]", 1, flag_values=values,
    )
    absl_flags.DEFINE_integer(
        "cluster_ngrams", 100_000, "N-grams to cluster on.", 2, 10**7, flag_values=values
    )
    flags.define_survey(values)
    flags.define_run(values)


@launching.script(define_flags)
def main(values: FlagValues) -> None:
    climbs = [method for method in method_flags.methods_of(values) if method.name != "search"]
    if not climbs:
        raise InputError("method: give one besides search, which all are compared with")
    methods = [nd.search(), *climbs]
    run = flags.run_of(values, methods)
    survey = nd.open_survey(values.survey, run.model) if values.survey else None
    clusters = {} if values.layers else keep_clusters(
        run, values.clusters, values.cluster_ngrams, launching.Progress
    )
    drawn = {name: values[name].value for name in ("outputs", "units", "layers")}
    groups = nd.draw_groups(
        run.model, run.reader.readouts, clusters, draw=values.draw, report=print, **drawn
    )
    seeds = open_seeds(run, values.seeds)
    enter_draw(seeds, values.draw, **drawn)
    neurons = [neuron for group in groups.values() for neuron in group]
    number = f"{len(run.corpus.ngrams.tokens)} distinct {run.length}-grams, {len(neurons)} neurons"
    print(f"{number}: {', '.join(method.name for method in methods)}", flush=True)
    lines: list[dict] = []  # of one search all seeds start, where they start from real n-grams
    works = [
        nd.run(each, neurons, method, finished=lines, progress=launching.Progress)
        for each in seeds for method in (methods if each is run else climbs)
    ]
    for work in works:
        lines.extend(work)
    members = {name: [neuron.name for neuron in group] for name, group in groups.items()}
    surveyed = highest_of(survey, neurons, run.model) if survey else {}
    tables = [save_comparison(run.folder, members, methods, lines, run.seed, surveyed)]
    tables.append(save_fronts(run.folder, lines, run.seed))
    if run.corpus.made:
        tables.append(save_meanings(run.folder, lines, run.model.next_word))
    table = "\n\n".join(filter(None, tables))
    shown = "gumbel" if "gumbel" in [method.name for method in climbs] else climbs[-1].name
    examples = write_examples(members, lines, shown)
    print(f"\n{examples}\n{table}\n\nTables, figure and all dreams: {values.out}")


if __name__ == "__main__":
    main()
