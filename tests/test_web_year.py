"""A person's year as pages, held to the stories of the demo; every page as every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gongji.policy.versions import Library
from gongji.web.person.parts import PARTS
from web_place import told_in, words_of
from year_place import Stories, stories_at


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Stories]:
    with stories_at(tmp_path_factory.mktemp("stories"), library) as found:
        yield found


def page(stories: Stories, user: str, path: str, language: str = "zh") -> str:
    with stories.browser(user, language) as browser:
        answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return words_of(answer)


# --- what the pages say --------------------------------------------------------------------------


def test_the_year_of_a_limit_used_up(stories: Stories) -> None:
    """Funds: 88 + 240 + 400 + 72 = 800; own: 60 + 22 + 85 + 100 + 128 = 395; 1,195 together."""
    text = page(stories, "苏晚", "/year?year=2024")
    assert "苏*" in text
    assert "苏晚" not in text
    assert "总费用 1,195.00 基金支付 800.00 个人负担 395.00" in text
    assert "还剩 0.00 元" in text
    assert "起付标准 600.00 元，还差 405.00 元" in text  # 60 + 25 + 110 of ordinary care
    assert "享受待遇 截至 2024-12-31" in text


def test_the_same_year_in_english(stories: Stories) -> None:
    text = page(stories, "苏晚", "/year?year=2024", "en")
    assert "Bills 1,195.00 Funds paid 800.00 Own share 395.00" in text
    assert "In benefit" in text


def test_without_a_year_it_is_the_latest_with_something_in_it(stories: Stories) -> None:
    with stories.client("苏晚") as client:
        years = client.get(f"/persons/{stories.numbers['苏晚']}/years").json()["years"]
    assert page(stories, "苏晚", "/year").startswith(f"概览 · {max(years)}")


def test_who_owes_and_who_is_owed(stories: Stories) -> None:
    assert "您应补交 216.00 元" in page(stories, "罗一鸣", "/year?year=2024")
    assert "医保应付给您 4,860.00 元" in page(stories, "阮星河", "/year?year=2024")


def test_a_gap_covered_later_is_told_with_what_was_known_then(stories: Stories) -> None:
    text = page(stories, "阮星河", "/year?year=2024")
    assert "2024-05-01 至 2024-06-09 事后补上 当时看：不享受" in text


def test_who_is_not_in_benefit_is_told_so(stories: Stories) -> None:
    """June is the first month that he did not pay, so July is the first that is not covered."""
    text = page(stories, "岳小舟", "/year?year=2024")
    assert "不享受待遇 截至 2024-12-31" in text
    assert "2024-07-01 至 2024-12-31 不享受 首个欠费月的次月起暂停。" in text
    assert "没有可用的额度" in text


def test_a_settlement_made_again_says_why_and_by_how_much(stories: Stories) -> None:
    """Not less 360 but less 600 first: (6,000 - 600) x 90 % = 4,860 leaves 1,140, 216 more."""
    first, second, again = (one["settlement"] for one in stories.settlements("罗一鸣"))
    text = page(stories, "罗一鸣", f"/settlements/{again}")
    assert "您自己负担 1,140.00 元" in text
    assert f"看原来的结算 {second}" in text
    assert f"因为前面的结算撤销了 ( {first} )" in text
    assert "个人负担 +216.00 统筹基金 -216.00" in text
    assert "5,400.00 × 90%" in text
    text = page(stories, "罗一鸣", f"/settlements/{second}")
    assert f"看新的结算 {again}" in text
    assert "个人负担 +216.00" in text
    assert "已撤销" in page(stories, "罗一鸣", f"/settlements/{first}")


def test_an_account_credited_spent_and_shared(stories: Stories) -> None:
    """12 x 200 less 400 and 590 of her own visits, and 750 for her father: 660."""
    text = page(stories, "江映月", "/year/account?year=2024")
    assert "660.00 元 2024-12-31" in text
    assert "家庭共济支付" in text
    assert "-750.00" in text


def test_contributions_by_payer_and_when_they_came(stories: Stories) -> None:
    """8.8 % and 2 % of 6,500 are 572 and 130; twelve months are 8,424."""
    text = page(stories, "章宁", "/year/contributions?year=2024")
    assert "应缴 8,424.00 到账 8,424.00 还缺 0.00" in text
    assert "单位 572.00 2024-07-12 晚到" in text
    assert text.count("晚到") == 8  # two payers of four months


def test_a_claim_and_what_it_paid(stories: Stories) -> None:
    text = page(stories, "何青", "/year/papers?year=2024")
    assert "已付款" in text
    assert "9,900.00 已付" in text


def test_a_registration_in_force(stories: Stories) -> None:
    text = page(stories, "苏晚", "/year/papers?year=2024")
    assert "有效" in text
    assert "高血压" in text


def test_a_bill_line_by_line(stories: Stories) -> None:
    """(312.40 + 420 - 600) x 60 % = 79.44; item by item, with prices above caps."""
    visit = next(one for one in stories.settlements("林若溪") if one["day"] == "2024-04-18")
    text = page(stories, "林若溪", f"/visits/{visit['visit']}")
    assert "408.00" in text  # 60 + 280 + 10 + 58
    assert "60.00" in text
    assert "有效" in text


def test_one_sees_who_else_looked(stories: Stories) -> None:
    page(stories, "clerk", f"/desk/persons/{stories.numbers['姚静']}?year=2024")
    for year in (2024, 2025):  # who looks in January looks at the year before
        text = page(stories, "姚静", f"/year/sights?year={year}")
        assert "2025-01-31 clerk 人员 看了" in text
        assert "person-" not in text.partition("谁看过这些资料")[2]


def test_a_year_without_anything_says_so(stories: Stories) -> None:
    text = page(stories, "苏晚", "/year?year=2023")
    assert "这一年没有就诊。" in text


def test_the_desk_sees_the_same_with_the_name_and_what_to_do(stories: Stories) -> None:
    number = stories.numbers["阮星河"]
    text = page(stories, "clerk", f"/desk/persons/{number}?year=2024")
    assert "阮星河 990001********" in text
    assert "应付给此人 4,860.00 元" in text
    assert "登记备案" in text
    assert "受理报销" in text
    assert "受理报销" not in page(stories, "auditor", f"/desk/persons/{number}?year=2024")


# --- the family ----------------------------------------------------------------------------------


def test_an_authorisation_is_given_and_ended_by_oneself(stories: Stories) -> None:
    said = {"relative": stories.identities["唐守仁"][:-1], "relation": "parent",
            "since": "2024年10月1日", "until": ""}  # fmt: skip
    with stories.browser("江映月") as browser:
        refused = browser.send("/year/family?year=2024", said, "/year/family")
        assert refused.status_code == 422
        assert f'value="{said["relative"]}"' in refused.text
        assert told_in(refused)
        said["relative"] = stories.identities["程雨"]
        opened = browser.get("/year/family?year=2024")
        answer = browser.again(opened, said, "/year/family")
        while answer.status_code == 422 and 'name="fact.' in answer.text:
            lacks = answer.text.split('name="fact.')[1].split('"')[0]
            value = answer.text.split('name="fact.')[1].split('<option value="')[1].split('"')[0]
            said[f"fact.{lacks}"] = value
            answer = browser.again(answer, said, "/year/family")
        assert answer.status_code == 303, words_of(answer)
        twice = browser.again(opened, said, "/year/family")  # sent again as it was: one effect
        assert twice.status_code == 303
        there = browser.get("/year/family?year=2024")
        masked = f"{said['relative'][:6]}********{said['relative'][-4:]}"
        assert words_of(there).count(masked) == 1
        number = there.text.rsplit("/revoke", 1)[0].rsplit("/", 1)[1]
        ended = browser.again(there, {"last": "2024-11-30"}, f"/year/family/{number}/revoke")
        assert ended.status_code == 303
        assert "2024-11-30 · 已结束" in words_of(browser.get("/year/family?year=2024"))


def test_nobody_ends_what_is_not_theirs(stories: Stories) -> None:
    with stories.client("江映月") as client:
        path = f"/persons/{stories.numbers['江映月']}/authorisations"
        number = client.get(path).json()["items"][0]["authorisation"]
    with stories.browser("苏晚") as browser:
        opened = browser.get("/year/family")
        answer = browser.again(opened, {"last": "2024-11-30"}, f"/year/family/{number}/revoke")
    assert answer.status_code == 404


# --- every page as every role --------------------------------------------------------------------

USERS = ("苏晚", "罗一鸣", "hospital", "clerk", "elsewhere", "supervisor", "auditor")
_MINE, _DESK = (200, 200, 403, 403, 403, 403, 403), (403, 403, 403, 200, 404, 200, 200)
_ONE, _NONE = (200, 404, 404, 200, 404, 200, 200), (404,) * 7

PAGES: dict[str, tuple[int, ...]] = {
    **{f"/year/{part.path}".rstrip("/"): _MINE for part in PARTS},
    "/year/sights": _MINE,
    **{f"/desk/persons/{{person}}/{part.path}".rstrip("/"): _DESK for part in PARTS},
    "/desk/persons/{person}/sights": (403, 403, 403, 403, 403, 403, 200),
    "/desk/persons/999999": (403, 403, 403, 404, 404, 404, 404),
    "/desk/persons/abc": (403, 403, 403, 404, 404, 404, 404),
    "/settlements/{settlement}": _ONE,
    "/visits/{visit}": _ONE,
    "/settlements/999999": _NONE,
    "/visits/0": _NONE,
    "/year?year=20x4": (404, 404, 403, 403, 403, 403, 403),
    "/year?year=99999999999999999999": (404, 404, 403, 403, 403, 403, 403),
}
"""What becomes of each page for each of the users; the bill is one at a place of its own."""


def addresses(stories: Stories) -> dict[str, str]:
    mine = stories.settlements("苏晚")[-1]
    there = {"settlement": mine["settlement"], "visit": mine["visit"]}
    return {one: one.format(person=stories.numbers["苏晚"], **there) for one in PAGES}


@pytest.mark.parametrize("user", USERS)
def test_every_page_as_every_role(stories: Stories, user: str) -> None:
    found = {}
    with stories.browser(user) as browser:
        for one, address in addresses(stories).items():
            answer = browser.get(address)
            found[one] = answer.status_code
            assert "<h1>" in answer.text
            if answer.status_code == 200:
                assert answer.headers["cache-control"] == "no-store"
    assert found == {one: statuses[USERS.index(user)] for one, statuses in PAGES.items()}


def test_nobody_is_let_in_unless_signed_in(stories: Stories) -> None:
    with stories.browser() as nobody:
        for address in addresses(stories).values():
            answer = nobody.get(address)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?then=")
