"""Journeys through the pages: persons of their own to walk with, the keyboard, what is looked at.

Who walks brings the persons, so that no journey meets what another one did.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from book_place import identity
from browser_place import (
    DESK,
    PHONE,
    DemoSite,
    no_serious_findings,
    no_sideways_scroll,
    snap,
)

__all__ = [
    "Api", "choose", "looked_at", "main_says", "named", "on_a_phone_too", "press", "retired",
    "tab_to", "tick", "write",
]  # fmt: skip

_MOST_TABS = 90


class Api:
    """The API as a user of the demo reaches it: for what was there before a journey, and after."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    @contextmanager
    def of(cls, site: DemoSite, name: str) -> Iterator[Api]:
        """Signed in as a user of the demo."""
        with httpx.Client(base_url=f"{site.url}/v1", timeout=30) as client:
            said = {"name": name, "password": site.passwords[name]}
            token = client.post("/tokens", json=said).json()["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield cls(client)

    def get(self, path: str) -> Any:
        """What there is."""
        answer = self._client.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def do(self, path: str, body: Any = None) -> Any:
        """Something that is done."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._client.post(path, json=body, headers=key)
        assert answer.is_success, answer.text
        return answer.json()

    def settled(self, person: int, institution: str, day: str, in_scope: str) -> int:
        """A stay that is settled, by the number of its settlement."""
        said = {"person": person, "institution": institution, "day": day,
                "facts": {"setting": "inpatient"}}  # fmt: skip
        visit = self.do("/visits", said)["visit"]
        self.do(f"/visits/{visit}/lines", {"lines": [{"in_scope": in_scope}]})
        number: int = self.do(f"/visits/{visit}/settlement")["settlement"]
        return number


def retired(site: DemoSite, name: str, serial: int) -> tuple[int, str]:
    """Somebody new who is retired, so that nothing is due: their number, and that of the card."""
    card = identity("990101", "19500405", serial)
    with Api.of(site, "clerk") as clerk:
        person: int = clerk.do("/persons", {"identity": card, "name": name})["person"]
        said = {"scheme": 1, "since": "2024-01-01", "facts": {"category": "retired"}}
        clerk.do(f"/persons/{person}/memberships", said)
    return person, card


# --- by keyboard ---------------------------------------------------------------------------------


def tab_to(page: Page, what: Locator) -> None:
    """Go on from field to field until one is there, as somebody without a mouse does."""
    expect(what).to_have_count(1)
    for _ in range(_MOST_TABS):
        if what.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {what}")


def choose(page: Page, field: Locator, value: str) -> None:
    """Choose a value of a list, with the arrows."""
    tab_to(page, field)
    page.keyboard.press("Home")
    for _ in range(60):
        if field.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} cannot be chosen")


def tick(page: Page, box: Locator) -> None:
    """Tick a box, with the space bar."""
    tab_to(page, box)
    page.keyboard.press("Space")
    expect(box).to_be_checked()


def press(page: Page, button: Locator) -> None:
    """Go to a button or link and press it, with the keyboard."""
    tab_to(page, button)
    page.keyboard.press("Enter")


def named(page: Page, name: str) -> Locator:
    """The field of the page's own forms with a name that the API has for it."""
    return page.locator(f"main [name='{name}']")


def write(page: Page, field: Locator, text: str) -> None:
    """Go to a field and write into it, in place of what stands there."""
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


# --- what is looked at ---------------------------------------------------------------------------


def looked_at(page: Page, name: str) -> None:
    """Keep a picture of a page, and make sure that everybody can use it as it is now."""
    snap(page, f"journey-{name}")
    no_sideways_scroll(page)
    no_serious_findings(page)


def on_a_phone_too(page: Page, name: str) -> None:
    """Look at a page as it is now, and at the same in the width of a phone."""
    looked_at(page, name)
    page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    snap(page, f"journey-{name}")
    no_sideways_scroll(page)
    page.set_viewport_size({"width": DESK.width, "height": DESK.height})


def main_says(page: Page, *words: str | re.Pattern[str]) -> None:
    """Make sure that the page says all of it."""
    for one in words:
        expect(page.locator("main")).to_contain_text(one)
