"""Cases at the desk: visits, claims and cancellations done through the pages, by hand-made sums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from api_place import CARD, ok, write
from gongji.book.proof.verify import differences
from gongji.policy.versions import BUILT_IN, Library
from gongji.web.cases.facts import facts_told
from gongji.web.form import Form
from web_place import Browser, Site, site_at, told_in, words_of

ROLES = ("insured", "institution", "clerk", "supervisor", "auditor")
PAPERS = ["id", "receipt", "itemised_list", "discharge_summary", "bank_card"]
CLAIMED = {
    "institution": "H2", "day": "2024-05-03", "facts.setting": "inpatient",
    "facts.care_area": "emergency", "1.in_scope": "12,000", "receipts": "N0001", "papers": PAPERS,
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, library: Library) -> Iterator[Site]:
    with site_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        with found.house.client("supervisor") as boss:
            said = {"since": "2024-01-01", "facts": {"tier": "tier_2"}}
            write(boss, "/institutions/H2/facts", said)
        yield found
        book = found.house.book
        with book.reading() as connection:
            assert list(differences(connection, book.library)) == []


def settled(place: Site, institution: str, day: str, amount: str) -> int:
    """A stay that is settled, told by its settlement's number."""
    said = {"person": 1, "institution": institution, "day": day, "facts": {"setting": "inpatient"}}
    with place.house.client("clerk") as clerk:
        visit = write(clerk, "/visits", said)["visit"]
        write(clerk, f"/visits/{visit}/lines", {"lines": [{"in_scope": amount}]})
        number: int = write(clerk, f"/visits/{visit}/settlement")["settlement"]
    return number


def followed(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """The page to which something that was done leads."""
    assert answer.status_code == 303, words_of(answer)
    return browser.get(answer.headers["location"])


def test_a_hospital_checks_a_bill_begins_the_visit_and_settles(place: Site) -> None:
    with place.browser("institution") as browser:
        who = {"identity": CARD, "day": "2024.3.1"}
        asked = browser.send("/desk/visits/new", {**who, "step": "who"})
        assert "就医类型" in words_of(asked)  # the title that the policy has for the fact
        assert "医疗机构级别" not in words_of(asked)  # the book knows the tier of H1
        said = {**who, "facts.setting": "inpatient", "1.in_scope": "10,000"}
        tried = browser.again(asked, {**said, "step": "try"}, "/desk/visits/new")
        # first stay at tier 3: (10,000 - 1,000) x 90 % = 8,100
        assert "8,100.00" in words_of(tried)
        assert "没有登记" in words_of(tried)
        assert "没有符合的就诊" in words_of(browser.get("/desk/visits"))
        begun = browser.again(tried, {**said, "step": "do"}, "/desk/visits/new")
        page = followed(browser, begun)
        assert "8,100.00" in words_of(page)
        first = browser.again(page, {"step": "settle"}, "/desk/visits/1")
        again = browser.again(page, {"step": "settle"}, "/desk/visits/1")
        assert (first.status_code, again.status_code) == (303, 303)
        assert "结算 1" in words_of(browser.get("/desk/visits/1"))
    with place.house.client("clerk") as clerk:
        assert len(ok(clerk.get("/settlements"))["items"]) == 1


def test_a_form_that_is_sent_twice_begins_one_visit(place: Site) -> None:
    with place.browser("clerk") as browser:
        said = {"person": "1", "institution": "H1", "day": "2024-03-01", "step": "do",
                "facts.setting": "inpatient", "1.in_scope": "100"}  # fmt: skip
        opened = browser.get("/desk/visits/new")
        went = [browser.again(opened, said, "/desk/visits/new") for _ in range(2)]
        assert [one.headers["location"] for one in went] == ["/desk/visits/1"] * 2
    with place.house.client("clerk") as clerk:
        assert len(ok(clerk.get("/visits"))["items"]) == 1
        assert len(ok(clerk.get("/visits/1/lines"))["items"]) == 1


WRONG_VISITS = [
    ({"identity": ""}, "identity", "身份证号或人员编号"),
    ({"identity": "123"}, "identity", "18"),
    ({"identity": "", "person": "abc"}, "person", "整数"),
    ({"identity": "", "person": "999"}, "person", "没有编号为 999"),
    ({"day": "someday"}, "day", "YYYY-MM-DD"),
    ({"day": "2019-01-01"}, "day", "没有参保"),
    ({"institution": "H9"}, "institution", "没有"),
    ({"1.in_scope": "ten"}, "1.in_scope", "两位小数"),
    ({"1.in_scope": "-5"}, "1.in_scope", "不小于 0"),
    ({"facts.setting": "space"}, "facts.setting", "inpatient"),
    ({"since": "2024-03-05"}, "since", "2024-03-05"),
    ({"1.in_scope": "90", "1.total": "80"}, "", "80.00"),
    ({"day": "2024-13-01"}, "day", "“2024-13-01”不是日期"),
    ({"1.in_scope": "", "step": "try"}, "", "第 1 行的“范围内”"),
]


@pytest.mark.parametrize(("wrong", "field", "told"), WRONG_VISITS)
def test_what_is_wrong_with_a_visit_stands_beside_its_field(
    wrong: dict[str, str], field: str, told: str, place: Site
) -> None:
    said = {"identity": CARD, "institution": "H1", "day": "2024-03-01", "1.in_scope": "100",
            "facts.setting": "inpatient", "step": "do", **wrong}  # fmt: skip
    with place.browser("clerk") as browser:
        answer = browser.send("/desk/visits/new", said)
    assert answer.status_code in (404, 422), words_of(answer)
    assert told in words_of(answer)
    assert not re.search(r"day：|lines\[", words_of(answer))  # the API's names of places
    if field:
        assert any(told in one for one in told_in(answer)), told_in(answer)
        typed = wrong[field]
        assert not typed or f'value="{typed}"' in answer.text or field == "facts.setting"
    with place.house.client("clerk") as clerk:
        assert ok(clerk.get("/visits"))["items"] == []


def test_a_fact_that_the_policy_needs_is_asked_when_it_is_needed(place: Site) -> None:
    said = {"identity": CARD, "institution": "H1", "day": "2024-03-01", "1.in_scope": "100",
            "facts.setting": "special", "step": "try"}  # fmt: skip
    with place.browser("clerk") as browser:
        answer = browser.send("/desk/visits/new", said)
    assert 'name="facts.special_disease"' in answer.text


def test_what_is_taken_for_granted_is_not_written_down_as_said(place: Site) -> None:
    said = {"identity": CARD, "institution": "H1", "day": "2024-03-01", "1.in_scope": "100",
            "facts.setting": "inpatient", "facts.care_area": "local", "step": "do"}  # fmt: skip
    with place.browser("clerk") as browser:
        followed(browser, browser.send("/desk/visits/new", said))
    with place.house.client("clerk") as clerk:
        assert ok(clerk.get("/visits/1"))["facts"] == {"setting": "inpatient"}


def test_lines_are_put_on_and_taken_back_and_a_visit_too(place: Site) -> None:
    with place.browser("clerk") as browser:
        said = {"person": "1", "institution": "H1", "day": "2024-03-01", "step": "do",
                "facts.setting": "inpatient"}  # fmt: skip
        page = followed(browser, browser.send("/desk/visits/new", said))
        assert "还没有明细" in words_of(page)
        wrong = browser.again(page, {"step": "lines", "1.in_scope": "x"}, "/desk/visits/1")
        assert wrong.status_code == 422
        assert 'value="x"' in wrong.text
        empty = browser.again(page, {"step": "lines"}, "/desk/visits/1")
        assert empty.status_code == 422
        lines = {"step": "lines", "rows": "2", "1.in_scope": "1500.5", "2.out_of_catalogue": "20",
                 "2.in_scope": "0"}  # fmt: skip
        page = followed(browser, browser.again(page, lines, "/desk/visits/1"))
        assert "1,500.50" in words_of(page)
        drop = {"step": "drop", "line": "1"}
        page = followed(browser, browser.again(page, drop, "/desk/visits/1"))
        assert "1,500.50" not in words_of(page)
        asked = browser.again(page, {"step": "withdraw-try"}, "/desk/visits/1")
        assert "确认撤回" in words_of(asked)
        page = followed(browser, browser.again(asked, {"step": "withdraw"}, "/desk/visits/1"))
        assert "已撤回" in words_of(page)


def test_a_claim_goes_from_papers_to_payment(place: Site) -> None:
    """何青 of the demo: (12,000 - 600) at tier 2 is 10,260 here; the paper that lacks is named."""
    new = "/desk/persons/1/claims/new"
    with place.browser("clerk") as clerk, place.browser("supervisor") as boss:
        page = followed(clerk, clerk.send(new, {**CLAIMED, "step": "do"}))
        here = "/desk/claims/1"
        tried = clerk.again(page, {"step": "try"}, here)
        assert "已退回" in words_of(tried)
        assert "急诊诊断证明" in words_of(tried)
        assert "待审核" in words_of(clerk.get(here))  # it was only tried
        page = followed(clerk, clerk.again(tried, {"step": "check"}, here))
        assert "待补件" in words_of(page)
        notice = words_of(clerk.get(f"{here}/notice"))
        assert "退件通知" in notice
        assert "急诊诊断证明" in notice
        assert "N0001" in notice
        bring = {"step": "bring", "papers": ["emergency_certificate"]}
        page = followed(clerk, clerk.again(page, bring, here))
        tried = clerk.again(page, {"step": "try"}, here)
        assert "10,260.00" in words_of(tried)  # (12,000 - 600) x 90 %
        page = followed(clerk, clerk.again(tried, {"step": "check"}, here))
        page = followed(clerk, clerk.again(page, {"step": "settle"}, here))
        assert "待支付" in words_of(page)
        assert 'value="pay"' not in page.text  # a supervisor pays
        refused = clerk.again(page, {"step": "pay"}, here)
        assert refused.status_code == 403
        page = boss.get(here)
        paid = [boss.again(page, {"step": "pay"}, here).status_code for _ in range(2)]
        assert paid == [303, 303]
        assert "已支付" in words_of(boss.get(here))
    with place.house.client("clerk") as api:
        assert ok(api.get("/claims/1"))["paid"] == "10260.00"


def test_a_claim_of_the_demo_comes_to_what_was_worked_out_by_hand(place: Site) -> None:
    """何青: at tier 3, (12,000 - 1,000) x 90 % = 9,900.00."""
    with place.browser("clerk") as clerk:
        said = {**CLAIMED, "institution": "H1", "papers": [*PAPERS, "emergency_certificate"]}
        new = "/desk/persons/1/claims/new"
        page = followed(clerk, clerk.send(new, {**said, "step": "do"}))
        tried = clerk.again(page, {"step": "try"}, "/desk/claims/1")
        assert "已通过" in words_of(tried)
        assert "9,900.00" in words_of(tried)
        assert "2,100.00" in words_of(tried)  # 12,000 - 9,900


def test_a_receipt_is_claimed_once_until_the_claim_is_given_back(place: Site) -> None:
    new = "/desk/persons/1/claims/new"
    with place.browser("clerk") as clerk:
        followed(clerk, clerk.send(new, {**CLAIMED, "step": "do"}))
        twice = clerk.send(new, {**CLAIMED, "step": "do"})
        assert twice.status_code == 409
        assert any("N0001" in one for one in told_in(twice))
        asked = clerk.send("/desk/claims/1", {"step": "give-back-try"})
        followed(clerk, clerk.again(asked, {"step": "give-back"}, "/desk/claims/1"))
        followed(clerk, clerk.send(new, {**CLAIMED, "step": "do"}))


WRONG_CLAIMS = [
    ({"receipts": ""}, "receipts"),
    ({"day": "3.5"}, "day"),
    ({"1.in_scope": "1.234"}, "1.in_scope"),
    ({"1.in_scope": ""}, ""),
    ({"institution": "nowhere"}, "institution"),
    ({"papers": ["a letter"]}, ""),
    ({"facts.care_area": "moon"}, "facts.care_area"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG_CLAIMS)
def test_what_is_wrong_with_a_claim_is_told(wrong: dict[str, str], field: str, place: Site) -> None:
    with place.browser("clerk") as clerk:
        answer = clerk.send("/desk/persons/1/claims/new", {**CLAIMED, **wrong, "step": "do"})
    assert answer.status_code in (404, 422), words_of(answer)
    assert "Traceback" not in answer.text
    assert not field or told_in(answer)
    with place.house.client("clerk") as api:
        assert ok(api.get("/claims"))["items"] == []


def test_a_cancellation_shows_what_it_changes_before_it_is_done(place: Site) -> None:
    """罗一鸣: the second stay becomes the first, 5,076.00 - 4,860.00 = 216.00 to pay.

    At tier 2 the first stay has 600 to bear, a later one 360: (6,000 - 360) x 90 % = 5,076 and
    (6,000 - 600) x 90 % = 4,860.  The first stay, 10,000 at tier 3: 8,100 go back.
    """
    first = settled(place, "H1", "2024-02-12", "10000.00")
    settled(place, "H2", "2024-05-15", "6000.00")
    here = f"/desk/settlements/{first}/cancel"
    with place.browser("clerk") as clerk:
        page = clerk.get(here)
        assert "216.00" in words_of(page)
        assert "+8,100.00" in words_of(page)
        assert 'name="reason"' not in page.text
        assert clerk.again(page, {"reason": "录错"}, here).status_code == 403
    with place.browser("supervisor") as boss:
        page = boss.get(here)
        assert "应补交 216.00" in words_of(page)
        nothing = boss.again(page, {"reason": ""}, here)
        assert nothing.status_code == 422
        assert told_in(nothing)
        done = [boss.again(page, {"reason": "录成别人的"}, here).status_code for _ in range(2)]
        assert done == [303, 303]
        assert "不能再撤销" in words_of(boss.get(here))
        assert boss.send(here, {"reason": "再来"}).status_code == 409
    with place.house.client("clerk") as api:
        standing = [one for one in ok(api.get("/settlements"))["items"] if one["stands"]]
    assert [(one["visit"], one["payments"]["pool"]) for one in standing] == [(2, "4860.00")]


def test_what_is_owed_is_seen_tried_and_booked(place: Site) -> None:
    """A fact known late: retired from February on, the stay of March is worked out anew.

    Active: (10,000 - 1,000) x 90 % = 8,100; retired: (10,000 - 800) x 95 % = 8,740.
    """
    settled(place, "H1", "2024-03-15", "10000.00")
    with place.house.client("clerk") as api:
        said = {"scheme": 1, "since": "2024-02-01", "facts": {"category": "retired"}}
        write(api, "/persons/1/facts", said)
    here = "/desk/persons/1/settle-anew"
    with place.browser("supervisor") as boss:
        assert "640.00" in words_of(boss.get("/desk/owed?scheme=1"))
        page = boss.get(here)
        assert "应退给本人 640.00" in words_of(page)
        tried = boss.again(page, {"step": "try"}, here)
        assert "重新结算会记这些" in words_of(tried)
        followed(boss, boss.again(tried, {"step": "do"}, here))
        assert "不退也不补" in words_of(boss.get(here))
        assert boss.again(page, {"step": "do", "scheme": "x"}, here).status_code == 422


def test_a_relative_pays_after_the_sum_was_shown(place: Site) -> None:
    number = settled(place, "H1", "2024-03-15", "10000.00")
    with place.browser("clerk") as clerk:
        page = clerk.get("/desk/visits/1")
        said = {"owner": "2", "amount": "400", "step": "family-try"}
        tried = clerk.again(page, said, "/desk/visits/1")
        assert "1,900.00 − 400.00 = 1,500.00" in words_of(tried)
        more = clerk.again(page, {**said, "amount": "1900.01"}, "/desk/visits/1")
        assert more.status_code == 422
        assert any("1900.00" in one for one in told_in(more))
        # nobody authorised it, so it is refused, and the form comes back as it was typed
        done = clerk.again(tried, {**said, "step": "family"}, "/desk/visits/1")
        assert done.status_code in (404, 422)
        assert 'value="400"' in done.text
        assert f"结算 {number}" in words_of(done)


PAGES = {
    "/desk/visits": (403, 200, 200, 200, 200),
    "/desk/visits/new": (403, 200, 200, 403, 403),
    "/desk/visits/1": (403, 200, 200, 200, 200),
    "/desk/visits/2": (403, 404, 200, 200, 200),  # at another hospital
    "/desk/visits/99": (403, 404, 404, 404, 404),
    "/desk/visits/one": (403, 404, 404, 404, 404),
    "/desk/items?text=a": (403, 200, 200, 200, 200),
    "/desk/claims": (403, 403, 200, 200, 200),
    "/desk/claims/1": (403, 403, 200, 200, 200),
    "/desk/claims/2": (403, 403, 404, 404, 404),
    "/desk/claims/1/notice": (403, 403, 404, 404, 404),  # it was not returned
    "/desk/persons/1/claims/new": (403, 403, 200, 403, 403),
    "/desk/persons/99/claims/new": (403, 403, 404, 403, 403),
    "/desk/settlements/1/cancel": (403, 403, 200, 200, 200),
    "/desk/settlements/99/cancel": (403, 403, 404, 404, 404),
    "/desk/persons/1/settle-anew": (403, 403, 200, 200, 200),
    "/desk/owed": (403, 403, 200, 200, 200),
    "/desk/owed?scheme=9": (403, 403, 404, 404, 404),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_as_every_role(language: str, place: Site) -> None:
    settled(place, "H1", "2024-02-12", "10000.00")
    settled(place, "H2", "2024-05-15", "6000.00")
    with place.house.client("clerk") as api:
        claim = {"institution": "H2", "day": "2024-05-03", "facts": {"setting": "inpatient",
                 "care_area": "emergency"}, "lines": [{"in_scope": "12000.00"}],
                 "receipts": ["N1"]}  # fmt: skip
        write(api, "/persons/1/claims", claim)
    for number, role in enumerate(ROLES):
        with place.browser(role, language) as browser:
            for path, statuses in PAGES.items():
                answer = browser.get(path)
                assert (path, role, answer.status_code) == (path, role, statuses[number])
                assert "<h1" in answer.text
    with place.browser() as nobody:
        for path in PAGES:
            assert nobody.get(path).headers["location"].startswith("/sign-in?then=")


def test_a_filter_that_cannot_be_read_comes_back(place: Site) -> None:
    with place.browser("clerk") as clerk:
        answer = clerk.get("/desk/visits?first=soon&person=x")
        assert answer.status_code == 422
        assert 'value="soon"' in answer.text
        assert len(told_in(answer)) == 2


def test_items_are_found_as_options_for_a_field(place: Site) -> None:
    items = "code,name,kind,item_class,since\nXB02,头孢呋辛酯片,drug,乙,2024-01-01\n"
    with place.browser("supervisor") as boss:
        page = boss.get("/desk/catalogue")
        files = {"file": ("items.csv", items.encode(), "text/csv")}
        tried = boss.again(page, {"kind": "items", "step": "try"}, "/desk/catalogue", files=files)
        assert boss.again(tried, {"step": "do"}, "/desk/catalogue").status_code == 303
    with place.browser("clerk") as clerk:
        clerk.client.headers["HX-Request"] = "true"
        found = clerk.get("/desk/items?code=tbfx&day=2024-03-01").text
    assert re.findall(r'<option value="(\w+)">', found) == ["XB02"]


def test_facts_of_a_bill_are_said_by_their_kinds() -> None:
    own = Path(__file__).parent / "policies"
    policy = Library((BUILT_IN, own)).policy("linshui/officer", date(2024, 7, 1))
    typed = {
        "facts.papers": "card", "facts.registered_on": "2024/7/3", "facts.drug": "20240703",
        "facts.wage": "1,000", "facts.unheard_of": "yes",
    }  # fmt: skip
    several = {"facts.papers": ("card", "id")}
    assert facts_told(Form(typed, several), policy) == {
        "papers": ["card", "id"],  # a set keeps all of its values
        "registered_on": "2024-07-03",
        "drug": "20240703",  # a text is no day
        "wage": "1000.00",
    }
    none = Form({"facts.papers": "none"}, {"facts.papers": ("none",)})
    assert facts_told(none, policy) == {"papers": []}
    assert facts_told(Form(), policy) == {}
