"""`gongji nhsa` against an agency that listens, in every dialect."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agency_place import Agency, agency
from command import run
from gongji.nhsa.client import names
from gongji.nhsa.client.places import put_at, value_at
from gongji.nhsa.client.replay import differences, read_session
from gongji.nhsa.client.settings import Settings, read_settings
from gongji.nhsa.messages.exact_json import as_bytes
from gongji.wording import Refused
from nhsa_keys import CLIENT_KEYS, HOSPITAL

PATHS = {"1101": "fsiPsnInfoService/queryPsnInfo"}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Agency]:
    """An agency, a folder without settings, and tables of a few transactions."""
    monkeypatch.chdir(tmp_path)
    for name in [one for one in os.environ if one.startswith("GONGJI_NHSA")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(names, "_transactions", lambda province: _tables())
    with agency() as found:
        yield found


def _tables() -> tuple[Any, dict[str, Any]]:
    """Tables as `gongji.nhsa.tables` gives them, of what is needed here."""

    def field(code: str, title: str, dictionary: str = "") -> Any:
        return SimpleNamespace(code=code, title=title, dictionary=dictionary)

    def transaction(title: str, path: str, **nodes: list[Any]) -> Any:
        output = [SimpleNamespace(name=name, fields=nodes[name], inner=()) for name in nodes]
        return SimpleNamespace(title=title, path=path, output=output)

    every = SimpleNamespace(titles={"insutype": {"310": "职工基本医疗保险"}}.__getitem__)
    return every, {
        "1101": transaction(
            "人员信息获取",
            PATHS["1101"],
            baseinfo=[field("psn_no", "人员编号"), field("psn_name", "人员姓名")],
            insuinfo=[field("balc", "余额"), field("insutype", "险种类型", "insutype")],
        ),
        "2206": transaction("门诊预结算", "", setlinfo=[field("medfee_sumamt", "医疗费总额")]),
    }


def settings_of(dialect: str, more: dict[str, str]) -> str:
    key = CLIENT_KEYS[dialect]
    said = {
        "dialect": dialect,
        "key": key.name,
        "secret": key.secret,
        "fixmedins_code": HOSPITAL,
        "mdtrtarea_admvs": "320400",
        "timeout": "1",
    }
    names_of_oauth = ("user", "password", "scope", "own_sm2", "their_sm2")
    said |= {name: getattr(key, name) for name in names_of_oauth if getattr(key, name)}
    return "".join(f"{name} = {json.dumps(one)}\n" for name, one in (said | more).items())


def write_settings(signed: str, there: Agency, **more: str) -> None:
    Path("nhsa.toml").write_text(settings_of(signed, {"url": there.url, **more}), "utf-8")


@pytest.mark.parametrize("dialect", sorted(CLIENT_KEYS))
def test_a_person_is_asked_for_in_every_dialect(dialect: str, there: Agency) -> None:
    write_settings(dialect, there)
    code, out, error = run("nhsa", "1101", "--set", "data.mdtrt_cert_no=1", "--lang", "zh")
    assert (code, error) == (0, "")
    assert "1101 人员信息获取  完成" in out
    assert re.search(r"psn_name +人员姓名 +张三", out)
    assert "naty" not in out  # there is nothing in it
    (found,) = there.opened
    assert found.message["input"] == {"data": {"mdtrt_cert_no": "1"}}
    assert there.paths == [
        {
            "plain": "/fsi/api/rsfComIfsService/callService",
            "csb": "/fsi/api/rsfComIfsService/callService",
            "x_ca": f"/fsi/api/{PATHS['1101']}",
            "x_tif": f"/fsi/api/{PATHS['1101']}",
            "oauth": "/mbs/fmi/fsi/api/callFsiService/callService",
        }[dialect]
    ]


def test_the_message_is_filled_in(there: Agency) -> None:
    write_settings("plain", there, opter_name="王五")
    run("nhsa", "1101", "--set", "insuplc_admdvs=320499", "--set", "data.psn_no=1")
    message = there.opened[0].message
    assert re.fullmatch(rf"{HOSPITAL}\d{{14}}\d{{4}}", str(message["msgid"]))
    moment = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", str(message["inf_time"]))
    assert moment is not None
    assert "".join(moment.groups()) == str(message["msgid"])[12:26]
    expected = {
        "infno": "1101",
        "mdtrtarea_admvs": "320400",
        "insuplc_admdvs": "320499",
        "recer_sys_code": "MBS_LOCAL",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "gongji",
        "opter_name": "王五",
        "fixmedins_code": HOSPITAL,
        "fixmedins_name": HOSPITAL,
        "sign_no": "",
        "input": {"data": {"psn_no": "1"}},
    }
    assert {name: message[name] for name in expected} == expected


def test_numbers_stand_with_their_points_below_each_other(there: Agency) -> None:
    """In a list, and in the fields of one object, where 4.52 stands below 10023.50."""
    write_settings("plain", there)
    _, out, _ = run("nhsa", "1101", "--lang", "zh")
    lines = [line for line in out.splitlines() if re.search(r"\b[35]10\b", line)]
    assert len(lines) == 2
    assert lines[0].index(".") == lines[1].index("0 ") + 1
    assert "310 职工基本医疗保险" in lines[0]
    _, out, _ = run("nhsa", "2206", "--set", "data.mdtrt_id=300179916", "--lang", "zh")
    cash, account, pool = (
        next(line for line in out.splitlines() if line.startswith(code))
        for code in ("medfee_sumamt", "acct_pay", "hifp_pay")
    )
    # "医疗费总额" is shown in ten columns and counts for five characters
    assert cash.index(".") + 5 == account.index(".") == pool.index(" 0") + 2
    assert "10023.50" in account


def test_english_is_told_codes(there: Agency) -> None:
    write_settings("plain", there)
    _, out, _ = run("nhsa", "1101", "--lang", "en")
    assert "done" in out
    assert "人员姓名" not in out


def test_json_holds_every_digit_and_what_is_empty(there: Agency) -> None:
    write_settings("csb", there)
    code, out, _ = run("nhsa", "1101", "--json")
    assert code == 0
    told = json.loads(out, parse_float=Decimal)
    assert told["done"]
    assert told["answer"]["output"]["insuinfo"][0]["balc"] == Decimal("1373.63")
    assert told["answer"]["output"]["baseinfo"]["naty"] is None
    assert told["msgid"] == there.opened[0].message["msgid"]


def test_an_input_is_read_from_a_file_and_changed(there: Agency) -> None:
    write_settings("plain", there)
    given = '{"data": {"mdtrt_id": "0", "medfee_sumamt": 4.50}, "feedetail": [{"cnt": 1}]}'
    Path("in.json").write_text(given, "utf-8")
    run(
        *("nhsa", "2206", "--input", "in.json", "--set", "data.mdtrt_id=300179916"),
        *("--set", "feedetail[1].cnt=2"),
    )
    assert there.opened[0].message["input"] == {
        "data": {"mdtrt_id": "300179916", "medfee_sumamt": Decimal("4.50")},
        "feedetail": [{"cnt": 1}, {"cnt": "2"}],
    }


def test_a_whole_message_is_sent_as_a_new_one(there: Agency) -> None:
    write_settings("plain", there)
    message = {"infno": "1101", "msgid": "old", "opter": "0007", "input": {"data": {"psn_no": "1"}}}
    Path("in.json").write_text(json.dumps(message), "utf-8")
    run("nhsa", "2201", "--input", "in.json")
    sent = there.opened[0].message
    assert (sent["infno"], sent["opter"], sent["input"]) == ("2201", "0007", message["input"])
    assert sent["msgid"] != "old"


def test_what_the_other_side_refuses_is_shown_with_status_1(there: Agency) -> None:
    write_settings("x_tif", there, path="/fsi/api/{infno}")
    code, out, error = run("nhsa", "2206", "--set", "data.mdtrt_id=7", "--lang", "zh")
    assert (code, error) == (1, "")
    assert "2206 门诊预结算  被拒绝" in out
    assert "就诊ID 7 不存在" in out


@pytest.mark.parametrize(
    ("dialect", "says"),
    [("csb", "签名不一致!"), ("x_ca", "签名不一致!"), ("x_tif", "签名不一致!")],
)
def test_a_wrong_key_is_refused_in_the_gateways_words(
    dialect: str, says: str, there: Agency
) -> None:
    write_settings(dialect, there, secret="wrong")
    code, out, _ = run("nhsa", "1101")
    assert code == 1
    assert says in out


def test_a_wrong_key_of_oauth_gets_no_token(there: Agency) -> None:
    write_settings("oauth", there, password="wrong")
    code, _, error = run("nhsa", "1101", "--lang", "zh")
    assert code == 2
    assert "用户名或密码不对；检查" in error


def test_a_secret_comes_from_the_environment(
    there: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_settings("csb", there, secret="wrong")
    monkeypatch.setenv("GONGJI_NHSA_SECRET", CLIENT_KEYS["csb"].secret)
    assert run("nhsa", "1101")[0] == 0
    assert run("nhsa", "1101", "--secret", "another")[0] == 1  # an option counts first


def test_everything_may_come_from_options(there: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGJI_NHSA_FIXMEDINS_CODE", HOSPITAL)
    monkeypatch.setenv("GONGJI_NHSA_MDTRTAREA_ADMVS", "320400")
    key = ("--dialect", "csb", "--key", "AK9", "--secret", "a secret")
    assert run("nhsa", "1101", "--url", there.url, *key)[0] == 0


def test_an_answer_that_does_not_come_may_have_been_carried_out(there: Agency) -> None:
    write_settings("plain", there)
    code, _, error = run("nhsa", "9998", "--lang", "zh")
    assert code == 2
    assert f"1 秒内没有应答；对方可能已经办了，先按 msgid {HOSPITAL}" in error


def test_an_answer_that_is_no_json_is_said_so(there: Agency) -> None:
    write_settings("plain", there)
    code, _, error = run("nhsa", "9999", "--lang", "zh")
    assert code == 2
    assert "（HTTP 502）不是 JSON 对象" in error
    assert "\x1b" not in error


def test_no_connection_is_said_so(there: Agency) -> None:
    write_settings("plain", there, url="http://127.0.0.1:1")
    code, _, error = run("nhsa", "1101", "--lang", "en")
    assert code == 2
    assert "cannot connect to http://127.0.0.1:1/fsi" in error
    assert "nothing was sent" in error


def test_an_output_may_be_a_list_or_nothing(there: Agency) -> None:
    write_settings("plain", there)
    code, out, _ = run("nhsa", "5204")
    assert code == 0
    assert "\x1b" not in out
    assert re.search(r"20 +c", out)
    code, out, _ = run("nhsa", "2208", "--lang", "zh")
    assert code == 0
    assert "2208  完成" in out


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("url = 1.5", "url 应为文字"),
        ("ur = 'x'", "是不是 url？"),
        ("url = ", "读不了设置文件 nhsa.toml"),
        ("dialect = 'csb'", "没有说明 url、fixmedins_code、mdtrtarea_admvs；写进"),
        ("url = 'http://x'\nfixmedins_code = 'H1'", "或设环境变量 GONGJI_NHSA_MDTRTAREA_ADMVS"),
    ],
)
def test_settings_that_are_wrong_are_said_so(settings: str, says: str, there: Agency) -> None:
    Path("nhsa.toml").write_text(settings, "utf-8")
    code, _, error = run("nhsa", "1101", "--lang", "zh")
    assert code == 2
    assert says in error


@pytest.mark.parametrize(
    ("words", "more", "says"),
    [
        (("110",), {}, "“110”不是交易编号"),
        (("1101",), {"dialect": "x-ca"}, "是不是 x_ca？"),
        (("1101",), {"timeout": "0"}, "1 到 600 的整数"),
        (("1101",), {"url": "nowhere"}, "不是网址"),
        (("2101",), {"dialect": "x_ca", "secret": "x"}, "没有资料写明 2101 的地址"),
        (("1101",), {"dialect": "csb", "key": "", "secret": "x"}, "没有说明 key；"),
        (("1101",), {"dialect": "csb", "key": "", "secret": ""}, "没有说明 key、secret；"),
        (("1101", "--set", "data"), {}, "应写成 节点.字段=值"),
        (("1101", "--set", "data=1"), {}, "报文头没有“data”"),
        (("1101", "--set", "a[1].b=1"), {}, "放不进去"),
        (("1101", "--set", "a..b=1"), {}, "应写成 节点.字段"),
        (("1101", "--input", "none.json"), {}, "读不了 none.json"),
        (("1101", "--input", "nhsa.toml"), {}, "不是 UTF-8 的 JSON 对象"),
        (("1101", "--settings", "none.toml"), {}, "读不了设置文件 none.toml"),
    ],
)
def test_what_cannot_be_sent_is_said_so(
    words: tuple[str, ...], more: dict[str, str], says: str, there: Agency
) -> None:
    write_settings("plain", there, **more)
    code, _, error = run("nhsa", *words, "--lang", "zh")
    assert code == 2
    assert says in error
    assert there.opened == []


SESSION = [
    {"infno": "9001", "input": {"signIn": {"opter_no": "1"}}},
    {"infno": "2201", "input": {"data": {"psn_no": "1000001"}}, "message": {"opter": "0007"}},
    {
        "infno": "2206",
        "input": {"data": {"mdtrt_id": "${2201.data.mdtrt_id}", "note": "of ${2201.msgid}"}},
        "expect": {"infcode": "0", "output": {"setlinfo": {"medfee_sumamt": "4.520"}}},
    },
]


def session(*more: dict[str, object]) -> None:
    lines = (as_bytes(one) for one in (*SESSION, *more))
    Path("day.jsonl").write_bytes(b"\n\n".join(lines))


@pytest.mark.parametrize("dialect", ["plain", "csb", "oauth"])
def test_a_session_carries_what_was_answered_into_later_requests(
    dialect: str, there: Agency
) -> None:
    write_settings(dialect, there)
    session()
    code, out, error = run("nhsa", "replay", "day.jsonl", "--lang", "zh")
    assert (code, error) == (0, "")
    assert out.splitlines()[-1] == "重放了 3 个交易，都如预期"
    first, second, third = (one.message for one in there.opened)
    assert (first["sign_no"], second["sign_no"], third["sign_no"]) == ("", "680003", "680003")
    assert second["opter"] == "0007"
    data = {"mdtrt_id": "300179916", "note": f"of {second['msgid']}"}
    assert third["input"] == {"data": data}
    assert len({one.message["msgid"] for one in there.opened}) == 3


def test_a_session_tells_which_answers_differ(there: Agency) -> None:
    write_settings("plain", there)
    session(
        {"infno": "2206", "input": {"data": {"mdtrt_id": "7"}}},
        {"infno": "2208", "input": {"data": {"setl_id": "${2207.setlinfo.setl_id}"}}},
        {"infno": "1101", "expect": {"output": {"insuinfo": [{"balc": "1373.63"}]}}},
        {"infno": "1101", "expect": {"output": {"insuinfo": [{"balc": "1373.63"}, {"balc": 0}]}}},
    )
    code, out, _ = run("nhsa", "replay", "day.jsonl", "--lang", "zh")
    assert code == 1
    lines = [line.strip() for line in out.splitlines()]
    assert [line[0] for line in lines if line[0] in "=≠"] == list("===≠≠≠=")
    assert "对方说：就诊ID 7 不存在" in lines
    assert "infcode：应为 0，实为 -1" in lines
    assert "没有发出：${2207.setlinfo.setl_id} 在前面的应答里没有" in lines
    assert any(line.startswith("output.insuinfo：应为 [") for line in lines)
    assert lines[-1] == "重放了 7 个交易，3 个与预期不同"
    code, out, _ = run("nhsa", "replay", "day.jsonl", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert (code, [one["same"] for one in told].count(False)) == (1, 3)
    assert told[4]["answer"] is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "day.jsonl 第 1 行：文件里没有内容"),
        ("\n[1]", "第 2 行：不是 UTF-8 的 JSON 对象"),
        ('{"infno": "1"}', "第 1 行：“1”不是交易编号"),
        ('{"infno": "1101", "inputs": {}}', "没有“inputs”一项；可用：infno, input"),
        ('{"infno": "1101", "expect": 0}', "expect 应为对象"),
        ('{"infno": "1101", "message": {"oper": 1}}', "message 里没有“oper”"),
    ],
)
def test_a_session_that_cannot_be_read_is_not_begun(line: str, says: str, there: Agency) -> None:
    write_settings("plain", there)
    Path("day.jsonl").write_text(line, "utf-8")
    code, _, error = run("nhsa", "replay", "day.jsonl", "--lang", "zh")
    assert code == 2
    assert says in error
    assert there.opened == []


@pytest.mark.parametrize(
    ("expected", "found", "number"),
    [
        ({"a": 1}, {"a": Decimal("1.00"), "b": 2}, 0),
        ({"a": "1.0"}, {"a": 1}, 0),
        ({"a": "1.0"}, {"a": "1"}, 1),
        ({"a": None}, {}, 0),
        ({"a": True}, {"a": 1}, 1),
        ({"a": "x"}, {"a": 1}, 1),
        ({"a": [1, 2]}, {"a": [1]}, 1),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 3}, {"b": 4}]}, 2),
        ({"a": {"b": 1}}, {"a": [{"b": 1}]}, 1),
        ({"a": "NaN"}, {"a": 1}, 1),
    ],
)
def test_what_counts_as_different(expected: object, found: object, number: int) -> None:
    assert len(list(differences(expected, found))) == number


def test_what_the_page_shows_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "nhsa-client.md").read_text("utf-8")
    (toml,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "nhsa.toml").write_text(toml, "utf-8")
    found = read_settings(tmp_path / "nhsa.toml", {}, {})
    assert (found.signing_key().name, found.opter_name) == ("AK1", "王五")
    (lines,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert [step.infno for step in read_session(lines.encode(), "page")] == [
        "9001", "1101", "5206", "9002",
    ]  # fmt: skip
    table = page.partition("| 设置 setting")[2].partition("## ")[0]
    known = {one.name for one in fields(Settings)}
    assert known <= {*re.findall(r"`(\w+)`", table), *re.findall(r"^(\w+) =", toml, re.MULTILINE)}


PLACES = st.lists(
    st.text("ab", min_size=1, max_size=2) | st.just("[0]"), min_size=1, max_size=5
).map(lambda parts: "a" + "".join(one if one[0] == "[" else f".{one}" for one in parts))


@settings(max_examples=200)
@given(PLACES, st.text(max_size=3))
def test_what_is_put_at_a_place_is_found_there(place: str, value: str) -> None:
    held: dict[str, Any] = {}
    put_at(held, place, value)
    assert value_at(held, place) == value


@settings(max_examples=100)
@given(st.text(".[]a0", max_size=8), st.lists(PLACES, max_size=3))
def test_a_place_that_is_none_is_refused_and_nothing_else(place: str, before: list[str]) -> None:
    held: dict[str, Any] = {}
    for one in (*before, place):
        with suppress(Refused):
            put_at(held, one, "y")
            assert value_at(held, one) == "y"
