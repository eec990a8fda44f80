"""The national algorithms: SM3 and SM4 by `cryptography`, the curve of SM2 by `gmssl`.

`gmssl` is used for its multiplications on the curve alone.  What a signature covers is put together
here, because that library knows one signer id only; keys and signatures are checked here, and
random numbers come from the system.  It is no library for machines that others can time.

Sources: GB/T 32905 (SM3), GB/T 32907 (SM4), GB/T 32918.2 and GB/T 35276 (SM2 with SM3).
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from gongji.wording import Bilingual, Refused

__all__ = [
    "COMMON_SIGNER",
    "check_sm2",
    "hmac_sm3",
    "sm2_plain",
    "sm2_public",
    "sm2_signature",
    "sm2_verified",
    "sm3",
    "sm4_decrypted",
    "sm4_encrypted",
]

COMMON_SIGNER = "1234567812345678"
"""The signer's id where two sides have agreed on none (GB/T 35276)."""

_SIZE = 32
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = bytes.fromhex(
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)


def sm3(data: bytes) -> bytes:
    """The SM3 hash, 32 bytes."""
    made = Hash(SM3())
    made.update(data)
    return made.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The HMAC with SM3, 32 bytes."""
    made = HMAC(key, SM3())
    made.update(data)
    return made.finalize()


def sm4_encrypted(key: bytes, plain: bytes) -> bytes:
    """Encrypted with SM4 block by block (ECB, padded by PKCS#7), as the interface has it."""
    padder, cipher = PKCS7(algorithms.SM4.block_size).padder(), _sm4(key).encryptor()
    return cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()


def sm4_decrypted(key: bytes, sealed: bytes) -> bytes:
    """What `sm4_encrypted` encrypted.  Raises `ValueError` for what it cannot have made."""
    unpadder, cipher = PKCS7(algorithms.SM4.block_size).unpadder(), _sm4(key).decryptor()
    plain = cipher.update(sealed) + cipher.finalize()
    return unpadder.update(plain) + unpadder.finalize()


def _sm4(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305 - as the interface has it


def check_sm2(private: str, public: str) -> None:
    """Make sure that keys of SM2, where they are given, can be used.

    Raises `Refused` (`bad_key`, `missing_package`).
    """
    if private:
        _private(private)
    if public:
        _public(public)
    if private or public:
        _curve()


@lru_cache(maxsize=64)
def sm2_public(private: str) -> str:
    """The public key that belongs to a private one: 128 hexadecimal digits, x and y.

    Raises `Refused` (`bad_key`, `missing_package`).
    """
    return str(_curve()._kg(_private(private), _G.hex()))  # noqa: SLF001 - it has no other door


def sm2_signature(private: str, data: bytes, signer: str) -> bytes:
    """A signature of data, 64 bytes: r and s.

    The private key is 64 hexadecimal digits or Base64.  Raises `Refused` (`bad_key`,
    `missing_package`).
    """
    number, digest = _private(private), _digest(sm2_public(private), data, signer)
    curve = _curve()
    curve.private_key = f"{number:064x}"
    while True:
        once = secrets.randbelow(_N - 1) + 1
        found = curve.sign(digest, f"{once:064x}")
        if found is not None:
            return bytes.fromhex(found)


def sm2_verified(public: str, data: bytes, signer: str, signature: bytes) -> bool:
    """Whether a signature, as r and s or in DER, is that of data by a signer.

    The public key is x and y, 128 hexadecimal digits with or without 04 before them, or Base64.
    Raises `Refused` (`bad_key`, `missing_package`) for the key, nothing for the signature.
    """
    point = _public(public)
    try:
        r, s = _numbers(signature)
    except ValueError:
        return False
    if not (0 < r < _N and 0 < s < _N) or (r + s) % _N == 0:
        return False
    curve = _curve()
    curve.public_key = point  # its constructor takes leading digits 0 and 4 off the number itself
    try:
        return bool(curve.verify(f"{r:064x}{s:064x}", _digest(point, data, signer)))
    except TypeError:  # the sum is no point, so it has no coordinates
        return False


def sm2_plain(signature: bytes) -> bytes:
    """A signature as r and s, 64 bytes, in whichever form it is.

    Raises `ValueError` where it is in none, `OverflowError` where its numbers are too large.
    """
    return b"".join(number.to_bytes(_SIZE) for number in _numbers(signature))


def _digest(point: str, data: bytes, signer: str) -> bytes:
    """What is signed: the hash of signer, curve and key, with the data hashed again."""
    name = signer.encode()
    known = b"".join(number.to_bytes(_SIZE) for number in (_A, _B))
    mine = sm3((len(name) * 8).to_bytes(2) + name + known + _G + bytes.fromhex(point))
    return sm3(mine + data)


def _numbers(signature: bytes) -> tuple[int, int]:
    if len(signature) == 2 * _SIZE:
        return int.from_bytes(signature[:_SIZE]), int.from_bytes(signature[_SIZE:])
    return decode_dss_signature(signature)


def _private(text: str) -> int:
    number = int.from_bytes(_bytes(text, (_SIZE,)))
    if not 0 < number < _N - 1:
        raise _bad("SM2 私钥超出范围", "a private key of SM2 out of range")
    return number


def _public(text: str) -> str:
    point = _bytes(text, (2 * _SIZE, 2 * _SIZE + 1))
    if len(point) > 2 * _SIZE:
        if point[0] != 4:
            raise _bad("SM2 公钥应以 04 开头", "a public key of SM2 begins with 04")
        point = point[1:]
    x, y = int.from_bytes(point[:_SIZE]), int.from_bytes(point[_SIZE:])
    if x >= _P or y >= _P or (y * y - (x * x * x + _A * x + _B)) % _P:
        raise _bad("SM2 公钥不在曲线上", "a public key of SM2 that is not on the curve")
    return point.hex()


def _bytes(text: str, sizes: tuple[int, ...]) -> bytes:
    """The bytes of a key, written in hexadecimal or Base64."""
    for reading in (bytes.fromhex, lambda one: b64decode(one, validate=True)):
        try:
            found = reading(text)
        except ValueError:
            continue
        if len(found) in sizes:
            return found
    raise _bad(
        "SM2 密钥应为十六进制或 Base64，私钥 32 字节，公钥 64 或 65 字节",
        "keys of SM2 are hexadecimal or Base64, a private one of 32 bytes, a public one of 64 or "
        "65",
    )


def _curve() -> Any:
    if find_spec("gmssl") is None:
        raise Refused(
            "missing_package",
            Bilingual(
                "没有安装 gmssl；SM2 签名需要附加包 gongji[sm2]，"
                "在检出的文件夹里运行 pip install '.[sm2]'",
                "gmssl is not installed; signatures of SM2 need the extra gongji[sm2], run pip "
                "install '.[sm2]' in the checkout",
            ),
            {"package": "gmssl"},
        )
    from gmssl.sm2 import CryptSM2

    return CryptSM2(private_key="", public_key="")


def _bad(zh: str, en: str) -> Refused:
    return Refused("bad_key", Bilingual(f"密钥有误：{zh}", f"the key is no good: {en}"))
