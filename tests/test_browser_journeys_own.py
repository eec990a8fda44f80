"""The insured on a phone: their family, their papers and whether these hold; and sessions' ends."""

from __future__ import annotations

import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from browser_place import PHONE, DemoSite, Windows, sign_in
from journey_place import Api, looked_at, main_says, named, retired

PASSWORD = "three plain words"
NAME, MASKED = "苏晚", "苏*"


def owner(site: DemoSite, name: str) -> DemoSite:
    """Another user for 江映月, whose account relatives may use; a site that she can enter."""
    with Api.of(site, "supervisor") as api:
        (found,) = api.do("/find", {"text": "江映月"})["items"]
        api.do("/users", {"name": name, "role": "insured", "password": PASSWORD,
                          "person": found["number"]})  # fmt: skip
    return site._replace(passwords={**site.passwords, name: PASSWORD})


def test_an_insured_lets_a_relative_use_the_account_and_ends_it(
    windows: Windows, demo_site: DemoSite
) -> None:
    _, card = retired(demo_site, "江怀远", 801)
    page = windows.page("/sign-in", PHONE)
    sign_in(page, owner(demo_site, "ying"), "ying")
    page.goto("/year?year=2024")
    page.get_by_role("navigation", name="这一年").get_by_role("link", name="家庭").click()
    looked_at(page, "insured-family")
    named(page, "relative").fill(card[:-1])
    named(page, "relation").select_option("parent")
    named(page, "since").fill("2024-10-01")
    page.get_by_role("button", name="授权", exact=True).click()
    expect(page.locator("#w-relative")).to_contain_text("18")
    looked_at(page, "insured-family-wrong")
    named(page, "relative").fill(card)
    page.get_by_role("button", name="授权", exact=True).click()
    named(page, "fact.setting").select_option("outpatient")  # what Shanghai asks besides
    page.get_by_role("button", name="授权", exact=True).click()
    masked = f"{card[:6]}********{card[-4:]}"
    main_says(page, "已经授权", masked)
    looked_at(page, "insured-family-given")
    row = page.locator("li", has_text=masked).last
    row.get_by_text("撤销", exact=True).click()
    row.locator("[name=last]").fill("2024-10-31")
    row.get_by_role("button", name="撤销授权").click()
    main_says(page, "授权已经结束", "已结束")
    looked_at(page, "insured-family-ended")


def test_a_statement_says_the_same_on_screen_on_paper_and_when_it_is_checked(
    windows: Windows, demo_site: DemoSite
) -> None:
    """The visit of 20 March: 10.00 + 4 x 25.00 = 110.00, 80 % of it 88.00, which leaves 22.00."""
    sums = ("110.00", "88.00", "22.00")
    page = windows.page("/sign-in", PHONE)
    sign_in(page, demo_site, "insured")
    page.goto("/year/visits?year=2024")
    looked_at(page, "insured-visits")
    page.locator("main li", has_text="2024-03-20").get_by_role("link").first.click()
    main_says(page, *sums)
    looked_at(page, "insured-visit")
    page.locator("a[href$='/statement']").first.click()
    main_says(page, NAME, *sums)
    looked_at(page, "insured-statement")
    number, code = (page.locator("body").get_attribute(f"data-{one}") for one in ("number", "code"))
    assert number is not None
    assert code is not None
    paper = page.request.get(page.get_by_role("link", name="PDF").get_attribute("href") or "")
    assert paper.headers["content-type"] == "application/pdf"
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.body())).pages)
    for one in (NAME, number, code, *sums):
        assert one in re.sub(r"\s", "", text)
    checked(windows, number, code, sums)


def checked(windows: Windows, number: str, code: str, sums: tuple[str, ...]) -> None:
    """Somebody who is handed the paper asks whether it holds."""
    page = windows.page("/verify", PHONE)
    named(page, "number").fill(number)
    named(page, "code").fill(code)
    page.get_by_role("button", name="核验").click()
    main_says(page, "有效", *sums)
    expect(page.locator("main")).not_to_contain_text(NAME)
    looked_at(page, "verify-holds")
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    named(page, "code").fill(forged)
    page.get_by_role("button", name="核验").click()
    main_says(page, "不符")
    for one in sums:
        expect(page.locator("main")).not_to_contain_text(one)
    looked_at(page, "verify-does-not-hold")


# --- the end of a session ------------------------------------------------------------------------


def test_nothing_personal_is_left_after_signing_out(windows: Windows, demo_site: DemoSite) -> None:
    page = windows.page("/sign-in", PHONE)
    sign_in(page, demo_site, "insured")
    answer = page.goto("/year/contributions?year=2024")
    assert answer is not None
    assert answer.headers["cache-control"] == "no-store"
    main_says(page, MASKED)
    page.locator("details.me summary").click()
    looked_at(page, "insured-contributions-and-menu")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in")
    page.go_back()
    page.wait_for_url("**/sign-in?then=**")
    assert MASKED not in page.content()
    assert [one for one in page.context.cookies() if "session" in one.get("name", "")] == []


def test_a_form_that_outlived_its_session_is_sent_after_signing_in(
    windows: Windows, demo_site: DemoSite
) -> None:
    _, card = retired(demo_site, "江念慈", 802)
    site = owner(demo_site, "yue")
    page = windows.page("/sign-in", PHONE)
    sign_in(page, site, "yue")
    page.goto("/year/family?year=2024")
    named(page, "relative").fill(card)
    named(page, "relation").select_option("parent")
    named(page, "since").fill("2024-11-01")
    page.get_by_role("button", name="授权", exact=True).click()
    named(page, "fact.setting").select_option("outpatient")
    page.context.clear_cookies(name="gongji_session")
    page.get_by_role("button", name="授权", exact=True).click()
    main_says(page, "登录已到期，没有办理")
    looked_at(page, "session-ended")
    again(page, site)
    main_says(page, "还没有办理")
    looked_at(page, "session-go-on")
    page.get_by_role("button", name="重新提交").click()
    main_says(page, "已经授权", f"{card[:6]}********{card[-4:]}", "2024-11-01")


def again(page: Page, site: DemoSite) -> None:
    """Sign in on the page that asks for it."""
    page.fill("input[name=name]", "yue")
    page.fill("input[name=password]", site.passwords["yue"])
    page.click("main form button")
