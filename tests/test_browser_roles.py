"""What is behind the sign-in, as each role sees it in a real browser: every page of it is sound."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser_place import (
    DESK,
    PHONE,
    DemoSite,
    Screen,
    Windows,
    no_serious_findings,
    no_sideways_scroll,
    sign_in,
    snap,
)

NAMES = ("insured", "hospital", "clerk", "supervisor", "auditor")
_OPEN = ("/estimate", "/compare", "/policies", "/documents", "/clauses", "/sign-in")
"""Where the pages for everybody begin, which have tests of their own."""


def linked(page: Page) -> list[str]:
    """The pages behind the sign-in that a page links to."""
    found: list[str] = page.eval_on_selector_all(
        "a[href]", "all => all.filter(one => !one.download).map(one => one.getAttribute('href'))"
    )
    paths = [one.partition("#")[0] for one in found]
    return [
        one
        for one in dict.fromkeys(paths)
        if one.startswith("/") and one != "/" and not one.startswith(_OPEN) and "lang=" not in one
        and not one.endswith((".json", ".pdf", ".csv", ".xlsx"))
    ]  # fmt: skip


@pytest.mark.parametrize("screen", [PHONE, DESK._replace(scheme="dark", language="en-GB")],
                         ids=lambda one: "-".join(map(str, one)))  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_a_role_can_be_read_by_everybody(
    name: str, screen: Screen, windows: Windows, demo_site: DemoSite
) -> None:
    page = windows.page("/sign-in", screen)
    sign_in(page, demo_site, name)
    home = page.url.removeprefix(demo_site.url)
    wrong = []
    for path in dict.fromkeys([home, *linked(page)]):
        answer = page.goto(path)
        assert answer is not None
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
            continue
        snap(page, f"{name}{path.partition('?')[0].replace('/', '-')}")
        for check in (has_one_title, no_sideways_scroll, no_serious_findings):
            try:
                check(page)
            except AssertionError as error:
                wrong.append(f"{path}: {error}")
    assert wrong == [], "\n".join(wrong)


def has_one_title(page: Page) -> None:
    """Make sure that a page says once what it is."""
    expect(page.locator("h1")).to_have_count(1)
