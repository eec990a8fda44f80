"""Users: who may ask the book, as what, and what is theirs.

A name stands for one user for ever, because acts and sights are signed with it.  How a password is
hashed is not said here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection, Row, delete, insert, select, update

from gongji.book.acts import Act
from gongji.book.places import known
from gongji.book.schema.people import PERSON
from gongji.book.schema.places import AREA, INSTITUTION
from gongji.book.schema.users import TOKEN, USER
from gongji.wording import Bilingual, Refused

__all__ = [
    "ROLES",
    "ROLE_TITLES",
    "Role",
    "User",
    "close_user",
    "open_user",
    "set_password",
    "user_with",
]

Role = Literal["insured", "institution", "clerk", "supervisor", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_TITLES: Mapping[str, Bilingual] = {
    "insured": Bilingual("参保人", "insured"),
    "institution": Bilingual("定点机构", "institution"),
    "clerk": Bilingual("经办人员", "clerk"),
    "supervisor": Bilingual("主管", "supervisor"),
    "auditor": Bilingual("审计", "auditor"),
}
"""What people call each role."""

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}", re.ASCII)
_BOUND: dict[Role, tuple[str, ...]] = {
    "insured": ("person",),
    "institution": ("institution",),
    "clerk": ("area",),
    "supervisor": ("area", ""),
    "auditor": ("",),
}
"""What a user of a role is bound to, one of these; to nothing is the whole book."""
_BONDS = {
    "area": Bilingual("统筹区 area", "an area"),
    "institution": Bilingual("定点机构 institution", "an institution"),
    "person": Bilingual("人员 person", "a person"),
    "": Bilingual("不绑定", "nothing"),
}


class User(NamedTuple):
    """A user: the role, and the area, institution or person that is theirs."""

    name: str
    role: Role
    area: str | None = None
    institution: str | None = None
    person: int | None = None


def open_user(act: Act, user: User, password: str) -> int:
    """Open a user; `password` is its hash.  Gives the user's number.

    Raises `Refused`: `bad_name`, `bad_bond`, `there_already`, `unknown_area` and so on.
    """
    if not _NAME.fullmatch(user.name):
        raise Refused(
            "bad_name",
            Bilingual(
                "用户名应为 2 至 32 位小写字母、数字、点、横线，以字母开头；不要用身份证号或姓名",
                "a user's name has 2 to 32 lower-case letters, digits, dots or hyphens and begins "
                "with a letter; take no identity number and no person's name",
            ),
            {"field": "name"},
        )
    _check_bond(user)
    if user.area is not None:
        known(act, AREA, user.area)
    if user.institution is not None:
        known(act, INSTITUTION, user.institution)
    mine = PERSON.c.id == user.person
    if user.person is not None and act.connection.scalar(select(PERSON.c.id).where(mine)) is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {user.person} 的人员", f"there is no person {user.person}"),
            {"field": "person"},
        )
    if act.connection.scalar(select(USER.c.id).where(USER.c.name == user.name)) is not None:
        raise Refused(
            "there_already",
            Bilingual(
                f"用户名 {user.name} 已经有人用过，请换一个",
                f"the name {user.name} was taken before; choose another",
            ),
            {"field": "name"},
        )
    row = act.connection.execute(
        insert(USER).values(**user._asdict(), password=password, act=act.number)
    )
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def close_user(act: Act, user: int) -> None:
    """Close a user, whose tokens end at once.  Raises `Refused` (`unknown_user`)."""
    mine = (USER.c.id == user) & USER.c.ended.is_(None)
    closed = act.connection.execute(update(USER).where(mine).values(ended=act.number))
    if closed.rowcount != 1:
        raise _unknown(user)
    act.connection.execute(delete(TOKEN).where(TOKEN.c.user == user))


def set_password(act: Act, user: int, password: str) -> None:
    """Give a user another password, by its hash; tokens end.  Raises `Refused` (`unknown_user`)."""
    mine = (USER.c.id == user) & USER.c.ended.is_(None)
    changed = act.connection.execute(update(USER).where(mine).values(password=password))
    if changed.rowcount != 1:
        raise _unknown(user)
    act.connection.execute(delete(TOKEN).where(TOKEN.c.user == user))


def user_with(connection: Connection, name: str) -> Row[Any] | None:
    """The user of a name who is not closed, if there is one."""
    mine = (USER.c.name == name) & USER.c.ended.is_(None)
    return connection.execute(select(USER).where(mine)).one_or_none()


def _check_bond(user: User) -> None:
    said = [name for name in ("area", "institution", "person") if getattr(user, name) is not None]
    wanted = _BOUND[user.role]
    if (said or [""]) in [[one] for one in wanted]:
        return
    zh = "应绑定：" + "或".join(_BONDS[one].zh for one in wanted) + "，不写其他"
    en = "is bound to " + " or ".join(_BONDS[one].en for one in wanted) + ", and to nothing else"
    if wanted == ("",):
        zh, en = "不绑定统筹区、机构或人员", "is bound to no area, institution or person"
    raise Refused(
        "bad_bond",
        Bilingual(
            f"{ROLE_TITLES[user.role].zh}用户{zh}",
            f"a user of the role {user.role} {en}",
        ),
        {"field": "role"},
    )


def _unknown(user: int) -> Refused:
    return Refused(
        "unknown_user",
        Bilingual(f"没有编号为 {user} 的用户，或已停用",
                  f"there is no user {user}, or it is closed"),
        {"field": "user"},
    )  # fmt: skip
