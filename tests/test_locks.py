"""One writer a file of results, never by accident."""

import subprocess
import sys
from pathlib import Path

import pytest

import neurondream as nd
import toys
from neurondream.runs import folder as folders
from neurondream.runs.locks import lock_shard
from refusals import refuse
from reports import LINE

ROOT = Path(__file__).parent.parent

HOLD = """
import sys
from pathlib import Path
from neurondream.runs.locks import lock_shard
with lock_shard(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def hold():
    """Let another process be the writer of a shard until its input ends."""
    held = []

    def start(folder, number=1, shards=1):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), str(number), str(shards)], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        held.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in held:
        process.kill()
        process.wait()


def enter(folder, shard=(1, 1)):
    with lock_shard(folder, shard):
        pass


def test_a_run_has_one_writer(empty, hold):
    process = hold(empty)
    refuse("another process is writing this run", enter, empty)
    refuse("another process", enter, empty, (1, 2))
    refuse("another process", nd.open_run, empty, toys.lstm().model)
    folders.append_lines(empty / "dreams.jsonl", [LINE])
    assert len(folders.read_dreams(empty)) == 1  # readers never wait
    process.kill()
    process.wait()
    enter(empty)  # the lock has gone with its process


def test_shards_of_one_number_write_beside_each_other(empty, hold):
    hold(empty, 1, 3)
    enter(empty, (2, 3))
    refuse("this shard, or shards of another number", enter, empty, (1, 3))
    refuse("this shard, or shards of another number", enter, empty, (1, 2))
    refuse("another process is writing this run", enter, empty)


def test_the_lock_may_be_taken_again_within_a_process(empty):
    with lock_shard(empty), lock_shard(empty):
        pass
    enter(empty, (1, 2))


def test_two_first_starters_do_not_race(tmp_path):
    """Of many that begin one run at once, each is in or told, and the manifest is whole."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom neurondream.errors import InputError\n"
        "from neurondream.runs import folder, locks\nrun = Path(sys.argv[1])\n"
        "sys.stdin.readline()\ntry:\n    folder.make_folder(run)\n"
        "    folder.enter_manifest(run, {'version': 2, 'seed': int(sys.argv[2])})\n"
        "    print('in')\nexcept InputError as error:\n    print(error)\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run"), str(seed)], cwd=ROOT,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for seed in (1, 2, 1, 2)
    ]  # fmt: skip
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0].strip() for process in processes]
    won = folders.read_manifest(tmp_path / "run")["seed"]
    for text, seed in zip(said, (1, 2, 1, 2), strict=True):
        assert (text == "in") if seed == won else (f"seed={won}, not {seed}" in text), text
