"""The tables by which a city is brought in: their names, their columns, and how rows are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from gongji.book.persons.facts import Said
from gongji.book.sheets import Sheet
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused, listed, shortened

__all__ = ["PAID_BEFORE", "TABLES", "Line", "Table", "columns_of", "table_of"]


class Table(NamedTuple):
    """A kind of table: its title, its columns with theirs, those that may be left out.

    Further columns are facts, or parameters of a scheme, by name or Chinese title.
    """

    title: Bilingual
    columns: Mapping[str, Bilingual]
    optional: tuple[str, ...] = ()
    more: bool = False


PAID_BEFORE = ("first_paid", "through", "months")
"""What a person had paid before the book began: all three columns, or none."""

_AREA = Bilingual("统筹区", "pooling area")
_SINCE = Bilingual("起始日", "since")
TABLES: Mapping[str, Table] = {
    "areas": Table(
        _AREA,
        {"code": Bilingual("代码", "code"), "zh": Bilingual("中文名", "name in Chinese"),
         "en": Bilingual("英文名", "name in English")},
    ),
    "schemes": Table(
        Bilingual("险种", "schemes"),
        {"area": _AREA, "policy": Bilingual("政策", "policy")},
        more=True,
    ),
    "institutions": Table(
        Bilingual("医药机构", "institutions"),
        {"code": Bilingual("代码", "code"), "area": _AREA, "name": Bilingual("名称", "name"),
         "since": _SINCE},
        more=True,
    ),
    "employers": Table(
        Bilingual("单位", "employers"),
        {"code": Bilingual("代码", "code"), "area": _AREA, "kind": Bilingual("类型", "kind"),
         "name": Bilingual("名称", "name")},
    ),
    "persons": Table(
        Bilingual("参保人员", "persons"),
        {"identity": Bilingual("身份证号", "identity number"), "name": Bilingual("姓名", "name"),
         "scheme": Bilingual("险种", "scheme"), "since": _SINCE,
         "employer": Bilingual("单位", "employer"),
         "first_paid": Bilingual("首次缴费日", "first paid on"),
         "through": Bilingual("缴至", "paid through"),
         "months": Bilingual("累计月数", "months paid")},
        ("employer", *PAID_BEFORE),
        more=True,
    ),
}  # fmt: skip
"""What can be brought in, in the order in which one needs the other."""


def table_of(sheet: Sheet) -> str:
    """Which table a sheet is, by the name of its file.  Raises `Refused` (`bad_file`)."""
    for name, table in TABLES.items():
        if PurePath(sheet.name).stem.strip().lower() in (name, table.title.zh):
            return name
    names = listed(f"{name}（{one.title.zh}）" for name, one in TABLES.items())
    raise Refused(
        "bad_file",
        Bilingual(
            f"{sheet.name}：不知道是什么表；文件名应为：{names}",
            f"{sheet.name}: it is not known which table this is; expected a file called one of: "
            f"{names}",
        ),
        {"field": sheet.name, "choices": list(TABLES)},
    )


def columns_of(sheet: Sheet, table: Table) -> list[str]:
    """The names of a sheet's columns, in their order.  Raises `Refused` (`bad_file`)."""
    titles = {title.zh: name for name, title in table.columns.items()}
    named = [titles.get(one, one) for one in sheet.head]
    missing = [one for one in table.columns if one not in named and one not in table.optional]
    unknown = [one for one in named if one not in table.columns and not (table.more and one)]
    twice = [one for index, one in enumerate(named) if one in named[:index]]
    if missing:
        title = table.columns[missing[0]]
        raise _bad_columns(
            sheet, f"缺少 {missing[0]}（{title.zh}）列", f"the column {missing[0]} is missing"
        )
    if twice:
        raise _bad_columns(sheet, f"有两列 {twice[0]}", f"there are two columns {twice[0]}")
    if unknown:
        names = listed(f"{name}（{title.zh}）" for name, title in table.columns.items())
        raise _bad_columns(
            sheet,
            f"没有“{shortened(unknown[0])}”这一列，应为：{names}",
            f"“{shortened(unknown[0])}” is no column; expected: {names}",
        )
    return named


def _bad_columns(sheet: Sheet, zh: str, en: str) -> Refused:
    return Refused(
        "bad_file",
        Bilingual(f"{sheet.name}：{zh}", f"{sheet.name}: {en}"),
        {"field": sheet.name},
    )


class Line:
    """A row by the names of its columns; what is no column of the table itself is a fact."""

    def __init__(self, named: Sequence[str], cells: Sequence[str]) -> None:
        self._cells = dict(zip(named, cells, strict=True))

    def __getitem__(self, name: str) -> str:
        """What a cell says.  Raises `Refused` (`missing_field`) where it is empty."""
        value = self._cells[name]
        if not value:
            raise Refused(
                "missing_field", Bilingual("没有填写", "it is not filled in"), {"field": name}
            )
        return value

    def get(self, name: str) -> str | None:
        """What a cell says; None where it is empty or the column is not there."""
        return self._cells.get(name) or None

    def more(self, table: str, *policies: Policy) -> dict[str, Said]:
        """What further columns say, by the names that policies have for their Chinese titles."""
        own = TABLES[table].columns
        titles = {fact.title.zh: name for one in policies for name, fact in one.facts.items()}
        return {
            titles.get(name, name): value
            for name, value in self._cells.items()
            if name not in own and value
        }
