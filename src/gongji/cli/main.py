"""The `gongji` command.

Exit status: 0 fine, 1 a case or a check failed, 2 bad input.  Commands import what they need when
they run, so that a settlement starts at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from gongji.cli.policies import policies, policy
from gongji.cli.schema import schema
from gongji.cli.settle import settle
from gongji.cli.test import test

__all__ = ["app", "main"]

app = typer.Typer(
    name="gongji",
    help="共济：把基本医疗保险的规则变成软件 · China's basic medical insurance as software",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (settle, test, policies, policy, schema):
    app.command()(command)


def _version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("gongji"))
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=lambda asked: _version(asked=asked), is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; nothing that goes wrong shows a traceback."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except RecursionError:
        sys.stderr.write("输入嵌套过深 · the input is nested too deeply\n")
        sys.exit(2)
