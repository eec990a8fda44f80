"""The tables of the national interface: complete, corrected, and laid over by provinces."""

from __future__ import annotations

import pytest
from nhsa_pages import sample_input, sample_output

from gongji.nhsa.messages.checking import checked_input
from gongji.nhsa.tables import Field, Node, Transaction, examples, provinces, tables
from gongji.wording import Refused
from nhsa_shapes import assert_shape

EVERY = tables()

LISTED = """
    9001 9002 9101 9102 1101 1201 2001
    1301 1302 1303 1305 1306 1307 1308 1309 1310 1311 1312 1313 1314 1315 1317 1318 1319 1901
    2101 2102 2103 2201 2202 2203 2203A 2204 2205 2206 2206A 2207 2207A 2208
    2301 2302 2303 2303A 2304 2304A 2305 2401 2402 2403 2404 2405
    2501 2502 2503 2504 2505 2506 2601 3201 3202 4101
    5201 5202 5203 5204 5205 5206 5301 5302 5303 5304
"""

NO_PATH = {
    "2101", "2102", "2103", "2501", "2502", "2503", "2504", "2505", "2506",
    "5201", "5202", "5205", "5302", "5304",
}  # fmt: skip


def nodes(transaction: Transaction) -> list[Node]:
    outer = [*transaction.input, *transaction.output]
    return [*outer, *(inner for node in outer for inner in node.inner)]


def field(infno: str, direction: str, path: str) -> Field:
    """One field by its path: `feedetail.cnt`."""
    *names, code = path.rsplit(".", 1) if path.count(".") == 1 else (path[0], path[2:])
    transaction = EVERY.transactions[infno]
    (node,) = [
        one
        for one in (transaction.input if direction == "input" else transaction.output)
        if one.name == names[0]
    ]
    (found,) = [one for one in node.fields if one.code == code]
    return found


def test_every_transaction_is_there_once() -> None:
    assert sorted(EVERY.transactions) == sorted(LISTED.split())


def test_paths_are_empty_where_no_source_shows_one() -> None:
    assert {infno for infno, one in EVERY.transactions.items() if not one.path} == NO_PATH


def test_paths_are_spelled_as_on_the_wire() -> None:
    paths = {infno: one.path for infno, one in EVERY.transactions.items()}
    assert paths["2201"] == "outpatientDocInfoService/outpatientRregistration"
    assert paths["2208"] == "outpatientSettleService/cancleSettletment"
    assert paths["2304"] == "hospSettService/settV2"
    assert paths["1307"] == "catalogdownservice/downCatalog1307"
    assert len({one for one in paths.values() if one}) == len(paths) - len(NO_PATH)


def test_every_transaction_says_what_goes_in() -> None:
    for transaction in EVERY.transactions.values():
        assert transaction.input, transaction.infno
        for node in nodes(transaction):
            codes = [one.code for one in node.fields]
            assert len(codes) == len(set(codes)), (transaction.infno, node.name)
            assert codes or transaction.infno == "4101", (transaction.infno, node.name)


@pytest.mark.parametrize(
    ("infno", "given", "answered"),
    [
        ("1101", "data", "baseinfo insuinfo* idetinfo*"),
        ("1201", "medinsinfo", "medinsinfo*"),
        ("1312", "data", ". data*"),
        ("2001", "data", "trtinfo*"),
        ("2102", "druginfo drugdetail*", "setlinfo setldetail* detlcutinfo*"),
        ("2203", "mdtrtinfo diseinfo*", ""),
        ("2204", "feedetail*", "result*"),
        ("2401", "mdtrtinfo diseinfo*", "result"),
        ("5204", "data", ".*"),
        ("5301", "data", "feedetail*"),
        ("9002", "signOut", "signoutoutb"),
    ],
)
def test_nodes_are_objects_or_lists(infno: str, given: str, answered: str) -> None:
    def said(found: tuple[Node, ...]) -> str:
        return " ".join(one.name + "*" * one.many for one in found)

    transaction = EVERY.transactions[infno]
    assert (said(transaction.input), said(transaction.output)) == (given, answered)


@pytest.mark.parametrize(
    ("infno", "direction", "path", "title", "kind", "length", "dictionary", "enforced"),
    [
        ("2204", "input", "feedetail.cnt", "数量", "N", "16,4", "", True),
        (
            "2204",
            "input",
            "feedetail.hosp_appr_flag",
            "医院审批标志",
            "S",
            "3",
            "hosp_appr_flag",
            True,
        ),
        ("2301", "input", "feedetail.init_feedetl_sn", "原费用流水号", "S", "30", "", False),
        ("2201", "input", "data.caty", "科别", "S", "10", "dept", True),
        ("2201", "input", "data.begntime", "开始时间", "DT", "", "", True),
        ("2206", "input", "data.psn_name", "人员姓名", "S", "50", "", False),
        ("2402", "input", "dscginfo.die_date", "死亡日期", "D", "", "", False),
        ("1101", "output", "idetinfo.psn_type_lv", "人员类别等级", "S", "3", "disa_lv", False),
        (
            "2001",
            "output",
            "trtinfo.fund_pay_type",
            "基金支付类型",
            "S",
            "8",
            "fund_pay_type",
            True,
        ),
        ("2601", "input", "data.omsgid", "原发送方报文ID", "S", "30", "", True),
        ("5206", "output", "cuminfo.cum", "累计值", "N", "16,2", "", True),
    ],
)
def test_fields_are_those_of_the_interface(
    infno: str,
    direction: str,
    path: str,
    title: str,
    kind: str,
    length: str,
    dictionary: str,
    enforced: bool,
) -> None:
    one = field(infno, direction, path)
    assert (one.title, one.kind, one.said_length, one.dictionary, one.enforced) == (
        title,
        kind,
        length,
        dictionary,
        enforced,
    )


@pytest.mark.parametrize(
    ("infno", "direction", "node", "number"),
    [
        ("2204", "input", "feedetail", 34),
        ("2304", "output", "setlinfo", 43),  # 44 are printed, one of them twice
        ("2101", "output", "setlinfo", 42),
        ("5203", "output", "setlinfo", 62),
        ("5204", "output", ".", 56),
        ("2401", "input", "mdtrtinfo", 39),
        ("4101", "input", "setlinfo", 62),
        ("2203", "input", "mdtrtinfo", 13),  # 11, and two that only the second source has
    ],
)
def test_no_field_is_left_out(infno: str, direction: str, node: str, number: int) -> None:
    transaction = EVERY.transactions[infno]
    found = transaction.input if direction == "input" else transaction.output
    assert [len(one.fields) for one in found if one.name == node] == [number]


def test_what_is_printed_wrongly_is_put_right() -> None:
    codes = {one.code for one in EVERY.transactions["2208"].output[0].fields}
    assert "psn_cash_pay" in codes
    assert "pdn_cash_pay" not in codes
    assert field("9002", "output", "signoutoutb.sign_time").kind == "DT"
    assert field("2204", "input", "feedetail.feedetl_sn").kind == "S"
    assert field("2305", "output", "setlinfo.hifdm_pay").kind == "N"
    assert EVERY.titles("clr_type")["390412"] == "居民跨省药店购药"
    assert EVERY.titles("clr_type")["310412"] == "职工跨省药店购药"
    (lines,) = [one for one in EVERY.transactions["2102"].input if one.name == "drugdetail"]
    assert [(one.name, one.also) for one in lines.inner] == [
        ("drug_trac_info", ("durg_trac_info",))
    ]


def test_nothing_that_was_added_later_is_enforced() -> None:
    for transaction in EVERY.transactions.values():
        for node in transaction.input:
            for one in node.fields:
                assert not (one.enforced and one.core in "+-" and one.core), one


@pytest.mark.parametrize(
    ("other", "base"),
    [("2206A", "2206"), ("2207A", "2207"), ("2303A", "2303"), ("2304A", "2304"), ("1310", "1301")],
)
def test_variants_have_the_fields_of_another(other: str, base: str) -> None:
    one, of = EVERY.transactions[other], EVERY.transactions[base]
    assert (one.input, one.output, one.base) == (of.input, of.output, base)
    assert one.path != of.path


def test_only_code_tables_that_no_source_prints_are_empty() -> None:
    named = {
        one.dictionary
        for transaction in EVERY.transactions.values()
        for node in nodes(transaction)
        for one in node.fields
        if one.dictionary
    }
    assert {name for name in named if not EVERY.titles(name)} == {
        "bas_medn_flag", "chld_medc_flag", "cop_flag", "dise_type_code", "drt_reim_flag",
        "flxempe_flag", "hi_nego_drug_flag", "hilist_use_type", "hosp_prep_flag", "lmt_cpnd_type",
        "matn_used_flag", "med_use_flag", "nwb_flag", "overlmt_dspo_way", "pre_pay_flag",
        "prodplac_type", "rx_circ_flag",
    }  # fmt: skip


@pytest.mark.parametrize("province", ["", *provinces()])
def test_every_code_fits_its_field(province: str) -> None:
    there = tables(province)
    for transaction in there.transactions.values():
        for node in nodes(transaction):
            for one in node.fields:
                longest = max(map(len, there.titles(one.dictionary)), default=0)
                assert longest <= one.length or not one.length, (transaction.infno, one)


@pytest.mark.parametrize(
    ("dictionary", "number"),
    [
        ("gend", 4),
        ("naty", 56),
        ("insutype", 15),
        ("fund_pay_type", 36),
        ("list_type", 8),
        ("med_chrgitm_type", 14),
        ("hosp_lv", 14),
        ("biz_appy_type", 24),
    ],
)
def test_code_tables_are_whole(dictionary: str, number: int) -> None:
    assert len(EVERY.titles(dictionary)) == number


@pytest.mark.parametrize(
    ("dictionary", "said", "code"),
    [
        ("vali_flag", "1", "1"),
        ("vali_flag", "01", "1"),
        ("psn_cert_type", "2", "02"),
        ("naty", "1", "01"),
        ("dept", "A03.01", "A03.01"),
        ("gend", "0", "0"),
        ("gend", "00", "0"),
        ("gend", "3", None),
        ("gend", "", None),
        ("gend", "１", None),
        ("med_invo_item_type", "09", "09"),  # which has 009 as well, so 9 could be either
        ("med_invo_item_type", "009", "009"),
        ("med_invo_item_type", "9", None),
        ("no_such_table", "1", None),
    ],
)
def test_a_code_is_known_with_and_without_zeros(
    dictionary: str, said: str, code: str | None
) -> None:
    assert EVERY.code_of(dictionary, said) == code


@pytest.mark.parametrize(
    ("province", "ordinary"),
    [
        ("", {"21", "2101"}),
        ("hunan", {"2101"}),
        ("zhejiang", {"21"}),
        ("chongqing", {"21"}),
        ("jilin", {"21"}),
    ],
)
def test_provinces_differ_in_the_code_of_an_ordinary_stay(
    province: str, ordinary: set[str]
) -> None:
    assert set(tables(province).titles("med_type")) & {"21", "2101"} == ordinary


def test_a_province_adds_and_replaces_and_leaves_the_others_alone() -> None:
    jilin, hunan, chongqing = tables("jilin"), tables("hunan"), tables("chongqing")
    assert list(jilin.titles("clr_way")) == ["01", "02", "03", "04", "05", "99"]
    assert EVERY.titles("clr_way")["1"] == "按项目"
    assert jilin.titles("med_mdtrt_type")["2"] == "药店购药"
    assert EVERY.titles("med_mdtrt_type")["2"] == "住院"
    assert jilin.titles("med_type")["140201"] == "门诊特病"
    assert chongqing.titles("fund_pay_type")["310201"] == "城镇职工基本医疗保险个人账户基金"
    assert "310201" not in EVERY.titles("fund_pay_type")
    assert "rxIn" in hunan.transactions["2203A"].input[0].by_name
    assert "rxIn" not in EVERY.transactions["2203A"].input[0].by_name
    assert hunan.transactions["2206A"].input[0].by_name["pub_hosp_rfom_flag"].enforced is False
    assert "cashPayamt" in chongqing.transactions["2303A"].output[0].by_name


def test_provinces_are_named() -> None:
    assert provinces() == ("chongqing", "hebei", "hunan", "jilin", "shanghai", "zhejiang")
    for name in provinces():
        assert tables(name).province == name


@pytest.mark.parametrize("name", ["Hunan", "..", "../../policies", "hunan/", " ", "\0"])
def test_an_unknown_province_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        tables(name)
    assert refused.value.kind == "unknown_province"
    assert "hunan" in refused.value.message.zh


def test_tables_are_read_once_and_cannot_be_changed() -> None:
    assert tables() is EVERY
    with pytest.raises(TypeError):
        EVERY.titles("gend")["5"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        EVERY.transactions["1"] = EVERY.transactions["1101"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("infno", "number", "first", "last"),
    [
        ("1301", 97, "医疗目录编码", "失效时间"),
        ("1302", 33, "医疗目录编码", "失效时间"),
        ("1303", 83, "医疗目录编码", "医院制剂申请人单位地址"),
        ("1305", 19, "医疗目录编码", "生效时间"),
        ("1306", 71, "医疗目录编码", "版本名称"),
        ("1307", 24, "西医疾病诊断ID", "版本名称"),
        ("1308", 24, "手术标准目录ID", "版本名称"),
        ("1309", 16, "门慢门特病种目录代码", "门慢门特病种大类代码"),
        ("1310", 15, "病种结算目录ID", "诊疗指南电子档案"),
        ("1311", 15, "日间手术治疗目录ID", "手术操作代码"),
        ("1313", 11, "肿瘤形态学ID", "版本名称"),
        ("1314", 14, "中医疾病诊断ID", "版本名称"),
        ("1315", 14, "中医证候ID", "版本名称"),
    ],
)
def test_catalogue_files_have_their_columns(infno: str, number: int, first: str, last: str) -> None:
    columns = EVERY.catalogue_columns[infno]
    assert (len(columns), columns[0], columns[-1]) == (number, first, last)


def test_the_files_of_a_reconciliation_have_their_columns() -> None:
    one = EVERY.transactions["3202"]
    assert [field.code for field in one.file_in] == [
        "setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay",
        "refd_setl_flag",
    ]  # fmt: skip
    assert len(one.file_out) == 10


def test_examples_are_of_fields_that_are_there() -> None:
    codes: set[tuple[str, str, str]] = set()
    for one in EVERY.transactions.values():
        inner = [node for outer in one.input for node in outer.inner]
        for direction, found in (("input", [*one.input, *inner]), ("output", one.output)):
            named = [field.code for node in found for field in node.fields]
            codes |= {(one.infno, direction, code) for code in named}
            codes |= {(one.infno, "", code) for code in named}
            codes |= {("", "", code) for code in named}
        codes |= {("", "", field.code) for field in (*one.file_in, *one.file_out)}
    for node in (EVERY.request, EVERY.response):
        codes |= {("", "", field.code) for field in node.fields}
    assert set(examples()) - codes == set()


@pytest.mark.parametrize("infno", sorted(EVERY.transactions))
def test_examples_are_what_the_tables_allow(infno: str) -> None:
    transaction = EVERY.transactions[infno]
    given = sample_input(transaction)
    assert isinstance(given, dict)
    rows = checked_input(transaction, given, EVERY)
    assert {node for node, found in rows.items() if found} >= set(given)
    assert_shape(transaction, sample_output(transaction), EVERY)


@pytest.mark.parametrize(
    "infno", ["2101", "2102", "2103", "2206", "2207", "2208", "2303", "2304", "2305"]
)
def test_amounts_of_examples_add_up(infno: str) -> None:
    output = sample_output(EVERY.transactions[infno])
    assert isinstance(output, dict)
    info = output["setlinfo"]
    parts = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    assert info["medfee_sumamt"] == sum(info[part] for part in parts)
    borne = info.get("psn_part_amt", info["acct_pay"] + info["psn_cash_pay"])
    assert info["medfee_sumamt"] == info["fund_pay_sumamt"] + borne
    assert borne == info["acct_pay"] + info["psn_cash_pay"]
    funds = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")
    assert info["fund_pay_sumamt"] == sum(info[fund] for fund in funds)
    assert info["fund_pay_sumamt"] == sum(one["fund_payamt"] for one in output["setldetail"])
