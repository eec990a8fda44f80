"""A town whose people register, claim and are helped: two hospitals, one elsewhere, two persons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from book_place import TODAY, do, identity, insured, new_at
from gongji.book.book import Book
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.persons.people import register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.proof.verify import differences
from gongji.book.registrations.applications import Application
from gongji.book.registrations.registering import Registration, apply
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Bilingual, Refused

__all__ = ["EXAMPLES", "OPENED", "Town", "opened_town", "refused"]

OPENED = date(2024, 1, 1)
EXAMPLES = Library((BUILT_IN, Path(__file__).parent.parent / "examples" / "policies"))

HOSPITAL = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}


class Town(NamedTuple):
    """A book with hospitals H1 and H2 in the city, S1 elsewhere, and one insured person."""

    book: Book
    person: int
    scheme: int

    @property
    def library(self) -> Library:
        return self.book.library

    def apply(
        self,
        question: str,
        day: str,
        said: Mapping[str, Any],
        papers: Collection[str] = (),
        institutions: Sequence[str] = (),
        area: str = "",
        known: date = TODAY,
    ) -> Registration:
        """Apply for something, as known on a day."""
        asked = Application(date.fromisoformat(day), said, papers, institutions, area)
        found: Registration = do(
            self.book, lambda act: apply(act, self.library, self.person, question, asked), day=known
        )
        return found

    def visit(
        self,
        day: str,
        said: Mapping[str, Any],
        lines: Sequence[Mapping[str, Any]],
        at: str = "H1",
    ) -> Any:
        """A visit that is settled at once; gives the settlement."""

        def work(act: Any) -> Any:
            when = date.fromisoformat(day)
            visit = begin_visit(act, self.library, self.person, at, when, said)
            add_lines(act, self.library, visit, lines)
            return settled(act, self.library, visit)

        return do(self.book, work).settlement

    def clean(self) -> list[str]:
        """What verifying the book finds."""
        with self.book.reading() as connection:
            return list(differences(connection, self.library))


def opened_town(
    address: str,
    folder: Path,
    library: Library,
    policy: str,
    facts: Mapping[str, Any],
    opened: date = OPENED,
) -> Iterator[Town]:
    """A town whose people are insured by a policy."""
    book = new_at(address, folder, library)

    def work(act: Any) -> Town:
        area = library.versions(policy)[0].area
        open_area(act, area, Bilingual("本市", "the city"))
        open_area(act, "310104", Bilingual("上海徐汇", "Xuhui, Shanghai"))
        scheme = open_scheme(act, library, area, policy, {})
        open_institution(act, area, "H1", "一院", opened, HOSPITAL)
        open_institution(act, area, "H2", "二院", opened, HOSPITAL)
        open_institution(act, "310104", "S1", "徐汇医院", opened, HOSPITAL)
        person = register(act, identity("320402", "19800101", 1), "张三")
        insured(act, library, person, scheme, opened, facts)
        return Town(book, person, scheme)

    yield do(book, work, day=opened)
    book.close()


def refused(work: Callable[[], Any]) -> Refused:
    """The refusal of some work, which has a sentence in each language."""
    with pytest.raises(Refused) as found:
        work()
    assert found.value.message.zh
    assert found.value.message.en
    return found.value
