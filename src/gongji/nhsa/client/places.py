"""Where a value stands in JSON: `data.psn_no`, `feedetail[0].cnt`; read there and put there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Never

from gongji.wording import Bilingual, Refused, shortened

__all__ = ["put_at", "value_at"]

_PART = re.compile(r"([^.\[\]]+)|\[([0-9]{1,4})\]", re.ASCII)
_PLACE = re.compile(r"[^.\[\]]+(\[[0-9]{1,4}\]|\.[^.\[\]]+)*", re.ASCII)


def value_at(held: object, place: str) -> object:
    """The value at a place; a list with no number after it means its first row.

    Raises `LookupError` where there is nothing.
    """
    found: Any = held
    for part in _parts(place):
        if isinstance(part, int):
            found = found[part] if isinstance(found, list) else _nothing(place)
            continue
        if isinstance(found, list) and found:
            found = found[0]
        found = found[part] if isinstance(found, Mapping) else _nothing(place)
    return found


def put_at(held: dict[str, Any], place: str, value: object) -> None:
    """Put a value at a place of an object; rows and objects on the way are made.

    Raises `Refused` (`bad_input`) where the place cannot be.
    """
    parts = _parts(place)
    at: Any = held
    for part, after in pairwise(parts):
        at = _inside(at, part, [] if isinstance(after, int) else {}, place)
    _inside(at, parts[-1], value, place, over=True)


def _inside(at: Any, part: str | int, made: object, place: str, *, over: bool = False) -> Any:
    """What stands at a part of `at`, put there where nothing does or where that is put over."""
    if isinstance(part, str) and isinstance(at, dict):
        if over or part not in at:
            at[part] = made
        return at[part]
    if isinstance(part, int) and isinstance(at, list) and part <= len(at):
        if part == len(at):
            at.append(made)
        elif over:
            at[part] = made
        return at[part]
    raise Refused(
        "bad_input",
        Bilingual(
            f"“{shortened(place)}”放不进去：前面已是别的内容，或列表中间缺行（从 [0] 起逐行写）",
            f"{shortened(place)!r} does not fit: something else stands before it, or rows are left "
            "out (write them in order from [0])",
        ),
        {"field": place},
    )


def _nothing(place: str) -> Never:
    raise LookupError(place)


def _parts(place: str) -> list[str | int]:
    """Raises `Refused` (`bad_input`) for what is no place."""
    if not _PLACE.fullmatch(place):
        raise Refused(
            "bad_input",
            Bilingual(
                f"“{shortened(place)}”应写成 节点.字段，列表写成 节点[0].字段",
                f"{shortened(place)!r} should be node.field, in a list node[0].field",
            ),
            {"field": place},
        )
    return [name or int(number) for name, number in _PART.findall(place)]
