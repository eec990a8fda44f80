"""A message that was let in and checked: what it asks for, who sent it, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from gongji.book.acts import day_in_china
from gongji.book.book import Book
from gongji.nhsa.mapping import Mappings
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.moments import moment_text
from gongji.nhsa.tables import Tables
from gongji.policy.versions import Library

__all__ = ["Call", "Output", "Sender"]

Output: TypeAlias = Mapping[str, Any] | None
"""What a transaction gives: nodes by their names, or nothing.  All values are text; amounts are
yuan with two decimals.  A file that was asked for is `file`, its bytes, and `filename`."""


class Sender(NamedTuple):
    """The institution that a message comes from; `area` is where it is."""

    code: str
    name: str
    area: str


class Call(NamedTuple):
    """One message: its transaction (of a variant the base, as 2203 of 2203A), what stood in it.

    `infno` is the number that was sent, which says what file of the catalogue is meant.
    """

    transaction: str
    message: str
    operator: str
    sender: Sender
    nodes: Mapping[str, Sequence[Given]]
    at: datetime
    book: Book
    mappings: Mappings
    tables: Tables
    infno: str

    @property
    def day(self) -> date:
        """The day of the message in China."""
        return day_in_china(self.at)

    @property
    def moment(self) -> str:
        """The moment of the message in China, as the interface writes moments."""
        return moment_text(self.at)

    @property
    def library(self) -> Library:
        """The policies that the book settles by."""
        return self.book.library

    def one(self, node: str) -> Given:
        """The node that is there once; empty where it is not there."""
        found = self.nodes.get(node) or ()
        return found[0] if found else Given(node, {})

    def many(self, node: str) -> Sequence[Given]:
        """The rows of a node that is a list."""
        return self.nodes.get(node) or ()
