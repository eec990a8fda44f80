"""Estimates side by side: amounts worked out by hand, and all of it in the address."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from gongji.policy.versions import Library
from gongji.web.compare.columns import columns_of
from gongji.web.site import site

TODAY = date(2024, 6, 1)
STAY = {"policy": "changzhou/employee", "date": "2024-03-05", "setting": "inpatient",
        "tier": "tier_3", "category": "active", "in_scope": "10000"}  # fmt: skip


@pytest.fixture(scope="module")
def browser(library: Library) -> TestClient:
    return TestClient(site(library, lambda: TODAY))


def query(**fields: str) -> str:
    return urlencode({**STAY, **fields}, safe="/")


def compared(browser: TestClient, *queries: str) -> str:
    fields = {f"c{at}": one for at, one in enumerate(queries, 1)}
    answer = browser.get("/compare", params=fields, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    text: str = answer.text
    return text


def test_tiers_side_by_side(library: Library) -> None:
    """1,000 and 10 % of 9,000; 600 and 10 % of 9,400; 400 and 10 % of 9,600."""
    queries = [query(tier=f"tier_{one}") for one in (3, 2, 1)]
    columns = columns_of(queries, library, TODAY)
    assert [one.person for one in columns] == [1_900_00, 1_540_00, 1_360_00]
    assert [one.more for one in columns] == [None, -360_00, -540_00]
    assert [one.best for one in columns] == [False, False, True]
    assert [one.share for one in columns] == ["19.0%", "15.4%", "13.6%"]
    assert [[words.en for words in one.apart] for one in columns] == [
        ["tier 3"], ["tier 2"], ["tier 1"],
    ]  # fmt: skip


def test_active_and_retired_side_by_side(library: Library) -> None:
    """The retired bear 800 and 5 % of 9,200, which is 1,260: 640 less than 1,900."""
    columns = columns_of([query(), query(category="retired")], library, TODAY)
    assert [one.person for one in columns] == [1_900_00, 1_260_00]
    assert columns[1].more == -640_00


def test_nobody_is_best_where_all_are_alike(library: Library) -> None:
    columns = columns_of([query(), query()], library, TODAY)
    assert [one.best for one in columns] == [False, False]
    assert columns[1].more == 0


def test_the_least_is_said_in_words(browser: TestClient) -> None:
    text = compared(browser, query(), query(tier="tier_1"))
    assert "the least" in text
    assert 'less than 1 by <span class="num">540.00</span>' in text


def test_a_column_leads_back_to_its_estimate_with_the_others_kept(browser: TestClient) -> None:
    text = compared(browser, query(), query(tier="tier_1")).replace("&amp;", "&")
    (link,) = [one.partition('"')[0] for one in text.split('href="')[1:] if "tier=tier_3" in one
               and one.startswith("/estimate")]  # fmt: skip
    fields = dict(parse_qsl(urlsplit(link).query))
    assert fields["tier"] == "tier_3"
    assert fields["c1"] == query(tier="tier_1")
    page = browser.get(link).text
    assert "和留着的 1 份一起比" in page


def test_other_cities_are_looked_up_those_first_that_settle(browser: TestClient) -> None:
    """Shanghai's and Wuhan's documents rule no stays, so they come after those that do."""
    answer = browser.get("/compare", params={"like": query(tier="tier_2")}, follow_redirects=False)
    assert answer.status_code == 303
    found = [text for _, text in parse_qsl(urlsplit(answer.headers["location"]).query)]
    assert found[0] == query(tier="tier_2")
    policies = [dict(parse_qsl(one))["policy"] for one in found]
    assert len(policies) == 4
    assert set(policies[1:3]) == {"wuxi/employee", "zhenjiang/employee"}


def test_what_a_document_does_not_rule_is_said_in_its_column(browser: TestClient) -> None:
    text = compared(browser, query(), query(policy="shanghai/employee"))
    assert "1,900.00" in text
    assert "No answer here" in text


@pytest.mark.parametrize(
    "bad",
    ["nonsense", "policy=atlantis/all&in_scope=5", "%%%", "&&&=", "policy=changzhou/employee",
     "9" * 60_000, "policy=changzhou/employee&date=x&in_scope=5", "a=1&" * 5_000,
     query(in_scope="12x"), query(tier="<script>alert(1)</script>")],
)  # fmt: skip
def test_a_column_that_is_none_spoils_no_other(browser: TestClient, bad: str) -> None:
    text = compared(browser, query(), bad)
    assert "1,900.00" in text
    assert "No answer here" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize("bad", ["nonsense", "policy=atlantis/all", "9" * 60_000])
def test_nothing_like_it_is_told_too(browser: TestClient, bad: str) -> None:
    answer = browser.get("/compare", params={"like": bad}, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "No answer here" in answer.text


def test_an_empty_comparison_shows_examples(browser: TestClient) -> None:
    text = compared(browser)
    assert "An example first" in text
    for link in [one.partition('"')[0] for one in text.split('href="')[1:]]:
        if link.startswith("/compare?"):
            assert browser.get(link.replace("&amp;", "&")).status_code == 200
