"""Launch scripts: flags of their own, help, errors in one line, progress, kept programs."""

import functools
import os
import shutil
import signal
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import pytest
import tqdm
from absl import flags

from launch import launching
from neurondream.errors import InputError
from neurondream.progress import Bar, start_bar

ROOT = Path(__file__).parent.parent


def define_flags(values):
    flags.DEFINE_integer("length", 5, "Words of\n an n-gram.", 1, flag_values=values)
    flags.DEFINE_float("alpha", 0.1, "Share.", 0, flag_values=values)
    flags.DEFINE_enum("dtype", "half", ["half", "full"], "Of weights.", flag_values=values)
    flags.DEFINE_bool("paper", False, "As in the paper.", flag_values=values)
    flags.DEFINE_list("captions", ["a", "b"], "Corpus.", flag_values=values)
    flags.DEFINE_integer("epochs", None, "Epochs [gumbel 75]", flag_values=values)
    flags.DEFINE_integer("seed", None, "Of the draw.", flag_values=values)
    flags.DEFINE_string("out", None, "Folder.", required=True, flag_values=values)


@launching.script(define_flags)
def main(values):
    if values.length == 13:
        raise InputError("length=13: give\nanother")
    if values.length == 12:
        raise InputError("captions 'a': none")
    if values.length == 14:
        raise InputError("14 words are too many")
    if values.length == 15:
        Path("/nowhere/file").read_text()
    if values.length == 16:
        raise KeyboardInterrupt
    print(values.length, values.captions, values.out)


HELP = """\
Launch scripts: flags of their own, help, errors in one line, progress, kept programs.

  --length    Words of an n-gram. [5]
  --alpha     Share. [0.1]
  --dtype     <half|full>: Of weights. [half]
  --paper     As in the paper. [false]
  --captions  Corpus. [a,b]
  --epochs    Epochs [gumbel 75]
  --seed      Of the draw. [none]
  --out       Folder. [required]
"""


@pytest.mark.parametrize("asked", ["-h", "--h", "-help", "--help", "--helpshort", "-helpshort"])
def test_help_shows_every_flag_on_a_line(asked, capsys):
    main(["--length=x", asked])
    assert capsys.readouterr() == (HELP, "")


def test_help_shows_the_command():
    document = "Do it.\n\n    python launch/it.py --out=x\n\nMore.\n"
    shown = launching.write_help(document, flags.FlagValues())
    assert shown == "Do it.\n\n    python launch/it.py --out=x\n\n"


def test_jobs_of_one_process_do_not_share_flags(capsys):
    main(["--out=x", "--length=3", "--captions=c"])
    main(["--out=y"])
    assert capsys.readouterr().out == "3 ['c'] x\n5 ['a', 'b'] y\n"
    assert "captions" not in flags.FLAGS


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--length=13"], "--length=13: give another"),
        (["--length=12"], "--captions 'a': none"),
        (["--length=14"], "14 words are too many"),
        (["--length=15"], "/nowhere/file: No such file or directory; what was done is kept"),
        (["--length=0"], "--length=0: 0 is not a positive integer; --help lists the flags"),
        (["--lenght=3"], "Unknown command line flag 'lenght'. Did you mean: length ?; --help"),
        (["--length=10**12"], "--length=10**12: give a whole number; --help lists the flags"),
        (["--length=" + "9" * 5000], f"--length={'9' * 51}…"),
        (["--alpha=much"], "--alpha=much: give a number; --help lists the flags"),
        (["--out="], "--out is empty: give a value, or leave it out"),
        (["--captions=,"], "--captions holds what is empty: give a value, or leave it out"),
        (["--paper=maybe"], "--paper=maybe: give true or false; --help lists the flags"),
        (["--captions=\x1b[31m", "--length=12"], "--captions 'a': none"),
        (["word"], "unexpected argument 'word': settings are given as --name=value"),
        (["--nopaper=1"], "--nopaper=1 does not take an argument; --help lists the flags"),
        (["--alpha=nan"], "--alpha=nan: give a finite number"),
        (["--alpha=inf"], "--alpha=inf: give a finite number"),
        (["--dtype=third"], "--dtype=third: value should be one of <half|full>; --help"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments, line, capsys):
    with pytest.raises(SystemExit) as end:
        main(["--out=x", *arguments])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"test_launching.py: {line}") and told.count("\n") == 1, told


def test_what_is_required_is_told(capsys):
    with pytest.raises(SystemExit):
        main([])
    assert "test_launching.py: --out is required; --help lists" in capsys.readouterr().err


def test_ctrl_c_ends_in_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--out=x", "--length=16"])
    assert end.value.code == 130
    assert capsys.readouterr().err == (
        "test_launching.py: interrupted; what was done is kept, the same command goes on from "
        "there\n"
    )


EXAMPLE = '''
"""Say a length."""

from absl import flags

import launching


def define_flags(values):
    flags.DEFINE_integer("length", 5, "Words of an n-gram.", 1, flag_values=values)


@launching.script(define_flags)
def main(values):
    print(values.length)


if __name__ == "__main__":
    main()
'''


@pytest.mark.parametrize("command", [["example.py"], ["-m", "launch.example"]])
def test_scripts_run_as_a_file_and_as_a_module(command, tmp_path):
    folder = tmp_path / "launch"
    folder.mkdir()
    for name in ("__init__.py", "launching.py", "interrupting.py"):
        shutil.copy(ROOT / "launch" / name, folder)
    (folder / "example.py").write_text(EXAMPLE)
    result = subprocess.run(
        [sys.executable, *command, "--length=3"],
        cwd=tmp_path if "-m" in command else folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "3\n", "")


@pytest.fixture
def clock(monkeypatch):
    now = types.SimpleNamespace(time=100.0)
    monkeypatch.setattr(tqdm.std, "time", lambda: now.time)
    return now


def test_progress_leaves_out_the_first_update_and_what_was_done_before(clock, capsys):
    with launching.Lines(100, desc="gumbel", initial=20) as progress:
        for seconds in (60, 5, 4, 1, 10):  # the first has waited for the compiler
            clock.time += seconds
            progress.set_postfix_str(f"loss {seconds}")
            progress.update(2)
    assert capsys.readouterr().err.splitlines() == [
        "gumbel 22/100 loss 60 (1 min 00 s passed)",
        "gumbel 28/100 loss 1 (1 min 10 s passed, 2 min 00 s left)",
        "gumbel 30/100 loss 10 (1 min 20 s passed, 2 min 55 s left)",
    ]


def test_progress_ends_with_a_line(clock, capsys):
    with launching.Lines(total=3, desc="search") as progress:
        progress.update(3)
    with pytest.raises(KeyboardInterrupt), start_bar(launching.Lines, 3, "cut") as progress:
        progress.update()
        raise KeyboardInterrupt
    with launching.Lines(total=3, desc="nothing left", initial=3):
        pass
    assert capsys.readouterr().err == "search 3/3 (0 s passed)\ncut 1/3 (0 s passed)\n"


def test_a_terminal_and_a_notebook_show_tqdms_bar(clock, capsys):
    with start_bar(True, 10, "gumbel", 2) as bar:
        for seconds in (60, 4):
            clock.time += seconds
            bar.set_postfix_str("loss 1")
            bar.update(2)
        assert bar.format_meter(**bar.format_dict).endswith("6/10 [01:04<00:08,  2.00s/it, loss 1]")
    assert "gumbel:  60%|" in capsys.readouterr().err


def test_a_bar_that_is_switched_off_counts_nothing(capsys):
    """As by TQDM_DISABLE."""
    with start_bar(functools.partial(Bar, disable=True), 3, "x") as bar:
        bar.set_postfix_str("loss 1")
        assert bar.update(2) is None and bar.format_dict is not None
    assert capsys.readouterr().err == ""


@pytest.fixture
def kept(monkeypatch):
    """A fake jax, loaded already, and an environment that is put back."""
    for name in [name for name in os.environ if name.startswith("JAX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    told = {}
    config = types.SimpleNamespace(update=told.__setitem__)
    monkeypatch.setitem(sys.modules, "jax", types.SimpleNamespace(config=config))
    with warnings.catch_warnings():
        yield told


def test_programs_are_kept_where_the_environment_says(kept, tmp_path):
    os.environ["XDG_CACHE_HOME"] = str(tmp_path)
    launching.keep_programs()
    folder = str(tmp_path / "neurondream" / "programs")
    assert kept["jax_compilation_cache_dir"] == folder == os.environ["JAX_COMPILATION_CACHE_DIR"]
    assert 0 < kept["jax_persistent_cache_min_compile_time_secs"] < 1


def test_a_folder_that_a_person_names_stands(kept, tmp_path):
    os.environ["JAX_COMPILATION_CACHE_DIR"] = "mine"
    launching.keep_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "mine"
    assert "jax_compilation_cache_dir" not in kept


def test_programs_that_cannot_be_kept_are_not(kept, tmp_path):
    (tmp_path / "file").write_text("")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path / "file")
    launching.keep_programs()
    assert not kept and "JAX_COMPILATION_CACHE_DIR" not in os.environ


def test_compiled_code_that_runs_on_is_left(tmp_path):
    script = tmp_path / "endless.py"
    script.write_text("""import launching
import jax

@launching.script(lambda values: None)
def main(values):
    endless = jax.jit(lambda x: jax.lax.while_loop(lambda x: x < 1, lambda x: x * 0.5, x))
    compiled = endless.lower(0.5).compile()
    print("begun", flush=True)
    jax.block_until_ready(compiled(0.5))

main()
""")
    process = subprocess.Popen(
        [sys.executable, script], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "launch"), str(ROOT)])},
    )
    assert process.stdout.readline() == "begun\n", process.stderr.read()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "interrupted; what was done is kept\n")


@pytest.mark.parametrize("seconds", [0.4, 4.0])
def test_an_interrupted_process_ends_in_one_line(seconds, tmp_path):
    process = subprocess.Popen(
        [sys.executable, ROOT / "launch" / "dream.py", "--neurons=T.output:all", "--method=swaps",
         f"--out={tmp_path / 'run'}"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said and "interrupted" in said.splitlines()[-1]
