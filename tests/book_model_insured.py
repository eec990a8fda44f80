"""Who is insured, what was paid for them, and whether they are in benefit: half of the model.

Nothing here comes from the program.  An operation that cannot be raises `No` with every reason that
holds.  Persons and what is due are known by the order in which they came in; who or what is not
there is None.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

__all__ = [
    "AREAS", "DAY", "EMPLOYEE", "IN_FORCE", "RESIDENT", "Insured", "Ledger", "No", "account_of",
    "arrival", "bank", "first_day", "half_up", "month_after", "pool", "refuse",
]  # fmt: skip

EMPLOYEE, RESIDENT = "xiaohe/employee", "beishan/resident"
AREAS = {EMPLOYEE: "999903", RESIDENT: "999904"}
IN_FORCE = date(2024, 1, 1)
DAY = timedelta(days=1)

Ledger = tuple[str, str, str, str]
"""Area, kind, name and owner of what money is booked on."""


class No(Exception):
    """It cannot be done, for any of these reasons."""

    def __init__(self, *kinds: str) -> None:
        super().__init__(", ".join(sorted(kinds)))
        self.kinds = set(kinds)


def refuse(reasons: dict[str, Any]) -> None:
    """Refuse where any reason holds."""
    found = [kind for kind, holds in reasons.items() if holds]
    if found:
        raise No(*found)


def half_up(hundredths: int) -> int:
    """Whole fen of hundredths of them."""
    return (hundredths + 50) // 100


def month_of(day: date) -> str:
    return day.isoformat()[:7]


def month_after(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


class Insured:
    """Persons, memberships, facts, contributions, and the journal that they are booked in."""

    def __init__(self) -> None:
        self.today = IN_FORCE
        self.people: list[dict[str, Any]] = []
        self.dues: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.journal: list[tuple[date, date, dict[Ledger, int]]] = []

    # --- money -----------------------------------------------------------------------------------

    def book(self, day: date, moves: dict[Ledger, int]) -> None:
        """Book on a day what is known from today on; accounts never fall below nothing."""
        assert sum(moves.values()) == 0
        self.journal.append((day, self.today, moves))

    def balances(self, day: date = date.max, known: date = date.max) -> dict[Ledger, int]:
        """What is booked up to a day, as it was known on another, without what is nothing."""
        sums: Counter[Ledger] = Counter()
        for on, since, moves in self.journal:
            if on <= day and since <= known:
                sums.update(moves)
        return {ledger: fen for ledger, fen in sums.items() if fen}

    def account(self, who: int, scheme: str = EMPLOYEE) -> int:
        return self.balances().get(account_of(who, scheme), 0)

    def check_accounts(self, moves: Counter[Ledger]) -> None:
        """No account is below nothing after some moves."""
        after = Counter(self.balances())
        after.update(moves)
        refuse({"account_overdrawn": any(fen < 0 for (_, kind, *_), fen in after.items()
                                         if kind == "account")})  # fmt: skip

    # --- people ----------------------------------------------------------------------------------

    def register(self, serial: int, born: date, name: str, *, well_formed: bool) -> int:
        refuse({"bad_identity": not well_formed or born > self.today})
        for who, person in enumerate(self.people):
            if person["serial"] == serial:
                refuse({"other_name": person["name"] != name})
                return who
        self.people.append({"serial": serial, "born": born, "name": name, "died": None,
                            "facts": [], "member": []})  # fmt: skip
        return len(self.people) - 1

    def enrol(self, who: int | None, scheme: str, since: date, facts: dict[str, str]) -> None:
        if who is None:
            raise No("unknown_person")
        person = self.people[who]
        refuse({
            "before_birth": since < person["born"],
            "died": self.dead(who, since),
            "insured_already": any(m["until"] is None or m["until"] >= since
                                   for m in person["member"]),
            **self.wrong_facts(scheme, since, facts),
        })  # fmt: skip
        self.state(who, facts, since, None)
        person["member"].append({"scheme": scheme, "since": since, "until": None})

    def leave(self, who: int | None, which: int, last: date) -> None:
        """End the membership that began as the so many-th of those that stand."""
        if who is None or which >= len(self.people[who]["member"]):
            raise No("unknown_membership")
        member = self.people[who]["member"][which]
        late = member["until"] is not None and last > member["until"]
        refuse({"bad_stretch": last < member["since"] - DAY or late})
        self.end(who, member, last)

    def end(self, who: int, member: dict[str, Any], last: date) -> None:
        member["until"] = last
        if last < member["since"]:
            self.people[who]["member"].remove(member)

    def change(
        self, who: int | None, scheme: str, since: date, facts: dict[str, str], until: date | None
    ) -> None:
        refuse({
            "unknown_person": who is None,
            "not_insured": who is not None and not any(
                one["scheme"] == scheme and one["since"] <= since
                and (one["until"] is None or one["until"] >= since)
                for one in self.people[who]["member"]),
            "bad_stretch": facts and until is not None and until < since,
            **self.wrong_facts(scheme, since, facts),
        })  # fmt: skip
        assert who is not None
        self.state(who, facts, since, until)

    def wrong_facts(self, scheme: str, since: date, facts: dict[str, str]) -> dict[str, Any]:
        """Why facts cannot be stated under a scheme."""
        return {
            "out_of_force": since < IN_FORCE,
            "derived_fact": "entitlement" in facts,
            "unknown_field": set(facts) - {"entitlement", "category", "wage"}
            or (scheme == RESIDENT and facts),
            "unknown_value": facts.get("category", "active") not in {"active", "retired"},
            "bad_amount": facts.get("wage", "1").startswith("-"),
        }

    def state(self, who: int, facts: dict[str, str], since: date, until: date | None) -> None:
        for name, value in facts.items():
            self.people[who]["facts"].append((name, value, since, until))

    def fact(self, who: int, name: str, day: date) -> str | None:
        """What holds on a day: of what was said of it, the last."""
        said = [value for one, value, since, until in self.people[who]["facts"]
                if one == name and since <= day and (until is None or day <= until)]  # fmt: skip
        return said[-1] if said else None

    def dead(self, who: int, day: date) -> bool:
        died = self.people[who]["died"]
        return died is not None and day > died

    def scheme_on(self, who: int | None, day: date) -> str | None:
        if who is None:
            return None
        found = [m["scheme"] for m in self.people[who]["member"]
                 if m["since"] <= day and (m["until"] is None or day <= m["until"])]  # fmt: skip
        assert len(found) <= 1, "nobody is insured twice on a day"
        return found[0] if found else None

    def members_in(self, who: int, scheme: str, month: str) -> list[dict[str, Any]]:
        first, after = first_day(month), first_day(month_after(month))
        return [m for m in self.people[who]["member"] if m["scheme"] == scheme
                and m["since"] < after and (m["until"] is None or m["until"] >= first)]  # fmt: skip

    def die(self, who: int | None, day: date) -> None:
        if who is None:
            raise No("unknown_person")
        person = self.people[who]
        refuse({
            "before_birth": day < person["born"],
            "not_yet": day > self.today,
            "died": person["died"],
        })  # fmt: skip
        person["died"] = day
        for member in list(person["member"]):
            if member["until"] is None or member["until"] > day:
                self.end(who, member, max(day, member["since"] - DAY))

    def live_again(self, who: int | None) -> None:
        if who is None or self.people[who]["died"] is None:
            raise No("unknown_death")
        self.people[who]["died"] = None

    # --- contributions ---------------------------------------------------------------------------

    def declare(
        self, who: int | None, scheme: str, month: str, wage: str | None, said: dict[str, int]
    ) -> int:
        members = [] if who is None else self.members_in(who, scheme, month)
        if not members:
            refuse({"died": who is not None and self.dead(who, first_day(month)),
                    "not_insured": True, "out_of_force": first_day(month) < IN_FORCE,
                    "missing_amount": scheme == RESIDENT})  # fmt: skip
        assert who is not None
        day = max(first_day(month), *(m["since"] for m in members))
        facts = {} if wage is None else {"wage": wage}
        category = self.fact(who, "category", day)
        amount = wage or self.fact(who, "wage", day)
        fen = int(amount.replace(".", "")) if amount else 0
        shares = {"employer": half_up(fen * 8), "employee": half_up(fen * 2)}
        if scheme == RESIDENT:  # what is due there is what was said
            shares = said
        refuse({
            **self.wrong_facts(scheme, day, facts),
            "died": self.dead(who, first_day(month)),
            "missing_amount": scheme == RESIDENT and not said,
            "missing_fact": scheme == EMPLOYEE
            and (category is None or (category == "active" and amount is None)),
            "nothing_due": (scheme == EMPLOYEE and category == "retired")
            or not any(shares.values()),
            "amount_differs": said and said != shares,
            "declared_already": any(d["who"] == who and d["month"] == month
                                    and d["scheme"] == scheme and d["stands"] for d in self.dues),
        })  # fmt: skip
        self.state(who, facts, day, None)
        self.dues.append({"who": who, "scheme": scheme, "month": month, "shares": shares,
                          "paid": {}, "stands": True})  # fmt: skip
        return len(self.dues) - 1

    def withdraw_due(self, which: int | None) -> None:
        if which is None or not self.dues[which]["stands"]:
            raise No("unknown_due")
        refuse({"paid_already": self.dues[which]["paid"]})
        self.dues[which]["stands"] = False

    def receive(
        self, dues: list[int | None], shares: list[str] | None, arrived: date, more: int
    ) -> tuple[int, int]:
        """Money for dues, `more` than they come to.  Gives the receipt, and what arrived."""
        fen, paid, wrong = 0, [], set[str]()
        for which in dues:
            if which is None or not self.dues[which]["stands"]:
                wrong.add("unknown_due")
                continue
            if self.dues[which]["scheme"] == RESIDENT:  # the money is of the other scheme
                wrong.add("unknown_due")
            if self.dead(
                self.dues[which]["who"], date.fromisoformat(f"{self.dues[which]['month']}-01")
            ):
                wrong.add("died")
            for share in shares or ["employer", "employee"]:
                if (which, share) in paid:
                    wrong.add("paid_twice")
                if share in self.dues[which]["paid"]:
                    wrong.add("paid_already")
                elif share not in self.dues[which]["shares"]:
                    wrong.add("nothing_due")
                paid.append((which, share))
                fen += self.dues[which]["shares"].get(share, 0)
        refuse({
            **dict.fromkeys(wrong, True),
            "not_yet": arrived > self.today,
            "nothing_due": not paid or "nothing_due" in wrong,
            "amount_differs": more,
        })  # fmt: skip
        for which, share in paid:
            self.dues[which]["paid"][share] = arrived
        self.receipts.append({"paid": paid, "fen": fen, "stands": True})
        self.book(arrived, {bank(): -fen, pool(EMPLOYEE): fen})
        return len(self.receipts) - 1, fen

    def take_back(self, which: int | None) -> None:
        if which is None or not self.receipts[which]["stands"]:
            raise No("unknown_receipt")
        receipt = self.receipts[which]
        receipt["stands"] = False
        for due, share in receipt["paid"]:
            del self.dues[due]["paid"][share]
        self.book(self.today, {bank(): receipt["fen"], pool(EMPLOYEE): -receipt["fen"]})

    # --- entitlement -----------------------------------------------------------------------------

    def in_benefit(self, who: int | None, day: date) -> bool:
        """Whether somebody is in benefit on a day.

        Xiaohe: from the month after the first payment.  Months in a row that were not paid by
        their end are a gap; while one of it is unpaid there is no benefit from the month after its
        first.  Paid up, a gap of up to 2 months is covered, a longer one until the payment is not.
        """
        scheme = self.scheme_on(who, day)
        if who is None or scheme is None:
            raise No("not_insured")
        if scheme == RESIDENT:
            return True
        category = self.fact(who, "category", day)
        refuse({"missing_fact": category is None})
        if category == "retired":
            return True
        months = {d["month"]: arrival(d) for d in self.dues
                  if d["who"] == who and d["scheme"] == scheme and d["stands"]}  # fmt: skip
        paid = [max(on, first_day(month)) for month, on in months.items() if on is not None]
        if not paid or month_of(day) <= month_of(min(paid)):
            return False
        begun = month_of(min(paid))
        late: list[date | None] = []
        gaps = [late]
        for month, on in sorted(months.items()):
            if month <= begun:
                continue
            is_late = on is None or month_of(on) > month
            if month >= month_of(day) and (not late or on is None or not is_late):
                break  # this month, and those to come, only go on with a gap where they are paid up
            if is_late:
                late.append(on)
            else:
                late = []
                gaps.append(late)
        return all(covered(gap, day) for gap in gaps)


# --- by hand ---


def arrival(due: dict[str, Any]) -> date | None:
    """The day on which all of a due had arrived."""
    days = [due["paid"].get(share) for share in due["shares"]]
    return None if None in days else max(days)


def covered(gap: list[date | None], day: date) -> bool:
    """Whether there is benefit on a day after a gap began."""
    if None in gap:
        return False
    return len(gap) <= 2 or day > max(on for on in gap if on is not None)


def account_of(who: int, scheme: str = EMPLOYEE) -> Ledger:
    return AREAS[scheme], "account", "", f"P{who}"


def pool(scheme: str) -> Ledger:
    return AREAS[scheme], "fund", f"{scheme} pool", ""


def bank(scheme: str = EMPLOYEE) -> Ledger:
    return AREAS[scheme], "bank", "", ""
