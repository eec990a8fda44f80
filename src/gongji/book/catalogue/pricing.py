"""From what an institution sends of a line to its amounts and facts.

The national code (or the institution's own, where it was approved) finds the item as it is on the
day of the line; class, cap, rate and lists say the rest.  What the policy works out itself is left
to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row

from gongji.book.catalogue.amounts import QUANTITY_PLACES, Amounts, amounts_of
from gongji.book.catalogue.columns import PRICE_PLACES, RATE_PLACES, item_code
from gongji.book.catalogue.items import Item, Terms, Where, terms_of
from gongji.book.catalogue.list_facts import QUANTITY, ListFact, facts_by_list, list_facts_on
from gongji.book.catalogue.own_codes import OwnItem, item_meant, own_items
from gongji.book.persons.facts import facts_on
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.places import INSTITUTION
from gongji.book.sheets import NotSo, decimal_of
from gongji.engine.amounts import Raw
from gongji.money import MAX_FEN, grouped_yuan
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["CodedLine", "Pricing", "Sent", "Worked", "priced", "pricing_of", "read_line"]

T = TypeVar("T")

_WHOLE = 10**RATE_PLACES
_SERIAL = re.compile(r"[0-9A-Za-z_-]{1,30}", re.ASCII)


class CodedLine(NamedTuple):
    """A line as an institution sends it; numbers as they are written.

    `serial` is the institution's own number of it, one of its kind in a visit.  `code` is the
    national code, `own` the institution's own; either will do.  `total` is what the institution
    makes it, if it says so.  A return has a negative quantity; `returns` is the serial of what is
    returned, which may be left out where code and price find it.  `approved` is whether the
    conditions of an item of restricted use were confirmed.  `facts` are other facts of the line.
    """

    serial: str
    day: date
    quantity: str
    price: str
    code: str | None = None
    own: str | None = None
    total: str | None = None
    returns: str | None = None
    approved: bool | None = None
    facts: Mapping[str, Raw] = {}


class Sent(NamedTuple):
    """The numbers of a line, read: ten-thousandths, millionths of a yuan, fen."""

    quantity: int
    price: int
    total: int | None


class Worked(NamedTuple):
    """What a line came to, and what of."""

    item: str
    item_class: str | None
    cap: int | None
    rate: int | None
    facts: Mapping[str, Raw]
    amounts: Amounts


@dataclass(slots=True)
class Pricing:
    """What the lines of a visit are worked out by; terms of a day are looked up once."""

    connection: Connection
    visit: Row[Any]
    scheme: Scheme
    policy: Policy
    place: str
    table: list[ListFact]
    said: Mapping[str, Raw]
    mappings: Mapping[str, list[OwnItem]] = field(default_factory=dict)
    _terms: dict[tuple[str, date], Terms] = field(default_factory=dict)

    def look_up(self, lines: list[tuple[CodedLine, str]]) -> None:
        """Look up own codes, then all items, a query each for a day."""
        owns = {line.own for line, _ in lines if line.own}
        self.mappings = own_items(self.connection, self.visit.institution, owns)
        wanted: dict[date, set[str]] = {}
        for line, where in lines:
            wanted.setdefault(line.day, set()).add(self.code_of(line, where))
        for day, codes in wanted.items():
            facts = facts_on(self.connection, "institution", self.visit.institution, day)
            at = Where(self.place, str(facts.get("tier", "")), self.scheme.area, self.scheme.policy)
            found = terms_of(self.connection, at, codes, day)
            self._terms.update({(code, day): terms for code, terms in found.items()})

    def terms(self, code: str, day: date) -> Terms:
        """What holds of an item that was looked up."""
        return self._terms[code, day]

    def code_of(self, line: CodedLine, where: str) -> str:
        """The national code of a line.

        Raises `Refused`: `bad_code`, `unmapped_item`, `not_approved`, `other_item` where both codes
        are given and mean different items.
        """
        code = None
        if line.code:
            code = _read(item_code, line.code, f"{where}.code", "bad_code")
        if line.own:
            field_name = f"{where}.own"
            meant = item_meant(self.mappings.get(line.own, []), line.own, line.day, field_name)
            if code is not None and code != meant:
                raise Refused(
                    "other_item",
                    Bilingual(
                        f"{field_name}：院内编码 {line.own} 对照的是 {meant}，送来的是 {code}；"
                        "请改正其一",
                        f"{field_name}: the own code {line.own} stands for {meant}, but {code} was "
                        "sent; mend one of them",
                    ),
                    {"field": field_name},
                )
            return meant
        if code is None:
            raise Refused(
                "bad_code",
                Bilingual(f"{where}：没有医疗目录编码，也没有院内编码",
                          f"{where}: neither a national code nor an own one is given"),
                {"field": f"{where}.code"},
            )  # fmt: skip
        return code


def pricing_of(connection: Connection, library: Library, visit: Row[Any]) -> Pricing:
    """What the lines of a visit are worked out by."""
    scheme = scheme_of(connection, visit.scheme)
    place = connection.execute(
        INSTITUTION.select().where(INSTITUTION.c.code == visit.institution)
    ).one()
    said: dict[str, Raw] = {
        **facts_on(connection, "person", str(visit.person), visit.day),
        **facts_on(connection, "institution", visit.institution, visit.day),
        **json.loads(visit.said),
    }
    policy = library.policy(scheme.policy, visit.day)
    table = list_facts_on(connection, scheme.number, visit.day)
    return Pricing(connection, visit, scheme, policy, place.area, table, said)


def read_line(line: CodedLine, where: str) -> Sent:
    """The numbers of a line.  Raises `Refused` (`bad_serial`, `bad_quantity`, `bad_amount`)."""
    if not _SERIAL.fullmatch(line.serial):
        raise Refused(
            "bad_serial",
            Bilingual(f"{where}.serial：“{shortened(line.serial)}”应为至多 30 位字母、数字",
                      f"{where}.serial: “{shortened(line.serial)}”: expected at most 30 letters or "
                      "digits"),
            {"field": f"{where}.serial"},
        )  # fmt: skip
    quantity = _read(
        lambda text: decimal_of(text, QUANTITY_PLACES, signed=True),
        line.quantity, f"{where}.quantity", "bad_quantity",
    )  # fmt: skip
    if quantity == 0:
        raise Refused(
            "bad_quantity",
            Bilingual(f"{where}.quantity：数量不能是 0；退费写负数",
                      f"{where}.quantity: nothing costs nothing; a return has a negative quantity"),
            {"field": f"{where}.quantity"},
        )  # fmt: skip
    price = _read(
        lambda text: decimal_of(text, PRICE_PLACES), line.price, f"{where}.price", "bad_amount"
    )
    total = None
    if line.total is not None:
        total = _read(
            lambda text: decimal_of(text, 2, signed=True),
            line.total, f"{where}.total", "bad_amount",
        )  # fmt: skip
    return Sent(quantity, price, total)


def priced(pricing: Pricing, line: CodedLine, sent: Sent, where: str) -> Worked:
    """Work out a line that is no return.

    Raises `Refused`: `withdrawn_item` with since when, `not_stated` where the share to bear first
    of an item of class B is not in the catalogue, `bad_amount` beyond all measure,
    `impossible_value` where the line says otherwise than a list, and what `code_of` refuses.
    """
    code = pricing.code_of(line, where)
    terms = pricing.terms(code, line.day)
    if terms.gone is not None:
        raise Refused(
            "withdrawn_item",
            Bilingual(f"{where}.code：项目 {code} 自 {terms.gone} 起已停用；请改用现行编码",
                      f"{where}.code: the item {code} is withdrawn since {terms.gone}; use the "
                      "code that is in force"),
            {"field": f"{where}.code"},
        )  # fmt: skip
    item = terms.item
    covered = item is not None and _covered(item, line.approved)
    left = {scope.works_out for scope in pricing.policy.scopes}
    cap = terms.cap if covered and "over_price_cap" not in left else None
    rate = None
    if item is not None and covered:
        rate = _rate(item, terms.rate, line.day, where, left_to_policy="prior_self_pay" in left)
    amounts = amounts_of(sent.quantity, sent.price, covered=covered, cap=cap, rate=rate or 0)
    if amounts is None:
        raise Refused(
            "bad_amount",
            Bilingual(f"{where}：数量乘单价超过 {grouped_yuan(MAX_FEN)} 元",
                      f"{where}: quantity by price is more than {grouped_yuan(MAX_FEN)} yuan"),
            {"field": where},
        )  # fmt: skip
    facts = dict(line.facts)
    if covered and not amounts.out_of_catalogue:
        said = {**pricing.said, **facts}
        listed = facts_by_list(pricing.policy, pricing.table, terms.lists, said)
        facts = _together(facts, listed, where)
    return Worked(code, item.item_class if item else None, cap, rate, facts, amounts)


def _covered(item: Item, approved: bool | None) -> bool:  # noqa: FBT001 - three answers
    """Whether an item is paid for; one of restricted use where its conditions are confirmed."""
    if item.item_class == "class_c" or approved is False:
        return False
    return bool(approved) or not item.restricted


def _rate(
    item: Item, said: int | None, day: date, where: str, *, left_to_policy: bool
) -> int | None:
    """What share is borne first; none where the policy works it out.

    Of class A it is nothing, by what class A is; of class B it has to be in the catalogue.
    """
    if said == _WHOLE or (said is not None and not left_to_policy):
        return said
    if left_to_policy:
        return None
    if item.item_class == "class_a":
        return 0
    raise Refused(
        "not_stated",
        Bilingual(f"{where}.code：目录没有写乙类项目 {item.code} 在 {day} 的先行自付比例；请载入，"
                  "没有先行自付的写 0%",
                  f"{where}.code: the catalogue does not say what share of {item.code}, of class "
                  f"B, is borne first on {day}; load it, with 0% where there is none"),
        {"field": f"{where}.code"},
    )  # fmt: skip


def _together(said: Mapping[str, Raw], listed: Mapping[str, Raw], where: str) -> dict[str, Raw]:
    """What the line says itself, and what lists say of it; they may not differ."""
    for name, value in listed.items():
        if name in said and value not in (said[name], QUANTITY):
            raise Refused(
                "impossible_value",
                Bilingual(f"{where}.{name}：送来的是“{said[name]}”，按目录应为“{value}”；请改正或不写",
                          f"{where}.{name}: “{said[name]}” was sent, by the catalogue it is "
                          f"“{value}”; mend it or leave it out"),
                {"field": f"{where}.{name}"},
            )  # fmt: skip
    return {**said, **listed}


def _read(read: Callable[[str], T], text: str, where: str, kind: str) -> T:
    try:
        return read(text)
    except NotSo as error:
        raise Refused(
            kind, Bilingual(f"{where}：", f"{where}: ") + error.what, {"field": where}
        ) from None
