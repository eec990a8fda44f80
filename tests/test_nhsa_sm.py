"""The national algorithms against the examples of their standards, and what OpenSSL made.

No expected value here was worked out by this program.
"""

from __future__ import annotations

import secrets
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongji.nhsa.dialects import sm
from gongji.wording import Refused

# GB/T 32918.5, appendix A: the example of a signature on the recommended curve.
PRIVATE = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
PUBLIC = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
ONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
MESSAGE = b"message digest"

# Made with OpenSSL 3.0: `openssl dgst -sm3 -sign … -sigopt distid:…`.  This key was picked for an x
# that begins with 04, which libraries have taken for the mark of an uncompressed point.
LEADING_04 = (
    "04d45948bb54b738177b2e437d8144880d1210da31ddcae46c58c014f716cd34"
    "3029eedb6274cd9bd07affdc81c9bf1516f69d080801a59bbf401bbbbe9dc2f7"
)
CONTENT = b'{"data":{"psn_no":"1"}}'
BY_CLIENT = bytes.fromhex(
    "3046022100aa2bc57c935c7a9c83bdd55859b1c6166919aee2359c0c99cbd24a70b4676075"
    "022100cac0f783817213147073e50183c28b39839a225955a5006a62ae37a04a1dbd81"
)
BY_COMMON = bytes.fromhex(
    "3045022100c5b71b11808c602e0de3552637300becbeff8a892857d94e4015fe0980720240"
    "02202147530f9a743e52e7823d1980726ec915670620d0192cc1fcfcb4b2594ae128"
)
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@pytest.mark.parametrize(
    ("data", "digest"),
    [  # GB/T 32905, appendix A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3(data: bytes, digest: str) -> None:
    assert sm.sm3(data).hex() == digest


def test_hmac_sm3() -> None:
    """GM/T 0042-2015, appendix D.3."""
    key = bytes(range(1, 33))
    data = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    expected = "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
    assert sm.hmac_sm3(key, data).hex() == expected


def test_sm4() -> None:
    """GB/T 32907, appendix A.1: the key encrypts itself."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    sealed = sm.sm4_encrypted(key, key)
    assert sealed[:16].hex() == "681edf34d206965e86b3e94f536e4246"
    assert len(sealed) == 32  # a whole block is padded with another one
    assert sm.sm4_decrypted(key, sealed) == key


@pytest.mark.parametrize("wrong", [b"", b"1", b"0" * 15, b"0" * 16, b"0" * 17])
def test_sm4_says_of_what_it_did_not_make_that_it_is_wrong(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        sm.sm4_decrypted(b"CLIENT0123456789", wrong)


def test_sm2_signs_as_the_standard_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda most: ONCE - 1)
    assert sm.sm2_signature(PRIVATE, MESSAGE, "1234567812345678") == SIGNATURE


def test_sm2_knows_the_public_key_of_a_private_one() -> None:
    assert sm.sm2_public(PRIVATE) == PUBLIC.lower()


@pytest.mark.parametrize(
    "public",
    [PUBLIC, PUBLIC.lower(), "04" + PUBLIC, b64encode(bytes.fromhex("04" + PUBLIC)).decode()],
)
def test_sm2_verifies_however_the_key_is_written(public: str) -> None:
    assert sm.sm2_verified(public, MESSAGE, "1234567812345678", SIGNATURE)


def test_sm2_signs_for_a_signer_and_for_no_other() -> None:
    assert sm.sm2_verified(LEADING_04, CONTENT, "CLIENT0123456789", BY_CLIENT)
    assert sm.sm2_verified("04" + LEADING_04, CONTENT, sm.COMMON_SIGNER, BY_COMMON)
    assert not sm.sm2_verified(LEADING_04, CONTENT, sm.COMMON_SIGNER, BY_CLIENT)
    assert not sm.sm2_verified(LEADING_04, CONTENT, "CLIENT0123456789", BY_COMMON)
    assert not sm.sm2_verified(LEADING_04, CONTENT + b" ", "CLIENT0123456789", BY_CLIENT)
    assert not sm.sm2_verified(PUBLIC, CONTENT, "CLIENT0123456789", BY_CLIENT)


def test_a_signature_is_the_same_in_either_form() -> None:
    """The numbers in DER are those after 022100, 32 bytes each."""
    numbers = BY_CLIENT[5:37] + BY_CLIENT[40:]
    assert sm.sm2_plain(BY_CLIENT) == numbers
    assert sm.sm2_plain(numbers) == numbers
    assert sm.sm2_verified(LEADING_04, CONTENT, "CLIENT0123456789", numbers)


def test_own_signatures_differ_and_are_verified() -> None:
    made = {sm.sm2_signature(PRIVATE, CONTENT, "somebody") for _ in range(3)}
    assert len(made) == 3
    assert all(sm.sm2_verified(PUBLIC, CONTENT, "somebody", one) for one in made)


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (1, ORDER - 1), (2**256 - 1, 2**256 - 1)],
)
def test_numbers_that_no_signature_has_are_refused(r: int, s: int) -> None:
    """Out of range, or with a sum of nought."""
    assert not sm.sm2_verified(PUBLIC, MESSAGE, "a", r.to_bytes(32) + s.to_bytes(32))


def test_a_sum_that_is_no_point_is_refused() -> None:
    """Who has the private key d can choose t = -s/d, so that s·G + t·P is nowhere; r is t - s."""
    s = 12345
    t = -s * pow(int(PRIVATE, 16), -1, ORDER) % ORDER
    r = (t - s) % ORDER
    assert not sm.sm2_verified(PUBLIC, MESSAGE, "a", r.to_bytes(32) + s.to_bytes(32))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=90))
def test_no_signature_breaks_it(signature: bytes) -> None:
    assert not sm.sm2_verified(PUBLIC, MESSAGE, "a", signature)


@pytest.mark.parametrize(
    ("private", "public"),
    [
        ("00", ""),
        ("zz", ""),
        ("0" * 64, ""),
        ("F" * 64, ""),
        ("", PUBLIC[:-2]),
        ("", "03" + PUBLIC),
        ("", "0" * 128),
        ("", PUBLIC[:-1] + "4"),
        ("", "F" * 128),
    ],
)
def test_keys_that_are_none_are_refused(private: str, public: str) -> None:
    with pytest.raises(Refused) as refused:
        sm.check_sm2(private, public)
    assert refused.value.kind == "bad_key"


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm, "find_spec", lambda name: None)
    with pytest.raises(Refused) as refused:
        sm.check_sm2(PRIVATE, "")
    assert refused.value.kind == "missing_package"
    assert "gongji[sm2]" in refused.value.message.zh
