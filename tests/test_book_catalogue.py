"""The catalogue: loaded whole or not at all, known since when, found by two characters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from book_place import TODAY, do
from catalogue_place import (
    CAPS,
    ITEMS,
    LIST_FACTS,
    LISTS,
    OPENED,
    RATES,
    Town,
    load,
    sheet,
    town_at,
)
from gongji.book.catalogue.initials import initials_of
from gongji.book.catalogue.items import Where, history_of_item, search, terms_of
from gongji.book.catalogue.list_facts import load_list_facts, unmapped_lists
from gongji.book.catalogue.loading import load_own_items
from gongji.book.catalogue.stretches import Stretch, said_from
from gongji.book.rules import scheme_of
from gongji.policy.versions import Library
from gongji.wording import Refused

HERE = Where("320400", "tier_3", "320400", "changzhou/employee")


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    found = town_at(address, tmp_path, library)
    yield found
    found.book.close()


def refusal(work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def found(town: Town, words: str, day: date = TODAY, **more: Any) -> list[str]:
    with town.book.reading() as connection:
        return [one.code for one in search(connection, words, day, **more)]


# --- loading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "table"), [("items", ITEMS), ("caps", CAPS), ("rates", RATES), ("lists", LISTS)]
)
def test_the_same_file_again_changes_nothing(town: Town, kind: str, table: str) -> None:
    rows = len(table.strip().splitlines()) - 1
    assert load(town, kind, table) == (rows, 0, 0)
    assert load(town, kind, table, missing_from=date(2024, 6, 1)) == (rows, 0, 0)


def test_what_is_not_in_a_file_ends_only_when_it_is_the_whole(town: Town) -> None:
    new = "code,name,kind,item_class,since\nXA01,阿司匹林肠溶片,drug,甲,2024-01-01"
    assert load(town, "items", new) == (1, 0, 0)
    assert found(town, "XB0") == ["XB02", "XB05", "XB06"]
    # four drugs of ITEMS are not in it: three end on 30 June, the fourth had ended in March;
    # materials and services are other kinds, and stay
    assert load(town, "items", new, missing_from=date(2024, 7, 1)) == (1, 3, 3)
    assert found(town, "XB0", date(2024, 6, 30)) == ["XB02", "XB05", "XB06"]
    assert found(town, "XB0", date(2024, 7, 1)) == []
    assert found(town, "C03") == ["C03"]
    assert load(town, "items", new, missing_from=date(2024, 7, 1)) == (1, 0, 0)


def test_a_row_says_all_from_its_first_day_on(town: Town) -> None:
    head = "code,name,kind,item_class,since,until\n"
    changed = head + "XB02,头孢呋辛酯片,drug,甲,2024-05-01,2024-12-31"
    assert load(town, "items", changed) == (1, 2, 1)
    with town.book.reading() as connection:
        history = history_of_item(connection, "XB02")
    assert [(one.item_class, one.since, one.until) for one in history] == [
        ("class_b", OPENED, date(2024, 4, 30)), ("class_a", date(2024, 5, 1), date(2024, 12, 31)),
    ]  # fmt: skip


def test_what_was_known_on_a_day_can_be_asked_later(town: Town) -> None:
    cap = "item,cap,since\nXB02,8,2024-03-01"
    load(town, "caps", cap, day=date(2024, 9, 1))
    plain = HERE._replace(tier="tier_1")
    spring = date(2024, 3, 2)
    with town.book.reading() as connection:
        now = terms_of(connection, plain, ["XB02"], spring)["XB02"]
        then = terms_of(connection, plain, ["XB02"], spring, date(2024, 8, 31))["XB02"]
    assert (now.cap, then.cap) == (8_000_000, 10_000_000)


def test_the_nearest_row_goes_before_the_others(town: Town) -> None:
    load(town, "items", "code,name,kind,item_class,since,area\nXB02,头孢,drug,丙,2024-06-01,320400")
    load(town, "rates", "item,rate,since\nXB02,30%,2024-06-01")
    load(town, "rates", "item,rate,since,area\nXB02,40%,2024-07-01,320400")
    load(town, "rates", "item,rate,since,policy\nXB02,50%,2024-08-01,常州市职工医疗保险")

    def terms(month: int, where: Where = HERE) -> tuple[str, int | None]:
        with town.book.reading() as connection:
            one = terms_of(connection, where, ["XB02"], date(2024, month, 1))["XB02"]
        assert one.item is not None
        return one.item.item_class, one.rate

    # of class B at first, 10 % in this scheme; in this area of class C from June on
    assert [terms(month) for month in (5, 6, 7, 8)] == [
        ("class_b", 1000), ("class_c", 3000), ("class_c", 4000), ("class_c", 5000),
    ]  # fmt: skip
    other = Where("530400", "tier_3", "530400", "yuxi/employee")
    assert [terms(month, other) for month in (5, 6, 8)] == [
        ("class_b", None), ("class_b", 3000), ("class_b", 3000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "table", "told"),
    [
        ("items", "code,name,kind,item_class,since\nXA 1,x,drug,甲,2024-01-01", "row 2 code"),
        ("items", "code,name,kind,item_class,since\nclass_b,x,drug,甲,2024-01-01", "row 2 code"),
        ("items", "code,name,kind,item_class,since\nX1,x,food,甲,2024-01-01", "row 2 kind"),
        ("items", "code,name,kind,item_class,since\nX1,x,drug,丁,2024-01-01", "row 2 item_class"),
        ("items", "code,name,kind,item_class,since\nX1,x,drug,甲,2024-13-01", "row 2 since"),
        (
            "items",
            "code,name,kind,item_class,since\nX1,,drug,甲,2024-01-01",
            "row 2 name: is empty",
        ),
        ("items", "code,name,kind,item_class\nX1,x,drug,甲", "lacks the columns since"),
        ("items", "code,name,kind,item_class,since\n", "no rows"),
        (
            "items",
            "code,name,kind,item_class,since,until\nX1,x,drug,甲,2024-05-01,2024-04-01",
            "row 2 until",
        ),
        (
            "items",
            "code,name,kind,item_class,since\nX1,x,drug,甲,2024-01-01\nX1,y,drug,甲,2024-02-01",
            "row 3 since: X1 overlaps row 2",
        ),
        ("caps", "item,cap,since\nX99,1,2024-01-01", "row 2 item: the catalogue has no X99"),
        ("caps", "item,cap,since\nXB02,-1,2024-01-01", "row 2 cap"),
        ("caps", "item,cap,since\nXB02,0.1234567,2024-01-01", "at most 6 decimals"),
        ("caps", "item,cap,since,tier\nXB02,1,2024-01-01,tier3", "did you mean tier_3"),
        ("caps", "item,cap,since,area\nXB02,1,2024-01-01,110000", "row 2 area"),
        ("rates", "item,rate,since\nXB02,10,2024-01-01", "more than 100 %"),
        ("rates", "item,rate,since\nXB02,10.001%,2024-01-01", "row 2 rate"),
        (
            "rates",
            "item,rate,since,policy\nXB02,10%,2024-01-01,changzhou/employees",
            "did you mean",
        ),
        ("lists", "item,list,since\nXB02,慢性病,2024-01-01", "row 2 list"),
        ("lists", "item,list,since\nXB02,drug,2024-01-01", "row 2 list"),
    ],
)
def test_a_file_that_is_wrong_leaves_nothing_behind(
    town: Town, kind: str, table: str, told: str
) -> None:
    with town.book.reading() as connection:
        before = [connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("act", "item")]
    good = {"items": ITEMS, "caps": CAPS, "rates": RATES, "lists": LISTS}[kind]
    assert load(town, kind, good) is not None
    refused = refusal(lambda: load(town, kind, table))
    assert refused.kind == "bad_file"
    assert told in refused.message.en
    with town.book.reading() as connection:
        after = [connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("act", "item")]
    assert after == [before[0] + 1, before[1]]  # the good load alone


def test_own_codes_of_nobody_are_refused(town: Town) -> None:
    table = sheet("own,name,item,since\nY1,x,XA01,2024-01-01")
    work = lambda act: load_own_items(act, town.book.library, "H9", table)  # noqa: E731
    assert refusal(lambda: do(town.book, work)).kind == "unknown_institution"


# --- what lists mean -----------------------------------------------------------------------------


def test_lists_that_no_scheme_knows_are_told(town: Town) -> None:
    load(town, "lists", "item,list,since\nXB02,seperately_paid,2024-01-01")
    with town.book.reading() as connection:
        assert unmapped_lists(connection) == ["seperately_paid"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("blood,itme,blood,,", "did you mean item?"),
        ("blood,item,bloods,,", "row 2 fact"),
        ("blood,category,active,,", "row 2 fact"),  # of the person, not of a line
        ("blood,item,blood,chronic_diseases,", "go together"),
        ("blood,item,blood,chronic_diseases,flu", "row 2 if_fact"),
        ("blood,item,@quantity,,", "row 2 fact"),
    ],
)
def test_tables_of_lists_that_the_policy_cannot_mean(town: Town, row: str, told: str) -> None:
    refused = refusal(lambda: do(town.book, lambda act: meant(act, town, OPENED, row)))
    assert refused.kind == "bad_file"
    assert told in refused.message.en


def meant(act: Any, town: Town, since: date, rows: str) -> tuple[int, int]:
    its = scheme_of(act.connection, town.scheme)
    table = sheet(f"list,fact,value,if_fact,if_value\n{rows}")
    return load_list_facts(act, town.book.library, its, since, table)


def test_the_same_table_of_lists_changes_nothing(town: Town) -> None:
    rows = LIST_FACTS.strip().partition("\n")[2]
    assert do(town.book, lambda act: meant(act, town, OPENED, rows)) == (0, 0)
    fewer = rows.rpartition("\n")[0]
    assert do(town.book, lambda act: meant(act, town, OPENED, fewer)) == (6, 7)


# --- searching -----------------------------------------------------------------------------------


def test_items_are_found_by_code_fragment_and_initials(town: Town) -> None:
    assert found(town, "肿瘤") == ["XB06"]
    assert found(town, "肿瘤 抑制") == ["XB06"]
    assert found(town, "肿瘤 支架") == []
    assert found(town, "xb0") == ["XB02", "XB05", "XB06"]
    assert found(town, "hxb") == ["S07"]
    assert found(town, "b02") == []  # a code is found by how it begins
    assert found(town, "asplcrp") == ["XA01"]
    assert found(town, "splcr") == ["XA01"]
    assert found(town, "%") == []
    assert found(town, "_") == []
    assert found(town, "片", kind="drug") == ["XA01", "XB02"]
    assert found(town, "片", kind="material") == []
    assert found(town, "注射液", date(2024, 3, 31)) == ["XA09", "XB05"]
    assert found(town, "注射液", date(2024, 4, 1)) == ["XB05"]


def test_items_come_page_by_page(town: Town) -> None:
    assert found(town, "", most=3) == ["C03", "S04", "S07"]
    assert found(town, "", most=3, after="S07") == ["XA01", "XB02", "XB05"]


def test_the_row_of_an_area_is_found_in_place_of_that_of_all(town: Town) -> None:
    load(
        town, "items",
        "code,name,kind,item_class,since,area\nXB02,头孢（常州）,drug,丙,2024-06-01,320400",
    )  # fmt: skip
    with town.book.reading() as connection:
        (here,) = search(connection, "头孢", TODAY, area="320400")
        (everywhere,) = search(connection, "头孢", TODAY)
        (before,) = search(connection, "头孢", date(2024, 5, 31), area="320400")
    assert (here.item_class, everywhere.item_class) == ("class_c", "class_b")
    assert before == everywhere
    assert found(town, "(常州)", area="320400") == ["XB02"]


def test_initials_can_be_given_and_mended(town: Town) -> None:
    head = "code,name,kind,item_class,since,initials\n"
    row = "XB02,头孢呋辛酯片,drug,乙,2024-01-01,"
    assert load(town, "items", head + row + "TBFX") == (1, 1, 1)
    assert found(town, "tbfx") == ["XB02"]
    assert load(town, "items", head + row + "TBFX") == (1, 0, 0)
    assert load(town, "items", ITEMS)[1:] == (0, 0)  # a file without them leaves them


def test_initials() -> None:
    assert initials_of("0.9%氯化钠注射液（软袋）") == "09lhnzsyrd"


def test_without_pinyin_items_are_found_by_the_rest(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    load(town, "items", "code,name,kind,item_class,since\nXN01,奥沙利铂,drug,乙,2024-01-01")
    assert found(town, "aslb") == []
    assert found(town, "沙利") == ["XN01"]


# --- stretches -----------------------------------------------------------------------------------

DAYS = st.integers(0, 20).map(lambda number: OPENED + timedelta(days=number))


@st.composite
def stretches(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Stretch]:
    """Stretches that do not overlap."""
    edges = sorted(draw(st.lists(DAYS, unique=True, max_size=6)))
    made = []
    for since, end in zip(edges[::2], edges[1::2], strict=False):
        until = end - timedelta(days=draw(st.integers(0, 1)))
        made.append(Stretch(since, max(since, until), (draw(st.sampled_from("AB")),)))
    if made and draw(st.booleans()):
        made[-1] = made[-1]._replace(until=None)
    return [one._replace(number=number) for number, one in enumerate(made)]


def on(rows: list[Stretch], day: date) -> list[tuple[Any, ...]]:
    return [
        one.values for one in rows if one.since <= day and (one.until is None or day <= one.until)
    ]


@given(stretches(), stretches(), DAYS)
def test_from_a_day_on_holds_what_is_said_and_before_it_what_stood(
    standing: list[Stretch], new: list[Stretch], first: date
) -> None:
    said = [one._replace(number=None) for one in new if one.since >= first]
    change = said_from(first, standing, said)
    left = [one for one in standing if one.number not in change.ended] + change.added
    for number in range(25):
        day = OPENED + timedelta(days=number)
        assert on(left, day) == on(said if day >= first else standing, day)
    numbered = [one._replace(number=place) for place, one in enumerate(left)]
    if said and first == min(one.since for one in said):
        assert said_from(first, numbered, said) == ([], [])
