"""What the lists of a catalogue mean in the words of a scheme's policy: a table of the book's data.

Each row gives a fact of a line a value where its item is on a list, and may ask for something of
the person or the visit besides.  The first row that fits decides; a row of the list `*` at the end
says what holds of all other items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from gongji.book.acts import Act
from gongji.book.known import standing
from gongji.book.rules import Scheme
from gongji.book.schema.catalogue import LIST_FACT, LISTED
from gongji.book.schema.places import SCHEME
from gongji.book.sheets import Column, NotSo, Problem, Sheet, refuse, rows_of
from gongji.engine.amounts import Raw
from gongji.engine.inputs import read_value
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed, nearest, shortened

__all__ = [
    "QUANTITY",
    "ListFact",
    "facts_by_list",
    "list_facts_on",
    "load_list_facts",
    "unmapped_lists",
]

QUANTITY = "@quantity"
"""A value that stands for the quantity of the line."""


class ListFact(NamedTuple):
    """On a list, and where `if_fact` is `if_value` or holds it, `fact` is `value`."""

    list: str
    fact: str
    value: str
    if_fact: str
    if_value: str


def load_list_facts(
    act: Act, library: Library, scheme: Scheme, since: date, sheet: Sheet
) -> tuple[int, int]:
    """Have a sheet of `list`, `fact`, `value`, `if_fact`, `if_value` hold in a scheme from a day.

    It replaces the whole table from that day, up to a later one if there is one.  Gives how many
    rows were written and how many ended.  Raises `Refused` (`bad_file`) for facts and values that
    the policy of that day does not have.
    """
    lock = select(SCHEME.c.id).where(SCHEME.c.id == scheme.number)
    act.connection.execute(lock.with_for_update(key_share=True)).all()
    policy = library.policy(scheme.policy, since)
    problems: list[Problem] = []
    rows = [(number, ListFact(**row)) for number, row in rows_of(sheet, _columns(), problems)]
    for number, row in rows:
        problems += _checked(policy, number, row)
    if problems:
        raise refuse(sheet.name, problems)
    said = [row for _, row in rows]
    mine = (
        (LIST_FACT.c.scheme == scheme.number)
        & (LIST_FACT.c.since == since)
        & LIST_FACT.c.ended.is_(None)
    )
    if said == [_fact(row) for row in act.connection.execute(_ordered(mine))]:
        return 0, 0
    ended = act.connection.execute(update(LIST_FACT).where(mine).values(ended=act.number)).rowcount
    if said:
        act.connection.execute(
            insert(LIST_FACT),
            [
                {
                    **row._asdict(), "scheme": scheme.number, "since": since, "place": place,
                    "act": act.number,
                }
                for place, row in enumerate(said)
            ],
        )  # fmt: skip
    return len(said), ended


def list_facts_on(
    connection: Connection, scheme: int, day: date, known_on: date | None = None
) -> list[ListFact]:
    """The table of a scheme that holds on a day, in its order."""
    mine = (LIST_FACT.c.scheme == scheme) & standing(LIST_FACT, known_on)
    last = connection.scalar(
        select(func.max(LIST_FACT.c.since)).where(mine & (LIST_FACT.c.since <= day))
    )
    if last is None:
        return []
    return [_fact(row) for row in connection.execute(_ordered(mine & (LIST_FACT.c.since == last)))]


def facts_by_list(
    policy: Policy,
    table: Sequence[ListFact],
    lists: frozenset[str],
    said: Mapping[str, Raw],
) -> dict[str, Raw]:
    """The facts of a line whose item is on some lists; `said` is what is so of person and visit.

    A value may be `QUANTITY`.  Facts that the policy does not have are left out: another version
    may have them.
    """
    found: dict[str, Raw] = {}
    for row in table:
        if row.fact in found or row.list not in lists or row.fact not in policy.facts:
            continue
        if not row.if_fact or _fits(policy, row, said):
            found[row.fact] = row.value
    return found


def unmapped_lists(connection: Connection) -> list[str]:
    """Lists that items are on and that no scheme makes anything of, which may be mistyped."""
    used = select(LIST_FACT.c.list).where(LIST_FACT.c.ended.is_(None))
    there = select(LISTED.c.list).where(LISTED.c.ended.is_(None) & LISTED.c.list.not_in(used))
    return sorted(connection.scalars(there.distinct()))


def _fits(policy: Policy, row: ListFact, said: Mapping[str, Raw]) -> bool:
    """Whether what a row asks for besides is so; what is not said is as the policy assumes."""
    fact = policy.facts.get(row.if_fact)
    if fact is None:
        return False
    raw = said.get(row.if_fact, fact.default or "")
    words = raw.split(",") if isinstance(raw, str) else list(raw)
    wanted = read_value(policy, fact, row.if_value, row.if_fact)
    return any(
        read_value(policy, fact, one, row.if_fact) == wanted
        for one in words
        if isinstance(one, str) and one.strip()
    )


def _columns() -> list[Column[Any]]:
    return [
        Column("list", "名录", str),
        Column("fact", "情形", str),
        Column("value", "取值", str),
        Column("if_fact", "条件", str, "", needed=False),
        Column("if_value", "条件取值", str, "", needed=False),
    ]


def _checked(policy: Policy, number: int, row: ListFact) -> list[Problem]:
    """What a row says that the policy cannot mean."""
    found = []
    for column, name, value in (
        ("fact", row.fact, row.value), ("if_fact", row.if_fact, row.if_value),
    ):  # fmt: skip
        try:
            if column == "fact" or name:
                _read(policy, name, value, of_line=column == "fact")
        except NotSo as error:
            found.append(Problem(number, column, error.what))
    if bool(row.if_fact) != bool(row.if_value):
        what = Bilingual("条件和条件取值要么都写，要么都不写", "if_fact and if_value go together")
        found.append(Problem(number, "if_value", what))
    return found


def _read(policy: Policy, name: str, value: str, *, of_line: bool) -> None:
    fact = policy.facts.get(name)
    if fact is None or (of_line and fact.of != "bill"):
        names = [one for one, its in policy.facts.items() if its.of == "bill" or not of_line]
        near = nearest(name, names)
        hint = (
            Bilingual(f"；是否指 {near}", f"; did you mean {near}?") if near else Bilingual("", "")
        )
        raise NotSo(
            Bilingual(f"{policy.id} 没有“{shortened(name)}”，有：{listed(names)}",
                      f"{policy.id} has no “{shortened(name)}”; it has: {listed(names)}")
            + hint
        )  # fmt: skip
    try:
        if value != QUANTITY or not of_line or fact.kind != "number":
            read_value(policy, fact, value, name)
    except Refused as refused:
        raise NotSo(refused.message) from None


def _ordered(where: Any) -> Any:
    return select(LIST_FACT).where(where).order_by(LIST_FACT.c.place)


def _fact(row: Any) -> ListFact:
    return ListFact(row.list, row.fact, row.value, row.if_fact, row.if_value)
