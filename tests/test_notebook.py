"""Cards in a notebook, and the notebook itself."""

from html.parser import HTMLParser
from pathlib import Path

import nbclient
import nbformat
import pytest

import neurondream as nd

NOTEBOOKS = Path(__file__).parent.parent / "launch" / "notebooks"


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


def make_line(name, text, score, **more):
    pieces = text.split()
    ngram = {"ids": list(range(len(pieces))), "pieces": pieces, "text": text}
    return {"neuron": name, "label": f"label of {name}", "ngram": ngram, "score": score,
            "method": "swaps"} | more  # fmt: skip


def test_lines_of_a_neuron_stand_beside_each_other():
    cards = nd.show([
        make_line("one", "a dog", 0.25, drop=[0.5, 0]), make_line("two", "the cat", -1.5),
        make_line("one", "the ball", 0.125, method="search"),
    ])
    html = cards._repr_html_()
    text = Text(html).text
    assert html.count("<section") == 2
    parts = ("label of one", "label of two", "swaps", "corpus", "0.250", "-1.500", "0.125", "a dog",
             "the ball", "the cat")  # fmt: skip
    for part in parts:
        assert part in text
    assert "50 % goes without it" in html
    assert len(repr(cards)) < 100


def test_a_front_stands_below_its_line():
    points = [
        {"ngram": make_line("", text, 0)["ngram"], "score": score, "nats": nats, "others": {}}
        for text, score, nats in (("a dog", 0.25, 2.04), ("dog dog", 0.5, 7.96))
    ]
    line = make_line("one", "a dog", 0.25, front=points, limit=3.0, judge="<i>")
    page = Text(nd.show([line]).text)
    assert "2.0 nats" in page.text and "8.0 nats" in page.text
    assert page.text.index("a dog") < page.text.index("dog dog")
    assert "within 3 nats a word, by <i>." in page.text  # a judge may be a folder


def test_hostile_words_stay_text():
    ngram = "<script>alert(1)</script> '"
    line = make_line("x", ngram, 1, method="<i>", label="<b>x</b>")
    shown = Text(nd.show([line | {"drop": [0.1, 0.2]}])._repr_html_())
    assert shown.tags <= {"section", "strong", "table", "tr", "td", "span", "p"}
    assert "<script>alert(1)</script>" in shown.text


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(nd.InputError, match="show takes lines"):
        nd.show([1.0])


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
