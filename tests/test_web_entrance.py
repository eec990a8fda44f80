"""Who is let in to the pages of the book, and which forms are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_place import PASSWORD
from book_place import identity
from gongji.policy.versions import Library
from web_place import Site, hidden_in, site_at, told_in, words_of

WRONG = {"name": "the-clerk", "password": "not this one"}
RIGHT = {"name": "the-clerk", "password": PASSWORD}
NEW, OTHER = identity("320402", "19900312", 12), identity("320402", "19500405", 21)


@pytest.fixture
def place(tmp_path: Path, library: Library) -> Iterator[Site]:
    with site_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        yield found


def test_one_signs_in_and_goes_on_to_where_one_wanted(place: Site) -> None:
    with place.browser() as browser:
        asked = browser.get("/password")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?then=/password")
        done = browser.send("/sign-in?then=/password", RIGHT, "/sign-in")
        assert (done.status_code, done.headers["location"]) == (303, "/password")
        assert browser.get("/password").status_code == 200


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a b"]
)
def test_signing_in_leads_to_no_other_site(place: Site, then: str) -> None:
    with place.browser() as browser:
        done = browser.send("/sign-in", {**RIGHT, "then": then})
        assert (done.status_code, done.headers["location"]) == (303, "/desk")


def test_a_wrong_password_keeps_the_name_and_says_so(place: Site) -> None:
    with place.browser() as browser:
        answer = browser.send("/sign-in", WRONG)
        assert answer.status_code == 401
        assert 'value="the-clerk"' in answer.text
        assert WRONG["password"] not in answer.text
        assert told_in(answer) == ["用户名或密码不对"]
    with place.browser(language="en") as browser:
        assert told_in(browser.send("/sign-in", WRONG)) == ["the name or the password is wrong"]


def test_guessing_is_slowed_down(place: Site) -> None:
    with place.browser() as browser:
        answers = [browser.send("/sign-in", WRONG).status_code for _ in range(5)]
        assert answers == [401] * 5
        answer = browser.send("/sign-in", RIGHT)
        assert answer.status_code == 429
        assert "15 分钟" in words_of(answer)


def test_no_script_reads_the_session_and_no_other_site_sends_it(place: Site) -> None:
    with place.browser() as browser:
        done = browser.send("/sign-in", RIGHT)
        (cookie,) = [one for one in done.headers.get_list("set-cookie") if "session" in one]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Max-Age=1800" in cookie


def test_signing_out_ends_the_token_itself(place: Site) -> None:
    with place.browser("clerk") as browser:
        token = browser.client.cookies["gongji_session"]
        assert browser.send("/password", {}, "/sign-out").status_code == 303
        assert browser.get("/password").status_code == 303
        browser.client.cookies.set("gongji_session", token)
        assert browser.get("/password").status_code == 303


def test_a_session_ends_after_eight_hours_and_what_was_sent_then_is_not_done(place: Site) -> None:
    with place.browser("clerk") as browser:
        opened = browser.get("/password")
        place.house.clock.forward(hours=8)
        said = {"old": PASSWORD, "new": "four other plain words", "again": "four other plain words"}
        late = browser.again(opened, said, "/password")
        assert late.status_code == 401
        assert "登录已到期" in words_of(late)
        assert browser.send("/sign-in", RIGHT).status_code == 303  # the password stands
        assert browser.again(opened, said, "/password").status_code == 303  # it can be sent again


def test_what_was_typed_when_the_session_ended_goes_along_and_is_sent_after_signing_in(
    place: Site,
) -> None:
    typed = {"identity": NEW, "name": "秦<b>思远"}
    with place.browser("clerk") as browser:
        opened = browser.get("/desk/enrol")
        place.house.clock.forward(hours=8)
        late = browser.again(opened, typed, "/desk/enrol")
        assert (late.status_code, 'name="typed.name"' in late.text) == (401, True)
        wrong = browser.again(late, {**RIGHT, "password": "not that one"}, "/sign-in")
        assert (wrong.status_code, 'name="typed.name"' in wrong.text) == (401, True)
        in_again = browser.again(wrong, RIGHT, "/sign-in")
        assert "还没有办理" in words_of(in_again)
        assert "秦&lt;b&gt;思远" in in_again.text
        sent = [browser.again(in_again, {}, "/desk/enrol") for _ in range(2)]
        there = [one.headers["location"] for one in sent]
        assert there == ["/desk/persons/2/memberships/new"] * 2


def test_no_password_goes_along_and_signing_out_late_is_done_already(place: Site) -> None:
    with place.browser("clerk") as browser:
        opened = browser.get("/password")
        place.house.clock.forward(hours=8)
        late = browser.again(opened, {"old": PASSWORD, "new": "x", "again": "x"}, "/password")
        assert PASSWORD not in late.text
        assert "typed.new" not in late.text
        assert browser.again(opened, {}, "/sign-out").headers["location"] == "/sign-in"
        browser.client.headers["HX-Request"] = "true"
        browser.client.headers["HX-Current-URL"] = f"{place.house.url}/desk?a=1"
        part = browser.again(opened, {"text": "zhang"}, "/desk/find")
        assert (part.status_code, part.headers["hx-redirect"]) == (204, "/sign-in?then=/desk")


def test_a_form_that_was_done_and_is_changed_says_so_and_is_done_when_it_is_sent_again(
    place: Site,
) -> None:
    with place.browser("clerk") as browser:
        opened = browser.get("/desk/enrol")
        assert browser.again(opened, {"identity": NEW, "name": "秦思远"}, "/desk/enrol").is_redirect
        other = {"identity": OTHER, "name": "陶然"}
        changed = browser.again(opened, other, "/desk/enrol")
        assert changed.status_code == 422
        assert "已经提交办理过一次" in words_of(changed)
        assert browser.again(changed, other, "/desk/enrol").status_code == 303


def test_a_form_of_another_site_is_not_taken(place: Site) -> None:
    with place.browser("clerk") as browser:
        opened = browser.get("/password")
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            answer = browser.again(opened, {}, "/sign-out", headers=headers)
            assert answer.status_code == 403
        assert browser.get("/password").status_code == 200


def test_a_form_without_its_mark_or_with_that_of_somebody_else_is_not_taken(place: Site) -> None:
    with place.browser("auditor") as other:
        foreign = hidden_in(other.get("/password"))["mark"]
    with place.browser("clerk") as browser:
        for mark in ("", "x", "é", foreign):
            answer = browser.send("/password", {"mark": mark}, "/sign-out")
            assert answer.status_code == 403
            assert "没有办理" in words_of(answer)


def test_another_password_is_written_twice_and_ends_the_session(place: Site) -> None:
    new = "four other plain words"
    with place.browser("clerk") as browser:
        answer = browser.send("/password", {"old": PASSWORD, "new": new, "again": "other words"})
        assert (answer.status_code, told_in(answer)) == (422, ["两次写的新密码不一样"])
        answer = browser.send("/password", {"old": "no", "new": new, "again": new})
        assert (answer.status_code, told_in(answer)) == (401, ["原密码不对"])
        answer = browser.send("/password", {"old": PASSWORD, "new": "short", "again": "short"})
        assert (answer.status_code, told_in(answer)) == (422, ["密码至少 10 位，不能全是一个字符"])
        assert browser.send(
            "/password", {"old": PASSWORD, "new": new, "again": new}
        ).headers["location"] == "/sign-in"  # fmt: skip
        assert browser.get("/password").status_code == 303
        assert browser.send("/sign-in", {**RIGHT, "password": new}).status_code == 303


def test_every_page_keeps_foreign_content_out_and_pages_of_the_book_are_not_kept(
    place: Site,
) -> None:
    with place.browser("clerk") as browser:
        for path in ("/estimate", "/policies", "/password", "/no-such-page", "/assets/site.css"):
            headers = browser.get(path).headers
            assert "script-src 'self'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
        assert browser.get("/password").headers["cache-control"] == "no-store"


def test_an_error_of_ours_is_said_in_words_and_what_it_was_about_is_not_logged(
    place: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "the name of a person"

    async def broken(*_: object) -> None:
        raise RuntimeError(secret)

    with place.browser("clerk") as browser:
        monkeypatch.setattr("gongji.web.door.Door.send", broken)
        answer = browser.send("/password", {"old": "a", "new": "b", "again": "b"})
        assert answer.status_code == 500
        (reference,) = re.findall(r"编号 ([0-9a-f]{8})", words_of(answer))
        assert f"{reference}: RuntimeError" in caplog.text
        assert secret not in caplog.text + answer.text


def test_what_is_too_large_is_refused_in_words(place: Site) -> None:
    with place.browser() as browser:
        answer = browser.send("/sign-in", {"name": "x" * (9 * 2**20), "password": "x"})
        assert (answer.status_code, "过大" in words_of(answer)) == (400, True)
        sent = browser.client.post("/sign-in", files={"file": b"x" * (17 * 2**20)})
        assert (sent.status_code, "过大" in words_of(sent)) == (413, True)


def test_the_api_stands_beside_the_pages_and_takes_no_cookie(place: Site) -> None:
    with place.browser("clerk") as browser:
        assert browser.get("/v1/me").status_code == 401
        assert browser.get("/openapi.json").json()["openapi"].startswith("3.1")
