"""Contributions in bulk: files of what is declared and of what arrived, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gongji.book.acts import Act
from gongji.book.contributions.declaring import GOVERNMENT, declare, owing
from gongji.book.contributions.periods import first_day_of
from gongji.book.contributions.receipts import receive
from gongji.book.persons.people import person_with
from gongji.book.rules import scheme_of
from gongji.book.sheets import Column, NotSo, Problem, Sheet, day_of, decimal_of, refuse, rows_of
from gongji.engine.inputs import read_value
from gongji.money import format_yuan, parse_yuan
from gongji.policy.model import Policy
from gongji.policy.reach import reached_by_question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Declared", "Received", "declare_all", "declare_each", "receive_all", "receive_each"]

_LENGTH = 18
"""Of an identity number."""

_SHORTENED = re.compile(r"\d(\.\d+)?E\+?\d+", re.ASCII)
"""What a spreadsheet makes of a long number, in capitals."""


class Declared(NamedTuple):
    """What a row declared: whose, for when, the due's number."""

    row: int
    person: int
    period: str
    due: int


class Received(NamedTuple):
    """What a row's money paid, in fen; the receipt's number."""

    row: int
    person: int
    period: str
    fen: int
    receipt: int


def declare_all(act: Act, library: Library, scheme: int, sheet: Sheet) -> list[Declared]:
    """Declare what every row says: `identity`, `period`, and what the amount goes by.

    Where the policy rules the amount its facts are columns, such as `wage`; where it does not, the
    shares are: `employer`, `employee`, `government`.  Raises `Refused` (`bad_file`) with every row
    that cannot be; nothing is declared then.
    """
    return _whole(sheet, declare_each(act, library, scheme, sheet))


def declare_each(
    act: Act, library: Library, scheme: int, sheet: Sheet
) -> tuple[list[Declared], list[Problem]]:
    """Declare every row that can be, and tell what is wrong with the others; for a look ahead."""
    columns: list[Column[Any]] = [_identity(act), _period(), *_amounts()]
    latest = library.versions(scheme_of(act.connection, scheme).policy)[-1]
    columns += _facts(library.policy(latest.id, latest.in_force.first))
    names = {one.name for one in _amounts()}

    def work(number: int, row: Mapping[str, Any]) -> Declared:
        said = {name: value for name, value in row.items() if value}
        amounts = {name: said.pop(name) for name in list(said) if name in names}
        person, period = said.pop("identity"), said.pop("period")
        due = declare(act, library, person, scheme, period, said, amounts or None)
        return Declared(number, person, period, due)

    return _each(act, sheet, columns, work)


def receive_all(act: Act, library: Library, scheme: int, sheet: Sheet) -> list[Received]:
    """Book what every row says arrived: `identity`, `period`, `amount` in yuan, `arrived`.

    A row pays what is due of the person for the period, but for the government's share; a column
    `share` names another.  Raises `Refused` (`bad_file`) with every row that cannot be; nothing is
    booked then.
    """
    return _whole(sheet, receive_each(act, library, scheme, sheet))


def receive_each(
    act: Act, library: Library, scheme: int, sheet: Sheet
) -> tuple[list[Received], list[Problem]]:
    """Book every row that can be, and tell what is wrong with the others; for a look ahead."""
    columns: list[Column[Any]] = [
        _identity(act),
        _period(),
        Column("amount", "金额", _yuan),
        Column("arrived", "到账日", day_of),
        Column("share", "缴纳方", str, empty="", needed=False),
    ]

    def work(number: int, row: Mapping[str, Any]) -> Received:
        person, period, arrived = row["identity"], row["period"], row["arrived"]
        due = _due_of(act, scheme, person, period)
        fen = parse_yuan(row["amount"], "amount")
        shares = [row["share"]] if row["share"] else None
        receipt = receive(act, library, scheme, arrived, fen, [due], shares)
        return Received(number, person, period, fen, receipt)

    return _each(act, sheet, columns, work)


def _each(
    act: Act,
    sheet: Sheet,
    columns: list[Column[Any]],
    work: Callable[[int, Mapping[str, Any]], Any],
) -> tuple[list[Any], list[Problem]]:
    """Do the work of every row that can be done, and tell what is wrong with the others."""
    problems: list[Problem] = []
    done = []
    if not sheet.rows:
        problems.append(Problem(2, "", Bilingual("只有列名，没有内容", "there are no rows")))
    for number, row in rows_of(sheet, columns, problems):
        try:
            with act.connection.begin_nested():
                done.append(work(number, row))
        except Refused as refused:
            field = str(refused.details.get("field", "")).rpartition(".")[2]
            problems.append(Problem(number, field, refused.message))
    return done, problems


def _whole(sheet: Sheet, found: tuple[list[Any], list[Problem]]) -> list[Any]:
    """What was done, where nothing was wrong with any row."""
    done, problems = found
    if problems:
        raise refuse(sheet.name, problems)
    return done


def _identity(act: Act) -> Column[int]:
    def read(text: str) -> int:
        number = text.strip().upper()
        person = person_with(act.connection, act.seal, number)
        if person is None:
            raise NotSo(_why_nobody(number))
        return person

    return Column("identity", "身份证号", read)


def _why_nobody(number: str) -> Bilingual:
    """Why nobody is found: a spreadsheet shortened the number, it is none, or nobody has it."""
    if _SHORTENED.fullmatch(number):
        return Bilingual(
            f"“{number}”是表格软件改过的，后几位已经丢失；请把这一列设为文本，重新填号码",
            f"“{number}” was changed by a spreadsheet, its last digits are lost; make the column "
            "text and type the number again",
        )
    if len(number) != _LENGTH:
        return Bilingual(
            f"应为 {_LENGTH} 位，这里是 {len(number)} 位",
            f"expected {_LENGTH} characters, here are {len(number)}",
        )
    return Bilingual("没有登记过这个身份证号", "nobody with this number is known")


def _period() -> Column[str]:
    def read(text: str) -> str:
        try:
            first_day_of(text)
        except Refused as refused:
            raise NotSo(refused.message) from None
        return text

    return Column("period", "所属期", read)


def _amounts() -> list[Column[str]]:
    titles = {"employer": "单位缴费", "employee": "个人缴费", GOVERNMENT: "财政补助"}
    return [Column(name, zh, _yuan, empty="", needed=False) for name, zh in titles.items()]


def _facts(policy: Policy) -> list[Column[str]]:
    """The facts by which a policy says what is due, as columns."""
    names = {
        name
        for one in policy.services.get("due", ())
        for name in reached_by_question(policy, policy.questions[one.question])
    }
    return [
        Column(name, policy.facts[name].title.zh, _value_of(policy, name), empty="", needed=False)
        for name in policy.facts
        if name in names
    ]


def _value_of(policy: Policy, name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            read_value(policy, policy.facts[name], text, name)
        except Refused as refused:
            zh, en = refused.message.zh, refused.message.en  # the column is told beside it
            raise NotSo(
                Bilingual(zh.removeprefix(f"{name}："), en.removeprefix(f"{name}: "))
            ) from None
        return text

    return read


def _yuan(text: str) -> str:
    return format_yuan(decimal_of(text.replace(",", ""), 2))


def _due_of(act: Act, scheme: int, person: int, period: str) -> int:
    """What is due of a person for a period.  Raises `Refused` (`nothing_due`)."""
    for due in owing(act.connection, scheme, period, person=person):
        if due.period == period:
            return due.number
    raise Refused(
        "nothing_due",
        Bilingual(f"{period} 没有应缴，或已经缴过", f"nothing is due for {period}, or it is paid"),
        {"field": "period"},
    )
