"""What nobody should send, to every address of the site, as everybody: it is answered in words.

The addresses are those of the site itself; what stands in them, and the forms to be sent, are found
as a reader finds them, from link to link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from random import Random
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from starlette.routing import Route

from gongji.policy.versions import Library
from gongji.web.site import OPEN, SIGNED_IN
from web_place import Browser, hidden_in
from year_place import Stories, stories_at

ROUTES = [one for one in (*OPEN, *SIGNED_IN) if isinstance(one, Route)]
HOSTILE = (
    "", "x" * 100_000, "9" * 5000, "-1", "-0.01", "0", "1e9", "NaN", "02000" + "9" * 20,
    "2024-02-31", "0000-00-00", "9999-12-31", "0001-01-01", "\x00", "\x1b\x7f\r\nX: y", "\u202e",
    "٣", "²", "<script>alert(1)</script>", "\"'><img src=x>", "=1+1", "../../users",
    "1?try=yes", "1#", "1;2", "%2e%2e%2f", "[]", "{}", "null", "𠮷" * 300, "yes", "do",
)  # fmt: skip
APART = {"/sign-out", "/password"}
"""Where a session ends; what is wrong with these forms has tests of its own."""


class Form(NamedTuple):
    """A form of a page: where it is sent, how, and what stands in it."""

    to: str
    how: str
    said: list[tuple[str, str]]


class Forms(HTMLParser):
    """The links and the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and found.get("href", "").startswith("/"):
            self.links.append(found["href"])
        elif tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get"), []))
        elif tag == "select":
            self._select = found.get("name", "")
        elif self.forms and tag == "option" and self._select:
            self.forms[-1].said.append((self._select, found.get("value", "")))
        elif self.forms and tag in ("input", "button", "textarea") and "name" in found:
            self.forms[-1].said.append((found["name"], found.get("value", "")))


def route_of(address: str) -> Route | None:
    path = urlsplit(address).path
    return next((one for one in ROUTES if one.path_regex.match(path)), None)


USERS = (None, "苏晚", "hospital", "clerk", "supervisor", "auditor")


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Stories]:
    with stories_at(tmp_path_factory.mktemp("hostile"), library) as found:
        yield found


def answered(browser: Browser, method: str, address: str, **more: Any) -> httpx.Response:
    """What the site answers: no error of ours, a refusal in words, nothing typed as markup."""
    answer = browser.client.request(method, address, **more)
    said = f"{method} {address[:300]} {str(more)[:600]}"
    assert answer.status_code < 500, said
    if answer.status_code >= 400:
        assert answer.headers["content-type"].startswith("text/html"), said
        assert re.search(r"<h1|role=\"alert\"|class=\"problem\"", answer.text), said
    assert "<script>alert" not in answer.text, said
    assert "<img src=x>" not in answer.text, said
    return answer


def wander(browser: Browser) -> dict[str, Forms]:
    """The pages that links lead to, one of each route."""
    found: dict[str, Forms] = {}
    there: set[str] = set()
    to_see = ["/", *(one.path for one in ROUTES if "{" not in one.path)]
    while to_see:
        address = to_see.pop(0).partition("#")[0]
        route = route_of(address)
        if route is None or route.path in (*APART, *there) or "GET" not in (route.methods or ()):
            continue
        answer = answered(browser, "GET", address)
        if answer.status_code != 200:
            continue
        there.add(route.path)
        found[address] = page = Forms()
        page.feed(answer.text)
        to_see += page.links
    return found


@pytest.mark.parametrize("user", USERS)
def test_whatever_is_sent_is_answered_in_words(stories: Stories, user: str | None) -> None:
    chance = Random(6)
    with stories.browser(user) as browser:
        pages = wander(browser)
        assert len(pages) >= (8 if user is None else 16)
        for route in ROUTES:
            for text in chance.sample(HOSTILE, 3) if "{" in route.path else ():
                path = re.sub(r"\{[^}]+\}", quote(text[:1000] or "-", safe=""), route.path)
                answered(browser, "GET", path)
        for address, page in pages.items():
            path, asked = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
            if path.endswith(".pdf"):  # drawn for as long as a second
                continue
            fields = {name for form in page.forms if form.how == "get" for name, _ in form.said}
            for name in (*sorted({*fields, *asked}), "year", "day", "after"):
                text = chance.choice(HOSTILE)[:4000]
                answered(browser, "GET", f"{path}?{urlencode({**asked, name: text})}")
            for form in page.forms:
                if form.how == "post" and form.to not in {*APART, "/sign-in"}:
                    spoil(browser, form.to or path, form, chance)


def spoil(browser: Browser, to: str, form: Form, chance: Random) -> None:
    """Send a form with one field after the other spoilt, and with all of them."""
    plain: dict[str, str] = {}
    for name, text in form.said:
        plain.setdefault(name, text)
    if "user" in plain:  # those of the demo are needed, with their passwords
        plain["user"] = "999999"
    steps = [text for name, text in form.said if name == "step"] or [""]
    for name in plain.keys() - {"mark", "user"}:
        said = {**plain, "step": chance.choice(steps), "key": str(chance.random())}
        answered(browser, "POST", to, data={**said, name: chance.choice(HOSTILE)})
    for step in steps:
        text = chance.choice(HOSTILE)
        every = dict.fromkeys(plain, text) | {"step": step, "mark": plain.get("mark", "")}
        answered(browser, "POST", to, data=every)
        twice = {name: [plain[name], text] for name in plain} | {"mark": plain.get("mark", "")}
        answered(browser, "POST", to, data={**twice, "step": step})


def test_whoever_signs_in_with_whatever_is_answered_in_words(stories: Stories) -> None:
    """A few at a time: an address from which fifty failed has to wait."""
    with stories.browser() as browser:
        for text in HOSTILE[:6]:
            mark = hidden_in(browser.get("/sign-in"))["mark"]
            said = {"mark": mark, "name": text[:4000], "password": text[:4000], "then": text[:4000]}
            assert answered(browser, "POST", "/sign-in", data=said).status_code >= 400


# --- what no browser sends -----------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16", "hex", "no-such-one"])
def test_a_form_in_whatever_encoding_is_answered(stories: Stories, charset: str) -> None:
    """In utf-7 `+2AA-` is half of a sign, and so is `\\ud800` in another; neither can be kept."""
    with stories.browser("clerk") as browser:
        mark = hidden_in(browser.get("/desk/enrol"))["mark"]
        said = {"mark": mark, "identity": "1", "name": "+2AA-\\ud800"}
        sent = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in said.items()
        )
        kind = f"multipart/form-data; boundary=b; charset={charset}"
        answered(
            browser,
            "POST",
            "/desk/enrol",
            content=f"{sent}--b--\r\n".encode(),
            headers={"Content-Type": kind},
        )


@pytest.mark.parametrize("said", ["5", "null", "[" * 9000, "[1, 2]", '{"zh": 1}', "%ff"])
def test_what_no_page_handed_on_is_not_shown(stories: Stories, said: str) -> None:
    with stories.browser("clerk") as browser:
        browser.client.cookies.set("gongji_said", quote(said))
        answer = answered(browser, "GET", "/desk")
        assert 'class="told"' not in answer.text


@pytest.mark.parametrize("token", ["\u00e9" * 43, "x", "a b", "x" * 5000])
def test_what_is_no_token_signs_nobody_in(stories: Stories, token: str) -> None:
    with stories.browser() as browser:
        headers = {"Cookie": f"gongji_session={token}; gongji_browser={token}".encode("latin-1")}
        assert answered(browser, "GET", "/desk", headers=headers).status_code == 303


def test_a_key_that_no_page_gave_is_none(stories: Stories) -> None:
    """It goes into a header of the API, which takes 128 plain characters."""
    with stories.browser("clerk") as browser:
        said = {"key": "\u5171\r\nX: y", "identity": "1", "name": "x"}
        assert answered_form(browser, "/desk/enrol", said).status_code == 422


def answered_form(browser: Browser, page: str, said: dict[str, str]) -> httpx.Response:
    mark = hidden_in(browser.get(page))["mark"]
    return answered(browser, "POST", page, data={**said, "mark": mark})


def test_a_look_at_the_head_of_a_page_does_nothing(stories: Stories) -> None:
    """A form needs its mark; what only looks has none, and is answered as a page is."""
    with stories.browser("supervisor") as browser:
        for path in ("/desk/money/credits", "/desk/catalogue", "/sign-in", "/verify"):
            answer = browser.client.head(path)
            assert answer.status_code == browser.get(path).status_code
            assert answer.content == b""


def test_what_is_typed_for_a_code_leads_to_no_other_address(stories: Stories) -> None:
    """Were the area taken as it is, the rest of the address would be lost behind the `?`."""
    with stories.browser("supervisor") as browser:
        for area in ("320400/years?most=1", "../users?", "320400#", "x" * 70_000):
            said = {"area": area, "month": "2024-12", "step": "do"}
            assert answered_form(browser, "/desk/money/payouts", said).status_code == 404


def test_a_path_that_names_another_site_makes_no_link_to_it(stories: Stories) -> None:
    with stories.browser() as browser:
        answer = browser.get(f"{stories.url}//evil.example/page")
        assert answer.status_code == 404
        assert '"//evil.example' not in answer.text
        assert 'href="/evil.example/page?lang=en"' in answer.text
