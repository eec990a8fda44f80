"""What the engine does where rules meet: worked by hand beside each test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from gongji.engine.bill import IN_SCOPE, Item, Person, Visit
from gongji.engine.inputs import Raw, read_opening, read_person, read_visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.parameters import read_parameters
from gongji.engine.replay import Change, Replayed, replay
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.versions import Library
from gongji.wording import Refused

CHANGZHOU, ZHENJIANG, WUHAN = "changzhou/employee", "zhenjiang/employee", "wuhan/employee"
DAY = {CHANGZHOU: "2024-03-01", ZHENJIANG: "2023-03-01", WUHAN: "2023-03-01"}


def run(
    library: Library,
    name: str,
    person: Mapping[str, Raw],
    event: Mapping[str, Raw],
    *,
    readings: Mapping[str, Raw] | None = None,
    parameters: Mapping[str, Raw] | None = None,
) -> Settlement:
    policy = library.policy(name, date.fromisoformat(DAY[name]))
    day = date.fromisoformat(DAY[name])
    meters = read_opening(policy, Meters(), readings or {}, day, "readings")
    visit = read_visit(policy, {"date": DAY[name], **event})
    given = read_parameters(policy, parameters or {})
    return settle(policy, read_person(policy, person), meters, visit, given)


def test_a_payment_limit_takes_the_least_cost_whose_exact_payment_reaches_it(
    library: Library,
) -> None:
    # retired, one chronic disease: 85 %, limit 1,000.  1,176.47 x 85 % = 999.9995, so 1,176.48
    # uses it up; of 1,300.00, 123.52 goes on to ordinary care, where the deductible is 400
    one = run(
        library,
        CHANGZHOU,
        {"category": "retired", "chronic_diseases": ["diabetes"]},
        {"setting": "chronic", "provider": "primary", "in_scope": "1300"},
    )
    assert one.payments["pool"] == 1000_00
    assert one.meters[MeterKey("ordinary_cost", "", "2024")] == 123_52
    assert one.laid_on("deductible") == 123_52
    assert one.laid_on("copay") == 176_48


def test_a_limit_just_not_reached_does_not_stop(library: Library) -> None:
    # 1,176.47 x 85 % = 999.9995 rounds to 1,000.00 and leaves nothing to go on
    one = run(
        library,
        CHANGZHOU,
        {"category": "retired", "chronic_diseases": ["diabetes"]},
        {"setting": "chronic", "provider": "primary", "in_scope": "1176.47"},
    )
    assert one.payments["pool"] == 1000_00
    assert one.person == 176_47


def test_one_rounding_for_each_fund_benefit_and_visit(library: Library) -> None:
    # 600.01 at tier 3: one fen over the deductible, 0.6 fen, rounds to 1; two such lines on one
    # bill: 600.02, 1.2 fen, rounds to 1, not to 2
    event: dict[str, Raw] = {"setting": "outpatient", "tier": "3"}
    event["items"] = [{"in_scope": "600.01"}]
    assert run(library, CHANGZHOU, {"category": "active"}, event).payments["pool"] == 1
    event["items"] = [{"in_scope": "600.01"}, {"in_scope": "0.01"}]
    assert run(library, CHANGZHOU, {"category": "active"}, event).payments["pool"] == 1


def test_an_employer_in_arrears_pays_in_place_of_the_funds(library: Library) -> None:
    # (80,000 - 1,000) x 90 % = 71,100 moves to the employer; deductible and co-payment stay
    one = run(
        library,
        CHANGZHOU,
        {"category": "active", "entitlement": "employer_arrears"},
        {"setting": "inpatient", "tier": "3", "in_scope": "80000"},
    )
    assert one.payments["employer"] == 71_100_00
    assert one.payments["pool"] == 0
    assert one.person == 8_900_00
    assert one.meters[MeterKey("pooled_cost", "", "2024")] == 80_000_00
    assert "CZE-022" in one.readings


def test_special_material_above_its_price_is_outside_the_catastrophic_base(
    library: Library,
) -> None:
    # material of 1,040,000, one piece: 40,000 of it inside, 1,000,000 above.  Active, tier 3:
    # pool (150,000-1,000) x 90 % + 350,000 x 95 % = 466,600; large amount 540,000 x 95 % = 513,000
    # person 60,400.  The 1,000,000 above is the upper end of the bill: 40,000 to 150,000 at 90 %,
    # to 500,000 and on at 95 %: co-payment 11,000 + 17,500 + 27,000 = 55,500, outside the base.
    # Base 60,400 - 55,500 = 4,900 < 20,000: no catastrophic payment; without the rule it would be
    # (60,400 - 20,000) x 60 %
    event: dict[str, Raw] = {"setting": "inpatient", "tier": "3", "in_scope": "1040000"}
    person = {"category": "active"}
    plain = run(library, CHANGZHOU, person, event)
    assert plain.payments["catastrophic"] == 24_240_00
    event["item"] = "special_material"
    one = run(library, CHANGZHOU, person, event)
    assert one.payments["pool"] == 466_600_00
    assert one.payments["large_amount"] == 513_000_00
    assert one.payments["catastrophic"] == 0
    assert one.meters[MeterKey("catastrophic_base", "", "2024")] == 4_900_00


def test_aid_for_unreferred_care_is_a_reading_that_a_parameter_changes(library: Library) -> None:
    # 20,000 unreferred: (20,000 - 1,000) x 70 % = 13,300; left 6,700; hardship 60 % = 4,020; left
    # 2,680; aid 80 % = 2,144
    person = {"category": "active", "aid_category": "dibao"}
    event = {"setting": "inpatient", "tier": "3", "in_scope": "20000", "care_area": "unreferred"}
    aided = run(library, CHANGZHOU, person, event)
    assert aided.payments["aid"] == 2_144_00
    assert aided.assumed["aid_when_unreferred"] == "aided"
    other = run(library, CHANGZHOU, person, event, parameters={"aid_when_unreferred": "not_aided"})
    assert other.payments["aid"] == 0
    assert other.person == 2_680_00


def test_dual_channel_before_filing_is_not_covered(library: Library) -> None:
    one = run(
        library,
        CHANGZHOU,
        {"category": "active", "dual_channel_filed": "no"},
        {"setting": "dual_channel", "in_scope": "10000"},
    )
    assert one.person == 10_000_00


def test_two_providers_on_one_bill(library: Library) -> None:
    # 600 of deductible go to the tier-1 line (first in order of tiers); then 400 x 80 % at primary
    # care and 1,000 x 60 % at tier 3
    one = run(
        library,
        CHANGZHOU,
        {"category": "active"},
        {
            "setting": "outpatient",
            "items": [{"tier": "3", "in_scope": "1000"}, {"tier": "1", "in_scope": "1000"}],
        },
    )
    assert one.payments["pool"] == 920_00


def test_the_account_pays_scope_before_the_rest_and_is_not_cash(library: Library) -> None:
    # 2,000 in scope at primary care: pool (2,000 - 800) x 90 % = 1,080; person 920 + 300
    one = run(
        library,
        ZHENJIANG,
        {"category": "active"},
        {
            "setting": "outpatient",
            "provider": "primary",
            "in_scope": "2000",
            "out_of_catalogue": "300",
        },
        readings={"account_balance": "1000"},
    )
    assert (one.account, one.cash) == (1_000_00, 220_00)
    assert one.meters[MeterKey("cash_burden", "", "2023")] == 0
    assert one.meters[ACCOUNT] == 0
    left = {line.cause: line.from_account for line in one.burden if line.from_account}
    assert left == {"deductible": 800_00, "copay": 120_00, "out_of_catalogue": 80_00}


def test_a_purchase_without_prescription_may_be_paid_by_the_account_only(library: Library) -> None:
    one = run(
        library,
        ZHENJIANG,
        {"category": "active"},
        {
            "setting": "outpatient",
            "provider": "pharmacy",
            "prescriber": "none",
            "in_scope": "200",
        },
        readings={"account_balance": "150"},
    )
    assert one.payments["pool"] == 0
    assert (one.account, one.cash) == (150_00, 50_00)
    assert not any(key.meter == "outpatient_cost" for key in one.meters)


def test_an_unnamed_tertiary_hospital_is_one_as_the_document_says(library: Library) -> None:
    event = {"setting": "outpatient", "tier": "3", "in_scope": "1800"}
    one = run(library, ZHENJIANG, {"category": "active"}, event)
    assert one.payments["pool"] == 600_00
    assert one.assumed["hospital"] == "as_the_document_says"
    other = run(library, ZHENJIANG, {"category": "active"}, {**event, "hospital": "other"})
    assert other.payments["pool"] == 750_00


def test_a_parameter_that_is_not_supplied_is_said_to_be_missing(library: Library) -> None:
    event = {"setting": "outpatient", "tier": "1", "in_scope": "1700"}
    one = run(library, WUHAN, {"category": "active"}, event)
    assert one.payments["pool"] == 800_00
    assert one.assumed["pool_maximum"] == "not applied"
    assert "WH-050" in one.readings
    cut = run(library, WUHAN, {"category": "active"}, event, parameters={"pool_maximum": "500"})
    assert cut.payments["pool"] == 500_00
    assert "pool_maximum" not in cut.assumed


@pytest.mark.parametrize(
    ("name", "event", "clause"),
    [
        (ZHENJIANG, {"setting": "special", "tier": "3", "in_scope": "1"}, "ZJE-023"),
        (WUHAN, {"setting": "chronic", "tier": "3", "in_scope": "1"}, "WH-059"),
        (WUHAN, {"setting": "maternity", "tier": "3", "in_scope": "1"}, "WH-059"),
    ],
)
def test_what_the_document_does_not_state_is_refused_with_its_clause(
    library: Library, name: str, event: Mapping[str, Raw], clause: str
) -> None:
    with pytest.raises(Refused) as refused:
        run(library, name, {"category": "active"}, event)
    assert refused.value.kind == "not_stated"
    assert refused.value.details["clauses"] == [clause]
    assert "not stated" in refused.value.message.en


def test_nothing_is_refused_where_no_money_lies_on_it(library: Library) -> None:
    one = run(
        library,
        ZHENJIANG,
        {"category": "active"},
        {"setting": "special", "tier": "3", "in_scope": "0", "out_of_catalogue": "12"},
    )
    assert one.person == 12_00


def test_facts_are_asked_for_only_when_a_rule_needs_them(library: Library) -> None:
    # a retired person below the catastrophic threshold is not asked for years of contribution
    event = {"setting": "inpatient", "tier": "2", "in_scope": "10000"}
    assert run(library, ZHENJIANG, {"category": "retired"}, event).payments["catastrophic"] == 0
    with pytest.raises(Refused) as refused:
        run(library, ZHENJIANG, {"category": "retired"}, {**event, "in_scope": "100000"})
    assert refused.value.kind == "missing_fact"
    assert refused.value.details["field"] == "years_over_minimum"


def test_meters_of_another_year_do_not_count(library: Library) -> None:
    policy = library.policy(CHANGZHOU, date(2024, 3, 1))
    person = Person({"category": "active"})
    facts = {"setting": "inpatient", "tier": "tier_3"}
    old = Meters({MeterKey("admissions", "", "2023"): 3, MeterKey("pooled_cost", "", "2023"): 9**9})
    visit = Visit(date(2024, 3, 1), (Item({IN_SCOPE: 10_000_00}),), facts)
    assert settle(policy, person, old, visit).laid_on("deductible") == 1_000_00
    assert settle(policy, person, old, visit).meters[MeterKey("admissions", "", "2023")] == 3


def test_settling_leaves_what_it_was_given_as_it_was(library: Library) -> None:
    policy = library.policy(CHANGZHOU, date(2024, 3, 1))
    meters = Meters({ACCOUNT: 5})
    facts = {"setting": "inpatient", "tier": "tier_3"}
    visit = Visit(date(2024, 3, 1), (Item({IN_SCOPE: 10_000_00}),), facts)
    first = settle(policy, Person({"category": "active"}), meters, visit)
    again = settle(policy, Person({"category": "active"}), meters, visit)
    assert meters == Meters({ACCOUNT: 5})
    assert first.payments == again.payments
    assert first.before == meters


def test_a_bill_of_nothing_settles_to_nothing(library: Library) -> None:
    one = run(
        library, CHANGZHOU, {"category": "active"}, {"setting": "outpatient", "in_scope": "0"}
    )
    assert one.total == one.person == 0


def test_a_stay_below_its_deductible_still_counts_as_an_admission(library: Library) -> None:
    event = {"setting": "inpatient", "tier": "3", "in_scope": "0", "out_of_catalogue": "100"}
    one = run(library, CHANGZHOU, {"category": "active"}, event)
    assert one.meters[MeterKey("admissions", "", "2024")] == 1


def test_a_line_may_not_contradict_its_bill(library: Library) -> None:
    with pytest.raises(Refused) as caught:
        run(
            library,
            CHANGZHOU,
            {"category": "active"},
            {
                "setting": "inpatient",
                "tier": "3",
                "care_area": "referred",
                "items": [{"in_scope": "100", "care_area": "local"}],
            },
        )
    assert caught.value.kind == "impossible_value"
    assert "event.items[1].care_area" in caught.value.message.en


def test_a_late_bill_is_settled_by_the_facts_of_its_own_day(library: Library) -> None:
    # retired on 07-01; a stay of June comes to account after it: 1,000 for the active, not 800
    policy = library.policy(CHANGZHOU, date(2024, 3, 1))
    start = Replayed(read_person(policy, {"category": "active"}), Meters())
    change = Change(date(2024, 7, 1), read_person(policy, {"category": "retired"}).facts)
    stays = [
        read_visit(policy, {"date": day, "setting": "inpatient", "tier": "3", "in_scope": "500"})
        for day in ("2024-06-20", "2024-07-02")
    ]
    after = replay(lambda day: library.policy(CHANGZHOU, day), start, [change, *stays])
    first, second = after.settlements
    assert first.facts["category"] == "active"
    assert second.facts["category"] == "retired"
