"""What transactions and fields are called, and where the former are sent, by the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from gongji.nhsa.tables import Tables, Transaction, tables

__all__ = ["Named", "named_fields", "path_of", "title_of"]


class Named(NamedTuple):
    """A field: its title, and what its codes mean."""

    title: str
    codes: Mapping[str, str]


@cache
def _transactions(province: str) -> tuple[Tables, Mapping[str, Transaction]]:
    found = tables(province)
    return found, found.transactions


def title_of(infno: str, province: str = "") -> str:
    """The Chinese name of a transaction, or nothing."""
    found = _transactions(province)[1].get(infno)
    return "" if found is None else str(found.title)


def path_of(infno: str) -> str:
    """The address of a transaction below `/fsi/api/`, empty where none is known."""
    found = _transactions("")[1].get(infno)
    return "" if found is None else str(found.path)


def named_fields(infno: str, node: str, province: str = "") -> Mapping[str, Named]:
    """The fields of a node of the output, by their codes.  Raises `Refused` for the province."""
    every, transactions = _transactions(province)
    found = transactions.get(infno)
    if found is None:
        return {}
    return {
        field.code: Named(field.title, every.titles(field.dictionary) if field.dictionary else {})
        for one in _nodes(found.output)
        if one.name == node
        for field in one.fields
    }


def _nodes(every: tuple[Any, ...]) -> Iterator[Any]:
    for one in every:
        yield one
        yield from _nodes(one.inner)
