"""Judge every neuron of a run and show it on one page that opens offline.

    python launch/report.py --run=runs/dogs

Writes into the run's folder: probes.jsonl and faces.jsonl as they come, then cards.jsonl (the
verdict on each neuron), report.html and the figures of its overview as SVG. What launch/syntax.py
has found stands on the page too. `--run=A,B` takes runs together that differ in seed, methods or
neurons. Killed and started again, it goes on where it was.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

import faces
import finished
import launching
import methods
import probes
from neurondream.analysis.comparison import compare_groups, list_rows
from neurondream.analysis.verdict import judge_neuron
from neurondream.files import write_atomically
from neurondream.report import charts
from neurondream.report.page import syntax_charts, write_page

_RUN = flags.DEFINE_list("run", None, "Folders of finished runs.", required=True)
_CAPTIONS = flags.DEFINE_list("captions", None, "The runs' corpus, if it has moved.")


def main() -> None:
    settings = methods.settings_of("faces")
    done = finished.open_runs(_RUN.value, _CAPTIONS.value)
    probed = probes.open_probes(done)
    lines: dict[str, list] = {}
    for line in done.lines:
        lines.setdefault(line["neuron"], []).append(line)
    others = faces.open_faces(done, list(lines), settings) if settings["faces"] else {}
    cards = []
    for neuron, dreams in lines.items():
        liked = others.get((neuron, "faces"), {}).get("faces", [])
        cards.append(judge_neuron(
            done.search[neuron], dreams, probed[neuron, "dream"], probed[neuron, "corpus"],
            len(done.found.tokens), [(ngram, score) for ngram, score in liked],
            others.get((faces.other_side(neuron), "swaps")),
        ))
    text = "".join(json.dumps(card, ensure_ascii=False) + "\n" for card in cards)
    write_atomically(done.folder / "cards.jsonl", text.encode())
    page = done.folder / "report.html"
    comparison = list_rows(compare_runs(done))
    syntax = read_json(done.folder / "syntax" / "syntax.json")
    if syntax and syntax["neurons"] != sorted(lines):
        print("syntax/ is of other neurons and not on the page: run launch/syntax.py again")
        syntax = None
    write_page(page, tell_facts(done), comparison, cards, syntax)
    charts.write_svg(done.folder / "dreams_against_corpus.svg", charts.scatter(cards))
    charts.write_svg(done.folder / "methods.svg", charts.methods(comparison))
    for name, spec in name_figures(syntax_charts(syntax)).items():
        charts.write_svg(done.folder / f"{name}.svg", spec)
    show_cards(cards)
    print(f"{len(cards)} neurons: {page}")


def name_figures(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Name the figures on syntax that there are: one a unit, and those of the planted facts."""
    by_unit = {f"syntax_{spec['usermeta']['unit']}": spec for spec in drawn.get("syntax", [])}
    facts = {f"syntax_{name}": drawn.get(name) for name in ("planted", "moved")}
    return by_unit | {name: spec for name, spec in facts.items() if spec}


def compare_runs(done: finished.Finished) -> dict:
    """Compare the methods of the runs, clusters apart from single neurons."""
    groups: dict[str, list[str]] = {}
    for neuron in dict.fromkeys(line["neuron"] for line in done.lines):
        layer, _, unit = neuron.removeprefix("-").partition(":")
        groups.setdefault(f"{layer} clusters" if unit.startswith("cluster:") else layer, []).append(
            neuron
        )
    tried = list(dict.fromkeys(line["method"] for line in done.lines))
    searched = list(done.search.values())
    return compare_groups(groups, ["search", *tried], [*searched, *done.lines])


def tell_facts(done: finished.Finished) -> dict[str, str]:
    """List what the page says about the run."""
    manifest = done.manifest
    seeds = sorted({line["seed"] for line in done.lines})
    return {
        "model": manifest["model"],
        "corpus": ", ".join(Path(name).name for name in manifest["corpus"]),
        "distinct n-grams of the corpus": f"{len(done.found.tokens):,}",
        "left out with unknown words": f"{done.found.unknown:,} occurrences",
        "words of an n-gram": str(manifest["length"]),
        "methods": ", ".join(dict.fromkeys(line["method"] for line in done.lines)),
        "seeds": ", ".join(map(str, seeds)),
        "neurons": f"{len({line['neuron'] for line in done.lines}):,}",
        "weights (SHA-256)": manifest["weights_sha256"],
        "vocabulary (SHA-256)": manifest["vocabulary_sha256"],
        "corpus (SHA-256)": manifest["corpus_sha256"],
        **{f"version of {name}": version for name, version in manifest["versions"].items()},
    }


def read_json(path: Path) -> Any:
    """Read a file if it is there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def show_cards(cards: Sequence[Mapping[str, Any]], most: int = 10) -> None:
    """Print the headlines of some neurons and how many stand where."""
    for card in cards[:: max(1, len(cards) // most)][:most]:
        print(f"{card['neuron']}: {card['verdict'][0]}")
    standings = [card["standing"] for card in cards]
    print(", ".join(
        f"{standings.count(standing)} {standing}" for standing in dict.fromkeys(sorted(standings))
    ))


if __name__ == "__main__":
    launching.run_main(main)
