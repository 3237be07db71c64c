"""What every launch script needs: flags of its own, help, errors in one line, progress.

A script adds its flags to values that are its own: nothing is shared between scripts or runs.

`python launch/dream.py --length=3`, `python -m launch.dream` and, as often as one likes and in one
process, `launch.dream.main(["--length=3", "--out=x"])` all run it. Flags that several
scripts have are defined by functions of `flags`. A script whose module does not import jax itself
(`import neurondream as nd` does not either) shows its help at once.
"""

import interrupting
import functools
import inspect
import io
import math
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from absl import flags

from neurondream.errors import InputError
from neurondream.files import make_folder
from neurondream.programs import keep_programs
from neurondream.progress import Bar, format_seconds

HELP = {f"{dashes}{name}" for dashes in ("-", "--") for name in ("h", "help", "helpshort")}


def script(
    define: Callable[[flags.FlagValues], None],
) -> Callable[[Callable[[flags.FlagValues], None]], Callable[..., None]]:
    """Make `main(arguments)` of a script out of its `main(values)`.

    Without arguments it is the process' own script and takes the command line's. A user's mistake
    ends it with one line on stderr and exit status 2, Ctrl-C with 130.

    Args:
      define: adds the script's flags to values.
    """

    def wrap(main: Callable[[flags.FlagValues], None]) -> Callable[..., None]:
        @functools.wraps(main)
        def run(arguments: Sequence[str] | None = None) -> None:
            if arguments is None:
                # Before flags are defined: some are read off the package, which brings jax.
                keep_programs()
                arguments = sys.argv[1:]
                sys.stdout.reconfigure(errors="backslashreplace")  # what no terminal can show
            values = flags.FlagValues()
            define(values)
            if HELP & set(arguments):
                print(write_help(main.__globals__["__doc__"], values))
                return
            name = Path(main.__globals__["__file__"]).name
            try:
                parse_flags(values, arguments)
                if signal.getsignal(signal.SIGINT) is interrupting.leave:
                    interrupting.watch()
                main(values)
            except InputError as error:
                fail(name, name_flag(str(error), values))
            except OSError as error:
                what = f"{error.filename or 'a file'}: {error.strerror or error}"
                fail(name, f"{what}; what was done is kept")
            except (MemoryError, RuntimeError) as error:
                # Of jax, which is not loaded here.
                if isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
                    raise
                fail(name, "out of memory; what was done is kept, give less of it to do at once")
            except KeyboardInterrupt:
                again = "what was done is kept, the same command goes on from there"
                fail(name, f"interrupted; {again}", 130)

        return run

    return wrap


def parse_flags(values: flags.FlagValues, arguments: Sequence[str]) -> None:
    """Read flags.

    Raises:
      InputError: there is another flag or argument, or a value that a flag does not take.
    """
    try:
        _, *others = values(["", *arguments])
    except (flags.Error, ValueError) as error:
        said = re.sub(r"(?m)^flag (--\w+)=None: Flag .*", r"\1 is required", str(error))
        said = re.sub("(invalid literal|Exceeds).*", "give a whole number", said)
        said = re.sub("could not convert.*", "give a number", said)
        said = re.sub(r"\('Non-boolean.*", "give true or false", said)
        said = "; ".join(line.removeprefix("flag ") for line in said.splitlines())
        raise InputError(f"{said}; --help lists the flags") from None
    if others:
        raise InputError(f"unexpected argument {others[0]!r}: settings are given as --name=value")
    for name, value in values.flag_values_dict().items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and not part.strip():
                what = "is" if part is value else "holds what is"
                raise InputError(f"--{name} {what} empty: give a value, or leave it out")
            # Not a number is neither below nor above a flag's bounds.
            if isinstance(part, float) and not math.isfinite(part):
                raise InputError(f"--{name}={part}: give a finite number")
            if isinstance(part, int) and abs(part) >= 2**31:
                raise InputError(f"--{name}: give a number of at most {2**31 - 1}")


def write_help(document: str, values: flags.FlagValues) -> str:
    """Write what a script does, its command and its flags, one a line.

    A flag's meaning is followed by its default in brackets; one that ends with brackets of its own
    says there what it is when it is not given.
    """
    said, command, *_ = [*inspect.cleandoc(document).split("\n\n"), ""]
    shown = [said, *([command] if command.startswith(" ") else [])]
    width = max(map(len, values), default=0) + 2
    rows = []
    for name in values:
        flag = values[name]
        meaning = " ".join(flag.help.split())
        if not meaning.endswith("]"):
            meaning += f" [{_write_default(flag)}]"
        rows.append(f"  {f'--{name}':{width}}  {meaning}")
    return "\n\n".join([*shown, "\n".join(rows)])


def _write_default(flag: flags.Flag) -> str:
    if flag.default is None and not all(check.checker(None) for check in flag.validators):
        return "required"
    if isinstance(flag.default, list):
        return ",".join(map(str, flag.default)) or "none"
    return (flag.default_as_str or "none").strip("'")


def name_flag(message: str, values: flags.FlagValues) -> str:
    """Write an argument at the beginning of the library's message as the flag that it came from."""
    name = re.match(r"(\w+)(=|:| ')", message)
    return f"--{message}" if name and name[1] in values else message


def fail(name: str, message: str, status: int = 2) -> NoReturn:
    """End with one line of 300 characters at most on stderr."""
    words = [f"{word[:60]}…" if len(word) > 160 else word for word in message.split()]
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in f"{name}: {' '.join(words)}")
    print(line if len(line) <= 300 else f"{line[:299]}…", file=sys.stderr)
    raise SystemExit(status)


class Lines(Bar):
    """Lines on stderr where it is no terminal: one in ten seconds at most, and a last one."""

    def __init__(self, total: int, desc: str, initial: int = 0) -> None:
        self._said = initial
        super().__init__(
            total=total, desc=desc, initial=initial, file=io.StringIO(), mininterval=10, miniters=1
        )

    def display(self, *_, **__) -> None:
        """Say how far it is, if that has not been said."""
        if self.n != self._said:
            self._said, how = self.n, self.format_dict
            times = f"{format_seconds(how['elapsed'])} passed"
            if how["rate"] and self.n < self.total:
                times += f", {format_seconds((self.total - self.n) / how['rate'])} left"
            text = " ".join(filter(None, (how["prefix"], f"{self.n}/{self.total}", self.postfix)))
            print(f"{text} ({times})", file=sys.stderr, flush=True)


Progress = Bar if sys.stderr.isatty() else Lines  # what `progress` arguments take


def make_folder_of(name: str) -> Path:
    """Make the folder of a file that a script writes, before any work is done for it.

    Raises:
      InputError: there is a folder of that name, or nothing can be written there.
    """
    if Path(name).is_dir():
        raise InputError(f"--out={name} is a folder: give the name of a file")
    make_folder(Path(name).parent)
    return Path(name)
