"""Statements in words: who pays what line by line, every step with its clause, what is left.

Figures are those of `book.printed`; here they get their titles, out of the policy that made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from gongji.book.care.readings import readings_of
from gongji.book.care.resettling import case_kept
from gongji.book.care.settling import worked_out
from gongji.book.printed.years import YearOf, last_settled
from gongji.book.schema.places import AREA
from gongji.engine.settlement import Settlement
from gongji.explain.explanation import Explanation, explain
from gongji.explain.names import Cite, Names
from gongji.explain.record import in_both
from gongji.money import format_yuan, parse_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["settlement_statement", "year_statement"]

_LINES = {
    "total": Bilingual("医疗费总额", "Total of the bill"),
    "out_of_catalogue": Bilingual("目录外（自费）", "Out of catalogue"),
    "over_price_cap": Bilingual("超限价", "Above a price cap"),
    "prior_self_pay": Bilingual("先行自付", "Share borne first"),
    "in_scope": Bilingual("政策范围内", "In scope"),
    "deductible": Bilingual("起付标准", "Deductible"),
    "person": Bilingual("个人负担", "Borne by the person"),
    "account": Bilingual("个人账户支付", "From the personal account"),
    "cash": Bilingual("现金支付", "In cash"),
    "relatives": Bilingual("其中亲属账户支付", "of which accounts of relatives paid"),
}
_NOT_IN_SCOPE = ("out_of_catalogue", "over_price_cap", "prior_self_pay")


def settlement_statement(
    connection: Connection, library: Library, row: Row[Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    """The words of a settlement's statement.  Raises `Refused` (`rules_gone`)."""
    explanation = _explained(connection, library, row)
    one, names = explanation.settlement, explanation.names
    return {
        "area_name": _area(connection, said["area"]),
        "policy": _policy(names),
        "care": _care(one, names),
        "lines": list(_lines(one, names, said)),
        "steps": [
            {"text": in_both(line.text), "arithmetic": line.arithmetic,
             "citations": [_cited(cite) for cite in line.cites]}
            for line in explanation.lines
        ],
        "left": [in_both(text) for _, text in explanation.left],
        "notes": [in_both(text) for text in explanation.notes],
        "assumptions": [in_both(text) for text in explanation.assumptions],
        "readings": [
            {"text": in_both(text), **_cited(cite)} for cite, text in explanation.readings
        ],
    }  # fmt: skip


def year_statement(
    connection: Connection, library: Library, of: YearOf, said: Mapping[str, Any]
) -> dict[str, Any]:
    """The words of a year's statement; what is left is what the last settlement of it left."""
    schemes, funds = _titles(library, said["insured"])
    left: list[Any] = []
    row = last_settled(connection, of)
    if row is not None:
        with suppress(Refused):  # its rules are gone, and the figures stand all the same
            every = _explained(connection, library, row).left
            left = [in_both(text) for one, text in every if one.kind != "account"]
    return {
        "area_name": _area(connection, said["area"]),
        "schemes": {name: in_both(title) for name, title in schemes.items()},
        "funds": {
            fund: in_both(funds.get(fund, Bilingual(fund, fund)))
            for fund in dict.fromkeys((*funds, *said["payments"]))
            if fund in said["payments"]
        },
        "left": left,
        "left_on": row.day.isoformat() if row is not None and left else None,
    }


def _titles(
    library: Library, insured: Iterable[Mapping[str, str]]
) -> tuple[dict[str, Bilingual], dict[str, Bilingual]]:
    """The titles of the schemes of a year by policy, and of their funds."""
    schemes: dict[str, Bilingual] = {}
    funds: dict[str, Bilingual] = {}
    for one in insured:
        name = one["policy"]
        schemes[name] = Bilingual(name, name)
        with suppress(Refused):
            policy = library.policy(name, date.fromisoformat(one["until"]))
            schemes[name] = policy.title
            funds.update(policy.funds)
    return schemes, funds


def _explained(connection: Connection, library: Library, row: Row[Any]) -> Explanation:
    one = worked_out(case_kept(connection, library, row), readings_of(row.before))
    return explain(one, library.document(one.policy.document))


def _area(connection: Connection, code: str) -> Any:
    row = connection.execute(select(AREA.c.zh, AREA.c.en).where(AREA.c.code == code)).one()
    return in_both(Bilingual(row.zh, row.en))


def _policy(names: Names) -> dict[str, Any]:
    policy, document = names.policy, names.document
    return {
        "policy": policy.id, "title": in_both(policy.title),
        "version": policy.in_force.first.isoformat(), "document": document.title,
        "number": document.number, "issuer": document.issuer,
    }  # fmt: skip


def _care(one: Settlement, names: Names) -> Any:
    """What kind of care it was, in the policy's words; None where the policy does not ask."""
    setting = one.facts.get("setting")
    return in_both(names.value("setting", setting)) if isinstance(setting, str) else None


def _lines(one: Settlement, names: Names, said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Who pays what, from the total down to the cash."""

    def line(name: str, title: Bilingual, fen: int | None) -> dict[str, Any]:
        amount = None if fen is None else format_yuan(fen)
        return {"line": name, "title": in_both(title), "amount": amount}

    def known(name: str, fen: int | None) -> dict[str, Any]:
        return line(name, _LINES[name], fen)

    def fen_of(name: str) -> int | None:
        return None if said[name] is None else parse_yuan(said[name], name)

    total = fen_of("total")
    assert total == one.total, "what was kept comes out again"
    yield known("total", total)
    for name in _NOT_IN_SCOPE:
        yield known(name, one.laid_on(name))
    yield known("in_scope", one.total - sum(map(one.laid_on, _NOT_IN_SCOPE)))
    yield known("deductible", one.laid_on("deductible"))
    paid = said["payments"]
    for fund in sorted(paid, key=list(one.payments).index):  # as the policy names them
        yield line(f"fund {fund}", names.fund(fund), parse_yuan(paid[fund], fund))
    for name in ("person", "account", "cash"):
        yield known(name, fen_of(name))
    if fen_of("relatives"):
        yield known("relatives", fen_of("relatives"))


def _cited(cite: Cite) -> dict[str, Any]:
    return {
        "clause": cite.clause, "document": cite.document, "place": cite.place,
        "reading": cite.reading,
    }  # fmt: skip
