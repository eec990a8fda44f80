"""What people come to do, step by step, in a real browser: a clerk by keyboard alone.

Sums are worked out beside them, from the documents of Changzhou.
"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from book_place import identity
from browser_place import DemoSite, Windows, sign_in
from journey_place import (
    Api,
    choose,
    looked_at,
    main_says,
    named,
    on_a_phone_too,
    press,
    retired,
    tab_to,
    tick,
    write,
)

NEW = identity("990101", "19900312", 501)


# --- the clerk -----------------------------------------------------------------------------------


def test_a_clerk_finds_somebody_by_the_sound_of_the_name(
    windows: Windows, demo_site: DemoSite
) -> None:
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "clerk")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("suwan")
    expect(page.locator("#found-live a")).to_contain_text("*晚")
    looked_at(page, "clerk-found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/persons/1")
    on_a_phone_too(page, "clerk-person")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("P14")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/persons/14")


def test_a_clerk_enrols_declares_and_registers_by_keyboard(
    windows: Windows, demo_site: DemoSite
) -> None:
    """A wage of 6,000: the person pays 2 %, 120.00, the employer 8.8 %, 528.00 a month."""
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "clerk")
    press(page, page.get_by_role("link", name="登记人员、参保"))
    page.wait_for_url("**/desk/enrol")
    wrong = NEW[:-1] + ("1" if NEW[-1] != "1" else "2")
    write(page, named(page, "identity"), wrong)
    write(page, named(page, "name"), "秦思远")
    page.keyboard.press("Enter")
    expect(page.locator("#w-identity")).to_contain_text("校验码")
    expect(named(page, "identity")).to_be_focused()
    expect(named(page, "name")).to_have_value("秦思远")
    on_a_phone_too(page, "clerk-enrol-wrong")
    write(page, named(page, "identity"), NEW)
    page.keyboard.press("Enter")
    page.wait_for_url("**/memberships/new")
    person = enrolled(page)
    declared_by_file(page)
    with Api.of(demo_site, "clerk") as api:
        dues = api.get(f"/persons/{person}/dues")["items"]
    said = [(one["period"], one["shares"]["employee"], one["shares"]["employer"]) for one in dues]
    assert said == [("2024-03", "120.00", "528.00"), ("2024-04", "120.00", "528.00")]
    registered(page, person)


def enrolled(page: Page) -> str:
    """Insure who was just registered; the number of the person."""
    choose(page, named(page, "scheme"), "1")
    write(page, named(page, "since"), "2024.1.1")
    choose(page, named(page, "employer"), "E01")
    choose(page, named(page, "facts.category"), "active")
    choose(page, named(page, "facts.insured_as"), "employee")
    write(page, named(page, "facts.wage"), "6000")
    on_a_phone_too(page, "clerk-membership")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/persons/\d+$"))
    main_says(page, "已参保")
    return page.url.rpartition("/")[2]


def declared_by_file(page: Page) -> None:
    """Two months in a file: what each row would do, then it is done, once."""
    press(page, page.get_by_label("办公栏目").get_by_role("link", name="缴费"))
    page.wait_for_url("**/desk/contributions")
    rows = f"身份证号,所属期,本人上年月平均工资\n{NEW},2024-03,6000\n{NEW},2024-04,6000\n"
    tab_to(page, named(page, "file"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(
        {"name": "三月四月.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    press(page, page.get_by_role("button", name="预览每一行"))
    # 2 x 120.00 = 240.00 and 2 x 528.00 = 1,056.00
    main_says(page, "每一行会怎样（还没有办理）", "240.00", "1,056.00")
    on_a_phone_too(page, "clerk-file-preview")
    expect(page.get_by_role("button", name="确认，全部办理")).to_be_focused()
    page.keyboard.press("Enter")
    main_says(page, "申报")
    expect(page.locator(".told")).to_be_visible()
    looked_at(page, "clerk-file-done")


def registered(page: Page, person: str) -> None:
    """Hypertension: a paper lacks, is brought, and the registration is in force.

    A bill of 10,000 at primary level, without it: 600 first, 80 % of the 8,400 up to the 9,000 that
    count is 6,720, the rest is above the limit (CZE-048), which leaves 3,280.  With one disease the
    fund pays 80 % up to 800 first (CZE-061, CZE-062), so of 1,000; of the 9,000 that go on 600
    first and 6,720 as before: 7,520, which leaves 2,480.
    """
    page.goto(f"/desk/persons/{person}")
    press(page, page.get_by_label("办理", exact=True).get_by_role("link", name="登记备案"))
    press(page, page.locator("main .tasks a[href$='=chronic_registration']"))
    write(page, named(page, "day"), "2024-05-06")
    choose(page, named(page, "facts.chronic_applied"), "hypertension")
    choose(page, named(page, "facts.evidence_from"), "community")
    write(page, named(page, "facts.uploaded_on"), "2024-05-06")
    tick(page, page.locator("[name=papers][value=medical_record]").first)
    press(page, page.get_by_role("button", name="先看会怎样"))
    main_says(page, "先受理，等补材料", "检查化验报告", "3,280.00", "2,480.00", "少付 800.00")
    on_a_phone_too(page, "clerk-registration-tried")
    press(page, page.get_by_role("button", name="申请登记"))
    page.wait_for_url(re.compile(r"/desk/registrations/\d+$"))
    main_says(page, "待补材料")
    on_a_phone_too(page, "clerk-registration-waits")
    tick(page, page.locator("[name=papers][value=test_report]"))
    write(page, page.locator("form[action$='/papers'] [name=day]"), "2024-05-08")
    write(page, named(page, "facts.uploaded_on"), "2024-05-08")  # from that day on (CZE-058)
    page.keyboard.press("Enter")
    main_says(page, re.compile("生效.*2024-05-08"))
    looked_at(page, "clerk-registration-in-force")


def test_a_clerk_takes_a_claim_from_papers_to_settlement_by_keyboard(
    windows: Windows, demo_site: DemoSite
) -> None:
    """An emergency stay of somebody retired, tier 3: (12,000 - 800) x 95 % = 10,640 (CZE-040, 042).

    Which leaves 12,000 - 10,640 = 1,360.
    """
    person, _ = retired(demo_site, "陶安然", 601)
    page = windows.page("/sign-in")
    sign_in(page, demo_site, "clerk")
    page.keyboard.type("taoanran")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/persons/{person}")
    press(page, page.get_by_label("办理", exact=True).get_by_role("link", name="受理报销"))
    write(page, named(page, "institution"), "H11")
    write(page, named(page, "day"), "2024-05-03")
    page.keyboard.press("Enter")
    choose(page, named(page, "facts.setting"), "inpatient")
    choose(page, named(page, "facts.care_area"), "emergency")
    write(page, named(page, "1.in_scope"), "12,000")
    write(page, named(page, "receipts"), "T601")
    for paper in ("id", "receipt", "itemised_list", "discharge_summary", "bank_card"):
        tick(page, page.locator(f"[name=papers][value={paper}]"))
    on_a_phone_too(page, "clerk-claim-new")
    press(page, page.get_by_role("button", name="受理", exact=True))
    page.wait_for_url(re.compile(r"/desk/claims/\d+$"))
    press(page, page.get_by_role("button", name="试审"))
    main_says(page, "缺这些材料", "急诊诊断证明")
    press(page, page.get_by_role("button", name="退回，可以再补"))
    main_says(page, "已退回，待补件")
    on_a_phone_too(page, "clerk-claim-returned")
    press(page, page.get_by_role("link", name="打印退件通知"))
    main_says(page, "退件通知", "急诊诊断证明", "T601", "陶安然")
    looked_at(page, "clerk-claim-notice")
    page.go_back()
    tick(page, page.locator("[name=papers][value=emergency_certificate]"))
    press(page, page.get_by_role("button", name="补上，重新受理"))
    press(page, page.get_by_role("button", name="试审"))
    main_says(page, "已通过", "10,640.00", "1,360.00")
    press(page, page.get_by_role("button", name="通过", exact=True))
    main_says(page, "已通过，待结算")
    on_a_phone_too(page, "clerk-claim-accepted")
    press(page, page.get_by_role("button", name="结算并记账"))
    main_says(page, "已结算，待支付", "10,640.00")
    expect(page.get_by_role("button", name="支付", exact=True)).to_have_count(0)
    looked_at(page, "clerk-claim-settled")
