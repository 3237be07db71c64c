"""Models in the local Hugging Face cache, and what folders say of themselves."""

import shutil

import neurondream as nd
from neurondream.models.hub import find_cached, read_licence
from neurondream.report.summary import list_facts
from refusals import refuse
from reports import make_manifest
from test_subwords import bytes_of_pairs, folder_of


def test_a_name_is_looked_up_in_the_cache(tmp_path, monkeypatch):
    model = tmp_path / "hub" / "models--someone--tiny-gpt2"
    folder = folder_of(tmp_path, "gpt2", bytes_of_pairs())
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("0123abc\n")
    shutil.move(folder, model / "snapshots" / "0123abc")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    opened = nd.open_model("someone/tiny-gpt2")
    assert opened.name == "someone/tiny-gpt2" and "mlp.1" in opened.layers
    refuse("local Hugging Face cache", nd.open_model, "someone/other")
    for name in ("../someone", "a/b/c", "", "someone/tiny-gpt2/"):
        assert find_cached(name) is None
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    assert find_cached("someone/tiny-gpt2") is None


def test_a_licence_is_what_the_head_of_the_readme_states(tmp_path):
    assert read_licence(tmp_path) is None
    for text, licence in (
        ("---\nlanguage: en\nlicense: apache-2.0\ntags:\n- x\n---\n# Model\n", "apache-2.0"),
        ("---\nlicense: \"mit\"\n---\n", "mit"),
        ("# Model\n\nlicense: gpl\n", None),
        ("---\ntags:\n- x\n---\nlicense: gpl\n", None),
        ("---\nlicense:\n---\n", None),
    ):
        (tmp_path / "README.md").write_text(text)
        assert read_licence(tmp_path) == licence, text
    (tmp_path / "README.md").write_bytes(b"---\nlicense: \xff\n---\n")
    assert read_licence(tmp_path) is None


def test_the_page_states_it():
    facts = list_facts(make_manifest({"licence": "mit"}), [])
    assert facts["licence of the weights"] == "mit"
    assert "licence of the weights" not in list_facts(make_manifest({}), [])
