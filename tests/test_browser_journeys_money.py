"""A hospital settles, whatever happens to its clicks and its line; a supervisor pays and cancels.

Bills are of persons who are retired in Changzhou: of a first stay 800 at tier 3 and 480 at tier 2
come first, of a later one at tier 2 288 (CZE-040, CZE-041), and the fund pays 95 % (CZE-042).
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Error, Page, Route, expect

from browser_place import DemoSite, Windows, sign_in
from journey_place import Api, looked_at, main_says, named, retired

PASSWORD = "three plain words"


# --- the hospital --------------------------------------------------------------------------------


def begun(page: Page, card: str, day: str) -> None:
    """Begin a visit, a stay of 10,000."""
    page.goto("/desk/visits/new")
    named(page, "identity").fill(card)
    named(page, "day").fill(day)
    page.get_by_role("button", name="下一步").click()
    named(page, "facts.setting").select_option("inpatient")
    named(page, "1.in_scope").fill("10,000")


def settlements(site: DemoSite, person: int) -> list[str]:
    """What the fund pays by each settlement of a person."""
    with Api.of(site, "clerk") as api:
        found = api.get(f"/settlements?person={person}")["items"]
        entries = [api.get(f"/visits/{one['visit']}/entries")["items"] for one in found]
    assert all(len(one) == 1 for one in entries)
    return [one["payments"]["pool"] for one in found]


def test_a_hospital_settles_once_however_often_it_clicks(
    windows: Windows, demo_site: DemoSite
) -> None:
    """(10,000 - 800) x 95 % = 8,740, which leaves 1,260."""
    person, card = retired(demo_site, "方子衿", 701)
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "hospital")
    begun(page, card, "2024-09-10")
    page.get_by_role("button", name="试算").click()
    main_says(page, "还没有登记", "8,740.00", "1,260.00")
    looked_at(page, "hospital-tried")
    page.get_by_role("button", name="登记就诊").click()
    page.wait_for_url(re.compile(r"/desk/visits/\d+$"))
    main_says(page, "预结算", "8,740.00", "1,260.00")
    looked_at(page, "hospital-visit")
    gone_back_and_sent_again(page)
    page.get_by_role("button", name="结算并记账").dblclick()
    main_says(page, "已结算", "8,740.00")
    looked_at(page, "hospital-settled")
    assert settlements(demo_site, person) == ["8740.00"]
    page.go_back()  # it is read anew, so nothing is there to be sent again
    main_says(page, "已结算")
    expect(page.get_by_role("button", name="结算并记账")).to_have_count(0)
    assert settlements(demo_site, person) == ["8740.00"]
    assert all("ERR_CACHE_MISS" in one for one in windows.wrong)
    windows.wrong.clear()


def gone_back_and_sent_again(page: Page) -> None:
    """Back to the form, which the browser has to send again, and once more through it."""
    begun_at = page.url
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    page.wait_for_url("chrome-error://**")
    page.reload()
    page.get_by_role("button", name="登记就诊").click()
    page.wait_for_url(begun_at)


def test_what_was_sent_before_the_line_broke_is_done_once_when_it_is_sent_again(
    windows: Windows, demo_site: DemoSite
) -> None:
    person, card = retired(demo_site, "庄梦蝶", 702)
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "hospital")
    begun(page, card, "2024-09-11")
    page.get_by_role("button", name="登记就诊").click()
    page.wait_for_url(re.compile(r"/desk/visits/\d+$"))
    reached: list[int] = []

    def drop(route: Route) -> None:
        """The server gets it and does it; its answer never comes."""
        if route.request.method == "POST" and not reached:
            reached.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/desk/visits/*", drop)
    page.get_by_role("button", name="结算并记账").click()
    page.wait_for_url("chrome-error://**")
    assert reached == [303]
    assert settlements(demo_site, person) == ["8740.00"]
    page.reload()  # the browser sends the form again
    main_says(page, "已结算", "8,740.00")
    assert settlements(demo_site, person) == ["8740.00"]
    (broken,) = windows.wrong
    assert "ERR_CONNECTION_RESET" in broken
    windows.wrong.clear()


# --- the supervisor, and the auditor after that --------------------------------------------------


def test_a_supervisor_pays_a_claim_and_the_auditor_finds_it(
    windows: Windows, demo_site: DemoSite
) -> None:
    """(12,000 - 800) x 95 % = 10,640."""
    person, _ = retired(demo_site, "顾长风", 703)
    with Api.of(demo_site, "clerk") as api:
        claim = api.do(f"/persons/{person}/claims", {
            "institution": "H11", "day": "2024-05-03",
            "facts": {"setting": "inpatient", "care_area": "emergency"},
            "lines": [{"in_scope": "12000.00"}], "receipts": ["T703"],
            "papers": ["id", "receipt", "itemised_list", "discharge_summary", "bank_card",
                       "emergency_certificate"],
        })["claim"]  # fmt: skip
        assert api.do(f"/claims/{claim}/check")["state"] == "accepted"
        api.do(f"/claims/{claim}/settlement")
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "supervisor")
    page.goto(f"/desk/claims/{claim}")
    main_says(page, "将从银行付给申请人：10,640.00")
    looked_at(page, "supervisor-claim")
    page.get_by_role("button", name="支付", exact=True).dblclick()
    main_says(page, "已支付")
    expect(page.locator("dt:has-text('已支付') + dd")).to_have_text("10,640.00")
    looked_at(page, "supervisor-paid")
    other = windows.page("/sign-in")
    sign_in(other, demo_site, "auditor")
    other.goto("/desk/audit?by=supervisor")
    row = other.locator("tbody tr").first
    expect(row).to_contain_text("报销支付")
    looked_at(other, "auditor-acts")


def test_a_supervisor_cancels_and_what_was_foreseen_comes(
    windows: Windows, demo_site: DemoSite
) -> None:
    """The second stay becomes the first one.

    10,000 at tier 3: 9,200 x 95 % = 8,740 go back.  6,000 at tier 2 as a later stay:
    5,712 x 95 % = 5,426.40; as the first: 5,520 x 95 % = 5,244.00; 182.40 are owed.
    """
    person, _ = retired(demo_site, "沈听澜", 704)
    with Api.of(demo_site, "clerk") as api:
        mistaken = api.settled(person, "H01", "2024-02-12", "10000.00")
        api.settled(person, "H02", "2024-05-15", "6000.00")
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "supervisor")
    page.goto(f"/desk/settlements/{mistaken}/cancel")
    main_says(page, "+8,740.00", "-182.40", "+182.40", "本人应补交 182.40")
    looked_at(page, "supervisor-cancel")
    named(page, "reason").fill("录成别人的账单")
    page.get_by_role("button", name="撤销，并重新结算以后的就诊").click()
    page.wait_for_url(re.compile(r"/desk/visits/\d+$"))
    expect(page.locator(".told")).to_contain_text(f"结算 {mistaken} 已撤销")
    with Api.of(demo_site, "clerk") as api:
        found = api.get(f"/settlements?person={person}")["items"]
    standing = [one["payments"]["pool"] for one in found if one["stands"]]
    assert standing == ["5244.00"]
    page.goto(f"/desk/persons/{person}?year=2024")
    main_says(page, "182.40")
    looked_at(page, "supervisor-person-after")
    other = windows.page("/sign-in")
    sign_in(other, demo_site, "auditor")
    other.goto("/desk/audit?what=acts&by=supervisor")
    expect(other.locator("tbody")).to_contain_text("撤销结算")
    other.goto(f"/desk/audit?what=sights&by=supervisor&person={person}")
    main_says(other, "已查看")
    looked_at(other, "auditor-sights")


def test_a_supervisor_tries_payouts_and_opens_a_user_who_signs_in(
    windows: Windows, demo_site: DemoSite
) -> None:
    person, _ = retired(demo_site, "温如故", 705)
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "supervisor")
    page.goto("/desk/money/payouts?area=320400&month=2025-01")
    page.get_by_role("button", name="试算本月拨付").click()
    main_says(page, "还没有记账", "拨付并记账")
    looked_at(page, "supervisor-payouts-tried")
    page.goto("/desk/money/payouts?area=320400&month=2025-01")
    main_says(page, "这个月还没有拨付")
    page.goto("/desk/users")
    named(page, "name").fill("wen")
    named(page, "role").select_option("insured")
    form = page.locator("form:has([name=role])")
    form.locator("[name=password]").fill("short")
    form.locator("[name=person]").fill(str(person))
    page.get_by_role("button", name="开用户").click()
    expect(page.locator("#w-password")).to_be_visible()
    expect(named(page, "name")).to_have_value("wen")
    looked_at(page, "supervisor-user-wrong")
    form.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="开用户").click()
    expect(page.locator(".told")).to_contain_text("已开用户")
    looked_at(page, "supervisor-users")
    own = windows.page("/sign-in")
    sign_in(own, DemoSite(demo_site.url, {"wen": PASSWORD}), "wen")
    assert own.url.endswith("/year")
    main_says(own, "温**", "此人不用缴费")
