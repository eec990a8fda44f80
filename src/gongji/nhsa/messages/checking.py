"""An input held to the tables: its nodes, the fields that must be there, every value.

More is accepted than the tables print, as real clients send it: a single object where a list is
meant and the reverse, nodes in other cases of letters, fields nobody knows.  What is refused is
refused in a Chinese sentence that names field, value and rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import Value, is_empty, kept, named, read_value
from gongji.nhsa.tables import Node, Tables, Transaction
from gongji.wording import shortened

__all__ = ["Checked", "Row", "checked_input", "transaction_of"]

Row = Mapping[str, Any]
"""The cleaned values of one object, by the codes of the tables: `Value`, and for a node that
stands in it a list of rows.  Every field of the node is there, None where it is empty; fields that
no table knows follow as text."""

Checked = Mapping[str, list[Row]]
"""The rows of each node: exactly one for a node that is a single object, any number for a list."""


def transaction_of(tables: Tables, infno: str) -> Transaction:
    """The transaction of that number.  Raises `Rejected`."""
    found = tables.transactions.get(infno)
    if found is None:
        raise Rejected(
            f"交易报文不正确：未知交易编号！（{shortened(infno, 20)}）", "unknown_transaction"
        )
    return found


def checked_input(transaction: Transaction, given: object, tables: Tables) -> Checked:
    """The input of a transaction, checked and cleaned.  Raises `Rejected`, and nothing else."""
    if not isinstance(given, Mapping):
        raise Rejected(f"{transaction.infno} input：应为一个 JSON 对象")
    found: dict[str, list[Row]] = {}
    left = {str(name): value for name, value in given.items()}
    for node in transaction.input:
        said = left.pop(_spelled(node.name, left), None)
        found[node.name] = _rows(node, said, f"{transaction.infno} {node.name}", tables)
    return _unknown_nodes(left, transaction.infno) | found


def _unknown_nodes(left: Mapping[str, object], infno: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name, said in left.items():
        where = f"{infno} {shortened(name, 30)}"
        found[_kept(name, where)] = [
            _extras(row, where) if isinstance(row, Mapping) else {"": _value(row, where)}
            for row in (said if isinstance(said, (list, tuple)) else [said])
        ]
    return found


def _spelled(name: str, given: Mapping[str, object]) -> str:
    """How a node is written: as in the tables, or else in other cases of letters."""
    if name in given:
        return name
    return next((one for one in given if one.lower() == name.lower()), name)


def _rows(node: Node, said: object, where: str, tables: Tables) -> list[Row]:
    """The rows of a node, whatever shape they came in."""
    every = list(said) if isinstance(said, (list, tuple)) else [] if is_empty(said) else [said]
    if not every and node.needed:
        raise Rejected(f"{where}：缺少该节点" + ("，至少应有一行" if node.many else ""))
    if len(every) > 1 and not node.many:
        raise Rejected(f"{where}：应为一个对象，却有 {len(every)} 个")
    return [
        _row(node, one, f"{where}[{place}]" if node.many else where, tables)
        for place, one in enumerate(every)
    ]


def _row(node: Node, said: object, where: str, tables: Tables) -> Row:
    if not isinstance(said, Mapping):
        raise Rejected(f"{where}：应为一个对象")
    row: dict[str, Value | list[Row]] = {}
    known = set()
    for field in node.fields:
        spelled = [one for one in (field.code, *field.also) if one in said]
        known.update(spelled)
        values = (read_value(field, said[one], where, tables) for one in spelled)
        value = next((one for one in values if one is not None), None)
        if value is None and field.enforced:
            raise Rejected(f"{named(field, where)}：不能为空")
        row[field.code] = value
    for inner in node.inner:
        spelled = [one for one in (inner.name, *inner.also) if one in said]
        known.update(spelled)
        row[inner.name] = [
            one
            for name in spelled
            for one in _rows(inner, said[name], f"{where}.{inner.name}", tables)
        ]
    # what is known goes first: no blank before a name puts an unchecked value in its place
    return _extras({name: one for name, one in said.items() if name not in known}, where) | row


def _extras(said: Mapping[Any, object], where: str) -> dict[str, Any]:
    """Fields that no table knows."""
    return {
        _kept(str(name), where): _value(one, f"{where}.{shortened(str(name), 30)}")
        for name, one in said.items()
    }


def _value(said: object, where: str) -> str | None:
    return None if is_empty(said) else _kept(said, where)


def _kept(said: object, where: str) -> str:
    try:
        return kept(said)
    except ValueError as unfit:
        raise Rejected(f"{where}：{unfit}") from None
