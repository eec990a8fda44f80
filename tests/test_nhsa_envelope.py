"""The object around requests and answers, and the JSON they are written in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.nhsa.messages.envelope import Message, answered, failed, read_message
from gongji.nhsa.messages.exact_json import read_json, write_json
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.tables import tables
from gongji.wording import Bilingual, Refused
from nhsa_traffic import ANY_JSON, NASTY, REQUESTS, VAST, recorded

TABLES = tables()
CUT = "fujian_3103_error.request.json"  # its first fields were lost before it was kept

WHOLE: dict[str, Any] = {
    "infno": "2201",
    "msgid": "H33018300564202611221330050001",
    "mdtrtarea_admvs": "330100",
    "insuplc_admdvs": "330100",
    "recer_sys_code": "FSI_LOCAL",
    "dev_no": "null",
    "dev_safe_info": None,
    "cainfo": "",
    "signtype": "NULL",
    "infver": "1.0",
    "opter_type": "1",
    "opter": "123",
    "opter_name": "经办",
    "inf_time": "2026-11-22 21:30:05",
    "fixmedins_code": "H33018300564",
    "fixmedins_name": "测试医院",
    "sign_no": "680003",
    "input": {"data": {"psn_no": "1"}},
}


def read(**changed: object) -> Message:
    return read_message(WHOLE | changed, TABLES)


def refusal(**changed: object) -> str:
    with pytest.raises(Rejected) as rejected:
        read(**changed)
    return rejected.value.err_msg


def test_a_request_is_read() -> None:
    message = read()
    assert message.infno == "2201"
    assert message.msgid == "H33018300564202611221330050001"
    assert message.inf_time == datetime(2026, 11, 22, 21, 30, 5)  # noqa: DTZ001
    assert message.fixmedins_name == "测试医院"
    assert (message.dev_no, message.dev_safe_info, message.cainfo, message.signtype) == ("",) * 4
    assert message.input == {"data": {"psn_no": "1"}}


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != CUT])
def test_recorded_requests_are_read(name: str) -> None:
    body = recorded(name)
    message = read_message(body, TABLES)
    assert message.infno == body["infno"]
    assert message.msgid == body["msgid"]
    assert message.input is body["input"]


def test_a_request_without_its_first_fields_is_refused() -> None:
    with pytest.raises(Rejected, match="msgid（发送方报文ID）：不能为空"):
        read_message(recorded(CUT), TABLES)


@pytest.mark.parametrize("said", [2201, Decimal(2201), " 2201 "])
def test_numbers_count_as_text(said: object) -> None:
    assert read(infno=said).infno == "2201"


def test_variants_with_a_letter_and_long_names_are_read() -> None:
    assert read(infno="2203A").infno == "2203A"
    assert read(fixmedins_name="某" * 200).fixmedins_name == "某" * 200
    assert read(msgid="403AEDC03E88429E8D46A2AE8D75A5").msgid.startswith("403AED")


def test_input_may_be_an_object_in_a_string() -> None:
    assert read(input='{"data": {"medfee_sumamt": 4.52}}').input == {
        "data": {"medfee_sumamt": Decimal("4.52")}
    }


@pytest.mark.parametrize(
    ("changed", "err_msg"),
    [
        ({"infno": ""}, "infno（交易编号）：不能为空"),
        ({"msgid": "null"}, "msgid（发送方报文ID）：不能为空"),
        ({"fixmedins_code": None}, "fixmedins_code（定点医药机构编号）：不能为空"),
        (
            {"fixmedins_code": "H330183005640"},
            "fixmedins_code（定点医药机构编号）：“H330183005640”长 13 个字符，超过 12 个",
        ),
        (
            {"inf_time": "昨天"},
            "inf_time（交易时间）：“昨天”不是日期；应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss",
        ),
        (
            {"opter_type": "9"},
            "opter_type（经办人类别）：“9”不在代码表 opter_type 中"
            "（1 经办机构用户、2 自助终端、3 移动终端）",
        ),
        ({"opter": ["a"]}, "opter（经办人）：“[…]”不是文本"),
        ({"opter": True}, "opter（经办人）：“true”不是文本"),
        ({"opter": "a\0"}, "opter（经办人）：“a\N{REPLACEMENT CHARACTER}”含有无效字符"),
        ({"input": None}, "input（交易输入）：应为一个 JSON 对象"),
        ({"input": []}, "input（交易输入）：应为一个 JSON 对象"),
        ({"input": "{"}, "input（交易输入）：不是有效的 JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(changed: dict[str, Any], err_msg: str) -> None:
    assert refusal(**changed) == err_msg


@pytest.mark.parametrize("said", [None, [], "x", 1])
def test_what_is_no_object_is_refused(said: object) -> None:
    with pytest.raises(Rejected, match="应为一个 JSON 对象"):
        read_message(said, TABLES)


def reason_of(said: object) -> str:
    """Why it is refused; nothing where it is read.  What else is raised fails the test."""
    try:
        read_message(said, TABLES)
    except Rejected as rejected:
        return rejected.err_msg
    return ""


@pytest.mark.parametrize("name", list(WHOLE))
def test_whatever_a_field_holds_nothing_else_is_raised(name: str) -> None:
    reasons = [reason_of(WHOLE | {name: said}) for said in [*NASTY, *VAST]]
    assert any(reasons)
    for reason in reasons:
        assert len(reason) <= 200
        reason.encode()


@given(ANY_JSON)
def test_whatever_is_sent_nothing_else_is_raised(said: object) -> None:
    assert 0 < len(reason_of(said)) <= 200


@given(st.sampled_from(list(WHOLE)), ANY_JSON)
def test_whatever_one_field_is_nothing_else_is_raised(name: str, said: object) -> None:
    assert len(reason_of(WHOLE | {name: said}).encode("utf-8")) <= 600


CAME = datetime(2026, 11, 22, 16, 30, 5, 123_456, UTC)  # 00:30:05.123 of the 23rd in China
NOW = datetime(2026, 11, 22, 16, 30, 5, 999_999, UTC)


def test_an_answer() -> None:
    output = {"data": {"mdtrt_id": "7"}}
    assert answered(output, area="330100", serial=42, came=CAME, now=NOW) == {
        "infcode": 0,
        "inf_refmsgid": "330100" + "20261123003005" + "0000000042",
        "refmsg_time": "20261123003005123",
        "respond_time": "20261123003005999",
        "err_msg": None,
        "output": output,
        "warn_msg": None,
        "cainfo": None,
        "signtype": None,
    }


def test_the_mark_of_an_answer_has_thirty_digits_whatever_is_counted() -> None:
    marks = [
        answered(None, area=area, serial=serial, came=CAME, now=NOW)["inf_refmsgid"]
        for area, serial in [("330100", 0), ("33", 10**10), ("3301000", 10**10 + 5)]
    ]
    assert marks == [
        "330100202611230030050000000000",
        "330000202611230030050000000000",
        "330100202611230030050000000005",
    ]


def test_a_refusal_is_an_answer() -> None:
    answer = failed(Rejected("2205 data.psn_no（人员编号）：不能为空"), came=CAME, now=NOW)
    assert answer["infcode"] == -1
    assert answer["err_msg"] == "2205 data.psn_no（人员编号）：不能为空"
    assert answer["inf_refmsgid"] is None
    assert answer["output"] is None
    assert answer["respond_time"] == "20261123003005999"


def test_an_answer_has_the_fields_of_the_table() -> None:
    answer = answered(None, area="330100", serial=1, came=CAME, now=NOW)
    assert list(answer) == [one.code for one in TABLES.response.fields]


def test_reasons_are_cut_at_two_hundred_characters() -> None:
    assert Rejected("错" * 200).err_msg == "错" * 200
    assert Rejected("错" * 201).err_msg == "错" * 199 + "…"
    assert Rejected("a\nb").err_msg == "a\N{REPLACEMENT CHARACTER}b"


def test_refusals_of_the_book_become_reasons() -> None:
    rejected = Rejected.of(Refused("unknown_person", Bilingual("没有此人", "no such person")))
    assert (rejected.err_msg, rejected.kind) == ("没有此人", "unknown_person")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("4.52"), "4.52"),
        (Decimal("-3379.26"), "-3379.26"),
        (Decimal("0.00"), "0.00"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("99999999.000000"), "99999999.000000"),
        (0, "0"),
        (-1, "-1"),
        (None, "null"),
        (True, "true"),
        ('医保\n"', '"医保\\n\\""'),
        ([], "[]"),
        ({"a": [Decimal("0.10"), None]}, '{"a":[0.10,null]}'),
    ],
)
def test_json_is_written_exactly(value: object, text: str) -> None:
    assert write_json(value) == text


def test_days_and_moments_are_written_as_the_interface_writes_them() -> None:
    assert write_json(datetime(2026, 1, 2, 3, 4, 5)) == '"2026-01-02 03:04:05"'  # noqa: DTZ001
    assert write_json(datetime(2026, 1, 2).date()) == '"2026-01-02"'  # noqa: DTZ001


@pytest.mark.parametrize(
    "value", [0.1, Decimal("NaN"), Decimal("1E999"), Decimal("1E-999"), 10**500, object(), {1, 2}]
)
def test_what_json_has_no_form_for_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|digits|number"):
        write_json([value])


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "[1e9999999999999999999]", b"\xff", b'"\xed\xa0\x80"',
             "[" * 200_000],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


SOUND = st.recursive(
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(min_value=-(10**14), max_value=10**14, places=4),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
)


@given(SOUND)
def test_what_is_written_reads_as_it_was(value: object) -> None:
    assert read_json(write_json(value)) == value
    json.loads(write_json(value).encode())
