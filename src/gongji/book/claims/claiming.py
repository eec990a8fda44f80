"""Claims for what people paid themselves: received, checked by the policy, returned or accepted.

Each step is an act.  A claim is checked by the rules of the day of care, as asked on the day on
which it came in, so papers brought later do not make it late.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from gongji.book.acts import Act, canonical
from gongji.book.care.visits import check_lines, checked_visit
from gongji.book.known import standing
from gongji.book.registrations.asking import Paper, answered, known_facts, lacking, reason_of
from gongji.book.registrations.registered import registered_facts
from gongji.book.rules import Rules, rules_of, scheme_of
from gongji.book.schema.papers import CLAIM, CLAIM_RECEIPT, CLAIM_STATE
from gongji.engine.answer import Answer
from gongji.engine.inputs import Raw, read_facts
from gongji.policy.model import CARE_DAY, PAPERS, Policy, Question
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Claim",
    "Claimed",
    "check_claim",
    "claim_moved",
    "claim_row",
    "claim_with",
    "claims_of",
    "complete_claim",
    "handed_in",
    "receive_claim",
    "wrong_state",
]

State = Literal["received", "returned", "accepted", "settled", "paid", "withdrawn"]

_MOST_NUMBER = 40


class Claimed(NamedTuple):
    """What a person hands in: where and when, the facts of the bill, its lines, what was brought.

    `receipts` are the numbers of the institution's receipts; `day` is that of care.
    """

    institution: str
    day: date
    said: Mapping[str, Raw]
    lines: Sequence[Mapping[str, Raw]]
    receipts: Sequence[str]
    papers: Collection[str] = ()


class Claim(NamedTuple):
    """A claim and how it stands; money in fen.

    One that is returned has the papers that are `missing`, or the `reason`.
    """

    number: int
    person: int
    institution: str
    day: date
    received: date
    state: State
    missing: tuple[Paper, ...]
    reason: Bilingual | None
    visit: int | None
    paid_fen: int


def receive_claim(act: Act, library: Library, person: int, claimed: Claimed) -> Claim:
    """Take a claim in on the day of the act.

    Raises `Refused`: `claimed_already` for a receipt of another claim, `no_receipts`,
    `bad_receipt`, `no_claims` where the policy rules no claims, what `begin_visit` and `add_lines`
    refuse, and papers that the policy does not know.
    """
    said = _without_care_day(claimed.said, claimed.day)
    scheme = checked_visit(act, library, person, claimed.institution, claimed.day, said)
    policy = library.policy(scheme.policy, claimed.day)
    _questions(policy)
    check_lines(policy, claimed.day, claimed.lines)
    _check_papers(policy, claimed.papers)
    row = act.connection.execute(
        insert(CLAIM).values(
            person=person, scheme=scheme.number, institution=claimed.institution, day=claimed.day,
            received=act.asked.day, lines=canonical(list(claimed.lines)), act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    number = int(row.inserted_primary_key[0])
    _take_receipts(act, number, claimed)
    act.connection.execute(
        insert(CLAIM_STATE).values(
            claim=number, state="received", said=canonical(said),
            papers=canonical(sorted(claimed.papers)), missing="[]", reason=None, visit=None,
            paid_fen=0, act=act.number,
        )
    )  # fmt: skip
    return claim_with(act.connection, number)


def complete_claim(
    act: Act,
    library: Library,
    claim: int,
    papers: Collection[str],
    said: Mapping[str, Raw] | None = None,
) -> Claim:
    """Bring what a claim that was returned or received still lacks; it is received then.

    What is said anew takes the place of what was said.  Raises `Refused`: `unknown_claim`,
    `wrong_state`, and what `receive_claim` refuses.
    """
    row = claim_row(act.connection, claim)
    if row.state not in ("returned", "received"):
        raise wrong_state(row, "补件", "completed")
    new = {**json.loads(row.said), **_without_care_day(said or {}, row.day)}
    checked_visit(act, library, row.person, row.institution, row.day, new)
    rules = _rules(act.connection, library, row)
    _check_papers(rules.policy, papers)
    every = sorted({*json.loads(row.papers), *papers})
    brought = {"said": canonical(new), "papers": canonical(every), "missing": "[]", "reason": None}
    return claim_moved(act, row, "received", brought)


def check_claim(act: Act, library: Library, claim: int) -> Claim:
    """Check a claim by the policy: it is accepted, or returned with papers or the reason.

    Raises `Refused`: `unknown_claim`, `wrong_state`, `missing_fact` where the policy needs to know
    more; then it stays as it is.
    """
    connection = act.connection
    row = claim_row(connection, claim)
    if row.state != "received":
        raise wrong_state(row, "审核", "checked")
    rules = _rules(connection, library, row)
    reasons = [*_by_registrations(connection, rules, row)]
    answers = []
    for question in _questions(rules.policy):
        try:
            one = _asked(connection, rules, row, question)
        except Refused as refused:
            if refused.kind != "not_stated":
                raise
            reasons.append(refused.message)
            continue
        if one.case.claim:
            answers.append(one)
        else:
            reasons.append(reason_of(one))
    missing = lacking(answers)
    papers = [
        {"names": one.names, "zh": one.title.zh, "en": one.title.en, "clauses": one.clauses}
        for one in missing
    ]
    if not reasons and not missing:
        return claim_moved(act, row, "accepted", {})
    reason = None
    if reasons:
        words = {
            "zh": "；".join(one.zh for one in reasons),
            "en": "; ".join(one.en for one in reasons),
        }
        reason = canonical(words)
    return claim_moved(act, row, "returned", {"missing": canonical(papers), "reason": reason})


def claim_with(connection: Connection, number: int) -> Claim:
    """A claim by its number.  Raises `Refused` (`unknown_claim`)."""
    return _claim(claim_row(connection, number))


def claims_of(connection: Connection, person: int, known_on: date | None = None) -> list[Claim]:
    """A person's claims, also as they were known at the end of a day."""
    rows = connection.execute(
        _joined()
        .where((CLAIM.c.person == person) & standing(CLAIM_STATE, known_on))
        .order_by(CLAIM.c.id)
    )
    return [_claim(row) for row in rows]


def handed_in(connection: Connection, number: int) -> Claimed:
    """What was handed in of a claim, with all papers brought since.

    Raises `Refused` (`unknown_claim`).
    """
    row = claim_row(connection, number)
    receipts = connection.scalars(
        select(CLAIM_RECEIPT.c.number)
        .where(CLAIM_RECEIPT.c.claim == number)
        .order_by(CLAIM_RECEIPT.c.id)
    )
    return Claimed(
        row.institution, row.day, json.loads(row.said), json.loads(row.lines), tuple(receipts),
        tuple(json.loads(row.papers)),
    )  # fmt: skip


# --- checking ------------------------------------------------------------------------------------


def _questions(policy: Policy) -> list[Question]:
    """The questions that decide about claims.  Raises `Refused` (`no_claims`)."""
    found = [
        question
        for question in policy.questions.values()
        if any(case.claim for case in question.cases)
    ]
    if not found:
        raise Refused(
            "no_claims",
            Bilingual(
                f"{policy.id} 没有写零星报销的规定，不能受理",
                f"{policy.id} states no rules for claims on paper, so none can be taken in",
            ),
            {"policy": policy.id},
        )
    return found


def _asked(connection: Connection, rules: Rules, row: Row[Any], question: Question) -> Answer:
    """What a question answers of a claim, asked on the day on which it came in."""
    there = known_facts(connection, rules.policy, row.person, row.day, (row.institution,))
    said: dict[str, Raw] = json.loads(row.said)
    if CARE_DAY in rules.policy.facts:
        said[CARE_DAY] = row.day.isoformat()
    return answered(rules, question, there, said, json.loads(row.papers), row.received)


def _by_registrations(connection: Connection, rules: Rules, row: Row[Any]) -> list[Bilingual]:
    """Why the bill does not agree with the person's registrations; nothing where it does."""
    bill = {**json.loads(row.said), "items": json.loads(row.lines)}
    try:
        registered_facts(connection, rules.policy, row, {}, bill)
    except Refused as refused:
        if refused.kind not in ("registered_otherwise", "not_registered", "registered_twice"):
            raise
        return [refused.message]
    return []


def _rules(connection: Connection, library: Library, row: Row[Any]) -> Rules:
    return rules_of(library, scheme_of(connection, row.scheme), row.day)


def _check_papers(policy: Policy, papers: Collection[str]) -> None:
    """Papers that the policy knows.  Raises `Refused` for others."""
    if papers:
        read_facts(policy, {PAPERS: sorted(papers)}, "", [PAPERS])


def _without_care_day(said: Mapping[str, Raw], day: date) -> dict[str, Raw]:
    """Facts without the day of care, which the claim itself has; it cannot be said otherwise."""
    if said.get(CARE_DAY, day.isoformat()) != day.isoformat():
        raise Refused(
            "said_otherwise",
            Bilingual(
                f"said.{CARE_DAY}：就医日期是 {day}，不必另写",
                f"said.{CARE_DAY}: the day of care is {day}; leave it out",
            ),
            {"field": f"said.{CARE_DAY}"},
        )
    return {name: value for name, value in said.items() if name != CARE_DAY}


def _take_receipts(act: Act, claim: int, claimed: Claimed) -> None:
    """Keep the receipts of a claim; each can be claimed once."""
    numbers = [number.strip() for number in claimed.receipts]
    if not numbers:
        raise Refused(
            "no_receipts",
            Bilingual("请写明票据号码，至少一张", "say the numbers of the receipts, at least one"),
            {"field": "receipts"},
        )
    for index, number in enumerate(numbers):
        good = 0 < len(number) <= _MOST_NUMBER and number.isprintable()
        if not good or number in numbers[:index]:
            raise Refused(
                "bad_receipt",
                Bilingual(
                    f"receipts[{index + 1}]：票据号码应为 1 至 {_MOST_NUMBER} 个字符，各不相同",
                    f"receipts[{index + 1}]: expected a number of 1 to {_MOST_NUMBER} characters, "
                    "each once",
                ),
                {"field": f"receipts[{index + 1}]"},
            )
        row = insert(CLAIM_RECEIPT).values(
            claim=claim, institution=claimed.institution, number=number, act=act.number
        )
        try:
            with act.connection.begin_nested():
                act.connection.execute(row)
        except IntegrityError:
            raise _claimed_already(act.connection, claimed.institution, number) from None


def _claimed_already(connection: Connection, institution: str, number: str) -> Refused:
    other = connection.scalar(
        select(CLAIM_RECEIPT.c.claim).where(
            (CLAIM_RECEIPT.c.institution == institution)
            & (CLAIM_RECEIPT.c.number == number)
            & standing(CLAIM_RECEIPT)
        )
    )
    return Refused(
        "claimed_already",
        Bilingual(
            f"票据 {number} 已用于申请 {other}，不能再报",
            f"the receipt {number} belongs to claim {other}, and is claimed once only",
        ),
        {"field": "receipts", "claim": str(other)},
    )


# --- rows ----------------------------------------------------------------------------------------


def claim_row(connection: Connection, claim: int) -> Row[Any]:
    """A claim as it stands, held until the transaction ends.  Raises `Refused`."""
    held = select(CLAIM.c.id).where(CLAIM.c.id == claim).with_for_update()
    if connection.scalar(held) is None:
        raise Refused(
            "unknown_claim",
            Bilingual(f"没有编号为 {claim} 的零星报销申请", f"there is no claim {claim}"),
            {"field": "claim"},
        )
    return connection.execute(_joined().where((CLAIM.c.id == claim) & standing(CLAIM_STATE))).one()


def claim_moved(act: Act, row: Row[Any], state: State, new: Mapping[str, Any]) -> Claim:
    """The same claim in another state, with what is new in it."""
    which = CLAIM_STATE.c.id == row.row
    old = act.connection.execute(select(CLAIM_STATE).where(which)).mappings().one()
    act.connection.execute(update(CLAIM_STATE).where(which).values(ended=act.number))
    kept = {name: value for name, value in old.items() if name not in ("id", "ended")}
    changed = {**kept, "state": state, "act": act.number, **new}
    act.connection.execute(insert(CLAIM_STATE).values(**changed))
    return claim_with(act.connection, row.id)


def wrong_state(row: Row[Any], zh: str, en: str) -> Refused:
    """The refusal of a step that a claim is not ready for."""
    return Refused(
        "wrong_state",
        Bilingual(
            f"申请 {row.id} 的状态是“{row.state}”，不能{zh}",
            f"claim {row.id} is {row.state} and cannot be {en}",
        ),
        {"field": "claim", "state": row.state},
    )


def _joined() -> Any:
    return select(
        CLAIM.c.id, CLAIM.c.person, CLAIM.c.scheme, CLAIM.c.institution, CLAIM.c.day,
        CLAIM.c.received, CLAIM.c.lines, CLAIM_STATE.c.id.label("row"),
        *(one for one in CLAIM_STATE.c if one.name not in ("id", "claim", "act", "ended")),
    ).join(CLAIM_STATE, CLAIM_STATE.c.claim == CLAIM.c.id)  # fmt: skip


def _claim(row: Row[Any]) -> Claim:
    reason = json.loads(row.reason) if row.reason is not None else None
    return Claim(
        row.id, row.person, row.institution, row.day, row.received, row.state,
        tuple(
            Paper(tuple(one["names"]), Bilingual(one["zh"], one["en"]), tuple(one["clauses"]))
            for one in json.loads(row.missing)
        ),
        Bilingual(reason["zh"], reason["en"]) if reason is not None else None,
        row.visit, row.paid_fen,
    )  # fmt: skip
