"""Programs ready to run: compiled to machine code and kept on disk, or run by Python itself."""

from __future__ import annotations

import ctypes
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from numpy.typing import NDArray

from gongji.engine.bill import FactValue
from gongji.kernel import calendar
from gongji.kernel.layout import Layout, width_of
from gongji.kernel.meters import has_one_window
from gongji.kernel.program import Program, Shape, program_of
from gongji.policy.cache import code_stamp, keep, kept
from gongji.policy.model import Policy

__all__ = ["Column", "Ready", "Runner", "bits_of", "compiled", "interpreted"]

Column = NDArray[Any]

_NARROW = {"a_way": 16, "a_lines": 16, "a_person": 32, "a_pv": 32, "a_day": 32, "o_status": 16}


Runner = Callable[[int, int, int, int, Sequence[Column]], None]
"""Settles the lines from a first to before a last of which `a_way` is the third number.

The fourth is the number of the person whose meters stand first in `s` and `w`.

The columns are the program's inputs and outputs in its order, each of the width of `bits_of`;
outputs are written in place.
"""


class Ready(NamedTuple):
    """A program, and what runs it."""

    program: Program
    run: Runner


class _Kept(NamedTuple):
    """A program as it is kept on disk."""

    program: Program
    code: bytes


def bits_of(layout: Layout, name: str) -> int:
    """How wide the numbers of a column are, in bits: the least that hold what it can hold."""
    if name in _NARROW:
        return _NARROW[name]
    for fact in layout.facts:
        if name == f"c_{fact.name}":
            return width_of(fact)
    return 64


def compiled(policy: Policy, parameters: Mapping[str, FactValue], shape: Shape) -> Ready:
    """The program of a policy in machine code: made once, then found on disk.

    Raises `Unsupported` where the engine has to settle instead.
    """
    from gongji.kernel.native import Native, machine_name, native_code

    said = [f"{name}={value}" for name, value in sorted(parameters.items())]
    words = [policy.id, policy.digest, *said, *_words(policy, shape), machine_name()]
    stamp = code_stamp(Path(__file__).parent)
    digest = hashlib.sha256(stamp + "\n".join(words).encode()).hexdigest()
    found = kept(digest)
    if not isinstance(found, _Kept):
        program = program_of(policy, parameters, shape)
        bits = {
            name: bits_of(program.layout, name)
            for name in (*program.inputs, *(f"o_{name}" for name in program.outputs))
        }
        helpers = inspect.getsource(calendar)
        found = _Kept(program, native_code(program.text, helpers, program.arrays, bits))
        keep(digest, found)
    return Ready(found.program, _called(Native(found.code), found.program))


def _words(policy: Policy, shape: Shape) -> list[str]:
    """What a program hangs on besides its policy and parameters."""
    single = [name for name, one in policy.meters.items() if has_one_window(one, shape.span)]
    return [
        " ".join(sorted(shape.said)),
        " ".join(sorted(shape.by_person)),
        " ".join(single),
        " ".join(sorted(shape.parts)),
        f"{shape.plain} {shape.lanes} {shape.causes} {shape.steps}",
    ]


def _called(native: object, program: Program) -> Runner:
    """Machine code as a function of columns; other threads go on while it runs."""
    address: int = native.address  # type: ignore[attr-defined]
    count = len(program.inputs) + len(program.outputs)
    kinds = [ctypes.c_int64] * 4 + [ctypes.c_void_p] * count
    settle = ctypes.CFUNCTYPE(None, *kinds)(address)
    settle.keeps = native  # type: ignore[attr-defined] # the code lives as long as its caller

    known: list[tuple[Sequence[Column], list[int]]] = []  # the addresses of the last columns

    def run(first: int, last: int, way: int, base: int, columns: Sequence[Column]) -> None:
        last_known = known[-1] if known else None
        if last_known is None or last_known[0] is not columns:
            places = [column.__array_interface__["data"][0] for column in columns]
            last_known = (columns, places)
            known[:] = [last_known]
        settle(first, last, way, base, *last_known[1])

    return run


def interpreted(policy: Policy, parameters: Mapping[str, FactValue], shape: Shape) -> Ready:
    """The program run by Python itself: slow, and the same to the fen.

    Raises `Unsupported` where the engine has to settle instead.
    """
    program = program_of(policy, parameters, shape)
    names: dict[str, object] = {name: getattr(calendar, name) for name in calendar.__all__}
    names |= {name: list(values) for name, values in program.arrays.items()}
    names["np"] = SimpleNamespace(int64=int, zeros=lambda size, _: [0] * size)
    names["whole"] = lambda one, other: one // other
    exec(compile(program.text, "<program>", "exec"), names)  # noqa: S102 - our own text
    settle: Callable[..., None] = names["settle"]  # type: ignore[assignment]

    whole = {"s", "w", *(f"c_{name}" for name in shape.by_person)}
    by_line = [name not in whole for name in (*program.inputs, *program.outputs)]

    def run(first: int, last: int, way: int, base: int, columns: Sequence[Column]) -> None:
        some = [
            column[first:last] if lined else column
            for column, lined in zip(columns, by_line, strict=True)
        ]
        lists = [column.tolist() for column in some]
        settle(0, last - first, way, base, *lists)
        names = (*program.inputs, *(None for _ in program.outputs))
        for name, column, values in zip(names, some, lists, strict=True):
            if name in (None, "s", "w"):
                column[:] = values

    return Ready(program, run)
