"""A model of the book, to hold the book to: dicts, whole fen, and the two invented cities by hand.

Xiaohe (999903), employees: of the cost of a year the first 100.00 are the person's, up to 500.00
the fund pays 60 %, above 80 %, at most 600.00 a year; the retired 10 points more.  The account pays
what is left of it.  Wages pay 8 % and 2 %, and 2 % (the retired: 10.01) are credited a month.
Beishan (999904), residents: 50 % of the first visit of a year, 70 % of later ones; no accounts.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import date
from typing import Any

from book_model_insured import (
    AREAS,
    DAY,
    EMPLOYEE,
    IN_FORCE,
    RESIDENT,
    Insured,
    Ledger,
    No,
    account_of,
    arrival,
    bank,
    first_day,
    half_up,
    month_after,
    pool,
    refuse,
)

__all__ = ["AREAS", "EMPLOYEE", "IN_FORCE", "RESIDENT", "Ledger", "Model", "No", "month_after"]

CITIES = {"H1", "H2"}
YUAN = 100
RETIRED_CREDIT = 1001
DEDUCTIBLE, EDGE, LIMIT = 100 * YUAN, 500 * YUAN, 600 * YUAN


class Model(Insured):
    """All that the book should know, and what it should do."""

    def __init__(self) -> None:
        super().__init__()
        self.credits: list[dict[str, Any]] = []
        self.visits: list[dict[str, Any]] = []
        self.chains: dict[tuple[int, str], list[dict[str, Any]]] = {}
        self.leave_to_use: list[dict[str, Any]] = []

    def copy(self) -> Model:
        return deepcopy(self)

    # --- accounts --------------------------------------------------------------------------------

    def credit(self, scheme: str, month: str, day: date) -> tuple[dict[int, int], dict[int, No]]:
        """Who is credited how much for a month, and who is not, and why."""
        refuse({"not_yet": not first_day(month) <= day <= self.today})
        made: dict[int, int] = {}
        refused: dict[int, No] = {}
        for who in range(len(self.people)):
            members = self.members_in(who, scheme, month)
            there = any(c["who"] == who and c["month"] == month and c["stands"]
                        for c in self.credits)  # fmt: skip
            if not members or there:
                continue
            try:
                made[who] = self.credited(who, scheme, month, min(m["since"] for m in members))
            except No as no:
                refused[who] = no
        for who, fen in made.items():
            self.credits.append({"who": who, "month": month, "fen": fen, "stands": True})
            if fen:
                self.book(day, {pool(scheme): -fen, account_of(who, scheme): fen})
        return made, refused

    def credited(self, who: int, scheme: str, month: str, since: date) -> int:
        day = max(first_day(month), since)
        category, wage = self.fact(who, "category", day), self.fact(who, "wage", day)
        refuse({
            "not_ruled": scheme == RESIDENT,
            "missing_fact": category is None or (category == "active" and wage is None),
            "unpaid": any(d["who"] == who and d["month"] == month and d["scheme"] == scheme
                          and d["stands"] and arrival(d) is None for d in self.dues),
        })  # fmt: skip
        if category == "retired" or wage is None:
            return RETIRED_CREDIT
        return half_up(int(wage.replace(".", "")) * 2)

    def reverse_credit(self, which: int | None) -> None:
        if which is None:
            raise No("unknown_credit")
        credit = self.credits[which]
        refuse({"reversed_twice": not credit["stands"]})
        moves = Counter({pool(EMPLOYEE): credit["fen"], account_of(credit["who"]): -credit["fen"]})
        self.check_accounts(moves)
        credit["stands"] = False
        self.book(self.today, dict(moves))

    def authorise(
        self, owner: int | None, relative: int | None, relation: str, since: date,
        until: date | None,
    ) -> int:  # fmt: skip
        refuse({"unknown_person": owner is None or relative is None,
                "bad_relation": owner == relative})  # fmt: skip
        assert owner is not None
        assert relative is not None
        scheme = self.scheme_on(owner, since)
        refuse({
            "bad_stretch": until is not None and until < since,
            "died": self.dead(owner, since) or self.dead(relative, since),
            "not_insured": scheme is None,
            "not_ruled": scheme == RESIDENT,
            "not_allowed": relation == "other" and scheme != RESIDENT,
            "authorised_already": any(
                one["owner"] == owner and one["relative"] == relative
                and (one["until"] is None or one["until"] >= since)
                and (until is None or one["since"] <= until)
                for one in self.leave_to_use if one["stands"]
            ),
        })  # fmt: skip
        self.leave_to_use.append({"owner": owner, "relative": relative, "since": since,
                                  "until": until, "stands": True})  # fmt: skip
        return len(self.leave_to_use) - 1

    def revoke(self, which: int | None, last: date) -> None:
        if which is None or not self.leave_to_use[which]["stands"]:
            raise No("unknown_authorisation")
        one = self.leave_to_use[which]
        late = one["until"] is not None and last > one["until"]
        refuse({"bad_stretch": last < one["since"] - DAY or late})
        one["until"], one["stands"] = last, last >= one["since"]

    def pay_for_relative(self, which: int | None, owner: int | None, fen: int, day: date) -> None:
        if which is None or self.visits[which]["withdrawn"]:
            raise No("unknown_visit")
        visit = self.visits[which]
        scheme = self.scheme_on(owner, day)
        standing = self.standing(which)
        refuse({
            "not_settled": standing is None,
            "bad_relation": owner == visit["who"],
            "bad_amount": fen <= 0,
            "not_yet": not visit["day"] <= day <= self.today,
            "died": owner is not None and self.dead(owner, day),
            "not_insured": scheme is None,
            "not_ruled": scheme == RESIDENT,
            "not_allowed": scheme == EMPLOYEE and not any(
                one["owner"] == owner and one["relative"] == visit["who"]
                and one["since"] <= day and (one["until"] is None or day <= one["until"])
                for one in self.leave_to_use if one["stands"]
            ),
            "above_cash": standing is not None and fen > self.cash_left(visit, standing),
            "account_overdrawn": owner is not None and fen > self.account(owner),
        })  # fmt: skip
        assert owner is not None
        visit["family"].append((owner, fen))
        self.book(day, family_moves(visit, owner, fen))

    def cash_left(self, visit: dict[str, Any], standing: dict[str, Any]) -> int:
        """What relatives may still pay: of the cash at the desk what the person still bears."""
        at_desk = -sum(fen for (_, kind, *_), fen in visit["moved"].items() if kind == "cash")
        borne: int = standing["person"] - standing["account"]
        family: int = sum(fen for _, fen in visit["family"])
        left: int = min(at_desk, borne) - family
        return left

    # --- visits ----------------------------------------------------------------------------------

    def begin(
        self, who: int | None, place: str, day: date, since: date | None, use_account: str | None
    ) -> int:
        if who is None:
            raise No("unknown_person")
        scheme = self.scheme_on(who, day)
        refuse({
            "before_birth": (since or day) < self.people[who]["born"],
            "bad_stretch": since is not None and since > day,
            "not_yet": day > self.today,
            "died": self.dead(who, day),
            "unknown_institution": place not in CITIES,
            "not_insured": scheme is None,
            "unknown_field": scheme == RESIDENT and use_account is not None,
        })  # fmt: skip
        self.visits.append({"who": who, "scheme": scheme, "place": place, "day": day, "lines": {},
                            "last": 0, "use": use_account != "no", "withdrawn": False,
                            "moved": Counter(), "family": []})  # fmt: skip
        return len(self.visits) - 1

    def open(self, which: int | None) -> dict[str, Any]:
        """A visit that is there and not settled."""
        if which is None or self.visits[which]["withdrawn"]:
            raise No("unknown_visit")
        refuse({"settled_already": self.standing(which)})
        return self.visits[which]

    def add_lines(self, which: int | None, lines: list[tuple[int, int]]) -> list[int]:
        """Lines of fen in and out of scope.  Gives their numbers."""
        wrong = {"no_lines": not lines, "bad_amount": any(min(line) < 0 for line in lines)}
        try:
            visit = self.open(which)
        except No as no:
            raise No(*no.kinds, *(kind for kind, holds in wrong.items() if holds)) from None
        refuse(wrong)
        numbers = [visit["last"] + at for at in range(1, len(lines) + 1)]
        visit["lines"].update(zip(numbers, lines, strict=True))
        visit["last"] += len(lines)
        return numbers

    def withdraw_lines(self, which: int | None, numbers: list[int]) -> None:
        visit = self.open(which)
        refuse({"unknown_line": set(numbers) - set(visit["lines"])})
        for number in set(numbers) or set(visit["lines"]):
            del visit["lines"][number]

    def withdraw_visit(self, which: int | None) -> None:
        self.open(which)["withdrawn"] = True

    # --- settling --------------------------------------------------------------------------------

    def standing(self, which: int) -> dict[str, Any] | None:
        visit = self.visits[which]
        chain = self.chains.get((visit["who"], visit["scheme"]), [])
        return next((one for one in chain if one["visit"] == which), None)

    def meters(self, chain: list[dict[str, Any]]) -> Counter[str]:
        """What some settlements add up to, by meter and year."""
        sums: Counter[str] = Counter()
        for one in chain:
            sums.update(one["adds"])
        return Counter({name: sum_ for name, sum_ in sums.items() if sum_})

    def worked_out(
        self, visit: dict[str, Any], case: dict[str, Any], before: Counter[str], balance: int
    ) -> dict[str, Any]:
        """How a visit comes out on what was before it and what is on the account."""
        scope, year = case["scope"], f"@{visit['day'].year}"
        paid = account = 0
        adds: dict[str, int] = {}
        if visit["scheme"] == RESIDENT:
            paid = half_up(scope * (70 if before["visits" + year] else 50))
            adds = {"visits" + year: 1}
        elif case["in_benefit"]:
            start = before["care_cost" + year]
            end = start + scope
            low = max(0, min(end, EDGE) - max(start, DEDUCTIBLE))
            high = max(0, end - max(start, EDGE))
            more = 10 if case["category"] == "retired" else 0
            paid = half_up(low * (60 + more) + high * (80 + more))
            paid = min(paid, LIMIT - before["pool_paid" + year])
            adds = {"care_cost" + year: scope, "pool_paid" + year: paid}
            account = min(balance, scope - paid) if visit["use"] else 0
        person = scope + case["out"] - paid
        return {"case": case, "balance": balance, "adds": adds, "paid": paid, "account": account,
                "person": person, "total": scope + case["out"]}  # fmt: skip

    def case_of(self, visit: dict[str, Any]) -> dict[str, Any]:
        """What a settlement goes by, as it is known now."""
        who, day = visit["who"], visit["day"]
        if self.scheme_on(who, day) != visit["scheme"]:
            raise No("not_insured")
        category = self.fact(who, "category", day)
        return {
            "in_benefit": self.in_benefit(who, day),
            "category": category if visit["scheme"] == EMPLOYEE else None,
            "scope": sum(scope for scope, _ in visit["lines"].values()),
            "out": sum(out for _, out in visit["lines"].values()),
        }

    def settle(self, which: int | None) -> dict[str, Any]:
        visit = self.open(which)
        nothing = [] if visit["lines"] else ["no_lines"]
        try:
            case = self.case_of(visit)
        except No as no:
            raise No(*no.kinds, *nothing) from None
        refuse(dict.fromkeys(nothing, True))
        chain = self.chains.setdefault((visit["who"], visit["scheme"]), [])
        balance = self.account(visit["who"], visit["scheme"])
        one = self.worked_out(visit, case, self.meters(chain), balance)
        one["visit"] = which
        chain.append(one)
        moves = settled_moves(visit, one)
        visit["moved"] = moves.copy()
        self.book(visit["day"], dict(moves))
        return one

    def again(
        self, chain: list[dict[str, Any]], start: int, more: int, *, anew: bool
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Settlements from one on as they were, and as they come out again."""
        done = chain[:start]
        found = []
        for old in chain[start:]:
            visit = self.visits[old["visit"]]
            case = self.case_of(visit) if anew else old["case"]
            new = self.worked_out(visit, case, self.meters(done), old["balance"] + more)
            new["visit"] = old["visit"]
            more += old["account"] - new["account"]
            done.append(new)
            found.append((old, new))
        return found

    def changed(
        self, found: list[tuple[dict[str, Any], dict[str, Any]]]
    ) -> tuple[Counter[Ledger], dict[int, tuple[int, int, int]]]:
        """What differences move, and of each visit: what the person, account and fund pay more."""
        moves: Counter[Ledger] = Counter()
        listed = {}
        for old, new in found:
            person, account, paid = (new[k] - old[k] for k in ("person", "account", "paid"))
            if (person, account, paid) != (0, 0, 0):
                listed[old["visit"]] = person, account, paid
            moves.update(again_moves(self.visits[old["visit"]], person, account, paid))
        return moves, listed

    def cancel(self, which: int | None, *, stands: bool = True) -> dict[int, tuple[int, int, int]]:
        """Take the settlement of a visit back; gives what changes of those after it."""
        if which is None:
            raise No("unknown_settlement")
        gone = self.standing(which)
        if gone is None or not stands:
            raise No("cancelled_twice")
        visit = self.visits[which]
        chain = self.chains[visit["who"], visit["scheme"]]
        at = chain.index(gone)
        left = chain[:at] + chain[at + 1 :]
        found = self.again(left, at, gone["account"], anew=False)
        moves, listed = self.changed(found)
        back = Counter({ledger: -fen for ledger, fen in visit["moved"].items()})
        family: Counter[Ledger] = Counter()
        for owner, fen in visit["family"]:
            family.update({key: -one for key, one in family_moves(visit, owner, fen).items()})
        together = back.copy()
        together.update(moves)
        self.check_accounts(together)
        self.take_over(left, at, found)
        chain[:] = left
        together.update(family)
        self.book(self.today, dict(together))
        visit["moved"], visit["family"] = Counter(), []
        return listed

    def settle_anew(self, who: int | None, scheme: str) -> dict[int, tuple[int, int, int]]:
        """Settle all by what is known now; gives what changes."""
        if who is None:
            raise No("unknown_person")
        chain = self.chains.get((who, scheme), [])
        found = self.again(chain, 0, 0, anew=True)
        moves, listed = self.changed(found)
        self.check_accounts(moves)
        self.take_over(chain, 0, found)
        self.book(self.today, dict(moves))
        return listed

    def take_over(
        self, chain: list[dict[str, Any]], start: int,
        found: list[tuple[dict[str, Any], dict[str, Any]]],
    ) -> None:  # fmt: skip
        """Keep what came out again in place of what was."""
        for old, new in found:
            visit = self.visits[old["visit"]]
            more = (new[k] - old[k] for k in ("person", "account", "paid"))
            visit["moved"].update(again_moves(visit, *more))
        chain[start:] = [new for _, new in found]


# --- by hand ---


def cash(visit: dict[str, Any]) -> Ledger:
    return AREAS[visit["scheme"]], "cash", "", visit["place"]


def settled_moves(visit: dict[str, Any], one: dict[str, Any]) -> Counter[Ledger]:
    """The institution is owed the bill: by the fund, the account, and cash at its desk."""
    return Counter({
        pool(visit["scheme"]): -one["paid"],
        account_of(visit["who"], visit["scheme"]): -one["account"],
        cash(visit): one["account"] - one["person"],
        (AREAS[visit["scheme"]], "institution", "", visit["place"]): one["total"],
    })  # fmt: skip


def again_moves(visit: dict[str, Any], person: int, account: int, paid: int) -> Counter[Ledger]:
    """What fund and account pay more is owed to the person, not paid at the desk."""
    return Counter({
        pool(visit["scheme"]): -paid,
        account_of(visit["who"], visit["scheme"]): -account,
        (AREAS[visit["scheme"]], "person", "", f"P{visit['who']}"): account - person,
    })  # fmt: skip


def family_moves(visit: dict[str, Any], owner: int, fen: int) -> Counter[Ledger]:
    """From an account in place of cash; between cities through their banks."""
    moves: Counter[Ledger] = Counter({account_of(owner): -fen, cash(visit): fen})
    if visit["scheme"] != EMPLOYEE:
        moves.update({bank(): fen, bank(visit["scheme"]): -fen})
    return moves
