"""Flags that scripts share, and that every script shows the flags that it reads and no other."""

import ast
import importlib
from pathlib import Path

import numpy as np
import pytest
from absl.flags import FlagValues

import neurondream as nd
from launch import flags, launching, method_flags
from neurondream.ascents import PAPER
from neurondream.errors import InputError
from neurondream.methods import settings_of

FOLDER = Path(flags.__file__).parent
SCRIPTS = [
    path.stem for path in sorted(FOLDER.glob("*.py"))
    if "\n@launching.script(" in path.read_text()
]


def read(define, *arguments):
    values = FlagValues()
    define(values)
    launching.parse_flags(values, arguments)
    return values


def define_methods(values):
    method_flags.define_methods(values, ["search", "best"])


def methods_of(*arguments):
    return method_flags.methods_of(read(define_methods, *arguments))


def refused(message, *arguments):
    with pytest.raises(InputError, match=message):
        methods_of(*arguments)


def test_methods_have_the_tables_settings():
    search, best = methods_of()
    assert (search.name, best) == ("search", best._replace(name="best"))
    assert methods_of("--method=gumbel")[0].settings == nd.gumbel().settings
    changed = methods_of("--method=gumbel,swaps", "--restarts=3", "--temperature=2,.5")
    assert [method.settings["restarts"] for method in changed] == [3, 3]
    assert changed[0].settings["temperature"] == (2.0, 0.5)
    assert methods_of("--effort=quick", "--rounds=7")[1].settings["rounds"] == 7


def test_paper_settings_give_way_to_flags():
    for name, settings in PAPER.items():
        (method,) = methods_of(f"--method={name}", "--paper")
        assert {key: method.settings[key] for key in settings} == settings
    (method,) = methods_of("--method=gumbel:8", "--paper")
    assert (method.settings["restarts"], method.settings["epochs"]) == (8, 1000)
    (method,) = methods_of("--method=gumbel", "--paper", "--samples=8")
    assert (method.settings["samples"], method.settings["steps"]) == (8, 200)
    (method,) = methods_of("--method=gumbel+swaps", "--paper")
    assert method.settings["restarts"] == nd.swaps().settings["restarts"]
    assert method.settings["start"] == {"method": "gumbel", **nd.gumbel(**PAPER["gumbel"]).settings}


def test_settings_that_cannot_be_are_refused():
    refused("^epochs: no setting of search, best", "--epochs=3")
    refused("^method: give some", "--method=")
    refused("^temperature=hot: give 2 numbers, as in 3,0.5", "--method=gumbel", "--temperature=hot")
    refused("^temperature=2: give 2 numbers", "--method=softmax", "--temperature=2")
    refused("^effort='huge'", "--effort=huge")
    refused("unknown method 'magic'", "--method=magic")


def test_a_method_added_to_the_table_has_its_flags(monkeypatch):
    def patient(*, waits: int = 3, slack: float | None = None):
        return nd.exhaustive()._replace(settings={"waits": waits, "slack": slack})

    monkeypatch.setitem(nd.METHODS, "patient", patient)
    (method,) = methods_of("--method=patient", "--slack=.5")
    assert method.settings == {"waits": 3, "slack": 0.5}


def test_help_shows_defaults_by_method():
    shown = launching.write_help("It.\n", read(define_methods)).splitlines()
    (line,) = (line for line in shown if line.startswith("  --steps "))
    assert line.endswith("[2 embfree logits gumbel gbda, 4 softmax]")
    (line,) = (line for line in shown if line.startswith("  --epsilon "))
    assert line.endswith("[1e-08]")


def test_shares_are_two_numbers_or_a_process():
    assert flags.read_shard("2/8") == (2, 8)
    for text in ("2", "2/", "a/b", "-1/2"):
        with pytest.raises(InputError, match=f"^shard={text}: give one as in 2/8"):
            flags.read_shard(text)


def test_a_model_reads_and_dreams_as_flags_say():
    plain = nd.open_model("scenes")
    same = flags.model_of(read(flags.define_model))
    assert same.start == plain.start
    np.testing.assert_array_equal(same.tokenizer.allowed, plain.tokenizer.allowed)
    banned = flags.model_of(read(flags.define_model, "--ban=dog,cat", "--template=a dog {} ."))
    ids = plain.tokenizer.encode("dog cat")
    np.testing.assert_array_equal(
        np.flatnonzero(plain.tokenizer.allowed & ~banned.tokenizer.allowed), np.sort(ids)
    )
    assert len(banned.start.before) == len(plain.start.before) + 2
    assert banned.opened_with == {"precision": "bfloat16", "start": "model"}
    cold = flags.model_of(read(flags.define_model, "--start=none"))
    assert plain.start.before and not cold.start.before


def test_neurons_come_from_flags_and_files(tmp_path):
    model = nd.open_model("scenes")
    (tmp_path / "some").write_text("T.hidden:3\n")
    values = read(
        flags.define_neurons, "--neurons=T.output:dog,-I.hidden:1", "--neurons", "-I.output:2",
        f"--neurons_file={tmp_path / 'some'}",
    )
    (dog,) = nd.parse_neurons("T.output:dog", model)
    names = [neuron.name for neuron in flags.neurons_of(values, model)]
    assert names == [dog.name, "-I.hidden:1", "-I.output:2", "T.hidden:3"]
    with pytest.raises(InputError, match=r"^neurons: give"):
        flags.neurons_of(read(flags.define_neurons), model)


def names_read(tree, functions):
    """List the flags that code reads off `values`, itself or by functions that are shared."""
    names, listed = set(), False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_values(node.value):
            names.add(node.attr)
        if isinstance(node, ast.Subscript) and is_values(node.value):
            listed = True  # by names that the module lists
        if isinstance(node, ast.Call) and any(map(is_values, node.args)):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if called == "methods_of":
                names |= {setting for method in (*nd.METHODS, "polish")
                          for setting in settings_of(method)}
                names |= {"method", "paper"}
            elif called == "method_of":
                names |= set(settings_of(node.args[1].value))
            elif called in functions and not called.startswith("define_"):
                names |= names_read(functions[called], functions)
    if listed and isinstance(tree, ast.Module):
        constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
        names |= {node.value for node in constants if isinstance(node.value, str)}
    return names


def is_values(node):
    return isinstance(node, ast.Name) and node.id == "values"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_scripts_help_shows_the_flags_that_it_reads(name, capsys):
    script = importlib.import_module(f"launch.{name}")
    script.main(["--help"])
    said = capsys.readouterr().out
    shown = [line.split()[0].removeprefix("--") for line in said.splitlines() if "  --" in line]
    shared = ast.parse(Path(flags.__file__).read_text())
    functions = {node.name: node for node in shared.body if isinstance(node, ast.FunctionDef)}
    code = ast.parse((FOLDER / f"{name}.py").read_text())
    used = names_read(code, functions)
    assert len(shown) == len(set(shown)) and set(shown) <= used, set(shown) - used
    values = FlagValues()
    script.define_flags(values)
    assert set(shown) == set(values)
    assert f"launch/{name}.py" in said
    assert all(line.endswith("]") for line in said.splitlines() if "  --" in line)
