"""Rows of the tables by which a city is brought in: each does one thing, or finds it done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, select

from gongji.book.acts import Act
from gongji.book.contributions.declaring import carry_over
from gongji.book.known import standing
from gongji.book.loading.tables import PAID_BEFORE, Line
from gongji.book.persons.facts import Said, facts_on
from gongji.book.persons.identity import read_identity
from gongji.book.persons.people import enrol, person_with, register
from gongji.book.places import known, open_area, open_employer, open_institution, open_scheme
from gongji.book.rules import scheme_of
from gongji.book.schema.contributions import CARRIED
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.engine.inputs import read_day, read_number, read_visit, unknown_name
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["WAYS"]

_KINDS = {
    "employer": "employer", "school": "school", "单位": "employer", "用人单位": "employer",
    "学校": "school",
}  # fmt: skip
_SCHEME = select(SCHEME.c.id).where(SCHEME.c.policy == bindparam("policy"))
_SCHEMES = select(SCHEME.c.policy).where(SCHEME.c.area == bindparam("area"))
_MEMBER = select(MEMBERSHIP.c.scheme, MEMBERSHIP.c.employer).where(
    (MEMBERSHIP.c.person == bindparam("person"))
    & (MEMBERSHIP.c.since == bindparam("since"))
    & MEMBERSHIP.c.ended.is_(None)
)
_CARRIED = select(CARRIED).where(
    CARRIED.c.person == bindparam("person"),
    CARRIED.c.scheme == bindparam("scheme"),
    standing(CARRIED),
)
_PLACES = {
    table.name: select(table).where(table.c.code == bindparam("code"))
    for table in (AREA, INSTITUTION, EMPLOYER)
}


def _area(act: Act, _: Library, line: Line) -> bool:
    said = {"code": line["code"], "zh": line["zh"], "en": line["en"]}
    if _there(act.connection, "area", said):
        return False
    open_area(act, said["code"], Bilingual(said["zh"], said["en"]))
    return True


def _scheme(act: Act, library: Library, line: Line) -> bool:
    area, policy = line["area"], line["policy"]
    parameters = line.more("schemes")
    number = act.connection.scalar(_SCHEME, {"policy": policy})
    if number is None:
        open_scheme(act, library, area, policy, parameters)
        return True
    kept = scheme_of(act.connection, number)
    if (kept.area, dict(kept.parameters)) != (area, parameters):
        raise _otherwise("policy", policy)
    return False


def _institution(act: Act, library: Library, line: Line) -> bool:
    said = {"code": line["code"], "area": line["area"], "name": line["name"]}
    since = read_day(line["since"], "since")
    known(act, AREA, said["area"])
    facts = _facts_of_place(act.connection, library, said["area"], line)
    if _there(act.connection, "institution", said):
        kept = facts_on(act.connection, "institution", said["code"], since)
        if any(kept.get(name) != value for name, value in facts.items()):
            raise _otherwise("code", said["code"])
        return False
    open_institution(act, said["area"], said["code"], said["name"], since, facts)
    return True


def _facts_of_place(
    connection: Connection, library: Library, area: str, line: Line
) -> dict[str, Said]:
    """What is true of an institution, in words that some policy of its area has."""
    policies = [_latest(library, name) for name in connection.scalars(_SCHEMES, {"area": area})]
    facts = line.more("institutions", *policies)
    for name, value in facts.items():
        having = [one for one in policies if name in one.facts and one.facts[name].of == "bill"]
        if not having:
            known = {fact.name for one in policies for fact in one.facts.values()}
            raise unknown_name(name, sorted(known), name, Bilingual("字段", "field"))
        for policy in having:
            day = policy.in_force.first.isoformat()
            read_visit(policy, {name: value, "date": day, "in_scope": "0.01"}, "facts")
    return facts


def _latest(library: Library, policy: str) -> Policy:
    return library.policy(policy, library.versions(policy)[-1].in_force.first)


def _employer(act: Act, _: Library, line: Line) -> bool:
    kind = _KINDS.get(line["kind"])
    if kind is None:
        raise Refused(
            "unknown_value",
            Bilingual(f"“{line['kind']}”；应为 employer（单位）或 school（学校）",
                      f"“{line['kind']}”; expected employer or school"),
            {"field": "kind"},
        )  # fmt: skip
    said = {"code": line["code"], "area": line["area"], "kind": kind, "name": line["name"]}
    if _there(act.connection, "employer", said):
        return False
    open_employer(act, said["area"], said["code"], kind, said["name"])
    return True


def _person(act: Act, library: Library, line: Line) -> bool:
    identity = read_identity(line["identity"], act.asked.day).number
    since = read_day(line["since"], "since")
    scheme = act.connection.scalar(_SCHEME, {"policy": line["scheme"]})
    if scheme is None:
        raise Refused(
            "unknown_scheme",
            Bilingual(f"没有险种 {line['scheme']}，请先在 schemes 表中登记",
                      f"there is no scheme {line['scheme']}; say it in the table schemes first"),
            {"field": "scheme"},
        )  # fmt: skip
    facts = line.more("persons", library.policy(line["scheme"], since))
    before = person_with(act.connection, act.seal, identity)
    person = register(act, identity, line["name"])
    member = (scheme, line.get("employer"))
    paid = _paid_before(line)
    if before is not None and _enrolled_so(act.connection, person, since, member, facts):
        carried = act.connection.execute(_CARRIED, {"person": person, "scheme": scheme})
        kept = [(row.first_paid, row.through, row.months) for row in carried]
        if kept != ([] if paid is None else [paid]):
            raise _otherwise("first_paid", line["name"])
        return False
    enrol(act, library, person, scheme, since, facts, line.get("employer"))
    if paid is not None:
        first, through, months = paid
        carry_over(act, person, scheme, first, f"{through:%Y-%m}", months)
    return True


def _paid_before(line: Line) -> tuple[date, date, int] | None:
    """What a row says was paid before: the first day, the last month by its first day, months."""
    if not any(line.get(name) for name in PAID_BEFORE):
        return None
    first = read_day(line["first_paid"], "first_paid")
    last = line["through"]  # a month, which spreadsheets like to make a day of
    through = read_day(last if len(last) > len("2023-12") else f"{last}-01", "through")
    return first, through.replace(day=1), int(read_number(line["months"], "months", whole=True))


def _enrolled_so(
    connection: Connection,
    person: int,
    since: date,
    member: tuple[int, str | None],
    facts: Mapping[str, Said],
) -> bool:
    """Whether a person is enrolled from a day on as a row says it."""
    rows = connection.execute(_MEMBER, {"person": person, "since": since}).all()
    kept = facts_on(connection, "person", str(person), since)
    return [tuple(row) for row in rows] == [member] and all(
        kept.get(name) == value for name, value in facts.items()
    )


def _there(connection: Connection, kind: str, said: Mapping[str, str]) -> bool:
    """Whether a place is there as a row says it.  Raises `Refused` where it is otherwise."""
    row = connection.execute(_PLACES[kind], {"code": said["code"]}).mappings().one_or_none()
    if row is None:
        return False
    if any(row[name] != value for name, value in said.items()):
        raise _otherwise("code", said["code"])
    return True


def _otherwise(field: str, code: str) -> Refused:
    return Refused(
        "there_already",
        Bilingual(
            f"{code} 已经登记过，内容与这一行不同；导入不改已有的内容",
            f"{code} is there already and otherwise than in this row; a load changes nothing that "
            "is there",
        ),
        {"field": field},
    )


WAYS: Mapping[str, Callable[[Act, Library, Line], bool]] = {
    "areas": _area,
    "schemes": _scheme,
    "institutions": _institution,
    "employers": _employer,
    "persons": _person,
}
"""What a row of each table does; it gives whether that is new."""
