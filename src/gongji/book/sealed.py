"""Personal data sealed: encrypted where it is kept, found again by a keyed hash.

One key of 32 bytes opens a book.  It lies in a file of its own, never in the database; without it
what is sealed is lost, and whoever has only the database learns neither names nor numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gongji.wording import Bilingual, Refused

__all__ = ["Seal", "check_no_key", "new_key"]

_BYTES = 32
_NONCE = 12


class Seal:
    """Encrypts and opens texts, and makes the hashes by which they are looked up."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == _BYTES
        self._cipher = AESGCM(hmac.digest(key, b"gongji: what is kept", "sha256"))
        self._look_up = hmac.digest(key, b"gongji: what is looked up", "sha256")
        self._papers = hmac.digest(key, b"gongji: what papers say", "sha256")

    @classmethod
    def from_file(cls, path: Path) -> Seal:
        """The seal whose key a file holds.  Raises `Refused` (`no_key`, `wrong_key`)."""
        try:
            text = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise Refused(
                "no_key",
                Bilingual(
                    f"读不到密钥文件 {path}；没有它打不开账册，请取回另存的那份",
                    f"the key file {path} cannot be read; the book does not open without it, "
                    "fetch the copy that was kept apart",
                ),
                {"field": str(path)},
            ) from None
        try:
            key = b64decode(text, validate=True)
        except NotBase64:
            key = b""
        if len(key) != _BYTES:
            raise Refused(
                "wrong_key",
                Bilingual(
                    f"{path} 不是密钥文件；应为 `gongji book init` 写出的一行",
                    f"{path} is no key file; expected the line that `gongji book init` wrote",
                ),
                {"field": str(path)},
            )
        return cls(key)

    def hash(self, text: str) -> bytes:
        """A keyed hash of 32 bytes: the same for the same text, and of no use without the key."""
        return hmac.digest(self._look_up, text.encode(), hashlib.sha256)

    def signed(self, text: str) -> bytes:
        """What proves, to whoever asks the book, that a text is the book's own: 32 bytes.

        Its key is another than that of `hash`, so that what is looked up proves nothing.
        """
        return hmac.digest(self._papers, text.encode(), hashlib.sha256)

    def sealed(self, text: str) -> bytes:
        """A text encrypted, differently each time."""
        return self.sealed_bytes(text.encode())

    def opened(self, data: bytes) -> str:
        """What was sealed.  Raises `Refused` (`wrong_key`) where another key sealed it."""
        return self.opened_bytes(data).decode()

    def sealed_bytes(self, data: bytes) -> bytes:
        """What a file holds encrypted, differently each time."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, None)

    def opened_bytes(self, data: bytes) -> bytes:
        """The bytes that were sealed.  Raises `Refused` (`wrong_key`) as `opened` does."""
        try:
            return self._cipher.decrypt(data[:_NONCE], data[_NONCE:], None)
        except InvalidTag:
            raise Refused(
                "wrong_key",
                Bilingual(
                    "密钥与账册不符；请用这本账册自己的密钥文件",
                    "the key does not belong to this book; use the book's own key file",
                ),
            ) from None


def check_no_key(path: Path) -> None:
    """Make sure that a new key overwrites nothing.  Raises `Refused`: `key_there`, `no_folder`."""
    if path.exists():
        raise Refused(
            "key_there",
            Bilingual(
                f"密钥文件 {path} 已经存在，不会覆盖；另一本账册请另取名字",
                f"the key file {path} is there already and is not overwritten; name another for "
                "another book",
            ),
            {"field": str(path)},
        )
    if not path.parent.is_dir():
        raise Refused(
            "no_folder",
            Bilingual(f"没有文件夹 {path.parent}；请先建立",
                      f"there is no folder {path.parent}; make it first"),
            {"field": str(path)},
        )  # fmt: skip


def new_key(path: Path) -> None:
    """Write a new key, readable by its owner alone.  Raises as `check_no_key` does."""
    line = b64encode(secrets.token_bytes(_BYTES)) + b"\n"
    check_no_key(path)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
