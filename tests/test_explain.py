"""What people read: sentences in both languages, citations, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from gongji.engine.inputs import Raw, read_opening, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.explain.explanation import Explanation, explain
from gongji.explain.record import record_of
from gongji.policy.library import Library

CHANGZHOU, ZHENJIANG = "changzhou/employee", "zhenjiang/employee"


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
        {"category": "active"},
        {"setting": "outpatient", "tier": "3", "in_scope": "20000"},
    )


def test_sentences_in_chinese(published: Explanation) -> None:
    assert [line.text.zh for line in published.lines] == [
        "政策范围内的 20,000.00 元按“门诊统筹”处理。",
        "本年累计门诊基本医疗费用由 0.00 元增至 20,000.00 元。",
        "全年起付标准 800.00 元：其中 800.00 元由您自己负担。",
        "本年门诊共付段累计费用由 0.00 元增至 19,200.00 元。",
        "统筹基金支付 10,000.00 × 60% = 6,000.00 元，其余 4,000.00 元由您自己负担。",
        "超过限额的 9,200.00 元由您自己负担。",
        "您负担的费用中，14,000.00 元计入“职工大病保险”"
        "（起付标准 800.00、按比例自付 4,000.00、超限额 9,200.00）。",
        "大病保险本年累计现金自付由 0.00 元增至 14,000.00 元。",
        "全年起付标准 6,000.00 元：其中 6,000.00 元仍由您负担。",
        "大病保险支付 8,000.00 × 60% = 4,800.00 元，其余 3,200.00 元仍由您负担。",
    ]


def test_sentences_in_english(published: Explanation) -> None:
    assert [line.text.en for line in published.lines][4:6] == [
        "The pooled fund pays 10,000.00 × 60% = 6,000.00 yuan; the other 4,000.00 are yours.",
        "9,200.00 yuan above the limit are yours.",
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
        {"category": "active"},
        {"setting": "inpatient", "tier": "3", "in_scope": "20000", "care_area": "unreferred"},
    )
    text = one.lines[4].text
    assert text.zh == (
        "统筹基金支付 19,000.00 × 70% = 13,300.00 元（90% - 20 个百分点 = 70%），"
        "其余 5,700.00 元由您自己负担。"
    )
    assert text.en.endswith("13,300.00 yuan (90% - 20 points = 70%); the other 5,700.00 are yours.")
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
        "（门诊慢性病本年已支付 560.00 元，限额 800.00 元，还可支付 240.00 元）"
        "，其余 60.00 元由您自己负担。"
    )
    assert one.lines[2].text.zh == "另有 200.00 元转按“普通门诊统筹”处理。"


def test_a_gap_between_limits_is_named(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        {"category": "active"},
        {"setting": "outpatient", "tier": "2", "in_scope": "1500"},
        {"ordinary_cost": "9500"},
    )
    assert one.lines[2].text.zh == (
        "累计 9,500.00 元至 11,000.00 元之间的 1,500.00 元没有基金支付，由您自己负担。"
    )


def test_what_is_left(library: Library) -> None:
    one = explained(
        library,
        CHANGZHOU,
        {"category": "active"},
        {"setting": "inpatient", "tier": "3", "in_scope": "80000"},
    )
    left = {(left.kind, left.benefit): text.zh for left, text in one.left}
    assert left[("next_deductible", "inpatient")] == (
        "下一次：住院起付标准（在职、二次及以上住院、三级） 600.00 元"
    )
    assert left[("band", "inpatient")] == (
        "住院待遇：再过 70,000.00 元（累计 150,000.00 元）比例改变"
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
        {"category": "active"},
        {"setting": "inpatient", "tier": "3", "in_scope": "80000", "total": "90000"},
    )
    assumptions = [text.en for text in one.assumptions]
    assert "What no part explains of the total is taken as out of catalogue." in assumptions
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
        {"category": "active"},
        {"setting": "inpatient", "tier": "3", "in_scope": "80000"},
    )
    record = record_of(one)
    assert record["account"] is None
    assert record["cash"] is None
