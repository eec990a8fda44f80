"""The estimate: only what the policy needs is asked, and the answer is the engine's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from gongji.policy.versions import BUILT_IN, Library
from gongji.web.estimate.curve import Corner, Curve, curve_of
from gongji.web.estimate.questions import Estimate, estimated
from gongji.web.estimate.said import read_said
from gongji.web.site import site

TODAY = date(2024, 6, 1)
STAY = {"policy": "changzhou/employee", "setting": "inpatient", "tier": "tier_3",
        "category": "active", "date": "2024-03-05", "in_scope": "10000"}  # fmt: skip
"""A first stay in a tertiary hospital: 1,000 first, 90 % of 9,000 is 8,100, which leaves 1,900."""


@pytest.fixture(scope="module")
def browser(library: Library) -> TestClient:
    return TestClient(site(library, lambda: TODAY))


def estimate(library: Library, **fields: str) -> Estimate:
    said = read_said({**STAY, **fields}.items(), TODAY)
    return estimated(said, library.policy(said.policy, date.fromisoformat(said.day)), library)


def asked(browser: TestClient, fields: Mapping[str, str]) -> str:
    answer = browser.get(f"/estimate?{urlencode(fields)}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    text: str = answer.text
    return text


def test_what_the_person_pays_is_the_first_thing_said(browser: TestClient) -> None:
    assert '<span class="num" id="big" data-live>1,900.00</span>' in asked(browser, STAY)


def test_only_what_the_policy_needs_is_asked(library: Library) -> None:
    found = estimate(library)
    assert [one.fact.name for one in found.questions] == ["category", "setting", "tier"]
    assert {one.how for one in found.questions} == {"said"}
    assert {one.fact.name for one in found.more} >= {"care_area", "designated", "entitlement"}


def test_what_nobody_said_is_taken_and_shown_as_taken(library: Library) -> None:
    said = read_said({"policy": "changzhou/employee", "date": "2024-03-05"}.items(), TODAY)
    found = estimated(said, library.policy(said.policy, date(2024, 3, 5)), library)
    assert {one.how for one in found.questions} == {"taken"}
    assert found.explanation is None  # nobody said how much


def test_a_mistyped_amount_stays_and_is_explained_beside_its_field(browser: TestClient) -> None:
    text = asked(browser, {**STAY, "in_scope": "12,34x"})
    assert 'value="12,34x"' in text
    assert 'class="problem"' in text


def test_what_would_help_is_named_with_what_it_saves(browser: TestClient) -> None:
    """In a first stay of tier 1: 400 first, 90 % of 9,600 is 8,640, which leaves 1,360."""
    text = asked(browser, STAY)
    assert "540.00" in text  # 1,900 less 1,360
    assert "tier=tier_1" in text


def test_earlier_visits_count(library: Library) -> None:
    """The second stay of the year: 600 first, 90 % of 9,400 is 8,460, which leaves 1,540."""
    earlier = {f"1.{name}": STAY[name] for name in ("date", "setting", "tier", "in_scope")}
    found = estimate(library, **earlier, date="2024-05-01")
    assert found.explanation is not None
    assert found.explanation.settlement.person == 1_540_00


def test_the_curve_has_its_corners_where_the_rules_have_them(library: Library) -> None:
    """All of the first 1,000; 10 % up to 150,000 of cost; then 5 %."""
    found = estimate(library, in_scope="200000")
    assert found.explanation is not None
    corners = [one for one in curve_of(found.explanation.settlement).corners if one.longer]
    assert [(one.bill // 100, one.share) for one in corners][:3] == [
        (0, "100"), (1_000, "10"), (150_000, "5"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "status"),
    [("/policies/changzhou/nobody", 404), ("/clauses/XX-000", 404), ("/nothing", 404),
     ("/estimate?policy=atlantis/all", 404)],
)  # fmt: skip
def test_what_there_is_not_is_said_in_words(browser: TestClient, address: str, status: int) -> None:
    answer = browser.get(address)
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_nothing_foreign_is_let_in(browser: TestClient) -> None:
    answer = browser.get("/estimate", params={**STAY, "in_scope": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


# --- what is taken until somebody says otherwise -------------------------------------------------


def test_a_value_taken_that_nothing_states_gives_way_to_the_next(library: Library) -> None:
    """Wuxi's table has a deductible of tier 2 alone: 750, and 12 % of the other 9,250 is 1,110."""
    said = read_said({"policy": "wuxi/employee", "in_scope": "10000"}.items(), TODAY)
    found = estimated(said, library.policy(said.policy, TODAY), library)
    assert [(one.fact.name, one.value, one.how) for one in found.questions if one.value != "active"]
    assert ("tier", "tier_2", "taken") in [(q.fact.name, q.value, q.how) for q in found.questions]
    assert found.explanation is not None
    assert found.explanation.settlement.person == 1_860_00


def test_a_value_said_that_nothing_states_stays_and_is_refused(browser: TestClient) -> None:
    said = {"policy": "wuxi/employee", "in_scope": "10000"}
    text = asked(browser, {**said, "setting": "inpatient", "tier": "tier_1"})
    assert "No answer yet" in text
    assert '<option value="tier_1" selected>' in text


def test_what_a_form_sends_along_unsaid_stays_unsaid(browser: TestClient) -> None:
    """A form sends every question; those it names as taken, and defaults, say nothing."""
    fields = {**STAY, "category": "active", "taken": "tier:tier_3", "care_area": "local"}
    answer = browser.get("/estimate", params=fields)
    assert "tier=" not in answer.headers["HX-Push-Url"]
    assert "care_area" not in answer.headers["HX-Push-Url"]
    assert "category=active" in answer.headers["HX-Push-Url"]


def test_a_day_that_nobody_said_does_not_stay_when_the_city_changes(browser: TestClient) -> None:
    """Wuhan's document at hand ends on 9 April 2023; a day of Changzhou's would be refused."""
    fields = {"policy": "wuhan/employee", "date": "2024-06-01", "in_scope": "1000"}
    assert "No answer yet" in asked(browser, fields)
    text = asked(browser, {**fields, "taken": "date:2024-06-01"})
    assert 'value="2023-04-09"' in text
    assert "data-live" in text


def test_ticked_boxes_are_a_set(browser: TestClient, library: Library) -> None:
    """Two diseases: the pool pays 80 % up to 1,200, so of 1,500; the other 8,500 are ordinary care.

    300 of the 1,500; 600 and 20 % of 7,900, which is 1,580, of the rest: 2,480 in all.
    """
    fields = [(k, v) for k, v in {**STAY, "setting": "chronic", "tier": "tier_1"}.items()]
    fields += [("chronic_diseases", "hypertension"), ("chronic_diseases", "diabetes")]
    found = estimated(
        read_said(fields, TODAY), library.policy("changzhou/employee", date(2024, 3, 5)), library
    )
    assert found.explanation is not None
    assert found.explanation.settlement.person == 2_480_00
    text = browser.get(f"/estimate?{urlencode(fields)}").text
    assert text.count('name="chronic_diseases"') == 13  # one box each
    assert text.count(" checked") == 2


# --- earlier visits ------------------------------------------------------------------------------


def test_an_earlier_visit_is_added_changed_and_taken_away(browser: TestClient) -> None:
    added = browser.get("/estimate", params={**STAY, "add": "yes"}, follow_redirects=False)
    assert added.status_code == 303
    address = added.headers["location"]
    assert "1.setting=inpatient" in address
    assert "1.in_scope" not in address  # still to be said
    text = browser.get(address, headers={"Accept-Language": "en"}).text
    assert "no amount yet, not counted" in text
    assert "data-live>1,900.00" in text
    text = asked(browser, {**STAY, "1.date": "2024-01-10", "1.setting": "inpatient",
                           "1.tier": "tier_1", "1.in_scope": "8000"})  # fmt: skip
    assert "2024-01-10 · inpatient · tier 1 · 8,000.00 yuan" in text
    assert "data-live>1,540.00" in text  # the second stay: 600, and 10 % of 9,400
    gone = browser.get("/estimate", params={**STAY, "1.in_scope": "8000", "drop": "1"},
                       follow_redirects=False)  # fmt: skip
    assert "1." not in gone.headers["location"].replace("changzhou", "")


def test_this_visit_becomes_an_earlier_one(browser: TestClient) -> None:
    kept = browser.get("/estimate", params={**STAY, "keep": "yes"}, follow_redirects=False)
    address = kept.headers["location"]
    assert "1.in_scope=10000" in address
    assert "&in_scope" not in address


def test_what_is_wrong_with_an_earlier_visit_is_said_beside_it(browser: TestClient) -> None:
    text = asked(browser, {**STAY, "1.date": "10 January", "1.in_scope": "8000"})
    assert 'id="w-1.date"' in text
    assert 'value="10 January"' in text
    assert "Earlier visit no. 1" in text


def test_enter_settles_and_does_nothing_else(browser: TestClient) -> None:
    """Enter presses the first button of a form: it must not be one that takes a visit away."""
    text = asked(browser, {**STAY, "1.date": "2024-01-10", "1.in_scope": "8000"})
    form = text[text.index("<form id=") :]
    assert "name=" not in form[form.index("<button") : form.index("</button>")]


# --- why not more --------------------------------------------------------------------------------


def test_the_rule_that_binds_is_the_one_that_costs_most(browser: TestClient) -> None:
    """1,000 of deductible are more than 900 of co-payment; catastrophic insurance adds nothing."""
    text = asked(browser, STAY)
    why = text[text.index("Why not more?") : text.index("Were the bill")]
    assert "inpatient deductible (active, first admission, tier 3) of 1,000.00 yuan" in why


def test_a_registration_that_helps_is_named_with_its_page(browser: TestClient) -> None:
    """Unregistered, 10,000 are ordinary care: 600, 20 % of 8,400, all of the last 1,000: 3,280.

    With one disease the pool pays 80 % up to 800, of 1,000: 200, and 600 and 1,680 of the other
    9,000: 2,480, which is 800 less.
    """
    text = asked(browser, {**STAY, "setting": "chronic", "tier": "tier_1"})
    assert "data-live>3,280.00" in text
    assert "Once hypertension is registered, you pay 800.00 yuan less" in text
    assert "/policies/changzhou/employee@2024-01-01#question-chronic_registration" in text


def test_waiting_for_the_next_year_is_told_where_it_helps(browser: TestClient) -> None:
    """12,000 before: 800, then 10,000 shared; the limit is past, so all of 2,000 is the person's.

    In the next year 800 and 20 % of 1,200 make 1,040, which is 960 less.
    """
    care = {"policy": "zhenjiang/employee", "setting": "outpatient", "tier": "tier_1",
            "category": "active", "date": "2023-12-05", "in_scope": "2000"}  # fmt: skip
    before = {"1.date": "2023-03-01", "1.setting": "outpatient", "1.tier": "tier_1",
              "1.in_scope": "12000"}  # fmt: skip
    text = asked(browser, {**care, **before})
    assert "data-live>2,000.00" in text
    assert "Waiting until 2024-01-01, you pay 960.00 yuan less" in text
    assert "do not wait where" in text


def test_waiting_for_other_rules_is_told_once() -> None:
    """In Baihe 600 first, 20 % of 5,000, and the rest above the limit: 6,000 of 10,000.

    From July on 500, 20 % of 6,000 and 3,500: 5,200.  The year after does no better.
    """
    examples = Path(__file__).parent.parent / "examples" / "policies"
    browser = TestClient(site(Library((BUILT_IN, examples)), lambda: TODAY))
    care = {"policy": "baihe/employee", "date": "2025-05-05", "setting": "outpatient",
            "tier": "tier_1", "category": "active", "in_scope": "10000"}  # fmt: skip
    text = asked(browser, care)
    assert "data-live>6,000.00" in text
    assert "Waiting until 2025-07-01, you pay 800.00 yuan less" in text
    assert text.count("Waiting until") == 1


def test_nothing_is_promised_beyond_the_days_that_a_document_rules(browser: TestClient) -> None:
    assert "Waiting until" not in asked(browser, {**STAY, "date": "2024-12-30"})


def test_a_referral_that_helps_is_named(browser: TestClient) -> None:
    """Unreferred 1,200 and 67.5 % of 8,800 (5,940); referred 600 and 35 % of 9,400 (3,290)."""
    care = {"policy": "wuxi/resident", "date": "2024-05-05", "setting": "inpatient",
            "tier": "tier_3", "category": "resident", "in_scope": "10000"}  # fmt: skip
    text = asked(browser, {**care, "referral": "unreferred"})
    assert "data-live>7,140.00" in text
    assert "referred by the community hospital, you pay 3,250.00 yuan less" in text


# --- what is left, and the curve -----------------------------------------------------------------


def test_the_year_card_says_what_is_used_and_left(browser: TestClient) -> None:
    """Catastrophic insurance begins at 20,000 of own payment; 1,900 of it are made."""
    text = asked(browser, STAY)
    card = text[text.index("What is left this year") :]
    assert "18,100.00" in card
    assert "1,900.00" in card


def test_the_curve_is_marked_where_something_changes(library: Library) -> None:
    """1,000 first; at 150,000 the rate goes to 95 %; between them a straight line.

    Of 160,000: 1,000, 10 % of 149,000 and 5 % of 10,000, which is 16,400.
    """
    found = estimate(library, in_scope="120000")
    assert found.explanation is not None
    curve = curve_of(found.explanation.settlement)
    assert [(one.bill, one.person) for one in curve.marked][:2] == [
        (1_000_00, 1_000_00), (150_000_00, 15_900_00),
    ]  # fmt: skip
    assert curve.marked[0].text.zh == "起付的部分满了，开始报销：每多一元自付 10%"
    (stretch,) = [
        one for one in json.loads(curve.json)["stretches"] if one[0] <= 160_000_00 <= one[2]
    ]
    first, low, last, high, share = stretch
    part, whole = (high - low) * (160_000_00 - first), last - first
    assert low + (2 * part + whole) // (2 * whole) == 16_400_00
    assert share == 50


def test_a_figure_left_to_others_is_asked_for_where_it_is_missing(browser: TestClient) -> None:
    """Yuxi leaves the first deductible and the rates of stays to others, tier by tier."""
    care = {"policy": "yuxi/employee", "date": "2024-05-05", "setting": "day_surgery",
            "tier": "tier_1", "category": "active", "in_scope": "10000"}  # fmt: skip
    text = asked(browser, care)
    assert 'name="p.inpatient_deductible[tier_1]"' in text
    assert 'id="w-p.inpatient_deductible[tier_1]"' in text
    more = {"p.inpatient_deductible[tier_1]": "400", "p.inpatient_rate[tier_1 active]": "lots"}
    text = asked(browser, {**care, **more})
    assert 'id="w-p.inpatient_rate[tier_1 active]"' in text
    assert 'value="lots"' in text
    assert 'value="400"' in text


def test_a_limit_is_marked_as_one(library: Library) -> None:
    """Ordinary care is paid up to 9,000; from 11,000 on the large-amount fund pays 60 %."""
    found = estimate(library, setting="outpatient", tier="tier_1")
    assert found.explanation is not None
    marks = curve_of(found.explanation.settlement).marked
    assert [(one.bill // 100, one.text.en) for one in marks] == [
        (600, "the deductible is met; then 20% of every further yuan"),
        (9_000, "a limit is reached; all beyond it is yours"),
        (11_000, "the part that is all yours ends; then 40% of every further yuan"),
    ]


def test_a_cliff_is_marked_with_what_it_costs() -> None:
    """Up to 100 yuan nothing; a fen more costs 50 at once, and half of every further yuan."""
    free = Corner(1, 0, 0, 0, longer=True, last=100_00, person_at_last=0)
    dear = Corner(100_01, 50_00, 500, 50_00, longer=True, last=200_00, person_at_last=100_00)
    curve = Curve((free, dear), 200_00, 100_00)
    (mark,) = curve.marked
    assert (mark.bill, mark.cliff) == (100_00, 50_00)
    assert mark.text.en == (
        "a fen more, and you pay 50.00 yuan more at once; "
        "your share of a further yuan goes from 0% to 50%"
    )


def test_the_curve_knows_figures_that_somebody_supplied(library: Library) -> None:
    fields = {"policy": "shanghai/employee", "in_scope": "10000", "p.pool_maximum": "300000"}
    found = estimated(
        read_said(fields.items(), TODAY), library.policy("shanghai/employee", TODAY), library
    )
    assert found.explanation is not None
    marks = curve_of(found.explanation.settlement).marked
    assert [one.bill for one in marks] == [500_00]  # the part that is all the person's


# --- bad input -----------------------------------------------------------------------------------

_BAD = [
    "abc",
    "-5",
    "1e9",
    "12,34",
    "999999999999999999",
    "１２x",
    "1.005",
    "\x00",
    "' OR 1=1",
    "None",
]


@pytest.mark.parametrize("bad", _BAD)
@pytest.mark.parametrize(
    "field", ["in_scope", "total", "prior_self_pay", "over_price_cap", "out_of_catalogue",
              "account_balance", "1.in_scope"],
)  # fmt: skip
def test_a_bad_amount_is_kept_and_explained(browser: TestClient, field: str, bad: str) -> None:
    text = asked(browser, {**STAY, "1.date": "2024-01-05", "1.tier": "tier_1", field: bad})
    assert f'id="w-{field}"' in text
    assert "event." not in text
    assert "history[" not in text


@pytest.mark.parametrize(
    "bad",
    ["yesterday", "2024-02-30", "2024/3/5", "1e9", "2031-01-01", "0001-01-01", "9999-12-31", "-1"],
)
def test_a_bad_day_is_kept_and_explained(browser: TestClient, bad: str) -> None:
    text = asked(browser, {**STAY, "date": bad})
    assert f'value="{bad}"' in text
    assert 'id="w-date"' in text
    assert '<option value="tier_3" selected>' in text  # the rest is kept as well


@pytest.mark.parametrize(
    "field", ["setting", "tier", "category", "care_area", "designated", "item"]
)
def test_a_value_that_there_is_not_is_kept_and_explained(browser: TestClient, field: str) -> None:
    text = asked(browser, {**STAY, field: "nine"})
    assert f'id="w-{field}"' in text
    assert '<option value="nine" selected>nine</option>' in text


def test_days_at_the_end_of_the_calendar_are_no_trouble(browser: TestClient) -> None:
    assert asked(browser, {"policy": "zhenjiang/employee", "date": "9999-12-31", "in_scope": "900"})


@pytest.mark.parametrize(
    "fields",
    [{"p.inpatient_deductible[nobody]": "5"}, {"p.inpatient_rate[tier_1 tier_1]": "5"},
     {"p.inpatient_rate[": "5"}, {"p.": "5"}, {"total": "history[1]"}, {"care_area": "history[9]"},
     {"1.what": "credit", "1.amount": "5"}, {"1.items": "x"}, {"1.person": "x", "1.in_scope": "5"},
     {"drop": "x"}, {"drop": "99"}, {"keep": "yes", "in_scope": "x"}, {"taken": ":,:,"},
     {"13.in_scope": "5"}, {"0.in_scope": "5"}, {"in_scope": "\ud7ff"}, {"items": "x"}],
)  # fmt: skip
def test_what_no_page_sends_is_answered_all_the_same(
    browser: TestClient, fields: dict[str, str]
) -> None:
    care = {"policy": "yuxi/employee", "setting": "day_surgery", "date": "2024-05-05"}
    assert browser.get("/estimate", params={**care, **fields}).status_code == 200


def test_full_width_digits_are_digits(browser: TestClient) -> None:
    assert "data-live>1,900.00" in asked(browser, {**STAY, "in_scope": "１００００"})


def test_a_huge_query_is_answered(browser: TestClient) -> None:
    for name in ("in_scope", "policy", "tier", "1.tier", "nobody", "c1", "taken"):
        answer = browser.get("/estimate", params={**STAY, name: "9" * 60_000})
        assert answer.status_code in {200, 404}
        assert len(answer.content) < 400_000
    many = {f"{one}.in_scope": "5" for one in range(2_000)}
    assert browser.get("/estimate", params={**STAY, **many}).status_code == 200


def test_no_page_speaks_of_a_command_line(browser: TestClient) -> None:
    earlier = {"1.date": "2024-04-10", "1.in_scope": "500", "1.tier": "tier_1"}
    for language in ("zh", "en"):
        for more in ({}, earlier, {"dual_channel_filed": "no"}, {**earlier, "1.in_scope": "x"}):
            text = browser.get("/estimate", params={**STAY, **more, "lang": language}).text
            for word in ("--", "history[", "gongji ask", "event.", "person.", "@2024-01-01；"):
                assert word not in text.partition("<main")[2].partition("</main")[0]
