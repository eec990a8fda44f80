"""Code tables, as the agency's own tables print them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service
from gongji.nhsa.tables import Node, Tables
from gongji.wording import nearest, shortened

__all__ = ["SERVICES", "dictionaries_of_fields"]

_EDITION, _VERSION = "2024-10-01", "1"
"""Since when the tables are as they are: their edition, of which only the month is known."""

_MADE_BY = "system"
_NONE_ABOVE = "0"
_NOT_VALID = "0"


def dictionaries_of_fields(tables: Tables) -> dict[str, str]:
    """The code table of each field that has one, by the codes of fields."""
    nodes = [one for each in tables.transactions.values() for one in (*each.input, *each.output)]
    found = {
        field.code: field.dictionary
        for node in _every(nodes)
        for field in node.fields
        if tables.titles(field.dictionary)
    }
    return found | {name: name for name, titles in tables.dictionaries.items() if titles}


def _every(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from node.inner


def _look_up(call: Call, _: Connection) -> Output:
    """1901: the codes of a table, named by its own name or that of a field that has it."""
    given = call.one("data")
    kind = given.needed("type")
    every = dictionaries_of_fields(call.tables)
    name = every.get(kind) or every.get(kind.lower())
    if name is None:
        near = nearest(kind, every)
        hint = f"；是否指 {near}" if near else ""
        raise Rejected(f"data.type（字典类型）：没有字典“{shortened(kind, 30)}”{hint}")
    above = given.text("parent_value")
    if given.text("Vali_Flag") == _NOT_VALID:
        return {"list": []}
    rows = [
        {
            "type": kind, "label": label, "value": value, "parentValue": _above(value),
            "sort": str(place), "valiFlag": "1", "createUser": _MADE_BY, "createDate": _EDITION,
            "version": _VERSION,
        }
        for place, (value, label) in enumerate(call.tables.titles(name).items(), 1)
    ]  # fmt: skip
    return {"list": [row for row in rows if above in ("", row["parentValue"])]}


def _above(value: str) -> str:
    """The code above one that has points, such as A03 above A03.01."""
    return value.rpartition(".")[0] or _NONE_ABOVE


SERVICES: Mapping[str, Service] = {"1901": Look(_look_up)}
