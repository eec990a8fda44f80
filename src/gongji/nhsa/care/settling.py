"""From the lines of a case to a visit of the book and its sums, for good or only tried.

A batch becomes a visit when it is settled; until then a case and its lines are the interface's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from gongji.book.acts import Act
from gongji.book.care.presettling import pre_settled
from gongji.book.care.settling import settled
from gongji.book.care.visits import begin_visit
from gongji.book.catalogue.amounts import Amounts
from gongji.book.catalogue.kept_lines import KeptLine
from gongji.book.catalogue.lines import add_items
from gongji.book.contributions.entitlement import entitlement_on
from gongji.book.contributions.over_time import entitlement_over
from gongji.book.exchange.case_lines import CaseLine
from gongji.book.exchange.cases import Case
from gongji.book.journal import Account, account_balance
from gongji.book.persons.facts import facts_on
from gongji.engine.settlement import Settlement
from gongji.money import format_yuan
from gongji.nhsa.care.amounts import Sums, splits, sums_of
from gongji.nhsa.care.cases import check_place
from gongji.nhsa.care.lines import in_serials
from gongji.nhsa.care.people import Insured, base_of, insured_on, row_of
from gongji.nhsa.mapping import Kind
from gongji.nhsa.messages.call import Call
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected
from gongji.wording import Refused

__all__ = [
    "Asked", "Begun", "asked_of", "balance_of", "begun", "check_entitled", "check_splits",
    "check_total", "disease_said", "kind_of_care", "not_entitled", "pre_settled_sums",
    "set_info", "settled_sums",
]  # fmt: skip

_DAY = timedelta(days=1)
_LOOKED_BACK = timedelta(days=3 * 366)


class Asked(NamedTuple):
    """What a settlement asks for: the kind of care, the disease, whether the account may pay."""

    med_type: str
    disease: str
    use_account: bool


class Begun(NamedTuple):
    """A visit of the book that was begun for a batch, with its lines and the parts of its bill."""

    visit: int
    insured: Insured
    kind: Kind
    day: date
    lines: Sequence[KeptLine]

    @property
    def parts(self) -> Amounts:
        """The parts of all lines together."""
        found = Amounts()
        for line in self.lines:
            found = found.plus(line.worked.amounts)
        return found


def asked_of(given: Given, case: Case) -> Asked:
    """What a node of a settlement, and the case, ask for."""
    med_type = given.text("med_type") or case.now.med_type or ""
    disease = given.text("dise_codg") or case.now.said.get("dise_codg", "")
    return Asked(med_type, disease, given.text("acct_used_flag") != "0")


def kind_of_care(
    call: Call, connection: Connection, insured: Insured, med_type: str, day: date
) -> Kind:
    """What a kind of care is for the scheme of a person.

    Raises `Rejected` where it is none there, or not one of such an institution.
    """
    place = facts_on(connection, "institution", call.sender.code, day)
    check_place(med_type, pharmacy=call.mappings.is_pharmacy(call.sender.code, place))
    kind = insured.mapping.kind(med_type, place)
    if kind is None:
        policy = insured.member.scheme.policy
        raise Rejected(f"med_type（医疗类别）：{policy} 没有医疗类别 {med_type} 的待遇对照")
    return kind


def begun(
    call: Call,
    act: Act,
    case: Case,
    lines: Sequence[CaseLine],
    asked: Asked,
    days: tuple[date, date] | None = None,
) -> Begun:
    """Begin the visit of a batch with its lines.

    `days` are those of admission and discharge; of other care they are those of the lines.
    Raises `Rejected`, and `Refused` for what the book does not take.
    """
    if not lines:
        raise Rejected("没有费用明细，请先上传明细再结算")
    since = min(line.day for line in lines) if days is None else days[0]
    day = max(line.day for line in lines) if days is None else days[1]
    insured = insured_on(call, act.connection, row_of(act.connection, case.person), day)
    kind = kind_of_care(call, act.connection, insured, asked.med_type, day)
    check_entitled(call, act.connection, case.person, day)
    facts = {**kind.facts, **disease_said(call, insured, asked.disease, day)}
    if insured.mapping.use_account is not None:
        facts[insured.mapping.use_account] = "yes" if asked.use_account else "no"
    visit = begin_visit(act, call.library, case.person, case.institution, day, facts, since)
    try:
        kept = add_items(act, call.library, visit, [line.coded for line in lines])
    except Refused as refused:
        raise Rejected(in_serials(refused.message.zh, lines), refused.kind) from None
    return Begun(visit, insured, kind, day, kept)


def disease_said(call: Call, insured: Insured, disease: str, day: date) -> dict[str, str]:
    """What a disease says of a bill, in the words of the policy in force."""
    said = insured.mapping.diseases.get(disease, {})
    facts = call.library.policy(insured.member.scheme.policy, day).facts
    return {name: value for name, value in said.items() if name in facts}


def pre_settled_sums(call: Call, act: Act, visit: Begun, asked: Asked) -> Sums:
    """What settling a visit would come to."""
    one = pre_settled(act.connection, call.library, visit.visit)
    return _sums(visit, one, asked, _balance(act, visit) - (one.account or 0))


def settled_sums(call: Call, act: Act, visit: Begun, asked: Asked) -> Sums:
    """What settling a visit came to."""
    one = settled(act, call.library, visit.visit).settlement
    return _sums(visit, one, asked, _balance(act, visit))


def _sums(visit: Begun, one: Settlement, asked: Asked, balance: int) -> Sums:
    if one.account and not asked.use_account:
        raise Rejected(
            "acct_used_flag（个人账户使用标志）：按本地政策，个人账户支付不能由就诊时选择；请送 1"
        )
    return sums_of(visit.parts, one, visit.insured.mapping, balance)


def balance_of(connection: Connection, area: str, person: int) -> int:
    """What is on the account of a person in an area, in fen."""
    return account_balance(connection, Account(area, "account", "", str(person)))


def _balance(act: Act, visit: Begun) -> int:
    return balance_of(act.connection, visit.insured.member.scheme.area, visit.insured.person.id)


def set_info(call: Call, visit: Begun, sums: Sums, given: Given, numbers: dict[str, Any]) -> Any:
    """`setlinfo` of a settlement; `numbers` are those of the case and the settlement."""
    return {
        **base_of(call, visit.insured, visit.day), **sums.info(),
        "mdtrt_cert_type": given.text("mdtrt_cert_type") or None,
        "medins_setl_id": call.message,
        "clr_type": visit.kind.clearing, **numbers,
    }  # fmt: skip


# --- what is held against what was sent ----------------------------------------------------------


def check_entitled(call: Call, connection: Connection, person: int, day: date) -> None:
    """Make sure that a person is in benefit on a day; says why not, and since when."""
    lacking = not_entitled(call, connection, person, day)
    if lacking is not None:
        raise Rejected(f"该参保人 {lacking[1]}")


def not_entitled(
    call: Call, connection: Connection, person: int, day: date
) -> tuple[date, str] | None:
    """Since when a person is not in benefit, of a day, and the sentence that says why; else None.

    Raises `Refused` where the document does not say.
    """
    found = entitlement_on(connection, call.library, person, day)
    if found.entitled:
        return None
    before = entitlement_over(
        connection, call.library, person, day - _LOOKED_BACK, day, call.day
    )  # fmt: skip
    since = day
    for stretch in reversed(before):
        if stretch.entitlement is None or stretch.entitlement.entitled:
            break
        since = stretch.since
    why = found.because.zh if found.because else ""
    return since, f"{day} 不在待遇享受期，自 {since} 起；{why}".removesuffix("；")


def check_total(visit: Begun, given: Given) -> None:
    """The sum that was claimed has to be that of the lines.  Raises `Rejected` with both."""
    claimed, ours = given.fen("medfee_sumamt"), visit.parts.total
    if claimed is not None and claimed != ours:
        raise Rejected(
            f"{given.node}.medfee_sumamt（医疗费总额）：{format_yuan(claimed)} 与明细合计 "
            f"{format_yuan(ours)} 不符，相差 {format_yuan(claimed - ours)}"
        )


def check_splits(visit: Begun, given: Given) -> None:
    """The four parts, where they are sent back, have to be those that were answered."""
    ours = splits(visit.parts)
    for name, there in ours.items():
        sent = given.fen(name)
        if sent is not None and sent != there:
            raise Rejected(
                f"{given.node}.{name}：{format_yuan(sent)} 与中心拆分结果 {format_yuan(there)} "
                "不符；请用明细上传或预结算返回的金额"
            )
