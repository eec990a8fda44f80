"""What is known of the town while its book is filled: the desk, and what has which number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gongji.book.acts import Act, Json
from gongji.book.rules import Scheme
from gongji.demo.city import Resident
from gongji.demo.desk import Desk
from gongji.policy.versions import Library

__all__ = ["Event", "Town"]


class Event(NamedTuple):
    """Something that is to happen on a day."""

    day: date
    work: Callable[[], object]


class Town:
    """A town whose book is being filled.

    `persons` are the numbers of residents by their serial numbers, `spoken_of` those of visits,
    claims and registrations by the names that the diary gives them; `signs` says which user an
    institution or an area has.
    """

    def __init__(
        self,
        desk: Desk,
        residents: Sequence[Resident],
        schemes: Mapping[str, Scheme],
        signs: Mapping[str, str],
    ) -> None:
        self.desk = desk
        self.residents = residents
        self.schemes = schemes
        self.persons: dict[int, int] = {}
        self.spoken_of: dict[str, int] = {}
        self._signs = signs

    @property
    def library(self) -> Library:
        """The policies that the book settles by."""
        return self.desk.book.library

    def resident(self, name: str) -> Resident:
        """A resident who has a name in the notes."""
        return next(one for one in self.residents if one.name == name)

    def at_agency(
        self, area: str, service: str, request: Json, work: Callable[[Act], Json], strand: int = 0
    ) -> Json:
        """Do some work at the agency of an area."""
        return self.desk.do(service, request, work, by=self._sign("agency", area), strand=strand)

    def at_institution(
        self, code: str, service: str, request: Json, work: Callable[[Act], Json], strand: int = 0
    ) -> Json:
        """Do some work at an institution."""
        sign = self._sign("institution", code)
        return self.desk.do(service, request, work, by=sign, strand=strand)

    def _sign(self, kind: str, code: str) -> str:
        return self._signs.get(code, f"{kind} {code}")
