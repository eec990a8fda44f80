"""Money at the desk: balances, runs tried first, reconciliation, years, users, the trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from api_place import PASSWORD, ok, write
from gongji.policy.versions import Library
from web_place import Site, site_at, told_in, words_of

ROLES = ("insured", "institution", "clerk", "supervisor", "auditor")
CODES = "own,name,item,since\nY001,头孢片,XB02,2024-01-01\n"
ITEMS = "code,name,kind,item_class,since\nXB02,头孢呋辛酯片,drug,乙,2024-01-01\n"


@pytest.fixture
def place(tmp_path: Path, library: Library) -> Iterator[Site]:
    """A stay in March: 10,000 at tier 3, of which the fund pays (10,000 - 1,000) x 90 % = 8,100."""
    with site_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        with found.house.client("institution") as hospital:
            said = {"person": 1, "institution": "H1", "day": "2024-03-01",
                    "facts": {"setting": "inpatient"}}  # fmt: skip
            write(hospital, "/visits", said)
            write(hospital, "/visits/1/lines", {"lines": [{"in_scope": "10000.00"}]})
            write(hospital, "/visits/1/settlement")
        yield found


def test_the_trial_balance_is_level_and_leads_to_the_entries(place: Site) -> None:
    with place.browser("clerk") as clerk:
        page = words_of(clerk.get("/desk/money?day=2024-11-30"))
        # the hospital is owed all of the bill, and has 1,900 of it in its till already
        assert "借方 10,000.00 贷方 10,000.00 ✓ 借贷相等" in page
        assert "统筹基金 8,100.00" in page
        assert "应付医药机构 H1 10,000.00" in page
        before = words_of(clerk.get("/desk/money?day=2024-02-29"))
        assert "还没有记过账" in before
        wrong = clerk.get("/desk/money?day=monday")
        assert wrong.status_code == 422
        assert told_in(wrong)
        entries = words_of(clerk.get("/desk/money/entries?kind=institution&owner=H1"))
        assert "结算 就诊 1" in entries
        assert "没有分录" in words_of(clerk.get("/desk/money/entries?kind=bank"))
        days = words_of(clerk.get("/desk/money/days"))  # the last month in which something was
        assert "2024-03-01 基金" in days or "2024-03-01" in days
        assert "-8,100.00" in days
    with place.browser("institution") as hospital:
        assert "8,100.00" in words_of(hospital.get("/desk/visits/1/entries"))


def test_a_payout_is_tried_before_it_is_paid_and_is_paid_once(place: Site) -> None:
    """The hospital is due 8,100 by the fund; the 1,900 in its till are its own already."""
    here = "/desk/money/payouts"
    with place.browser("supervisor") as boss:
        page = boss.get(f"{here}?month=2024-03")
        assert "还没有拨付" in words_of(page)
        tried = boss.again(page, {"step": "try"}, here)
        assert "还没有记账" in words_of(tried)
        assert "8,100.00" in words_of(tried)
        assert "还没有拨付" in words_of(boss.get(f"{here}?month=2024-03"))
        done = [boss.again(tried, {"step": "do"}, here).status_code for _ in range(2)]
        assert done == [303, 303]
        said = {"area": "320400", "month": "2024-03", "step": "do"}
        again = boss.send("/desk/money/years", said, here)
        assert again.status_code == 409
        wrong = boss.again(page, {"month": "March", "step": "try"}, here)
        assert (wrong.status_code, bool(told_in(wrong))) == (422, True)
    with place.browser("institution") as hospital:
        assert "8,100.00" in words_of(hospital.get(f"{here}?area=320400&month=2024-03"))


def test_totals_that_differ_stand_beside_ours(place: Site) -> None:
    here = "/desk/reconciliation"
    said = {"first": "2024-11-01", "last": "20241130", "rows": "1", "total": "10100",
            "funds": "8100", "account": "0"}  # fmt: skip
    with place.browser("institution") as hospital:
        done = hospital.send(here, said)
        page = words_of(hospital.get(done.headers["location"]))
        assert "总额 10,100.00 10,000.00" in page  # theirs, ours
        assert "处不同" in page
        even = hospital.send(here, {**said, "total": "10,000"})
        assert "两边相符" in words_of(hospital.get(even.headers["location"]))
        for name in ("first", "rows", "funds"):
            wrong = hospital.send(here, {**said, name: "?"})
            assert (name, wrong.status_code) == (name, 422)
            assert 'value="?"' in wrong.text
            assert told_in(wrong)
    with place.browser("clerk") as clerk:
        assert "10,100.00" in words_of(clerk.get(f"{here}?institution=H1"))


def test_rows_of_a_file_are_held_against_the_book(place: Site) -> None:
    rows = "settlement,visit,refund,total,funds,account\n1,1,否,10000.00,8000.00,0.00\n"
    said = {"first": "2024-11-01", "last": "2024-11-30"}
    with place.browser("institution") as hospital:
        files = {"file": ("march.csv", rows.encode(), "text/csv")}
        done = hospital.send("/desk/reconciliation", said, files=files)
        page = words_of(hospital.get(done.headers["location"]))
        assert "不一致 基金支付 8,000.00 8,100.00" in page
        broken = {"file": ("march.csv", b"settlement\nx\n", "text/csv")}
        wrong = hospital.send("/desk/reconciliation", said, files=broken)
        assert wrong.status_code == 422
        assert "march.csv" in words_of(wrong)


def test_a_year_is_closed_after_it_was_tried_and_opened_again_with_a_reason(place: Site) -> None:
    here = "/desk/money/years"
    with place.browser("supervisor") as boss:
        early = boss.send(here, {"year": "2024", "step": "try"})
        assert early.status_code in (409, 422)  # the year still runs
        assert told_in(early) or 'role="alert"' in early.text
        tried = boss.send(here, {"year": "2023", "step": "try"})
        assert "还没有结" in words_of(tried)
        assert "还没有结过账" in words_of(boss.get(here))
        done = [
            boss.again(tried, {"year": "2023", "step": "do"}, here).status_code for _ in range(2)
        ]
        assert done == [303, 303]
        page = boss.get(here)
        assert "2023 已结" in words_of(page)
        assert boss.again(page, {"step": "reopen", "reason": ""}, here).status_code == 422
        opened = boss.again(page, {"step": "reopen", "reason": "漏记"}, here)
        assert opened.status_code == 303
        assert "2023 又开了账" in words_of(boss.get(here))


def test_crediting_is_tried_and_says_who_is_left_out(place: Site) -> None:
    here = "/desk/money/credits"
    said = {"scheme": "1", "month": "2024-03", "day": "2024-03-20"}
    with place.browser("supervisor") as boss:
        tried = boss.send(here, {**said, "step": "try"})
        assert "没有记账" in words_of(tried) or told_in(tried) or 'role="alert"' in tried.text
        wrong = boss.send(here, {**said, "month": "soon", "step": "try"})
        assert wrong.status_code == 422
        assert 'value="soon"' in wrong.text
        unknown = boss.send(here, {**said, "scheme": "77", "step": "try"})
        assert unknown.status_code in (404, 422)


def test_codes_of_a_hospital_are_sent_tried_and_judged(place: Site) -> None:
    with place.browser("supervisor") as boss:
        none = boss.send("/desk/catalogue", {"kind": "items", "step": "try"})
        assert none.status_code == 422
        assert told_in(none) == ["请先选择文件：CSV 或 XLSX，不能是空的。"]
        bad = {"file": ("items.csv", b"code\n\xff", "text/csv")}
        wrong = boss.send("/desk/catalogue", {"kind": "items", "step": "try"}, files=bad)
        assert wrong.status_code == 422
        files = {"file": ("items.csv", ITEMS.encode(), "text/csv")}
        tried = boss.send("/desk/catalogue", {"kind": "items", "step": "try"}, files=files)
        assert "items.csv：载入会是这样" in words_of(tried)
        assert boss.again(tried, {"step": "do"}, "/desk/catalogue").status_code == 303
    with place.browser("institution") as hospital:
        files = {"file": ("codes.csv", CODES.encode(), "text/csv")}
        tried = hospital.send("/desk/own-codes", {"step": "try"}, files=files)
        assert "新增 1" in words_of(tried)
        assert hospital.again(tried, {"step": "do"}, "/desk/own-codes").status_code == 303
        assert "待审核" in words_of(hospital.get("/desk/own-codes"))
        refused = hospital.send("/desk/own-codes", {"step": "approve", "numbers": "1"})
        assert refused.status_code == 403
    with place.browser("clerk") as clerk:
        nothing = clerk.send("/desk/own-codes?institution=H1", {"step": "approve"})
        assert nothing.status_code == 422
        said = {"step": "approve", "numbers": ["1"]}
        page = clerk.get("/desk/own-codes?institution=H1")
        done = [clerk.again(page, said, "/desk/own-codes").status_code for _ in range(2)]
        assert done == [303, 303]
        assert "Y001 头孢片 XB02 2024-01-01 通过" in words_of(
            clerk.get("/desk/own-codes?institution=H1")
        )


def test_users_are_opened_given_a_password_and_closed(place: Site) -> None:
    here = "/desk/users"
    new = {"name": "clerk-two", "role": "clerk", "area": "320400", "password": PASSWORD}
    with place.browser("supervisor") as boss:
        for name, value in (("name", "Two Words"), ("password", "tiny-pw"), ("role", "king")):
            wrong = boss.send(here, {**new, name: value, "step": "open"})
            assert (name, wrong.status_code) == (name, 422)
            assert told_in(wrong)
            assert "tiny-pw" not in wrong.text  # no password comes back
        bound = boss.send(here, {**new, "area": "", "step": "open"})
        assert bound.status_code == 422
        page = boss.get(here)
        done = [boss.again(page, {**new, "step": "open"}, here).status_code for _ in range(2)]
        assert done == [303, 303]
        assert words_of(boss.get(here)).count("clerk-two") >= 1
        taken = boss.send(here, {**new, "step": "open"})
        assert taken.status_code in (409, 422)
        other = {"user": "6", "password": "four other plain words", "step": "password"}
        assert boss.send(here, other).status_code == 303
        assert boss.send(here, {"user": "6", "step": "close"}).status_code == 303
        assert boss.send(here, {"user": "99", "step": "close"}).status_code == 404


def test_the_trail_tells_who_did_and_saw_what(place: Site) -> None:
    with place.browser("clerk") as clerk:
        clerk.get("/desk/visits/1")
    with place.browser("auditor") as auditor:
        acts = words_of(auditor.get("/desk/audit?by=the-institution"))
        assert "the-institution 结算 2024-11-30" in acts
        assert "the-clerk" not in acts.split("算作")[1]
        seen = words_of(auditor.get("/desk/audit?what=sights&by=the-clerk&first=2024-11-30"))
        assert "the-clerk 就诊 visit 1" in seen
        later = words_of(auditor.get("/desk/audit?what=sights&by=the-clerk&first=2024-12-01"))
        assert "没有符合的记录" in later
        wrong = auditor.get("/desk/audit?first=yesterday")
        assert (wrong.status_code, len(told_in(wrong))) == (422, 1)
        assert "没有缺失" in words_of(auditor.get("/desk/audit/chains"))
    with place.house.book.store.engine.begin() as connection:
        connection.execute(text("UPDATE sight SET outcome = 'tried' WHERE id = 1"))
    with place.browser("auditor") as auditor:
        assert "查看记录 1：与写下时不同" in words_of(auditor.get("/desk/audit/chains"))


PAGES = {
    "/desk/money": (403, 403, 200, 200, 200),
    "/desk/money/days": (403, 403, 200, 200, 200),
    "/desk/money/entries": (403, 403, 200, 200, 200),
    "/desk/money/credits": (403, 403, 403, 200, 403),
    "/desk/money/payouts": (403, 200, 200, 200, 200),
    "/desk/money/years": (403, 403, 200, 200, 200),
    "/desk/visits/1/entries": (403, 200, 200, 200, 200),
    "/desk/visits/9/entries": (403, 404, 404, 404, 404),
    "/desk/reconciliation": (403, 200, 200, 200, 200),
    "/desk/reconciliation?institution=H2": (403, 404, 200, 200, 200),
    "/desk/reconciliation/H1/7": (403, 404, 404, 404, 404),
    "/desk/reconciliation/%2e/7": (403, 404, 404, 404, 404),
    "/desk/catalogue": (403, 403, 200, 200, 200),
    "/desk/own-codes": (403, 200, 200, 200, 200),
    "/desk/audit": (403, 403, 403, 403, 200),
    "/desk/audit?what=sights": (403, 403, 403, 403, 200),
    "/desk/audit/chains": (403, 403, 403, 403, 200),
    "/desk/users": (403, 403, 403, 200, 200),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_as_every_role(language: str, place: Site) -> None:
    for number, role in enumerate(ROLES):
        with place.browser(role, language) as browser:
            for path, statuses in PAGES.items():
                answer = browser.get(path)
                assert (path, role, answer.status_code) == (path, role, statuses[number])
                assert "<h1" in answer.text
    with place.browser() as nobody:
        for path in PAGES:
            assert nobody.get(path).headers["location"].startswith("/sign-in?then=")


WRITES = {
    "/desk/money/credits": {"supervisor"},
    "/desk/money/payouts": {"supervisor"},
    "/desk/money/years": {"supervisor"},
    "/desk/catalogue": {"supervisor"},
    "/desk/users": {"supervisor"},
}


def test_what_moves_money_is_refused_to_all_others(place: Site) -> None:
    for path, allowed in WRITES.items():
        for role in ROLES:
            if role in allowed:
                continue
            with place.browser(role) as browser:
                said = {
                    "step": "do",
                    "month": "2024-03",
                    "area": "320400",
                    "year": "2023",
                    "name": "x-y",
                    "role": "auditor",
                    "password": PASSWORD,
                    "kind": "items",
                }
                files = {"file": ("items.csv", ITEMS.encode(), "text/csv")}
                mark = browser.get("/password")
                answer = browser.again(mark, said, path, files=files)
                assert (path, role, answer.status_code) == (path, role, 403)
    with place.house.client("supervisor") as boss:
        assert len(ok(boss.get("/users"))["items"]) == 5
