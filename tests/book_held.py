"""A book held to its model: both are asked the same, and know the same after each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from book_model import AREAS, Ledger, Model, No
from book_place import at_nine
from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book
from gongji.book.care.settling import meters_now
from gongji.book.contributions.entitlement import entitlement_on
from gongji.book.journal import Account, account_balance, trial_balance
from gongji.book.proof.verify import differences
from gongji.book.schema.journal import LEDGER, POSTING
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

__all__ = ["LIBRARY", "NOBODY", "Held"]

LIBRARY = Library((BUILT_IN, Path(__file__).parent / "policies"))
NOBODY = 1_000_000
"""A number that nobody and nothing has."""


class Broken(Exception):
    """What a request is cut off with."""


class Held:
    """A book and its model, and the numbers under which the book knows what the model knows."""

    def __init__(self, book: Book, model: Model) -> None:
        self.book = book
        self.model = model
        self.schemes: dict[str, int] = {}
        self.numbers: dict[str, list[int]] = {}
        self.cut_after = 0
        self.done: list[tuple[Asked, Json]] = []
        self.asked = 0

    def known_as(self, kind: str, which: int | None) -> int:
        """The number that the book has for something."""
        return NOBODY if which is None else self.numbers[kind][which]

    def ask(
        self,
        service: str,
        request: Mapping[str, Any],
        work: Callable[[Act], object],
        model: Callable[[], object],
    ) -> Json | None:
        """Ask the book; the model has to refuse what it refuses, and for the same reason.

        Gives the answer, None where it is refused.  Every other request has a key.
        """
        self.asked += 1
        key = f"key {self.asked}" if self.asked % 2 else None
        text = {name: str(value) for name, value in request.items()}
        today = self.model.today
        asked = Asked(service, text, "clerk", at_nine(today), today, key)

        def done(act: Act) -> Json:
            return _json(work(act))

        if self.cut_after:
            with pytest.raises((Broken, Refused)), self.cut_off():
                self.book.do(asked, done)
            self.compare()
        why, answer = None, None
        try:
            answer = self.book.do(asked, done)
        except Refused as refused:
            why = refused
        said = self.held(f"{service} {text}", why, model)
        if said and answer is not None and key is not None:
            self.done.append((asked, answer))
        return answer

    @staticmethod
    def held(what: str, why: Refused | None, model: Callable[[], object]) -> bool:
        """Whether the model does what was done; it has to refuse what was refused."""
        try:
            model()
        except No as no:
            expected = no.kinds
        else:
            expected = set()
        found = set() if why is None else {why.kind}
        assert bool(found) == bool(expected), f"{what}: {found}, not {expected}"
        assert found <= expected, f"{what}: {found}, not {expected}"
        assert why is None or (why.message.zh and why.message.en)
        return not expected

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """The database hears so many words of a request, and never `COMMIT`."""
        left = self.cut_after
        self.cut_after = 0

        def hears(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Broken

        engine: Engine = self.book.store.engine

        def ends(*_: Any) -> None:
            raise Broken

        event.listen(engine, "before_cursor_execute", hears)
        event.listen(engine, "commit", ends)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", hears)
            event.remove(engine, "commit", ends)

    def made(self, kind: str, answer: Json | None) -> None:
        """Keep the number of what was made."""
        if answer is not None:
            self.numbers.setdefault(kind, []).append(answer["number"])

    # --- asked again -----------------------------------------------------------------------------

    def same_again(self, which: int) -> None:
        """Send a request again that was done: it is answered, not done."""
        asked, answer = self.done[-1 - which % len(self.done)]
        today = self.model.today
        late = asked._replace(at=at_nine(today), day=today)
        assert self.book.do(late, _unasked) == answer

    def same_key_otherwise(self, which: int) -> None:
        """Send another request with a key that stands for one."""
        asked, _ = self.done[-1 - which % len(self.done)]
        for other in (
            asked._replace(request={**asked.request, "and": "more"}),
            asked._replace(service="another"),
        ):
            with pytest.raises(Refused) as refused:
                self.book.do(other, _unasked)
            assert refused.value.kind == "key_used"

    # --- held to each other ----------------------------------------------------------------------

    def compare(self, days: Sequence[date] = ()) -> None:
        """The book knows what the model knows: money, meters, and benefit on some days."""
        persons = self.numbers.get("person", [])
        with self.book.reading() as connection:
            rows = connection.execute(
                select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner, POSTING.c.fen)
                .where(POSTING.c.ledger == LEDGER.c.id)
            )  # fmt: skip
            sums: dict[Ledger, int] = {}
            for area, kind, name, owner, fen in rows:
                ledger = area, kind, name, self._owner(kind, owner)
                sums[ledger] = sums.get(ledger, 0) + fen
            expected = self.model.balances()
            assert {ledger: fen for ledger, fen in sums.items() if fen} == expected
            for who, person in enumerate(persons):
                for scheme, number in self.schemes.items():
                    chain = self.model.chains.get((who, scheme), [])
                    readings = meters_now(connection, person, number).readings
                    assert {str(key): value for key, value in readings.items() if value} == dict(
                        self.model.meters(chain)
                    )
                    account = Account(AREAS[scheme], "account", "", str(person))
                    assert account_balance(connection, account) == self.model.account(who, scheme)
            for day in (self.model.today, *days):
                if day != self.model.today or not days:
                    self._compare_trial(connection, day)
                for who in range(len(persons)):
                    self.compare_benefit(connection, self.model, who, day)

    def _owner(self, kind: str, owner: str) -> str:
        if kind not in {"account", "person"}:
            return owner
        return f"P{self.numbers['person'].index(int(owner))}"

    def _compare_trial(self, connection: Any, day: date) -> None:
        expected: dict[Ledger, int] = {}
        for (area, kind, name, owner), fen in self.model.balances(day).items():
            ledger = area, kind, name, "" if kind in {"account", "cash"} else owner
            expected[ledger] = expected.get(ledger, 0) + fen
        for area in AREAS.values():
            lines = trial_balance(connection, area, day)
            assert sum(one.fen for one in lines) == 0
            found = {
                (area, one.account.kind, one.account.name,
                 self._owner("person" if one.account.kind == "person" else "", one.account.owner)):
                one.fen for one in lines if one.fen
            }  # fmt: skip
            assert found == {key: fen for key, fen in expected.items() if key[0] == area and fen}

    def compare_benefit(
        self, connection: Any, model: Model, who: int, day: date, known: date | None = None
    ) -> None:
        person = self.numbers["person"][who]
        found, why = None, None
        try:
            found = entitlement_on(connection, LIBRARY, person, day, known).entitled
        except Refused as refused:
            why = refused
        what = f"benefit of {who} on {day}, known on {known}"
        if self.held(what, why, lambda: model.in_benefit(who, day)):
            assert found == model.in_benefit(who, day), what

    def clean(self) -> None:
        """Verifying finds nothing."""
        with self.book.reading() as connection:
            assert list(differences(connection, LIBRARY)) == []


def _json(value: object) -> Json:
    """What a service gives, as an answer."""
    if isinstance(value, dict):
        return value
    return {} if value is None else {"number": value}


def _unasked(_: Act) -> Json:
    pytest.fail("what was done is done again")
