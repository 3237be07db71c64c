"""Cards in a notebook, and the notebook itself."""

from html.parser import HTMLParser
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

import neurondream as nd

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


class Text(HTMLParser):
    """Collects the text, and the tags that are in it."""

    def __init__(self, html):
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(html)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)


def test_lines_of_a_neuron_stand_beside_each_other(toy):
    tokens = np.array([[4, 5], [6, 7]], np.int32)
    dreams = nd.Dream(tokens, np.array([0.25, -1.5]), None)
    lines = nd.describe_dreams(["one", "two"], dreams, toy.vocabulary, "swaps", [[0.5, 0], [1, 2]])
    search = {"neuron": "one", "method": "search", "ngram": "the ball", "score": 0.125}
    cards = nd.show([*lines, search])
    html = cards._repr_html_()
    text = Text(html).text
    assert html.count("<section") == 2
    for part in ("one", "two", "swaps", "corpus", "0.250", "-1.500", "0.125", "a dog", "the ball"):
        assert part in text
    assert "50 % goes without it" in html
    assert len(repr(cards)) < 100


def test_hostile_words_stay_text():
    ngram = "<script>alert(1)</script> '"
    line = {"neuron": "<b>x</b>", "method": "<i>", "ngram": ngram, "score": 1}
    shown = Text(nd.show([line | {"drop": [0.1, 0.2]}])._repr_html_())
    assert shown.tags <= {"section", "strong", "table", "tr", "td", "span", "p"}
    assert "<script>alert(1)</script>" in shown.text


def test_what_cannot_be_shown_is_refused(toy):
    with pytest.raises(nd.InputError, match="show takes lines"):
        nd.show([1.0])
    dreams = nd.Dream(np.zeros((2, 1), int), np.zeros(2), None)
    with pytest.raises(nd.InputError, match="1 names for 2 dreams"):
        nd.describe_dreams(["one"], dreams, toy.vocabulary)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path):
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells if cell.cell_type == "code"
        for output in cell.outputs if "text/html" in output.get("data", {})
    ]
    assert len(shown) >= 3
    assert "Wants “" in shown[-1]
