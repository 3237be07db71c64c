"""The import star: rooms know `base` and the host side, not one another."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "neurondream"
HOST = [
    "tokens", "corpora", "neurons", "runs", "scenes",
    "analysis", "report",
]


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def files_of(room):
    path = PACKAGE / room
    return sorted(path.glob("*.py")) if path.is_dir() else [PACKAGE / f"{room}.py"]


@pytest.mark.parametrize("room", HOST)
def test_host_rooms_compute_without_jax(room):
    for path in files_of(room):
        roots = {name.split(".")[0] for name in imports_of(path)}
        assert not roots & {"jax", "flax", "optax"}, path


@pytest.mark.parametrize("room", ["encoders", "objectives", "relaxations", "searches", "training"])
def test_device_rooms_do_not_import_one_another(room):
    others = {"encoders", "objectives", "relaxations", "searches", "training", "scenes"} - {room}
    if room == "training":
        others -= {"encoders"}  # the type of a matrix product
    for path in files_of(room):
        for name in imports_of(path):
            parts = name.split(".")
            assert parts[0] != "neurondream" or not set(parts[1:2]) & others, (path, name)


def test_base_imports_nothing_of_ours():
    assert not [n for n in imports_of(PACKAGE / "base.py") if n.startswith("neurondream")]


def test_nothing_reads_files_that_can_run_code():
    for path in PACKAGE.parent.glob("*/**/*.py"):
        if path.is_relative_to(PACKAGE) or path.parent.name == "launch":
            assert "pickle" not in {name.split(".")[0] for name in imports_of(path)}, path
            assert "allow_pickle=True" not in path.read_text(), path
