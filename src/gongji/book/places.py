"""Areas, their schemes, institutions, employers and schools: opened once, known by their codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Table, insert, select

from gongji.book.acts import Act, canonical
from gongji.book.persons.facts import Said, Stretch, stated
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.engine.inputs import Raw, read_facts
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, nearest, shortened

__all__ = [
    "change_institution", "open_area", "open_employer", "open_institution", "open_scheme",
]  # fmt: skip

_CODE = re.compile(r"[0-9A-Za-z-]{1,32}", re.ASCII)


def open_area(act: Act, code: str, name: Bilingual) -> None:
    """Open a pooling area.  Raises `Refused` (`bad_code`, `there_already`)."""
    if not re.fullmatch(r"\d{6}", code, re.ASCII):
        raise Refused(
            "bad_code",
            Bilingual(
                f"“{code}”不是六位行政区划代码", f"“{code}” is no division code of six digits"
            ),
            {"field": "code"},
        )
    _free(act, AREA, code)
    act.connection.execute(insert(AREA).values(code=code, zh=name.zh, en=name.en, act=act.number))


def open_scheme(
    act: Act, library: Library, area: str, policy: str, parameters: Mapping[str, Raw]
) -> int:
    """Have an area insure people by a policy.  Gives the scheme's number.

    Raises `Refused`: `unknown_area`, `unknown_policy`, `there_already`.
    """
    known(act, AREA, area)
    library.versions(policy)
    if act.connection.scalar(select(SCHEME.c.id).where(SCHEME.c.policy == policy)) is not None:
        raise _there("policy", policy)
    row = act.connection.execute(
        insert(SCHEME).values(
            area=area, policy=policy, parameters=canonical(parameters), act=act.number
        )
    )
    assert row.inserted_primary_key is not None
    number: int = row.inserted_primary_key[0]
    return number


def open_institution(
    act: Act, area: str, code: str, name: str, since: date, facts: Mapping[str, Said]
) -> None:
    """Open an institution, with what is true of it from a day on, such as its tier.

    Raises `Refused`: `unknown_area`, `bad_code`, `there_already`.
    """
    known(act, AREA, area)
    _checked(code)
    _free(act, INSTITUTION, code)
    act.connection.execute(
        insert(INSTITUTION).values(code=code, area=area, name=name, act=act.number)
    )
    for fact, value in facts.items():
        stated(act, "institution", code, Stretch(fact, value, since, None))


def change_institution(
    act: Act,
    library: Library,
    institution: str,
    since: date,
    facts: Mapping[str, Said],
    until: date | None = None,
) -> None:
    """State what is true of an institution from a day on, such as another tier.

    Raises `Refused`: `unknown_institution`, `bad_stretch`, and for names and values that none of
    the policies of the book has on that day.
    """
    known(act, INSTITUTION, institution)
    policies = _policies_on(act, library, since)
    for name, value in facts.items():
        _check_fact(policies, name, value)
        stated(act, "institution", institution, Stretch(name, value, since, until))


def open_employer(act: Act, area: str, code: str, kind: str, name: str) -> None:
    """Open an employer or a school.

    Raises `Refused`: `unknown_area`, `bad_code`, `there_already` for its code, or for its name in
    that area.
    """
    known(act, AREA, area)
    _checked(code)
    _free(act, EMPLOYER, code)
    same = (EMPLOYER.c.area == area) & (EMPLOYER.c.name == name)
    if act.connection.scalar(select(EMPLOYER.c.code).where(same)) is not None:
        raise _there("name", name)
    act.connection.execute(
        insert(EMPLOYER).values(code=code, area=area, kind=kind, name=name, act=act.number)
    )


def _policies_on(act: Act, library: Library, day: date) -> list[Policy]:
    """The policies that schemes of the book go by on a day."""
    found = []
    for name in act.connection.scalars(select(SCHEME.c.policy).order_by(SCHEME.c.id)):
        try:
            found.append(library.policy(name, day))
        except Refused:  # none of its versions is in force
            continue
    return found


def _check_fact(policies: Sequence[Policy], name: str, value: Said) -> None:
    """Make sure that some policy has a fact of bills with that value.  Raises `Refused`."""
    why: Refused | None = None
    for policy in policies:
        if name in policy.facts and policy.facts[name].of == "bill":
            try:
                read_facts(policy, {name: value}, "facts", [name])
            except Refused as refused:
                why = refused
            else:
                return
    if why is not None:
        raise why
    names = sorted(
        {one for its in policies for one, fact in its.facts.items() if fact.of == "bill"}
    )
    near = nearest(name, names)
    hint = Bilingual(f"；是否指 {near}", f"; did you mean {near}?") if near else Bilingual("", "")
    raise Refused(
        "unknown_fact",
        Bilingual(f"facts.{shortened(name)}：各险种的政策都没有这个机构情形",
                  f"facts.{shortened(name)}: no policy of the book has such a fact")
        + hint,
        {"field": f"facts.{shortened(name)}"},
    )  # fmt: skip


def known(act: Act, table: Table, code: str) -> None:
    """Make sure that a code is there.  Raises `Refused` (`unknown_area` and so on)."""
    if act.connection.scalar(select(table.c.code).where(table.c.code == code)) is None:
        titles = {"area": "统筹区", "institution": "定点机构", "employer": "单位"}
        raise Refused(
            f"unknown_{table.name}",
            Bilingual(
                f"没有代码为 {code} 的{titles[table.name]}，请先登记",
                f"there is no {table.name} with the code {code}; open it first",
            ),
            {"field": table.name},
        )


def _checked(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise Refused(
            "bad_code",
            Bilingual(
                f"代码“{code}”应为 1 至 32 位字母、数字或短横",
                f"the code “{code}”: expected 1 to 32 letters, digits or hyphens",
            ),
            {"field": "code"},
        )


def _free(act: Act, table: Table, code: str) -> None:
    if act.connection.scalar(select(table.c.code).where(table.c.code == code)) is not None:
        raise _there("code", code)


def _there(field: str, value: str) -> Refused:
    return Refused(
        "there_already",
        Bilingual(f"{value} 已经登记过", f"{value} is there already"),
        {"field": field},
    )
