"""Whether an answer has the shape that the tables print, before it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import Value, read_value
from gongji.nhsa.tables import Field, Node, Tables, Transaction

__all__ = ["assert_shape", "differences"]


def assert_shape(transaction: Transaction, output: object, tables: Tables) -> None:
    """Raises `AssertionError` with every `differences` of an output."""
    found = list(differences(transaction, output, tables))
    assert not found, f"{transaction.infno}: {'; '.join(found)}"


def differences(transaction: Transaction, output: object, tables: Tables) -> Iterator[str]:
    """Where an output is not as the tables have it, each as `setlinfo.balc: is missing`.

    Stricter than what is accepted of others: numbers are numbers, lists lists, codes as the table
    writes them; every required field is there, none that no table knows.
    """
    nodes = {one.name: one for one in transaction.output}
    if not nodes:
        if output is not None and output != {}:
            yield "output: this transaction has none"
        return
    direct = nodes.pop(".", None)
    if direct is not None and direct.many:
        yield from _node(direct, output, "output", tables)
        return
    if not isinstance(output, Mapping):
        yield "output: is no object"
        return
    if direct is not None:
        own = {name: one for name, one in output.items() if name not in nodes}
        yield from _node(direct, own, "output", tables)
    for name, node in nodes.items():
        if name in output:
            yield from _node(node, output[name], name, tables)
        else:
            yield f"{name}: is missing"
    if direct is None:
        yield from (f"{name}: is in no table" for name in output if name not in nodes)


def _node(node: Node, said: object, where: str, tables: Tables) -> Iterator[str]:
    if not node.many:
        yield from _row(node, said, where, tables)
    elif isinstance(said, (list, tuple)):
        for place, one in enumerate(said):
            yield from _row(node, one, f"{where}[{place}]", tables)
    else:
        yield f"{where}: is no list"


def _row(node: Node, said: object, where: str, tables: Tables) -> Iterator[str]:
    if not isinstance(said, Mapping):
        yield f"{where}: is no object"
        return
    codes = {field.code for field in node.fields}
    for field in node.fields:
        path = f"{where}.{field.code}"
        if field.code not in said:
            if field.required:
                yield f"{path}: is missing"
        elif said[field.code] in (None, ""):
            if field.required:
                yield f"{path}: is empty"
        else:
            yield from _value(field, said[field.code], where, tables)
    if node.fields:  # of some nodes no source prints the fields
        yield from (f"{where}.{name}: is in no table" for name in said if name not in codes)


def _value(field: Field, said: object, where: str, tables: Tables) -> Iterator[str]:
    try:
        read = read_value(field, said, where, tables)
    except Rejected as rejected:
        yield rejected.err_msg
        return
    if not _as_written(field, said, read):
        yield f"{where}.{field.code}: {said!r} is not how it is written"


def _as_written(field: Field, said: object, read: Value) -> bool:
    """Whether it stands in its one form: numbers as numbers, days and moments whole."""
    match field.kind:
        case "N" | "I":
            return isinstance(said, (int, Decimal))
        case "D":
            return type(said) is date or said == str(read)
        case "DT":
            return isinstance(said, datetime) or said == str(read)
        case "S":
            return said == read
        case _:
            return True
