"""The `gongji` command.

Exit status: 0 fine, 1 a case or a check failed, nothing of a table was settled or a book does not
come out as it was kept, 2 bad input, and 128 more than the number of the signal that ended it.
Commands import what they need when they run, so that a settlement starts at once.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer

from gongji.cli.language import BAD_INPUT, chosen_language, say_refusal
from gongji.wording import Bilingual, Language, Refused

__all__ = ["command_line", "main"]

_ASKING = ("ask", "enrol", "contribute", "entitle", "account", "register", "papers", "offices")
_ROOMS = {
    "settle": "gongji.cli.settle",
    "test": "gongji.cli.test",
    "policies": "gongji.cli.policies",
    "policy": "gongji.cli.policies",
    "clauses": "gongji.cli.clauses",
    "check": "gongji.cli.check",
    "schema": "gongji.cli.schema",
    "batch": "gongji.cli.batch",
    "explain": "gongji.cli.explain_claim",
    "generate": "gongji.cli.generate",
    "book": "gongji.cli.book",
    "demo": "gongji.cli.demo",
    "nhsa": "gongji.cli.nhsa",
    "serve": "gongji.cli.serve",
    "user": "gongji.cli.serve",
    "access": "gongji.cli.access",
    **dict.fromkeys(_ASKING, "gongji.cli.ask"),
}
"""The commands and the modules that hold them, each as a function, or a group, of its name."""

_INTERRUPTED = 128 + signal.SIGINT
"""What the command-line library makes of Ctrl-C."""


def command_line(*names: str) -> typer.Typer:
    """The command line with these commands, or with all of them.

    Only what was asked for is imported and prepared, so that a settlement starts at once.
    """
    app = typer.Typer(
        name="gongji",
        help="共济：把基本医疗保险的规则变成软件 · China's basic medical insurance as software",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in names or _ROOMS:
        command = getattr(import_module(_ROOMS[name]), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    app.callback()(_options)
    return app


def _version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("gongji"))
        raise typer.Exit


def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=lambda asked: _version(asked=asked), is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; nothing that goes wrong shows a traceback."""
    _prepare_streams()
    _prepare_signals()
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    app = command_line(first) if first in _ROOMS else command_line()
    try:
        status = app(standalone_mode=False) or 0
        if status == _INTERRUPTED:
            _stopped(signal.SIGINT)
        sys.exit(status)
    except KeyboardInterrupt:
        _stopped(signal.SIGINT)
    except RecursionError:
        words = Bilingual("输入嵌套过深", "the input is nested too deeply")
        _end(Refused("bad_input", words))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        words = Bilingual(
            f"读写{where}失败（{error.strerror}）；检查磁盘空间和权限",
            f"reading or writing{where} failed ({error.strerror}); check the disk and the "
            "permissions",
        )
        sys.stdout = _nowhere()  # what waits to be written is lost
        _end(Refused("io", words))
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _usage(error)


def _prepare_signals() -> None:
    """Let those who end the run, or close its terminal, end it as Ctrl-C does: in good order."""

    def end(number: int, _: object) -> None:
        _stopped(number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
            signal.signal(getattr(signal, name), end)


def _stopped(number: int) -> NoReturn:
    """End because somebody wants it; what was begun is put away on the way out."""
    words = Bilingual("已中断；没有写完的结果不保留", "stopped; nothing half-written is kept")
    with suppress(OSError):
        typer.echo(words.in_(_language()), err=True)
    sys.exit(128 + number)


def _usage(error: Any) -> None:
    """A command line that cannot be understood; an empty one is answered with the help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(BAD_INPUT)
    found = str(error.format_message()).strip().rstrip(".")
    words = Bilingual(
        f"命令有误：{found}；用 --help 看写法", f"{found}; --help shows how to write it"
    )
    _end(Refused("bad_usage", words))


def _end(refused: Refused) -> None:
    say_refusal(refused, _language(), as_json="--json" in sys.argv[1:])
    sys.exit(BAD_INPUT)


def _language() -> Language:
    said = [after for word, after in pairwise(sys.argv[1:]) if word == "--lang"]
    return chosen_language(said[-1] if said and said[-1] in ("zh", "en") else None)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _prepare_streams() -> None:
    """Let any terminal show what it can, and a reader that leaves early end the run quietly."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
