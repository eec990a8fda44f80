"""What the API tells of a person's year, held to the stories of the demo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api_place import ok
from gongji.policy.versions import Library
from year_place import Stories, stories_at


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Stories]:
    with stories_at(tmp_path_factory.mktemp("stories"), library) as found:
        yield found


def year_of(stories: Stories, who: str) -> list[tuple[str, str, bool, bool]]:
    with stories.client("clerk") as clerk:
        found = ok(clerk.get(f"/persons/{stories.numbers[who]}/entitlement/year?year=2024"))
    return [
        (one["since"], one["until"], one["entitled"], one["known_then"]) for one in found["days"]
    ]


def test_a_gap_that_was_paid_up_is_covered_later(stories: Stories) -> None:
    """April is the first month unpaid, so May is not covered as known then; paid on 10 June."""
    assert year_of(stories, "阮星河") == [
        ("2024-01-01", "2024-04-30", True, True),
        ("2024-05-01", "2024-06-09", True, False),
        ("2024-06-10", "2024-12-31", True, True),
    ]


def test_more_than_three_months_in_arrears_are_not_covered(stories: Stories) -> None:
    """March is the first month unpaid; all of it arrives on 12 July and counts from the 13th."""
    assert year_of(stories, "章宁") == [
        ("2024-01-01", "2024-03-31", True, True),
        ("2024-04-01", "2024-07-12", False, False),
        ("2024-07-13", "2024-12-31", True, True),
    ]


def test_who_breaks_off_is_not_covered_from_the_month_after(stories: Stories) -> None:
    assert year_of(stories, "岳小舟") == [
        ("2024-01-01", "2024-06-30", True, True),
        ("2024-07-01", "2024-12-31", False, False),
    ]


def test_days_without_insurance_are_left_out(stories: Stories) -> None:
    """He dies on a day in September, and is insured up to it."""
    with stories.client("supervisor") as boss:
        path = f"/persons/{stories.numbers['唐守仁']}"
        died = ok(boss.get(f"{path}/death"))["day"]
        days = ok(boss.get(f"{path}/entitlement/year?year=2024"))["days"]
        assert days[-1]["until"] == died
        assert died.startswith("2024-09")
        assert ok(boss.get(f"{path}/entitlement/year?year=2022"))["days"] == []


def left_of(stories: Stories, who: str, day: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    with stories.client(who) as client:
        found = ok(client.get(f"/persons/{stories.numbers[who]}/left?day={day}"))
    return {
        (one["kind"], one["meter"]): (one["used"], one["edge"], one["left"])
        for one in found["left"]
    }


def test_what_is_left_of_the_year(stories: Stories) -> None:
    """88 + 240 + 400 + 72 use up the 800; ordinary care counts 60, amoxicillin 25, and 110 of the
    last visit that went on: 195 of 600."""
    left = left_of(stories, "苏晚", "2024-12-31")
    assert left["limit_of_payment", "chronic_paid@2024"] == ("800.00", "800.00", "0.00")
    assert left["deductible", "ordinary_cost@2024"] == ("195.00", "600.00", "405.00")


def test_all_that_is_settled_of_the_year_counts_whatever_the_day(stories: Stories) -> None:
    """Twelve months of dialysis at 4,000, of 150,000."""
    left = left_of(stories, "高远山", "2024-01-01")
    assert left["band", "pooled_cost@2024"] == ("48000.00", "150000.00", "102000.00")


def test_what_is_outstanding_is_what_was_booked(stories: Stories) -> None:
    for who, balance in (("罗一鸣", "-216.00"), ("阮星河", "4860.00"), ("何青", "0.00")):
        with stories.client(who) as client:
            (area,) = ok(client.get(f"/persons/{stories.numbers[who]}/outstanding"))["areas"]
        assert (area["area"], area["balance"]) == ("320400", balance)
        assert area["entries"][-1]["balance"] == balance


def test_what_became_of_settlements(stories: Stories) -> None:
    """The first stay is cancelled; the second was 924.00 and is settled again as 1,140.00."""
    first, second, again = (one["settlement"] for one in stories.settlements("罗一鸣"))
    with stories.client("罗一鸣") as client:
        states = {}
        for number in (first, second, again):
            one = ok(client.get(f"/settlements/{number}"))
            states[number] = (one["state"], one["replaced_by"], one["replaces"], one["after"])
            assert (one["changed_on"] is None) == (number == again)
    assert states == {
        first: ("cancelled", None, None, None),
        second: ("settled_again", again, None, first),
        again: ("in_force", None, second, first),
    }


def test_settled_anew_by_what_was_known_later(stories: Stories) -> None:
    """He had paid up, and nothing was cancelled."""
    old, new = (one["settlement"] for one in stories.settlements("阮星河"))
    with stories.client("阮星河") as client:
        one = ok(client.get(f"/settlements/{new}"))
    assert (one["state"], one["replaces"], one["after"]) == ("in_force", old, None)


def test_money_says_when_it_arrived(stories: Stories) -> None:
    with stories.client("章宁") as client:
        dues = ok(client.get(f"/persons/{stories.numbers['章宁']}/dues"))["items"]
    arrived = {one["period"]: set(one["arrived"].values()) for one in dues}
    assert arrived["2024-03"] == {"2024-07-12"}
    assert all(set(one["arrived"]) == set(one["paid"]) for one in dues)


def test_years_and_days_of_lists(stories: Stories) -> None:
    with stories.client("苏晚") as client:
        assert 2024 in ok(client.get(f"/persons/{stories.numbers['苏晚']}/years"))["years"]
        some = ok(client.get("/settlements?first=2024-06-01&last=2024-09-30"))["items"]
        assert [one["day"] for one in some] == ["2024-06-20", "2024-09-20"]
        names = ok(client.get("/institutions?codes=H01,H03,nowhere"))["items"]
        assert [one["code"] for one in names] == ["H01", "H03"]
    with stories.client("clerk") as client:
        names = ok(client.get("/employers?codes=E02,U01,nowhere"))["items"]
        assert [one["name"] for one in names] == ["青禾软件公司", "云溪学院"]


def test_relatives_are_shown_masked(stories: Stories) -> None:
    with stories.client("江映月") as client:
        (one,) = ok(client.get(f"/persons/{stories.numbers['江映月']}/authorisations"))["items"]
    father = stories.identities["江河清"]
    assert one["relative_masked"] == f"{father[:6]}********{father[-4:]}"


def test_who_looked_within_some_days(stories: Stories) -> None:
    """All requests of these tests are made on the last day of January."""
    path = f"/persons/{stories.numbers['白露']}/sights"
    with stories.client("白露") as client:
        ok(client.get(f"/persons/{stories.numbers['白露']}"))
        some = ok(client.get(f"{path}?first=2025-01-31&last=2025-01-31"))["items"]
        assert [one["service"] for one in some] == ["log_in", "see_person"]
        assert ok(client.get(f"{path}?last=2025-01-30"))["items"] == []
