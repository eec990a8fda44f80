"""The parts of a person's year, each a page: what it is called, how it is read, how it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from gongji.web.entrance.caller import Caller
from gongji.web.names import Named
from gongji.web.person.benefit import months_of, read_left, read_now, read_spans
from gongji.web.person.care import read_care
from gongji.web.person.family import RELATIONS, read_family, worded
from gongji.web.person.money import read_accounts, read_anew, read_dues, read_owed
from gongji.web.person.papers import read_approvals, read_claims, read_registrations
from gongji.web.person.sights import read_sights
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["PARTS", "Part", "parts_for"]

Reading = Callable[[Caller, Subject], Awaitable[Mapping[str, Any]]]


class Part(NamedTuple):
    """A page about a person; `path` is below the person's, empty for the first."""

    path: str
    title: Bilingual
    template: str
    read: Reading


async def _overview(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    door, named = caller.door, Named(caller.library)
    now, spans, left, accounts, owed, care = await asyncio.gather(
        read_now(door, subject, subject.day), read_spans(door, subject),
        read_left(door, subject), read_accounts(door, subject), read_owed(door, subject),
        read_care(door, subject, named),
    )  # fmt: skip
    return {
        "now": now, "spans": spans, "months": months_of(subject.year, spans), "left": left,
        **accounts, **owed, "care": care,
    }  # fmt: skip


async def _contributions(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    return await read_dues(caller.door, subject)


async def _account(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    accounts, owed, anew = await asyncio.gather(
        read_accounts(caller.door, subject), read_owed(caller.door, subject),
        read_anew(caller.door, subject),
    )  # fmt: skip
    return {**accounts, **owed, **anew}


async def _family(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    return {
        **await read_family(caller.door, subject), "relations": worded(caller, RELATIONS),
        "facts": (),
    }  # fmt: skip


async def _papers(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    door, named = caller.door, Named(caller.library)
    registrations, approvals, claims = await asyncio.gather(
        read_registrations(door, subject, named),
        read_approvals(door, subject, named),
        read_claims(door, subject),
    )
    return {"registrations": registrations, "approvals": approvals, "claims": claims}


async def _visits(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    named = Named(caller.library)
    return {"care": await read_care(caller.door, subject, named)}


async def _sights(caller: Caller, subject: Subject) -> Mapping[str, Any]:
    return {"sights": await read_sights(caller, subject)}


PARTS = (
    Part("", Bilingual("概览", "Overview"), "person/overview.html", _overview),
    Part("visits", Bilingual("就诊", "Visits"), "person/visits.html", _visits),
    Part("contributions", Bilingual("缴费", "Contributions"), "person/contributions.html",
         _contributions),
    Part("account", Bilingual("账户", "Account"), "person/account.html", _account),
    Part("family", Bilingual("家庭共济", "Family"), "person/family.html", _family),
    Part("papers", Bilingual("登记与报销", "Papers and claims"), "person/papers.html", _papers),
)  # fmt: skip

_OF_SIGHTS = Part("sights", Bilingual("谁看过", "Who looked"), "person/sights.html", _sights)


def parts_for(role: str) -> tuple[Part, ...]:
    """The parts that a user of a role may see."""
    return (*PARTS, _OF_SIGHTS) if role in ("insured", "auditor") else PARTS
