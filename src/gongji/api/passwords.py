"""Passwords: hashed with argon2, and long enough to be worth it."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from gongji.wording import Bilingual, Refused

__all__ = ["fits", "hash_of_password"]

_SHORTEST = 10
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""What OWASP asks for at least: 19 MiB, twice over; a few log-ins at a time do not fill memory."""
_NOBODYS = _HASHER.hash("nobody has this password")


def hash_of_password(password: str, salt: bytes | None = None, field: str = "password") -> str:
    """The hash of a password that a user shall have, which stood in a `field`.

    `salt` makes it the same when the same request comes again.  Raises `Refused`
    (`bad_password`).
    """
    if len(password) < _SHORTEST or len(set(password)) == 1:
        raise Refused(
            "bad_password",
            Bilingual(
                f"密码至少 {_SHORTEST} 位，不能全是一个字符",
                f"a password has at least {_SHORTEST} characters, not all the same",
            ),
            {"field": field},
        )
    return _HASHER.hash(password, salt=salt)


def fits(hashed: str | None, password: str) -> bool:
    """Whether it is the password; where there is no such user it takes as long to say no."""
    try:
        _HASHER.verify(hashed or _NOBODYS, password)
    except VerificationError:
        return False
    return hashed is not None
