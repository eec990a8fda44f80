"""The `gongji` command in this process, as a terminal would call it."""

from __future__ import annotations

from typer.testing import CliRunner

from gongji.cli.main import command_line

__all__ = ["run"]


def run(*words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command line."""
    result = CliRunner().invoke(
        command_line(), list(words), env={"COLUMNS": "80", "LANG": "C.UTF-8"}
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr
