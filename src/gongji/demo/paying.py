"""A year of money: contributions declared and received, accounts credited, institutions paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from gongji.book.accounts.credits import credit_accounts
from gongji.book.acts import Act, Json
from gongji.book.clearing.paying import pay_institutions
from gongji.book.contributions.declaring import GOVERNMENT, declare, owing
from gongji.book.contributions.receipts import receive
from gongji.book.rules import Scheme
from gongji.demo.city import YEAR, Resident
from gongji.demo.town import Event, Town
from gongji.engine.calendar import months_after
from gongji.wording import Refused

__all__ = ["contributions", "credits_and_payouts"]

_MONTHS = range(1, 13)
_NOTHING_DUE = ("nothing_due", "died", "not_insured")
_NEVER = "never"


def contributions(town: Town, money: Mapping[str, Any]) -> Iterator[Event]:
    """What payers declare, and what arrives of it: one receipt for each payer and period."""
    by_payer: dict[str, list[Resident]] = defaultdict(list)
    for one in town.residents:
        if one.payer is not None:
            by_payer[one.payer].append(one)
    for payer, note in money["payers"].items():
        members = by_payer[payer]
        if not members:
            continue
        paying = _Payer(town, payer, note, members)
        if "year" in note:
            yield from paying.of_the_year()
            continue
        for month in _MONTHS:
            yield from paying.of_a_month(date(YEAR, month, int(money["declared"])))


class _Payer:
    """An employer, a school, or all who pay for themselves."""

    def __init__(
        self, town: Town, name: str, note: Mapping[str, Any], members: Sequence[Resident]
    ) -> None:
        self.town = town
        self.name = name
        self.note = note
        self.members = members
        self.scheme = town.schemes[members[0].scheme]
        self.dues: dict[tuple[str, int], int] = {}

    def of_the_year(self) -> Iterator[Event]:
        """A year is paid at once, and what government gives comes on its own."""
        period = self.note["year"]
        yield Event(_day(self.note["declared"]), partial(self._declared, period))
        for key, shares in (("pays", None), (GOVERNMENT, [GOVERNMENT])):
            received = partial(self._received, period, _day(self.note[key]), self.members, shares)
            yield Event(_day(self.note[key]), received)

    def of_a_month(self, declared: date) -> Iterator[Event]:
        """A month is declared, and arrives for all on the same day but for those who are late."""
        period = f"{declared:%Y-%m}"
        yield Event(declared, partial(self._declared, period))
        usual = declared.replace(day=int(self.note["pays"])).isoformat()
        usual = self.note.get("late", {}).get(period, usual)
        arriving: dict[str, list[Resident]] = defaultdict(list)
        for one in self.members:
            arriving[one.late.get(period, usual)].append(one)
        for arrived, members in arriving.items():
            if arrived != _NEVER:
                day = _day(arrived)
                yield Event(day, partial(self._received, period, day, members, None))

    def _declared(self, period: str) -> None:
        request = {"payer": self.name, "period": period}
        found = self.town.at_agency(
            self.scheme.area, "declare", request, partial(self._declare, period)
        )
        self.dues |= {(period, serial): due for serial, due in found["dues"]}

    def _declare(self, period: str, act: Act) -> Json:
        dues = []
        for one in self.members:
            person = self.town.persons[one.serial]
            try:
                due = declare(
                    act, self.town.library, person, self.scheme.number, period, {}, one.amounts
                )
            except Refused as refused:
                if refused.kind not in _NOTHING_DUE:
                    raise
                continue
            dues.append([one.serial, due])
        return {"dues": dues}

    def _received(
        self, period: str, day: date, members: Sequence[Resident], shares: list[str] | None
    ) -> None:
        dues = [self.dues[key] for one in members if (key := (period, one.serial)) in self.dues]
        request = {"payer": self.name, "period": period, "dues": len(dues)}
        if dues:
            work = partial(self._receive, period, day, dues, shares)
            self.town.at_agency(self.scheme.area, "receive", request, work)

    def _receive(
        self, period: str, day: date, dues: Sequence[int], shares: list[str] | None, act: Act
    ) -> Json:
        number = self.scheme.number
        owed = owing(act.connection, number, period, since=period)
        unpaid = {one.number: one.unpaid for one in owed}
        mine = [due for due in dues if due in unpaid]
        fen = sum(
            share
            for due in mine
            for name, share in unpaid[due].items()
            if (name == GOVERNMENT) == (shares is not None)
        )
        return {"receipt": receive(act, self.town.library, number, day, fen, mine, shares)}


def credits_and_payouts(town: Town, money: Mapping[str, Any]) -> Iterator[Event]:
    """Every month accounts are credited, and after it institutions are paid."""
    for month in _MONTHS:
        first = date(YEAR, month, 1)
        for policy in money["credits"]["schemes"]:
            day = first.replace(day=int(money["credits"]["on"]))
            yield Event(day, partial(_credited, town, town.schemes[policy], first, day))
        for area in sorted({one.area for one in town.schemes.values()}):
            day = months_after(first, 1).replace(day=int(money["payouts"]))
            yield Event(day, partial(_paid, town, area, f"{first:%Y-%m}"))


def _credited(town: Town, scheme: Scheme, month: date, day: date) -> None:
    def work(act: Act) -> Json:
        run = credit_accounts(act, town.library, scheme.number, month, day)
        refused = [[person, one.kind] for person, one in run.refused]
        return {"credits": len(run.credits), "refused": refused}

    request = {"scheme": scheme.number, "month": f"{month:%Y-%m}"}
    town.at_agency(scheme.area, "credit_accounts", request, work)


def _paid(town: Town, area: str, month: str) -> None:
    def work(act: Act) -> Json:
        paid = {one.institution: one.paid for one in pay_institutions(act, area, month)}
        return {"paid_fen": paid}

    town.at_agency(area, "pay_institutions", {"area": area, "month": month}, work)


def _day(text: str) -> date:
    return date.fromisoformat(text)
