"""Log-ins: guessing is slowed down, tokens are good for a while and kept as keyed hashes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from gongji.book.access.users import User
from gongji.book.acts import moment_of
from gongji.book.schema.users import TOKEN, TRY, USER
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.wording import Bilingual, Refused

__all__ = ["Tries", "forget_token", "holder_of", "keep_token"]

_WINDOW = timedelta(minutes=15)
_OF_PAIR, _OF_ONE = 5, 50
_LOG_INS = Bilingual(
    "登录失败次数过多，请 15 分钟后再试；忘记密码请找主管重设",
    "too many log-ins failed; try again in 15 minutes, or have a supervisor set a new password",
)


class Tries(NamedTuple):
    """The log-ins tried with a name from an address, by keyed hashes of both.

    Five failures of the pair in a quarter of an hour, or fifty of either, and nobody gets in.
    """

    pair: bytes
    name: bytes
    address: bytes

    @classmethod
    def of(cls, seal: Seal, name: str, address: str) -> Tries:
        """What is counted of a log-in."""
        words = (f"pair {name} {address}", f"name {name}", f"address {address}")
        return cls(*(seal.hash(one) for one in words))

    def note(self, store: Store, at: datetime, words: Bilingual = _LOG_INS) -> None:
        """Note a try before the password is looked at, so that tries side by side count too.

        Raises `Refused` (`too_many_tries`), in these words.
        """
        since = moment_of(at - _WINDOW)
        with store.writing() as connection:
            connection.execute(delete(TRY).where(TRY.c.at < since))
            rows = [{"what": what, "at": moment_of(at)} for what in self]
            connection.execute(insert(TRY), rows)
        with store.reading() as connection:
            found = _counted(connection, self, since)
        most = (_OF_PAIR, _OF_ONE, _OF_ONE)
        if any(found.get(what, 0) > limit for what, limit in zip(self, most, strict=True)):
            raise Refused("too_many_tries", words)

    def forget(self, store: Store, at: datetime) -> None:
        """The log-in succeeded: the tries of the pair are forgotten, and this one of the others."""
        with store.writing() as connection:
            connection.execute(delete(TRY).where(TRY.c.what == self.pair))
            these = TRY.c.what.in_((self.name, self.address)) & (TRY.c.at == moment_of(at))
            connection.execute(delete(TRY).where(these))


def _counted(connection: Connection, these: Iterable[bytes], since: int) -> dict[bytes, int]:
    rows = connection.execute(
        select(TRY.c.what, func.count())
        .where(TRY.c.what.in_(list(these)) & (TRY.c.at >= since))
        .group_by(TRY.c.what)
    )
    return {bytes(what): count for what, count in rows}


def keep_token(store: Store, hashed: bytes, user: int, at: datetime, until: datetime) -> None:
    """Keep a token of a user until a moment; those that have run out go."""
    with store.writing() as connection:
        connection.execute(delete(TOKEN).where(TOKEN.c.until <= moment_of(at)))
        connection.execute(insert(TOKEN).values(hash=hashed, user=user, until=moment_of(until)))


def holder_of(store: Store, hashed: bytes, at: datetime) -> tuple[User, int] | None:
    """Whose token it is and until which moment it is good, if it is."""
    with store.reading() as connection:
        row = connection.execute(
            select(USER, TOKEN.c.until).where(
                (TOKEN.c.hash == hashed)
                & (TOKEN.c.until > moment_of(at))
                & (USER.c.id == TOKEN.c.user)
                & USER.c.ended.is_(None)
            )
        ).one_or_none()
    if row is None:
        return None
    return User(row.name, row.role, row.area, row.institution, row.person), int(row.until)


def forget_token(store: Store, hashed: bytes) -> None:
    """A token is given back."""
    with store.writing() as connection:
        connection.execute(delete(TOKEN).where(TOKEN.c.hash == hashed))
