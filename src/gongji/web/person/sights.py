"""Who looked at what of somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gongji.book.acts import day_in_china
from gongji.web.entrance.caller import Caller
from gongji.web.every import every
from gongji.web.money.named import service_titles
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["read_sights"]

_MOST = 100
_OUTCOMES = {
    "done": Bilingual("看了", "seen"),
    "tried": Bilingual("只是试算", "tried only"),
}
_REFUSED = Bilingual("没有给看", "refused")


async def read_sights(caller: Caller, subject: Subject) -> list[dict[str, Any]]:
    """The latest looks by others than the caller since a year began, each once a day.

    Who looks today looks at years gone by, so the looks of later years are shown as well.
    """
    assert caller.who is not None
    titles, own = service_titles(), caller.who.name
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    path = f"/persons/{subject.person}/sights"
    for one in reversed(await every(caller.door, path, first=subject.first)):
        day = day_in_china(datetime.fromisoformat(one["at"]))
        if one["by"] == own:
            continue
        name = one["service"]
        told.setdefault(
            (str(day), one["by"], name),
            {"day": day, "by": one["by"], "what": titles.get(name, Bilingual(name, name)),
             "outcome": _OUTCOMES.get(one["outcome"], _REFUSED)},
        )  # fmt: skip
    return list(told.values())[:_MOST]
