"""Pages: how long the server takes for each, and until a browser shows anything of it.

    uv run python benchmarks/web/pages.py [--times 300] [--paints 7]

In a folder of its own `gongji serve` makes its demo and serves it, to this machine alone.  Pages
are those for everybody, and for each role its home and what that links to.  The server's time is
that of a request over a connection that is open, one after the other; the browser's is its own
first contentful paint, counted from when it is told the address, in a window that has cached
nothing.  What is printed is a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import httpx
from playwright.sync_api import Browser, sync_playwright

STAY = "policy=changzhou/employee&setting=inpatient&tier=tier_3&category=active&date=2024-03-05"
OPEN = [
    "/estimate", f"/estimate?{STAY}&in_scope=10000", "/policies", "/policies/changzhou/employee",
    "/policies/shanghai/employee", "/clauses/CZE-001", "/compare", "/sign-in",
]  # fmt: skip
BEFORE = 5
"""Requests that are not counted."""
_PATIENCE = 60
"""Seconds after which a page that does not come ends the run, on a machine that is busy."""
MOST_LINKED = 12
"""How many of the pages that a home links to are looked at."""

_BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_PAINTED = """() => new Promise((done) => new PerformanceObserver((seen) => {
  for (const one of seen.getEntriesByName("first-contentful-paint")) done(one.startTime);
}).observe({type: "paint", buffered: true}))"""
_SECRET = re.compile(r"^  (\w+) +([a-z2-9]{4}(?:-[a-z2-9]{4}){3}) ", re.MULTILINE)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)"')


class Seen(NamedTuple):
    """A page as one reader sees it; `cookies` are who that is."""

    who: str
    path: str
    cookies: Mapping[str, str]


def main() -> None:
    asked = _asked()
    with TemporaryDirectory() as folder, _served(Path(folder)) as (url, passwords):
        pages = [Seen("anybody", path, {}) for path in OPEN]
        for name, password in passwords.items():
            pages += _pages_of(url, name, password)
        print(f"processes that wanted a processor at the beginning (1, 5, 15 minutes): {_busy()}\n")
        print(
            f"| {'who':<10} | {'page, in milliseconds':<49} | p50 | p99 | most | painted | most |"
        )
        print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_browser())
            for page in pages:
                taken = _on_the_server(url, page, asked.times)
                shown = _painted(browser, url, page, asked.paints)
                print(
                    f"| {page.who:<10} | {page.path[:49]:<49} | {statistics.median(taken):.1f} "
                    f"| {_p99(taken):.1f} | {max(taken):.1f} "
                    f"| {statistics.median(shown):.0f} | {max(shown):.0f} |",
                    flush=True,
                )
            browser.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300, help="requests for each page")
    parser.add_argument("--paints", type=int, default=7, help="windows for each page")
    return parser.parse_args()


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The demo, made and served: where, and the passwords of its users."""
    line = [sys.executable, "-m", "gongji", "serve", "--port", "0", "--lang", "en"]
    own = {name: value for name, value in os.environ.items() if name != "GONGJI_BOOK"}
    with subprocess.Popen(line, cwd=folder, env=own, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = ""
        while (found := re.search(r"http://\S+:\d+(?=/)", printed)) is None:
            more = process.stdout.readline()
            assert more, printed
            printed += more
        try:
            yield found[0], dict(_SECRET.findall(printed))
        finally:
            process.send_signal(signal.SIGINT)


def _pages_of(url: str, name: str, password: str) -> list[Seen]:
    """The home of a user and the pages that it links to, as far as they are not for everybody."""
    headers = {"Origin": url}
    with httpx.Client(
        base_url=url, headers=headers, follow_redirects=True, timeout=_PATIENCE
    ) as client:
        hidden = dict(_HIDDEN.findall(client.get("/sign-in").text))
        home = client.post("/sign-in", data={**hidden, "name": name, "password": password})
        if not home.is_success:
            print(f"{name} has no home: {home.url.path} answers {home.status_code}")
            return []
        linked = [unescape(one) for one in _LINK.findall(home.text)]
        cookies = dict(client.cookies)
        first = home.url.raw_path.decode()
        paths = [
            one
            for one in dict.fromkeys([first, *linked])
            if not one.startswith("/clauses/")
            and one != "/"
            and "lang=" not in one
            and one.partition("?")[0] not in OPEN
            and client.get(one).headers["content-type"].startswith("text/html")
        ]
    return [Seen(name, path, cookies) for path in paths[: 1 + MOST_LINKED]]


def _on_the_server(url: str, page: Seen, times: int) -> list[float]:
    """Milliseconds of requests for a page."""
    found = []
    with httpx.Client(base_url=url, cookies=dict(page.cookies), timeout=_PATIENCE) as client:
        for _ in range(BEFORE):
            assert client.get(page.path).is_success, page
        for _ in range(times):
            begun = perf_counter()
            client.get(page.path)
            found.append(1000 * (perf_counter() - begun))
    return found


def _painted(browser: Browser, url: str, page: Seen, times: int) -> list[float]:
    """Milliseconds until the first contentful paint, each in a new window."""
    found = []
    for _ in range(times):
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
        context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in page.cookies.items()]
        )
        window = context.new_page()
        window.goto(url + page.path)
        found.append(float(window.evaluate(_PAINTED)))
        context.close()
    return found


def _browser() -> str | None:
    """The Chromium of this machine, or None for that of Playwright."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[98]


def _busy() -> str:
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


if __name__ == "__main__":
    main()
