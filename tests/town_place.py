"""A town for tests: one area, one scheme by a policy, and people who are insured in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest

from book_place import do, identity
from gongji.book.book import Book
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.journal import Account, account_balance, trial_balance
from gongji.book.persons.people import change_facts, enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.proof.verify import differences
from gongji.book.rules import scheme_of
from gongji.wording import Bilingual, Refused

__all__ = ["Town", "opened", "refusal"]


class Town(NamedTuple):
    """A book with an area, its scheme, and the day that it is."""

    book: Book
    area: str
    scheme: int
    since: date
    today: date

    def do(self, work: Callable[[Any], Any], **more: Any) -> Any:
        """Do some work today."""
        return do(self.book, work, **{"day": self.today, **more})

    def insured(
        self, serial: int, facts: dict[str, Any], born: str = "19800101", since: date | None = None
    ) -> int:
        """A person who is insured; those with odd serials are men."""

        def work(act: Any) -> int:
            person = register(act, identity("420102", born, serial), f"某{serial}")
            enrol(act, self.book.library, person, self.scheme, since or self.since, facts)
            return person

        found: int = self.do(work)
        return found

    def change(self, person: int, since: date, facts: dict[str, Any]) -> None:
        """State what is true of a person from a day on."""

        def work(act: Any) -> None:
            scheme = scheme_of(act.connection, self.scheme)
            change_facts(act, self.book.library, person, scheme, since, facts)

        self.do(work)

    def visit(self, person: int, day: date, in_scope: str, said: dict[str, Any]) -> int:
        """A visit that is settled."""

        def work(act: Any) -> int:
            visit = begin_visit(act, self.book.library, person, "H1", day, said)
            add_lines(act, self.book.library, visit, [{"in_scope": in_scope}])
            settled(act, self.book.library, visit)
            return visit

        found: int = self.do(work)
        return found

    def account(self, person: int) -> Account:
        """The account of a person."""
        return Account(self.area, "account", "", str(person))

    def balance(self, person: int) -> int:
        """What is on the account of a person, in fen."""
        with self.book.reading() as connection:
            return account_balance(connection, self.account(person))

    def trial(self) -> dict[tuple[str, str], int]:
        """The trial balance of today, by kind and name."""
        with self.book.reading() as connection:
            lines = trial_balance(connection, self.area, self.today)
        return {(one.account.kind, one.account.name): one.fen for one in lines}

    def clean(self) -> list[str]:
        """What verifying the book finds."""
        with self.book.reading() as connection:
            return list(differences(connection, self.book.library))


def opened(book: Book, area: str, policy: str, since: date, today: date, **parameters: Any) -> Town:
    """An area with a scheme and a hospital of tier 1."""

    def work(act: Any) -> int:
        open_area(act, area, Bilingual("某市", "a city"))
        scheme = open_scheme(act, book.library, area, policy, parameters)
        open_institution(act, area, "H1", "一院", since, {"tier": "tier_1", "designated": "yes"})
        return scheme

    return Town(book, area, do(book, work, day=since), since, today)


def refusal(work: Callable[[], Any]) -> Refused:
    """How something is refused."""
    with pytest.raises(Refused) as refused:
        work()
    assert refused.value.message.zh
    return refused.value
