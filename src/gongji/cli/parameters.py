"""Parameters that a document leaves open, as options of commands on tables say them."""

from __future__ import annotations

from typing import Annotated

import typer

from gongji.cli.options import Said, by_option
from gongji.engine.bill import FactValue
from gongji.engine.parameters import read_parameters
from gongji.policy.versions import Library

__all__ = ["ParameterOption", "parameters_of"]

ParameterOption = Annotated[
    list[str] | None, typer.Option(help="文件未定的参数，名称=值 · a parameter, name=value")
]


def parameters_of(library: Library, name: str, written: list[str] | None) -> dict[str, FactValue]:
    """Parameters as supplied, read by the latest version of a policy.  Raises `Refused`."""
    said = Said()
    said.pairs("parameters", "--parameter", written)
    latest = library.versions(name)[-1].in_force.first
    chosen = library.policy(f"{name.partition('@')[0]}@{latest}", latest)
    with by_option({}):
        return read_parameters(chosen, said.about["parameters"])
