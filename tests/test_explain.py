"""What people read: sentences in both languages, citations, what is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from command import run
from gongji.cases.read import read_cases
from gongji.cases.run import settle_case
from gongji.engine.inputs import Raw, read_opening, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.explain.explanation import Explanation, explain
from gongji.explain.record import record_of
from gongji.policy.versions import Library
from gongji.wording import Refused

CHANGZHOU, ZHENJIANG = "changzhou/employee", "zhenjiang/employee"
ACTIVE = {"category": "active"}
STAY = {"setting": "inpatient", "tier": "3", "in_scope": "80000"}
JUNE = {"date": "2024-06-03", **STAY}


def explained(
    library: Library,
    name: str,
    person: Mapping[str, Raw],
    event: Mapping[str, Raw],
    readings: Mapping[str, Raw] | None = None,
) -> Explanation:
    day = date(2024, 3, 1)
    policy = library.policy(name, day)
    meters = read_opening(policy, Meters(), readings or {}, day, "readings")
    visit = read_visit(policy, {"date": "2024-03-01", **event})
    one = settle(policy, read_person(policy, person), meters, visit)
    return explain(one, library.document(policy.document))


@pytest.fixture
def published(library: Library) -> Explanation:
    return explained(
        library,
        ZHENJIANG,
        ACTIVE,
        {"setting": "outpatient", "tier": "3", "in_scope": "20000"},
    )


def test_sentences_in_chinese(published: Explanation) -> None:
    assert [line.text.zh for line in published.lines] == [
        "政策范围内的 20,000.00 元按“门诊统筹”处理。",
        "本年累计门诊基本医疗费用由 0.00 元增至 20,000.00 元。",
        "门诊统筹：全年起付标准 800.00 元；这次的 800.00 元由您自己负担。",
        "本年起付标准以上的门诊累计费用由 0.00 元增至 19,200.00 元。",
        "统筹基金支付 10,000.00 × 60% = 6,000.00 元，其余 4,000.00 元由您自己负担。",
        "超过“门诊共付段限额”10,000.00 元的 9,200.00 元由您自己负担。",
        "您负担的费用中，14,000.00 元计入“职工大病保险”"
        "（起付标准 800.00、按比例自付 4,000.00、超限额 9,200.00）。",
        "大病保险本年累计现金自付由 0.00 元增至 14,000.00 元。",
        "职工大病保险：全年起付标准 6,000.00 元；这次的 6,000.00 元仍由您负担。",
        "大病保险支付 8,000.00 × 60% = 4,800.00 元，其余 3,200.00 元仍由您负担。",
    ]


def test_sentences_in_english(published: Explanation) -> None:
    assert [line.text.en for line in published.lines][4:6] == [
        "The pooled fund pays 10,000.00 × 60% = 6,000.00 yuan; you pay the other 4,000.00.",
        "9,200.00 yuan lie above 10,000.00 (limit of the outpatient co-pay segment); you pay.",
    ]


def test_every_line_names_its_clause_place_and_file(published: Explanation) -> None:
    deductible = published.lines[2].cites[0]
    assert deductible.clause == "ZJE-008"
    assert deductible.document == "镇政办发〔2022〕73号"
    assert deductible.place == "二(一) 增强门诊共济保障功能 1"
    file, _, line = deductible.file.rpartition(":")
    assert file == "zhenjiang/employee/2023-01-01.yaml"
    assert int(line) > 0


def test_points_are_shown_as_they_are_taken_off(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        {"setting": "inpatient", "tier": "3", "in_scope": "20000", "care_area": "unreferred"},
    )
    text = one.lines[4].text
    assert text.zh == (
        "统筹基金支付 19,000.00 × 70% = 13,300.00 元（90% - 20 个百分点 = 70%），"
        "其余 5,700.00 元由您自己负担。"
    )
    assert text.en.endswith("13,300.00 yuan (90% - 20 points = 70%); you pay the other 5,700.00.")
    assert [cite.clause for cite in one.lines[4].cites] == ["CZE-039", "CZE-130"]


def test_a_limit_says_what_was_left_of_it(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        {"category": "active", "chronic_diseases": ["diabetes"]},
        {"setting": "chronic", "provider": "primary", "in_scope": "500"},
        {"chronic_paid": "560"},
    )
    assert one.lines[1].text.zh == (
        "统筹基金支付 300.00 × 80% = 240.00 元，到限额为止"
        "（门诊慢性病本年支付额此前为 560.00 元，限额 800.00 元，这次最多支付 240.00 元）"
        "，其余 60.00 元由您自己负担。"
    )
    assert one.lines[2].text.zh == (
        "“门诊慢性病基金支付限额（一个病种、在职）”800.00 元已用完，"
        "余下的 200.00 元转按“普通门诊统筹”处理。"
    )


def test_a_gap_between_limits_is_named(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        {"setting": "outpatient", "tier": "2", "in_scope": "1500"},
        {"ordinary_cost": "9500"},
    )
    assert one.lines[2].text.zh == (
        "普通门诊本年累计合规费用在 9,000.00 至 11,000.00 元之间的 1,500.00 元"
        "没有基金支付，由您自己负担。"
    )


def test_what_is_left(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        STAY,
    )
    left = {(left.kind, left.benefit): text.zh for left, text in one.left}
    assert left[("next_deductible", "inpatient")] == (
        "下一次：住院起付标准（在职、二次及以上住院、三级） 600.00 元"
    )
    assert left[("band", "inpatient")] == (
        "住院待遇：住院和特殊病本年累计合规费用再增加 70,000.00 元（至 150,000.00 元）后，"
        "支付比例由 90% 变为 95%"
    )
    assert left[("deductible", "ordinary")] == "普通门诊统筹：起付标准 600.00 元，还差 600.00 元"
    assert (
        left[("deductible", "catastrophic")] == "大病保险：起付标准 20,000.00 元，还差 11,100.00 元"
    )
    assert not any(benefit.startswith("aid") for _, benefit in left)


def test_what_was_assumed_and_read_is_told(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        {"setting": "inpatient", "tier": "3", "in_scope": "80000", "total": "90000"},
    )
    assumptions = [text.en for text in one.assumptions]
    assert [text.en for text in one.notes] == [
        "What no part explains of the total is taken as out of catalogue."
    ]
    assert "area of care: in the city" in assumptions
    assert [cite.clause for cite, _ in one.readings] == [
        "CZE-001",
        "CZE-035",
        "CZE-037",
        "CZE-094",
    ]


def test_the_record_has_money_as_strings_with_two_decimals(published: Explanation) -> None:
    record = record_of(published)
    assert record["payments"] == {"pool": "6000.00", "catastrophic": "4800.00"}
    assert (record["person"], record["account"], record["cash"]) == ("9200.00", "0.00", "9200.00")
    assert record["by_benefit"] == {
        "outpatient": {"pool": "6000.00"},
        "catastrophic": {"catastrophic": "4800.00"},
    }
    assert record["deductible"] == "800.00"
    assert record["meters"] == {
        "before": {
            "outpatient_cost@2024": "0.00",
            "outpatient_shared@2024": "0.00",
            "cash_burden@2024": "0.00",
        },
        "after": {
            "outpatient_cost@2024": "20000.00",
            "outpatient_shared@2024": "19200.00",
            "cash_burden@2024": "14000.00",
        },
    }


def test_where_the_document_does_not_split_account_and_cash_there_is_no_split(
    library: Library,
) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        STAY,
    )
    record = record_of(one)
    assert record["account"] is None
    assert record["cash"] is None


def settled(library: Library, folder: Path, **fields: object) -> Explanation:
    path = folder / "case.json"
    path.write_text(json.dumps(fields), encoding="utf-8")
    (case,) = read_cases(path)
    return settle_case(case, library)


def test_an_event_settled_before_though_it_lies_after_is_noted(
    library: Library, tmp_path: Path
) -> None:
    one = settled(
        library,
        tmp_path,
        policy=CHANGZHOU,
        person=ACTIVE,
        history=[JUNE],
        event={**STAY, "date": "2024-05-03"},
    )
    assert [note.en for note in one.notes] == [
        "history[1] (2024-06-03) lies after this visit but was settled before it, "
        "so its totals count."
    ]


def test_totals_that_readings_left_out_are_said_to_start_from_zero(
    library: Library, tmp_path: Path
) -> None:
    one = settled(
        library,
        tmp_path,
        policy=CHANGZHOU,
        person=ACTIVE,
        history=[{"what": "readings", "date": "2024-06-01", "meters": {"admissions": 1}}],
        event=JUNE,
    )
    shown = [text.en for text in one.assumptions if text.en.endswith(": not said, 0 before")]
    assert shown == [
        "compliant inpatient and special-disease cost of the year (pooled_cost): "
        "not said, 0 before",
        "catastrophic base of the year (catastrophic_base): not said, 0 before",
    ]


def test_a_balance_that_no_rule_spends_is_noted(library: Library, tmp_path: Path) -> None:
    one = settled(
        library,
        tmp_path,
        policy=CHANGZHOU,
        person={"category": "active", "account_balance": "500"},
        event=JUNE,
    )
    assert [note.zh for note in one.notes] == ["文件没有写个人账户支付什么，账户余额没有动用。"]


def test_a_deductible_of_nothing_is_said(library: Library) -> None:
    # the third admission of the year has none in Zhenjiang
    one = explained(
        library,
        ZHENJIANG,
        ACTIVE,
        {"setting": "inpatient", "tier": "2", "in_scope": "1000"},
        {"admissions": "2"},
    )
    text = one.lines[2].text
    assert text.zh == "住院起付标准（在职、第三次及以后住院、二级及其他三级）为 0，不用负担。"
    assert one.lines[2].cites[0].clause == "ZJE-044"


def test_what_is_excluded_names_its_reason(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        ACTIVE,
        {"setting": "inpatient", "tier": "3", "in_scope": "1000", "exclusion": "work_injury"},
    )
    assert "工伤" in one.lines[0].text.zh
    assert one.settlement.person == 1000_00


def test_nothing_is_left_where_nobody_is_entitled(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        {"category": "active", "entitlement": "none"},
        {"setting": "inpatient", "tier": "3", "in_scope": "1000"},
    )
    assert one.left == ()


def test_the_account_left_is_told(library: Library) -> None:
    one = explained(
        library,
        ZHENJIANG,
        ACTIVE,
        {"setting": "outpatient", "tier": "2", "in_scope": "300"},
        {"account_balance": "1000"},
    )
    assert [text.en for left, text in one.left if left.kind == "account"] == [
        "balance of the personal account: 700.00 yuan"
    ]


def test_what_a_case_leaves_untold_is_told(library: Library, tmp_path: Path) -> None:
    one = settled(
        library,
        tmp_path,
        policy=ZHENJIANG,
        person=ACTIVE,
        event={"date": "2024-03-01", "setting": "门诊", "tier": "三级", "total": "3000"},
    )
    assert [note.zh for note in one.notes] == [
        "只给了总费用，全部按政策范围内处理；票据上有先行自付、目录外（自费）、超限价的，请另行写明。"
    ]
    first = [text.zh for text in one.assumptions[:2]]
    assert first[0].startswith("今年此前的就医：没有说明")
    assert first[1] == "个人账户余额：没有说明，按 0.00 元"


def test_a_meter_is_read_as_a_record_writes_it(library: Library) -> None:
    policy = library.policy(CHANGZHOU, date(2024, 3, 1))
    day = date(2024, 3, 1)
    meters = read_opening(policy, Meters(), {"pooled_cost@2024": "80000"}, day, "readings")
    assert [(str(key), meters[key]) for key in meters] == [("pooled_cost@2024", 80_000_00)]
    with pytest.raises(Refused):
        read_opening(policy, Meters(), {"pooled_cost@2023": "80000"}, day, "readings")


def test_a_rounding_is_told_behind_what_it_rounds() -> None:
    code, out, _ = run("policy", "wuhan/employee", "--lang", "en")
    assert code == 0
    assert "(the contribution base × 2%) (rounded half up)" in " ".join(out.split())
