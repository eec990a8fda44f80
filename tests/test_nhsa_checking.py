"""Inputs held to the tables: what real clients send passes, what cannot be meant is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.nhsa.messages.checking import Checked, checked_input, transaction_of
from gongji.nhsa.messages.envelope import read_message
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import Value, fen_of, yuan_of
from gongji.nhsa.tables import tables
from nhsa_shapes import assert_shape, differences
from nhsa_traffic import ANY_JSON, NASTY, REQUESTS, RESPONSES, VAST, recorded

TABLES = tables()


def checked(infno: str, given: object) -> Checked:
    return checked_input(transaction_of(TABLES, infno), given, TABLES)


def refusal(infno: str, given: object) -> str:
    with pytest.raises(Rejected) as rejected:
        checked(infno, given)
    return rejected.value.err_msg


CUT = "fujian_3103_error.request.json"  # its first fields were lost before it was kept
NOTHING_TO_CANCEL = "yb_test_outpatient_2208.request.json"  # sent without ever having settled


@pytest.mark.parametrize("name", [one for one in REQUESTS if one not in (CUT, NOTHING_TO_CANCEL)])
def test_recorded_requests_are_accepted(name: str) -> None:
    message = read_message(recorded(name), TABLES)
    rows = checked(message.infno, message.input)
    nodes = {node.lower(): said for node, said in message.input.items()}
    for node, found in rows.items():
        said = nodes[node.lower()]
        given = said if isinstance(said, list) else [said]
        assert len(found) == len(given)
        for row, one in zip(found, given, strict=True):
            for code, value in one.items():
                assert (row[code] is None) == (value == ""), code


def test_a_settlement_to_cancel_has_to_be_named() -> None:
    body = recorded(NOTHING_TO_CANCEL)
    assert body["input"]["data"]["setl_id"] == ""
    assert refusal("2208", body["input"]) == "2208 data.setl_id（结算ID）：不能为空"
    body["input"]["data"]["setl_id"] = "S8"
    assert checked("2208", body["input"])["data"][0]["setl_id"] == "S8"


def test_an_unknown_transaction_is_refused_as_recorded_traffic_does() -> None:
    for infno in (recorded(CUT)["infno"], "", "2204 ", "x" * 500):
        with pytest.raises(Rejected) as rejected:
            transaction_of(TABLES, infno)
        assert rejected.value.err_msg.startswith("交易报文不正确：未知交易编号！")
        assert rejected.value.kind == "unknown_transaction"


LINE: dict[str, object] = {
    "feedetl_sn": "yp570",
    "mdtrt_id": "M4",
    "psn_no": "33010000000000000000000001",
    "chrg_bchno": "B1",
    "rx_circ_flag": "0",
    "fee_ocur_time": "2026-11-21 18:57:00",
    "med_list_codg": "XB03ACY199B002010104718",
    "medins_list_codg": "XB03ACY199B002010104718",
    "det_item_fee_sumamt": 4.52,
    "cnt": "1",
    "pric": Decimal("4.52"),
    "bilg_dept_codg": "1",
    "bilg_dept_name": "开单科室",
    "bilg_dr_codg": "1",
    "bilg_dr_name": "开单医生",
    "hosp_appr_flag": 1,
}


def line(**changed: object) -> dict[str, Any]:
    """One line of a prescription that cost 4.52."""
    return {"feedetail": [LINE | changed]}


def read(code: str, said: object) -> Value:
    value: Value = checked("2204", line(**{code: said}))["feedetail"][0][code]
    return value


def test_values_become_what_they_mean() -> None:
    (row,) = checked("2204", line())["feedetail"]
    assert row["det_item_fee_sumamt"] == Decimal("4.52")
    assert str(row["cnt"]) == "1.0000"
    assert str(row["pric"]) == "4.520000"
    assert row["fee_ocur_time"] == datetime(2026, 11, 21, 18, 57)  # noqa: DTZ001
    assert row["hosp_appr_flag"] == "1"
    assert row["feedetl_sn"] == "yp570"
    assert row["dise_codg"] is None


@pytest.mark.parametrize(
    ("said", "exact"),
    [
        (4.52, "4.52"),
        (0.1, "0.10"),  # the binary fraction is not 0.1; what was written is
        ("4.5", "4.50"),
        ("+4.52", "4.52"),
        (" 4.520000 ", "4.52"),
        (-3379.26, "-3379.26"),
        (0, "0.00"),
        ("-0", "0.00"),
        ("007", "7.00"),
        (Decimal("1E+3"), "1000.00"),
        (Decimal("99999999999999.99"), "99999999999999.99"),
        (10**14 - 1, "99999999999999.00"),
    ],
)
def test_amounts_are_exact(said: object, exact: str) -> None:
    assert str(read("det_item_fee_sumamt", said)) == exact


@pytest.mark.parametrize(
    ("code", "said", "err_msg"),
    [
        ("cnt", "abc", "（数量）：“abc”不是数值"),
        ("cnt", True, "（数量）：“true”不是数值"),
        ("cnt", "1,200", "（数量）：“1,200”不是数值"),
        ("cnt", "1e3", "（数量）：“1e3”不是数值"),
        ("cnt", "１", "（数量）：“１”不是数值"),
        ("cnt", [1], "（数量）：“[…]”不是数值"),
        ("cnt", float("nan"), "（数量）：“nan”不是数值"),
        ("cnt", Decimal("1E999"), "（数量）：“1E+999”位数过多"),
        ("cnt", "1.00001", "（数量）：“1.00001”的小数位多于 4 位"),
        ("det_item_fee_sumamt", "0.001", "（明细项目费用总额）：“0.001”的小数位多于 2 位"),
        (
            "det_item_fee_sumamt",
            10**14,
            "（明细项目费用总额）：“100000000000000”的整数位多于 14 位",
        ),
        ("chrg_bchno", "9" * 31, f"（收费批次号）：“{'9' * 24}…”长 31 个字符，超过 30 个"),
        ("chrg_bchno", {}, "（收费批次号）：“{…}”不是文本"),
        ("chrg_bchno", "  ", "（收费批次号）：不能为空"),
        ("chrg_bchno", "NULL", "（收费批次号）：不能为空"),
        ("fee_ocur_time", "2026-02-30", "（费用发生时间）：“2026-02-30”不是存在的日期"),
        ("fee_ocur_time", "1026-02-03", "（费用发生时间）：“1026-02-03”早于 1800 年"),
        (
            "fee_ocur_time",
            "20/11/2026",
            "（费用发生时间）：“20/11/2026”不是日期；应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss",
        ),
        (
            "hosp_appr_flag",
            "3",
            "（医院审批标志）：“3”不在代码表 hosp_appr_flag 中"
            "（0 无须审批、1 审批通过、2 审批不通过）",
        ),
        ("bilg_dr_name", "a\0b", "（开单医师姓名）：“a\N{REPLACEMENT CHARACTER}b”含有无效字符"),
        ("bilg_dr_name", "\ud800", "（开单医师姓名）：“\N{REPLACEMENT CHARACTER}”含有无效字符"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field_value_and_rule(
    code: str, said: object, err_msg: str
) -> None:
    message = refusal("2204", {"feedetail": [LINE, LINE, LINE, LINE | {code: said}]})
    assert message == f"2204 feedetail[3].{code}{err_msg}"


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-21 18:57:00", datetime(2026, 11, 21, 18, 57)),  # noqa: DTZ001
        ("2026-11-21T18:57:01.5", datetime(2026, 11, 21, 18, 57, 1)),  # noqa: DTZ001
        ("2026-11-21 18:57", datetime(2026, 11, 21, 18, 57)),  # noqa: DTZ001
        ("2026-11-21", datetime(2026, 11, 21)),  # noqa: DTZ001
        ("2026-1-2", datetime(2026, 1, 2)),  # noqa: DTZ001
        ("20260612084935", datetime(2026, 6, 12, 8, 49, 35)),  # noqa: DTZ001
        (20260612, datetime(2026, 6, 12)),  # noqa: DTZ001
    ],
)
def test_moments_are_read_in_the_forms_that_clients_send(said: object, moment: datetime) -> None:
    assert read("fee_ocur_time", said) == moment


def test_a_day_may_be_said_with_a_time() -> None:
    row = {"mdtrt_id": "1", "psn_no": "1", "insutype": "310", "endtime": "2026-11-22 09:00:00",
           "dscg_dept_codg": "1", "dscg_dept_name": "n", "dscg_way": "5",
           "die_date": "2026-11-22 08:00:00"}  # fmt: skip
    diagnosis = {"mdtrt_id": "1", "psn_no": "1", "diag_type": "1", "maindiag_flag": "1",
                 "diag_srt_no": "1", "diag_code": "I21.900", "diag_name": "n", "diag_dept": "n",
                 "dise_dor_no": "1", "dise_dor_name": "n", "diag_time": "2026-11-22"}  # fmt: skip
    rows = checked("2402", {"dscginfo": row, "diseinfo": [diagnosis]})
    assert rows["dscginfo"][0]["die_date"] == date(2026, 11, 22)


def test_an_object_counts_as_a_list_of_one_and_the_reverse() -> None:
    assert len(checked("2204", {"feedetail": LINE})["feedetail"]) == 1
    assert checked("5301", {"data": [{"psn_no": "7"}]})["data"][0]["psn_no"] == "7"
    assert refusal("5301", {"data": [{"psn_no": "7"}] * 2}) == (
        "5301 data：应为一个对象，却有 2 个"
    )


def test_nodes_are_known_in_other_cases_of_letters() -> None:
    asked = {"opter_no": "1", "mac": "1", "ip": "1"}
    for name in ("signIn", "signin", "SIGNIN"):
        assert checked("9001", {name: asked})["signIn"][0]["opter_no"] == "1"


@pytest.mark.parametrize(
    ("infno", "given", "err_msg"),
    [
        ("2204", {}, "2204 feedetail：缺少该节点，至少应有一行"),
        ("2204", {"feedetail": []}, "2204 feedetail：缺少该节点，至少应有一行"),
        ("2204", {"feedetail": ["x"]}, "2204 feedetail[0]：应为一个对象"),
        ("2204", {"feedetail": [[LINE]]}, "2204 feedetail[0]：应为一个对象"),
        ("5301", {}, "5301 data：缺少该节点"),
        ("5301", {"data": "null"}, "5301 data：缺少该节点"),
        ("5301", {"data": 7}, "5301 data：应为一个对象"),
        ("5301", [], "5301 input：应为一个 JSON 对象"),
        ("5301", None, "5301 input：应为一个 JSON 对象"),
        ("2601", {"data": {"psn_no": "1"}}, "2601 data.omsgid（原发送方报文ID）：不能为空"),
    ],
)
def test_what_is_missing_is_named(infno: str, given: object, err_msg: str) -> None:
    assert refusal(infno, given) == err_msg


def test_lists_that_need_not_be_there_are_empty() -> None:
    change = {"mdtrt_id": "1", "psn_no": "1", "begntime": "2026-11-20", "mdtrt_cert_type": "02",
              "med_type": "2101", "ipt_otp_no": "1", "atddr_no": "1", "chfpdr_name": "n",
              "adm_diag_dscr": "n", "adm_dept_codg": "1", "adm_dept_name": "n", "adm_bed": "1",
              "dscg_maindiag_code": "E11.900", "dscg_maindiag_name": "n"}  # fmt: skip
    assert checked("2403", {"adminfo": change})["diseinfo"] == []


def test_later_additions_may_be_missing() -> None:
    """The table of 2206 demands four things about the person that real clients do not send."""
    asked = {"psn_no": "1", "mdtrt_cert_type": "02", "mdtrt_cert_no": "1", "med_type": "11",
             "medfee_sumamt": "4.52", "psn_setlway": "01", "mdtrt_id": "1", "chrg_bchno": "1",
             "acct_used_flag": "1", "insutype": "310"}  # fmt: skip
    (row,) = checked("2206A", {"data": asked})["data"]
    assert (row["psn_cert_type"], row["certno"], row["psn_type"], row["psn_name"]) == (None,) * 4


def test_other_spellings_are_the_same_field() -> None:
    asked = {"psn_no": "1", "mdtrt_cert_type": "02", "medfee_sumamt": "1", "psn_setlway": "01",
             "mdtrt_id": "1", "insutype": "310", "mid_setl_flag": "0"}  # fmt: skip
    for spelled in ("dscgTime", "dscg_time"):
        (row,) = checked("2303", {"data": asked | {spelled: "2026-11-22"}})["data"]
        assert row["dscgTime"] == date(2026, 11, 22)
        assert "dscg_time" not in row


@pytest.mark.parametrize("spelled", ["drug_trac_info", "durg_trac_info"])
@pytest.mark.parametrize("many", [True, False])
def test_lists_may_stand_in_rows(spelled: str, many: bool) -> None:
    head = {"psn_no": "1", "mdtrt_cert_type": "02", "mdtrt_cert_no": "1",
            "begntime": "2026-11-22 10:00:00", "medfee_sumamt": "4.52", "insutype": "310",
            "acct_used_flag": "1", "med_type": "41"}  # fmt: skip
    trace = {"feedetl_sn": "1", "drug_trac_codg": "8" * 20, "trdn_flag": "0"}
    sold = LINE | {spelled: [trace, trace] if many else trace}
    rows = checked("2102", {"druginfo": head, "drugdetail": [sold]})
    traced = rows["drugdetail"][0]["drug_trac_info"]
    assert [one["drug_trac_codg"] for one in traced] == ["8" * 20] * (2 if many else 1)
    bad = LINE | {spelled: [trace, trace | {"trdn_flag": "2"}]}
    assert refusal("2102", {"druginfo": head, "drugdetail": [LINE, bad]}) == (
        "2102 drugdetail[1].drug_trac_info[1].trdn_flag（拆零标志）："
        "“2”不在代码表 trdn_flag 中（0 否、1 是）"
    )


def test_what_no_table_knows_is_kept_as_text() -> None:
    given = line(more=1.5, words="x", nothing="null", parts={"a": [0.1, True, None]})
    (row,) = checked("2204", given | {"other": [{"a": "b"}, 7]})["feedetail"]
    assert (row["more"], row["words"], row["nothing"]) == ("1.5", "x", None)
    assert row["parts"] == '{"a":[0.1,true,null]}'
    assert checked("2204", given | {"other": [{"a": "b"}, 7]})["other"] == [{"a": "b"}, {"": "7"}]


def test_no_spelling_puts_an_unchecked_value_in_place_of_a_checked_one() -> None:
    given = line(**{" cnt": "abc", "cnt ": ["x"]})
    rows = checked("2204", given | {" feedetail": "abc", "feedetail\n": [{"cnt": "abc"}]})
    assert [row["cnt"] for row in rows["feedetail"]] == [1]


@pytest.mark.parametrize("infno", sorted(TABLES.transactions))
def test_a_single_object_has_to_be_there(infno: str) -> None:
    first = TABLES.transactions[infno].input[0].name
    assert refusal(infno, {}).startswith(f"{infno} {first}：缺少该节点")


def test_bytes_come_as_numbers_or_as_base64() -> None:
    def sent(said: object) -> bytes:
        asked = {"in": said, "filename": "a.zip", "fixmedins_code": "H33018300564"}
        found = checked("9101", {"fsUploadIn": asked})["fsUploadIn"][0]["in"]
        assert isinstance(found, bytes)
        return found

    assert sent([80, 75, -1, 255]) == b"PK\xff\xff"  # -1 is how Java writes 255
    assert sent("UEsDBA==") == b"PK\x03\x04"
    for wrong in ([256], [-129], ["x"], [True], "UEsDBA", "不", 7):
        with pytest.raises(Rejected, match="不是字节数组"):
            sent(wrong)


def test_all_codes_of_a_long_table_are_not_listed() -> None:
    message = refusal("5201", {"data": {"psn_no": "1", "begntime": "2026-01-01",
                                        "endtime": "2026-12-31", "med_type": "77"}})  # fmt: skip
    assert message == (
        "5201 data.med_type（医疗类别）：“77”不在代码表 med_type 中"
        "（11 普通门诊、1103 癌症筛查、13 急诊、1301 急诊抢救、14 门诊慢特病、18 特药购药等）"
    )


def reason_of(infno: str, given: object) -> str:
    """Why it is refused; nothing where it is read.  What else is raised fails the test."""
    try:
        checked(infno, given)
    except Rejected as rejected:
        return rejected.err_msg
    return ""


EVERY_INFNO = sorted(TABLES.transactions)


@given(st.sampled_from(EVERY_INFNO), ANY_JSON)
def test_whatever_is_sent_nothing_else_is_raised(infno: str, said: object) -> None:
    assert len(reason_of(infno, said)) <= 200


@given(st.data())
def test_whatever_fields_hold_nothing_else_is_raised(data: st.DataObject) -> None:
    transaction = TABLES.transactions[data.draw(st.sampled_from(EVERY_INFNO))]
    given = {}
    for node in transaction.input:
        codes = [one.code for one in node.fields] or ["x"]
        row = st.dictionaries(st.sampled_from(codes), ANY_JSON, max_size=4)
        given[node.name] = data.draw(st.lists(row, max_size=3) | row | ANY_JSON)
    assert len(reason_of(transaction.infno, given).encode()) <= 600


@pytest.mark.parametrize("code", list(LINE))
def test_every_kind_of_field_is_tried_with_everything(code: str) -> None:
    reasons = [reason_of("2204", line(**{code: said})) for said in [*NASTY, *VAST]]
    assert any(reasons)
    assert all(len(one) <= 200 for one in reasons)


@given(ANY_JSON)
def test_what_no_table_knows_may_be_anything(said: object) -> None:
    assert len(reason_of("2204", line(new=said) | {"new": said})) <= 200


@given(st.integers(min_value=-(10**16) + 1, max_value=10**16 - 1))
def test_fen_and_yuan_are_the_same_money(fen: int) -> None:
    assert fen_of(yuan_of(fen)) == fen
    assert read("det_item_fee_sumamt", str(yuan_of(fen))) == yuan_of(fen)


# What recorded answers say otherwise than the tables; all are in the tables of no province.
OTHERWISE = {
    "hunan_spec_appB_1101.response.json": [  # an example that the same document contradicts
        "baseinfo.psn_cert_type: '2' is not how it is written",
        "insuinfo: is no list",
        "idetinfo[0].psn_idet_type（人员身份类别）：“1”不在代码表 psn_idet_type 中",
        "idetinfo[1].psn_idet_type（人员身份类别）：“2”不在代码表 psn_idet_type 中",
    ],
    "openhis_2206_1.response.json": [
        "setlinfo.hifdm_pay: is missing",
        "expContent: is in no table",
    ],
    "openhis_2207_1.response.json": [
        "setlinfo.hifdm_pay: is missing",
        "expContent: is in no table",
    ],
    "openhis_2208_1.response.json": [
        "setlinfo.psn_part_amt: is empty",
        "setlinfo.acct_mulaid_pay: is empty",
        "setlinfo.hosp_part_amt: is empty",
        "setlinfo.hifdm_pay: is missing",
        "expContent: is in no table",
    ],
    "openhis_2305_1.response.json": ["setlinfo.acct_mulaid_pay: is empty"],
}


def recorded_in(name: str) -> str:
    """The province whose answer it is."""
    if name == "openhis_1101_4.response.json":
        return "shanghai"
    if name.startswith(("openhis_23", "openhis_24")):
        return "chongqing"
    return {"zhejiang": "zhejiang", "hunan": "hunan", "openhis": "hebei"}[name.partition("_")[0]]


def answers() -> Iterator[tuple[str, str]]:
    for name in RESPONSES:
        infno = next(one for one in name.replace(".", "_").split("_") if one[:4].isdigit())
        if recorded(name).get("output") is not None and infno in TABLES.transactions:
            yield name, infno


@pytest.mark.parametrize(("name", "infno"), list(answers()))
def test_recorded_answers_have_the_shape_of_the_tables(name: str, infno: str) -> None:
    there = tables(recorded_in(name))
    found = list(differences(there.transactions[infno], recorded(name)["output"], there))
    expected = OTHERWISE.get(name, [])
    assert [one.partition("（21 ")[0] for one in found] == expected


def test_enough_answers_were_recorded() -> None:
    assert {infno for _, infno in answers()} >= {
        "1101", "1201", "2201", "2204", "2206", "2207", "2208", "2301", "2303", "2304", "2305",
        "5301", "9001", "9002",
    }  # fmt: skip


SIGNED_IN = {"signinoutb": {"sign_time": "2026-11-22 21:30:05", "sign_no": "1"}}


@pytest.mark.parametrize(
    ("infno", "output", "found"),
    [
        ("9001", SIGNED_IN, []),
        ("9001", None, ["output: is no object"]),
        ("9001", {}, ["signinoutb: is missing"]),
        ("9001", SIGNED_IN | {"x": 1}, ["x: is in no table"]),
        ("9001", {"signinoutb": []}, ["signinoutb: is no object"]),
        (
            "9001",
            {"signinoutb": {"sign_time": "2026-11-22", "sign_no": None, "y": 1}},
            [
                "signinoutb.sign_time: '2026-11-22' is not how it is written",
                "signinoutb.sign_no: is empty",
                "signinoutb.y: is in no table",
            ],
        ),
        ("2202", None, []),
        ("2202", {}, []),
        ("2202", {"data": 1}, ["output: this transaction has none"]),
        ("5301", {"feedetail": []}, []),
        ("5301", {"feedetail": {}}, ["feedetail: is no list"]),
        ("5204", [], []),
        ("5204", {}, ["output: is no list"]),
        (
            "5206",
            {"cuminfo": [{"insutype": "0310", "year": "2026", "cum_ym": "202611",
                          "cum_type_code": "C0000", "cum": "1"}]},
            [
                "cuminfo[0].insutype: '0310' is not how it is written",
                "cuminfo[0].cum: '1' is not how it is written",
            ],
        ),
        (
            "5206",
            {"cuminfo": [{"insutype": "310", "year": "2026", "cum_ym": "202611",
                          "cum_type_code": "C0000", "cum": Decimal("0.001")}]},
            ["5206 cuminfo[0].cum（累计值）：“0.001”的小数位多于 2 位"],
        ),
    ],
)  # fmt: skip
def test_answers_of_another_shape_are_told(infno: str, output: object, found: list[str]) -> None:
    transaction = TABLES.transactions[infno]
    told = [one.removeprefix(f"{infno} ") for one in differences(transaction, output, TABLES)]
    assert told == [one.removeprefix(f"{infno} ") for one in found]
    if found:
        with pytest.raises(AssertionError, match=infno):
            assert_shape(transaction, output, TABLES)
    else:
        assert_shape(transaction, output, TABLES)


def test_days_moments_and_decimals_are_themselves() -> None:
    output = {"feedetail": [{"opsp_dise_code": "M03900", "opsp_dise_name": "高血压",
                             "begndate": date(2020, 10, 1), "enddate": "2120-11-01"}]}  # fmt: skip
    assert_shape(TABLES.transactions["5301"], output, TABLES)
    assert_shape(
        TABLES.transactions["9001"],
        {"signinoutb": {"sign_time": datetime(2026, 11, 22, 1), "sign_no": "1"}},  # noqa: DTZ001
        TABLES,
    )
