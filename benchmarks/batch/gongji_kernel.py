"""The kernel: the policy of rule set A compiled to one loop, on columns in memory.

Made ready beforehand: the program (compiled once, then found on disk) and the result columns, as
those of a caller who settles in place.  Persons' meters are kept for a block of persons at a time;
in date order, for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admissions import Admissions
from gongji.kernel.compiled import Ready, bits_of, compiled
from gongji.kernel.program import Shape
from gongji.policy.model import Interval
from gongji.policy.versions import BUILT_IN, Library
from gongji_engine import POLICIES, POLICY
from job import Columns, Job

__all__ = ["by_person", "date_order", "sort_included", "with_steps"]

Array = NDArray[Any]

YEAR = Interval(date(2024, 1, 1), date(2024, 12, 31))
BLOCK = 4096
WANTED = ("imposed_deductible", "pay_pool", "pay_large_amount", "person")


def by_person(data: Admissions, _threads: int) -> Job:
    """Columns sorted by person."""
    return Job(_sorted(data, _ready(steps=False)), len(data))


def with_steps(data: Admissions, _threads: int) -> Job:
    """Columns sorted by person; beside the results what it takes to explain every row."""
    return Job(_sorted(data, _ready(steps=True)), len(data))


def date_order(data: Admissions, _threads: int) -> Job:
    """Columns in date order: the meters of all persons at once, nothing sorted."""
    ready = _ready(steps=False)
    inputs, outputs = _columns(data, ready)
    state = np.zeros(data.persons * ready.program.layout.width, np.int64)
    windows = np.zeros_like(state)
    arguments = [_of(name, inputs, state, windows) for name in ready.program.inputs]

    def settle() -> Columns:
        state[:] = 0
        ready.run(0, len(data), 0, 0, [*arguments, *outputs.values()])
        return [outputs[name] for name in WANTED]

    return Job(settle, len(data))


def sort_included(data: Admissions, _threads: int) -> Job:
    """Date order in, claim order out: sorted, settled, put back."""
    ready = _ready(steps=False)
    result = [np.empty(len(data), np.int64) for _ in WANTED]
    key = np.empty(len(data), np.int64)

    def settle() -> Columns:
        np.left_shift(data.person, 32, out=key, dtype=np.int64)
        key[:] += np.arange(len(data))
        key.sort()
        order = key & 0xFFFFFFFF
        columns = _sorted(data.taken(order), ready)()
        for into, column in zip(result, columns, strict=True):
            into[order] = column
        return result

    return Job(settle, len(data))


def _ready(*, steps: bool) -> Ready:
    policy = Library((BUILT_IN, POLICIES)).policy(POLICY, YEAR.first)
    facts = frozenset({"setting", "tier"})
    shape = Shape(
        facts, frozenset(), YEAR, frozenset({"in_scope"}), plain=True,
        causes=("deductible",), steps=steps,
    )  # fmt: skip
    return compiled(policy, {}, shape)


def _sorted(data: Admissions, ready: Ready) -> Callable[[], Columns]:
    """Settles columns sorted by person, block after block of persons."""
    inputs, outputs = _columns(data, ready)
    state = np.zeros(BLOCK * ready.program.layout.width, np.int64)
    windows = np.zeros_like(state)
    persons = np.arange(0, data.persons, BLOCK)
    starts = np.searchsorted(data.person, persons.astype(np.int32)).tolist()
    blocks = list(zip(persons.tolist(), starts, [*starts[1:], len(data)], strict=True))
    arguments = [_of(name, inputs, state, windows) for name in ready.program.inputs]
    arguments += outputs.values()

    def settle() -> Columns:
        for base, first, last in blocks:
            state[:] = 0
            ready.run(first, last, 0, base, arguments)
        return [outputs[name] for name in WANTED]

    return settle


def _columns(data: Admissions, ready: Ready) -> tuple[dict[str, Array], dict[str, Array]]:
    layout = ready.program.layout
    inputs: dict[str, Array] = {
        "a_person": data.person,
        "a_pv": data.person,
        "a_day": data.day,
        "a_in_scope": data.amount,
        "c_setting": np.zeros(len(data), np.int8),
        "c_tier": data.tier - np.int8(1),
    }
    outputs = {
        name: np.zeros(len(data), f"i{bits_of(layout, f'o_{name}') // 8}")
        for name in ready.program.outputs
    }
    return inputs, outputs


def _of(name: str, inputs: dict[str, Array], state: Array, windows: Array) -> Array:
    if name in ("s", "w"):
        return state if name == "s" else windows
    return inputs[name]
