"""Fee lines by the codes of the catalogue: amounts to the fen, facts by lists, returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from book_place import do, identity
from catalogue_place import Town, line, load, sheet, stay, town_at, upload
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import settled
from gongji.book.care.visits import begin_visit, withdraw_lines
from gongji.book.catalogue.amounts import Amounts, amounts_of
from gongji.book.catalogue.kept_lines import broken_lines, lines_of, lines_settled
from gongji.book.catalogue.lines import withdraw_items
from gongji.book.catalogue.list_facts import load_list_facts
from gongji.book.catalogue.loading import load_catalogue, load_own_items
from gongji.book.catalogue.own_codes import approve_own_items, own_items_of
from gongji.book.persons.people import enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.proof.verify import differences
from gongji.book.rules import scheme_of
from gongji.book.schema.visits import FEE_LINE
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    found = town_at(address, tmp_path, library)
    yield found
    found.book.close()


@pytest.fixture
def visit(town: Town) -> int:
    return stay(town, "2024-03-01", "2024-03-09")


def refusal(work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def bill(town: Town, visit: int) -> dict[int, dict[str, str]]:
    """What the engine reads of a visit, by the number of the line."""
    mine = (FEE_LINE.c.visit == visit) & FEE_LINE.c.ended.is_(None)
    with town.book.reading() as connection:
        assert list(broken_lines(connection)) == []
        rows = connection.execute(select(FEE_LINE.c.number, FEE_LINE.c.said).where(mine))
        return {number: json.loads(said) for number, said in rows}


def settle(town: Town, visit: int) -> Any:
    return do(town.book, lambda act: settled(act, town.book.library, visit))


# --- amounts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "price", "covered", "cap", "rate", "amounts"),
    [
        # 3 x 12.345 = 37.035 -> 37.04; 3 x 2.345 = 7.035 -> 7.04; 10 % of 30.00
        (30000, 12_345_000, True, 10_000_000, 1000, Amounts(0, 704, 300, 2700)),
        # 4.52 at 5 %: 0.226 -> 0.23 (a line recorded in Hebei)
        (10000, 4_520_000, True, None, 500, Amounts(0, 0, 23, 429)),
        (5000, 10_000, True, None, 0, Amounts(0, 0, 0, 1)),  # 0.5 x 0.01 = 0.005 -> 0.01
        (4999, 10_000, True, None, 0, Amounts(0, 0, 0, 0)),  # 0.4999 x 0.01 -> 0.00
        (10000, 10_000_000, True, 10_000_000, 0, Amounts(0, 0, 0, 1000)),  # at the cap
        (10000, 10_000_001, True, 10_000_000, 0, Amounts(0, 0, 0, 1000)),  # less than a fen above
        (20000, 50_000_000, True, 0, 0, Amounts(0, 10_000, 0, 0)),  # a cap of nothing
        (10000, 1_200_000_000, False, 10_000_000, 1000, Amounts(120_000, 0, 0, 0)),
        (10000, 1_200_000_000, True, 10_000_000, 10_000, Amounts(120_000, 0, 0, 0)),
    ],
)
def test_amounts(
    quantity: int, price: int, covered: bool, cap: int | None, rate: int, amounts: Amounts
) -> None:
    assert amounts_of(quantity, price, covered=covered, cap=cap, rate=rate) == amounts


def test_lines_come_to_what_the_catalogue_says(town: Town, visit: int) -> None:
    made = upload(
        town, visit,
        line("1", "XA01", "10", "1.25", total="12.50"),
        line("2", "XB02", "3", "12.345"),  # tier 3: cap 11.50
        line("3", "S04", "1", "300"),
        line("4", "N-7", "2", "8.005"),  # in no catalogue: 16.01
        line("5", "XB05", "1", "1000", approved=True),
        line("6", "XB05", "1", "1000"),  # nobody confirmed that the conditions are there
        line("7", "XA01", "1", "5", approved=False),  # the patient pays for it at own wish
    )  # fmt: skip
    # 2: 37.04; 3 x 0.845 = 2.535 -> 2.54; 10 % of 34.50
    assert [tuple(one.worked.amounts) for one in made] == [
        (0, 0, 0, 1250), (0, 254, 345, 3105), (30_000, 0, 0, 0), (1601, 0, 0, 0),
        (0, 0, 5000, 95_000), (100_000, 0, 0, 0), (500, 0, 0, 0),
    ]  # fmt: skip
    assert [one.line for one in made] == [1, 2, 3, 4, 5, 6, 7]
    assert [(one.worked.item_class, one.worked.cap, one.worked.rate) for one in made[1:4]] == [
        ("class_b", 11_500_000, 1000), ("class_c", None, None), (None, None, None),
    ]  # fmt: skip
    assert bill(town, visit)[2] == {
        "in_chronic_list": "yes", "in_scope": "31.05", "over_price_cap": "2.54",
        "prior_self_pay": "3.45",
    }  # fmt: skip
    assert bill(town, visit)[3] == {"in_scope": "0.00", "out_of_catalogue": "300.00"}


def test_caps_go_by_the_tier_of_the_hospital(town: Town) -> None:
    visit = stay(town, "2024-03-01", "2024-03-09", institution="H2")
    (made,) = upload(town, visit, line("1", "XB02", "3", "12.345"))
    assert made.worked.amounts == Amounts(0, 704, 300, 2700)  # the cap of all tiers, 10.00


def test_terms_are_those_of_the_day_of_the_line(town: Town) -> None:
    load(town, "rates", "item,rate,since,policy\nclass_b,20%,2024-03-05,changzhou/employee")
    load(town, "caps", "item,cap,since,until\nXB02,9,2024-03-07,2024-03-07")
    load(town, "caps", "item,cap,since,until,tier\nXB02,12,2024-01-01,2024-03-06,tier_3")
    visit = stay(town, "2024-03-01", "2024-03-09")
    made = upload(
        town, visit,
        line("1", "XB02", "1", "10", day="2024-03-04"),  # 10 % of 10.00
        line("2", "XB02", "1", "10", day="2024-03-05"),  # 20 % of 10.00
        line("3", "XB02", "1", "10", day="2024-03-07"),  # 1.00 over the cap, 20 % of 9.00
        line("4", "XB02", "1", "10", day="2024-03-08"),  # no cap any more
    )  # fmt: skip
    assert [tuple(one.worked.amounts)[1:] for one in made] == [
        (0, 100, 900), (0, 200, 800), (100, 180, 720), (0, 200, 800),
    ]  # fmt: skip


def test_a_stay_is_settled_from_its_codes(town: Town, visit: int) -> None:
    upload(
        town, visit,
        line("1", "XA01", "9000", "1"),
        line("2", "XB06", "100", "10"),
        line("3", "S04", "1", "50"),
        line("4", "XB02", "10", "12"),  # 120.00: 5.00 over the cap of 11.50, 10 % of 115.00
    )  # fmt: skip
    one = settle(town, visit).settlement
    # in scope 9,000 + 1,000 + 103.50 = 10,103.50; (10,103.50 - 1,000) x 90 % = 8,193.15
    assert one.total == 1_017_000
    assert one.payments["pool"] == 819_315
    with town.book.reading() as connection:
        assert list(differences(connection, town.book.library)) == []


def test_what_was_sent_is_kept_beside_a_settlement(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XA01", "9000", "1"), line("2", "XA01", "-1000", "1"))
    number = settle(town, visit).number
    do(town.book, lambda act: cancelled(act, town.book.library, number))
    do(town.book, lambda act: withdraw_items(act, town.book.library, visit, ["1"]))
    upload(town, visit, line("3", "XA01", "1", "1"))
    with town.book.reading() as connection:
        kept = lines_settled(connection, number)
        assert [(one.serial, one.quantity) for one in kept] == [
            ("1", 90_000_000), ("2", -10_000_000),
        ]  # fmt: skip
        assert [one.serial for one in lines_of(connection, visit)] == ["3"]
        assert refusal(lambda: lines_settled(connection, 99)).kind == "unknown_settlement"


# --- lists ---------------------------------------------------------------------------------------


def test_lists_speak_the_words_of_the_policy(town: Town) -> None:
    visit = stay(town, "2024-03-02", "2024-03-02", setting="dual_channel")
    upload(
        town, visit,
        line("1", "XB05", "1", "1000", approved=True),  # rare disease: 5 % first, 80 % of 950
        line("2", "XB06", "10", "20"),  # city list: nothing first, 70 % of 200
    )  # fmt: skip
    assert [one["drug_list"] for one in bill(town, visit).values()] == ["rare_disease", "city_list"]
    assert settle(town, visit).settlement.payments["pool"] == 76_000 + 14_000


def test_a_list_may_ask_for_something_of_the_person(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XB02", "1", "10"), line("2", "XA01", "1", "10"))
    listed = [one["in_chronic_list"] for one in bill(town, visit).values()]
    assert listed == ["yes", "no"]  # hypertension is registered; the other is on no list

    table = (
        "list,fact,value,if_fact,if_value\n"
        "chronic_hypertension,in_chronic_list,yes,chronic_diseases,diabetes\n"
        "*,in_chronic_list,no,,\n"
    )

    def other(act: Any) -> None:
        its = scheme_of(act.connection, town.scheme)
        load_list_facts(act, town.book.library, its, date(2024, 3, 1), sheet(table))

    do(town.book, other)
    upload(town, visit, line("3", "XB02", "1", "10"), line("4", "S07", "1", "10"))
    listed = [one["in_chronic_list"] for one in bill(town, visit).values()]
    assert listed == ["yes", "no", "no", "no"]


def test_the_quantity_of_a_material_is_a_fact_and_goes_down_with_returns(
    town: Town, visit: int
) -> None:
    upload(town, visit, line("1", "C03", "3", "50000"))
    facts = {"item": "special_material", "quantity": "3"}
    # 40,000 of each counts: 30,000 over the cap, 10 % of 120,000
    amounts = {
        "in_scope": "108000.00", "over_price_cap": "30000.00", "prior_self_pay": "12000.00",
    }  # fmt: skip
    assert bill(town, visit) == {1: {**facts, **amounts}}
    upload(town, visit, line("2", "C03", "-2", "50000"))
    left = {"in_scope": "36000.00", "over_price_cap": "10000.00", "prior_self_pay": "4000.00"}
    assert bill(town, visit) == {1: {**facts, "quantity": "1", **left}}


def test_what_the_policy_works_out_is_left_to_it(town: Town) -> None:
    """Wuhan takes 10 % of class B itself, so that the line states none of it."""
    library = town.book.library

    since = date(2023, 3, 1)
    items = (
        "code,name,kind,item_class,since,area\n"
        "XA01,阿司匹林肠溶片,drug,甲,2023-01-01,420100\n"
        "XB02,头孢呋辛酯片,drug,乙,2023-01-01,420100\n"
    )

    def elsewhere(act: Any) -> int:
        open_area(act, "420100", Bilingual("武汉", "Wuhan"))
        scheme = open_scheme(act, library, "420100", "wuhan/employee", {})
        facts = {"provider": "hospital", "tier": "tier_1", "designated": "yes"}
        open_institution(act, "420100", "W1", "武汉一院", since, facts)
        person = register(act, identity("420102", "19800101", 1), "李四")
        enrol(act, library, person, scheme, since, {"category": "active"})
        load_catalogue(act, library, "items", sheet(items))
        table = "list,fact,value\nclass_b,item_class,class_b\nclass_a,item_class,class_a"
        its = scheme_of(act.connection, scheme)
        load_list_facts(act, library, its, since, sheet(table))
        return begin_visit(act, library, person, "W1", since, {"setting": "outpatient"})

    visit = do(town.book, elsewhere)
    day = since.isoformat()
    upload(
        town, visit,
        line("1", "XB02", "1", "1000", day=day), line("2", "XA01", "1", "7", day=day),
    )  # fmt: skip
    assert list(bill(town, visit).values()) == [
        {"in_scope": "1000.00", "item_class": "class_b"},
        {"in_scope": "7.00", "item_class": "class_a"},
    ]  # fmt: skip
    # 10 % of 1,000 first; (900 + 7 - 700) x 80 %
    assert settle(town, visit).settlement.payments["pool"] == 16_560


# --- returns -------------------------------------------------------------------------------------


def test_a_return_is_taken_off_its_line(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XB02", "10", "12"))  # 5.00 over, 11.50, 103.50
    (back,) = upload(town, visit, line("2", "XB02", "-4", "12", total="-48.00", returns="1"))
    assert (back.line, back.returned) == (1, "1")
    assert back.worked.amounts == Amounts(0, -200, -460, -4140)
    assert bill(town, visit) == {
        1: {
            "in_chronic_list": "yes", "in_scope": "62.10", "over_price_cap": "3.00",
            "prior_self_pay": "6.90",
        }
    }  # fmt: skip


def test_the_last_return_takes_what_is_left(town: Town, visit: int) -> None:
    # 3 x 0.335 = 1.005 -> 1.01, and each of them 0.34: of 1.01 the third has 0.33 left
    made = upload(
        town, visit,
        line("1", "XA01", "3", "0.335"), line("2", "XA01", "-1", "0.335"),
        line("3", "XA01", "-1", "0.335"), line("4", "XA01", "-1", "0.335", total="-0.34"),
    )  # fmt: skip
    assert [one.worked.amounts.total for one in made] == [101, -34, -34, -33]
    assert bill(town, visit) == {}
    assert refusal(lambda: settle(town, visit)).kind == "no_lines"


def test_a_return_that_is_taken_back_is_on_the_bill_again(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XA01", "10", "1"), line("2", "XA01", "-10", "1"))
    assert bill(town, visit) == {}
    do(town.book, lambda act: withdraw_items(act, town.book.library, visit, ["2"]))
    assert [one["in_scope"] for one in bill(town, visit).values()] == ["10.00"]
    upload(town, visit, line("2", "XA01", "-3", "1"))
    assert [one["in_scope"] for one in bill(town, visit).values()] == ["7.00"]
    do(town.book, lambda act: withdraw_items(act, town.book.library, visit, ["2", "1"]))
    assert bill(town, visit) == {}
    with town.book.reading() as connection:
        assert lines_of(connection, visit) == []


@pytest.mark.parametrize("numbers", [[1], []])
def test_with_a_line_of_the_bill_goes_what_was_sent_of_it(
    town: Town, visit: int, numbers: list[int]
) -> None:
    upload(town, visit, line("1", "XA01", "10", "1"), line("2", "XA01", "-3", "1"))
    do(town.book, lambda act: withdraw_lines(act, visit, numbers))
    with town.book.reading() as connection:
        assert lines_of(connection, visit) == []
    upload(town, visit, line("1", "XA01", "2", "1"))
    assert bill(town, visit) == {2: {"in_chronic_list": "no", "in_scope": "2.00"}}


@pytest.mark.parametrize(
    ("back", "kind", "told"),
    [
        (line("2", "XA01", "-11", "1", returns="1"), "return_exceeds", "10 are left, for 10.00"),
        (line("2", "XA01", "-11", "1"), "nothing_to_return", "no line XA01"),
        (line("2", "XA01", "-1", "1.5"), "nothing_to_return", "price"),
        (line("2", "XB02", "-1", "1", returns="1"), "nothing_to_return", "no line 1"),
        (line("2", "XA01", "-1", "1", returns="9"), "nothing_to_return", "no line 9"),
        (line("2", "XA01", "-1", "1", day="2024-03-01"), "nothing_to_return", "day"),
        (line("2", "XA01", "-2", "1", total="2.00"), "total_differs", "2.00 was sent"),
    ],
)
def test_returns_that_cannot_be(town: Town, visit: int, back: Any, kind: str, told: str) -> None:
    upload(town, visit, line("1", "XA01", "10", "1"))
    refused = refusal(lambda: upload(town, visit, back))
    assert refused.kind == kind
    assert told in refused.message.en
    assert [one["in_scope"] for one in bill(town, visit).values()] == ["10.00"]


def test_a_return_of_another_visit_is_none(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XA01", "10", "1"))
    other = stay(town, "2024-03-01", "2024-03-09")
    back = line("2", "XA01", "-1", "1")
    assert refusal(lambda: upload(town, other, back)).kind == "nothing_to_return"


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        (line("2", "XA01", "3", "1.25", total="3.80"), "total_differs", "is 3.75 yuan, 3.80 was"),
        (line("2", "XA09", "1", "1", day="2024-04-01"), "outside_stay", "2024-03-01 to 2024-03-09"),
        (line("2", "XA01", "1", "1", day="2024-02-29"), "outside_stay", "2024-02-29"),
        (line("1", "XA01", "1", "1"), "line_there", "line 1 is there"),
        (line("2", "XA01", "0", "1"), "bad_quantity", "costs nothing"),
        (line("2", "XA01", "1.00001", "1"), "bad_quantity", "4 decimals"),
        (line("2", "XA01", "一", "1"), "bad_quantity", "no number"),
        (line("2", "XA01", "1", "-1"), "bad_amount", "not negative"),
        (line("2", "XA01", "1", "1e3"), "bad_amount", "lines[2].price"),
        (line("2", "XA01", "1", "NaN"), "bad_amount", "no number"),
        (line("2", "XA01", "999999999999", "999999999999"), "bad_amount", "more than"),
        (line("2", "XA01;", "1", "1"), "bad_code", "no code"),
        (line("2", None, "1", "1"), "bad_code", "neither"),
        (line("", "XA01", "1", "1"), "bad_serial", "letters"),
        (line("2", None, "1", "1", own="Y1"), "unmapped_item", "Y1 stands for no item"),
        (line("2", "XA01", "1", "1", facts={"colour": "red"}), "unknown_field", "colour"),
        (line("2", "S07", "1", "1", facts={"item": "general"}), "impossible_value", "blood"),
    ],
)
def test_a_line_that_is_wrong_keeps_out_all(
    town: Town, visit: int, wrong: Any, kind: str, told: str
) -> None:
    refused = refusal(lambda: upload(town, visit, line("1", "XA01", "1", "1"), wrong))
    assert (refused.kind, told in refused.message.en) == (kind, True), refused.message
    assert "lines[2]" in refused.message.en
    assert refused.message.zh != refused.message.en
    assert bill(town, visit) == {}
    with town.book.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM coded_line")) == 0


def test_an_item_that_was_withdrawn_is_refused_with_since_when(town: Town) -> None:
    visit = stay(town, "2024-03-20", "2024-04-10")
    upload(town, visit, line("1", "XA09", "1", "1", day="2024-03-31"))
    refused = refusal(lambda: upload(town, visit, line("2", "XA09", "1", "1", day="2024-04-01")))
    assert refused.kind == "withdrawn_item"
    assert "since 2024-04-01" in refused.message.en
    assert "自 2024-04-01 起已停用" in refused.message.zh


def test_an_item_that_comes_later_is_out_of_catalogue_before(town: Town, visit: int) -> None:
    load(town, "items", "code,name,kind,item_class,since\nXA10,新药,drug,甲,2024-03-05")
    made = upload(
        town, visit,
        line("1", "XA10", "1", "1", day="2024-03-04"),
        line("2", "XA10", "1", "1", day="2024-03-05"),
    )  # fmt: skip
    assert [tuple(one.worked.amounts) for one in made] == [(100, 0, 0, 0), (0, 0, 0, 100)]


def test_a_share_that_is_not_stated_is_not_nothing(town: Town, visit: int) -> None:
    load(
        town,
        "rates",
        "item,rate,since,until,policy\nclass_b,10%,2024-01-01,2024-03-03,changzhou/employee",
    )
    refused = refusal(lambda: upload(town, visit, line("1", "XB02", "1", "1", day="2024-03-04")))
    assert refused.kind == "not_stated"
    assert "0%" in refused.message.en


def test_lines_of_a_settled_visit_stay_as_they_are(town: Town, visit: int) -> None:
    upload(town, visit, line("1", "XA01", "1", "1"))
    settle(town, visit)
    more = line("2", "XA01", "1", "1")
    assert refusal(lambda: upload(town, visit, more)).kind == "settled_already"
    back = lambda act: withdraw_items(act, town.book.library, visit, ["1"])  # noqa: E731
    assert refusal(lambda: do(town.book, back)).kind == "settled_already"
    assert refusal(lambda: upload(town, 99, more)).kind == "unknown_visit"
    other = stay(town, "2024-03-01", "2024-03-09")
    assert refusal(lambda: upload(town, other)).kind == "no_lines"
    gone = lambda act: withdraw_items(act, town.book.library, other, ["8"])  # noqa: E731
    assert refusal(lambda: do(town.book, gone)).kind == "unknown_line"


def test_a_stay_does_not_end_before_it_begins(town: Town) -> None:
    assert refusal(lambda: stay(town, "2024-03-09", "2024-03-01")).kind == "bad_stretch"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE coded_line SET price = price + 1000000",
        "UPDATE coded_line SET in_scope_fen = in_scope_fen + 1, prior_self_pay_fen = -1",
        'UPDATE fee_line SET said = \'{"in_scope":"9.99"}\'',
    ],
)
def test_lines_that_were_changed_behind_the_book_show(town: Town, visit: int, change: str) -> None:
    upload(town, visit, line("1", "XA01", "10", "1"), line("2", "XA01", "-3", "1"))
    with town.book.store.writing() as connection:
        connection.execute(text(change))
        assert list(broken_lines(connection))


# --- own codes -----------------------------------------------------------------------------------


def test_own_codes_count_once_they_are_approved(town: Town) -> None:
    visit = stay(town, "2024-03-20", "2024-04-10")
    library = town.book.library
    table = (
        "own,name,item,since,until\n"
        "Y1,阿司匹林,XA01,2024-01-01,2024-03-31\nY2,头孢,XB02,2024-01-01,\n"
    )

    def mine(text: str) -> Any:
        return do(town.book, lambda act: load_own_items(act, library, "H1", sheet(text)))

    assert mine(table)[1:] == (2, 0)
    wait = line("1", None, "1", "1", own="Y1", day="2024-03-20")
    assert "nobody has looked" in refusal(lambda: upload(town, visit, wait)).message.en
    with town.book.reading() as connection:
        first, second = own_items_of(connection, "H1")

    def approve(number: int, approved: bool) -> None:
        do(town.book, lambda act: approve_own_items(act, "H1", [number], approved=approved))

    approve(first.number, True)
    approve(second.number, False)
    (made,) = upload(town, visit, wait)
    assert (made.worked.item, made.own) == ("XA01", "Y1")
    late = wait._replace(serial="2", day=date(2024, 4, 1))
    assert "since 2024-04-01" in refusal(lambda: upload(town, visit, late)).message.en
    down = line("3", None, "1", "1", own="Y2", day="2024-03-20")
    assert "turned down" in refusal(lambda: upload(town, visit, down)).message.en
    both = wait._replace(serial="4", code="XB02")
    assert refusal(lambda: upload(town, visit, both)).kind == "other_item"
    gone = refusal(lambda: approve(first.number, True))
    assert gone.kind == "unknown_own_item"  # its row was replaced by the approved one

    assert mine(table)[1:] == (0, 0)  # the same file again: approved stays approved
    assert mine("own,name,item,since\nY1,阿司匹林,XA01,2024-01-01")[1:] == (1, 1)
    upload(town, visit, late)  # the same mapping without its end
    mine("own,name,item,since\nY1,阿司匹林,XB02,2024-04-05")
    anew = wait._replace(serial="5", day=date(2024, 4, 6))
    assert refusal(lambda: upload(town, visit, anew)).kind == "not_approved"
    upload(town, visit, wait._replace(serial="6", day=date(2024, 4, 4)))
