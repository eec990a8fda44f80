"""Claims that were accepted: settled as a visit would have been, paid to the person, withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, or_, select, update

from gongji.book.acts import Act
from gongji.book.care.settling import settled, standing_of
from gongji.book.care.visits import add_lines, begin_visit, withdraw_visit
from gongji.book.claims.claiming import Claim, claim_moved, claim_row, wrong_state
from gongji.book.claims.moves import CLAIM_PAID, owed_account, still_owed
from gongji.book.journal import Account, posted
from gongji.book.known import standing
from gongji.book.rules import scheme_of
from gongji.book.schema.papers import CLAIM, CLAIM_RECEIPT, CLAIM_STATE
from gongji.book.schema.visits import VISIT
from gongji.policy.reach import reached_by_settlements
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["broken_claims", "pay_claim", "settle_claim", "visit_of_claim", "withdraw_claim"]

_SAME = ("person", "scheme", "institution", "day")
"""What a claim and the visit that it was settled as have alike."""


def settle_claim(act: Act, library: Library, claim: int) -> Claim:
    """Settle a claim that was accepted, on the meters as they stand; the person is owed the money.

    Raises `Refused`: `unknown_claim`, `wrong_state`, and what settling refuses; nothing is done
    then.
    """
    row = claim_row(act.connection, claim)
    if row.state != "accepted":
        raise wrong_state(row, "结算", "settled")
    visit = visit_of_claim(act, library, claim)
    settled(act, library, visit)
    return claim_moved(act, row, "settled", {"visit": visit})


def visit_of_claim(act: Act, library: Library, claim: int) -> int:
    """Begin the visit that a claim is of, with its lines.  Gives the visit's number.

    Raises `Refused`: `unknown_claim`, and what `begin_visit` and `add_lines` refuse.
    """
    row = claim_row(act.connection, claim)
    policy = library.policy(scheme_of(act.connection, row.scheme).policy, row.day)
    wanted = reached_by_settlements(policy)
    said = {name: value for name, value in json.loads(row.said).items() if name in wanted}
    visit = begin_visit(act, library, row.person, row.institution, row.day, said, channel="claim")
    add_lines(act, library, visit, json.loads(row.lines))
    return visit


def pay_claim(act: Act, claim: int) -> Claim:
    """Pay a person what is still owed for a claim, out of the bank, on the day of the act.

    What settling again adds later can be paid then.  Raises `Refused`: `unknown_claim`,
    `wrong_state`, `nothing_owed`.
    """
    row = claim_row(act.connection, claim)
    if row.state not in ("settled", "paid"):
        raise wrong_state(row, "支付", "paid")
    area = scheme_of(act.connection, row.scheme).area
    fen = still_owed(act.connection, area, row.person, row.visit)
    if fen <= 0:
        raise Refused(
            "nothing_owed",
            Bilingual(f"申请 {claim} 没有应付的金额", f"nothing is owed for claim {claim}"),
            {"field": "claim"},
        )
    moves = {owed_account(area, row.person): -fen, Account(area, "bank"): fen}
    posted(act, act.asked.day, CLAIM_PAID, moves, visit=row.visit)
    return claim_moved(act, row, "paid", {"paid_fen": row.paid_fen + fen})


def withdraw_claim(act: Act, claim: int) -> Claim:
    """Give a claim back to the person; its receipts can be claimed again.

    One that was settled must be cancelled first, and what was paid be back.  Raises `Refused`:
    `unknown_claim`, `wrong_state`.
    """
    row = claim_row(act.connection, claim)
    if row.state in ("settled", "paid"):
        area = scheme_of(act.connection, row.scheme).area
        owed = still_owed(act.connection, area, row.person, row.visit)
        if standing_of(act.connection, row.visit) is not None or owed:
            raise wrong_state(row, "退回（先撤销结算，收回已付的款）",
                              "withdrawn before it is cancelled and paid back")  # fmt: skip
        withdraw_visit(act, row.visit)
    elif row.state == "withdrawn":
        raise wrong_state(row, "再退回", "withdrawn again")
    which = (CLAIM_RECEIPT.c.claim == claim) & standing(CLAIM_RECEIPT)
    act.connection.execute(update(CLAIM_RECEIPT).where(which).values(ended=act.number))
    return claim_moved(act, row, "withdrawn", {})


def broken_claims(connection: Connection) -> Iterator[Bilingual]:
    """Claims that are not those of the visits they were settled as; nothing where all are."""
    rows = connection.execute(
        select(CLAIM.c.id, CLAIM_STATE.c.visit)
        .join_from(CLAIM, CLAIM_STATE, CLAIM_STATE.c.claim == CLAIM.c.id)
        .outerjoin(VISIT, VISIT.c.id == CLAIM_STATE.c.visit)
        .where(
            CLAIM_STATE.c.visit.is_not(None) & standing(CLAIM_STATE),
            or_(VISIT.c.id.is_(None), *(CLAIM.c[name] != VISIT.c[name] for name in _SAME)),
        )
        .order_by(CLAIM.c.id)
    )
    for row in rows:
        yield Bilingual(
            f"申请 {row.id}：人员、险种、机构或日期与它结算成的就诊 {row.visit} 不同",
            f"claim {row.id}: its person, scheme, institution or day is not that of visit "
            f"{row.visit}, which it was settled as",
        )
