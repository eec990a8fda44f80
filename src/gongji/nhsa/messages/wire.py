"""Outputs as they leave: every field of the tables, numbers as numbers, null where empty."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gongji.nhsa.messages.call import Output
from gongji.nhsa.tables import Field, Node, Transaction

__all__ = ["as_it_leaves"]


def as_it_leaves(transaction: Transaction, output: Output) -> Any:
    """An output in the words of a transaction's tables, or nothing where it has none.

    Rows of a list that stands directly below `output` are given under `.`, and leave as that list.
    A file (`file`, its bytes, and `filename`) leaves as it is; the gateway sends it without JSON.
    """
    if output is not None and isinstance(output.get("file"), bytes):
        return output
    if not transaction.output or output is None:
        return None
    found: dict[str, Any] = {}
    for node in transaction.output:
        if node.name == "." and node.many:
            return [_row(node, one) for one in output["."]]
        if node.name == ".":
            found.update(_row(node, output))
        elif node.many:
            found[node.name] = [_row(node, one) for one in output.get(node.name) or ()]
        elif node.name in output:
            found[node.name] = _row(node, output[node.name])
    return found


def _row(node: Node, said: Mapping[str, Any]) -> dict[str, Any]:
    return {field.code: _value(field, said.get(field.code)) for field in node.fields}


def _value(field: Field, said: Any) -> Any:
    if said is None or said == "":
        return None
    return Decimal(said) if field.kind in ("N", "I") else said
