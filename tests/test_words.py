"""Words of the format that an invented city uses: worked by hand beside each test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gongji.cases.ask import ask_case
from gongji.cases.case import Case
from gongji.cases.read import read_cases
from gongji.cases.run import settle_case
from gongji.explain.explanation import Explanation
from gongji.policy.problems import Place
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

OWN = Path(__file__).parent / "policies"
LIBRARY = Library((BUILT_IN, OWN))


def settled(folder: Path, **fields: object) -> Explanation:
    path = folder / "case.json"
    path.write_text(json.dumps({"policy": "linshui/officer", **fields}), encoding="utf-8")
    (case,) = read_cases(path)
    return settle_case(case, LIBRARY)


def visit(day: str, amount: int, **more: object) -> dict[str, object]:
    return {"date": day, "setting": "outpatient", "tier": 3, "in_scope": amount, **more}


def test_the_account_pays_before_the_benefit(tmp_path: Path) -> None:
    # 300 from the account; 700 left: 500 deductible, 200 x 70 % = 140
    one = settled(
        tmp_path,
        person={"category": "active", "account_balance": 300},
        event=visit("2024-08-01", 1000),
    )
    found = one.settlement
    assert found.payments["pool"] == 140_00
    assert (found.person, found.account, found.cash) == (860_00, 300_00, 560_00)
    assert found.imposed == {"account_first": 300_00, "deductible": 500_00, "copay": 60_00}
    assert "outpatient_cost@2024/25" in [str(key) for key in found.meters]
    assert [line.text.zh for line in one.lines][1] == "个人账户支付 300.00 元。"


def test_an_empty_account_leaves_no_step(tmp_path: Path) -> None:
    one = settled(tmp_path, person={"category": "active"}, event=visit("2024-08-01", 600))
    assert one.settlement.payments["pool"] == 70_00
    assert not any("账户支付" in line.text.zh for line in one.lines)


def test_an_account_that_covers_everything_moves_no_meter(tmp_path: Path) -> None:
    one = settled(
        tmp_path,
        person={"category": "active", "account_balance": 900},
        event=visit("2024-08-01", 600),
    )
    assert (one.settlement.account, one.settlement.cash) == (600_00, 0)
    assert not any(key.meter == "outpatient_cost" for key in one.settlement.meters)


def test_a_year_from_july_to_june(tmp_path: Path) -> None:
    # June 2025 still counts on; July begins anew
    for day, pool in (("2025-06-30", 70_00), ("2025-07-01", 0)):
        one = settled(
            tmp_path,
            person={"category": "active"},
            history=[visit("2024-07-01", 500)],
            event=visit(day, 100),
        )
        assert one.settlement.payments["pool"] == pool


@pytest.mark.parametrize(
    ("retired_on", "pool"), [("2000-12-31", 140_00), ("2001-01-01", 0), ("1990-05-01", 140_00)]
)
def test_cohorts_by_a_day(tmp_path: Path, retired_on: str, pool: int) -> None:
    # (500 - 300) x 70 % = 140; from 2001 on the deductible is 500
    one = settled(
        tmp_path,
        person={"category": "retired", "retired_on": retired_on},
        event=visit("2024-08-01", 500),
    )
    assert one.settlement.payments["pool"] == pool


def test_a_meter_for_each_drug_and_a_parameter_for_each_tier(tmp_path: Path) -> None:
    # drug X: 600 + 400, of which 200 above 800, x 85 % = 170; drug Y begins anew
    rates = {"inpatient_rate": {"tier_3 other": "85%", "tier_3 early": "90%"}}
    for drug, pool in (("X", 170_00), ("Y", 0)):
        one = settled(
            tmp_path,
            person={"category": "active"},
            history=[visit("2024-08-01", 600, setting="special", drug="X")],
            event=visit("2024-09-01", 400, setting="special", drug=drug),
            parameters=rates,
        )
        assert one.settlement.payments["pool"] == pool
        assert one.supplied[0].zh.startswith("住院支付比例（三级、其他）")


def test_a_figure_that_was_not_supplied_is_named_with_its_case(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        settled(
            tmp_path,
            person={"category": "retired", "retired_on": "1999-01-01"},
            event=visit("2024-09-01", 900, setting="special", drug="X"),
            parameters={"inpatient_rate[tier_3 other]": "85%"},
        )
    assert refused.value.details["parameter"] == "inpatient_rate[tier_3 early]"
    assert "住院支付比例（三级、2000 年底前退休）" in refused.value.message.zh


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"inpatient_rate": "85%"}, "write inpatient_rate[tier_2 early]"),
        ({"inpatient_rate[tier_3]": "85%"}, "write inpatient_rate[tier_2 early]"),
        ({"inpatient_rate[tier_9 other]": "85%"}, "there is no hospital tier “tier_9”"),
        ({"inpatient_rate[tier_3 other": "85%"}, "there is no parameter"),
        ({"inpatient_rate": {"3 other": "185%"}}, "is not a rate"),
    ],
)
def test_bad_parameters(tmp_path: Path, parameters: dict[str, object], words: str) -> None:
    with pytest.raises(Refused) as refused:
        settled(
            tmp_path,
            person={"category": "active"},
            event=visit("2024-09-01", 900, setting="special", drug="X"),
            parameters=parameters,
        )
    assert words in refused.value.message.en


def test_a_total_within_one_visit_begins_anew(tmp_path: Path) -> None:
    # each delivery counts up to 1,000
    birth = visit("2024-09-01", 1500, setting="maternity")
    one = settled(tmp_path, person={"category": "active"}, history=[birth], event=birth)
    assert one.settlement.payments["pool"] == 1000_00
    assert not any(key.meter == "delivery_cost" for key in one.settlement.meters)


def test_a_name_may_be_any_word_but_not_any_text(tmp_path: Path) -> None:
    for drug in ("X[1]", "x" * 41, "a\nb"):
        with pytest.raises(Refused, match="expected a name"):
            settled(
                tmp_path,
                person={"category": "active"},
                event=visit("2024-09-01", 900, setting="special", drug=drug),
            )


def test_a_rule_that_changes_within_a_version(tmp_path: Path) -> None:
    # up to the end of 2024 the first prescription is for 7 days, from then on for 14
    source = OWN / "linshui"
    shutil.copytree(source, tmp_path / "linshui")
    path = tmp_path / "linshui/rights/2024-01-01.yaml"
    text = path.read_text(encoding="utf-8")
    text += """\
  fact period:
    title: {zh: 时期, en: period}
    of: today
    values:
      old: {zh: 2024 年, en: '2024'}
      new: {zh: 2025 年起, en: from 2025 on}
    cases:
      old: to 2024-12-31 ^002~
      new: from 2025-01-01 ^002~
  question period:
    title: {zh: 时期, en: period}
    about: check
    cite: ^002
    cases:
    - when: {period: old}
      answer: {allowed: no}
    - answer: {allowed: yes}
  reading 002:
    zh: 自 2025 年起。
    en: From 2025 on.
"""
    path.write_text(text, encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    for day, allowed in (("2024-12-31", "no"), ("2025-01-01", "yes")):
        event = {"what": "period", "date": day}
        case = Case("", "", "linshui/rights", {}, (), event, {}, None, (), Place("", 0))
        assert ask_case(case, library).answer.values["allowed"] == allowed


def test_a_payment_under_one_limit_and_then_another(tmp_path: Path) -> None:
    # 80 % to 400 of payment, that is 500 of cost; then 50 % to 600 in all: 400 of cost; 100 left
    shutil.copytree(OWN / "linshui", tmp_path / "linshui")
    path = tmp_path / "linshui/officer/2024-07-01.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "      - {to: 1000元 ^004, pay: pool, at: 100% ^004, until: no limit ^004}\n"
        "      - {bear: above_limit}\n",
        "      - pay: pool\n"
        "        at: 80% ^004~\n"
        "        until: {first_paid_out: 400元 ^004~}\n"
        "        then:\n"
        "          pay: pool\n"
        "          at: 50% ^004~\n"
        "          until: {all_paid_out: 200元 ^004~}\n"
        "          then: {bear: above_limit}\n",
    ).replace(
        "  benefit delivery:\n",
        "  reading 004:\n    zh: 例。\n    en: An example.\n"
        "  meter first_paid_out:\n    title: {zh: 第一限额, en: first limit}\n"
        "    counts: payment\n    window: year\n    cite: ^004\n"
        "  meter all_paid_out:\n    title: {zh: 第二限额, en: second limit}\n"
        "    counts: payment\n    window: year\n    cite: ^004\n"
        "  benefit delivery:\n",
    )
    path.write_text(text, encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    for amount, pool, words in (
        (900, 600_00, "到限额为止（第二限额"),
        (1000, 600_00, "到限额为止（第二限额"),
        (700, 500_00, "支付"),
    ):
        case = Case(
            "", "", "linshui/officer", {"category": "active"}, (),
            {"date": "2024-09-01", "setting": "maternity", "tier": "3", "in_scope": str(amount)},
            {}, None, (), Place("", 0),
        )  # fmt: skip
        one = settle_case(case, library)
        assert one.settlement.payments["pool"] == pool
        paid = next(line.text.zh for line in one.lines if "统筹基金支付" in line.text.zh)
        assert words in paid
        assert ("第二限额" in paid) is (amount > 700)


def test_a_figure_by_period_and_by_rows(tmp_path: Path) -> None:
    # 600 above 800 were 200 of drug X: 200 x 85 % = 170 until June, 200 x 90 % = 180 from July
    rates = {"inpatient_rate": {"tier_3 other": "85%", "tier_3 other from 2025-05-01": "90%"}}
    with pytest.raises(Refused, match="said twice"):
        settled(
            tmp_path,
            person={"category": "active"},
            event=visit("2025-05-02", 1000, setting="special", drug="X"),
            parameters=rates,
        )
    rates = {
        "inpatient_rate": {
            "tier_3 other from 2024-07-01": "85%",
            "tier_3 other from 2025-05-01": "90%",
        }
    }
    for day, pool in (("2025-04-30", 170_00), ("2025-05-01", 180_00)):
        one = settled(
            tmp_path,
            person={"category": "active"},
            event=visit(day, 1000, setting="special", drug="X"),
            parameters=rates,
        )
        assert one.settlement.payments["pool"] == pool
