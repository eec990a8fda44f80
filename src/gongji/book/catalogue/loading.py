"""Loading the catalogue: a file is taken whole or not at all.

A row says all of its key (such as a code in an area) from its first day on: what stood there before
that day stays, what the file does not say of later days ends.  The same file again changes nothing;
keys that are not in the file are left alone, unless it is said to be the whole of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from gongji.book.acts import Act
from gongji.book.catalogue.columns import CLASSES, FILES, File, columns_of, words_of
from gongji.book.catalogue.initials import initials_of, plain
from gongji.book.catalogue.stretches import Stretch, said_from
from gongji.book.known import standing
from gongji.book.places import known
from gongji.book.schema.catalogue import ITEM, OWN_ITEM
from gongji.book.schema.places import AREA, INSTITUTION
from gongji.book.sheets import Problem, Sheet, refuse, rows_of
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Loaded", "load_catalogue", "load_own_items"]

_AT_A_TIME = 1000
_FEW = 5000

Key = tuple[str, ...]
Rows = list[tuple[int, dict[str, Any]]]


class Loaded(NamedTuple):
    """How many rows a file had, and how many rows of the book were written and ended by it."""

    rows: int
    added: int
    ended: int


def load_catalogue(
    act: Act, library: Library, kind: str, sheet: Sheet, missing_from: date | None = None
) -> Loaded:
    """Load a sheet of `items`, `caps`, `rates` or `lists`.

    With `missing_from` the sheet is the whole of its scope (for items those of its areas and kinds,
    for caps its areas, for rates its areas and policies, for lists its lists), and what is not in
    it ends before that day.  Raises `Refused` (`bad_file`) with row and column.
    """
    assert kind in FILES
    assert kind != "own_items"
    act.connection.execute(select(AREA.c.code).with_for_update(key_share=True)).all()
    return _loaded(act, library, kind, sheet, {}, missing_from)


def load_own_items(
    act: Act, library: Library, institution: str, sheet: Sheet, missing_from: date | None = None
) -> Loaded:
    """Load the codes that an institution has of its own; they wait to be approved.

    A mapping whose name and item stay the same keeps its approval.  Raises `Refused`
    (`unknown_institution`, `bad_file`).
    """
    known(act, INSTITUTION, institution)
    mine = select(INSTITUTION.c.code).where(INSTITUTION.c.code == institution)
    act.connection.execute(mine.with_for_update(key_share=True)).all()
    return _loaded(act, library, "own_items", sheet, {"institution": institution}, missing_from)


def _loaded(
    act: Act,
    library: Library,
    kind: str,
    sheet: Sheet,
    given: Mapping[str, Any],
    missing_from: date | None,
) -> Loaded:
    file = _file(kind, sheet)
    problems: list[Problem] = []
    columns = columns_of(kind, words_of(act.connection, library))
    rows = [
        (number, _completed(file, {**given, **row}))
        for number, row in rows_of(sheet, columns, problems)
    ]
    said = _said(file, rows, problems)
    if kind != "items":
        _items_there(act, rows, problems)
    if problems:
        raise refuse(sheet.name, problems)
    if not rows:
        raise Refused(
            "bad_file",
            Bilingual(
                f"{sheet.name} 只有列名，没有内容", f"{sheet.name} has a head line and no rows"
            ),
            {"field": sheet.name},
        )
    standing = _standing(act, file, list(said), rows, missing_from is not None)
    ended: list[int] = []
    added: list[dict[str, Any]] = []
    for key in {**said, **standing}:
        new = said.get(key, [])
        first = min(one.since for one in new) if new else missing_from
        assert first is not None
        change = said_from(first, standing.get(key, []), new)
        ended += change.ended
        added += [_row(act, file, key, one) for one in change.added]
    for some in _parts(ended):
        act.connection.execute(
            update(file.table).where(file.table.c.id.in_(some)).values(ended=act.number)
        )
    for part in _parts(added):
        act.connection.execute(insert(file.table), list(part))
    return Loaded(len(rows), len(added), len(ended))


def _file(kind: str, sheet: Sheet) -> File:
    """A kind of file; initials that it gives itself are part of what it says."""
    file = FILES[kind]
    if kind == "items" and {"initials", "拼音助记码"} & {one.strip() for one in sheet.head}:
        return file._replace(values=(*file.values, "initials"), beside=("seek",))
    return file


def _completed(file: File, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what its file does not say."""
    if file.table is OWN_ITEM:
        return {**row, "approved": None}
    if file.table is not ITEM:
        return row
    if "initials" in file.values and not row["initials"]:
        row["initials"] = initials_of(row["name"])
    return {**row, "seek": plain(row["name"])}


def _said(file: File, rows: Rows, problems: list[Problem]) -> dict[Key, list[Stretch]]:
    """What a file says of each key; stretches that overlap are problems."""
    found: dict[Key, list[tuple[Stretch, int]]] = defaultdict(list)
    for number, row in rows:
        one = _stretch(file, row)
        if one.until is not None and one.until < one.since:
            what = Bilingual(f"结束日期早于开始日期 {one.since}",
                             f"is before it begins, on {one.since}")  # fmt: skip
            problems.append(Problem(number, "until", what))
            continue
        found[_key(file, row)].append((one, number))
    for key, every in found.items():
        every.sort(key=lambda one: one[0].since)
        for (before, place), (one, number) in pairwise(every):
            if before.until is None or before.until >= one.since:
                what = Bilingual(
                    f"{key[0]} 与第 {place} 行的日期重叠", f"{key[0]} overlaps row {place}"
                )
                problems.append(Problem(number, "since", what))
    return {key: [one for one, _ in every] for key, every in found.items()}


def _items_there(act: Act, rows: Rows, problems: list[Problem]) -> None:
    """Codes that the catalogue never had are problems."""
    wanted = {row["item"] for _, row in rows} - set(CLASSES)
    there: set[str] = set()
    for some in _parts(sorted(wanted)):
        mine = ITEM.c.code.in_(some) & ITEM.c.ended.is_(None)
        there.update(act.connection.scalars(select(ITEM.c.code).where(mine)))
    for number, row in rows:
        if row["item"] in wanted - there:
            what = Bilingual(
                f"目录里没有 {row['item']}，先载入项目目录",
                f"the catalogue has no {row['item']}; load the items first",
            )
            problems.append(Problem(number, "item", what))


def _standing(
    act: Act,
    file: File,
    keys: Sequence[Key],
    rows: Rows,
    whole: bool,  # noqa: FBT001
) -> dict[Key, list[Stretch]]:
    """What stands of the keys of a file; of a whole one, of everything in its scope."""
    scope = {tuple(row[name] for name in file.scope) for _, row in rows}
    wanted = set(keys)
    found: dict[Key, list[Stretch]] = defaultdict(list)
    for row in _rows_standing(act, file, keys, rows, everything=whole or len(keys) > _FEW):
        values = row._mapping  # noqa: SLF001 - what SQLAlchemy calls a row's public mapping
        key = _key(file, values)
        if key in wanted or (whole and tuple(values[name] for name in file.scope) in scope):
            found[key].append(_stretch(file, values))
    return found


def _rows_standing(
    act: Act, file: File, keys: Sequence[Key], rows: Rows, *, everything: bool
) -> Iterator[Row[Any]]:
    stands = standing(file.table, None)
    if "institution" in file.key:
        stands &= file.table.c.institution == rows[0][1]["institution"]
    if everything:
        yield from act.connection.execute(select(file.table).where(stands))
        return
    place = 1 if "institution" in file.key else 0
    column = file.table.c[file.key[place]]
    for some in _parts(sorted({key[place] for key in keys})):
        yield from act.connection.execute(select(file.table).where(stands & column.in_(some)))


def _stretch(file: File, row: Mapping[Any, Any]) -> Stretch:
    values = tuple(row[name] for name in file.values)
    beside = tuple(row[name] for name in file.beside)
    return Stretch(row["since"], row["until"], values, beside, row.get("id"))


def _key(file: File, row: Mapping[Any, Any]) -> Key:
    return tuple(row[name] for name in file.key)


def _row(act: Act, file: File, key: Key, one: Stretch) -> dict[str, Any]:
    row = {
        **dict(zip(file.key, key, strict=True)),
        **dict(zip(file.values, one.values, strict=True)),
        **dict(zip(file.beside, one.beside, strict=True)),
        "since": one.since, "until": one.until, "act": act.number,
    }  # fmt: skip
    if file.table is ITEM:  # worked out for new rows only, for it takes its time
        row["initials"] = row["initials"] or initials_of(row["name"])
    return row


def _parts(every: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(every), _AT_A_TIME):
        yield every[start : start + _AT_A_TIME]
