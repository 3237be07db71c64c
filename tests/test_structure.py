"""The rooms of the library: what each may know, and what the house never does."""

import ast
import configparser
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "neurondream"
SCRIPTS = ROOT / "launch"

# What each room knows of ours, from the ground up; `errors` is known to all. A room stands below
# all that know it, so that there is no circle.
ROOMS = {
    "errors": "",
    "progress": "",
    "programs": "",
    "base": "",
    "files": "",
    "memory": "",
    "costs": "",
    "tokens": "files",
    "scenes": "",
    "noise": "base",
    "relaxations": "base noise",
    "objectives": "base",
    "contrast": "base",
    "fluency": "base",
    "encoders": "base",
    "searches": "base noise",
    "dreaming": "base",
    "model": "base encoders tokens",
    "models": "base encoders files model tokens",
    "corpora": "files model scenes",
    "neurons": "base files model",
    "targets": "base model neurons",
    "training": "base corpora encoders files memory models progress tokens",
    "sweeps": "analysis base corpora dreaming files model objectives progress",
    "method": "base corpora searches sweeps",
    "ascents": "base method relaxations searches",
    "fronts": "ascents base method searches",
    "methods": "ascents fronts method searches sweeps",
    "runs": "analysis base contrast corpora costs dreaming files fluency fronts memory method "
            "methods model models neurons objectives progress scenes searches sweeps targets "
            "tokens",
    "analysis": "files runs scenes",
    "probing": "analysis base corpora dreaming encoders files method methods model neurons "
               "objectives progress relaxations runs scenes searches sweeps targets",
    "report": "analysis files runs",
    "serving": "analysis base dreaming files methods model neurons objectives report runs sweeps",
}  # fmt: skip
# Rooms of the host side: no file of theirs computes with jax.
HOST = ("errors", "progress", "files", "tokens", "scenes", "corpora", "neurons", "analysis",
        "report")  # fmt: skip
# Rooms that a person's own model never enters: the shipped ones, their training and their world.
OF_ITS_OWN = {"encoders", "models", "training", "scenes", "corpora"}


def files_of(room):
    path = PACKAGE / room
    return sorted(path.rglob("*.py")) if path.is_dir() else [PACKAGE / f"{room}.py"]


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            if node.module == "neurondream":
                yield from (f"neurondream.{name.name}" for name in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_every_room_has_its_rules():
    there = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith((".", "_"))}
    assert there == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_know_what_they_may(room):
    allowed = {room, "errors", *ROOMS[room].split()}
    for path in files_of(room):
        for name in imports_of(path):
            first, *rest = name.split(".")
            assert first != "launch" and first != "absl", path
            assert first != "neurondream" or rest[0] in allowed, (path, name)


@pytest.mark.parametrize("room", HOST)
def test_host_rooms_compute_without_jax(room):
    for path in files_of(room):
        roots = {name.split(".")[0] for name in imports_of(path)}
        assert not roots & {"jax", "flax", "optax", "chex"}, path


def test_what_reads_finished_runs_loads_no_jax():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ("analysis", "report") for path in files_of(room) if path.stem != "__init__"
    ]
    code = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\n"
        "import neurondream as nd\nnd.write_page, nd.show, nd.InputError\n"
        "print([name for name in ('jax', 'flax', 'optax', 'chex') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_every_name_of_the_front_is_there():
    import neurondream as nd

    assert all(getattr(nd, name) is not None for name in dir(nd))
    with pytest.raises(AttributeError, match="nothing_such"):
        nd.nothing_such  # noqa: B018


def test_every_room_is_installed():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    listed = settings["options"]["packages"].split()
    there = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")
    }
    assert sorted(listed) == sorted(there | {"neurondream.data"})
    patterns = settings["options.package_data"]
    for path in PACKAGE.rglob("*.*"):
        if path.suffix in (".py", ".pyc"):
            continue
        owner = next(
            folder for folder in path.parents if (folder / "__init__.py").exists()
        )
        globs = patterns[".".join(owner.relative_to(ROOT).parts)].split()
        assert any(path in owner.glob(pattern) for pattern in globs), path


def words_of_code(path):
    """Yield names and strings of a file, without comments and docstrings."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.body[0].value) for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documents:
                yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Attribute) and node.attr != "T":  # a transpose
            yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def test_nothing_above_the_waist_knows_one_model():
    own = re.compile(
        r"^[TI]$|\b[TI]\.(hidden|output)|imaginet|pathway|picture|<begin>|visual|vision", re.I
    )
    found = [
        (str(path), word) for room in sorted(ROOMS.keys() - OF_ITS_OWN) for path in files_of(room)
        for word in words_of_code(path) if own.search(word)
    ]
    shown = re.compile(r"[\"'][TI][\"']|\b[TI]\.(hidden|output)|imaginet|pathway|picture", re.I)
    found += [
        (str(path), line) for path in (PACKAGE / "report").glob("*.*")
        if path.suffix in (".js", ".html", ".css")
        for line in path.read_text().splitlines() if shown.search(line.partition("// ")[0])
    ]
    assert not found


def test_the_library_names_no_script_and_no_flag():
    named = re.compile(r"launch/|(?<![\w-])--[a-z]")
    found = []
    for path in (path for room in ROOMS for path in files_of(room)):
        with open(path, "rb") as file:
            found += [
                (str(path), token.string) for token in tokenize.tokenize(file.readline)
                if token.type in (tokenize.STRING, tokenize.COMMENT) and named.search(token.string)
            ]
    assert not found


def test_nothing_prints_in_the_library():
    for room in ROOMS:
        for path in files_of(room):
            calls = {
                node.func.id for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert "print" not in calls, path


def test_nothing_reads_files_that_can_run_code():
    for path in (*PACKAGE.rglob("*.py"), *SCRIPTS.glob("*.py")):
        assert "pickle" not in {name.split(".")[0] for name in imports_of(path)}, path
        assert "allow_pickle=True" not in path.read_text(), path


def test_files_are_short():
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in (PACKAGE, SCRIPTS, ROOT / "tests") for path in folder.rglob("*")
        if path.suffix in (".py", ".js", ".css", ".html")
        and (lines := len(path.read_text().splitlines())) > 300
    }
    assert not long
    scripts = {path.stem: len(path.read_text().splitlines()) for path in SCRIPTS.glob("*.py")}
    measuring = scripts.pop("bench") + scripts.pop("contest")
    assert sum(scripts.values()) <= 1300 and measuring <= 600
    assert all(
        lines <= 120 for name, lines in scripts.items()
        if name not in ("flags", "method_flags", "launching")
    )
