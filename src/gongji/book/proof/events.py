"""Whether what was settled is what was brought in: the visit, and the lines of its bill."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gongji.book.proof.found import Found
from gongji.book.proof.stretch import Kept, Stretch
from gongji.engine.amounts import AMOUNTS
from gongji.wording import Bilingual

__all__ = ["event_differences"]


def event_differences(stretch: Stretch) -> Iterator[Found]:
    """Settlements that are of another visit, or of other lines, than there are."""
    said: dict[str, Mapping[str, Any]] = {}
    for one in stretch.kept:
        text, bill = one.visit_said, one.bill
        if text is not None and text not in said:
            said[text] = json.loads(text)
        if (
            text is None
            or not one.visit_same
            or bill.get("date") != one.day.isoformat()
            or not said[text].items() <= bill.items()
        ):
            yield Found(one.at(2), _other(one.number, "就诊", "visit"))
        elif one.ended is None and not _same_lines(one, stretch.lines.get(one.visit, ())):
            yield Found(one.at(2), _other(one.number, "明细", "lines"))


def _same_lines(one: Kept, lines: Sequence[str]) -> bool:
    """Whether the bill has the lines of its visit; both are JSON in the one form.

    A line may have facts besides, by the person's registrations, but no amounts.
    """
    text = f'"items":[{",".join(lines)}]'
    items = one.bill["items"]
    return text in one.bill_text or (
        len(items) == len(lines) and all(map(_has, items, (json.loads(line) for line in lines)))
    )


def _has(item: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """Whether a line that was settled is one that was brought in."""
    more = item.keys() - line.keys()
    return more.isdisjoint(AMOUNTS) and all(item.get(name) == line[name] for name in line)


def _other(number: int, zh: str, en: str) -> Bilingual:
    return Bilingual(
        f"结算 {number}：结算所依据的{zh}与保存的{zh}不同",
        f"settlement {number}: the {en} it was made by are not the {en} that are kept",
    )
