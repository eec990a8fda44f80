"""The gateway over HTTP: every dialect, good and bad signatures, and what nobody should send."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api_place import served
from book_place import do
from gongji.book.exchange.keys import close_key, open_key
from gongji.book.schema.sights import SIGHT
from gongji.nhsa.addresses import is_ours, transaction_at
from gongji.nhsa.dialects.every import DIALECTS
from gongji.nhsa.dialects.keys import Key
from gongji.nhsa.dialects.sm import sm2_public
from gongji.nhsa.dialects.tokens import TOKEN_PATH, token_in, token_wanted
from gongji.nhsa.dialects.traffic import HttpAnswer, HttpToSend
from gongji.nhsa.doorkeeper import Doorkeeper
from gongji.nhsa.gateway import Gateway
from gongji.nhsa.tables import tables
from gongji.policy.versions import Library
from nhsa_place import CARD, HOSPITAL, OTHER, PERSON, Agency, agency_at

CHINA = timezone(timedelta(hours=8))
ASKED = {
    "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "psn_cert_type": "01", "certno": CARD,
    "psn_name": "张三",
}  # fmt: skip
ALL = "/fsi/api/rsfComIfsService/callService"
PERSON_INFO = "/fsi/api/fsiPsnInfoService/queryPsnInfo"
OURS, THEIRS = f"{7:064x}", f"{11:064x}"
"""Private keys of SM2: the agency's and the hospital's."""


class Office(NamedTuple):
    """A served gateway, and the keys of the hospital by their dialects, as it has them itself."""

    agency: Agency
    url: str
    keys: Mapping[str, Key]

    def send(self, sent: HttpToSend) -> httpx.Response:
        return httpx.request(sent.method, sent.url, headers=sent.headers, content=sent.body)

    def signed(
        self, dialect: str, path: str = ALL, infno: str = "1101", **nodes: Any
    ) -> HttpToSend:
        message = self.agency.software().envelope(infno, nodes or {"data": ASKED}, "")
        message["inf_time"] = self.agency.clock().astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        key = self.keys[dialect]
        return DIALECTS[dialect].signed(message, key, self.agency.clock, self.url + path)

    def answered(self, dialect: str, answer: httpx.Response) -> dict[str, Any]:
        told = HttpAnswer(answer.status_code, dict(answer.headers), answer.content)
        return DIALECTS[dialect].opened(told, self.keys[dialect])


@pytest.fixture
def office(tmp_path: Path, library: Library) -> Iterator[Office]:
    agency = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    secrets: dict[str, dict[str, Any]] = {
        "plain": {}, "csb": {"secret": "one secret"}, "x_ca": {"secret": "two secret"},
        "x_tif": {"secret": "three secret"},
        "oauth": {"secret": "four secret", "user": "his", "password": "three plain words"},
    }  # fmt: skip
    pairs = {"oauth": ((OURS, sm2_public(THEIRS)), (THEIRS, sm2_public(OURS)))}
    keys = {}
    for dialect, said in secrets.items():
        name = HOSPITAL if dialect == "plain" else f"key-{dialect:x<12}"
        here, there = pairs.get(dialect, (("", ""), ("", "")))
        kept = {**said, "own_sm2": here[0], "their_sm2": here[1]}
        do(agency.book, lambda act: {"key": open_key(act, HOSPITAL, dialect, name, kept)})  # noqa: B023
        keys[dialect] = Key(dialect, name, HOSPITAL, own_sm2=there[0], their_sm2=there[1], **said)
    door = Doorkeeper(agency.book, agency.counter.sights, agency.clock)
    with served(Gateway(agency.counter, door)) as url:
        oauth = keys["oauth"]
        token = token_wanted(oauth, url + TOKEN_PATH)
        answer = httpx.request(token.method, token.url, headers=token.headers, content=token.body)
        told = HttpAnswer(answer.status_code, dict(answer.headers), answer.content)
        keys["oauth"] = replace(oauth, token=token_in(told))
        yield Office(agency, url, keys)
    agency.book.close()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("path", [ALL, f"{ALL}/1101", PERSON_INFO, f"/ebus/s1{PERSON_INFO}"])
def test_a_good_signature_is_let_in_and_its_answer_sealed(
    office: Office, dialect: str, path: str
) -> None:
    answer = office.send(office.signed(dialect, path))
    assert answer.status_code == 200
    told = office.answered(dialect, answer)
    assert (told["infcode"], told["err_msg"]) == (0, None)
    output = told["output"]
    assert output["baseinfo"]["certno"] == CARD
    sealed = '"output":"' in answer.text
    assert sealed == (dialect == "oauth")


@pytest.mark.parametrize("dialect", ["csb", "x_ca", "x_tif", "oauth"])
def test_a_signature_is_let_in_once(office: Office, dialect: str) -> None:
    sent = office.signed(dialect)
    assert office.answered(dialect, office.send(sent))["infcode"] == 0
    again = office.send(sent)
    assert "签名已经使用过" in again.text
    assert "certno" not in again.text


def test_two_requests_of_one_millisecond_may_bear_one_signature_of_csb(office: Office) -> None:
    """It covers neither body nor number; a moment later nobody else may use it."""
    first, second, third = (office.signed("csb") for _ in range(3))
    assert first.headers == second.headers
    assert first.body != second.body
    for sent in (first, second):
        assert office.answered("csb", office.send(sent))["infcode"] == 0
    assert "签名已经使用过" in office.send(second).text
    office.agency.clock.forward(seconds=3)
    assert "签名已经使用过" in office.send(third).text


@pytest.mark.parametrize("dialect", ["csb", "x_ca", "x_tif"])
def test_a_wrong_or_old_signature_is_turned_away_and_written_down(
    office: Office, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = replace(office.keys[dialect], secret="another secret")
    wrong = Office(office.agency, office.url, {dialect: other}).signed(dialect)
    with caplog.at_level(logging.WARNING, "gongji.nhsa"):
        told = office.send(wrong)
    assert "签名不一致" in told.text
    assert any(f"{dialect} {HOSPITAL} turned away" in line for line in caplog.messages)
    assert "secret" not in caplog.text
    sent = office.signed(dialect)
    office.agency.clock.forward(minutes=31)
    assert "超时" in office.send(sent).text
    trace = [sight for sight in office.agency.sights() if sight[0] == "nhsa_denied"]
    assert trace == [("nhsa_denied", f"nhsa {HOSPITAL}", "denied")] * 2


def test_a_look_says_whose_it_was(office: Office) -> None:
    """The person sees that the hospital asked, also where it asked by a card."""
    assert office.answered("csb", office.send(office.signed("csb")))["infcode"] == 0
    sent = office.signed("csb", infno="5206", data={"psn_no": PERSON, "cum_ym": "202411"})
    assert office.answered("csb", office.send(sent))["infcode"] == 0
    with office.agency.book.reading() as connection:
        rows = connection.execute(select(SIGHT).order_by(SIGHT.c.place)).all()
    assert [(row.service, row.by, row.person) for row in rows] == [
        ("nhsa_1101", f"nhsa {HOSPITAL}", 1),
        ("nhsa_5206", f"nhsa {HOSPITAL}", 1),
    ]


def test_a_key_that_is_closed_ends(office: Office) -> None:
    key = office.keys["csb"]
    do(office.agency.book, lambda act: {"key": close_key(act, "csb", key.name)})
    assert "非法用户" in office.send(office.signed("csb")).text


def test_one_cannot_speak_for_another(office: Office) -> None:
    message = office.agency.software(OTHER).envelope("1101", {"data": ASKED}, "")
    key, clock = office.keys["csb"], office.agency.clock
    told = office.send(DIALECTS["csb"].signed(message, key, clock, office.url + ALL)).json()
    assert (told["infcode"], told["output"]) == (-1, None)
    assert f"报文里是 {OTHER}，签名属于 {HOSPITAL}" in told["err_msg"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "报文不是UTF-8编码的JSON对象"),
        (b"\xff\xfe", "报文不是UTF-8编码的JSON对象"),
        (b"[]", "报文不是UTF-8编码的JSON对象"),
        (b'{"fixmedins_code": "H1", "infno": "9999", "input": {}}', "不能为空"),
    ],
)
def test_what_is_no_message_is_answered_in_the_protocol(
    office: Office, body: bytes, words: str
) -> None:
    answer = httpx.post(office.url + ALL, content=body)
    told = answer.json()
    assert told["infcode"] == -1
    assert words in told["err_msg"]


def test_the_address_tells_the_transaction_where_the_message_does_not(office: Office) -> None:
    message = office.agency.software().envelope("", {"data": ASKED}, "")
    told = httpx.post(office.url + PERSON_INFO, json=message).json()
    assert told["output"]["baseinfo"]["certno"] == CARD
    told = httpx.post(office.url + ALL, json=message).json()
    assert "没有交易编号" in told["err_msg"]
    unknown = {**message, "infno": "8888"}
    assert "未知交易编号" in httpx.post(office.url + ALL, json=unknown).json()["err_msg"]


def test_a_file_comes_in_parts(office: Office) -> None:
    said = {"fsUploadIn": {"filename": "a.txt", "fixmedins_code": HOSPITAL}}
    message = office.agency.software().envelope("9101", said, "")
    parts = {"file": ("a.txt", b"some bytes")}
    told = httpx.post(office.url + ALL, data={"jsonStr": json.dumps(message)}, files=parts).json()
    assert told["infcode"] == 0, told
    wanted = {"fsDownloadIn": {"file_qury_no": told["output"]["file_qury_no"],
                               "filename": "a.txt", "fixmedins_code": HOSPITAL}}  # fmt: skip
    message = office.agency.software().envelope("9102", wanted, "")
    back = httpx.post(office.url + ALL, json=message)
    assert (back.headers["content-type"], back.content) == (
        "application/octet-stream", b"some bytes",
    )  # fmt: skip
    told = httpx.post(office.url + ALL, data={"jsonStr": "{"}, files=parts).json()
    assert told["infcode"] == -1


def test_too_much_is_turned_away(office: Office) -> None:
    told = httpx.post(office.url + ALL, content=b" " * (16 * 2**20 + 1)).json()
    assert "超过 16 MB" in told["err_msg"]


def test_an_error_of_ours_says_nothing_of_our_insides(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("insides")

    monkeypatch.setattr("gongji.nhsa.counter.Counter.answer", broken)
    answer = office.send(office.signed("plain"))
    told = answer.json()
    assert (answer.status_code, told["infcode"]) == (200, -1)
    assert "程序出错" in told["err_msg"]
    assert "insides" not in answer.text


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    infno=st.sampled_from(["1101", "2201", "2204", "2207", "2208", "9001", "2601"]),
    nodes=st.dictionaries(
        st.sampled_from(["data", "feedetail", "signIn", "mdtrtinfo", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=20) | st.integers() | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["psn_no", "mdtrt_id", "cnt", "?"]), inner)
            ),
            max_leaves=8,
        ),
        max_size=3,
    ),
)
def test_whatever_is_sent_is_answered_in_the_protocol(
    office: Office, infno: str, nodes: dict[str, Any]
) -> None:
    message = office.agency.software().envelope(infno, nodes, "")
    answer = httpx.post(office.url + ALL, content=json.dumps(message).encode())
    assert answer.status_code == 200
    told = answer.json()
    assert told["infcode"] in (0, -1)
    assert told["infcode"] == 0 or (told["err_msg"] and "程序出错" not in told["err_msg"])


def test_every_transaction_is_found_at_its_addresses() -> None:
    """By the map of the facts; who has the address V2 of a settlement means the same."""
    every = tables()
    for infno, one in every.transactions.items():
        for before in ("/fsi/api/", "/ebus/care/fsi/api/") if one.path else ():
            assert transaction_at(before + one.path, every) == infno
    v2 = "/fsi/api/outpatientSettleService/saveSettletmentV2"
    assert is_ours(v2)
    assert transaction_at(v2, every) == "2207"
    assert transaction_at("/fsi/api/rsfComIfsService/callService/2203A", every) == "2203A"
    assert transaction_at("/fsi/api/rsfComIfsService/callService", every) == ""
    assert transaction_at("/fsi/api/hospSettService/unheardOf", every) == ""
