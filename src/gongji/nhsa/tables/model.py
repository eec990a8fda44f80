"""What the tables hold: transactions, their nodes, the fields of nodes, and code tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

__all__ = ["Direction", "Field", "Kind", "Node", "Tables", "Transaction"]

Kind = Literal["S", "N", "I", "D", "DT", "BYTES", ""]
"""Text, number, whole number, day, moment, bytes; nothing where no source says what it is."""

Direction = Literal["input", "file_in", "output", "file_out"]
"""Of the request and its file, of the answer and its file."""


class Field(NamedTuple):
    """One field of a node.

    `length` is the most characters of a text and the most digits of a number, of which `places`
    stand behind the point; 0 where nothing is said.  `dictionary` names the code table that its
    values are from.  `required` is what the agency's table says; `enforced` is narrower: only
    where it is so will a request without the field be refused.  `core` is `=` where two sources
    have the field, `+` where it is a later or provincial addition, `-` where only the second
    source has it, and empty where there is nothing to compare.  `also` are other spellings that
    are read as this field.
    """

    code: str
    title: str
    kind: Kind
    length: int
    places: int
    dictionary: str
    required: bool
    enforced: bool
    core: str
    also: tuple[str, ...]
    note: str

    @property
    def said_length(self) -> str:
        """The length as the agency's tables write it: `30`, `16,2`, or nothing."""
        if not self.length:
            return ""
        return f"{self.length},{self.places}" if self.kind == "N" else str(self.length)


@dataclass(frozen=True)
class Node:
    """A part of input or output: one object, or a list of them (`many`).

    `name` is `.` where the fields stand directly below; `needed` says that it must be there (a
    list: with at least one row).  `inner` are the nodes that stand in each of its rows; `also` are
    other spellings of its name.
    """

    name: str
    many: bool
    needed: bool
    fields: tuple[Field, ...]
    inner: tuple[Node, ...] = ()
    also: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by their codes and other spellings."""
        spelled = {other: one for one in self.fields for other in one.also}
        return MappingProxyType(spelled | {one.code: one for one in self.fields})


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction: what goes in, what comes out.

    `path` is its address in the dialects that have one for each transaction, below `/fsi/api/`,
    and empty where no source shows it.  `base` is the transaction whose fields it has, empty
    where they are its own.  `source` names the tables it was taken from.  `output` is empty where
    it answers nothing.
    """

    infno: str
    title: str
    english: str
    group: str
    path: str
    base: str
    source: str
    note: str
    input: tuple[Node, ...]
    output: tuple[Node, ...]
    file_in: tuple[Field, ...] = ()
    file_out: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Tables:
    """All tables, as one province has them (or as they are where no province is named)."""

    province: str
    transactions: Mapping[str, Transaction]
    dictionaries: Mapping[str, Mapping[str, str]]
    catalogue_columns: Mapping[str, tuple[str, ...]]
    request: Node
    response: Node

    def titles(self, dictionary: str) -> Mapping[str, str]:
        """The codes of a code table with their titles; nothing where no source prints it."""
        return self.dictionaries.get(dictionary, MappingProxyType({}))

    def code_of(self, dictionary: str, said: str) -> str | None:
        """The code of the table that is meant, or None.

        Systems do not agree on leading zeros (`01` for `1`), so a number of which the table has
        one form counts as that; a code that stands in the table is always itself.
        """
        if said in self.titles(dictionary):
            return said
        return self._plain[dictionary].get(_plain(said)) if dictionary in self._plain else None

    @cached_property
    def _plain(self) -> Mapping[str, Mapping[str, str]]:
        """The codes of each table by their form without zeros, where only one has it."""
        found: dict[str, dict[str, str]] = {}
        for name, codes in self.dictionaries.items():
            plain = [_plain(one) for one in codes]
            found[name] = {
                one: code for one, code in zip(plain, codes, strict=True) if plain.count(one) == 1
            }
        return found


def _plain(code: str) -> str:
    return (code.lstrip("0") or "0") if code.isascii() and code.isdigit() else code
