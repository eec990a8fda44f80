"""What stood in one node of a message, read field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gongji.nhsa.messages.moments import moment_text
from gongji.nhsa.messages.numbers import number_in
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import fen_of

__all__ = ["Given"]


class Given:
    """The fields of a node, by their codes; what lacks is empty."""

    __slots__ = ("fields", "node")

    def __init__(self, node: str, fields: Mapping[str, Any]) -> None:
        self.node = node
        self.fields = fields

    def text(self, name: str) -> str:
        """A field as text, empty where there is nothing."""
        value = self.fields.get(name)
        return "" if value is None else _text(value)

    def needed(self, name: str) -> str:
        """The same; raises `Rejected` where there is nothing."""
        value = self.text(name)
        if not value:
            raise Rejected(f"{self.node}.{name}：不能为空")
        return value

    def fen(self, name: str) -> int | None:
        """An amount of yuan in fen, or None where there is nothing."""
        value = self.fields.get(name)
        return fen_of(value) if isinstance(value, Decimal) else None

    def day(self, name: str) -> date | None:
        """The day of a date or a moment, or None."""
        value = self.fields.get(name)
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else None

    def needed_day(self, name: str) -> date:
        """The same; raises `Rejected` where there is nothing."""
        found = self.day(name)
        if found is None:
            raise Rejected(f"{self.node}.{name}：不能为空")
        return found

    def number(self, name: str) -> int:
        """A number of the book, such as that in `psn_no`.  Raises `Rejected`."""
        return number_in(self.needed(name), f"{self.node}.{name}")

    def said(self) -> dict[str, str]:
        """All that stood there, as text, without what is empty."""
        return {
            name: _text(value)
            for name, value in self.fields.items()
            if value is not None and not isinstance(value, (list, bytes))
        }


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)
