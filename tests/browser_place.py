"""Pages as a real browser shows them: a served demo, windows onto it, and what every page must be.

A picture of every page that a test looks at is kept in `build/screenshots`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from machine import OWN, chromium
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FloatRect,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from gongji.demo.making import made_at
from gongji.policy.versions import Library
from serve_place import serving

__all__ = [
    "DESK", "PHONE", "ZOOMED", "DemoSite", "Screen", "Windows", "browser", "demo_site",
    "no_serious_findings", "no_sideways_scroll", "sign_in", "snap",
]  # fmt: skip

_PICTURES = Path(__file__).parent.parent / "build" / "screenshots"
_PERSONS = 12
"""How many live in the demo besides those who have a story: few, so that it is quickly made."""

_TALLEST = 8000
"""How much of a long page a picture shows, in CSS pixels; what is much taller cannot be drawn."""

_QUIETLY = [
    "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
expect.set_options(timeout=20_000)  # a machine may have much else to do
_ASKED_BY_A_PAGE = {"document", "fetch", "xhr"}
"""What may be answered with a refusal; styles, scripts and pictures are always there."""


class Screen(NamedTuple):
    """What a window looks like: CSS pixels, light or dark, and the language of the browser."""

    width: int
    height: int
    scheme: str = "light"
    language: str = "zh-CN"


PHONE = Screen(360, 740)
DESK = Screen(1280, 900)
ZOOMED = Screen(320, 256)
"""A window of 1280 x 1024 at 400 %."""


class DemoSite(NamedTuple):
    """A demo that is served, and the passwords of its users by their names."""

    url: str
    passwords: Mapping[str, str]


# --- what is there once --------------------------------------------------------------------------


@contextmanager
def demo_site(folder: Path, shared: Path, library: Library) -> Iterator[DemoSite]:
    """A demo of one's own, served; it is made once in a folder that processes share."""
    passwords = _demo_in(shared, library)
    for name in ("demo.db", "demo.key"):
        shutil.copy2(shared / name, folder / name)
    options = ("--book", str(folder / "demo.db"), "--key", str(folder / "demo.key"))
    with serving(*options) as served:
        yield DemoSite(served.url, passwords)


def _demo_in(folder: Path, library: Library) -> dict[str, str]:
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = folder / "demo.json"
        if not there.exists():
            made = made_at(str(folder / "demo.db"), folder / "demo.key", library, _PERSONS, 1)
            there.write_text(json.dumps({one.name: one.password for one in made.users}))
        found: dict[str, str] = json.loads(there.read_text())
        return found


@contextmanager
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, or the one that Playwright brought."""
    path = chromium()
    if path is None:
        os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(OWN)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=_QUIETLY)
        yield found
        found.close()


# --- windows -------------------------------------------------------------------------------------


class Windows:
    """The windows of a test, each of a reader of its own; `wrong` is what went wrong in them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._open: list[BrowserContext] = []
        self.wrong: list[str] = []

    def page(self, path: str, screen: Screen = DESK, *, script: bool = True) -> Page:
        """A new window that shows a page."""
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": screen.width, "height": screen.height},
            color_scheme="dark" if screen.scheme == "dark" else "light",
            locale=screen.language,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        self._open.append(context)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)
        page.goto(path, wait_until="load")
        return page

    def close(self) -> None:
        """Close them all."""
        for context in self._open:
            context.close()

    def _said(self, said: ConsoleMessage) -> None:
        """A script that fails, or something that the headers forbid."""
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.wrong.append(f"{said.text} ({said.location.get('url')})")

    def _answered(self, answer: Response) -> None:
        asked = answer.request.resource_type in _ASKED_BY_A_PAGE
        if answer.status >= (500 if asked else 400):
            self.wrong.append(f"{answer.status} {answer.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left
            self.wrong.append(f"{request.failure} {request.url}")


def sign_in(page: Page, site: DemoSite, name: str) -> None:
    """Sign in as a user of the demo, in a window that shows any page."""
    page.goto("/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", site.passwords[name])
    page.click("main form button")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


# --- what every page must be ---------------------------------------------------------------------


def no_serious_findings(page: Page) -> None:
    """Make sure that axe finds nothing serious or critical on a page."""
    found = Axe().run(page).response["violations"]
    told = [
        f"{one['id']}: {one['help']}: {' '.join(map(str, node['target']))}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert told == [], "\n".join(told)


def no_sideways_scroll(page: Page) -> None:
    """Make sure that a page is no wider than its window, and name what is."""
    wide = page.evaluate(
        """() => {
          const root = document.documentElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          const own = (one) => one && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX)
            || own(one.parentElement === root ? null : one.parentElement));
          return [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > root.clientWidth)
            .filter((one) => !own(one.parentElement))
            .map((one) => one.outerHTML.slice(0, 80));
        }"""
    )
    assert wide == [], "\n".join(wide)


def snap(page: Page, name: str) -> None:
    """Keep a picture of the whole page, named by page, width, scheme and language."""
    size = page.viewport_size
    assert size is not None
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    language = page.evaluate("document.documentElement.lang")
    _PICTURES.mkdir(parents=True, exist_ok=True)
    file = f"{name}-{size['width']}-{'dark' if dark else 'light'}-{language[:2]}.png"
    height = min(_TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip: FloatRect = {"x": 0, "y": 0, "width": size["width"], "height": height}
    page.screenshot(path=_PICTURES / file, full_page=True, clip=clip)
