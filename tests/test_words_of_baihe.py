"""Figures by period, members of a household, the better of two ways: what Baihe's cases leave.

Refusals, the words of results, and a member's own account, each worked by hand beside the test.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from gongji.cases.ask import ask_case
from gongji.cases.case import Case
from gongji.cases.read import read_cases
from gongji.cases.run import settle_case
from gongji.engine.inputs import Raw
from gongji.explain.explanation import Explanation
from gongji.explain.summary import summary_of
from gongji.policy.problems import Place
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

EXAMPLES = Path(__file__).parent.parent / "examples" / "policies"
BAIHE = Library((BUILT_IN, EXAMPLES))
LONG_STAY = {
    "date": "2026-03-01",
    "setting": "inpatient",
    "tier": 3,
    "stay_days": 30,
    "in_scope": 500000,
}
SEEN = {"date": "2025-05-02", "setting": "outpatient", "provider": "primary", "in_scope": 200}


def settled_in_baihe(folder: Path, scheme: str, **fields: object) -> Explanation:
    path = folder / "case.json"
    path.write_text(json.dumps({"policy": f"baihe/{scheme}", **fields}), encoding="utf-8")
    (case,) = read_cases(path)
    return settle_case(case, BAIHE)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"average_wage": {"from 2026-07-01": 84000}}, "is from 2026-07-01, and there is none for"),
        ({"average_wage": {"from 2026-13-01": 84000}}, "“2026-13-01” is not a date"),
        ({"average_wage": {"2025-07-01": 80000}}, "write average_wage[from 2024-07-01]"),
        ({"average_wage": {"from 2025-7-1": 80000}}, "write average_wage[from 2024-07-01]"),
        ({"average_wage": {"": 80000}}, "write average_wage[from 2024-07-01]"),
        ({"average_wage[]": 80000}, "write average_wage[from 2024-07-01]"),
        ({"average_wage[2025-07-01]": 80000}, "write average_wage[from 2024-07-01]"),
        ({"average_wage from 2025-07-01": 80000}, "the nearest is average_wage"),
        ({"average_wage": {}}, "expected one value"),
        ({"average_wage": {"from 2025-07-01": "85%"}}, "is not an amount"),
        (
            {"average_wage": 70000, "average_wage[from 2025-07-01]": 80000},
            "this parameter is said twice",
        ),
        (
            {"average_wage[from 2025-07-01]": 80000, "average_wage": 70000},
            "this parameter is said twice",
        ),
        (
            {"average_wage": {"from 2025-07-01": 1}, "average_wage[from 2025-07-01]": 1},
            "this parameter is said twice",
        ),
    ],
)
def test_bad_figures_by_period(tmp_path: Path, parameters: dict[str, object], words: str) -> None:
    person = {"category": "retired"}
    with pytest.raises(Refused) as refused:
        settled_in_baihe(
            tmp_path, "employee", person=person, parameters=parameters, event=LONG_STAY
        )
    assert words in refused.value.message.en
    assert refused.value.message.zh


def test_a_refusal_for_want_of_an_earlier_figure_says_when_the_first_is(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        settled_in_baihe(
            tmp_path,
            "employee",
            person={"category": "retired"},
            parameters={"average_wage": {"from 2026-08-01": 85000, "from 2026-07-01": 84000}},
            event=LONG_STAY,
        )
    assert refused.value.details["from"] == "2026-07-01"
    assert "第一个数自 2026-07-01 起" in refused.value.message.zh


def test_a_late_figure_does_not_matter_where_no_rule_needs_it(tmp_path: Path) -> None:
    # 19,200 of 20,000 above the deductible of 800, at 85 %
    one = settled_in_baihe(
        tmp_path,
        "employee",
        person={"category": "retired"},
        parameters={"average_wage": {"from 2026-07-01": 84000}},
        event={**LONG_STAY, "in_scope": 20000},
    )
    assert one.settlement.payments["pool"] == 16_320_00
    assert one.supplied == ()


def test_questions_take_figures_by_period(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "baihe", tmp_path / "baihe")
    path = tmp_path / "baihe/employee/2025-07-01.yaml"
    text = path.read_text(encoding="utf-8")
    text += """\
  question most_of_large_amount:
    title: {zh: 大额补助限额, en: limit of the large-amount fund}
    about: check
    cite: ^015
    cases:
    - answer: {total: 3 ^015 * average_wage}
"""
    path.write_text(text, encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    figures = {"average_wage": {"from 2025-07-01": "80000", "from 2026-07-01": "84000"}}
    for day, total in (("2026-06-30", 240_000_00), ("2026-07-01", 252_000_00)):
        event = {"what": "most_of_large_amount", "date": day}
        case = Case("", "", "baihe/employee", {}, (), event, figures, None, (), Place("", 0))
        assert ask_case(case, library).answer.values["total"] == total


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({**SEEN, "member": "spouse"}, "a visit of 'spouse' needs `person`"),
        ({**SEEN, "member": "spouse", "person": "H1"}, "a visit of 'spouse' needs `person`"),
        ({**SEEN, "member": "spouse", "person": {}}, "the visit of spouse: baihe/resident needs"),
        (
            {**SEEN, "member": "spouse", "person": {"houshold": "H1"}},
            "person.houshold: there is no field “houshold”; there are:",
        ),
        ({**SEEN, "person": {"household": "H1"}}, "there is a `person` but not who it is"),
        ({**SEEN, "member": ["a"], "person": {"household": "H1"}}, "member: expected one value"),
        ({**SEEN, "membr": "spouse"}, "there is no field “membr”"),
        (
            {"what": "credit", "date": "2025-05-02", "amount": 5, "member": "spouse"},
            "a credit event has the fields what, date, amount",
        ),
        (
            {"what": "readings", "date": "2025-05-02", "meters": {"paid_to_household": 5}},
            "write paid_to_household[household]",
        ),
    ],
)
def test_bad_visits_of_members(tmp_path: Path, event: dict[str, object], words: str) -> None:
    with pytest.raises(Refused) as refused:
        settled_in_baihe(
            tmp_path, "resident", person={"household": "H1"}, history=[event], event=SEEN
        )
    assert words in refused.value.message.en
    assert "history[1]" in refused.value.message.en or "spouse" in refused.value.message.en


def test_a_reading_of_what_is_kept_apart_for_a_derived_fact(tmp_path: Path) -> None:
    event = {"date": "2025-05-02", "setting": "special", "special_disease": "transplant"}
    person = {"recognised_on": "2025-01-02", "surgery_date": "2024-08-20"}
    # 80,000 less 79,000 is 1,000; 90 % of 5,000 is 4,500
    for name, pool in (("first", 1_000_00), ("second", 4_500_00)):
        meters = {f"surgery_year_paid[{name}]": 79000}
        one = settled_in_baihe(
            tmp_path,
            "special",
            person=person,
            history=[{"what": "readings", "date": "2025-05-01", "meters": meters}],
            event={**event, "in_scope": 5000},
        )
        assert one.settlement.payments["pool"] == pool
    for meters, words in (
        ({"surgery_year_paid": 1}, "write surgery_year_paid[first], one of: first, second"),
        ({"surgery_year_paid[4]": 1}, "there is no year after the operation “4”"),
    ):
        with pytest.raises(Refused) as refused:
            settled_in_baihe(
                tmp_path,
                "special",
                person=person,
                history=[{"what": "readings", "date": "2025-05-01", "meters": meters}],
                event={**event, "in_scope": 5000},
            )
        assert words in refused.value.message.en


def test_a_member_has_an_account_of_their_own(tmp_path: Path) -> None:
    """It pays for the member's visits only, and the person's own is not touched by them."""
    shutil.copytree(EXAMPLES / "baihe", tmp_path / "baihe")
    path = tmp_path / "baihe/employee/2025-01-01.yaml"
    text = path.read_text(encoding="utf-8")
    shared = (
        "    counts: cost\n    window: year\n    per: family\n    shared: yes\n    cite: ^004\n"
    )
    text = text.replace("    counts: cost\n    window: year\n    cite: ^004\n", shared, 1)
    family = "facts:\n  family: {of: person, title: {zh: 家庭, en: family}, kind: text}\n"
    path.write_text(text.replace("facts:\n", family, 1), encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    seen = {"setting": "outpatient", "tier": "2"}
    person: dict[str, Raw] = {"category": "active", "family": "F"}
    history: tuple[dict[str, Raw], ...] = (
        {
            **seen,
            "date": "2025-02-01",
            "member": "spouse",
            "person": {**person, "account_balance": "300"},
            "in_scope": "700",
        },
        {
            **seen,
            "date": "2025-02-02",
            "member": "spouse",
            "person": person,
            "in_scope": "100",
        },
    )
    event = {**seen, "date": "2025-03-01", "in_scope": "1000"}
    own = {**person, "account_balance": "200"}
    case = Case("", "", "baihe/employee", own, history, event, {}, None, (), Place("", 0))
    one = settle_case(case, library).settlement
    # the spouse: 700 - 300 from the account = 400, and 100 with nothing left on it: 500 of 600;
    # the person: 1,000 - 200 = 800, of which 100 to the deductible, 700 x 70 % = 490
    assert one.payments["pool"] == 490_00
    assert (one.account, one.cash) == (200_00, 310_00)


def test_of_equal_ways_the_first_is_taken_and_the_result_says_so(tmp_path: Path) -> None:
    # by cost (10,000 - 1,000) x 50 % = 4,500; by day 150 x 30 = 4,500
    one = settled_in_baihe(
        tmp_path,
        "supplement",
        person={"months_insured": 12},
        event={"date": "2025-03-01", "stay_days": 30, "in_scope": 10000},
    )
    assert one.settlement.by_benefit == (("by_cost", "insurer", 4_500_00),)
    assert one.lines[0].text.zh == (
        "给付方式没有说明，按个人负担最少的“按费用”（个人负担：按费用 5,500.00 元、"
        "按住院日 5,500.00 元）。"
    )
    assert [cite.clause for cite in one.lines[0].cites] == ["BC-003"]


def test_a_row_for_any_value_stands_beside_rows_for_some(tmp_path: Path) -> None:
    # `any yes: 0` beside `hospital no: 30`: a hospital visit of a hardship person has none
    for hardship, deductible in (("yes", 0), ("no", 30_00)):
        one = settled_in_baihe(
            tmp_path,
            "resident",
            person={"household": "H1", "hardship": hardship},
            event={**SEEN, "provider": "hospital"},
        )
        assert one.settlement.laid_on("deductible") == deductible


def test_a_rate_with_points_and_a_factor_shows_its_sum(tmp_path: Path) -> None:
    one = settled_in_baihe(
        tmp_path,
        "resident",
        person={"born": "1955-03-01", "months_paid": 12},
        event={
            "date": "2025-03-01",
            "setting": "inpatient",
            "tier": 3,
            "care_area": "unreferred",
            "in_scope": 10800,
        },
    )
    (paid,) = [line.text.zh for line in one.lines if "统筹基金支付" in line.text.zh]
    assert "（60% + 5 个百分点） × 80% = 52%" in paid


def test_nothing_is_left_of_a_limit_within_a_visit(tmp_path: Path) -> None:
    one = settled_in_baihe(
        tmp_path,
        "supplement",
        person={"months_insured": 12},
        event={"date": "2025-03-01", "way": "by_cost", "stay_days": 3, "in_scope": 10000},
    )
    left = [(one.meter.meter, one.left) for one, _ in one.left if one.meter is not None]
    assert ("paid", 95_500_00) in left
    assert "paid_of_the_bill" not in {name for name, _ in left}


@pytest.mark.parametrize(
    ("scheme", "zh", "en"),
    [
        ("resident", "按户号分别累计，相同的人合并累计", "one total for all who share it"),
        ("resident", "基金支付额，每日", "payments, a day"),
        ("resident", "“登记的慢性病”的个数", "the number of the registered chronic diseases"),
        (
            "resident",
            "（10 个百分点、0.5 个百分点 × （0、自“出生日期”起满的年数 - 60）中较大的）中较小的",
            "the lesser of (10 points, 0.5 points × the greater of (0, full years since",
        ),
        ("resident", "城乡困难群众：是", "hardship person: yes"),
        ("supplement", "没有说明时，取按费用、按住院日中个人负担最少的", "the one that leaves the"),
        (
            "supplement",
            "（10% × 到这一步的费用、500 元）中较大的",
            "the greater of (10% × the cost that comes to this step, 500 yuan)",
        ),
        ("supplement", "÷ 12）（四舍五入）", "÷ 12) (rounded half up)"),
        (
            "special",
            "从“认定日期”到就医或所问之日的整月数",
            "whole months from the day of recognition",
        ),
    ],
)
def test_the_words_read_aloud(scheme: str, zh: str, en: str) -> None:
    policy = BAIHE.policy(f"baihe/{scheme}", date(2025, 3, 1))
    sections = summary_of(policy, BAIHE.document(policy.document))
    cells = [cell for one in sections for block in one.blocks for row in block.rows for cell in row]
    assert any(zh in cell.zh for cell in cells)
    assert any(en in cell.en for cell in cells)
