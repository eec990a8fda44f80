"""Anybody found from one box: by card, by name and its sound, cases by their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from api_place import CARD, PASSWORD, House, house_at, ok, write
from book_place import do, identity
from gongji.book.access.sights import broken_sights
from gongji.book.loading.load import load
from gongji.book.persons.names import masked_name, typed
from gongji.book.schema.people import NAME_MARK
from gongji.book.sheets import read_sheet
from gongji.policy.versions import Library

SU = identity("320402", "19750312", 24)


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


@pytest.fixture
def clerk(house: House) -> Iterator[httpx.Client]:
    with house.client("clerk") as found:
        yield found


def look(client: httpx.Client, what: str) -> list[str]:
    """The labels of what is found."""
    return [one["label"] for one in ok(client.post("/find", json={"text": what}))["items"]]


def registered(clerk: httpx.Client, name: str, serial: int) -> str:
    """A person whom nobody insures; gives the label."""
    card = {"identity": identity("320402", "19900101", serial), "name": name}
    return f"P{write(clerk, '/persons', card)['person']}"


def test_a_name_is_found_by_what_people_type_of_it(clerk: httpx.Client) -> None:
    su = registered(clerk, "苏晚", 11)
    others = [registered(clerk, name, 12 + at) for at, name in enumerate(["苏晚晴", "欧阳晚"])]
    assert look(clerk, "苏晚") == [su, others[0]]
    for what in ("suwan", "su wan", "SuWan", "sw", " ＳＷ ", "S.W."):
        assert look(clerk, what) == [su], what
    assert look(clerk, "晚") == [su, *others]
    assert look(clerk, "欧阳") == look(clerk, "ouyangwan") == look(clerk, "oyw") == [others[1]]
    assert look(clerk, "苏晴") == look(clerk, "su") == look(clerk, "w") == []


@pytest.mark.parametrize(
    ("name", "found_by"),
    [
        ("曾国", ["zengguo", "cengguo", "zg", "cg"]),  # the family name is read zeng
        ("吕布", ["lvbu", "lü bu", "lb"]),
        ("艾力·买买提", ["艾力买买提", "艾力", "买买提", "ailimaimaiti", "艾力 • 买买提", "almmt"]),
        ("Anna Li", ["anna", "LI", "annali", "Anna  Li", "Anna-Li"]),
        ("O'Neil 李", ["oneil", "李", "O’Neil"]),
        ("𠮷田", ["𠮷", "田", "𠮷田"]),
        ("司马 相如", ["司马相如", "司马", "马相如", "simaxiangru", "smxr"]),
    ],
)
def test_names_of_every_kind(clerk: httpx.Client, name: str, found_by: list[str]) -> None:
    label = registered(clerk, name, 21)
    for what in found_by:
        assert look(clerk, what) == [label], what


def test_what_is_shown_of_a_person(house: House, clerk: httpx.Client) -> None:
    person = house.town.person
    shown = {
        "kind": "person", "number": person, "label": f"P{person}",
        "title": {"zh": "人员", "en": "person"}, "person": person, "day": None, "stands": True,
        "name": "*三", "masked": "320402********" + CARD[-4:], "born": "1980-01-01",
        "sex": "male" if int(CARD[-2]) % 2 else "female", "area": "320400",
        "policy": "changzhou/employee",
    }  # fmt: skip
    answer = ok(clerk.post("/find", json={"text": "张三"}))
    assert answer == {"items": [shown], "more": False}
    with house.client("institution") as hospital:
        (seen,) = ok(hospital.post("/find", json={"text": CARD}))["items"]
        told = {"name": None, "area": None, "policy": None}
        assert seen == {**shown, **told}
        record = ok(hospital.post("/find-person", json={"identity": CARD}))
        assert record.pop("scheme") is not None
        assert {name: seen[name] for name in record} == record


@pytest.mark.parametrize(
    "card",
    [
        SU, f" {SU[:6]} {SU[6:14]} {SU[14:]}",
        SU.translate({ord(str(one)): chr(0xFF10 + one) for one in range(10)}),
        "３２" + SU[2:],
    ],
)  # fmt: skip
def test_a_card_is_found_however_it_is_typed(clerk: httpx.Client, card: str) -> None:
    number = write(clerk, "/persons", {"identity": SU, "name": "苏晚"})["person"]
    assert look(clerk, card) == [f"P{number}"]


def test_a_small_x_is_the_check_character(clerk: httpx.Client) -> None:
    # 3·7+2·9+0+4·5+0+2·4+1·2+9·1+9·6+0+0+1·9+0+1·5+0+8... the serial is tried until X checks
    card = next(one for n in range(99) if (one := identity("320402", "19900101", n))[-1] == "X")
    number = write(clerk, "/persons", {"identity": card, "name": "苏晚"})["person"]
    assert look(clerk, card.lower()) == look(clerk, card[:-1] + "ｘ") == [f"P{number}"]


@pytest.mark.parametrize("card", [SU[:-1] + "7", SU[:-1], SU + "1", SU[:16] + "x"])
def test_a_mistyped_card_is_refused_in_words(clerk: httpx.Client, card: str) -> None:
    assert card != SU
    answer = clerk.post("/find", json={"text": card})
    found = answer.json()
    assert (answer.status_code, found["kind"], found["field"]) == (422, "bad_identity", "text")
    assert card not in answer.text


# --- cases ---------------------------------------------------------------------------------------


@pytest.fixture
def cases(house: House, clerk: httpx.Client) -> dict[str, str]:
    """A visit that is settled, a claim, a registration, and money that arrived."""
    care = {
        "person": 1, "institution": "H1", "day": "2024-03-01", "facts": {"setting": "inpatient"},
    }  # fmt: skip
    with house.client("institution") as hospital:
        visit = write(hospital, "/visits", care)["visit"]
        write(hospital, f"/visits/{visit}/lines", {"lines": [{"in_scope": "10000.00"}]})
        settlement = write(hospital, f"/visits/{visit}/settlement")["settlement"]
    due = {"scheme": 1, "period": "2024-03", "facts": {"wage": "8000"}}
    dues = [write(clerk, "/persons/1/dues", due)["due"]]
    arrived = {"scheme": 1, "arrived": "2024-03-10", "amount": "864.00", "dues": dues}
    receipt = write(clerk, "/receipts", arrived)["receipt"]
    claimed = {
        "institution": "H1", "day": "2024-05-01", "lines": [{"in_scope": "10000.00"}],
        "facts": {"setting": "inpatient", "care_area": "unreferred"},
        "papers": ["id"], "receipts": ["A-1"],
    }  # fmt: skip
    claim = write(clerk, "/persons/1/claims", claimed)["claim"]
    said = {
        "question": "chronic_registration", "day": "2024-03-04",
        "papers": ["medical_record", "test_report"],
        "facts": {"designated": "yes", "evidence_from": "community", "uploaded_on": "2024-03-01",
                  "chronic_applied": "hypertension"},
    }  # fmt: skip
    filed = write(clerk, "/persons/1/registrations", said)["registration"]
    return {"V": visit, "S": settlement, "C": claim, "R": filed, "A": receipt}


def test_cases_are_found_by_their_numbers(
    house: House, clerk: httpx.Client, cases: dict[str, str]
) -> None:
    words = {"V": "就诊", "S": "结算", "C": "报销", "R": "登记", "A": "到账"}
    for letter, number in cases.items():
        label = f"{letter}{number}"
        ways = (
            label,
            label.lower(),
            f"{letter} {number}",
            f"{letter}-{number}",
            f"Ｖ{number}" if letter == "V" else label,
            f"{words[letter]}{number}",
            f"{words[letter]} {label}",
        )
        for way in ways:
            assert look(clerk, way) == [label], way
    assert look(clerk, "1") == ["P1", "V1", "S1", "C1", "R1", "A1"]
    assert look(clerk, "人员 1") == look(clerk, "p1") == ["P1"]
    assert look(clerk, "就诊 S1") == look(clerk, "V0") == look(clerk, "V999999999999999") == []
    assert look(clerk, "X1") == []
    with house.client("supervisor") as boss:
        write(boss, f"/settlements/{cases['S']}/cancel")
    (one,) = ok(clerk.post("/find", json={"text": "S1"}))["items"]
    shown = {name: one[name] for name in ("person", "name", "day", "policy", "area", "stands")}
    assert shown == {
        "person": 1, "name": "*三", "day": "2024-03-01", "policy": "changzhou/employee",
        "area": "320400", "stands": False,
    }  # fmt: skip


def test_each_finds_only_what_is_theirs(
    house: House, clerk: httpx.Client, cases: dict[str, str]
) -> None:
    stranger = registered(clerk, "张四", 31)
    with house.client("supervisor") as boss:
        write(boss, "/areas", {"code": "321100", "name": {"zh": "镇江", "en": "Zhenjiang"}})
        for role, bond in {
            "institution": {"institution": "H2"}, "clerk": {"area": "321100"},
            "supervisor": {"area": "321100"},
        }.items():  # fmt: skip
            said = {"name": f"other-{role}", "role": role, "password": PASSWORD, **bond}
            write(boss, "/users", said)
    wanted = {
        "the-institution": (["P1"], ["P1", "V1", "S1"], ["P1"]),
        "the-clerk": (["P1", stranger], ["P1", "V1", "S1", "C1", "R1", "A1"], ["P1"]),
        "the-supervisor": (["P1", stranger], ["P1", "V1", "S1", "C1", "R1", "A1"], ["P1"]),
        "the-auditor": (["P1", stranger], ["P1", "V1", "S1", "C1", "R1", "A1"], ["P1"]),
        "other-institution": ([], [], ["P1"]),
        "other-clerk": ([stranger], [], ["P1"]),  # nobody insures the stranger
        "other-supervisor": ([stranger], [], ["P1"]),
    }
    for name, (by_name, by_number, by_card) in wanted.items():
        with httpx.Client(base_url=f"{house.url}/v1", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {house.token(client, name)}"
            assert look(client, "张") == by_name, name
            assert look(client, "1") == by_number, name
            assert look(client, CARD) == by_card, name
    with house.client("insured") as insured:
        assert insured.post("/find", json={"text": "张"}).status_code == 403


def test_twenty_are_shown_and_that_there_are_more(clerk: httpx.Client) -> None:
    labels = [registered(clerk, f"王{'一二三四五六七'[at % 7]}", 40 + at) for at in range(21)]
    found = ok(clerk.post("/find", json={"text": "王"}))
    assert [one["label"] for one in found["items"]] == labels[:20]
    assert found["more"] is True
    found = ok(clerk.post("/find", json={"text": "王一"}))
    assert ([one["label"] for one in found["items"]], found["more"]) == (labels[::7], False)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"text": ""}, "bad_input"), ({"text": "   "}, "nothing_sought"),
        ({"text": "　 "}, "nothing_sought"), ({"text": "··"}, "nothing_sought"),
        ({"text": "\u200b"}, "nothing_sought"), ({"text": "张\x00三"}, "bad_input"),
        ({"text": "张\n三"}, "bad_input"), ({"text": "张" * 101}, "bad_input"),
        ({"text": "张" * 350_000}, "bad_input"), ({"text": 12}, "bad_input"), ({}, "bad_input"),
        ({"text": "张三", "area": "320400"}, "bad_input"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_refused(
    clerk: httpx.Client, said: dict[str, Any], kind: str
) -> None:
    answer = clerk.post("/find", json=said, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["kind"]) == (422, kind)
    assert "张" not in answer.text


@pytest.mark.parametrize("what", ["%", "_", "张%", "*", "张_", "?", "' OR 1=1 --", "🙂", "V", "\\"])
def test_signs_stand_for_themselves(clerk: httpx.Client, what: str) -> None:
    assert look(clerk, what) == []


def test_what_was_looked_for_is_written_down_nowhere(house: House, clerk: httpx.Client) -> None:
    for what in ("张三", "1", "李"):
        ok(clerk.post("/find", json={"text": what}))
    clerk.post("/find", json={"text": " "})
    with house.book.reading() as connection:
        rows = connection.execute(
            text("SELECT service, about, person, outcome FROM sight WHERE service = 'find'")
        ).all()
        assert [tuple(one) for one in rows] == [
            ("find", "", 1, "done"), ("find", "", 1, "done"), ("find", "", None, "done"),
        ]  # fmt: skip
        assert list(broken_sights(connection)) == []


def test_the_book_holds_hashes_and_no_names(house: House, clerk: httpx.Client) -> None:
    """张三: 张, 三, the whole, zhangsan, zs; the other names of 张 share one mark with it."""
    registered(clerk, "张四", 31)
    with house.book.reading() as connection:
        rows = connection.execute(select(NAME_MARK)).all()
    marks = {person: {bytes(row.mark) for row in rows if row.person == person} for person in (1, 2)}
    assert len(marks[1]) == 5
    assert all(len(mark) == 16 for mark in marks[1])
    assert len(marks[1] & marks[2]) == 2  # 张, and zs, which both begin with


def test_without_pinyin_characters_still_find(
    house: House, clerk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypinyin", None)
    label = registered(clerk, "苏晚", 11)
    assert look(clerk, "苏") == look(clerk, "苏晚") == [label]
    assert look(clerk, "sw") == look(clerk, "suwan") == []


def test_who_is_loaded_from_a_table_is_found_by_name(house: House, clerk: httpx.Client) -> None:
    rows = (
        f"identity,name,scheme,since,category,insured_as\n{SU},苏晚,changzhou/employee,2024-01-01,"
    )
    sheet = read_sheet("persons.csv", f"{rows}active,employee\n".encode())
    do(house.book, lambda act: load(act, house.book.library, [sheet], lambda *_: None))
    assert look(clerk, "sw") == look(clerk, "苏晚") == look(clerk, SU) == ["P2"]


def test_names_as_lists_show_them() -> None:
    assert [masked_name(one) for one in ("苏晚", "高远山", "苏")] == ["*晚", "*远山", "*"]
    assert typed(" Ｓｕ Wan ") == "suwan"
