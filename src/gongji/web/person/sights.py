"""Who looked at what of somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gongji.book.acts import day_in_china
from gongji.web.entrance.caller import Caller
from gongji.web.money.named import service_titles
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["read_sights"]

_MOST = 100
_LOOKED_AT = 200
_OUTCOMES = {
    "done": Bilingual("看了", "seen"),
    "tried": Bilingual("只是试算", "tried only"),
}
_REFUSED = Bilingual("没有给看", "refused")


async def read_sights(caller: Caller, subject: Subject) -> list[dict[str, Any]]:
    """The latest looks by others than the caller since a year began, each once a day.

    Who looks today looks at years gone by, so the looks of later years are shown as well.
    """
    titles = service_titles()
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    latest = await caller.door.get(
        f"/persons/{subject.person}/sights", first=subject.first, others="yes", order="newest",
        most=_LOOKED_AT,
    )  # fmt: skip
    for one in latest["items"]:
        day = day_in_china(datetime.fromisoformat(one["at"]))
        name = one["service"]
        told.setdefault(
            (str(day), one["by"], name),
            {"day": day, "by": one["by"], "what": titles.get(name, Bilingual(name, name)),
             "outcome": _OUTCOMES.get(one["outcome"], _REFUSED)},
        )  # fmt: skip
    return list(told.values())[:_MOST]
