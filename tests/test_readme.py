"""What the README says can be done."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_model_of_plain_functions_dreams(tmp_path):
    # Its first code runs in test_wheel.py.
    _, code = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 5


def test_it_is_short():
    assert len(re.sub(r"```.*?```", "", TEXT, flags=re.S).split()) <= 1500


@pytest.mark.parametrize("path", [
    "README.md", "data/flickr/RESULTS.md", "data/scenes/RESULTS.md", "data/README.md",
    "data/transformers/RESULTS.md",
])
def test_the_files_that_are_linked_are_in_the_repository(path):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / path).read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link]
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.splitlines()
    folder = (ROOT / path).parent
    there = {(folder / file).resolve().relative_to(ROOT).as_posix() for file in files}
    assert there <= set(tracked), there - set(tracked)


def test_the_scripts_that_are_named_are_there():
    for path in (ROOT / "README.md", ROOT / "data/flickr/RESULTS.md", ROOT / "data/README.md",
                 ROOT / "WORKSPACE.md"):  # fmt: skip
        # What moved is named by where it was.
        text, _, _ = path.read_text(encoding="utf-8").partition("## What moved where")
        for script in set(re.findall(r"launch/\w+\.py", text)):
            assert (ROOT / script).exists(), (path, script)
