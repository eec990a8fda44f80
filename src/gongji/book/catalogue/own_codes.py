"""An institution's own codes for items: approved or turned down by the agency, looked up by day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from gongji.book.acts import Act
from gongji.book.known import standing
from gongji.book.schema.catalogue import OWN_ITEM
from gongji.book.schema.places import INSTITUTION
from gongji.wording import Bilingual, Refused

__all__ = ["OwnItem", "approve_own_items", "item_meant", "own_items", "own_items_of"]

_DAY = timedelta(days=1)


class OwnItem(NamedTuple):
    """What an institution means by a code of its own; not `approved` or turned down yet: empty."""

    number: int
    institution: str
    own: str
    name: str
    item: str
    approved: bool | None
    since: date
    until: date | None


def approve_own_items(
    act: Act, institution: str, numbers: Sequence[int], *, approved: bool
) -> None:
    """Approve own codes by the numbers of their rows, or turn them down.

    All of them or none.  Raises `Refused` (`unknown_own_item`).
    """
    mine = select(INSTITUTION.c.code).where(INSTITUTION.c.code == institution)
    act.connection.execute(mine.with_for_update(key_share=True)).all()
    there = {
        row.id: row
        for row in act.connection.execute(
            select(OWN_ITEM).where(
                OWN_ITEM.c.id.in_(numbers)
                & (OWN_ITEM.c.institution == institution)
                & OWN_ITEM.c.ended.is_(None)
            )
        )
    }
    for number in numbers:
        if number not in there:
            raise Refused(
                "unknown_own_item",
                Bilingual(f"{institution} 没有编号为 {number} 的院内编码对照，或已被新的对照取代",
                          f"{institution} has no mapping {number}, or another has replaced it"),
                {"field": "numbers"},
            )  # fmt: skip
    other = [row for row in there.values() if row.approved is not approved]
    if not other:
        return
    act.connection.execute(
        update(OWN_ITEM)
        .where(OWN_ITEM.c.id.in_([row.id for row in other]))
        .values(ended=act.number)
    )
    act.connection.execute(
        insert(OWN_ITEM),
        [
            {
                "institution": row.institution, "own": row.own, "name": row.name, "item": row.item,
                "approved": approved, "since": row.since, "until": row.until, "act": act.number,
            }
            for row in other
        ],
    )  # fmt: skip


def own_items_of(
    connection: Connection,
    institution: str,
    known_on: date | None = None,
    *,
    after: int = 0,
    most: int = 100,
) -> list[OwnItem]:
    """An institution's own codes in the order of their rows, a page at a time."""
    rows = connection.execute(
        select(OWN_ITEM)
        .where(
            (OWN_ITEM.c.institution == institution)
            & (OWN_ITEM.c.id > after)
            & standing(OWN_ITEM, known_on)
        )
        .order_by(OWN_ITEM.c.id)
        .limit(most)
    )
    return [_own(row) for row in rows]


def own_items(
    connection: Connection, institution: str, codes: Collection[str]
) -> dict[str, list[OwnItem]]:
    """All mappings that stand of some own codes, whichever their days."""
    found: dict[str, list[OwnItem]] = {code: [] for code in codes}
    rows = connection.execute(
        select(OWN_ITEM).where(
            (OWN_ITEM.c.institution == institution)
            & OWN_ITEM.c.own.in_(codes)
            & OWN_ITEM.c.ended.is_(None)
        )
    )
    for row in rows:
        found[row.own].append(_own(row))
    return found


def item_meant(mappings: Sequence[OwnItem], own: str, day: date, where: str) -> str:
    """The item that an own code stands for on a day.

    Raises `Refused`: `unmapped_item` with since when it is none any more, `not_approved`.
    """
    there = [
        one for one in mappings if one.since <= day and (one.until is None or one.until >= day)
    ]
    if not there:
        past = [one.until + _DAY for one in mappings if one.until is not None and one.until < day]
        told = Bilingual(f"院内编码 {own} 在 {day} 没有与国家编码对照；请先上传对照",
                         f"the own code {own} stands for no item on {day}; upload what it stands "
                         "for first")  # fmt: skip
        if past:
            told = Bilingual(f"院内编码 {own} 的对照自 {max(past)} 起已经停用；请上传新的对照",
                             f"the own code {own} stands for no item since {max(past)}; upload "
                             "what it stands for now")  # fmt: skip
        raise Refused("unmapped_item", _at(where) + told, {"field": where})
    (one,) = there
    if one.approved:
        return one.item
    if one.approved is None:
        told = Bilingual("还没有审核", "nobody has looked at it yet")
    else:
        told = Bilingual(
            "审核没有通过，请改正后重新上传", "it was turned down; mend it and upload it again"
        )
    raise Refused(
        "not_approved",
        _at(where)
        + Bilingual(f"院内编码 {own} 与 {one.item} 的对照不能用：",
                    f"the own code {own} does not stand for {one.item} yet: ")
        + told,
        {"field": where},
    )  # fmt: skip


def _at(where: str) -> Bilingual:
    return Bilingual(f"{where}：", f"{where}: ")


def _own(row: Row[Any]) -> OwnItem:
    return OwnItem(
        row.id, row.institution, row.own, row.name, row.item, row.approved, row.since, row.until
    )
