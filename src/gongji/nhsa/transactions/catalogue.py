"""Catalogues to be downloaded: a file of what changed since the version that an institution has.

The book keeps drugs, herbal pieces, services and materials; a file has those columns of the
agency's that it knows, the others are `null`.  Diseases of outpatient care are those that the
schemes of the area know.  Of diagnoses, operations and the other catalogues the book keeps none:
their files are empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from gongji.book.acts import Act, in_china
from gongji.book.catalogue.changes import Changed, changes_since
from gongji.book.exchange.files import keep_file
from gongji.book.schema.places import SCHEME
from gongji.nhsa.mapping.items import LEVELS, charge_of, list_type_of
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.moments import moment_text
from gongji.nhsa.messages.tab_files import packed
from gongji.nhsa.services import Service, Work
from gongji.nhsa.transactions.files import file_number

__all__ = ["SERVICES"]

_Row = Mapping[str, str | None]
"""A row by the titles of its columns."""

_ITEMS = {
    "1301": ("101", "药品通用名"), "1302": ("102", "单味药名称"),
    "1305": ("201", "医疗服务项目名称"), "1306": ("301", "耗材名称"),
}  # fmt: skip
"""Of which list the items of a catalogue are, and what calls their names."""

_UNITS = {"1301": "最小计价单位", "1305": "计价单位名称"}
_CLASS = "国家医保药品目录甲乙类标识"
_DISEASES = "1309"
_VERSION = "V"
_VERSION_DIGITS = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _download(call: Call, act: Act) -> Output:
    """1301 and its like: a file is made, for 9102 to fetch."""
    columns = call.tables.catalogue_columns[call.infno]
    since = _act_of(call.one("data").needed("ver"))
    rows = list(_rows(call, act.connection, since))
    name = f"{call.infno}_{in_china(call.at):%Y%m%d%H%M%S}.zip"
    data = packed(name, ([row.get(column) for column in columns] for row in rows))
    file = keep_file(act, call.sender.code, name, data)
    return {
        "file_qury_no": file_number(call, file), "filename": file.name,
        "dld_end_time": file.until.isoformat(), "data_cnt": str(len(rows)),
    }  # fmt: skip


def _rows(call: Call, connection: Connection, since: int) -> Iterable[_Row]:
    if call.infno == _DISEASES:
        return _diseases(call, connection)
    if call.infno not in _ITEMS:
        return ()
    wanted, _ = _ITEMS[call.infno]
    return (
        _item(call, one)
        for one in changes_since(connection, call.sender.area, since)
        if list_type_of(one.row.kind, one.row.fee_kind) == wanted
    )


def _item(call: Call, changed: Changed) -> _Row:
    row = changed.row
    _, name = _ITEMS[call.infno]
    level = call.tables.titles("chrgitm_lv")[LEVELS[row.item_class]]
    return {
        "医疗目录编码": row.code, name: row.name, _UNITS.get(call.infno, ""): row.unit,
        _CLASS: level, "服务项目类别": charge_of(row.fee_kind), "拼音助记码": row.initials,
        "限制使用标志": "1" if row.restricted else "0",
        "开始日期": row.since.isoformat(),
        "结束日期": None if row.until is None else row.until.isoformat(),
        "有效标志": "1" if changed.valid else "0", "唯一记录号": str(row.id),
        "数据创建时间": _moment(changed.created), "数据更新时间": _moment(changed.updated),
        "版本号": f"{_VERSION}{changed.act:0{_VERSION_DIGITS}d}",
    }  # fmt: skip


def _diseases(call: Call, connection: Connection) -> Iterator[_Row]:
    """The diseases of outpatient care that schemes of the area know; all of them each time."""
    area = call.sender.area
    found: dict[str, _Row] = {}
    for policy in connection.scalars(
        select(SCHEME.c.policy).where(SCHEME.c.area == area).order_by(SCHEME.c.id)
    ):
        mapping = call.mappings.of(policy)
        if mapping is None:
            continue
        facts = call.library.policy(policy, call.day).facts
        for code, said in mapping.diseases.items():
            titles = [
                facts[name].values[value].zh
                for name, value in said.items()
                if name in facts and value in facts[name].values
            ]
            names = dict(
                zip(("门慢门特病种大类名称", "门慢门特病种细分类名称"), titles, strict=False)
            )
            own = {
                "门慢门特病种目录代码": code, "医保区划": area, "有效标志": "1",
                "唯一记录号": f"{area}-{code}", **names,
            }  # fmt: skip
            found.setdefault(code, own)
    yield from (found[code] for code in sorted(found))


def _act_of(version: str) -> int:
    """The act of a version that this catalogue gave; any other has nothing of it."""
    digits = version.removeprefix(_VERSION)
    ours = version.startswith(_VERSION) and len(digits) == _VERSION_DIGITS
    return int(digits) if ours and digits.isascii() and digits.isdigit() else 0


def _moment(microseconds: int) -> str:
    return moment_text(_EPOCH + timedelta(microseconds=microseconds))


SERVICES: Mapping[str, Service] = {"1301": Work(_download)}
