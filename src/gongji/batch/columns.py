"""Which column of a table is what: ids, dates, amounts, and the facts of a policy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa

from gongji.batch.refusals import no_column, no_name, unknown_column, wrong_table, wrong_type
from gongji.engine.amounts import AMOUNTS
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.policy.model import Fact, Policy
from gongji.wording import Bilingual, Refused

__all__ = [
    "FEN",
    "Columns",
    "check_ignored",
    "claim_columns",
    "facts_of",
    "is_text",
    "person_columns",
]

FEN = "_fen"
"""How the name of a column ends that holds whole fen instead of yuan."""

_IDS = Bilingual("整数或文字", "whole numbers or text")
_YUAN = Bilingual(
    "decimal 或文字（元），或以 _fen 结尾的整数列（分）；浮点数存不准金额",
    "decimal or text (yuan), or whole fen in a column whose name ends in _fen; floats cannot hold "
    "money exactly",
)


class Columns(NamedTuple):
    """The names of the columns that a table has, by what they are.

    `money` maps an amount (or `account_balance`) to its column; `facts` a fact to its column.
    """

    ids: tuple[str, ...]
    money: dict[str, str]
    facts: dict[str, str]
    line: bool = False
    sequence: bool = False
    since: bool = False

    @property
    def names(self) -> list[str]:
        """Every column that is read."""
        more = [
            name
            for name, there in (
                ("line", self.line), ("sequence", self.sequence), ("since", self.since)
            )
            if there
        ]  # fmt: skip
        return [*self.ids, *more, *self.money.values(), *self.facts.values()]


def facts_of(policies: Iterable[Policy]) -> dict[str, Fact]:
    """The facts of all versions of a policy, with the values and the ranges of all of them.

    A word that stands for one value in one version and for another in another is none of them.
    """
    found: dict[str, Fact] = {}
    for policy in policies:
        for name, fact in policy.facts.items():
            found[name] = _together(found[name], fact) if name in found else fact
    return found


def _together(one: Fact, other: Fact) -> Fact:
    values = {**one.values, **other.values}
    aliases = {**other.aliases, **one.aliases}
    for word in {*one.aliases} & {*other.aliases}:
        if one.aliases[word] != other.aliases[word]:
            del aliases[word]
    least = min(one.least, other.least)
    most = None if one.most is None or other.most is None else max(one.most, other.most)
    return one._replace(values=values, aliases=aliases, least=least, most=most)


def claim_columns(
    schema: pa.Schema,
    facts: dict[str, Fact],
    table: str,
    ignore: Collection[str],
    *,
    with_persons: bool,
) -> Columns:
    """The columns of claims; those of persons too where there is no table of persons.

    Raises `Refused` for a column that is missing, unknown, misnamed or of the wrong type.
    """
    allowed = {name: fact for name, fact in facts.items() if fact.of == "bill" or not with_persons}
    of_persons = {"since", ACCOUNT_BALANCE, *(facts.keys() - allowed.keys())}
    _check_place(schema, of_persons, table, "persons", ignore)
    ids = ("claim", "person", "date")
    found = _sorted_out(schema, allowed, table, ignore, ids, ("line", "sequence"), AMOUNTS)
    if not {"total", "in_scope"} & set(found.money):
        raise no_column(table, "in_scope", schema.names, other="total")
    return found


def person_columns(
    schema: pa.Schema, facts: dict[str, Fact], table: str, ignore: Collection[str]
) -> Columns:
    """The columns of persons.  Raises `Refused` as `claim_columns` does."""
    allowed = {name: fact for name, fact in facts.items() if fact.of == "person"}
    of_claims = {"claim", "date", "line", "sequence", *AMOUNTS, *(facts.keys() - allowed.keys())}
    _check_place(schema, of_claims, table, "claims", ignore)
    return _sorted_out(schema, allowed, table, ignore, ("person",), ("since",), (ACCOUNT_BALANCE,))


def check_ignored(ignore: Collection[str], tables: Iterable[pa.Schema]) -> None:
    """Raise `Refused` for a column to be left out that none of the tables has."""
    names = list(dict.fromkeys(name for schema in tables for name in schema.names))
    for name in ignore:
        if name not in (*names, "*"):
            raise no_column("--ignore", name, names)


def _check_place(
    schema: pa.Schema, others: Collection[str], table: str, place: str, ignore: Collection[str]
) -> None:
    """Raise `Refused` for a column that belongs into the other table, `place`."""
    for name in schema.names:
        if name.removesuffix(FEN) in others and not {name, "*"} & {*ignore}:
            raise wrong_table(table, name, place)


def _sorted_out(
    schema: pa.Schema,
    facts: dict[str, Fact],
    table: str,
    ignore: Collection[str],
    ids: tuple[str, ...],
    optional: tuple[str, ...],
    amounts: Sequence[str],
) -> Columns:
    names = [name for name in schema.names if name not in ignore]
    if "" in names and "*" not in ignore:
        raise no_name(table, schema.names.index("") + 1)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise _said_twice(table, twice[0], twice[0])
    for name in ids:
        if name not in names:
            raise no_column(table, name, names)
    money: dict[str, str] = {}
    said: dict[str, str] = {}
    for name in names:
        bare = name.removesuffix(FEN)
        if name in (*ids, *optional):
            continue
        if bare in amounts or (bare in facts and facts[bare].kind == "amount"):
            place, what = (money if bare in amounts else said), bare
        elif name in facts:
            place, what = said, name
        elif "*" in ignore:
            continue
        else:
            known = [*ids, *optional, *amounts, *facts]
            raise unknown_column(table, name, known)
        if what in place:
            raise _said_twice(table, place[what], name)
        place[what] = name
    columns = Columns(
        ids, money, said, "line" in names and "line" in optional,
        "sequence" in names and "sequence" in optional, "since" in names and "since" in optional,
    )  # fmt: skip
    _check_types(schema, columns, facts, table)
    return columns


def _check_types(schema: pa.Schema, columns: Columns, facts: dict[str, Fact], table: str) -> None:
    for name in columns.ids:
        kind = _plain(schema.field(name).type)
        if name == "date":
            _check_date(kind, table, name)
        elif not (pa.types.is_integer(kind) or is_text(kind)):
            raise wrong_type(table, name, kind, _IDS)
    for name in ("line", "sequence"):
        if getattr(columns, name):
            kind = _plain(schema.field(name).type)
            if not (pa.types.is_integer(kind) or is_text(kind)):
                raise wrong_type(table, name, kind, Bilingual("整数", "whole numbers"))
    if columns.since:
        _check_date(_plain(schema.field("since").type), table, "since")
    for name in columns.money.values():
        _check_money(_plain(schema.field(name).type), table, name)
    for fact, name in columns.facts.items():
        _check_fact(_plain(schema.field(name).type), facts[fact], table, name)


def _check_money(kind: pa.DataType, table: str, name: str) -> None:
    whole = pa.types.is_integer(kind) or pa.types.is_null(kind) or is_text(kind)
    if not (whole or (pa.types.is_decimal(kind) and not name.endswith(FEN))):
        raise wrong_type(table, name, kind, _YUAN)


def _check_date(kind: pa.DataType, table: str, name: str) -> None:
    fits = pa.types.is_date(kind) or pa.types.is_timestamp(kind) or is_text(kind)
    if not (fits or pa.types.is_null(kind)):
        raise wrong_type(table, name, kind, Bilingual("日期", "dates"))


def _check_fact(kind: pa.DataType, fact: Fact, table: str, name: str) -> None:
    if fact.kind == "date":
        _check_date(kind, table, name)
    elif fact.kind == "amount":
        _check_money(kind, table, name)
    elif fact.kind == "number":
        fits = pa.types.is_integer(kind) or pa.types.is_decimal(kind) or is_text(kind)
        if not (fits or pa.types.is_floating(kind) or pa.types.is_null(kind)):
            expected = Bilingual("整数、decimal 或文字", "whole numbers, decimals or text")
            raise wrong_type(table, name, kind, expected)
    elif fact.kind == "set" and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return
    elif not (is_text(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
        fits = pa.types.is_integer(kind) and (fact.kind == "yes_no" or bool(fact.aliases))
        if not fits:
            raise wrong_type(table, name, kind, Bilingual("文字", "text"))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: pa.DataType) -> bool:
    """Whether a column is of text, listed or not."""
    kind = _plain(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _said_twice(table: str, one: str, other: str) -> Refused:
    return Refused(
        "said_twice",
        Bilingual(
            f"{table}：“{one}”和“{other}”说的是同一件事；只留一列",
            f"{table}: the columns {one!r} and {other!r} say the same; keep one",
        ),
        {"table": table, "field": other},
    )
