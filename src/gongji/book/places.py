"""Areas, their schemes, institutions, employers and schools: opened once, known by their codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Table, insert, select

from gongji.book.acts import Act, canonical
from gongji.book.facts import Said, Stretch, stated
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.engine.inputs import Raw
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["open_area", "open_employer", "open_institution", "open_scheme"]

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
        raise _there(policy)
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
        raise _there(name)
    act.connection.execute(
        insert(EMPLOYER).values(code=code, area=area, kind=kind, name=name, act=act.number)
    )


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
        raise _there(code)


def _there(code: str) -> Refused:
    return Refused(
        "there_already",
        Bilingual(f"{code} 已经登记过", f"{code} is there already"),
        {"field": "code"},
    )
