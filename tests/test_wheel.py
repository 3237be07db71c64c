"""The package as a person installs it: a wheel in a fresh environment, without a clone.

What runs there is the README's first code.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from reports import read_parts

ROOT = Path(__file__).parent.parent
CODE = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)[1]
CAPTIONS = """
import csv, gzip
from neurondream import scenes
world = scenes.generate(0, 60)
with gzip.open("captions.tsv.gz", "wt", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, delimiter="\t")
    writer.writerow(["caption"])
    writer.writerows([text] for text in world.texts)
"""


def run(command, folder):
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_ten_lines_run_from_a_wheel_in_an_empty_folder(tmp_path):
    # A copy, because a build leaves its own folders beside what it builds.
    tree = tmp_path / "tree"
    tree.mkdir()
    for folder in ("neurondream", "data"):
        shutil.copytree(ROOT / folder, tree / folder)
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tree)
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([sys.executable, *pip, "wheel", "--no-deps", "--wheel-dir", tmp_path, tree], tmp_path)
    (wheel,) = tmp_path.glob("neurondream-*.whl")
    run([sys.executable, "-m", "venv", tmp_path / "env"], tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    # What is not imported need not be compiled.
    run([python, *pip, "install", "--no-compile", f"{wheel}[analysis]"], tmp_path)
    folder = tmp_path / "empty"
    folder.mkdir()
    run([python, "-c", CAPTIONS], folder)
    printed = run([python, "-c", CODE.replace("scenes:100", "captions.tsv.gz")], folder)
    assert [line.split()[1] for line in printed.splitlines()] == ["search"] * 3 + ["best"] * 3
    assert "-T.output:dog" in read_parts(folder / "dogs.html")["index"]
    assert {path.name for path in (folder / "runs" / "dogs").glob("[!.]*")} == {
        "cards.jsonl", "dreams.jsonl", "faces.jsonl", "manifest.json", "neurons.jsonl",
        "probes.jsonl",
    }
