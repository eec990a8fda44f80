"""The dialects of the national interface: recorded requests, both sides, hostile input.

Signatures that are written out here come from recorded traffic or from OpenSSL, none from gongji.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongji.nhsa.dialects import csb, oauth, x_ca, x_tif
from gongji.nhsa.dialects.every import DIALECTS, dialect_of
from gongji.nhsa.dialects.keys import Key, Keys
from gongji.nhsa.dialects.sm import sm4_encrypted
from gongji.nhsa.dialects.tokens import TOKEN_PATH, grant, token_in, token_wanted
from gongji.nhsa.dialects.traffic import Denied, HttpAnswer, HttpAsked, HttpToSend, Opened
from gongji.nhsa.messages.exact_json import as_bytes, as_object
from gongji.wording import Refused
from nhsa_keys import AGENCY_KEYS, CLIENT_KEYS, HOSPITAL, NOW, arrived, key_of

MESSAGE: dict[str, object] = {
    "infno": "2206",
    "msgid": "H99990000001202611211857110001",
    "inf_time": "2026-11-21 18:57:11",
    "fixmedins_code": HOSPITAL,
    "input": {"data": {"psn_no": "1", "medfee_sumamt": Decimal("4.50"), "psn_name": "张三"}},
}
MANY = sorted(DIALECTS)


def keyed(dialect: str) -> Key:
    """The client's key, with a token where the dialect wants one."""
    key = CLIENT_KEYS[dialect]
    if dialect != "oauth":
        return key
    wanted = arrived(token_wanted(key, "http://agency/auth/oauth/token"))
    return replace(key, token=token_in(grant(wanted, key_of, lambda: NOW)))


def sent(dialect: str, message: Mapping[str, object] = MESSAGE) -> HttpToSend:
    return DIALECTS[dialect].signed(message, keyed(dialect), lambda: NOW, "http://agency/fsi/api/x")


def only(key: Key) -> Keys:
    return lambda dialect, name: key if (dialect, name) == (key.dialect, key.name) else None


def denied(dialect: str, request: HttpAsked, now: datetime = NOW) -> Denied:
    with pytest.raises(Denied) as found:
        DIALECTS[dialect].check(request, key_of, lambda: now)
    return found.value


def with_(request: HttpAsked, headers: Mapping[str, str], body: bytes | None = None) -> HttpAsked:
    return replace(
        request,
        headers={**request.headers, **headers},
        body=request.body if body is None else body,
    )


@pytest.mark.parametrize("dialect", MANY)
def test_what_one_side_signs_the_other_opens(dialect: str) -> None:
    request = arrived(sent(dialect))
    assert dialect_of(request) == dialect
    opened = DIALECTS[dialect].check(request, key_of, lambda: NOW)
    assert opened.key is AGENCY_KEYS[dialect]
    assert opened.message["input"] == MESSAGE["input"]
    assert opened.message["msgid"] == MESSAGE["msgid"]
    assert opened.claimed == (None if dialect == "plain" else NOW)
    until = {"plain": None, "oauth": datetime.max.replace(tzinfo=UTC)}
    assert opened.remember_until == until.get(dialect, NOW + timedelta(minutes=30))


@pytest.mark.parametrize("dialect", MANY)
def test_what_one_side_answers_the_other_reads(dialect: str) -> None:
    answer = {"infcode": 0, "err_msg": None, "output": {"balc": Decimal("1373.63"), "n": [1, "x"]}}
    sealed = DIALECTS[dialect].seal(answer, AGENCY_KEYS[dialect])
    opened = DIALECTS[dialect].opened(sealed, CLIENT_KEYS[dialect])
    assert {name: opened[name] for name in answer} == answer
    assert (b"1373.63" in sealed.body) == (dialect != "oauth")


RECORDED_CSB = [  # a client in Python, run against a machine of its own with AK1 and SK1
    ("api_1101", "1795287515019", "5z0/F4zNQmsjY0S736eMZklz87Q="),
    ("api_2201", "1795287515025", "meE/dvyr4792b77dLIvJsMrUo7Q="),
    ("api_2207", "1795287515076", "zNQs9Oi8amQsmYdMJNevjA85LTQ="),
]
AK1 = Key("csb", "AK1", "H43010000001", "SK1", api_name="api_{infno}")


def recorded_csb(name: str, at: str, signature: str) -> HttpAsked:
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "_api_name": name,
        "_api_version": "1.0",
        "_api_timestamp": at,
        "_api_access_key": "AK1",
        "_api_signature": signature,
    }
    body = '{"infno":"1101","fixmedins_name":"测试医院"}'.encode()
    return HttpAsked.of("POST", "/fsi/api/rsfComIfsService/callService/1101", headers, body)


@pytest.mark.parametrize(("name", "at", "signature"), RECORDED_CSB)
def test_csb_accepts_recorded_requests(name: str, at: str, signature: str) -> None:
    """1795287515 s are 2026-11-21 18:58:35 UTC, to which the milliseconds are added."""
    then = datetime(2026, 11, 21, 18, 58, 35, int(at[-3:]) * 1000, tzinfo=UTC)
    request = recorded_csb(name, at, signature)
    opened = csb.check(request, only(AK1), lambda: then)
    assert opened.claimed == then
    assert opened.message["fixmedins_name"] == "测试医院"


def test_csb_signs_as_the_recorded_client_did() -> None:
    then = datetime(2026, 11, 21, 18, 58, 35, 19_000, tzinfo=UTC)
    made = csb.signed({"infno": "1101"}, AK1, lambda: then, "http://agency/")
    assert made.headers["_api_signature"] == RECORDED_CSB[0][2]


def test_csb_signs_as_openssl_does() -> None:
    """`printf '_api_access_key=AK9&_api_name=2201&…' | openssl dgst -sha1 -hmac 'a secret'`."""
    then = datetime(2026, 11, 21, 18, 57, 11, tzinfo=UTC)
    made = csb.signed({"infno": "2201"}, CLIENT_KEYS["csb"], lambda: then, "http://agency/")
    assert made.headers["_api_timestamp"] == "1795287431000"
    assert made.headers["_api_signature"] == "h1C5G3R4wSMl97eTKhZCIdzTv80="


X_CA_BODY = b'{"infno":"9001","fixmedins_code":"H33018300564"}'
X_CA_HEADERS = {  # name and time are recorded; `openssl dgst -sm3 -hmac 'a secret'` made the rest
    "x-ca-key": "H33018300564",
    "x-ca-signature": (
        "-1795287431:A3B3AD8067D172AD60496BC5D11938AD293F5369394F847C24406B290D795225"
    ),
}
X_CA_KEY = Key("x_ca", "H33018300564", "H33018300564", "a secret", lenient_clock=True)
X_CA_SENT = datetime(2026, 11, 21, 18, 57, 11, tzinfo=UTC)
"""By the recorded header `Date`: Sat, 21 Nov 2026 18:57:11 GMT."""


def test_x_ca_accepts_a_client_whose_clock_runs_backwards_where_its_key_says_so() -> None:
    request = HttpAsked.of("POST", "/fsi/api/signInSignOutService/signIn", X_CA_HEADERS, X_CA_BODY)
    opened = x_ca.check(request, only(X_CA_KEY), lambda: X_CA_SENT)
    assert opened.claimed == X_CA_SENT
    assert opened.remember_until == X_CA_SENT + timedelta(days=1)
    strict = replace(X_CA_KEY, lenient_clock=False)
    with pytest.raises(Denied, match="签名时间戳超时!"):
        x_ca.check(request, only(strict), lambda: X_CA_SENT)


def test_x_ca_signs_every_byte_of_the_body() -> None:
    request = HttpAsked.of("POST", "/", X_CA_HEADERS, X_CA_BODY)
    for place in range(len(X_CA_BODY)):
        changed = bytearray(X_CA_BODY)
        changed[place] ^= 1
        with pytest.raises(Denied, match="签名不一致!"):
            x_ca.check(with_(request, {}, bytes(changed)), only(X_CA_KEY), lambda: X_CA_SENT)


def test_x_tif_accepts_what_openssl_hashed() -> None:
    """`printf '1795287431a tokenn0nce1795287431' | openssl dgst -sha256`."""
    headers = {
        "x-tif-paasid": "paas1",
        "x-tif-timestamp": "1795287431",
        "x-tif-nonce": "n0nce",
        "X-Tif-Signature": "ed0f1078e6dff7ed4b0c64deb2ad0573f04b04e1c3f814d73cc5ea5b7ee16858",
    }
    key = Key("x_tif", "paas1", HOSPITAL, "a token")
    request = HttpAsked.of("POST", "/", headers, b"{}")
    assert x_tif.check(request, only(key), lambda: X_CA_SENT).claimed == X_CA_SENT
    with pytest.raises(Denied, match="签名不一致!"):
        x_tif.check(with_(request, {"x-tif-nonce": "other"}), only(key), lambda: X_CA_SENT)


# `openssl enc -sm4-ecb` and `openssl dgst -sm3 -sign … -sigopt distid:…` of CONTENT
CONTENT = {"data": {"psn_no": "1"}}
SM4_CONTENT = "8S0AvbzXHcNe3nwhaz94LsZjinzxxH09r7pep3k68AU="
OPENSSL_PUBLIC = (
    "04d45948bb54b738177b2e437d8144880d1210da31ddcae46c58c014f716cd34"
    "3029eedb6274cd9bd07affdc81c9bf1516f69d080801a59bbf401bbbbe9dc2f7"
)
BY_CLIENT = (
    "3046022100aa2bc57c935c7a9c83bdd55859b1c6166919aee2359c0c99cbd24a70b4676075"
    "022100cac0f783817213147073e50183c28b39839a225955a5006a62ae37a04a1dbd81"
)
BY_COMMON = (
    "3045022100c5b71b11808c602e0de3552637300becbeff8a892857d94e4015fe0980720240"
    "02202147530f9a743e52e7823d1980726ec915670620d0192cc1fcfcb4b2594ae128"
)
RAW_BY_CLIENT = BY_CLIENT[10:74] + BY_CLIENT[80:]


def sealed_by_openssl(signature: str, **more: object) -> HttpAsked:
    cainfo = b64encode(bytes.fromhex(signature)).decode()
    message = {**MESSAGE, "input": SM4_CONTENT, "cainfo": cainfo, "encType": "SM4", **more}
    token = keyed("oauth").token
    headers = {"Authorization": f"Bearer {token}"}
    return HttpAsked.of("POST", "/mbs/fmi", headers, as_bytes(message))


def checked(request: HttpAsked, signer: str = "") -> Opened:
    key = replace(AGENCY_KEYS["oauth"], their_sm2=OPENSSL_PUBLIC, signer=signer)
    return oauth.check(request, only(key), lambda: NOW)


@pytest.mark.parametrize(
    ("signature", "signer"),
    [
        (BY_CLIENT, ""),
        (RAW_BY_CLIENT, ""),
        (BY_COMMON, ""),
        (BY_CLIENT, "CLIENT0123456789"),
        (BY_COMMON, "1234567812345678"),
    ],
)
def test_oauth_opens_what_openssl_sealed(signature: str, signer: str) -> None:
    assert checked(sealed_by_openssl(signature), signer).message["input"] == CONTENT


def test_oauth_knows_a_signature_again_under_another_time_and_number() -> None:
    """Both stand outside of what is signed, and the token may be in other hands by then."""
    first = checked(sealed_by_openssl(BY_CLIENT))
    later = sealed_by_openssl(BY_CLIENT, msgid="H1202411309999", infno="2102")
    again = checked(later)
    assert again.mark == first.mark
    assert first.remember_until is not None
    assert first.remember_until > NOW + timedelta(days=36_500)


def test_oauth_holds_a_client_to_the_signer_that_was_agreed() -> None:
    for signature, signer in ((BY_COMMON, "CLIENT0123456789"), (BY_CLIENT, "1234567812345678")):
        with pytest.raises(Denied, match="签名不一致!"):
            checked(sealed_by_openssl(signature), signer)


def test_a_signature_is_one_mark_in_whichever_form_and_under_whichever_number_it_comes() -> None:
    first = checked(sealed_by_openssl(BY_CLIENT))
    again = checked(sealed_by_openssl(RAW_BY_CLIENT, infno="2207", msgid="another"))
    assert first.mark == again.mark
    assert first.mark != checked(sealed_by_openssl(BY_COMMON)).mark


def test_oauth_turns_away_what_is_not_sealed_or_sealed_otherwise() -> None:
    good = sealed_by_openssl(BY_CLIENT)

    def said(**more: object) -> str:
        message = {**as_object(good.body), **more}
        with pytest.raises(Denied) as found:
            checked(with_(good, {}, as_bytes(message)))
        return found.value.message

    assert said(input=CONTENT) == "input 应加密并签名!"
    assert said(input="no base64") == "input 解密失败!"
    assert said(input=b64encode(b"0" * 15).decode()) == "input 解密失败!"
    no_object = sm4_encrypted(b"CLIENT0123456789", b"[1]")
    assert said(input=b64encode(no_object).decode()) == "input 解密失败!"
    other = sm4_encrypted(b"CLIENT0123456789", b'{"data":{"psn_no":"2"}}')
    assert said(input=b64encode(other).decode()) == "签名不一致!"
    assert said(cainfo=None) == "签名不一致!"
    assert said(cainfo=b64encode(b"0" * 64).decode()) == "签名不一致!"
    assert said(inf_time="2026-11-21 18:00:00") == "签名时间戳超时!"
    assert said(inf_time=20261121) == "签名时间戳超时!"


def test_oauth_without_keys_of_sm2_takes_the_input_as_it_is() -> None:
    """A client says encType SM4 even when it encrypts nothing, so the input itself decides."""
    key = replace(AGENCY_KEYS["oauth"], own_sm2="", their_sm2="")
    message = {**MESSAGE, "encType": "SM4", "cainfo": ""}
    headers = {"Authorization": f"Bearer {keyed('oauth').token}"}
    request = HttpAsked.of("POST", "/", headers, as_bytes(message))
    opened = oauth.check(request, only(key), lambda: NOW)
    assert opened.message["input"] == MESSAGE["input"]
    assert opened.mark == ""
    sealed = replace(request, body=as_bytes({**message, "input": SM4_CONTENT}))
    assert oauth.check(sealed, only(key), lambda: NOW).message["input"] == CONTENT
    assert as_object(oauth.seal({"output": {"a": 1}}, key).body) == {"output": {"a": 1}}


def test_a_client_notices_an_answer_that_is_not_the_agencys() -> None:
    sealed = oauth.seal({"infcode": 0, "output": CONTENT}, AGENCY_KEYS["oauth"])
    told = as_object(sealed.body)

    def kind(**more: object) -> str:
        with pytest.raises(Refused) as refused:
            oauth.opened(replace(sealed, body=as_bytes({**told, **more})), CLIENT_KEYS["oauth"])
        return refused.value.kind

    assert kind(output="!") == "wrong_key"
    assert kind(output=SM4_CONTENT, cainfo=b64encode(b"0" * 64).decode()) == "wrong_key"
    assert oauth.opened(sealed, CLIENT_KEYS["oauth"])["output"] == CONTENT


def test_tokens_are_given_for_the_right_secret_and_password_alone() -> None:
    key = CLIENT_KEYS["oauth"]

    def answered(wrong: Key) -> HttpAnswer:
        try:
            return grant(arrived(token_wanted(wrong, f"http://a{TOKEN_PATH}")), key_of, lambda: NOW)
        except Denied as found:
            return found.answer()

    for wrong, error in (
        (replace(key, secret="other"), "invalid_client"),
        (replace(key, name="CLIENT9876543210"), "invalid_client"),
        (replace(key, user="other"), "invalid_grant"),
        (replace(key, password=""), "invalid_grant"),
    ):
        answer = answered(wrong)
        assert json.loads(answer.body)["error"] == error
        with pytest.raises(Refused, match="gave no token"):
            token_in(answer)
    told = json.loads(answered(key).body)
    assert (told["token_type"], told["expires_in"]) == ("bearer", 7200)
    wanted = arrived(token_wanted(key, "http://a/"))
    other = replace(wanted, body=wanted.body.replace(b"=password", b"=refresh_token"))
    with pytest.raises(Denied, match="grant_type"):
        grant(other, key_of, lambda: NOW)


def test_tokens_end_after_two_hours_and_cannot_be_made_longer() -> None:
    request = arrived(sent("oauth"))
    later = NOW + timedelta(hours=2)
    just = with_(request, {}, request.body.replace(b"18:57:11", b"20:57:10"))
    assert oauth.check(just, key_of, lambda: later - timedelta(seconds=1)).claimed is not None
    assert denied("oauth", request, later).message == "访问令牌已过期"
    name, ends, proof = keyed("oauth").token.split(".")
    for forged in (
        f"{name}.{int(ends) + 1}.{proof}",
        f"{name}.0{ends}.{proof}",
        "",
        "a.1." + proof,
    ):
        other = with_(request, {"authorization": f"Bearer {forged}"})
        assert denied("oauth", other).answer().status == 401


@pytest.mark.parametrize("dialect", ["csb", "x_ca", "x_tif"])
def test_half_an_hour_is_the_bound_on_either_side(dialect: str) -> None:
    request, bound, more = arrived(sent(dialect)), timedelta(minutes=30), timedelta(milliseconds=1)
    for clock in (lambda: NOW - bound, lambda: NOW + bound):
        assert DIALECTS[dialect].check(request, key_of, clock).claimed == NOW
    for now in (NOW - bound - more, NOW + bound + more):
        assert denied(dialect, request, now).message == "签名时间戳超时!"


@pytest.mark.parametrize(("dialect", "header"), [
    *(("csb", f"_api_{name}") for name in ("name", "version", "timestamp", "access_key")),
    ("csb", "_api_signature"),
    ("x_ca", "x-ca-key"),
    ("x_ca", "x-ca-signature"),
    *(("x_tif", f"x-tif-{name}") for name in ("paasid", "timestamp", "nonce", "signature")),
])  # fmt: skip
def test_a_header_that_is_missing_is_said_so(dialect: str, header: str) -> None:
    request = arrived(sent(dialect))
    assert denied(dialect, with_(request, {header: " "})).message == "缺少服务网关的请求头!"


@pytest.mark.parametrize(
    ("dialect", "header"),
    [("csb", "_api_access_key"), ("x_ca", "x-ca-key"), ("x_tif", "x-tif-paasid")],
)
def test_who_is_unknown_is_told_so(dialect: str, header: str) -> None:
    request = arrived(sent(dialect))
    for name in ("nobody", "名", "x" * 1000, "\udc80"):
        assert denied(dialect, with_(request, {header: name})).message == "非法用户!"


def test_csb_speaks_as_its_gateway_does() -> None:
    found = denied("csb", with_(arrived(sent("csb")), {"_api_name": "2207"})).answer()
    assert found.status == 401
    assert found.body.decode() == '{"code":401,"message":"签名不一致!"}'


def test_others_speak_in_the_shape_of_the_envelope() -> None:
    found = denied("x_tif", with_(arrived(sent("x_tif")), {"x-tif-nonce": "other"})).answer()
    told = {"type": "error", "infcode": -1, "err_msg": "签名不一致!", "output": None}
    assert (found.status, json.loads(found.body)) == (200, told)


def test_oauth_speaks_as_oauth_does() -> None:
    request = with_(arrived(sent("oauth")), {"authorization": "Basic x"})
    found = denied("oauth", request).answer()
    told = {"error": "invalid_token", "error_description": "缺少访问令牌"}
    assert (found.status, json.loads(found.body)) == (401, told)


def test_the_plain_dialect_is_for_those_alone_who_have_a_key_of_it() -> None:
    body = as_bytes({**MESSAGE, "fixmedins_code": "H99990000002"})
    assert denied("plain", HttpAsked("POST", "/", {}, body)).message == "非法用户!"


@pytest.mark.parametrize("dialect", ["csb", "x_ca", "x_tif"])
def test_marks_are_the_same_for_a_copy_and_others_for_another_request(dialect: str) -> None:
    copy, other = arrived(sent(dialect)), {**MESSAGE, "infno": "2207"}

    def mark(request: HttpAsked) -> str:
        return DIALECTS[dialect].check(request, key_of, lambda: NOW).mark

    assert mark(copy) == mark(copy) != mark(arrived(sent(dialect, other)))
    (name,) = [one for one in copy.headers if one.endswith("signature")]
    if dialect == "csb":  # the last digit of Base64 has two bits that count for nothing
        digest = b64decode(copy.headers[name])
        with_bits = copy.headers[name][:-2] + chr(ord(copy.headers[name][-2]) + 1) + "="
        assert b64decode(with_bits) == digest
        assert mark(with_(copy, {name: with_bits})) == mark(copy)
    else:
        assert mark(with_(copy, {name: copy.headers[name].swapcase()})) == mark(copy)


@pytest.mark.parametrize("body", [
    b"", b"[]", b"1", b"\xff{}", b"{", b'{"a":NaN}', b'{"a":1e999999999}',
    b'{"a":' + b"9" * 5000 + b"}", b'{"a":' + b"[" * 200_000, "{}".encode("utf-16"),
])  # fmt: skip
def test_a_body_that_holds_no_object_is_said_so(body: bytes) -> None:
    for dialect in ("csb", "x_tif", "oauth", "plain"):
        assert denied(dialect, with_(arrived(sent(dialect)), {}, body)).code == 400


def test_amounts_keep_their_digits() -> None:
    assert as_object(b'{"a":4.50,"b":99999999.000000,"c":[1,-0.10]}') == {
        "a": Decimal("4.50"),
        "b": Decimal("99999999.000000"),
        "c": [1, Decimal("-0.10")],
    }
    amounts = {"a": Decimal("4.50"), "b": [Decimal("1E+2"), None, True], "名": "\ud800"}
    assert as_bytes(amounts) == '{"a":4.50,"b":[100,null,true],"名":"\\ud800"}'.encode()


def test_secrets_do_not_show() -> None:
    shown = repr(replace(CLIENT_KEYS["oauth"], token="a token"))
    assert "CLIENT0123456789" in shown
    for secret in ("a secret", "a password", "a token", CLIENT_KEYS["oauth"].own_sm2):
        assert secret not in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialect": "csb", "name": "AK1"},
        {"dialect": "csb", "name": "密", "secret": "x"},
        {"dialect": "csb", "name": "", "secret": "x"},
        {"dialect": "oauth", "name": "short", "secret": "x", "their_sm2": OPENSSL_PUBLIC},
        {"dialect": "oauth", "name": "CLIENT0123456789", "secret": "x", "their_sm2": "00"},
    ],
)
def test_keys_that_would_protect_nothing_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        Key(**wrong, institution=HOSPITAL)  # type: ignore[arg-type]
    assert refused.value.kind == "bad_key"


HEADERS = sorted({header for name in MANY for header in arrived(sent(name)).headers})
LINES = st.text(max_size=40) | st.sampled_from(
    [
        "-1",
        "1795287431",
        "9" * 30,
        "-" + "9" * 14,
        "AK9",
        "paas9",
        HOSPITAL,
        "Bearer a.1.b",
        "\udc80",
    ]
)


@pytest.mark.parametrize("dialect", MANY)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(headers=st.dictionaries(st.sampled_from(HEADERS), LINES), body=st.binary(max_size=60))
def test_nothing_that_is_sent_breaks_a_dialect(
    dialect: str, headers: dict[str, str], body: bytes
) -> None:
    """Bodies that are no object, under headers of which most are missing or wrong."""
    good = arrived(sent("csb")).headers
    for request in (
        HttpAsked.of("POST", "/", headers, body),
        HttpAsked.of("POST", "/", {**good, **headers}, b'{"fixmedins_code":' + body),
    ):
        with pytest.raises(Denied):
            DIALECTS[dialect].check(request, key_of, lambda: NOW)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    more=st.dictionaries(
        st.sampled_from(["input", "cainfo", "inf_time", "fixmedins_code", "encType"]),
        ANYTHING,
        min_size=1,
    )
)
def test_nothing_in_a_message_breaks_oauth(more: dict[str, object]) -> None:
    request = sealed_by_openssl(BY_CLIENT, **more)
    touched = {"input", "cainfo", "inf_time"} & set(more)
    with pytest.raises(Denied) if touched else nullcontext():
        assert checked(request).message["input"] == CONTENT


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff"])
@pytest.mark.parametrize("dialect", MANY)
def test_an_answer_that_is_no_object_is_said_so(dialect: str, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        DIALECTS[dialect].opened(HttpAnswer(502, {}, body), CLIENT_KEYS[dialect])
    assert refused.value.kind == "not_json"
    assert "HTTP 502" in refused.value.message.zh
