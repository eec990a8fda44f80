"""The pages that are open to everybody, in a real browser: readable, usable, and right."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from browser_place import (
    DESK,
    PHONE,
    ZOOMED,
    Screen,
    Windows,
    no_serious_findings,
    no_sideways_scroll,
    snap,
)

STAY = {"policy": "changzhou/employee", "setting": "inpatient", "tier": "tier_3",
        "category": "active", "date": "2024-03-05"}  # fmt: skip
ESTIMATE = f"/estimate?{urlencode({**STAY, 'in_scope': '10000'})}"
"""A first stay in a tertiary hospital: 1,000 first, 90 % of 9,000 is 8,100, which leaves 1,900."""

PAGES = {
    "estimate": ("/estimate", 200),
    "estimate-answered": (ESTIMATE, 200),
    "compare": (f"/compare?{urlencode({**STAY, 'in_scope': '10000'})}", 200),
    "policies": ("/policies", 200),
    "search": (f"/policies?{urlencode({'q': '转诊'})}", 200),
    "policy": ("/policies/shanghai/employee", 200),
    "changes": ("/policies/shanghai/employee/changes", 200),
    "findings": ("/policies/shanghai/employee/findings", 200),
    "text": ("/policies/shanghai/employee/text", 200),
    "clause": ("/clauses/CZE-001", 200),
    "sign-in": ("/sign-in", 200),
    "verify": ("/verify", 200),
    "not-found": ("/nothing/here", 404),
}
SCREENS = [
    PHONE,
    PHONE._replace(scheme="dark", language="en-GB"),
    Screen(768, 1024),
    DESK._replace(language="en-GB"),
    DESK._replace(scheme="dark"),
    ZOOMED,
]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: "-".join(map(str, one)))
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_by_everybody(name: str, screen: Screen, windows: Windows) -> None:
    path, _ = PAGES[name]
    page = windows.page(path, screen)
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("document.documentElement.lang") == (
        "zh-CN" if screen.language == "zh-CN" else "en"
    )
    snap(page, name)
    no_sideways_scroll(page)
    no_serious_findings(page)


WRONG = {
    "a picture without words": "(main) => { main.innerHTML = '<img src=/assets/mark.svg>' }",
    "a field without a label": "(main) => { main.innerHTML = '<input>' }",
    "words too pale to read": "(main) => { main.style.color = '#ccc' }",
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_page_is_found(change: str, windows: Windows) -> None:
    page = windows.page("/sign-in")
    no_serious_findings(page)
    page.locator("main").evaluate(change)
    with pytest.raises(AssertionError):
        no_serious_findings(page)


def test_what_is_wider_than_the_window_is_found(windows: Windows) -> None:
    page = windows.page("/sign-in", PHONE)
    page.evaluate("() => { document.querySelector('h1').style.width = '400px' }")
    with pytest.raises(AssertionError, match="<h1"):
        no_sideways_scroll(page)


def test_what_is_forbidden_or_lacking_is_found(windows: Windows) -> None:
    page = windows.page("/sign-in")
    assert windows.wrong == []
    page.evaluate(
        """async () => {
          const script = document.createElement('script');
          script.textContent = 'document.title = 1';
          document.body.append(script);
          const picture = document.createElement('img');
          const over = new Promise((done) => { picture.onerror = done; });
          picture.src = '/assets/nothing.png';
          document.body.append(picture);
          await over;
        }"""
    )
    with page.expect_event("pageerror"):
        page.evaluate("() => { setTimeout(() => nobody.knows()) }")
    for told in ("Content Security Policy", "404 ", "nobody is not defined"):
        assert sum(told in one for one in windows.wrong) == 1, windows.wrong
    windows.wrong.clear()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_by_its_status_what_it_is(name: str, windows: Windows) -> None:
    path, status = PAGES[name]
    answer = windows.page("/policies").goto(path)
    assert answer is not None
    assert answer.status == status


def test_an_answer_comes_while_one_types(windows: Windows) -> None:
    page = windows.page(f"/estimate?{urlencode(STAY)}", PHONE)
    steps = page.evaluate("history.length")
    page.get_by_label("医保范围内的费用").press_sequentially("10000")
    expect(page.locator(".big")).to_contain_text("1,900.00")  # the field was not left
    expect(page.locator("#rest")).to_contain_text("9,000.00 × 90%")
    expect(page.locator("[name=in_scope]")).to_be_focused()
    assert "in_scope=10000" in page.url  # a link that can be sent to somebody
    page.keyboard.type("x")
    expect(page.locator("#answer")).to_contain_text("“10000x”不是金额")
    expect(page.locator("#rest")).to_be_empty()
    assert page.evaluate("history.length") == steps  # no step back for each digit


def test_what_one_slides_stays_under_the_hand(windows: Windows) -> None:
    page = windows.page(ESTIMATE, PHONE)
    slider = page.locator("#slider")
    slider.scroll_into_view_if_needed()
    expect(page.locator(".chart canvas").first).to_be_visible()
    stood = page.evaluate("scrollY")
    slider.focus()
    with page.expect_response(lambda answer: "/estimate?" in answer.url):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#slid")).not_to_contain_text("→")  # told anew
    expect(slider).to_be_focused()
    assert abs(page.evaluate("scrollY") - stood) < 400  # pixels; the page has thousands


def test_the_estimate_works_without_a_script(windows: Windows) -> None:
    page = windows.page(f"/estimate?{urlencode(STAY)}", PHONE, script=False)
    page.get_by_label("医保范围内的费用").fill("10000")
    page.get_by_role("button", name="计算").first.click()
    expect(page.locator(".big")).to_contain_text("1,900.00")


def test_the_longest_policy_fits_a_phone(windows: Windows) -> None:
    page = windows.page("/policies/changzhou/employee", PHONE)
    snap(page, "policy-longest")
    no_sideways_scroll(page)


def focused(page: Page) -> str:
    """The name of what has the focus, which must be seen to have it."""
    name, seen = page.evaluate(
        """() => {
          const one = document.activeElement, its = getComputedStyle(one);
          const box = one.getBoundingClientRect();
          const ring = its.outlineStyle !== "none" && parseFloat(its.outlineWidth) > 0;
          return [one.name || one.className || one.tagName,
                  (ring || its.boxShadow !== "none") && box.width > 0 && box.height > 0];
        }"""
    )
    assert seen, name
    return str(name)


def tab_to(page: Page, name: str) -> None:
    """Go to a field with the tabulator alone."""
    passed = []
    for _ in range(60):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if passed[-1] == name:
            return
    pytest.fail(f"{name} is not reached: {passed}")


def test_the_estimate_needs_no_mouse(windows: Windows) -> None:
    page = windows.page(f"/estimate?{urlencode({**STAY, 'tier': 'tier_2'})}")
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    page.keyboard.press("Enter")
    tab_to(page, "in_scope")
    page.keyboard.type("10000")
    page.keyboard.press("Enter")
    expect(page.locator(".big")).to_contain_text("1,540.00")  # 600 and a tenth of 9,400
    expect(page.locator("[name=in_scope]")).to_be_focused()
    tab_to(page, "tier")
    before = page.locator("[name=tier]").input_value()
    with page.expect_response(lambda answer: "tier=tier_3" in answer.url):
        page.keyboard.press("ArrowDown")
    assert (before, page.locator("[name=tier]").input_value()) == ("tier_2", "tier_3")
    expect(page.locator(".big")).to_contain_text("1,900.00")
    expect(page.locator("[name=tier]")).to_be_focused()  # the new questions came under the hand


@pytest.mark.parametrize("path", [one for one, _ in PAGES.values()])
def test_all_that_has_the_focus_is_seen_to_have_it(path: str, windows: Windows) -> None:
    page = windows.page(path)
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break  # past the last
        focused(page)


def test_the_other_language_is_one_press_away_and_stays(windows: Windows) -> None:
    page = windows.page(ESTIMATE)
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("What will I pay?")
    expect(page.locator(".big")).to_contain_text("1,900.00")  # what was typed is kept
    page.goto("/policies")
    assert page.evaluate("document.documentElement.lang") == "en"
