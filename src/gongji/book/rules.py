"""The rules that a scheme settles by: the version in force on a day, and the parameters given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from gongji.book.look_ups import LookUp, looked_up
from gongji.book.schema.places import SCHEME
from gongji.book.schema.visits import RULES
from gongji.book.statements import InsertNew, sent
from gongji.engine.bill import FactValue
from gongji.engine.inputs import Raw
from gongji.engine.parameters import read_parameters
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Rules", "Scheme", "rules_kept", "rules_of", "rules_row", "scheme_look_up", "scheme_of"]


class Scheme(NamedTuple):
    """A scheme of an area: its number, the id of its policy, the parameters it was given."""

    number: int
    area: str
    policy: str
    parameters: Mapping[str, Raw]


class Rules(NamedTuple):
    """The rules of a day: a version of the policy, and its parameters, read and as written."""

    policy: Policy
    parameters: Mapping[str, FactValue]
    written: str

    @property
    def version(self) -> str:
        """The policy's id with the day on which the version begins."""
        return f"{self.policy.id}@{self.policy.in_force.first}"


_SCHEME = select(SCHEME).where(SCHEME.c.id == bindparam("number"))
_SAME_RULES = (RULES.c.policy, RULES.c.digest, RULES.c.parameters_digest)
_RULES = select(RULES.c.id).where(*(one == bindparam(one.name) for one in _SAME_RULES))
_NEW_RULES = InsertNew(RULES, RULES.c.id, _SAME_RULES)


def scheme_of(connection: Connection, number: int) -> Scheme:
    """A scheme by its number.  Raises `Refused` (`unknown_scheme`)."""
    rows = looked_up(connection, scheme_look_up(number))
    if not rows:
        raise Refused(
            "unknown_scheme",
            Bilingual(f"没有编号为 {number} 的险种", f"there is no scheme {number}"),
            {"field": "scheme"},
        )
    (row,) = rows
    return Scheme(row.id, row.area, row.policy, json.loads(row.parameters))


def scheme_look_up(number: int) -> LookUp:
    """What `scheme_of` looks up."""
    return LookUp(_SCHEME, {"number": number})


def rules_of(library: Library, scheme: Scheme, day: date) -> Rules:
    """The rules of a scheme on a day.  Raises `Refused` (`out_of_force`, and for parameters)."""
    policy = library.policy(scheme.policy, day)
    written = json.dumps(scheme.parameters, ensure_ascii=False, sort_keys=True)
    return Rules(policy, read_parameters(policy, scheme.parameters), written)


def rules_row(connection: Connection, rules: Rules) -> int:
    """The number under which the book keeps some rules; new ones are written down."""
    row = {
        "policy": rules.version, "digest": rules.policy.digest, "parameters": rules.written,
        "parameters_digest": hashlib.sha256(rules.written.encode()).hexdigest(),
    }  # fmt: skip
    rows = sent(connection, _RULES, row)
    number = rows[0].id if rows else _NEW_RULES.done(connection, row)
    if number is None:  # somebody wrote them down at the same moment
        number = sent(connection, _RULES, row)[0].id
    return int(number)


def rules_kept(connection: Connection, library: Library, number: int) -> Rules:
    """The rules of a settlement that was made.

    Raises `Refused` (`rules_gone`) where the book does not have them any more, or the text of that
    version is not the one it was.
    """
    row = connection.execute(select(RULES).where(RULES.c.id == number)).one_or_none()
    if row is None:
        raise Refused(
            "rules_gone",
            Bilingual(
                f"账册里没有编号为 {number} 的规则，它们的记录不见了",
                f"the book does not have the rules {number} any more, their row is not there",
            ),
            {"field": "rules"},
        )
    policy = library.policy(row.policy, date.fromisoformat(row.policy.partition("@")[2]))
    if policy.digest != row.digest:
        raise Refused(
            "rules_gone",
            Bilingual(
                f"{row.policy} 的文字与结算时不同；请放回当时的文件，新的文字应作为新版本发布",
                f"the text of {row.policy} is not the one that was settled by; put that file back, "
                "and publish new text as a new version",
            ),
            {"field": "policy"},
        )
    return Rules(policy, read_parameters(policy, json.loads(row.parameters)), row.parameters)
