"""Charts and data of the page, without a browser."""

import json
import math
import re
import sys
from importlib import resources
from xml.etree import ElementTree

import pytest

from hostile import BARE, CARDS, HOSTILE, MANIFEST, SYNTAX
from neurondream.analysis.families import read_families
from neurondream.errors import InputError
from neurondream.report import charts
from neurondream.report.packing import write_json
from neurondream.report.summary import summarize_runs
from neurondream.report.syntax_charts import chart_findings
from neurondream.report.theme import theme
from reports import write_run


def contrast(one, other):
    """The ratio of WCAG 2.2, from hexadecimal colours."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("side", "scheme"), [(1, "light"), (2, "dark")])
def test_contrast_is_enough_in_both_schemes(side, scheme):
    style = (resources.files("neurondream.report") / "page.css").read_text()
    colours = {
        match[1]: match.group(side + 1)
        for match in re.finditer(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", style)
    }
    for ground in ("ground", "surface"):
        for text in ("ink", "muted", "link", "dream", "warning"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["edge"], colours[ground]) >= 3
    assert contrast(colours["ink"], colours["shade"]) >= 4.5
    config = theme(scheme)
    for name, drawn in config["style"].items():
        if "color" in drawn:
            enough = 4.5 if name.endswith("text") else 3
            assert contrast(drawn["color"], colours["ground"]) >= enough, name
    for parameter in config["params"]:
        assert contrast(parameter["value"], colours["ground"]) >= 3


def test_json_cannot_end_its_element():
    data = {"words": list(HOSTILE), "numbers": [math.nan, math.inf, 1 / 3, 7]}
    text = write_json(data)
    assert text.isascii() and not set("<>&") & set(text)
    assert json.loads(text) == {"words": list(HOSTILE), "numbers": [None, None, 0.333333, 7]}


def test_charts_are_drawn_for_papers(tmp_path):
    families = read_families(MANIFEST)
    comparison = summarize_runs(write_run(tmp_path / "run", MANIFEST, CARDS)).comparison
    (method,) = charts.methods(comparison, families)
    ((first, *_),) = chart_findings(SYNTAX)["syntax"]
    for name, spec, shown in (
        ("scatter", charts.scatter([*CARDS, BARE], families), "level with the corpus"),
        ("methods", method, f"{HOSTILE[0]} (1)"),
        ("sides", first, HOSTILE[2]),
    ):
        charts.write_svg(tmp_path / f"{name}.svg", spec)
        drawn = ElementTree.parse(tmp_path / f"{name}.svg")
        assert shown in [element.text for element in drawn.iter()]
        assert not [element for element in drawn.iter() if element.tag.endswith(("script", "}a"))]


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError, match=r"pip install 'neurondream\[analysis\]'"):
        charts.write_svg(tmp_path / "chart.svg", charts.scatter([], read_families(MANIFEST)))
