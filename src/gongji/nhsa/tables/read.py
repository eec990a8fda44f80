"""The tables are CSV files beside this module; here they are read, and a province's laid over.

`fields/` has a file for each group of transactions.  `transactions.csv` names the nodes of input
and output as a pattern does: `data` is one object, `result*` a list, `feedetail+` a list of at
least one, `.` what stands directly below; `drugdetail.drug_trac_info*` is a list in each row of
drugdetail; other spellings of a name follow it after `|`.  In `required`, Y is what must be there
and W what the agency's table demands but clients leave out.

`provinces/NAME/` says what is otherwise there, in files of the same columns: a row adds one or
takes the place of the one with its code; the title `-` takes it away, and the code `*` with that
title takes away the whole code table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from gongji.nhsa.tables.model import Field, Kind, Node, Tables, Transaction
from gongji.wording import Bilingual, Refused, listed, shortened

__all__ = ["examples", "provinces", "tables"]

_HERE = Path(__file__).parent
_GONE = "-"

Row = Mapping[str, str]
_Fields = dict[tuple[str, str, str], dict[str, Field]]
"""By transaction, direction and node, then by code."""


def provinces() -> tuple[str, ...]:
    """The names that `tables` takes."""
    return tuple(sorted(path.name for path in (_HERE / "provinces").iterdir() if path.is_dir()))


@cache
def tables(province: str = "") -> Tables:
    """The tables as `province` has them; without a name, as they are where none is named.

    Raises `Refused` (`unknown_province`).
    """
    if province and province not in provinces():
        raise Refused(
            "unknown_province",
            Bilingual(
                f"没有名为“{shortened(province)}”的省级接口表；可用：{listed(provinces())}",
                f"there are no interface tables named “{shortened(province)}”; "
                f"available: {listed(provinces())}",
            ),
        )
    over = _HERE / "provinces" / province if province else None
    heads = {row["infno"]: row for row in _rows(_HERE / "transactions.csv")}
    fields: _Fields = {}
    for path in sorted((_HERE / "fields").glob("*.csv")):
        _lay_fields(fields, _rows(path))
    _lay_fields(fields, _rows(_HERE / "envelope.csv"))
    dictionaries: dict[str, dict[str, str]] = {}
    _lay_codes(dictionaries, _rows(_HERE / "dictionaries.csv"))
    if over is not None:
        _lay_fields(fields, _rows(over / "fields.csv"))
        _lay_codes(dictionaries, _rows(over / "dictionaries.csv"))
    return Tables(
        province,
        MappingProxyType({infno: _transaction(row, heads, fields) for infno, row in heads.items()}),
        MappingProxyType({key: MappingProxyType(one) for key, one in dictionaries.items()}),
        _columns(),
        request=_node(".", fields, "", "input"),
        response=_node(".", fields, "", "output"),
    )


@cache
def examples() -> Mapping[tuple[str, str, str], str]:
    """A plausible value for fields, by transaction, direction and code.

    Without a direction it is for both, without a transaction for all that have no other.
    """
    return MappingProxyType(
        {
            (row["infno"], row["direction"], row["code"]): row["value"]
            for row in _rows(_HERE / "examples.csv")
        }
    )


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a file; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        heads = next(lines)
        return [dict(zip(heads, line, strict=True)) for line in lines]


def _lay_fields(fields: _Fields, rows: Iterable[Row]) -> None:
    for row in rows:
        of = fields.setdefault((row["infno"], row["direction"], row["node"]), {})
        if row["title"] == _GONE:
            of.pop(row["code"], None)
        else:
            of[row["code"]] = _field(row)


def _lay_codes(dictionaries: dict[str, dict[str, str]], rows: Iterable[Row]) -> None:
    for row in rows:
        of = dictionaries.setdefault(row["key"], {})
        if row["title"] != _GONE:
            of[row["code"]] = row["title"]
        elif row["code"] == "*":
            of.clear()
        else:
            of.pop(row["code"], None)


def _field(row: Row) -> Field:
    length, _, places = row["length"].partition(",")
    return Field(
        code=row["code"],
        title=row["title"],
        kind=cast("Kind", row["kind"]),
        length=int(length or 0),
        places=int(places or 0),
        dictionary=row["dictionary"],
        required=row["required"] != "",
        enforced=row["required"] == "Y" and row["core"] != "+",
        core=row["core"],
        also=tuple(row["also"].split()),
        note=row["note"],
    )


def _transaction(row: Row, heads: Mapping[str, Row], fields: _Fields) -> Transaction:
    of = heads[row["base"] or row["infno"]]
    return Transaction(
        infno=row["infno"],
        title=row["title"],
        english=row["english"],
        group=row["group"],
        path=row["path"],
        base=row["base"],
        source=of["source"],
        note=row["note"] or of["note"],
        input=_nodes(of["input"], fields, of["infno"], "input"),
        output=_nodes(of["output"], fields, of["infno"], "output"),
        file_in=tuple(fields.get((of["infno"], "file_in", ""), {}).values()),
        file_out=tuple(fields.get((of["infno"], "file_out", ""), {}).values()),
    )


def _nodes(pattern: str, fields: _Fields, infno: str, direction: str) -> tuple[Node, ...]:
    """The nodes of a pattern; those that stand in others are told by a point in their name."""
    inner = [one for one in pattern.split() if one.strip(".*+") and "." in one]
    outer = [one for one in pattern.split() if one not in inner]
    return tuple(
        _node(
            one,
            fields,
            infno,
            direction,
            tuple(
                _node(other, fields, infno, direction)
                for other in inner
                if other.partition(".")[0] == one.rstrip("*+")
            ),
        )
        for one in outer
    )


def _node(
    said: str, fields: _Fields, infno: str, direction: str, inner: tuple[Node, ...] = ()
) -> Node:
    path, *also = said.rstrip("*+").split("|")
    return Node(
        name=path if path == "." else path.rpartition(".")[2],
        many=said[-1] in "*+",
        needed=not said.endswith("*"),
        fields=tuple(fields.get((infno, direction, path), {}).values()),
        inner=inner,
        also=tuple(also),
    )


def _columns() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows(_HERE / "catalogue_columns.csv"):
        found.setdefault(row["infno"], []).append(row["title"])
    return MappingProxyType({infno: tuple(titles) for infno, titles in found.items()})
