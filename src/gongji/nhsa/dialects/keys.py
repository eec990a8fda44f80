"""The key by which an institution and an agency know each other in one dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gongji.wording import Bilingual, Refused

__all__ = ["SM4_BYTES", "Key", "Keys", "is_name"]

SM4_BYTES = 16
"""How long a key of SM4 is; OAuth takes the client id as the key."""

_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Key:
    """One institution's key in one dialect; secrets do not show in its `repr`.

    Raises `Refused` (`bad_key`, `missing_package`) where it would protect nothing or could not be
    used, so that whoever has a key need not look at it again.
    """

    dialect: str
    """`plain`, `csb`, `x_ca`, `x_tif` or `oauth`."""
    name: str
    """What requests call it: access key, paasid, client id; the institution's code in `plain`."""
    institution: str
    """Whose key it is: the institution's code, to be held against `fixmedins_code`."""
    secret: str = field(default="", repr=False)
    """Secret key, paas token or client secret."""
    lenient_clock: bool = False
    """Whether a clock may be a day off and count backwards, as that of some old clients does."""
    api_name: str = "{infno}"
    """CSB: what a client calls a service, such as `api_{infno}`."""
    user: str = ""
    """OAuth: the user for whom a token is asked."""
    password: str = field(default="", repr=False)
    """OAuth: the password of that user."""
    scope: str = ""
    """OAuth: the scope a client asks for."""
    token: str = field(default="", repr=False)
    """OAuth: the token a client was given."""
    own_sm2: str = field(default="", repr=False)
    """OAuth: the private key one signs with, 64 hexadecimal digits or Base64."""
    their_sm2: str = ""
    """OAuth: the public key of the other side; where it stands, messages must be sealed."""
    signer: str = ""
    """OAuth: the signer's id in signatures; the client id where nothing is said."""

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise _bad("名称须为可见的 ASCII 字符", "its name must be of visible ASCII characters")
        if not is_name(self.api_name):
            raise _bad(
                "api_name 须为可见的 ASCII 字符", "api_name must be of visible ASCII characters"
            )
        if self.dialect != "plain" and not self.secret:
            raise _bad("缺少密钥", "the secret is missing")
        if not (self.own_sm2 or self.their_sm2):
            return
        from gongji.nhsa.dialects.sm import check_sm2

        check_sm2(self.own_sm2, self.their_sm2)
        if len(self.name) != SM4_BYTES:
            raise _bad(
                f"客户端标识须为 {SM4_BYTES} 个字符，它就是 SM4 的密钥",
                f"the client id must have {SM4_BYTES} characters, it is the key of SM4",
            )


Keys = Callable[[str, str], Key | None]
"""The key of a dialect with a name, or None where nobody has it: `keys("csb", "AK1")`."""


def is_name(text: str) -> bool:
    """Whether a text can be the name of a key at all: visible ASCII, not too long."""
    return 0 < len(text) <= _LONGEST_NAME and text.isascii() and text.isprintable()


def _bad(zh: str, en: str) -> Refused:
    return Refused("bad_key", Bilingual(f"密钥有误：{zh}", f"the key is no good: {en}"))
